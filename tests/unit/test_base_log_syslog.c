/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/socket.h>
#include <sys/un.h>

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/deadline.h"
#include "base/log.h"
#include "support/capture.h"
#include "support/dies.h"
#include "unit/tap.h"

#define WAIT_MS 10000

/* A syslog daemon of our own, in a folder of our own. */
static char folder[64];
static struct sockaddr_un place = { .sun_family = AF_UNIX };

static void
make_folder(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%.40s/log-XXXXXX",
	    tmp != NULL && strlen(tmp) <= 40 ? tmp : "/tmp");
	check(mkdtemp(folder) != NULL);
	snprintf(place.sun_path, sizeof(place.sun_path), "%s/log", folder);
	check(setenv("POUND_SYSLOG_SOCKET", place.sun_path, 1) == 0);
}

static int
daemon_start(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	check(bind(fd, (struct sockaddr *)&place, sizeof(place)) == 0);
	return fd;
}

static void
daemon_stop(int fd)
{
	close(fd);
	unlink(place.sun_path);
}

/* As the supervisor does it. */
static int
connect_again(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	check(connect(fd, (struct sockaddr *)&place, sizeof(place)) == 0);
	return fd;
}

/* The next message, "" when none comes in time. */
static const char *
next_message(int fd, int timeout_ms)
{
	static char message[LOG_LINE_MAX + 100];
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n = 0;

	if (poll(&p, 1, timeout_ms) > 0)
		n = recv(fd, message, sizeof(message) - 1, 0);
	message[n > 0 ? n : 0] = '\0';
	return message;
}

/* What follows "<prio>Mon DD HH:MM:SS pound: ". */
static const char *
text_of(const char *message)
{
	const char *mark = strstr(message, " pound: ");

	return mark != NULL ? mark + strlen(" pound: ") : message;
}

static void
test_missing(void)
{
	struct capture c;
	int rc, fd;

	capture_begin(&c, CAPTURE_FILES);
	rc = log_open(LOG_SINK_SYSLOG, LOG_DAEMON, false);
	fd = log_syslog_fd();
	log_line(LOG_PRIO_INFO, "nobody");
	log_line(LOG_PRIO_ERR, "there");
	capture_end(&c);
	is_int(rc, -1, "no daemon is said");
	is_int(fd, -1, "by the descriptor too");
	is_str(capture_read(&c, CAPTURE_ERR, 0), "nobody\nthere\n",
	    "lines go to standard error");
	is_str(capture_read(&c, CAPTURE_OUT, 0), "", "all of them");
	is_int(log_lost(), 0, "and are not lost");
	capture_release(&c);
}

static bool
is_stamped(const char *message, int prio, time_t when, const char *text)
{
	char want[200], stamp[32];
	struct tm tm;

	/* The locale is C: nobody has called setlocale(). */
	strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S",
	    localtime_r(&when, &tm));
	snprintf(want, sizeof(want), "<%d>%s pound: %s", prio, stamp, text);
	return strcmp(message, want) == 0;
}

/* time(2) lags some milliseconds behind the clock that the log reads. */
static time_t
second_now(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return -1;
	return now.tv_sec;
}

static void
test_format(void)
{
	int server = daemon_start();
	time_t before, after;
	const char *message;

	is_int(log_open(LOG_SINK_SYSLOG, LOG_LOCAL3, false), 0, "it opens");
	ok(log_syslog_fd() > 2, "with a descriptor");
	is_int(fcntl(log_syslog_fd(), F_GETFD), FD_CLOEXEC,
	    "that programs do not inherit");
	before = second_now();
	log_line(LOG_PRIO_WARNING, "text %d", 1);
	after = second_now();
	message = next_message(server, WAIT_MS);
	ok(is_stamped(message, LOG_LOCAL3 | LOG_WARNING, before, "text 1") ||
		is_stamped(message, LOG_LOCAL3 | LOG_WARNING, after, "text 1"),
	    "the form: %s", message);
	log_open(LOG_SINK_SYSLOG, LOG_DAEMON, false);
	log_str(LOG_PRIO_INFO, STR_NONE);
	ok(strncmp(next_message(server, WAIT_MS), "<30>", 4) == 0,
	    "facility and priority");
	is_str(next_message(server, 0), "", "one message a line");
	daemon_stop(server);
}

static void
test_verbose(void)
{
	int server = daemon_start();
	struct capture c;

	capture_begin(&c, CAPTURE_FILES);
	log_open(LOG_SINK_SYSLOG, LOG_DAEMON, true);
	log_line(LOG_PRIO_ERR, "a");
	log_line(LOG_PRIO_INFO, "b");
	log_quiet();
	log_line(LOG_PRIO_INFO, "c");
	capture_end(&c);
	is_str(capture_read(&c, CAPTURE_OUT, 0), "a\nb\n",
	    "printed as well, until it is to be quiet");
	is_str(text_of(next_message(server, WAIT_MS)), "a", "sent: 1");
	is_str(text_of(next_message(server, WAIT_MS)), "b", "sent: 2");
	is_str(text_of(next_message(server, WAIT_MS)), "c", "sent: 3");
	capture_release(&c);
	daemon_stop(server);
}

static void
fail_check(void)
{
	volatile int two = 2;

	log_open(LOG_SINK_SYSLOG, LOG_DAEMON, false);
	check(two == 3);
}

static void
test_last_words(void)
{
	int server = daemon_start();

	ok(dies(fail_check, "check failed: two == 3\n"),
	    "last words on standard error");
	ok(strstr(next_message(server, WAIT_MS), "failed: two == 3") != NULL,
	    "and to syslog");
	daemon_stop(server);
}

/* Before log_start() the log helps itself. */
static void
test_gone_direct(void)
{
	int server = daemon_start();

	log_open(LOG_SINK_SYSLOG, LOG_DAEMON, false);
	ok(!log_syslog_gone(), "the daemon is there");
	daemon_stop(server);
	log_line(LOG_PRIO_INFO, "in vain");
	ok(log_syslog_gone(), "the daemon is gone");
	is_int(log_lost(), 1, "and a line with it");
	server = daemon_start();
	log_line(LOG_PRIO_INFO, "again");
	is_str(text_of(next_message(server, WAIT_MS)), "again",
	    "a new daemon is found");
	is_str(text_of(next_message(server, WAIT_MS)), "1 log line lost",
	    "and is told");
	ok(!log_syslog_gone(), "it is there again");
	close(server);
	unlink(place.sun_path);
	server = daemon_start();
	log_line(LOG_PRIO_INFO, "at once");
	is_str(text_of(next_message(server, WAIT_MS)), "at once",
	    "a quick restart loses nothing");
	is_int(log_lost(), 1, "nothing more");
	daemon_stop(server);
}

static void
test_stalled_direct(void)
{
	int server = daemon_start(), sent = 0, got = 0;
	unsigned long lost = log_lost();
	int64_t start_ms;

	log_open(LOG_SINK_SYSLOG, LOG_DAEMON, false);
	start_ms = deadline_now_ms();
	while (log_lost() == lost && sent < 100000)
		log_line(LOG_PRIO_INFO, "%d", sent++);
	ok(log_lost() == lost + 1 && deadline_now_ms() - start_ms < 8000,
	    "a daemon that does not read loses line %d", sent);
	while (next_message(server, 0)[0] != '\0')
		got++;
	is_int(got, sent - 1, "it had the others");
	log_line(LOG_PRIO_INFO, "on");
	is_str(text_of(next_message(server, WAIT_MS)), "on", "and goes on");
	daemon_stop(server);
}

/* A thousand lines are in the ring and some in the socket; nobody waits. */
static void
test_ring(void)
{
	int server = daemon_start(), right = 0;
	unsigned long lost = log_lost();
	int64_t start_ms, took_ms;
	char number[16], longest[LOG_LINE_MAX];

	memset(longest, 'x', sizeof(longest));
	log_open(LOG_SINK_SYSLOG, LOG_DAEMON, false);
	log_start();
	start_ms = deadline_now_ms();
	for (int i = 0; i < 1000; i++)
		log_line(LOG_PRIO_INFO, "%d", i);
	log_str(LOG_PRIO_INFO, str_make(longest, sizeof(longest)));
	took_ms = deadline_now_ms() - start_ms;
	for (int i = 0; i < 1000; i++) {
		snprintf(number, sizeof(number), "%d", i);
		right += strcmp(text_of(next_message(server, WAIT_MS)),
			     number) == 0;
	}
	ok(took_ms < 1000, "nobody waits for the daemon: %d ms", (int)took_ms);
	is_int(right, 1000, "all come, in order");
	is_int(strlen(text_of(next_message(server, WAIT_MS))), LOG_LINE_MAX,
	    "the longest line in one message");
	is_int(log_lost() - lost, 0, "none is lost");
	log_end(WAIT_MS);
	daemon_stop(server);
}

static bool
is_gone_soon(void)
{
	for (int i = 0; i < 100 && !log_syslog_gone(); i++)
		poll(NULL, 0, 10);
	return log_syslog_gone();
}

/* The worker: somebody else connects. */
static void
test_gone_ring(void)
{
	int server = daemon_start();
	unsigned long lost = log_lost();

	log_open(LOG_SINK_SYSLOG, LOG_DAEMON, false);
	log_start();
	log_line(LOG_PRIO_INFO, "before");
	is_str(text_of(next_message(server, WAIT_MS)), "before", "before");
	daemon_stop(server);
	log_line(LOG_PRIO_INFO, "between");
	ok(is_gone_soon(), "the daemon is gone");
	server = daemon_start();
	log_set_syslog_fd(connect_again());
	ok(!log_syslog_gone(), "there is a new one");
	log_line(LOG_PRIO_INFO, "after");
	is_str(text_of(next_message(server, WAIT_MS)), "between",
	    "the line waited for it");
	is_str(text_of(next_message(server, WAIT_MS)), "after", "and after");
	is_int(log_lost() - lost, 0, "nothing is lost");
	log_end(WAIT_MS);
	daemon_stop(server);
}

static void
test_gone_long(void)
{
	int server = daemon_start();
	unsigned long lost = log_lost();
	int64_t start_ms;

	log_open(LOG_SINK_SYSLOG, LOG_DAEMON, false);
	log_start();
	daemon_stop(server);
	start_ms = deadline_now_ms();
	log_line(LOG_PRIO_INFO, "one");
	log_line(LOG_PRIO_INFO, "two");
	while (log_lost() < lost + 2 && deadline_now_ms() < start_ms + WAIT_MS)
		poll(NULL, 0, 20);
	is_int(log_lost() - lost, 2, "in the end they are lost");
	ok(deadline_now_ms() - start_ms < 4500, "having waited once");
	server = daemon_start();
	log_set_syslog_fd(connect_again());
	log_line(LOG_PRIO_INFO, "three");
	is_str(text_of(next_message(server, WAIT_MS)), "three", "a new one");
	is_str(text_of(next_message(server, WAIT_MS)), "2 log lines lost",
	    "is told");
	log_end(WAIT_MS);
	daemon_stop(server);
}

/* The end does not wait for who does not read; the log is usable still. */
static void
test_end_stalled(void)
{
	int server = daemon_start(), got = 0;
	unsigned long lost = log_lost();
	int64_t start_ms;
	char told[64];

	log_open(LOG_SINK_SYSLOG, LOG_DAEMON, false);
	log_start();
	for (int i = 0; i < 1000; i++)
		log_line(LOG_PRIO_INFO, "%d", i);
	start_ms = deadline_now_ms();
	log_end(300);
	ok(deadline_now_ms() - start_ms < 2000, "the end is bounded");
	lost = log_lost() - lost;
	while (next_message(server, 0)[0] != '\0')
		got++;
	is_int(got + (int)lost, 1000, "%d came, %lu are lost", got, lost);
	log_line(LOG_PRIO_INFO, "direct");
	is_str(text_of(next_message(server, WAIT_MS)), "direct", "direct");
	snprintf(told, sizeof(told), "%lu log line%s lost", lost,
	    lost == 1 ? "" : "s");
	is_str(text_of(next_message(server, WAIT_MS)), lost > 0 ? told : "",
	    "and told");
	daemon_stop(server);
}

static void
test_none(void)
{
	int server = daemon_start();
	struct capture c;

	capture_begin(&c, CAPTURE_FILES);
	log_open(LOG_SINK_SYSLOG, LOG_DAEMON, false);
	log_start();
	log_set_syslog_fd(-1);
	log_line(LOG_PRIO_INFO, "to standard error");
	log_end(WAIT_MS);
	capture_end(&c);
	is_str(capture_read(&c, CAPTURE_ERR, 0), "to standard error\n",
	    "without a socket");
	is_int(log_syslog_fd(), -1, "which is said");
	is_str(next_message(server, 0), "", "nothing was sent");
	capture_release(&c);
	daemon_stop(server);
}

int
main(void)
{
	make_folder();
	test_missing();
	test_last_words();
	test_format();
	test_verbose();
	test_gone_direct();
	test_stalled_direct();
	test_ring();
	test_gone_ring();
	test_gone_long();
	test_end_stalled();
	test_none();
	log_open(LOG_SINK_STDERR, 0, false);
	is_int(log_syslog_fd(), -1, "another sink closes the socket");
	rmdir(folder);
	return tap_done();
}
