/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Classes of bytes (RFC 9110 5.6, RFC 3986 2) as one table of bits.
 */
#ifndef HTTP_OCTET_H
#define HTTP_OCTET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum octet_class {
	OCTET_TOKEN = 1, /* tchar, RFC 9110 5.6.2 */
	OCTET_VALUE = 2, /* field value: HTAB, 0x20-0x7e, 0x80-0xff */
	OCTET_DIGIT = 4,
	OCTET_HEX = 8,
	OCTET_TARGET = 16,     /* may stand raw in a target we send */
	OCTET_ENCODE = 32,     /* accepted in a target, sent percent-encoded */
	OCTET_HOST = 64,       /* reg-name of strict-http 3, without brackets */
	OCTET_ASCII_ODD = 128, /* those of OCTET_ENCODE below 0x80 */
};

extern const uint8_t octet_table[256];

static inline bool
octet_is(char c, unsigned classes)
{
	return (octet_table[(unsigned char)c] & classes) != 0;
}

/* Optional whitespace, RFC 9110 5.6.3. */
static inline bool
octet_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* 0 to 15, or -1. */
int octet_hex_value(char c);

/* How many bytes at the begin of s are of the classes. */
size_t octet_run(struct str s, unsigned classes);

/* Whether all of s is OCTET_VALUE; a word at a time. */
bool octet_all_value(struct str s);

#endif
