/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/wellformed.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

/* A reader that goes forward only; short: the bytes end too early. */
struct reader {
	const char *p, *end;
	bool is_short;
	const char *wrong;
};

/* What the fields of a message say. */
struct fields {
	unsigned hosts, forwards, lengths, codings;
	uint64_t length;
	bool connection_close, upgrade;
	bool of_request;
};

static void
bad(struct reader *r, const char *why)
{
	if (r->wrong == NULL && !r->is_short)
		r->wrong = why;
}

static bool
stopped(const struct reader *r)
{
	return r->is_short || r->wrong != NULL;
}

static int
next(struct reader *r)
{
	if (stopped(r))
		return -1;
	if (r->p == r->end) {
		r->is_short = true;
		return -1;
	}
	return (unsigned char)*r->p++;
}

static void
literal(struct reader *r, const char *text, const char *why)
{
	for (; *text != '\0'; text++) {
		const int c = next(r);

		if (c >= 0 && c != (unsigned char)*text)
			bad(r, why);
	}
}

static bool
is_token(int c)
{
	return c > ' ' && c < 0x7f && strchr("()<>@,;:\\\"/[]?={}", c) == NULL;
}

/* At least one byte of a token; the byte behind it is taken. */
static int
token(struct reader *r, size_t *len)
{
	int c;

	for (*len = 0; is_token(c = next(r)); ++*len)
		continue;
	if (*len == 0)
		bad(r, "no token where one must be");
	return c;
}

/* Up to CRLF; control bytes may not be in it. */
static size_t
text_line(struct reader *r)
{
	size_t len = 0;
	int c;

	while ((c = next(r)) >= 0 && c != '\r') {
		if ((c < ' ' && c != '\t') || c == 0x7f)
			bad(r, "control byte in a line");
		len++;
	}
	literal(r, "\n", "bare CR");
	return len;
}

static bool
is_name(const char *name, size_t len, const char *want)
{
	return strlen(want) == len && strncasecmp(name, want, len) == 0;
}

static uint64_t
number(struct reader *r, const char *p, size_t len)
{
	uint64_t n = 0;

	if (len == 0 || len > 19 || (len > 1 && *p == '0'))
		bad(r, "a length that is not plain");
	for (size_t i = 0; i < len && i < 19; i++) {
		if (p[i] < '0' || p[i] > '9')
			bad(r, "a length that is no number");
		n = n * 10 + (uint64_t)(p[i] - '0');
	}
	return n;
}

static void
field_framing(struct reader *r, struct fields *f, const char *name,
    const char *value, size_t len)
{
	const size_t name_len = (size_t)(value - 2 - name);

	if (is_name(name, name_len, "Content-Length")) {
		f->lengths++;
		f->length = number(r, value, len);
	} else if (is_name(name, name_len, "Transfer-Encoding")) {
		f->codings++;
		if (!is_name(value, len, "chunked"))
			bad(r, "a coding that is not chunked");
	} else if (is_name(name, name_len, "Connection")) {
		f->connection_close |= is_name(value, len, "close");
		if (is_name(value, len, "upgrade"))
			f->upgrade = true;
	}
}

/* Fields that mean something in requests alone. */
static void
field_of_request(struct reader *r, struct fields *f, const char *name,
    const char *value, size_t len)
{
	const size_t name_len = (size_t)(value - 2 - name);

	if (is_name(name, name_len, "Host")) {
		f->hosts++;
		if (len == 0)
			bad(r, "an empty Host");
	} else if (is_name(name, name_len, "X-Forwarded-For")) {
		f->forwards++;
		if (len < 9 || memcmp(value + len - 9, "192.0.2.1", 9) != 0)
			bad(r, "the peer is not last in X-Forwarded-For");
	} else if (is_name(name, name_len, "Expect") ||
	    is_name(name, name_len, "Proxy")) {
		bad(r, "a field that a back-end must not see");
	}
}

static void
field_hop(struct reader *r, const char *name, size_t len)
{
	static const char *const hops[] = { "Keep-Alive", "Proxy-Connection",
		"TE", "Trailer", "HTTP2-Settings" };

	for (size_t i = 0; i < sizeof(hops) / sizeof(hops[0]); i++)
		if (is_name(name, len, hops[i]))
			bad(r, "a field that goes no further");
}

/* false: it was the empty line. */
static bool
field_line(struct reader *r, struct fields *f)
{
	const char *name = r->p;
	size_t len;

	if (r->p < r->end && *r->p == '\r') {
		literal(r, "\r\n", "bare CR");
		return false;
	}
	if (token(r, &len) != ':')
		bad(r, "no colon behind a name");
	literal(r, " ", "no blank behind a colon");
	const char *value = r->p;
	len = text_line(r);
	if (stopped(r))
		return false;
	if (len > 0 &&
	    (value[0] == ' ' || value[len - 1] == ' ' || value[0] == '\t' ||
		value[len - 1] == '\t'))
		bad(r, "a value that is not trimmed");
	field_framing(r, f, name, value, len);
	if (f->of_request)
		field_of_request(r, f, name, value, len);
	field_hop(r, name, (size_t)(value - 2 - name));
	return !stopped(r);
}

static void
fields(struct reader *r, struct fields *f)
{
	while (field_line(r, f))
		continue;
	if (f->lengths > 1 || f->codings > 1 || f->lengths + f->codings > 1)
		bad(r, "more than one length");
}

static void
bytes(struct reader *r, uint64_t n)
{
	if (stopped(r))
		return;
	if (n > (uint64_t)(r->end - r->p))
		r->is_short = true;
	else
		r->p += n;
}

static uint64_t
chunk_size(struct reader *r)
{
	const char *begin = r->p;
	uint64_t n = 0;
	int c;

	while ((c = next(r)) >= 0 && c != '\r') {
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) ||
		    r->p - begin > 16)
			bad(r, "a chunk size that is not plain");
		n = n << 4 | (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	if (!stopped(r) &&
	    (r->p == begin + 1 || (*begin == '0' && r->p > begin + 2)))
		bad(r, "a chunk size that is not in its shortest form");
	literal(r, "\n", "bare CR");
	return n;
}

static void
chunks(struct reader *r)
{
	uint64_t n;

	do {
		n = chunk_size(r);
		bytes(r, n);
		literal(r, "\r\n", "no line end behind a chunk");
	} while (n > 0 && !stopped(r));
}

static void
body(struct reader *r, const struct fields *f)
{
	if (f->codings > 0)
		chunks(r);
	else
		bytes(r, f->length);
}

static void
request(struct reader *r, struct wellformed *w)
{
	struct fields f = { .of_request = true };
	size_t len;
	int c;

	if (token(r, &len) != ' ')
		bad(r, "no single blank behind the method");
	for (len = 0; (c = next(r)) > ' ' && c < 0x7f; len++)
		continue;
	if (len == 0 || c != ' ')
		bad(r, "a bad target");
	literal(r, "HTTP/1.1\r\n", "a bad version or line end");
	fields(r, &f);
	if (f.hosts != 1)
		bad(r, "not exactly one Host");
	if (f.forwards != 1)
		bad(r, "not exactly one X-Forwarded-For");
	if (f.connection_close)
		bad(r, "Connection");
	body(r, &f);
	w->upgrade = !stopped(r) && f.upgrade;
}

static int
status_line(struct reader *r)
{
	int status = 0;

	literal(r, "HTTP/1.1 ", "a bad status line");
	for (int i = 0; i < 3; i++) {
		const int c = next(r);

		if (c >= 0 && (c < '0' || c > '9'))
			bad(r, "a bad status");
		status = status * 10 + c - '0';
	}
	literal(r, " ", "no blank behind the status");
	(void)text_line(r);
	if (status < 100 || status > 599)
		bad(r, "an impossible status");
	return status;
}

/* The status. */
static int
answer(struct reader *r, struct wellformed *w, bool ended)
{
	const int status = status_line(r);
	struct fields f = { .of_request = false };

	fields(r, &f);
	if (stopped(r))
		return status;
	if (status == 101) {
		w->upgrade = true;
		if (!f.upgrade)
			bad(r, "101 without Upgrade");
		return status;
	}
	if (status < 200 || status == 204) {
		if (f.lengths + f.codings > 0)
			bad(r, "a length where there is no body");
		return status;
	}
	if (status == 304)
		return status;
	if (f.lengths + f.codings > 0) {
		body(r, &f);
		return status;
	}
	if (!f.connection_close)
		bad(r, "nothing says where the answer ends");
	w->last_closes = true;
	r->p = r->end;
	r->is_short = !ended;
	return status;
}

void
wellformed_requests(struct wellformed *w, const char *p, size_t len)
{
	struct reader r = { p, p + len, false, NULL };

	memset(w, 0, sizeof(*w));
	while (r.p < r.end && !w->upgrade && !stopped(&r)) {
		w->at = (size_t)(r.p - p);
		request(&r, w);
		w->messages += !stopped(&r);
	}
	w->partial = r.is_short;
	w->wrong = r.wrong;
}

void
wellformed_answers(struct wellformed *w, const char *p, size_t len, bool ended)
{
	struct reader r = { p, p + len, false, NULL };

	memset(w, 0, sizeof(*w));
	while (r.p < r.end && !w->upgrade && !stopped(&r)) {
		w->at = (size_t)(r.p - p);
		w->messages += answer(&r, w, ended) >= 200 && !stopped(&r);
	}
	w->partial = r.is_short;
	w->wrong = r.wrong;
}
