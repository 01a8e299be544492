/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/url.h"

#include "http/host.h"

#define URL_PORT_MAX 65535

/* "http://" or "https://": what stands behind it. */
static struct str
url_behind_scheme(struct str text, bool *https)
{
	*https = str_starts_nocase(text, STR("https://"));
	if (*https)
		return str_skip(text, 8);
	if (str_starts_nocase(text, STR("http://")))
		return str_skip(text, 7);
	return STR_NONE;
}

static size_t
url_authority_length(struct str s)
{
	size_t n = 0;

	while (n < s.len && s.p[n] != '/' && s.p[n] != '?' && s.p[n] != '#')
		n++;
	return n;
}

bool
url_split(struct str text, struct url *u)
{
	const struct str behind = url_behind_scheme(text, &u->https);
	const size_t n = url_authority_length(behind);
	const struct str authority = str_head(behind, n);
	struct str port;
	uint64_t number = u->https ? 443 : 80;

	if (!host_valid(authority))
		return false;
	host_split(authority, &u->name, &port);
	if (!str_empty(port) && str_to_u64(port, URL_PORT_MAX, &number) == -1)
		return false;
	if (u->name.p[0] == '[')
		u->name = str_make(u->name.p + 1, u->name.len - 2);
	u->port = (uint16_t)number;
	u->rest = str_skip(behind, n);
	return true;
}

void
url_compose(struct fixbuf *out, bool https, struct str authority,
    struct str rest)
{
	fixbuf_add(out, https ? STR("https://") : STR("http://"));
	fixbuf_add(out, authority);
	if (str_empty(rest) || rest.p[0] != '/')
		fixbuf_add_char(out, '/');
	fixbuf_add(out, rest);
}
