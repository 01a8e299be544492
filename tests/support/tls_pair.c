/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/tls_pair.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/epoll.h>
#include <sys/socket.h>

#include <openssl/err.h>

static void
must(bool held)
{
	if (!held) {
		perror("tls_pair");
		ERR_print_errors_fp(stderr);
		abort();
	}
}

static void
tell(void *arg, const struct tls_finding *f)
{
	struct tls_told *t = arg;
	const char *file = f->file != NULL ? strrchr(f->file, '/') : NULL;
	size_t len = strlen(t->text);

	*(f->error ? &t->errors : &t->warnings) += 1;
	snprintf(t->text + len, sizeof(t->text) - len, "%s%s%s\n",
	    file != NULL ? file + 1 : "", file != NULL ? ": " : "", f->words);
}

struct tls_report
tls_told_report(struct tls_told *told)
{
	*told = (struct tls_told){ 0 };
	return (struct tls_report){ tell, told };
}

/* --- Opening --- */

static int
open_sockets(struct tls_pair *p)
{
	int fd[2];

	*p = (struct tls_pair){ .status = CONN_AGAIN };
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) == 0);
	p->peer_fd = fd[1];
	return fd[0];
}

static void
open_rest(struct tls_pair *p, int fd, SSL_CTX *ctx)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP |
		    EPOLLET };

	conn_lend_buffer(&p->conn, p->memory, sizeof(p->memory));
	p->epoll_fd = epoll_create1(0);
	must(epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, fd, &e) == 0);
	p->peer = SSL_new(ctx);
	must(p->peer != NULL && SSL_set_fd(p->peer, p->peer_fd) == 1);
}

void
tls_pair_server(struct tls_pair *p, const struct tls_server *s, SSL_CTX *ctx,
    const char *name, SSL_SESSION *session)
{
	int fd = open_sockets(p);

	must(
	    conn_init_tls_server(&p->conn, fd, CONN_READ | CONN_WRITE, s) == 0);
	open_rest(p, fd, ctx);
	SSL_set_connect_state(p->peer);
	if (name != NULL)
		must(SSL_set_tlsext_host_name(p->peer, name) == 1);
	if (session != NULL)
		must(SSL_set_session(p->peer, session) == 1);
}

void
tls_pair_client(struct tls_pair *p, const struct tls_client *c, SSL_CTX *ctx,
    const char *host)
{
	int fd = open_sockets(p);

	must(conn_init_tls_client(&p->conn, fd, CONN_WRITE, c,
		 str_from(host)) == 0);
	open_rest(p, fd, ctx);
	SSL_set_accept_state(p->peer);
}

void
tls_pair_close(struct tls_pair *p)
{
	/* a session is not resumed after a connection that broke */
	SSL_set_shutdown(p->peer, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	conn_close(&p->conn);
	close(p->peer_fd);
	close(p->epoll_fd);
	SSL_free(p->peer);
	ERR_clear_error();
}

/* --- Going on --- */

void
tls_pair_poll(struct tls_pair *p)
{
	struct epoll_event e;
	uint8_t events = 0;

	if (p->conn.fd < 0 || epoll_wait(p->epoll_fd, &e, 1, 0) != 1)
		return;
	if ((e.events & EPOLLIN) != 0)
		events |= CONN_READ;
	if ((e.events & EPOLLOUT) != 0)
		events |= CONN_WRITE;
	if ((e.events & (EPOLLRDHUP | EPOLLHUP)) != 0)
		events |= CONN_HANGUP;
	if ((e.events & EPOLLERR) != 0)
		events |= CONN_BROKEN;
	conn_event(&p->conn, events);
}

static void
peer_shakes(struct tls_pair *p)
{
	int r, error;

	if (p->done || p->failed)
		return;
	r = SSL_do_handshake(p->peer);
	error = SSL_get_error(p->peer, r);
	p->done = r == 1;
	p->failed = r != 1 && error != SSL_ERROR_WANT_READ &&
	    error != SSL_ERROR_WANT_WRITE;
}

bool
tls_pair_shake(struct tls_pair *p)
{
	for (int i = 0; i < 100; i++) {
		peer_shakes(p);
		tls_pair_poll(p);
		if (p->status == CONN_AGAIN &&
		    (i == 0 || conn_awake(&p->conn, p->conn.want)))
			p->status = conn_handshake(&p->conn);
		if (p->status == CONN_FAILED || p->failed)
			break;
		if (p->status == CONN_OK && p->done)
			break;
	}
	/* an alert of ours may still lie there */
	if (p->status == CONN_FAILED)
		peer_shakes(p);
	return p->status == CONN_OK && p->done;
}

enum conn_status
tls_pair_fill(struct tls_pair *p)
{
	tls_pair_poll(p);
	if (!conn_awake(&p->conn, CONN_READ | CONN_HANGUP))
		return CONN_AGAIN;
	conn_compact(&p->conn);
	return conn_fill(&p->conn);
}

int
tls_pair_peer_reads(struct tls_pair *p, void *bytes, int size)
{
	ERR_clear_error();
	return SSL_read(p->peer, bytes, size);
}

SSL_CTX *
tls_peer_context(bool server)
{
	SSL_CTX *ctx = SSL_CTX_new(
	    server ? TLS_server_method() : TLS_client_method());

	must(ctx != NULL);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
	return ctx;
}
