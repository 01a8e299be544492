/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The TLS stream: what waits for what, records, and ends. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include <openssl/err.h>

#include "net/tls_internal.h"
#include "support/tls_certs.h"
#include "support/tls_pair.h"
#include "unit/tap.h"

static struct tls_server *server;
static struct tls_client *client;
static SSL_CTX *peer_client, *peer_server;
static struct tls_pair pair;

static void
set_up(void)
{
	struct tls_made m = tls_make(
	    &(struct tls_wish){ .subject = "CN=a.test", .dns = "a.test" });
	struct tls_told told;
	const struct tls_report report = tls_told_report(&told);
	const char *file = tls_path("a.pem");
	const struct tls_settings s = { .certs = &file, .cert_count = 1 };
	const struct tls_settings none = { 0 };

	tls_write("a.pem", TLS_CERT(m), TLS_KEY(m));
	server = tls_server_new(&s, &report);
	client = tls_client_new(&none, &report);
	is_str(told.text, "", "nothing to tell");
	peer_client = tls_peer_context(false);
	peer_server = tls_peer_context(true);
	SSL_CTX_use_certificate(peer_server, m.x509);
	SSL_CTX_use_PrivateKey(peer_server, m.key);
	tls_release(&m);
}

static void
tear_down(void)
{
	tls_server_free(server);
	tls_client_free(client);
	SSL_CTX_free(peer_client);
	SSL_CTX_free(peer_server);
}

static void
use_version(int version)
{
	SSL_CTX_set_max_proto_version(peer_client, version);
	SSL_CTX_set_max_proto_version(peer_server, version);
}

static void
open_server(void)
{
	tls_pair_server(&pair, server, peer_client, NULL, NULL);
	ok(tls_pair_shake(&pair), "handshake");
}

static void
open_client(void)
{
	tls_pair_client(&pair, client, peer_server, "a.test");
	ok(tls_pair_shake(&pair), "handshake");
}

static void
peer_writes(const char *text)
{
	const int len = (int)strlen(text);

	ERR_clear_error();
	is_int(SSL_write(pair.peer, text, len), len, "the peer writes %s",
	    text);
}

static enum conn_status
write_text(const char *text)
{
	struct iovec iov = { (char *)(uintptr_t)text, strlen(text) };
	size_t written;

	tls_pair_poll(&pair);
	return conn_write(&pair.conn, &iov, 1, &written);
}

/* --- Both ways --- */

static void
test_talk(void)
{
	char got[100];

	open_server();
	is_int(tls_pair_fill(&pair), CONN_AGAIN, "nothing yet");
	ok(!conn_awake(&pair.conn, CONN_READ), "and nothing to try");
	peer_writes("hello");
	is_int(tls_pair_fill(&pair), CONN_OK, "bytes");
	is_mem(conn_peek(&pair.conn).p, conn_peek(&pair.conn).len, "hello", 5,
	    "these");
	ok(!conn_awake(&pair.conn, CONN_READ),
	    "the socket is empty: no second try");
	is_int(pair.conn.bytes_in, 5, "payload is counted");
	is_int(write_text("good day"), CONN_OK, "an answer");
	is_int(tls_pair_peer_reads(&pair, got, sizeof(got)), 8, "arrives");
	is_int(pair.conn.bytes_out, 8, "payload is counted");
	tls_pair_close(&pair);
}

/* Bytes behind the client's last flight are there at once. */
static void
test_bytes_with_handshake(void)
{
	tls_pair_server(&pair, server, peer_client, NULL, NULL);
	for (int i = 0; i < 10 && !pair.done; i++) {
		pair.done = SSL_do_handshake(pair.peer) == 1;
		if (pair.done)
			peer_writes("early");
		tls_pair_poll(&pair);
		pair.status = conn_handshake(&pair.conn);
	}
	is_int(pair.status, CONN_OK, "handshake");
	is_int(tls_pair_fill(&pair), CONN_OK, "bytes without another event");
	is_mem(conn_peek(&pair.conn).p, conn_peek(&pair.conn).len, "early", 5,
	    "these");
	tls_pair_close(&pair);
}

/* What OpenSSL holds keeps the connection awake: no event will come. */
static void
test_pending(void)
{
	char small[4];

	open_server();
	peer_writes("abcdefgh");
	peer_writes("ijkl");
	tls_pair_poll(&pair);
	(void)conn_take_buffer(&pair.conn);
	conn_lend_buffer(&pair.conn, small, sizeof(small));
	for (int i = 0; i < 3; i++) {
		ok(conn_awake(&pair.conn, CONN_READ), "awake for part %d", i);
		is_int(conn_fill(&pair.conn), CONN_OK, "part %d", i);
		is_mem(small, 4, &"abcdefghijkl"[i * 4], 4, "is right");
		is_int(conn_pending(&pair.conn), i < 2, "more: %d", i < 2);
		conn_consume(&pair.conn, 4);
		conn_compact(&pair.conn);
	}
	is_int(conn_fill(&pair.conn), CONN_AGAIN, "that was all");
	ok(!conn_awake(&pair.conn, CONN_READ), "asleep");
	tls_pair_close(&pair);
}

/* One fill takes many records: one write of the other side answers. */
static void
test_many_records(void)
{
	open_server();
	for (int i = 0; i < 10; i++)
		peer_writes("0123456789");
	is_int(tls_pair_fill(&pair), CONN_OK, "bytes");
	is_int(conn_peek(&pair.conn).len, 100, "of all ten records");
	tls_pair_close(&pair);
}

/* A record in two parts: nothing in between, and no busy loop. */
static void
test_half_record(void)
{
	unsigned char bytes[200];
	BIO *out = BIO_new(BIO_s_mem());
	int n;

	open_server();
	(void)tls_pair_fill(&pair);
	BIO_up_ref(out);
	SSL_set0_wbio(pair.peer, out);
	peer_writes("half");
	n = BIO_read(out, bytes, sizeof(bytes));
	ok(n > 10, "a record of %d bytes", n);
	is_int(write(pair.peer_fd, bytes, 10), 10, "its beginning");
	is_int(tls_pair_fill(&pair), CONN_AGAIN, "is nothing");
	ok(!conn_awake(&pair.conn, CONN_READ) && !conn_pending(&pair.conn),
	    "nothing to try");
	is_int(write(pair.peer_fd, bytes + 10, (size_t)n - 10), n - 10,
	    "its end");
	is_int(tls_pair_fill(&pair), CONN_OK, "makes bytes");
	is_int(conn_peek(&pair.conn).len, 4, "all of them");
	BIO_free(out);
	tls_pair_close(&pair);
}

/* --- Writing --- */

#define BLOCK ((size_t)300000)

static char *
make_block(void)
{
	char *block = malloc(BLOCK);

	for (size_t i = 0; i < BLOCK; i++)
		block[i] = (char)(i * 7 + i / 251);
	return block;
}

/* In uneven pieces; each attempt's memory is a copy that is gone then:
 * the bytes must come again, not their place. */
static enum conn_status
offer(const char *block, size_t from, size_t *written)
{
	char *copy = malloc(BLOCK - from);
	size_t a = (BLOCK - from) / 3, b = (BLOCK - from) / 2 - a;
	struct iovec iov[4] = { { copy, a }, { copy + a, b }, { NULL, 0 },
		{ copy + a + b, BLOCK - from - a - b } };
	enum conn_status st;

	memcpy(copy, block + from, BLOCK - from);
	st = conn_write(&pair.conn, iov, 4, written);
	free(copy);
	return st;
}

static void
test_partial_writes(void)
{
	char *block = make_block(), *got = malloc(BLOCK);
	size_t sent = 0, written, had = 0;
	unsigned agains = 0;
	int n;

	open_server();
	while (sent < BLOCK && agains < 1000) {
		enum conn_status st = offer(block, sent, &written);

		sent += written;
		if (st == CONN_FAILED)
			break;
		agains += st == CONN_AGAIN;
		if (st == CONN_AGAIN && conn_awake(&pair.conn, CONN_WRITE))
			break;
		while ((n = tls_pair_peer_reads(&pair, got + had,
			    (int)(BLOCK - had))) > 0)
			had += (size_t)n;
		tls_pair_poll(&pair);
	}
	while (
	    (n = tls_pair_peer_reads(&pair, got + had, (int)(BLOCK - had))) > 0)
		had += (size_t)n;
	ok(agains > 0, "the socket was full %u times", agains);
	is_int(sent, BLOCK, "all is sent");
	ok(had == BLOCK && memcmp(got, block, BLOCK) == 0, "all arrives");
	free(block);
	free(got);
	tls_pair_close(&pair);
}

/* Small pieces go out in one record. */
static void
test_coalescing(void)
{
	struct iovec iov[3] = { { (char *)"HTTP/1.1 200 OK\r\n", 17 },
		{ (char *)"\r\n", 2 }, { (char *)"body", 4 } };
	char got[100];
	size_t written;

	open_server();
	is_int(conn_write(&pair.conn, iov, 3, &written), CONN_OK, "written");
	is_int(written, 23, "all of it");
	is_int(tls_pair_peer_reads(&pair, got, sizeof(got)), 23,
	    "one record for the peer");
	tls_pair_close(&pair);
}

static void
test_write_to_nobody(void)
{
	open_server();
	close(pair.peer_fd);
	pair.peer_fd = dup(0);
	is_int(write_text("anyone?"), CONN_FAILED, "no write");
	is_int(pair.conn.error, EPIPE, "for that reason");
	is_str(conn_error(&pair.conn), strerror(EPIPE), "in words");
	tls_pair_close(&pair);
}

/* --- Ends --- */

static void
test_close_notify(void)
{
	char got[10];

	open_server();
	peer_writes("bye");
	SSL_shutdown(pair.peer);
	is_int(tls_pair_fill(&pair), CONN_OK, "bytes first");
	is_int(tls_pair_fill(&pair), CONN_CLOSED, "then the end");
	conn_finish(&pair.conn);
	is_int(tls_pair_peer_reads(&pair, got, sizeof(got)), 0, "ours, too");
	is_int(SSL_get_shutdown(pair.peer) & SSL_RECEIVED_SHUTDOWN,
	    SSL_RECEIVED_SHUTDOWN, "as close_notify");
	tls_pair_close(&pair);
}

/* After we have finished the peer may go on for a while. */
static void
test_read_after_finish(void)
{
	open_server();
	is_int(write_text("last words"), CONN_OK, "we speak");
	conn_finish(&pair.conn);
	peer_writes("wait");
	is_int(tls_pair_fill(&pair), CONN_OK, "we still hear");
	is_mem(conn_peek(&pair.conn).p, conn_peek(&pair.conn).len, "wait", 4,
	    "what is said");
	tls_pair_close(&pair);
}

/* Closing without having finished says close_notify as well. */
static void
test_close_says_goodbye(void)
{
	char got[10];

	open_server();
	conn_close(&pair.conn);
	is_int(tls_pair_peer_reads(&pair, got, sizeof(got)), 0, "the end");
	is_int(SSL_get_error(pair.peer, 0), SSL_ERROR_ZERO_RETURN,
	    "in the proper form");
	tls_pair_close(&pair);
}

/* A client that just goes is nothing; a back-end that does is an error,
 * since the end of a body may be its close. */
static void
test_truncation(void)
{
	open_server();
	peer_writes("x");
	shutdown(pair.peer_fd, SHUT_RDWR);
	is_int(tls_pair_fill(&pair), CONN_OK, "client: bytes");
	is_int(tls_pair_fill(&pair), CONN_CLOSED, "client: its end");
	tls_pair_close(&pair);

	open_client();
	peer_writes("y");
	shutdown(pair.peer_fd, SHUT_RDWR);
	is_int(tls_pair_fill(&pair), CONN_OK, "back-end: bytes");
	is_int(tls_pair_fill(&pair), CONN_FAILED, "back-end: cut");
	is_str(conn_error(&pair.conn), "unexpected eof while reading",
	    "in words");
	tls_pair_close(&pair);

	open_client();
	SSL_shutdown(pair.peer);
	shutdown(pair.peer_fd, SHUT_RDWR);
	is_int(tls_pair_fill(&pair), CONN_CLOSED, "back-end: a proper end");
	tls_pair_close(&pair);
}

/* Bytes, and then garbage where a record should be: the bytes first. */
static void
test_garbage(void)
{
	open_server();
	peer_writes("good");
	is_int(write(pair.peer_fd, "garbage", 7), 7, "no record");
	is_int(tls_pair_fill(&pair), CONN_OK, "bytes");
	is_int(tls_pair_fill(&pair), CONN_FAILED, "then failure");
	is_int(tls_pair_fill(&pair), CONN_FAILED, "for good");
	is_str(conn_error(&pair.conn), "wrong version number", "in words");
	tls_pair_close(&pair);
}

/* --- Records that are no data --- */

/* Tickets come right behind the handshake of TLS 1.3. */
static void
test_quiet(void)
{
	open_client();
	ok(conn_quiet(&pair.conn), "tickets are no answer");
	ok(!conn_awake(&pair.conn, CONN_READ), "and are gone");
	peer_writes("unasked");
	tls_pair_poll(&pair);
	ok(!conn_quiet(&pair.conn), "bytes are");
	is_int(tls_pair_fill(&pair), CONN_OK, "and are still there");
	is_int(conn_peek(&pair.conn).len, 7, "all of them");
	tls_pair_close(&pair);

	open_client();
	SSL_shutdown(pair.peer);
	tls_pair_poll(&pair);
	ok(!conn_quiet(&pair.conn), "nor is an end quiet");
	is_int(tls_pair_fill(&pair), CONN_CLOSED, "and it is still there");
	tls_pair_close(&pair);
}

static void
test_key_updates(void)
{
	open_server();
	for (int i = 0; i < 3; i++) {
		SSL_key_update(pair.peer, SSL_KEY_UPDATE_REQUESTED);
		peer_writes("k");
	}
	is_int(tls_pair_fill(&pair), CONN_OK, "a few");
	is_int(conn_peek(&pair.conn).len, 3, "are nothing");
	tls_pair_close(&pair);
}

/* Records without data end some time, with or without the connection, and
 * never leave a descriptor awake that has nothing. */
static void
test_flood_of_key_updates(void)
{
	enum conn_status st;

	open_server();
	for (int i = 0; i < 2000; i++) {
		SSL_key_update(pair.peer, SSL_KEY_UPDATE_NOT_REQUESTED);
		if (SSL_do_handshake(pair.peer) != 1)
			break;
	}
	st = tls_pair_fill(&pair);
	ok(st == CONN_AGAIN || st == CONN_FAILED, "no bytes: %d", st);
	ok(st == CONN_FAILED || !conn_awake(&pair.conn, CONN_READ),
	    "nothing to try");
	tls_pair_close(&pair);
}

/* A back-end asks for a new handshake. Reading has to write, and cannot;
 * writing has to read: the event of the one wakes who waits for the other. */
static void
test_crossed_waits(void)
{
	enum conn_status st = CONN_AGAIN;
	char got[100];
	int n = 0;

	use_version(TLS1_2_VERSION);
	open_client();
	(void)tls_pair_fill(&pair);
	SSL_renegotiate(pair.peer);
	(void)SSL_do_handshake(pair.peer);
	tls_pair_poll(&pair);
	((struct tls_conn *)pair.conn.layer)->sock &= (uint8_t)~CONN_WRITE;
	is_int(tls_pair_fill(&pair), CONN_AGAIN, "reading has to write");
	is_int(pair.conn.want, CONN_WRITE, "as it says");
	ok(!conn_awake(&pair.conn, CONN_READ), "nothing to try");
	conn_event(&pair.conn, CONN_WRITE);
	ok(conn_awake(&pair.conn, CONN_READ), "who reads is awake by writing");
	is_int(tls_pair_fill(&pair), CONN_AGAIN, "the hello is out");
	is_int(write_text("words"), CONN_AGAIN, "writing has to read");
	is_int(pair.conn.want, CONN_READ, "as it says");
	ok(!conn_awake(&pair.conn, CONN_WRITE), "nothing to try");
	(void)tls_pair_peer_reads(&pair, got, sizeof(got));
	conn_event(&pair.conn, CONN_READ);
	ok(conn_awake(&pair.conn, CONN_WRITE),
	    "who writes is awake by reading");
	/* the same bytes are offered until they are through */
	for (int i = 0; i < 10 && n <= 0; i++) {
		if (st != CONN_OK)
			st = write_text("words");
		n = tls_pair_peer_reads(&pair, got, sizeof(got));
	}
	is_int(st, CONN_OK, "the words go out");
	is_mem(got, n > 0 ? (size_t)n : 0, "words", 5, "and arrive once");
	tls_pair_close(&pair);
	use_version(0);
}

/* RFC 5246, 7.2.2: a client that asks again for a handshake. */
static void
test_renegotiation(void)
{
	char got[10];
	int n;

	use_version(TLS1_2_VERSION);
	open_server();
	is_int(SSL_renegotiate(pair.peer), 1, "the client asks");
	n = SSL_do_handshake(pair.peer);
	(void)tls_pair_fill(&pair);
	n = tls_pair_peer_reads(&pair, got, sizeof(got));
	ok(n <= 0 && ERR_GET_REASON(ERR_peek_error()) == SSL_R_NO_RENEGOTIATION,
	    "and is refused");
	tls_pair_close(&pair);
	use_version(0);
}

/* --- What is not TLS --- */

static void
test_plain_http(void)
{
	static const char page[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
	char got[100];
	ssize_t n;

	tls_pair_server(&pair, server, peer_client, NULL, NULL);
	is_int(write(pair.peer_fd, "OPTIONS * HTTP/1.1\r\n\r\n", 22), 22,
	    "a plain request");
	tls_pair_poll(&pair);
	is_int(conn_handshake(&pair.conn), CONN_FAILED, "no handshake");
	ok(tls_plain_http(&pair.conn), "since it is plain");
	is_str(tls_error(&pair.conn), "plain HTTP instead of TLS", "in words");
	tls_make_plain(&pair.conn);
	is_str(conn_error(&pair.conn), "no error", "plain it is well");
	is_int(write_text(page), CONN_OK, "an answer");
	n = read(pair.peer_fd, got, sizeof(got));
	is_mem(got, n > 0 ? (size_t)n : 0, page, sizeof(page) - 1,
	    "no alert before it");
	is_int(tls_pair_fill(&pair), CONN_OK, "and the request can be read");
	is_mem(conn_peek(&pair.conn).p, 7, "OPTIONS", 7, "from its beginning");
	tls_pair_close(&pair);
}

static void
test_not_tls(void)
{
	tls_pair_server(&pair, server, peer_client, NULL, NULL);
	is_int(write(pair.peer_fd, "\x16\x03\x01zzzzzzzzz", 12), 12, "junk");
	tls_pair_poll(&pair);
	is_int(conn_handshake(&pair.conn), CONN_FAILED, "no handshake");
	ok(!tls_plain_http(&pair.conn), "nor is it plain");
	ok(strcmp(tls_error(&pair.conn), "no error") != 0, "because: %s",
	    tls_error(&pair.conn));
	tls_pair_close(&pair);

	tls_pair_server(&pair, server, peer_client, NULL, NULL);
	shutdown(pair.peer_fd, SHUT_RDWR);
	tls_pair_poll(&pair);
	is_int(conn_handshake(&pair.conn), CONN_FAILED, "a client that goes");
	tls_pair_close(&pair);
}

static void
both_versions(void (*test)(void))
{
	use_version(TLS1_2_VERSION);
	test();
	use_version(TLS1_3_VERSION);
	test();
	use_version(0);
}

int
main(void)
{
	set_up();
	both_versions(test_talk);
	both_versions(test_bytes_with_handshake);
	both_versions(test_pending);
	both_versions(test_many_records);
	both_versions(test_half_record);
	both_versions(test_partial_writes);
	both_versions(test_coalescing);
	test_write_to_nobody();
	both_versions(test_close_notify);
	both_versions(test_read_after_finish);
	both_versions(test_close_says_goodbye);
	both_versions(test_truncation);
	both_versions(test_garbage);
	test_quiet();
	test_key_updates();
	test_flood_of_key_updates();
	test_crossed_waits();
	test_renegotiation();
	test_plain_http();
	test_not_tls();
	tear_down();
	return tap_done();
}
