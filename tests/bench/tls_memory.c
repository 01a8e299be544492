/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What OpenSSL itself takes for a connection after its handshake, beside
 * which ours is measured: bytes of heap for one server's SSL with a socket
 * and nothing else. tls_memory CERT.pem (certificate and key).
 */
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include <sys/socket.h>

#include <openssl/ssl.h>

#define COUNT 200

static SSL *
shake(SSL_CTX *server, SSL_CTX *client, size_t *bytes)
{
	size_t before = mallinfo2().uordblks;
	SSL *ours = SSL_new(server), *peer = SSL_new(client);
	int fd[2], done = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) != 0)
		return NULL;
	SSL_set_fd(ours, fd[0]);
	SSL_set_fd(peer, fd[1]);
	SSL_set_accept_state(ours);
	SSL_set_connect_state(peer);
	for (int i = 0; i < 20 && done != 2; i++)
		done = (SSL_do_handshake(peer) == 1) +
		    (SSL_do_handshake(ours) == 1);
	SSL_free(peer);
	close(fd[1]);
	*bytes += mallinfo2().uordblks - before;
	return done == 2 ? ours : NULL;
}

/* 1: a handshake failed. */
static int
measure(SSL_CTX *server, int version, const char *words)
{
	SSL_CTX *client = SSL_CTX_new(TLS_client_method());
	size_t bytes = 0, warm = 0;

	SSL_CTX_set_max_proto_version(client, version);
	for (int i = 0; i < 2 * COUNT; i++)
		if (shake(server, client, i < COUNT ? &warm : &bytes) == NULL)
			return 1;
	SSL_CTX_free(client);
	printf("%zu bytes a connection (bare SSL, TLS %s, %s)\n", bytes / COUNT,
	    words, OpenSSL_version(OPENSSL_VERSION));
	return 0;
}

int
main(int argc, char **argv)
{
	SSL_CTX *server = SSL_CTX_new(TLS_server_method());

	if (argc != 2 ||
	    SSL_CTX_use_certificate_chain_file(server, argv[1]) != 1 ||
	    SSL_CTX_use_PrivateKey_file(server, argv[1], SSL_FILETYPE_PEM) != 1)
		return 2;
	SSL_CTX_set_mode(server, SSL_MODE_RELEASE_BUFFERS);
	return measure(server, TLS1_2_VERSION, "1.2") +
	    measure(server, TLS1_3_VERSION, "1.3");
}
