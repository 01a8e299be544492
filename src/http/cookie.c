/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/cookie.h"

static bool
cookie_from_pair(struct str pair, struct cookie *c)
{
	const size_t equals = str_find(pair, '=');

	if (equals == pair.len)
		return false;
	c->name = str_trim(str_head(pair, equals));
	c->value = str_trim(str_skip(pair, equals + 1));
	return !str_empty(c->name);
}

bool
cookie_next(struct str *rest, struct cookie *c)
{
	while (!str_empty(*rest)) {
		const size_t end = str_find(*rest, ';');
		const struct str pair = str_head(*rest, end);

		*rest = str_skip(*rest, end + 1);
		if (cookie_from_pair(pair, c))
			return true;
	}
	return false;
}

bool
cookie_of_answer(struct str value, struct cookie *c)
{
	return cookie_from_pair(str_head(value, str_find(value, ';')), c);
}
