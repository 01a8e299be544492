/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/channel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "base/compat.h"

/* Room for more descriptors than we send, so that none is lost unclosed. */
#define DESCRIPTORS_MAX 8

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
};

int
channel_open(int ends[2])
{
	/* SEQPACKET keeps messages whole, and tells of the other's end. */
	return socketpair(AF_UNIX,
	    SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends);
}

static void
attach(struct msghdr *head, union control *control, int pass)
{
	struct cmsghdr *c;

	memset(control, 0, sizeof(*control));
	head->msg_control = control->bytes;
	head->msg_controllen = CMSG_SPACE(sizeof(int));
	c = CMSG_FIRSTHDR(head);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &pass, sizeof(pass));
}

static int
send_message(int fd, struct channel_message *m, int pass)
{
	struct iovec iov = { m, sizeof(*m) };
	struct msghdr head = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control control;
	ssize_t n;

	if (pass >= 0)
		attach(&head, &control, pass);
	do {
		n = sendmsg(fd, &head, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

int
channel_send(int fd, enum channel_kind kind, const char *text, int pass)
{
	struct channel_message m = { .kind = kind };

	if (text != NULL)
		snprintf(m.text, sizeof(m.text), "%s", text);
	return send_message(fd, &m, pass);
}

int
channel_send_number(int fd, enum channel_kind kind, uint32_t number, int pass)
{
	struct channel_message m = { .kind = kind, .number = number };

	return send_message(fd, &m, pass);
}

/* The first descriptor is kept, any other one closed. */
static int
take_descriptor(struct msghdr *head)
{
	int kept = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(head); c != NULL;
	     c = CMSG_NXTHDR(head, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = CMSG_LEN(0); at + sizeof(int) <= c->cmsg_len;
		     at += sizeof(int)) {
			int fd;

			memcpy(&fd, (char *)c + at, sizeof(fd));
			if (kept < 0)
				kept = fd;
			else
				close(fd);
		}
	}
	return kept;
}

static enum channel_status
status_of(ssize_t n)
{
	if (n == 0)
		return CHANNEL_CLOSED;
	return errno == EAGAIN ? CHANNEL_AGAIN : CHANNEL_CLOSED;
}

enum channel_status
channel_receive(int fd, struct channel_message *m, int *passed)
{
	struct iovec iov = { m, sizeof(*m) };
	union control control;
	struct msghdr head = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	ssize_t n;

	*passed = -1;
	do {
		n = recvmsg(fd, &head, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return status_of(n);
	*passed = take_descriptor(&head);
	m->text[sizeof(m->text) - 1] = '\0';
	if (n == (ssize_t)sizeof(*m) && (head.msg_flags & MSG_TRUNC) == 0 &&
	    m->kind > 0 && m->kind < CHANNEL_KINDS)
		return CHANNEL_OK;
	if (*passed >= 0)
		close(*passed);
	*passed = -1;
	return CHANNEL_BAD;
}
