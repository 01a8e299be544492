/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/command.h"

#include <stdatomic.h>

#include "base/deadline.h"
#include "base/log.h"

/* ------ what the numbers mean ------ */

/* The services of a listener, or the global ones; false after saying why.
 * The log keeps the words it always had (B.11.1). */
static bool
find_services(const struct live *live, const struct command *c,
    struct strbuf *words, struct conf_service *const **list, size_t *count)
{
	const struct conf *conf = live->conf;

	if (c->listener == -1) {
		*list = conf->services;
		*count = conf->service_count;
		return true;
	}
	if (c->listener < 0 || (size_t)c->listener >= conf->listener_count) {
		log_line(LOG_PRIO_INFO, "bad listener %d", c->listener);
		strbuf_addf(words, "there is no listener %d", c->listener);
		return false;
	}
	*list = conf->listeners[c->listener]->services;
	*count = conf->listeners[c->listener]->service_count;
	return true;
}

static struct live_listener *
find_listener(const struct live *live, const struct command *c,
    struct strbuf *words)
{
	if (c->listener >= 0 &&
	    (size_t)c->listener < live->conf->listener_count)
		return &live->listener[live->conf->listeners[c->listener]->id];
	log_line(LOG_PRIO_INFO, "bad listener %d", c->listener);
	if (c->listener == -1)
		strbuf_addf(words,
		    "-1 means the global services: they cannot be switched "
		    "like a listener");
	else
		strbuf_addf(words, "there is no listener %d", c->listener);
	return NULL;
}

/* "listener 2", or what -1 stands for. */
static void
add_listener(struct strbuf *words, int32_t listener)
{
	if (listener == -1)
		strbuf_addf(words, "among the global services");
	else
		strbuf_addf(words, "in listener %d", listener);
}

static const struct conf_service *
find_service(const struct live *live, const struct command *c,
    struct strbuf *words)
{
	struct conf_service *const *list;
	size_t count;

	if (!find_services(live, c, words, &list, &count))
		return NULL;
	if (c->service >= 0 && (size_t)c->service < count)
		return list[c->service];
	log_line(LOG_PRIO_INFO, "bad service %d/%d", c->listener, c->service);
	strbuf_addf(words, "there is no service %d ", c->service);
	add_listener(words, c->listener);
	return NULL;
}

static struct backend *
find_backend(const struct live *live, const struct command *c,
    struct strbuf *words)
{
	const struct conf_service *service = find_service(live, c, words);

	if (service == NULL)
		return NULL;
	if (c->backend >= 0 && (size_t)c->backend < service->backend_count)
		return &live->backend[service->backends[c->backend]->id];
	log_line(LOG_PRIO_INFO, "bad backend %d/%d/%d", c->listener, c->service,
	    c->backend);
	strbuf_addf(words, "there is no back-end %d in service %d ", c->backend,
	    c->service);
	add_listener(words, c->listener);
	return NULL;
}

/* ------ what is done ------ */

static int
switch_listener(struct live *live, const struct command *c, bool on,
    struct strbuf *words)
{
	struct live_listener *l = find_listener(live, c, words);

	if (l == NULL)
		return -1;
	if (atomic_exchange(&l->disabled, !on) != !on)
		log_line(LOG_PRIO_NOTICE, "Listener %.*s %s",
		    STR_ARG(l->conf->name), on ? "enabled" : "disabled");
	return 0;
}

static int
switch_service(struct live *live, const struct command *c, bool on,
    struct strbuf *words)
{
	const struct conf_service *conf = find_service(live, c, words);

	if (conf == NULL)
		return -1;
	if (atomic_exchange(&live->service[conf->id].disabled, !on) != !on)
		log_line(LOG_PRIO_NOTICE, "Service %d/%d %s", c->listener,
		    c->service, on ? "enabled" : "disabled");
	return 0;
}

static int
switch_backend(struct live *live, const struct command *c, bool on,
    struct strbuf *words)
{
	struct backend *b = find_backend(live, c, words);

	if (b == NULL)
		return -1;
	backend_disable(b, !on);
	return 0;
}

/* The table, or NULL after saying why not. */
static struct session_table *
find_table(const struct live *live, const struct command *c,
    struct strbuf *words)
{
	const struct conf_service *conf = find_service(live, c, words);

	if (conf == NULL)
		return NULL;
	if (str_empty(c->key)) {
		strbuf_addf(words, "the key is empty");
		return NULL;
	}
	if (live->service[conf->id].sessions == NULL) {
		strbuf_addf(words, "service %d ", c->service);
		add_listener(words, c->listener);
		strbuf_addf(words, " keeps no sessions");
	}
	return live->service[conf->id].sessions;
}

static int
add_session(struct live *live, const struct command *c, bool on,
    struct strbuf *words)
{
	struct session_table *table = find_table(live, c, words);
	struct backend *b = table == NULL ? NULL : find_backend(live, c, words);

	(void)on;
	if (b == NULL)
		return -1;
	if (session_set(table, c->key, b, deadline_now_ms()))
		log_line(LOG_PRIO_WARNING,
		    "a session of service %d/%d is replaced by poundctl",
		    c->listener, c->service);
	return 0;
}

/* "digest:" and its bytes in hexadecimal, as the list shows a long key. */
static bool
read_digest(struct str key, char *digest)
{
	const struct str word = STR("digest:");
	const struct str digits = str_skip(key, word.len);

	if (!str_starts(key, word) || digits.len != (size_t)2 * SESSION_DIGEST)
		return false;
	for (size_t i = 0; i < SESSION_DIGEST; i++) {
		const int high = str_hex(digits.p[2 * i]);
		const int low = str_hex(digits.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		digest[i] = (char)(high * 16 + low);
	}
	return true;
}

/* A short key may look like a digest: it goes first. */
static bool
forget(struct session_table *table, struct str key, int64_t now_ms)
{
	char digest[SESSION_DIGEST];

	return session_remove(table, key, now_ms) ||
	    (read_digest(key, digest) &&
		session_remove_digest(table, digest, now_ms));
}

static int
delete_session(struct live *live, const struct command *c, bool on,
    struct strbuf *words)
{
	struct session_table *table = find_table(live, c, words);

	(void)on;
	if (table == NULL)
		return -1;
	if (forget(table, c->key, deadline_now_ms()))
		return 0;
	strbuf_addf(words, "there is no such session in service %d ",
	    c->service);
	add_listener(words, c->listener);
	return -1;
}

/* ------ the table ------ */

static const struct command_row rows[] = {
	{ 0, "list", "", NULL, false },
	{ 'L', "enable listener", "l", switch_listener, true },
	{ 'l', "disable listener", "l", switch_listener, false },
	{ 'S', "enable service", "ls", switch_service, true },
	{ 's', "disable service", "ls", switch_service, false },
	{ 'B', "enable back-end", "lsb", switch_backend, true },
	{ 'b', "disable back-end", "lsb", switch_backend, false },
	{ 'N', "add session", "lskb", add_session, true },
	{ 'n', "delete session", "lsk", delete_session, false },
	{ 0, "reload", "", NULL, true },
};

const struct command_row *
command_by_letter(char letter)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].letter == letter && letter != 0)
			return &rows[i];
	return NULL;
}

const struct command_row *
command_by_word(struct str word)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq(str_from(rows[i].word), word))
			return &rows[i];
	return NULL;
}

const struct command_row *
command_row(const struct command *c)
{
	return c->number < ARRAY_LEN(rows) ? &rows[c->number] : NULL;
}

uint32_t
command_number(const struct command_row *row)
{
	return (uint32_t)(row - rows);
}

bool
command_lists(const struct command_row *row)
{
	return row->run == NULL && !row->on;
}

bool
command_reloads(const struct command_row *row)
{
	return row->run == NULL && row->on;
}

int
command_run(const struct command_row *row, struct live *live,
    const struct command *c, struct strbuf *words)
{
	return row->run(live, c, row->on, words);
}

void
command_wire(struct wire *w, struct command *c)
{
	wire_u32(w, &c->number);
	wire_i32(w, &c->listener);
	wire_i32(w, &c->service);
	wire_i32(w, &c->backend);
	wire_bool(w, &c->with_sessions);
	wire_str(w, &c->key);
}
