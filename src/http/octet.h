/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Classes of bytes (RFC 9110 5.6, RFC 3986 2) as one table of bits.
 */
#ifndef HTTP_OCTET_H
#define HTTP_OCTET_H

#include <stdbool.h>
#include <stdint.h>

enum octet_class {
	OCTET_TOKEN = 1,   /* tchar, RFC 9110 5.6.2 */
	OCTET_VALUE = 2,   /* field value: HTAB, 0x20-0x7e, 0x80-0xff */
	OCTET_DIGIT = 4,
	OCTET_HEX = 8,
	OCTET_TARGET = 16, /* may stand raw in a target we send */
	OCTET_ENCODE = 32, /* accepted in a target, sent percent-encoded */
	OCTET_HOST = 64,   /* reg-name of strict-http 3, without brackets */
	OCTET_ASCII_ODD = 128, /* those of OCTET_ENCODE below 0x80 */
};

extern const uint8_t octet_table[256];

static inline bool
octet_is(char c, unsigned classes)
{
	return (octet_table[(unsigned char)c] & classes) != 0;
}

/* 0 to 15, or -1. */
int octet_hex_value(char c);

#endif
