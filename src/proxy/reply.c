/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy/reply.h"

#include "http/compose.h"
#include "http/status.h"
#include "proxy/rewrite.h"

/* Status line and fields of an answer whose body has length bytes. */
#define REPLY_HEAD 512

/* The default texts (B.7.2, A.2 #9); others: the reason and a full stop. */
static struct str
reply_default_text(int status)
{
	switch (status) {
	case 414:
		return STR("Request URI is too long");
	case 500:
		return STR("An internal server error occurred. "
			   "Please try again later.");
	case 501:
		return STR("This method may not be used.");
	case 503:
		return STR("The service is not available. "
			   "Please try again later.");
	default:
		return STR_NONE;
	}
}

static struct str
reply_configured_text(const struct conf_listener *l, int status)
{
	for (unsigned i = 0; i < CONF_ERROR_COUNT; i++)
		if (conf_error_statuses[i] == status)
			return l->error_text[i];
	return STR_NONE;
}

/* ErrNNN as it is; 413 falls back to Err414, 502 and 504 to Err500
 * (A.2 #3, #6); then the default texts. */
static struct str
reply_error_text(const struct conf_listener *l, int status)
{
	const int other = status == 413	     ? 414
	    : status == 502 || status == 504 ? 500
					     : status;
	struct str text = reply_configured_text(l, status);

	if (text.p == NULL)
		text = reply_configured_text(l, other);
	if (text.p == NULL)
		text = reply_default_text(other);
	return text;
}

static void
reply_add_head(struct thread *t, struct client *c, struct exchange *x,
    uint64_t length)
{
	struct fixbuf *out = &x->to_client.text;

	compose_status_line(out, x->status, str_from(status_reason(x->status)));
	compose_field(out, STR("Date"), thread_date(t));
	fixbuf_add(out, STR("Content-Length: "));
	fixbuf_add_u64(out, length);
	fixbuf_add(out, STR("\r\n"));
	compose_field(out, STR("Cache-Control"), STR("no-store"));
	if (!c->keep)
		compose_field(out, STR("Connection"), STR("close"));
	else if (x->req.minor == 0)
		compose_field(out, STR("Connection"), STR("keep-alive"));
}

/* The status line of our own answers, for the log. */
static void
reply_note_status(struct exchange *x)
{
	struct fixbuf b;
	char *p = arena_alloc(&x->arena, 64);

	if (p == NULL)
		return;
	fixbuf_init(&b, p, 64);
	compose_status_line(&b, x->status, str_from(status_reason(x->status)));
	x->status_line = str_trim(
	    str_head(fixbuf_str(&b), b.len > 2 ? b.len - 2 : 0));
}

static void
reply_with_page(struct thread *t, struct client *c, struct exchange *x,
    struct str type, struct str page)
{
	struct flow *f = &x->to_client;
	const bool head = x->req.method == METHOD_HEAD;
	size_t from;

	flow_text_room(f, &t->blocks, REPLY_HEAD + page.len);
	from = f->text.len;
	reply_add_head(t, c, x, page.len);
	compose_field(&f->text, STR("Content-Type"), type);
	compose_end(&f->text);
	if (!head) {
		fixbuf_add(&f->text, page);
		x->body_bytes = page.len;
	}
	flow_queue_text(f, from);
	reply_note_status(x);
}

void
reply_error(struct thread *t, struct client *c, struct exchange *x)
{
	struct str text;
	char memory[160];
	struct fixbuf b;

	x->status = outcome_status(x->outcome);
	c->keep = false;
	text = reply_error_text(c->listener, x->status);
	if (text.p == NULL) {
		fixbuf_init(&b, memory, sizeof(memory));
		if (x->status == 400) {
			fixbuf_add(&b, STR("Bad request: "));
			fixbuf_add(&b, str_from(outcome_words(x->outcome)));
		} else {
			fixbuf_add(&b, str_from(status_reason(x->status)));
			fixbuf_add_char(&b, '.');
		}
		text = fixbuf_str(&b);
	}
	reply_with_page(t, c, x, STR("text/html"), text);
}

/* No error: a body that came with the request is read away if it is small,
 * so that the connection can go on (strict-http 4). */
static void
reply_decide_keep(struct thread *t, struct client *c, struct exchange *x)
{
	c->keep = x->keep_wanted && !t->draining && !x->expect &&
	    !(x->req_framing.kind == FRAMING_LENGTH &&
		x->req_framing.length > CLIENT_DISCARD_MAX);
	if (!c->keep && x->req_framing.kind != FRAMING_NONE)
		c->gentle = true;
	x->down_since_ms = t->now_ms;
}

void
reply_continue(struct thread *t, struct exchange *x)
{
	struct flow *f = &x->to_client;
	size_t from;

	flow_text_room(f, &t->blocks, REPLY_HEAD);
	from = f->text.len;
	compose_status_line(&f->text, 100, STR("Continue"));
	compose_end(&f->text);
	flow_queue_text(f, from);
}

static struct str
reply_redirect_page(struct exchange *x, struct str url)
{
	size_t room = 2 * url.len + 256;
	struct fixbuf b;
	char *p;

	/* An ampersand becomes five bytes; quotes and < > are encoded. */
	for (size_t i = 0; i < url.len; i++)
		room += url.p[i] == '&' ? 2 * 4 : 0;
	p = arena_alloc(&x->arena, room);
	if (p == NULL)
		return STR_NONE;
	fixbuf_init(&b, p, room);
	fixbuf_add(&b,
	    STR("<html><head><title>Redirect</title></head><body>"
		"<h1>Redirect</h1><p>You should go to <a href=\""));
	compose_html(&b, url);
	fixbuf_add(&b, STR("\">"));
	compose_html(&b, url);
	fixbuf_add(&b, STR("</a></p></body></html>"));
	return fixbuf_str(&b);
}

/* Where to: the configured URL, with the raw target behind it when the
 * URL has no path of its own (B.7.3, A.2 #20). */
static struct str
reply_redirect_url(struct exchange *x, const struct conf_backend *redirect)
{
	const struct str target = x->target.asterisk ? STR("/") : x->req.target;
	struct str raw = redirect->redirect;
	struct fixbuf b;
	char *p;

	if (redirect->redirect_appends) {
		const struct str path = x->target.forward.len > 0 &&
			str_empty(x->target.authority)
		    ? target
		    : x->target.forward;

		p = arena_alloc(&x->arena, raw.len + path.len);
		if (p == NULL)
			return STR_NONE;
		fixbuf_init(&b, p, raw.len + path.len);
		fixbuf_add(&b, raw);
		fixbuf_add(&b, path);
		raw = fixbuf_str(&b);
	}
	x->redirect = raw;
	return target_encode_location(raw, &x->arena);
}

void
reply_redirect(struct thread *t, struct client *c, struct exchange *x,
    const struct conf_backend *redirect)
{
	struct flow *f = &x->to_client;
	const struct str url = reply_redirect_url(x, redirect);
	struct str page;
	size_t from;

	reply_decide_keep(t, c, x);
	page = url.p == NULL ? STR_NONE : reply_redirect_page(x, url);
	if (page.p == NULL) {
		x->outcome = OUTCOME_TARGET_LONG;
		reply_error(t, c, x);
		return;
	}
	x->status = redirect->redirect_status;
	flow_text_room(f, &t->blocks, REPLY_HEAD + url.len + page.len);
	from = f->text.len;
	reply_add_head(t, c, x, page.len);
	compose_field(&f->text, STR("Content-Type"), STR("text/html"));
	compose_field(&f->text, STR("Location"), url);
	rewrite_add_hsts(&f->text, c, x);
	compose_end(&f->text);
	if (x->req.method != METHOD_HEAD)
		fixbuf_add(&f->text, page);
	flow_queue_text(f, from);
	reply_note_status(x);
}

/* "GET, HEAD, ...": what xHTTP lets through. */
static void
reply_add_allow(struct fixbuf *out, const struct conf_listener *l)
{
	bool first = true;

	fixbuf_add(out, STR("Allow: "));
	for (int m = METHOD_UNKNOWN + 1; m < METHOD_COUNT; m++) {
		if (method_xhttp((enum method)m) > l->xhttp)
			continue;
		if (!first)
			fixbuf_add(out, STR(", "));
		first = false;
		fixbuf_add(out, method_name((enum method)m));
	}
	fixbuf_add(out, STR("\r\n"));
}

static void
reply_options(struct thread *t, struct client *c, struct exchange *x)
{
	struct flow *f = &x->to_client;
	size_t from;

	x->status = 200;
	flow_text_room(f, &t->blocks, REPLY_HEAD + 1024);
	from = f->text.len;
	reply_add_head(t, c, x, 0);
	reply_add_allow(&f->text, c->listener);
	compose_end(&f->text);
	flow_queue_text(f, from);
	reply_note_status(x);
}

/* The request as it would have gone on, without credentials. */
static void
reply_trace(struct thread *t, struct client *c, struct exchange *x)
{
	struct flow shown;

	x->status = 200;
	c->keep = false;
	c->gentle = x->req_framing.kind != FRAMING_NONE;
	flow_init(&shown);
	rewrite_trace(t, c, x, &shown);
	reply_with_page(t, c, x, STR("message/http"), fixbuf_str(&shown.text));
	flow_release(&shown, &t->blocks);
}

bool
reply_last_hop(struct thread *t, struct client *c, struct exchange *x)
{
	const struct field *f = message_find(x->req.field, x->req.field_count,
	    FIELD_MAX_FORWARDS);
	uint64_t n;

	if (f == NULL || str_to_u64(f->value, UINT32_MAX, &n) == -1 || n != 0)
		return false;
	/* Lowered already when it was above 0: sanitize_max_forwards. */
	if (str_empty(f->line))
		return false;
	if (x->req.method != METHOD_OPTIONS && x->req.method != METHOD_TRACE)
		return false;
	reply_decide_keep(t, c, x);
	if (x->req.method == METHOD_OPTIONS)
		reply_options(t, c, x);
	else
		reply_trace(t, c, x);
	return true;
}
