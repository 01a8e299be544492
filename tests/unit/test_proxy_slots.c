/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy/slots.h"

#include "base/hash.h"
#include "support/dies.h"
#include "unit/tap.h"

#define MAX 200
#define STEPS 50000

struct held {
	uint32_t slot, generation;
	bool there;
};

static struct slots slots;
static int objects[MAX];

static void
test_places(void)
{
	uint32_t a, b, generation_a, generation_b, generation;

	slots_init(&slots, 3);
	ok(slots_find(&slots, 0, 0) == NULL, "an empty table");
	a = slots_add(&slots, &objects[0], &generation_a);
	b = slots_add(&slots, &objects[1], &generation_b);
	ok(a != b, "places of their own");
	ok(slots_find(&slots, a, generation_a) == &objects[0], "the first");
	ok(slots_find(&slots, b, generation_b) == &objects[1], "the second");
	ok(slots_find(&slots, a, generation_a + 1) == NULL, "not yet");
	ok(slots_find(&slots, 3, 0) == NULL, "no such place");
	ok(slots_find(&slots, SLOTS_NONE, 0) == NULL, "nor that");
	slots_remove(&slots, a);
	ok(slots_find(&slots, a, generation_a) == NULL, "gone");
	is_int(slots_add(&slots, &objects[2], &generation), a,
	    "the place is used again");
	ok(generation != generation_a, "by another generation");
	ok(slots_find(&slots, a, generation_a) == NULL, "the old is not found");
	ok(slots_find(&slots, a, generation) == &objects[2], "the new is");
	ok(slots_add(&slots, &objects[3], &generation) != SLOTS_NONE, "three");
	is_int(slots_add(&slots, &objects[4], &generation), SLOTS_NONE,
	    "no fourth");
	is_int(slots.used, 3, "which is not counted");
	slots_release(&slots);
}

/* A token has 30 bits for it. */
static void
test_generation_wraps(void)
{
	uint32_t slot, generation;

	slots_init(&slots, 1);
	slot = slots_add(&slots, &objects[0], &generation);
	slots_remove(&slots, slot);
	slots.place[slot].generation = UINT32_C(0x3fffffff);
	slot = slots_add(&slots, &objects[0], &generation);
	is_int(generation, 0x3fffffff, "the last generation");
	slots_remove(&slots, slot);
	slot = slots_add(&slots, &objects[0], &generation);
	is_int(generation, 0, "and the first again");
	slots_release(&slots);
}

static void
remove_twice(void)
{
	uint32_t generation;

	slots_init(&slots, 2);
	slots_remove(&slots, slots_add(&slots, &objects[0], &generation));
	slots_remove(&slots, 0);
}

static unsigned
wrong_finds(const struct held *held)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < MAX; i++) {
		const void *found = slots_find(&slots, held[i].slot,
		    held[i].generation);

		wrong += held[i].there ? found != &objects[i] : found != NULL;
	}
	return wrong;
}

/* Random adds and removes against a list of who should be there. */
static void
test_model(void)
{
	static struct held held[MAX];
	struct hash_random dice = { { 5, 6, 7, 8 } };
	unsigned used = 0, wrong = 0;

	for (unsigned i = 0; i < MAX; i++)
		held[i].slot = SLOTS_NONE;
	slots_init(&slots, MAX);
	for (unsigned n = 0; n < STEPS; n++) {
		const unsigned i = hash_random_below(&dice, MAX);

		if (held[i].there) {
			slots_remove(&slots, held[i].slot);
			used--;
		} else {
			held[i].slot = slots_add(&slots, &objects[i],
			    &held[i].generation);
			used++;
		}
		held[i].there = !held[i].there;
		wrong += slots.used != used;
		if (n % 100 == 0)
			wrong += wrong_finds(held);
	}
	is_int(wrong, 0, "%d random steps", STEPS);
	slots_release(&slots);
}

int
main(void)
{
	test_places();
	test_generation_wraps();
	ok(dies(remove_twice, "check failed"), "removing twice is our mistake");
	test_model();
	return tap_done();
}
