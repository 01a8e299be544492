/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/listing.h"

#include "base/mem.h"

void
listing_init(struct listing *l)
{
	*l = (struct listing){ 0 };
	arena_init_growing(&l->arena, 2 * LISTING_BYTES_MAX);
}

static void
release_services(struct listing_services *s)
{
	for (size_t i = 0; i < s->count; i++) {
		mem_free(s->item[i].backend);
		mem_free(s->item[i].session);
	}
	mem_free(s->item);
}

void
listing_release(struct listing *l)
{
	for (size_t i = 0; i < l->listeners; i++)
		release_services(&l->listener[i].services);
	release_services(&l->globals);
	mem_free(l->listener);
	mem_free(l->outcome);
	arena_release(&l->arena);
}

/* Room for one more of size bytes behind count; twice as much at a time. */
static void *
grow(void *list, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return list;
	*room = *room == 0 ? 8 : 2 * *room;
	return mem_resize(list, *room, size);
}

static void
keep(struct listing *l, struct str *text)
{
	*text = arena_copy(&l->arena, *text);
}

/* The list that services are put into now, or NULL. */
static struct listing_services *
services_now(struct listing *l)
{
	if (l->in_globals)
		return &l->globals;
	if (l->listeners > 0)
		return &l->listener[l->listeners - 1].services;
	return NULL;
}

static struct listing_service *
service_now(struct listing *l)
{
	struct listing_services *list = services_now(l);

	if (list == NULL || list->count == 0)
		return NULL;
	return &list->item[list->count - 1];
}

static int
take_worker(struct listing *l, struct wire *body)
{
	record_worker(body, &l->worker);
	keep(l, &l->worker.version);
	return 0;
}

static int
take_outcome(struct listing *l, struct wire *body)
{
	struct record_outcome *r;

	l->outcome = grow(l->outcome, l->outcomes, &l->outcome_room,
	    sizeof(*l->outcome));
	r = &l->outcome[l->outcomes++];
	*r = (struct record_outcome){ 0 };
	record_outcome(body, r);
	keep(l, &r->name);
	return 0;
}

static int
take_listener(struct listing *l, struct wire *body)
{
	struct listing_listener *listener;

	if (l->in_globals)
		return -1;
	l->listener = grow(l->listener, l->listeners, &l->listener_room,
	    sizeof(*l->listener));
	listener = &l->listener[l->listeners++];
	*listener = (struct listing_listener){ 0 };
	record_listener(body, &listener->record);
	keep(l, &listener->record.address);
	return 0;
}

static int
take_globals(struct listing *l, struct wire *body)
{
	(void)body;
	if (l->in_globals)
		return -1;
	l->in_globals = true;
	return 0;
}

static int
take_service(struct listing *l, struct wire *body)
{
	struct listing_services *list = services_now(l);
	struct listing_service *s;

	if (list == NULL)
		return -1;
	list->item = grow(list->item, list->count, &list->room,
	    sizeof(*list->item));
	s = &list->item[list->count++];
	*s = (struct listing_service){ 0 };
	record_service(body, &s->record);
	keep(l, &s->record.name);
	return 0;
}

static int
take_backend(struct listing *l, struct wire *body)
{
	struct listing_service *s = service_now(l);
	struct record_backend *r;

	if (s == NULL)
		return -1;
	s->backend = grow(s->backend, s->backends, &s->backend_room,
	    sizeof(*s->backend));
	r = &s->backend[s->backends++];
	*r = (struct record_backend){ 0 };
	record_backend(body, r);
	keep(l, &r->address);
	keep(l, &r->target);
	return 0;
}

static int
take_session(struct listing *l, struct wire *body)
{
	struct listing_service *s = service_now(l);
	struct record_session *r;

	if (s == NULL)
		return -1;
	s->session = grow(s->session, s->sessions, &s->session_room,
	    sizeof(*s->session));
	r = &s->session[s->sessions++];
	*r = (struct record_session){ 0 };
	record_session(body, r);
	keep(l, &r->key);
	return 0;
}

static int (*const takers[WIRE_KINDS])(struct listing *l, struct wire *body) = {
	[WIRE_WORKER] = take_worker,
	[WIRE_OUTCOME] = take_outcome,
	[WIRE_LISTENER] = take_listener,
	[WIRE_GLOBALS] = take_globals,
	[WIRE_SERVICE] = take_service,
	[WIRE_BACKEND] = take_backend,
	[WIRE_SESSION] = take_session,
};

int
listing_take(struct listing *l, struct wire_frame *frame)
{
	if (takers[frame->kind] == NULL ||
	    takers[frame->kind](l, &frame->body) != 0)
		return -1;
	return wire_complete(&frame->body) ? 0 : -1;
}

unsigned
listing_weight(const struct listing_service *s)
{
	unsigned weight = 0;

	for (size_t i = 0; i < s->backends; i++) {
		const struct record_backend *r = &s->backend[i];

		if (r->kind != RECORD_EMERGENCY && r->alive && !r->disabled)
			weight += r->priority;
	}
	return weight;
}

uint64_t
listing_parked(const struct record_worker *r)
{
	return r->connections > r->working ? r->connections - r->working : 0;
}

double
listing_mean(const struct record_times *times)
{
	if (times->count == 0)
		return 0;
	return (double)times->sum_us / (double)times->count / 1e6;
}
