/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Status codes: reasons (RFC 9110 15) and which answers have no body. */
#ifndef HTTP_STATUS_H
#define HTTP_STATUS_H

#include <stdbool.h>

/* "Not Found"; "Unknown" when not registered. */
const char *status_reason(int status);
/* 1xx, 204, 304 (RFC 9112 6.3); the old program's 305 and 306 are not. */
bool status_without_body(int status);

#endif
