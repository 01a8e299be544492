/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy/accesslog.h"

#include <stdio.h>

#include "base/log.h"
#include "http/date.h"

/* A decoded Basic user: credentials are bounded by MaxField anyway. */
#define ACCESSLOG_USER_MAX 1024
/* Bytes of a diagnosis; escaped, both are four times as long at most. */
#define DIAGNOSE_LINE 2048
#define DIAGNOSE_HOST 256

/* What a line is made of, collected once. */
struct accesslog {
	struct thread *t;
	struct client *c;
	struct exchange *x;
	struct fixbuf *b;
	char also; /* one more byte to escape */
};

void
accesslog_add_peer(struct fixbuf *b, const struct thread *t,
    const struct client *c)
{
	const struct str peer = client_peer(c);
	size_t cut = peer.len;

	if (!t->conf->anonymise || cut == 0) {
		fixbuf_add(b, peer);
		return;
	}
	/* After the last dot, or without one the last colon (B.10.6). */
	for (size_t i = 0; i < peer.len; i++)
		if (peer.p[i] == '.')
			cut = i + 1;
	for (size_t i = 0; i < peer.len && cut == peer.len; i++) {
		const size_t back = peer.len - 1 - i;

		if (peer.p[back] == ':')
			cut = back + 1;
	}
	fixbuf_add(b, str_head(peer, cut));
	fixbuf_add_char(b, '0');
}

static void
accesslog_text(struct accesslog *a, struct str s)
{
	log_escape(a->b, s, a->also);
}

static void
accesslog_add(struct accesslog *a, const char *literal)
{
	fixbuf_add(a->b, str_from(literal));
}

/* Text, or what stands for none. */
static void
accesslog_or(struct accesslog *a, struct str s, const char *none)
{
	if (str_empty(s))
		accesslog_add(a, none);
	else
		accesslog_text(a, s);
}

static struct str
accesslog_field(const struct exchange *x, enum field_id id)
{
	struct str value = STR_NONE;

	/* The last one wins (B.4.3). */
	for (unsigned i = 0; i < x->req.field_count; i++)
		if (x->req.field[i].id == id)
			value = x->req.field[i].value;
	return value;
}

/* Host as it counts; of a refused request as it came. */
static struct str
accesslog_vhost(const struct exchange *x)
{
	return str_empty(x->host) ? accesslog_field(x, FIELD_HOST) : x->host;
}

static struct str
accesslog_service(const struct exchange *x)
{
	return x->service == NULL ? STR_NONE : x->service->name;
}

static struct str
accesslog_backend(const struct exchange *x)
{
	if (!str_empty(x->redirect))
		return x->redirect;
	return x->backend == NULL ? STR_NONE : x->backend->conf->name;
}

static void
accesslog_user(struct accesslog *a, const char *none)
{
	char memory[ACCESSLOG_USER_MAX];

	accesslog_or(a,
	    field_basic_user(accesslog_field(a->x, FIELD_AUTHORIZATION), memory,
		sizeof(memory)),
	    none);
}

/* Body bytes that went to the client. */
static uint64_t
accesslog_bytes(const struct exchange *x)
{
	if (!str_empty(x->redirect))
		return 0;
	/* A channel that only takes: what it took (B.10.3). */
	if (x->rpc_in && x->status == 0)
		return x->to_backend.taken;
	return x->body_bytes > 0 ? x->body_bytes : x->to_client.body;
}

static void
accesslog_seconds(struct accesslog *a)
{
	const int64_t ms = a->t->now_ms - a->x->began_ms;
	char text[32];

	snprintf(text, sizeof(text), "%lld.%03d", (long long)(ms / 1000),
	    (int)(ms % 1000));
	accesslog_add(a, text);
}

static void
accesslog_code(struct accesslog *a)
{
	char text[16];

	snprintf(text, sizeof(text), "%03d", a->x->status);
	accesslog_add(a, text);
}

/* "({vhost}/{svc} -> {be}) {secs} sec" */
static void
accesslog_route(struct accesslog *a, bool with_vhost)
{
	const struct str vhost = accesslog_vhost(a->x);

	accesslog_add(a, " (");
	if (with_vhost && !str_empty(vhost)) {
		accesslog_text(a, vhost);
		accesslog_add(a, "/");
	}
	accesslog_or(a, accesslog_service(a->x), "-");
	accesslog_add(a, " -> ");
	accesslog_or(a, accesslog_backend(a->x), "-");
	accesslog_add(a, ") ");
	accesslog_seconds(a);
	accesslog_add(a, " sec");
}

/* Levels 1 and 2. */
static void
accesslog_plain(struct accesslog *a, int level)
{
	accesslog_add_peer(a->b, a->t, a->c);
	accesslog_add(a, " ");
	accesslog_or(a, a->x->req.line, "-");
	accesslog_add(a, " - ");
	if (!str_empty(a->x->redirect)) {
		accesslog_add(a, "REDIRECT ");
		accesslog_text(a, a->x->redirect);
		return;
	}
	accesslog_or(a, a->x->status_line, "-");
	if (level == 2)
		accesslog_route(a, true);
}

static void
accesslog_count(struct accesslog *a, const char *none)
{
	const uint64_t bytes = accesslog_bytes(a->x);

	if (bytes == 0 && str_empty(a->x->redirect))
		accesslog_add(a, none);
	else
		fixbuf_add_u64(a->b, bytes);
}

/* Levels 3 to 5: Apache's combined format and what follows it. */
static void
accesslog_combined(struct accesslog *a, int level)
{
	const bool redirect = !str_empty(a->x->redirect);

	if (level == 3 || (level == 5 && !redirect)) {
		accesslog_or(a, accesslog_vhost(a->x), "-");
		accesslog_add(a, " ");
	}
	accesslog_add_peer(a->b, a->t, a->c);
	accesslog_add(a, " - ");
	accesslog_user(a, "-");
	accesslog_add(a, " [");
	fixbuf_add(a->b, thread_clf(a->t, a->x->began));
	accesslog_add(a, "] \"");
	accesslog_or(a, a->x->req.line, "-");
	accesslog_add(a, "\" ");
	accesslog_code(a);
	accesslog_add(a, " ");
	accesslog_count(a, "-");
	accesslog_add(a, " \"");
	accesslog_text(a, accesslog_field(a->x, FIELD_REFERER));
	accesslog_add(a, "\" \"");
	accesslog_text(a, accesslog_field(a->x, FIELD_USER_AGENT));
	accesslog_add(a, "\"");
	if (level == 5 && !redirect)
		accesslog_route(a, false);
}

/* Level 6: fields between bars, absent ones empty. */
static void
accesslog_bars(struct accesslog *a)
{
	const struct exchange *x = a->x;
	char number[24];

	snprintf(number, sizeof(number), "%016llx|",
	    (unsigned long long)a->c->number);
	accesslog_add(a, number);
	/* The old program's milliseconds: scripts know this form (A.5). */
	date_add_iso(a->b, x->began, 0);
	accesslog_add(a, "|");
	accesslog_code(a);
	accesslog_add(a, "|");
	accesslog_seconds(a);
	accesslog_add(a, "|");
	accesslog_count(a, "0");
	accesslog_add(a, "|");
	accesslog_text(a, accesslog_vhost(x));
	accesslog_add(a, "|");
	accesslog_text(a, accesslog_service(x));
	accesslog_add(a, "|");
	accesslog_add_peer(a->b, a->t, a->c);
	accesslog_add(a, "|");
	accesslog_text(a, accesslog_backend(x));
	accesslog_add(a, "|");
	accesslog_user(a, "");
	accesslog_add(a, "|");
	accesslog_text(a, accesslog_field(x, FIELD_USER_AGENT));
	accesslog_add(a, "|");
	accesslog_text(a, accesslog_field(x, FIELD_REFERER));
	accesslog_add(a, "|");
	accesslog_text(a, x->req.line);
}

void
accesslog_write(struct thread *t, struct client *c, struct exchange *x)
{
	const int level = c->listener->log_level;
	char memory[LOG_LINE_MAX];
	struct fixbuf b;
	struct accesslog a = { t, c, x, &b, level == 6 ? '|' : 0 };

	if (level == 0 || (str_empty(x->req.line) && x->status == 0))
		return;
	fixbuf_init(&b, memory, sizeof(memory) - 3);
	if (level <= 2)
		accesslog_plain(&a, level);
	else if (level <= 5)
		accesslog_combined(&a, level);
	else
		accesslog_bars(&a);
	if (b.overflow) {
		b.cap += 3;
		b.overflow = false;
		fixbuf_add(&b, STR("..."));
	}
	log_str(LOG_PRIO_INFO, fixbuf_str(&b));
}

/* Begins of what a client sent, so that there is room for the reason. */
static void
accesslog_diagnose_part(struct accesslog *a, struct str text, size_t max,
    const char *none)
{
	accesslog_or(a, str_head(text, max), none);
	if (text.len > max)
		accesslog_add(a, "...");
}

static void
accesslog_diagnose_text(struct accesslog *a)
{
	const struct exchange *x = a->x;
	const int status = outcome_status(x->outcome);
	char head[48];

	snprintf(head, sizeof(head), "(%016llx) ",
	    (unsigned long long)a->c->number);
	accesslog_add(a, head);
	if (status != 0) {
		snprintf(head, sizeof(head), "e%03d ", status);
		accesslog_add(a, head);
	}
	accesslog_add(a, outcome_words(x->outcome));
	accesslog_add(a, " from ");
	accesslog_add_peer(a->b, a->t, a->c);
	accesslog_add(a, " on ");
	fixbuf_add(a->b, a->c->listener->name);
	accesslog_add(a, ": request \"");
	accesslog_diagnose_part(a, x->req.line, DIAGNOSE_LINE, "");
	accesslog_add(a, "\", Host ");
	accesslog_diagnose_part(a, accesslog_vhost(x), DIAGNOSE_HOST, "-");
	if (x->backend != NULL) {
		accesslog_add(a, ", back-end ");
		fixbuf_add(a->b, x->backend->conf->name);
	}
	if (x->detail[0] != '\0') {
		accesslog_add(a, ": ");
		accesslog_add(a, x->detail);
	}
}

void
accesslog_add_held(struct fixbuf *b, unsigned held)
{
	if (held == 0)
		return;
	fixbuf_add(b, STR(" ("));
	fixbuf_add_u64(b, held);
	fixbuf_add(b, STR(" more of this kind were suppressed)"));
}

void
accesslog_diagnose(struct thread *t, struct client *c, struct exchange *x)
{
	const int prio = outcome_priority(x->outcome);
	char memory[LOG_LINE_MAX];
	unsigned held;
	struct fixbuf b;
	struct accesslog a = { t, c, x, &b, 0 };

	if (prio == 0 || !log_limit_pass(&c->live->limits[x->outcome], &held))
		return;
	fixbuf_init(&b, memory, sizeof(memory));
	accesslog_diagnose_text(&a);
	accesslog_add_held(&b, held);
	log_str((enum log_priority)prio, fixbuf_str(&b));
}

void
accesslog_notice(const struct client *c, enum live_notice kind,
    struct fixbuf *text)
{
	unsigned held;

	if (!log_limit_pass(&c->live->notices[kind], &held))
		return;
	accesslog_add_held(text, held);
	log_str(LOG_PRIO_NOTICE, fixbuf_str(text));
}
