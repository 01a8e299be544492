/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a worker is told by the one before it, which may have lost its mind:
 * taken or refused, never believed; whole and bytewise are the same; and
 * what it knows then is told on as a stream that the next one takes.
 */
#include <string.h>

#include "fuzz/must.h"
#include "fuzz/mutate.h"
#include "live/carry.h"
#include "support/conf_from.h"
#include "support/logged.h"

#define STREAM_MAX 1000000
#define SERVERS \
	"BackEnd\nAddress 127.0.0.1\nPort 7001\nEnd\n" \
	"BackEnd\nAddress 127.0.0.1\nPort 7003\nDisabled 1\nEnd\n" \
	"Emergency\nAddress 127.0.0.1\nPort 7002\nEnd\n"

static const char conf_text[] =
    "ListenHTTP\nAddress 127.0.0.1\nPort 80\n"
    "Service \"a\"\n" SERVERS "Session\nType IP\nTTL 20\nEnd\nEnd\n"
    "Service\nRedirect \"http://r.test\"\nEnd\nEnd\n"
    "Service \"g\"\n" SERVERS "Session\nType COOKIE\nID \"s\"\nTTL 20\nEnd\n"
    "End\n";

const unsigned fuzz_mutations = 3000;

static char stream[STREAM_MAX];
static size_t stream_len;

static bool
put(void *arg, const void *bytes, size_t len)
{
	(void)arg;
	if (len > sizeof(stream) - stream_len)
		return false;
	memcpy(stream + stream_len, bytes, len);
	stream_len += len;
	return true;
}

/* Whether all of it was taken, step bytes at a time. */
static bool
take(struct live *live, const char *bytes, size_t len, size_t step)
{
	struct carry_in *in = carry_in_new(live);
	bool good = true;

	for (size_t at = 0; at < len && good; at += step)
		good = carry_read(in, bytes + at,
		    step < len - at ? step : len - at);
	carry_in_free(in);
	return good;
}

static unsigned long
sessions_of(const struct live *live)
{
	unsigned long n = 0;

	for (size_t i = 0; i < live->conf->all_backend_count; i++)
		for (size_t s = 0; s < live->conf->all_service_count; s++) {
			struct session_table *t = live->service[s].sessions;
			const struct backend *b = &live->backend[i];
			const struct conf_service *c =
			    live->conf->all_services[s];

			if (t != NULL && b->conf->index < c->backend_count &&
			    c->backends[b->conf->index] == b->conf)
				n += session_count(t, b);
		}
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct conf *conf;
	const struct carry_out out = { put, NULL };
	struct live *whole, *bytewise, *next;
	bool good;

	if (conf == NULL)
		conf = conf_from(conf_text);
	logged_clear();
	whole = live_new(conf);
	bytewise = live_new(conf);
	next = live_new(conf);
	good = take(whole, (const char *)data, size, size > 0 ? size : 1);
	must(take(bytewise, (const char *)data, size, 1) == good);
	must(sessions_of(whole) == sessions_of(bytewise));
	stream_len = 0;
	(void)carry_write(whole, &out);
	must(take(next, stream, stream_len, 4096));
	must(sessions_of(next) <= sessions_of(whole));
	live_free(whole);
	live_free(bytewise);
	live_free(next);
	return 0;
}
