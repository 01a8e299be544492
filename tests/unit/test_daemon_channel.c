/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/channel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "tap.h"

static int
open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

static void
open_pair(int ends[2])
{
	if (channel_open(ends) != 0)
		ok(false, "a pair of ends: %s", strerror(errno));
}

static void
test_messages(void)
{
	struct channel_message m;
	char long_text[2 * CHANNEL_TEXT_MAX];
	int ends[2], passed;

	open_pair(ends);
	is_int(channel_receive(ends[0], &m, &passed), CHANNEL_AGAIN, "silence");
	is_int(channel_send(ends[1], CHANNEL_READY, NULL, -1), 0, "send");
	is_int(channel_send(ends[1], CHANNEL_FAILED, "why", -1), 0, "another");
	is_int(channel_receive(ends[0], &m, &passed), CHANNEL_OK, "the first");
	is_int(m.kind, CHANNEL_READY, "its kind");
	is_str(m.text, "", "its text");
	is_int(passed, -1, "no descriptor");
	is_int(channel_receive(ends[0], &m, &passed), CHANNEL_OK, "the second");
	is_int(m.kind, CHANNEL_FAILED, "its kind");
	is_str(m.text, "why", "its text");
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	is_int(channel_send(ends[1], CHANNEL_FAILED, long_text, -1), 0, "long");
	is_int(channel_receive(ends[0], &m, &passed), CHANNEL_OK, "comes");
	is_int(strlen(m.text), CHANNEL_TEXT_MAX - 1, "cut");
	close(ends[1]);
	is_int(channel_receive(ends[0], &m, &passed), CHANNEL_CLOSED, "closed");
	is_int(channel_send(ends[0], CHANNEL_READY, NULL, -1), -1,
	    "nobody to send to: no signal");
	close(ends[0]);
}

/* What was sent before the end is still received. */
static void
test_last_words(void)
{
	struct channel_message m;
	int ends[2], passed;

	open_pair(ends);
	is_int(channel_send(ends[1], CHANNEL_FAILED, "x", -1), 0, "send");
	close(ends[1]);
	is_int(channel_receive(ends[0], &m, &passed), CHANNEL_OK, "last words");
	is_int(channel_receive(ends[0], &m, &passed), CHANNEL_CLOSED, "end");
	close(ends[0]);
}

static void
test_descriptor(void)
{
	struct channel_message m;
	int ends[2], way[2], passed;
	char c = 0;

	open_pair(ends);
	if (pipe(way) != 0)
		ok(false, "pipe");
	is_int(channel_send(ends[0], CHANNEL_LOG, NULL, way[1]), 0, "pass");
	close(way[1]);
	is_int(channel_receive(ends[1], &m, &passed), CHANNEL_OK, "received");
	ok(passed >= 0 && fcntl(passed, F_GETFD) == FD_CLOEXEC,
	    "close-on-exec");
	is_int(write(passed, "!", 1), 1, "write into it");
	is_int(read(way[0], &c, 1), 1, "comes out");
	close(passed);
	is_int(read(way[0], &c, 1), 0, "it was the only one");
	close(way[0]);
	close(ends[0]);
	close(ends[1]);
}

/* A sender who does not use channel_send(). */
static void
send_raw(int fd, const void *bytes, size_t len, int copies)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(4 * sizeof(int))];
	} control;
	struct iovec iov = { (void *)(uintptr_t)bytes, len };
	struct msghdr head = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	memset(&control, 0, sizeof(control));
	if (copies > 0) {
		head.msg_control = control.bytes;
		head.msg_controllen = CMSG_SPACE((size_t)copies * sizeof(int));
		c = CMSG_FIRSTHDR(&head);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN((size_t)copies * sizeof(int));
		for (int i = 0; i < copies; i++)
			memcpy(CMSG_DATA(c) + (size_t)i * sizeof(int), &fd,
			    sizeof(fd));
	}
	if (sendmsg(fd, &head, 0) < 0)
		ok(false, "sendmsg: %s", strerror(errno));
}

static void
test_nonsense(void)
{
	struct channel_message m, out = { .kind = CHANNEL_KINDS };
	struct channel_message twice[2];
	int ends[2], passed, before;

	open_pair(ends);
	before = open_descriptors();
	send_raw(ends[1], "abc", 3, 0);
	is_int(channel_receive(ends[0], &m, &passed), CHANNEL_BAD, "short");
	send_raw(ends[1], &out, sizeof(out), 2);
	is_int(channel_receive(ends[0], &m, &passed), CHANNEL_BAD,
	    "unknown kind");
	is_int(passed, -1, "its descriptors are not ours");
	memset(twice, 0, sizeof(twice));
	twice[0].kind = CHANNEL_READY;
	send_raw(ends[1], twice, sizeof(twice), 1);
	is_int(channel_receive(ends[0], &m, &passed), CHANNEL_BAD, "too long");
	is_int(open_descriptors(), before, "nothing stays open");
	out.kind = CHANNEL_READY;
	memset(out.text, 'x', sizeof(out.text));
	send_raw(ends[1], &out, sizeof(out), 3);
	is_int(channel_receive(ends[0], &m, &passed), CHANNEL_OK, "good again");
	is_int(strlen(m.text), CHANNEL_TEXT_MAX - 1, "its text has an end");
	is_int(open_descriptors(), before + 1, "one descriptor of three");
	close(passed);
	close(ends[0]);
	close(ends[1]);
}

/* A receiver that does not read stops nobody. */
static void
test_full(void)
{
	int ends[2], sent = 0;

	open_pair(ends);
	while (
	    sent < 100000 && channel_send(ends[0], CHANNEL_DRAIN, "x", -1) == 0)
		sent++;
	ok(sent > 0 && sent < 100000, "full after %d messages", sent);
	is_int(errno, EAGAIN, "said without waiting");
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	test_messages();
	test_last_words();
	test_descriptor();
	test_nonsense();
	test_full();
	return tap_done();
}
