/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Many handshakes, many certificates, no file: TLS_HANDSHAKES and TLS_CERTS
 * in the environment are how many.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/wait.h>

#include "base/deadline.h"
#include "base/lock.h"
#include "support/tls_certs.h"
#include "support/tls_pair.h"
#include "unit/tap.h"

static struct tls_made root, one;
static SSL_CTX *peer;
static struct tls_pair pair;

static void
set_up(void)
{
	root = tls_make(&(struct tls_wish){ .subject = "CN=Root", .ca = true });
	one = tls_make(
	    &(struct tls_wish){ .subject = "CN=one.test", .issuer = &root });
	tls_write("one.pem", TLS_CERT(one), TLS_KEY(one), TLS_CERT(root));
	peer = tls_peer_context(false);
}

static struct tls_server *
server_of(const char *name)
{
	const char *path = tls_path(name);
	const struct tls_settings s = { .certs = &path, .cert_count = 1 };
	struct tls_told told;
	const struct tls_report report = tls_told_report(&told);
	struct tls_server *server = tls_server_new(&s, &report);

	ok(server != NULL, "a server: %s", told.text);
	return server;
}

/* --- In a bare jail --- */

/* What a worker does in a folder without any file. */
static int
run_in_jail(struct tls_server *server, const char *jail)
{
	if (chroot(jail) != 0 || chdir("/") != 0)
		return 2;
	for (int i = 0; i < 20; i++) {
		tls_pair_server(&pair, server, peer, NULL, NULL);
		if (!tls_pair_shake(&pair))
			return 1;
		tls_pair_close(&pair);
	}
	return 0;
}

static void
test_jail(void)
{
	struct tls_server *server = server_of("one.pem");
	char jail[200];
	int status = 0;
	pid_t pid;

	snprintf(jail, sizeof(jail), "mkdir %s/jail", tls_folder());
	is_int(system(jail), 0, "an empty folder");
	snprintf(jail, sizeof(jail), "%s/jail", tls_folder());
	fflush(stdout);
	pid = geteuid() == 0 ? fork() : -1;
	if (pid == 0)
		_exit(run_in_jail(server, jail));
	if (pid > 0)
		ok(waitpid(pid, &status, 0) == pid && status == 0,
		    "handshakes without any file: %d", status);
	else
		ok(true, "# SKIP only root can enter a jail");
	tls_server_free(server);
}

/* --- Many --- */

/* Memory of a server that has served many is that of one that served few. */
static void
test_long_run(void)
{
	struct tls_server *server = server_of("one.pem");
	const char *text = getenv("TLS_HANDSHAKES");
	const long count = text != NULL ? atol(text) : 2000;
	size_t before = 0;

	for (long i = 0; i < count; i++) {
		if (i == count / 2)
			before = mallinfo2().uordblks;
		tls_pair_server(&pair, server, peer, NULL, NULL);
		if (!tls_pair_shake(&pair))
			ok(false, "handshake %ld", i);
		tls_pair_close(&pair);
	}
	printf("# %ld handshakes: %zu bytes, then %zu\n", count, before,
	    mallinfo2().uordblks);
	ok(mallinfo2().uordblks <= before + 65536, "no growth");
	tls_server_free(server);
}

/* --- Threads --- */

#define THREADS 4

struct worker {
	struct lock_thread thread;
	const struct tls_server *server;
	const struct tls_client *client;
	SSL_CTX *origin;
	unsigned good;
};

/* Tap is for one thread: here one only counts. */
static void *
work(void *arg)
{
	struct worker *w = arg;
	struct tls_pair *p = malloc(sizeof(*p));
	SSL_SESSION *session = NULL;

	for (int i = 0; i < 40; i++) {
		tls_pair_server(p, w->server, peer, "one.test", session);
		w->good += tls_pair_shake(p);
		SSL_SESSION_free(session);
		session = SSL_get1_session(p->peer);
		tls_pair_close(p);
		tls_pair_client(p, w->client, w->origin, "one.test");
		w->good += tls_pair_shake(p) && conn_quiet(&p->conn);
		tls_pair_close(p);
	}
	SSL_SESSION_free(session);
	free(p);
	return NULL;
}

/* One server and one client context for all: keys of tickets, sessions. */
static void
test_threads(void)
{
	static struct worker w[THREADS];
	struct tls_server *server = server_of("one.pem");
	struct tls_told told;
	const struct tls_report report = tls_told_report(&told);
	struct tls_client *client = tls_client_new(&(struct tls_settings){ 0 },
	    &report);
	SSL_CTX *origin = tls_peer_context(true);
	unsigned good = 0;

	SSL_CTX_use_certificate(origin, one.x509);
	SSL_CTX_use_PrivateKey(origin, one.key);
	for (int i = 0; i < THREADS; i++) {
		w[i] = (struct worker){ .server = server,
			.client = client,
			.origin = origin };
		is_int(lock_thread_start(&w[i].thread, work, &w[i]), 0,
		    "thread %d", i);
	}
	for (int i = 0; i < THREADS; i++) {
		lock_thread_join(&w[i].thread);
		good += w[i].good;
	}
	is_int(good, THREADS * 80, "all handshakes");
	tls_server_free(server);
	tls_client_free(client);
	SSL_CTX_free(origin);
}

/* Certificates: the key is shared, so that making them is quick. */
static void
write_many(size_t count)
{
	char name[64];

	for (size_t i = 0; i < count; i++) {
		X509 *x509 = X509_dup(one.x509);
		struct tls_made m = { x509, one.key };

		snprintf(name, sizeof(name), "host%zu.test", i);
		X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN",
		    MBSTRING_ASC, (unsigned char *)name, -1, -1, 0);
		X509_sign(x509, root.key, EVP_sha256());
		snprintf(name, sizeof(name), "many/%05zu.pem", i);
		tls_write(name, TLS_CERT(m), TLS_KEY(m), TLS_CERT(root));
		X509_free(x509);
	}
}

static double
visits_us(struct tls_server *server, const char *name)
{
	const int64_t from = deadline_now_us();

	for (int i = 0; i < 300; i++) {
		tls_pair_server(&pair, server, peer, name, NULL);
		(void)tls_pair_shake(&pair);
		tls_pair_close(&pair);
	}
	return (double)(deadline_now_us() - from) / 300;
}

static void
test_many_certificates(void)
{
	struct tls_server *few = server_of("one.pem");
	struct tls_server *many;
	size_t count = getenv("TLS_CERTS") != NULL
	    ? strtoul(getenv("TLS_CERTS"), NULL, 10)
	    : 500;
	char command[200];
	int64_t from;
	double a, b;

	snprintf(command, sizeof(command), "mkdir %s/many", tls_folder());
	is_int(system(command), 0, "a folder");
	write_many(count);
	from = deadline_now_ms();
	many = server_of("many");
	printf("# %zu certificates in %lld ms\n", count,
	    (long long)(deadline_now_ms() - from));
	tls_pair_server(&pair, many, peer, "host321.test", NULL);
	ok(tls_pair_shake(&pair), "handshake");
	tls_pair_close(&pair);
	a = visits_us(few, "one.test");
	b = visits_us(many, "host321.test");
	printf("# a handshake: %.0f us with one, %.0f us with all\n", a, b);
	tls_server_free(few);
	tls_server_free(many);
}

/* --- Size --- */

#define IDLE 100

static SSL_CTX *bare_context;

static size_t
heap(void)
{
	return mallinfo2().uordblks;
}

/* A bare SSL of OpenSSL's own defaults, after its handshake. */
static SSL *
shake_bare(int *fd)
{
	SSL *ours = SSL_new(bare_context), *client = SSL_new(peer);
	int done = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) != 0)
		abort();
	SSL_set_fd(ours, fd[0]);
	SSL_set_fd(client, fd[1]);
	SSL_set_accept_state(ours);
	SSL_set_connect_state(client);
	for (int i = 0; i < 20 && done != 2; i++)
		done = (SSL_do_handshake(client) == 1) +
		    (SSL_do_handshake(ours) == 1);
	is_int(done, 2, "bare handshake");
	SSL_free(client);
	return ours;
}

static size_t
size_of_bare(void)
{
	static SSL *ssl[IDLE];
	static int fd[IDLE][2];
	const size_t before = heap();
	size_t bytes;

	SSL_CTX_set_mode(bare_context, SSL_MODE_RELEASE_BUFFERS);
	for (int i = 0; i < IDLE; i++)
		ssl[i] = shake_bare(fd[i]);
	bytes = (heap() - before) / IDLE;
	for (int i = 0; i < IDLE; i++) {
		SSL_free(ssl[i]);
		close(fd[i][0]);
		close(fd[i][1]);
	}
	return bytes;
}

static size_t
size_of_ours(const struct tls_server *server)
{
	static struct conn kept[IDLE];
	const size_t before = heap();
	size_t bytes;

	for (int i = 0; i < IDLE; i++) {
		tls_pair_server(&pair, server, peer, NULL, NULL);
		ok(tls_pair_shake(&pair), "handshake");
		(void)tls_pair_fill(&pair);
		kept[i] = pair.conn;
		SSL_free(pair.peer);
		close(pair.peer_fd);
		close(pair.epoll_fd);
	}
	bytes = (heap() - before) / IDLE;
	for (int i = 0; i < IDLE; i++)
		conn_close(&kept[i]);
	return bytes;
}

/* An idle connection: 2 KiB beyond OpenSSL's own part at most. */
static void
test_size(void)
{
	struct tls_server *server = server_of("one.pem");
	size_t ours, bare;

	bare_context = tls_peer_context(true);
	SSL_CTX_use_certificate(bare_context, one.x509);
	SSL_CTX_use_PrivateKey(bare_context, one.key);

	/* what is made once */
	(void)size_of_bare();
	(void)size_of_ours(server);
	bare = size_of_bare();
	ours = size_of_ours(server);
	printf("# a connection: %zu bytes, a bare SSL: %zu\n", ours, bare);
	ok(ours <= bare + 2048, "at most 2 KiB more");
	SSL_CTX_free(bare_context);
	tls_server_free(server);
}

int
main(void)
{
	set_up();
	test_jail();
	test_threads();
	test_long_run();
	test_many_certificates();
	SSL_CTX_set_max_proto_version(peer, TLS1_2_VERSION);
	test_size();
	SSL_CTX_set_max_proto_version(peer, 0);
	test_size();
	tls_release(&root);
	tls_release(&one);
	SSL_CTX_free(peer);
	return tap_done();
}
