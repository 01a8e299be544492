/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The memory of a configuration: the tree, its arena, its patterns; and
 * new nodes with their numbers. conf is the first member, so that
 * conf_free() finds the rest.
 */
#ifndef CONF_TREE_H
#define CONF_TREE_H

#include "base/arena.h"
#include "base/attrs.h"
#include "conf/conf.h"

struct tree {
	struct conf conf;
	struct arena arena;
	struct tree_pattern {
		struct pattern *pattern;
		struct tree_pattern *next;
	} * patterns;
};

MUST_USE struct tree *tree_new(const char *file);
void tree_free(struct tree *t);

/* The array with room for one more element behind its count ones. */
MUST_USE void *tree_grow(struct tree *t, void *array, size_t count,
    size_t size);

/* Zeroed nodes, numbered and put in their places. listener NULL: a global
 * service. */
struct conf_listener *tree_add_listener(struct tree *t);
struct conf_service *tree_add_service(struct tree *t,
    struct conf_listener *listener);
struct conf_backend *tree_add_backend(struct tree *t,
    struct conf_service *service, bool emergency);

/* The tree frees the pattern from now on. */
void tree_keep_pattern(struct tree *t, struct pattern *p);

#endif
