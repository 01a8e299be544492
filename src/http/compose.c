/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/compose.h"

#include "base/check.h"

/* Room for exactly n bytes, or NULL and overflow: one test for a line. */
static char *
compose_room(struct fixbuf *out, size_t n)
{
	char *p;

	if (out->overflow || n > out->cap - out->len) {
		out->overflow = true;
		return NULL;
	}
	p = out->p + out->len;
	out->len += n;
	return p;
}

static char *
put(char *p, struct str s)
{
	if (s.len > 0)
		memcpy(p, s.p, s.len);
	return p + s.len;
}

void
compose_request_line(struct fixbuf *out, struct str method, struct str target)
{
	const struct str end = STR(" HTTP/1.1\r\n");
	char *p;

	p = compose_room(out, method.len + 1 + target.len + end.len);
	if (p == NULL)
		return;
	p = put(p, method);
	*p++ = ' ';
	put(put(p, target), end);
}

void
compose_status_line(struct fixbuf *out, int status, struct str reason)
{
	char digits[] = "NNN ";
	char *p;

	check(status >= 100 && status <= 999);
	digits[0] = (char)('0' + status / 100);
	digits[1] = (char)('0' + status / 10 % 10);
	digits[2] = (char)('0' + status % 10);
	p = compose_room(out, sizeof("HTTP/1.1 NNN \r\n") - 1 + reason.len);
	if (p == NULL)
		return;
	p = put(p, STR("HTTP/1.1 "));
	p = put(p, str_make(digits, 4));
	put(put(p, reason), STR("\r\n"));
}

void
compose_field(struct fixbuf *out, struct str name, struct str value)
{
	char *p = compose_room(out, name.len + value.len + 4);

	if (p == NULL)
		return;
	p = put(p, name);
	*p++ = ':';
	*p++ = ' ';
	p = put(p, value);
	*p++ = '\r';
	*p = '\n';
}

void
compose_fields(struct fixbuf *out, const struct field *field, unsigned count)
{
	const struct field *f;

	for (f = field; f < field + count; f++)
		if (!f->skip)
			compose_field(out, f->name, f->value);
}

void
compose_end(struct fixbuf *out)
{
	fixbuf_add(out, STR("\r\n"));
}

void
compose_chunk_size(struct fixbuf *out, uint64_t size)
{
	fixbuf_add_hex(out, size);
	fixbuf_add(out, STR("\r\n"));
}

static struct str
html_entity(char c)
{
	switch (c) {
	case '&':
		return STR("&amp;");
	case '<':
		return STR("&lt;");
	case '>':
		return STR("&gt;");
	case '"':
		return STR("&quot;");
	default:
		return STR_NONE;
	}
}

void
compose_html(struct fixbuf *out, struct str text)
{
	struct str entity;
	size_t i, plain = 0; /* where the bytes not yet written begin */

	for (i = 0; i < text.len; i++) {
		entity = html_entity(text.p[i]);
		if (entity.len == 0)
			continue;
		fixbuf_add(out, str_make(text.p + plain, i - plain));
		fixbuf_add(out, entity);
		plain = i + 1;
	}
	fixbuf_add(out, str_skip(text, plain));
}
