/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/ctlclient.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "base/compat.h"
#include "base/deadline.h"
#include "base/mem.h"
#include "conf/control_path.h"
#include "net/addr.h"

#define IN_SIZE (2 * (WIRE_HEAD + WIRE_BODY_MAX))
/* The pause before another try. */
#define AGAIN_MS 50

enum result {
	DONE,
	REFUSED, /* words say why */
	RETRY,	 /* no worker was there */
	STOPPED, /* the caller has something else to do */
};

struct ask {
	const char *path;
	int fd;
	const int *stop; /* CTLCLIENT_STOPS of them, or NULL */
	struct listing *listing;
	struct strbuf *words;
	int64_t restart_ms; /* until then a worker may come */
	int64_t patience_ms;
	unsigned char *in; /* IN_SIZE bytes */
	size_t have;
	size_t received; /* in all */
};

static enum result
no_worker(struct ask *a)
{
	strbuf_reset(a->words);
	strbuf_addf(a->words, "no worker (restarting)");
	return REFUSED;
}

/* Why nobody can be asked there. */
static enum result
cannot_connect(struct ask *a, int error)
{
	const char *more = "";

	if (error == EAGAIN) /* nobody accepts, many wait */
		return RETRY;
	if (error == ECONNREFUSED)
		more = ": nobody answers there (has Pound died?)";
	else if (error == ENOENT)
		more = ": is Pound running, and is this its Control?";
	else if (error == EACCES)
		more = ": only those whom Control lets in may ask";
	else if (error == ENOTSOCK || error == EPROTOTYPE)
		more = ": this is not the control socket of a Pound";
	strbuf_addf(a->words, "connect: %s: %s%s", a->path, strerror(error),
	    more);
	return REFUSED;
}

static enum result
open_socket(struct ask *a)
{
	struct addr addr;

	if (addr_from_path(&addr,
		str_head(str_from(a->path), CONTROL_PATH_MAX)) != 0) {
		strbuf_addf(a->words, "the name of a socket is missing");
		return REFUSED;
	}
	a->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (a->fd < 0) {
		strbuf_addf(a->words, "socket create: %s", strerror(errno));
		return REFUSED;
	}
	if (connect(a->fd, &addr.sa, addr.len) != 0)
		return cannot_connect(a, errno);
	return DONE;
}

/* It fits the socket's buffer as a whole. */
static enum result
send_command(struct ask *a, const struct command *c)
{
	unsigned char out[COMMAND_SIZE_MAX];
	struct command copy = *c;
	struct wire w;
	size_t size;

	wire_begin(&w, out, sizeof(out), WIRE_COMMAND);
	command_wire(&w, &copy);
	size = wire_end(&w);
	if (send(a->fd, out, size, MSG_NOSIGNAL) != (ssize_t)size)
		return RETRY;
	return DONE;
}

/* Nobody has read the command yet. */
static bool
unread(const struct ask *a)
{
	return compat_unsent(a->fd) > 0;
}

/* DONE: something came, or the end of it. RETRY: nothing did. */
static enum result
wait_for(struct ask *a, int ms)
{
	struct pollfd fds[1 + CTLCLIENT_STOPS] = {
		{ .fd = a->fd, .events = POLLIN },
	};
	const unsigned count = a->stop != NULL ? 1 + CTLCLIENT_STOPS : 1;

	for (unsigned i = 1; i < count; i++)
		fds[i] = (struct pollfd){ .fd = a->stop[i - 1],
			.events = POLLIN };
	if (poll(fds, count, ms) <= 0)
		return RETRY;
	for (unsigned i = 1; i < count; i++)
		if (fds[i].revents != 0)
			return STOPPED;
	return DONE;
}

/* Waits for bytes. DONE: they are there, or the end. */
static enum result
await(struct ask *a)
{
	int64_t now = deadline_now_ms();
	const int64_t by = now + a->patience_ms;

	while (now < by) {
		const bool answered = a->received > 0;
		const bool ours = answered || !unread(a);
		const int64_t until = ours ? by
					   : deadline_min(by, a->restart_ms);
		enum result result;

		if (now >= until)
			return no_worker(a);
		result = wait_for(a,
		    deadline_wait_ms(now,
			answered ? until
				 : deadline_min(until, now + AGAIN_MS)));
		if (result != RETRY)
			return result;
		now = deadline_now_ms();
	}
	strbuf_addf(a->words, "Pound does not answer (any more) for %d s",
	    (int)(a->patience_ms / 1000));
	return REFUSED;
}

static enum result
take_result(struct ask *a, struct wire_frame *frame)
{
	struct record_result r = { STR_NONE };

	record_result(&frame->body, &r);
	strbuf_add(a->words, r.text);
	return frame->kind == WIRE_DONE ? DONE : REFUSED;
}

static enum result
garbled(struct ask *a)
{
	strbuf_reset(a->words);
	strbuf_addf(a->words, "what comes from %s is not an answer of Pound",
	    a->path);
	return REFUSED;
}

static enum result
other_version(struct ask *a, const struct wire_frame *frame)
{
	strbuf_reset(a->words);
	strbuf_addf(a->words,
	    "this Pound speaks version %u of the control protocol, poundctl "
	    "version %d: use the poundctl that came with it",
	    frame->version, WIRE_VERSION);
	return REFUSED;
}

/* The frames that are there. RETRY: more are needed. */
static enum result
take_frames(struct ask *a)
{
	size_t at = 0;
	enum result result = RETRY;

	while (result == RETRY) {
		const struct str rest = str_make((char *)a->in + at,
		    a->have - at);
		struct wire_frame frame;
		const enum wire_status status = wire_read(rest, &frame);

		if (status == WIRE_MORE)
			break;
		if (status == WIRE_VERSIONS)
			return other_version(a, &frame);
		if (status != WIRE_OK)
			return garbled(a);
		if (frame.kind == WIRE_DONE || frame.kind == WIRE_REFUSED)
			result = take_result(a, &frame);
		else if (frame.kind == WIRE_WORDS)
			(void)take_result(a, &frame);
		else if (listing_take(a->listing, &frame) != 0)
			return garbled(a);
		at += frame.size;
	}
	memmove(a->in, a->in + at, a->have - at);
	a->have -= at;
	return result;
}

static enum result
ended(struct ask *a, int error)
{
	if (a->received == 0)
		return RETRY;
	strbuf_reset(a->words);
	strbuf_addf(a->words, "the answer ended early%s%s",
	    error != 0 ? ": " : "", error != 0 ? strerror(error) : "");
	return REFUSED;
}

static enum result
receive(struct ask *a)
{
	for (;;) {
		enum result result = await(a);
		ssize_t n;

		if (result != DONE)
			return result;
		n = read(a->fd, a->in + a->have, IN_SIZE - a->have);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return ended(a, n < 0 ? errno : 0);
		a->received += (size_t)n;
		a->have += (size_t)n;
		if (a->received > LISTING_BYTES_MAX)
			return garbled(a);
		result = take_frames(a);
		if (result != RETRY)
			return result;
	}
}

static enum result
try_once(struct ask *a, const struct command *c)
{
	enum result result = open_socket(a);

	a->have = 0;
	if (result == DONE)
		result = send_command(a, c);
	if (result == DONE)
		result = receive(a);
	if (a->fd >= 0)
		close(a->fd);
	a->fd = -1;
	return result;
}

int
ctlclient_ask(const char *path, const struct command *c,
    struct listing *listing, struct strbuf *words, const int *stop)
{
	struct ask a = { .path = path,
		.fd = -1,
		.stop = stop,
		.listing = listing,
		.words = words,
		.restart_ms = deadline_now_ms() + CTLCLIENT_RESTART_MS,
		.patience_ms = command_reloads(command_row(c))
		    ? CTLCLIENT_RELOAD_MS
		    : CTLCLIENT_PATIENCE_MS,
		.in = mem_alloc(IN_SIZE) };
	enum result result;

	while ((result = try_once(&a, c)) == RETRY) {
		if (deadline_now_ms() >= a.restart_ms)
			result = no_worker(&a);
		else
			result = wait_for(&a, AGAIN_MS);
		if (result != RETRY)
			break;
	}
	mem_free(a.in);
	if (result == STOPPED)
		return 1;
	return result == DONE ? 0 : -1;
}
