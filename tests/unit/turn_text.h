/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef UNIT_TURN_TEXT_H
#define UNIT_TURN_TEXT_H

/*
 * What clients and back-ends say in the scripts of whole turns: X is what a
 * client sends, X_ED or GOT what the back-end gets of it.
 */

#define CONF \
	"ListenHTTP\nAddress 127.0.0.1\nPort 80\nClient 10\nService\n" \
	"BackEnd\nAddress 127.0.0.1\nPort 7001\nTimeOut 15\nConnTO 5\n" \
	"End\nEnd\nEnd\n"

#define GET_(path, more) "GET " path " HTTP/1.1\r\nHost: h.test\r\n" more "\r\n"
#define GET GET_("/a", "")
#define FORWARDED "X-Forwarded-For: 192.0.2.1\r\n"
#define GOT_(path, more) GET_(path, more FORWARDED)
#define GOT GOT_("/a", "")
#define OK(length) "HTTP/1.1 200 OK\r\nContent-Length: " length "\r\n\r\n"
#define HI OK("2") "hi"
#define CHUNKED "Transfer-Encoding: chunked\r\n"
#define OWN(status, more) \
	"HTTP/1.1 " status "\r\nDate: *\r\n" more "Cache-Control: no-store\r\n"
#define PAGE(status, length, text) \
	OWN(status, "Content-Length: " length "\r\n") \
	"Connection: close\r\nContent-Type: text/html\r\n\r\n" text
#define INTERNAL_TEXT \
	"An internal server error occurred. Please try again later."
#define PAGE_502 PAGE("502 Bad Gateway", "58", INTERNAL_TEXT)
#define PAGE_504 PAGE("504 Gateway Timeout", "58", INTERNAL_TEXT)
#define PAGE_503 \
	PAGE("503 Service Unavailable", "53", \
	    "The service is not available. Please try again later.")
#define PAGE_408 PAGE("408 Request Timeout", "16", "Request Timeout.")

#define POST_(more, body) \
	"POST /p HTTP/1.1\r\nHost: h.test\r\n" more "\r\n" body
#define POSTED_(more, body) POST_(more FORWARDED, body)
#define POST POST_("Content-Length: 5\r\n", "hello")
#define POSTED POSTED_("Content-Length: 5\r\n", "hello")
#define HEAD "HEAD /a HTTP/1.1\r\nHost: h.test\r\n"
#define CHUNKED_OK "HTTP/1.1 200 OK\r\n" CHUNKED "\r\n"
#define GET_1_0 "GET /a HTTP/1.0\r\nHost: h.test\r\n"

#endif
