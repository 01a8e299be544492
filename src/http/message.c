/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/message.h"

const struct field *
message_find(const struct field *field, unsigned count, enum field_id id)
{
	const struct field *f;

	for (f = field; f < field + count; f++)
		if (f->id == id)
			return f;
	return NULL;
}
