/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/mend.h"

#include "base/strbuf.h"

#define REPAIRS_MAX 32

static bool
is_letter(char c)
{
	return (unsigned char)(str_lower((unsigned char)c) - 'a') < 26;
}

/* Replaces what stands at at, cut bytes, by put. */
static void
splice(struct strbuf *b, size_t at, size_t cut, const char *put)
{
	struct str old = strbuf_str(b);
	struct strbuf out;

	strbuf_init(&out, b->max);
	strbuf_add(&out, str_head(old, at));
	strbuf_add(&out, str_from(put));
	strbuf_add(&out, str_skip(old, at + cut));
	strbuf_release(b);
	*b = out;
}

/*
 * One repair where PCRE2 stopped: at the hyphen of [\w-.], behind [a-\d,
 * at the letter of \i. False when there is nothing that we know.
 */
static bool
repair(struct strbuf *b, size_t at)
{
	const char *p = strbuf_text(b);

	if (at < b->len && p[at] == '-')
		splice(b, at, 0, "\\");
	else if (at >= 3 && at <= b->len && p[at - 3] == '-' &&
	    p[at - 2] == '\\' && is_letter(p[at - 1]))
		splice(b, at - 3, 0, "\\");
	else if (at >= 1 && at < b->len && p[at - 1] == '\\' &&
	    is_letter(p[at]))
		splice(b, at - 1, 1, "");
	else
		return false;
	return !b->overflow;
}

struct pattern *
mend_pattern(struct str text, int flags)
{
	struct pattern *p = NULL;
	struct strbuf b;
	char why[8];
	size_t offset;

	strbuf_init(&b, text.len + REPAIRS_MAX);
	strbuf_add(&b, text);
	for (int i = 0; p == NULL && i < REPAIRS_MAX; i++) {
		p = pattern_new(strbuf_str(&b), flags, why, sizeof(why),
		    &offset);
		if (p == NULL && !repair(&b, offset))
			break;
	}
	strbuf_release(&b);
	return p;
}
