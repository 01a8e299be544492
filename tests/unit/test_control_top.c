/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The screen as text, for fixed listings and every size. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/top.h"
#include "unit/tap.h"

#define SECOND 1000000

static struct record_backend backends[2][3];
static struct record_outcome outcomes[2][2];
static struct listing_service services[2];
static struct listing_listener listeners[2];
static struct listing listing[2]; /* before, and now */
static struct strbuf out;

static void
fill(unsigned i, uint64_t requests)
{
	struct listing *l = &listing[i];
	struct listing_service *s = &services[i];

	backends[i][0] = (struct record_backend){ .address = STR("10.0.0.1:80"),
		.alive = true,
		.sessions = 12,
		.traffic = { .requests = 3 * requests,
		    .active = 4,
		    .answers = { [4] = requests / 10 },
		    .times = { .minute_count = 1,
			.p50_us = 1234,
			.p99_us = 2 * SECOND } } };
	backends[i][1] = (struct record_backend){ .index = 1,
		.address = STR("unix\n"),
		.traffic = { .requests = requests } };
	backends[i][2] = (struct record_backend){ .kind = RECORD_EMERGENCY,
		.address = STR("e"),
		.alive = true };
	*s = (struct listing_service){ .record = { .name = STR("web"),
					   .traffic = { .bytes_out = 1000 *
						   requests } },
		.backend = backends[i],
		.backends = 3 };
	listeners[i] = (struct listing_listener){
		.record = { .address = STR("127.0.0.1:8080"),
		    .disabled = true },
		.services = { s, 1, 1 }
	};
	outcomes[i][0] = (struct record_outcome){ STR("ok"), 4 * requests,
		false };
	outcomes[i][1] = (struct record_outcome){ STR("bad"), requests, true };
	*l = (struct listing){ .outcome = outcomes[i],
		.outcomes = 2,
		.listener = &listeners[i],
		.listeners = 1 };
	l->worker = (struct record_worker){ .version = STR("5.0.0"),
		.pid = 11,
		.worker_pid = 22,
		.uptime_ms = 93784 * UINT64_C(1000),
		.restarts = 3,
		.threads = 2,
		.connections = 100,
		.connections_max = 5000,
		.working = 7,
		.queue = 5,
		.requests = 9,
		.times = { .minute_count = 1,
		    .mean_us = 4000,
		    .p50_us = 1500,
		    .p90_us = 25000,
		    .p99_us = 999600 } };
}

static const char *
compose(unsigned width, unsigned height, const char *trouble)
{
	const struct top_view v = { .now = &listing[1],
		.before = &listing[0],
		.seconds = 2,
		.trouble = trouble,
		.width = width,
		.height = height };

	strbuf_reset(&out);
	top_compose(&v, &out);
	return strbuf_text(&out);
}

static void
test_screen(void)
{
	is_str(compose(100, 24, NULL),
	    "\033[1mPound 5.0.0  pid 11  up 1 d 02:03:04  worker 22  3 restarts"
	    "\033[0m\n"
	    "Requests    2500/s, 9 now   errors 550.0/s   in 0B/s   "
	    "out 500kB/s\n"
	    "Connections 100 of 5000: 7 active, 93 parked   queue 5   "
	    "threads 2\n"
	    "First byte  mean 4.0ms   p50 1.5ms   p90 25ms   p99 1.0s   "
	    "(last minute)\n"
	    "\n"
	    "\033[7mBACK-END                       STATE        REQ/S   ERR/S"
	    "     P50     P99   NOW   SESS              \033[0m\n"
	    "0 http 127.0.0.1:8080 DISABLED, service 0 \"web\"\n"
	    "   0 10.0.0.1:80               alive         1500    50.0   1.2ms"
	    "    2.0s     4     12 #############\n"
	    "\033[1m   1 unix\\x0a                  DEAD         500.0     0.0"
	    "       -       -     0      0 ####.........\033[0m\n"
	    "   E e                         emergency      0.0     0.0       -"
	    "       -     0      0 .............\n",
	    "a hundred columns");
}

static size_t
count(const char *text, char c)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == c;
	return n;
}

/* What is to be seen of a line: all but the two sequences. */
static size_t
columns(struct str line)
{
	size_t n = line.len;

	for (size_t i = 0; i < line.len; i++)
		if (line.p[i] == '\033')
			n -= 4;
	return n;
}

static void
test_sizes(void)
{
	bool narrow = true, low = true;

	for (unsigned width = 2; width < 300; width++)
		for (unsigned height = 2; height < 15; height++) {
			struct str rest = str_from(
			    compose(width, height, "trouble"));

			low = low && count(rest.p, '\n') <= height;
			while (!str_empty(rest)) {
				const size_t end = str_find(rest, '\n');

				narrow = narrow &&
				    columns(str_head(rest, end)) <= width;
				rest = str_skip(rest, end + 1);
			}
		}
	ok(narrow, "no line is wider than the screen");
	ok(low, "no screen is higher than the terminal");
	is_str(compose(1, 24, NULL), "", "nothing on one column");
	is_str(compose(80, 1, NULL), "", "nor on one line");
}

static void
test_trouble(void)
{
	const struct top_view nothing = { .trouble = "no worker (restarting)",
		.width = 30,
		.height = 5 };
	const char *text = compose(80, 4, "no worker (restarting)");

	ok(strstr(text, "First byte") == NULL &&
		strstr(text, "\n\033[7mno worker (restarting)  ") != NULL,
	    "trouble has the last line");
	text = compose(80, 8, NULL);
	ok(strstr(text, "3 more lines") != NULL,
	    "what does not fit is counted");
	strbuf_reset(&out);
	top_compose(&nothing, &out);
	is_str(strbuf_text(&out),
	    "\033[7mno worker (restarting)        \033[0m\n",
	    "and stands alone when there is nothing else");
}

/* A worker that counts from the beginning again, and one only. */
static void
test_rates(void)
{
	const char *text;

	fill(1, 10);
	text = compose(80, 24, NULL);
	ok(strstr(text, "Requests    0.0/s") != NULL, "less is no rate");
	fill(1, 2000000);
	text = compose(80, 24, NULL);
	ok(strstr(text, "Requests    4998k/s") != NULL, "many are thousands");
	fill(1, 2000);
	listing[1].globals = listing[1].listener[0].services;
	listing[1].listeners = 0;
	ok(strstr(compose(80, 24, NULL), "-1 global, service 0 \"web\"\n") !=
		NULL,
	    "global services");
}

int
main(void)
{
	strbuf_init(&out, 65536);
	fill(0, 1000);
	fill(1, 2000);
	test_screen();
	test_sizes();
	test_trouble();
	test_rates();
	strbuf_release(&out);
	return tap_done();
}
