/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/tree.h"

#include "base/mem.h"
#include "net/tls.h"

#include <string.h>

/* Beyond every configuration that SOURCE_TOTAL_MAX lets in. */
#define TREE_MAX ((size_t)16 << 30)

struct tree *
tree_new(const char *file)
{
	struct tree *t = mem_alloc(sizeof(*t));

	arena_init_growing(&t->arena, TREE_MAX);
	t->conf.file = arena_copy(&t->arena, str_from(file));
	return t;
}

void
tree_free(struct tree *t)
{
	for (struct tree_pattern *p = t->patterns; p != NULL; p = p->next)
		pattern_free(p->pattern);
	for (size_t i = 0; i < t->conf.listener_count; i++)
		tls_server_free(t->conf.listeners[i]->tls_server);
	for (size_t i = 0; i < t->conf.all_backend_count; i++)
		tls_client_free(t->conf.all_backends[i]->tls_client);
	arena_release(&t->arena);
	mem_free(t);
}

void *
tree_grow(struct tree *t, void *array, size_t count, size_t size)
{
	void *larger;

	if ((count & (count - 1)) != 0)
		return array;
	larger = arena_alloc(&t->arena, (count > 0 ? count * 2 : 1) * size);
	if (count > 0)
		memcpy(larger, array, count * size);
	return larger;
}

#define PUSH(t, array, count, item) \
	do { \
		(array) = tree_grow(t, array, count, sizeof((array)[0])); \
		(array)[(count)++] = (item); \
	} while (0)

struct conf_listener *
tree_add_listener(struct tree *t)
{
	struct conf_listener *l = arena_alloc(&t->arena, sizeof(*l));

	l->id = (unsigned)t->conf.listener_count;
	PUSH(t, t->conf.listeners, t->conf.listener_count, l);
	return l;
}

struct conf_service *
tree_add_service(struct tree *t, struct conf_listener *listener)
{
	struct conf_service *s = arena_alloc(&t->arena, sizeof(*s));
	struct conf *c = &t->conf;

	s->id = (unsigned)c->all_service_count;
	PUSH(t, c->all_services, c->all_service_count, s);
	if (listener != NULL) {
		s->index = (unsigned)listener->service_count;
		PUSH(t, listener->services, listener->service_count, s);
	} else {
		s->index = (unsigned)c->service_count;
		PUSH(t, c->services, c->service_count, s);
	}
	return s;
}

struct conf_backend *
tree_add_backend(struct tree *t, struct conf_service *s, bool emergency)
{
	struct conf_backend *be = arena_alloc(&t->arena, sizeof(*be));

	be->id = (unsigned)t->conf.all_backend_count;
	be->emergency = emergency;
	PUSH(t, t->conf.all_backends, t->conf.all_backend_count, be);
	if (emergency) {
		be->index = (unsigned)s->emergency_count;
		PUSH(t, s->emergencies, s->emergency_count, be);
	} else {
		be->index = (unsigned)s->backend_count;
		PUSH(t, s->backends, s->backend_count, be);
	}
	return be;
}

void
tree_keep_pattern(struct tree *t, struct pattern *p)
{
	struct tree_pattern *node = arena_alloc(&t->arena, sizeof(*node));

	*node = (struct tree_pattern){ p, t->patterns };
	t->patterns = node;
}
