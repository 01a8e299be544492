/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/old.h"

#include "base/attrs.h"

static const struct old_directive olds[] = {
#define OLD(name, end, words) { name, end, words },
#include "conf/old.def"
#undef OLD
};

const struct old_directive *
old_find(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(olds); i++)
		if (str_eq_nocase(name, str_from(olds[i].name)))
			return &olds[i];
	return NULL;
}
