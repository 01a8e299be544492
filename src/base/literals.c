/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/literals.h"

#include "base/check.h"

/*
 * A tree of the texts' beginnings: node 0 is the empty one. The edges stand
 * in one table (open addressing, at most half full). A node that has no edge
 * for the next byte gives way to the longest other beginning that the text
 * just read ends in: back. Beginnings that are whole texts are found along
 * the backs; shorter leads to the next of those, 0 if there is none.
 */

#define NO_TEXT UINT32_MAX

struct literals_node {
	uint32_t back;
	uint32_t shorter;
	uint32_t text; /* the number of the text that ends here */
	uint32_t child, sibling;
	unsigned char byte; /* of the edge that leads here */
};

struct literals_edge {
	uint32_t from, to; /* to 0: free */
	unsigned char byte;
};

struct literals {
	struct literals_node *node;
	struct literals_edge *edge;
	uint32_t node_count, node_room;
	uint32_t edge_mask;
	uint32_t text_count;
	struct arena *arena;
};

struct literals *
literals_new(struct arena *a, size_t bytes)
{
	struct literals *l = arena_alloc(a, sizeof(*l));
	uint32_t edges = 16;

	check(bytes < (size_t)1 << 28);
	while (edges < 2 * bytes)
		edges *= 2;
	l->arena = a;
	l->node_room = (uint32_t)bytes + 1;
	l->node = arena_alloc(a, l->node_room * sizeof(*l->node));
	l->edge = arena_alloc(a, edges * sizeof(*l->edge));
	l->edge_mask = edges - 1;
	l->node_count = 1;
	l->node[0].text = NO_TEXT;
	return l;
}

/* The edge, or the free place where it would be. */
static struct literals_edge *
edge_at(const struct literals *l, uint32_t from, unsigned char byte)
{
	uint32_t at = (from * 256 + byte) * UINT32_C(0x9e3779b1);

	for (at ^= at >> 15;; at++) {
		struct literals_edge *e = &l->edge[at & l->edge_mask];

		if (e->to == 0 || (e->from == from && e->byte == byte))
			return e;
	}
}

static uint32_t
node_add(struct literals *l, uint32_t parent, unsigned char byte)
{
	const uint32_t n = l->node_count++;

	check(n < l->node_room);
	l->node[n] = (struct literals_node){ .text = NO_TEXT,
		.sibling = l->node[parent].child,
		.byte = byte };
	l->node[parent].child = n;
	return n;
}

uint32_t
literals_add(struct literals *l, struct str text)
{
	uint32_t n = 0;

	check(text.len > 0);
	for (size_t i = 0; i < text.len; i++) {
		const unsigned char byte = str_lower((unsigned char)text.p[i]);
		struct literals_edge *e = edge_at(l, n, byte);

		if (e->to == 0)
			*e = (struct literals_edge){ n, node_add(l, n, byte),
				byte };
		n = e->to;
	}
	if (l->node[n].text == NO_TEXT)
		l->node[n].text = l->text_count++;
	return l->node[n].text;
}

/* Where byte leads from n, or from where its backs lead. */
static inline uint32_t
node_step(const struct literals *l, uint32_t n, unsigned char byte)
{
	for (;;) {
		const struct literals_edge *e = edge_at(l, n, byte);

		if (e->to != 0 || n == 0)
			return e->to;
		n = l->node[n].back;
	}
}

static void
node_link(const struct literals *l, uint32_t parent, uint32_t n)
{
	struct literals_node *node = &l->node[n];

	node->back = parent == 0
	    ? 0
	    : node_step(l, l->node[parent].back, node->byte);
	node->shorter = l->node[node->back].text != NO_TEXT
	    ? node->back
	    : l->node[node->back].shorter;
}

/* The shorter ones come first: their backs are known when they are asked. */
void
literals_link(struct literals *l)
{
	uint32_t *queue = arena_alloc(l->arena, l->node_count * sizeof(*queue));
	uint32_t last = 1;

	for (uint32_t i = 0; i < last; i++) {
		const uint32_t parent = queue[i];

		for (uint32_t n = l->node[parent].child; n != 0;
		     n = l->node[n].sibling) {
			node_link(l, parent, n);
			queue[last++] = n;
		}
	}
}

uint32_t
literals_count(const struct literals *l)
{
	return l->text_count;
}

/* One byte further. false: no text begins so. */
static bool
pass_step(struct literals_pass *p)
{
	const unsigned char byte = str_lower((unsigned char)p->rest.p[0]);
	const struct literals_node *node;

	p->rest = str_skip(p->rest, 1);
	p->node = p->begins ? edge_at(p->in, p->node, byte)->to
			    : node_step(p->in, p->node, byte);
	if (p->begins && p->node == 0) {
		p->rest = STR_NONE;
		return false;
	}
	node = &p->in->node[p->node];
	if (node->text != NO_TEXT)
		p->found = p->node;
	else
		p->found = p->begins ? 0 : node->shorter;
	return true;
}

bool
literals_next(struct literals_pass *p, uint32_t *number)
{
	const struct literals_node *node;

	while (p->found == 0) {
		if (str_empty(p->rest) || !pass_step(p))
			return false;
	}
	node = &p->in->node[p->found];
	*number = node->text;
	p->found = p->begins ? 0 : node->shorter;
	return true;
}
