/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/conf.h"

#include <stddef.h>

#include "conf/dump.h"
#include "conf/reader.h"
#include "conf/tree.h"

struct conf *
conf_read(const char *file, struct conf_notes *notes)
{
	struct reader_input in = { .file = file };

	return reader_run(&in, notes);
}

void
conf_dump(const struct conf *c, struct strbuf *out)
{
	dump_tree(c, out);
}

void
conf_free(struct conf *c)
{
	_Static_assert(offsetof(struct tree, conf) == 0, "conf comes first");
	if (c != NULL)
		tree_free((struct tree *)(void *)c);
}
