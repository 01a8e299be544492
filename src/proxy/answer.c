/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy/answer.h"

#include "base/deadline.h"
#include "base/log.h"
#include "proxy/account.h"
#include "proxy/location.h"
#include "proxy/rewrite.h"
#include "proxy/sanitize.h"
#include "proxy/steps.h"
#include "proxy/tie.h"
#include "proxy/tunnel.h"

/* Interim answers to one request; more is no protocol. */
#define ANSWER_INTERIMS_MAX 64

/* Whether the request may go out once more (A.2 #24). */
static bool
answer_may_retry(const struct exchange *x)
{
	const struct conn *up = &x->up->conn;

	if (x->sent_again || up->bytes_in != x->up_in_before)
		return false;
	return up->bytes_out == x->up_out_before ||
	    (x->was_kept && method_idempotent(x->req.method) &&
		x->req_framing.kind == FRAMING_NONE);
}

/* The back-end closed or reset before a byte of an answer. */
static enum leg
answer_lost(struct thread *t, struct client *c, enum outcome o)
{
	struct exchange *x = c->x;

	if (!answer_may_retry(x)) {
		if (x->up->conn.bytes_in != x->up_in_before)
			sanitize_detail(x, "within the head of its answer");
		return transfer_over(t, c, o);
	}
	upstream_close(t, x->up);
	x->up = NULL;
	x->fresh_only = x->sent_again = true;
	connect_again(t, c);
	return LEG_OVER;
}

void
answer_notice(struct thread *t, struct exchange *x, const char *what)
{
	x->up->spoiled = true;
	if (backend_notice_due(x->backend, t->now_ms))
		log_line(LOG_PRIO_NOTICE,
		    "back-end %.*s: %s; put right, and"
		    " its connection is not used again",
		    STR_ARG(x->backend->conf->name), what);
}

const char *
answer_gentle_words(unsigned gentle)
{
	if (gentle & RESPONSE_LENGTH_AND_CHUNKED)
		return "answer with Content-Length and chunked";
	if (gentle & RESPONSE_TWO_LENGTHS)
		return "answer with two equal Content-Length values";
	if (gentle & RESPONSE_TWO_CODINGS)
		return "answer that says chunked twice";
	if (gentle & RESPONSE_CHUNKED_10)
		return "HTTP/1.0 answer in chunks";
	if (gentle & RESPONSE_FOLDED)
		return "answer with a folded field line";
	if (gentle & RESPONSE_BLANK_NAME)
		return "answer with a blank before a colon";
	if (gentle & RESPONSE_LINE_DROPPED)
		return "answer with a line that is no field (dropped)";
	if (gentle & RESPONSE_BARE_LF)
		return "answer with bare LF line ends";
	return "answer with blanks after a chunk size";
}

/* What the answer's fields say about the connections. */
static void
answer_connection(struct exchange *x)
{
	bool close = false, keep = false;

	for (unsigned i = 0; i < x->resp.field_count; i++) {
		const struct field *f = &x->resp.field[i];

		if (f->id == FIELD_CONNECTION) {
			close |= field_has_token(f->value, STR("close"));
			keep |= field_has_token(f->value, STR("keep-alive"));
		} else if ((f->id == FIELD_WWW_AUTHENTICATE ||
			       f->id == FIELD_PROXY_AUTHENTICATE) &&
		    (str_starts_nocase(f->value, STR("NTLM")) ||
			str_starts_nocase(f->value, STR("Negotiate")))) {
			x->authenticated = true;
		}
	}
	if (close || (x->resp.minor == 0 && !keep) || x->no_keep ||
	    x->resp_framing.kind == FRAMING_CLOSE)
		x->up->spoiled = true;
}

static void
answer_note_status(struct exchange *x)
{
	x->status = x->resp.status;
	x->status_line = arena_copy(&x->arena, x->resp.line);
}

/* What we have put right: a notice, or with Strict 1 the end. */
static enum leg
answer_gentle(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	const char *words = NULL;

	if (x->resp.gentle != 0)
		words = answer_gentle_words(x->resp.gentle);
	if (location_drop_controls(&x->resp))
		words = "answer with a control byte in its Location (dropped)";
	if (words == NULL)
		return LEG_DONE;
	if (x->backend->conf->strict) {
		sanitize_detail(x, "%s", words);
		return transfer_over(t, c, OUTCOME_RESPONSE_STRICT);
	}
	answer_notice(t, x, words);
	return LEG_DONE;
}

/* Only a right 101 to a right handshake opens a tunnel. */
static enum leg
answer_upgrade(struct thread *t, struct client *c, size_t used)
{
	struct exchange *x = c->x;
	const struct field *upgrade = message_find(x->resp.field,
	    x->resp.field_count, FIELD_UPGRADE);
	bool named = false;

	for (unsigned i = 0; i < x->resp.field_count; i++)
		if (x->resp.field[i].id == FIELD_CONNECTION)
			named |= field_has_token(x->resp.field[i].value,
			    STR("upgrade"));
	/* The whole handshake has to be out: behind it come raw bytes. */
	if (!x->websocket || !x->up_done || !named || upgrade == NULL ||
	    !str_eq_nocase(upgrade->value, STR("websocket")))
		return transfer_over(t, c, OUTCOME_RESPONSE_UPGRADE);
	if (answer_gentle(t, c) != LEG_DONE)
		return LEG_OVER;
	if (!tie_learn(t, c))
		return transfer_over(t, c, OUTCOME_PATTERN_FAILED);
	answer_note_status(x);
	account_answer(t, c);
	x->answer_begun = true;
	rewrite_upgrade(t, x);
	conn_consume(&x->up->conn, used);
	tunnel_begin(t, c);
	return LEG_OVER;
}

static enum leg
answer_final(struct thread *t, struct client *c, size_t used)
{
	struct exchange *x = c->x;
	enum outcome o;

	o = framing_of_response(&x->resp, x->req.method, &x->resp_framing);
	if (o != OUTCOME_OK)
		return transfer_over(t, c, o);
	x->rpc_out = x->rpc_out && x->resp_framing.kind == FRAMING_LENGTH &&
	    exchange_rpc_window(x->resp_framing.length);
	if (x->rpc_out) {
		x->resp_framing.kind = FRAMING_CLOSE;
		x->resp_framing.has_length = true;
	}
	if (answer_gentle(t, c) != LEG_DONE)
		return LEG_OVER;
	if (!tie_learn(t, c))
		return transfer_over(t, c, OUTCOME_PATTERN_FAILED);
	answer_connection(x);
	answer_note_status(x);
	account_answer(t, c);
	x->answer_len = used;
	return LEG_DONE;
}

/* The final head goes out, when all addresses are known that it needs. */
static enum leg
answer_compose(struct thread *t, struct client *c, struct transfer_wait *w)
{
	struct exchange *x = c->x;

	if (!location_rewrite(t, c))
		return transfer_await(w, 0, 0, x->naming.until_ms);
	x->answer_begun = x->head_parsed = true;
	rewrite_response(t, c, x);
	conn_consume(&x->up->conn, x->answer_len);
	return LEG_DONE;
}

/* 100 is ours to say; 102 and 103 are for 1.1 clients (A.2 #16, #17). */
static enum leg
answer_interim(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;

	if (++x->interims > ANSWER_INTERIMS_MAX)
		return transfer_over(t, c, OUTCOME_RESPONSE_INTERIM_MANY);
	if (answer_gentle(t, c) != LEG_DONE)
		return LEG_OVER;
	if (!tie_learn(t, c))
		return transfer_over(t, c, OUTCOME_PATTERN_FAILED);
	if (x->resp.status != 100 && x->req.minor == 1)
		rewrite_interim(t, x);
	head_init(&x->resp_head);
	return LEG_DONE;
}

static enum leg
answer_head_done(struct thread *t, struct client *c, size_t used)
{
	struct exchange *x = c->x;
	enum leg leg;

	if (x->resp.status == 101)
		return answer_upgrade(t, c, used);
	if (x->resp.status >= 200)
		return answer_final(t, c, used);
	leg = answer_interim(t, c);
	if (leg == LEG_DONE)
		conn_consume(&x->up->conn, used);
	return leg;
}

/* Room for more of the answer's head; it is parsed from its start again
 * when it had to move. */
static void
answer_grow(struct thread *t, struct exchange *x, size_t max_head)
{
	struct conn *up = &x->up->conn;
	const struct str have = conn_peek(up);
	const size_t old_cap = up->cap;
	char *old, *block;
	size_t cap;

	head_init(&x->resp_head);
	if (up->start > 0) {
		conn_compact(up);
		return;
	}
	block = blocks_get(&t->blocks,
	    old_cap < BLOCK_LARGE ? BLOCK_LARGE : max_head + BLOCK_LARGE, &cap);
	memcpy(block, have.p, have.len);
	old = conn_take_buffer(up);
	conn_lend_buffer(up, block, cap);
	up->end = have.len;
	blocks_put(&t->blocks, old, old_cap);
}

/* More bytes of the answer's head. LEG_DONE: some came. */
static enum leg
answer_read_head(struct thread *t, struct client *c, struct transfer_wait *w)
{
	struct exchange *x = c->x;
	struct conn *up = &x->up->conn;
	const int64_t by = x->up_done || x->up_stopped
	    ? x->down_since_ms + x->backend->conf->timeout_ms
	    : DEADLINE_NEVER;
	size_t cap;
	char *block;

	if (!up->eof && !conn_awake(up, CONN_READ | CONN_HANGUP)) {
		if (t->now_ms >= by) {
			sanitize_late(x, "TimeOut",
			    x->backend->conf->timeout_ms);
			return transfer_over(t, c, OUTCOME_BACKEND_LATE);
		}
		return transfer_await(w, 0, CONN_READ, by);
	}
	if (up->buf == NULL) {
		block = x->up->large_answers
		    ? blocks_get_most(&t->blocks, &cap)
		    : blocks_get(&t->blocks, BLOCK_SMALL, &cap);
		conn_lend_buffer(up, block, cap);
	}
	switch (conn_fill(up)) {
	case CONN_OK:
		x->down_since_ms = t->now_ms;
		return LEG_DONE;
	case CONN_FULL:
		answer_grow(t, x, c->listener->max_head);
		return LEG_DONE;
	case CONN_AGAIN:
		return transfer_await(w, 0, CONN_READ, by);
	case CONN_CLOSED:
		return answer_lost(t, c, OUTCOME_BACKEND_CLOSED);
	default:
		return answer_lost(t, c, OUTCOME_BACKEND_RESET);
	}
}

/* One step towards a final head. */
static enum leg
answer_step(struct thread *t, struct client *c, struct transfer_wait *w)
{
	struct exchange *x = c->x;
	const struct head_limits limits = { .max_field = c->listener->max_head,
		.max_head = c->listener->max_head,
		.max_fields = c->listener->max_fields };

	struct conn *up = &x->up->conn;
	enum head_status st = HEAD_MORE;
	enum outcome why;
	size_t used;

	if (x->answer_len > 0)
		return answer_compose(t, c, w);
	if (up->start < up->end)
		st = head_parse_response(&x->resp_head, up->buf + up->start,
		    up->end - up->start, &limits, &x->resp, &why, &used);
	if (st == HEAD_BAD)
		return transfer_over(t, c, why);
	return st == HEAD_DONE ? answer_head_done(t, c, used)
			       : answer_read_head(t, c, w);
}

enum leg
answer_read(struct thread *t, struct client *c, struct transfer_wait *w)
{
	enum leg leg;

	while (!c->x->head_parsed) {
		leg = transfer_flush(t, c, w);
		if (leg == LEG_DONE)
			leg = answer_step(t, c, w);
		if (leg != LEG_DONE)
			return leg;
	}
	return LEG_DONE;
}
