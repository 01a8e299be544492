/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A ring a thread: the thread moves head, the log thread tail, and neither
 * ever waits for the other. Both count bytes and never turn back; a byte's
 * place is its number modulo the size. A line is a struct record and its
 * text, together a multiple of 16 bytes, so that a record is never cut by
 * the ring's end; a text may be.
 *
 * How the log thread spends its time:
 *
 *	          there were lines
 *	  awake --------------------> nap
 *	  |   ^                        |
 *	  |   +------------------------+
 *	  |     after 10 ms, or half a ring
 *	  |
 *	  +--------------------> idle --> awake
 *	      there were none        any line
 *
 * So the first line after a silence costs its thread one system call, and
 * under load there is none: the log thread comes by often enough.
 */

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/compat.h"
#include "base/deadline.h"
#include "base/lock.h"
#include "base/log_internal.h"
#include "base/mem.h"

#define RING_SIZE ((uint64_t)256 * 1024)
#define RING_HALF (RING_SIZE / 2)
#define RING_QUIET ((uint64_t)16 * 1024) /* behind it an empty one */
#define RING_STEP ((uint64_t)4 * 1024)	 /* begins anew, at every step */
#define BATCH_SIZE ((size_t)64 * 1024)
#define NAP_MS 10
#define END_MARGIN_MS 100
#define CACHE_LINE 64

struct record {
	int64_t stamp_ns;
	uint32_t len;
	uint32_t prio;
};

#define RECORD_SIZE sizeof(struct record)

struct log_ring {
	/* the thread's */
	_Atomic uint64_t head;
	_Atomic uint64_t lines_put;
	uint64_t tail_seen;
	_Atomic bool released; /* and it comes no more */
	char apart[CACHE_LINE];
	/* the log thread's */
	_Atomic uint64_t tail;
	_Atomic uint64_t lines_taken;
	uint64_t head_seen;
	struct log_ring *next; /* changes under the lock */
	char apart_too[CACHE_LINE];
	char bytes[RING_SIZE];
};

enum rest {
	REST_NONE, /* awake */
	REST_NAP,  /* comes by itself; wake it for half a ring */
	REST_IDLE, /* wake it for a line */
};

/* The log of this process: one, as it has one standard output. */
static struct {
	struct lock lock; /* of the list */
	struct log_ring *rings;
	_Atomic int mode;
	_Atomic int rest;
	_Atomic bool stop;
	_Atomic bool started;
	bool prepared; /* the descriptors are there */
	bool hooked;   /* fork(2) calls us */
	int wake_fd;
	int done_fd;
	struct lock_thread thread;
	struct log_writer writer; /* this and below: the log thread's */
	char line[LOG_LINE_MAX];
	char batch[BATCH_SIZE];
} engine = {
	.lock = LOCK_INIT(LOCK_LOG),
};

/* Thread-local: the ring of this thread. */
static _Thread_local struct log_ring *mine;

enum log_mode
log_ring_mode(void)
{
	return (enum log_mode)atomic_load_explicit(&engine.mode,
	    memory_order_acquire);
}

bool
log_ring_started(void)
{
	return atomic_load(&engine.started);
}

/* ------ the threads that log ------ */

void
log_ring_wake(void)
{
	uint64_t one = 1;

	if (atomic_exchange(&engine.rest, REST_NONE) == REST_NONE)
		return;
	/* It fails only when the count is full: it is awake then. */
	if (write(engine.wake_fd, &one, sizeof(one)) < 0)
		return;
}

static struct log_ring *
ring_new(void)
{
	struct log_ring *ring = mem_alloc(sizeof(*ring));

	lock_take(&engine.lock);
	ring->next = engine.rings;
	engine.rings = ring;
	lock_drop(&engine.lock);
	return ring;
}

/*
 * The front again, when nothing waits: so a log that keeps up touches as
 * little of the ring as its bursts need. Looked at seldom: the tail is in
 * the log thread's cache line. That leaves the tail alone while it is not
 * behind a head that it has seen, and a tail that is before one is no line.
 */
static uint64_t
to_front(struct log_ring *ring, uint64_t head, uint64_t size)
{
	const uint64_t place = head % RING_SIZE;

	if (place + size < RING_QUIET || place == 0 ||
	    place / RING_STEP == (place + size) / RING_STEP ||
	    atomic_load_explicit(&ring->tail, memory_order_acquire) != head)
		return head;
	head += RING_SIZE - place;
	ring->tail_seen = head;
	atomic_store_explicit(&ring->tail, head, memory_order_release);
	return head;
}

/* What a line takes of a ring. */
static uint64_t
size_of(size_t len)
{
	return (RECORD_SIZE + len + 15) / 16 * 16;
}

static bool
has_room(struct log_ring *ring, uint64_t head, uint64_t size)
{
	if (LIKELY(head - ring->tail_seen + size <= RING_SIZE))
		return true;
	ring->tail_seen = atomic_load_explicit(&ring->tail,
	    memory_order_acquire);
	return head - ring->tail_seen + size <= RING_SIZE;
}

static void
copy_in(struct log_ring *ring, uint64_t at, const void *from, size_t len)
{
	size_t place = at % RING_SIZE;
	size_t first = RING_SIZE - place < len ? RING_SIZE - place : len;

	memcpy(ring->bytes + place, from, first);
	memcpy(ring->bytes, (const char *)from + first, len - first);
}

void
log_ring_put(enum log_priority prio, struct str text)
{
	struct record record = { deadline_now_ns(), (uint32_t)text.len,
		(uint32_t)prio };
	uint64_t size = size_of(text.len), head;
	int rest;

	if (UNLIKELY(mine == NULL))
		mine = ring_new();
	head = atomic_load_explicit(&mine->head, memory_order_relaxed);
	head = to_front(mine, head, size);
	if (UNLIKELY(!has_room(mine, head, size))) {
		log_sink_count_lost(1);
		return;
	}
	copy_in(mine, head, &record, RECORD_SIZE);
	if (text.len > 0)
		copy_in(mine, head + RECORD_SIZE, text.p, text.len);
	atomic_store_explicit(&mine->lines_put,
	    atomic_load_explicit(&mine->lines_put, memory_order_relaxed) + 1,
	    memory_order_relaxed);
	/*
	 * Either the log thread, which first says that it rests and then
	 * looks at the heads, sees this head, or we see that it rests: both
	 * pairs are sequentially consistent.
	 */
	atomic_store(&mine->head, head + size);
	rest = atomic_load(&engine.rest);
	if (rest == REST_IDLE ||
	    (rest == REST_NAP && head + size - mine->tail_seen > RING_HALF))
		log_ring_wake();
}

/* The log thread frees it when it is empty. */
void
log_ring_release(void)
{
	if (mine == NULL)
		return;
	atomic_store(&mine->released, true);
	mine = NULL;
	log_ring_wake();
}

/* ------ the log thread ------ */

static void
copy_out(void *to, const struct log_ring *ring, uint64_t at, size_t len)
{
	size_t place = at % RING_SIZE;
	size_t first = RING_SIZE - place < len ? RING_SIZE - place : len;

	memcpy(to, ring->bytes + place, first);
	memcpy((char *)to + first, ring->bytes, len - first);
}

static struct log_ring *
first_ring(void)
{
	struct log_ring *ring;

	lock_take(&engine.lock);
	ring = engine.rings;
	lock_drop(&engine.lock);
	return ring;
}

/* The ring with the oldest line that came before the limit. */
static struct log_ring *
oldest(struct log_ring *first, int64_t limit_ns, struct record *record)
{
	struct log_ring *found = NULL;

	for (struct log_ring *r = first; r != NULL; r = r->next) {
		struct record candidate;
		uint64_t tail = atomic_load_explicit(&r->tail,
		    memory_order_relaxed);

		/* Before it: the thread began at the front again. */
		if ((int64_t)(r->head_seen - tail) <= 0)
			continue;
		copy_out(&candidate, r, tail, RECORD_SIZE);
		if (candidate.stamp_ns >= limit_ns)
			continue;
		limit_ns = candidate.stamp_ns;
		*record = candidate;
		found = r;
	}
	return found;
}

static void
take_line(struct log_ring *ring, const struct record *record)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	check(record->len <= LOG_LINE_MAX);
	copy_out(engine.line, ring, tail + RECORD_SIZE, record->len);
	atomic_fetch_add_explicit(&ring->lines_taken, 1, memory_order_relaxed);
	atomic_store_explicit(&ring->tail, tail + size_of(record->len),
	    memory_order_release);
	log_writer_add(&engine.writer, (enum log_priority)record->prio,
	    record->stamp_ns, engine.line, record->len);
}

/*
 * Writes what is there, the oldest line of all rings first. A line that
 * came after the look at the clock is left for the next time: the line of
 * another thread that caused it may have come after the look at that
 * thread's ring.
 */
static bool
drain(void)
{
	int64_t limit_ns = deadline_now_ns();
	struct log_ring *first = first_ring();
	struct log_ring *ring;
	struct record record;
	bool any = false;

	for (ring = first; ring != NULL; ring = ring->next)
		ring->head_seen = atomic_load_explicit(&ring->head,
		    memory_order_acquire);
	while ((ring = oldest(first, limit_ns, &record)) != NULL) {
		take_line(ring, &record);
		any = true;
	}
	log_writer_flush(&engine.writer);
	return any;
}

/* Whether a ring holds more than this. */
static bool
holds_more(uint64_t bytes)
{
	for (struct log_ring *r = first_ring(); r != NULL; r = r->next)
		if (atomic_load(&r->head) - atomic_load(&r->tail) > bytes)
			return true;
	return false;
}

static bool
is_over(struct log_ring *ring)
{
	/* In this order: nothing comes once it is released. */
	return atomic_load(&ring->released) &&
	    atomic_load(&ring->head) == atomic_load(&ring->tail);
}

static void
free_released(void)
{
	struct log_ring **at = &engine.rings;

	lock_take(&engine.lock);
	while (*at != NULL) {
		struct log_ring *ring = *at;

		if (is_over(ring)) {
			*at = ring->next;
			mem_free(ring);
		} else {
			at = &ring->next;
		}
	}
	lock_drop(&engine.lock);
}

/* Until it is waked, or, if that is not -1, wait_ms have passed. */
static void
rest(enum rest how, uint64_t bytes, int wait_ms)
{
	struct pollfd p = { .fd = engine.wake_fd, .events = POLLIN };
	uint64_t count;

	atomic_store(&engine.rest, (int)how);
	if (!holds_more(bytes) && !atomic_load(&engine.stop))
		poll(&p, 1, wait_ms);
	atomic_store(&engine.rest, REST_NONE);
	/* Nothing to read is fine: it was the time. */
	if (read(engine.wake_fd, &count, sizeof(count)) < 0)
		return;
}

static bool
is_finished(void)
{
	if (!atomic_load(&engine.stop))
		return false;
	return !holds_more(0) ||
	    deadline_now_ms() >= atomic_load(&engine.writer.deadline_ms);
}

static void *
run(UNUSED void *arg)
{
	uint64_t one = 1;

	while (!is_finished()) {
		bool any = drain();

		log_writer_tell_lost(&engine.writer);
		free_released();
		if (any)
			rest(REST_NAP, RING_HALF, NAP_MS);
		else
			rest(REST_IDLE, 0, -1);
	}
	log_writer_tell_lost(&engine.writer);
	free_released();
	check(write(engine.done_fd, &one, sizeof(one)) == sizeof(one));
	return NULL;
}

/* ------ start and end ------ */

static void
before_fork(void)
{
	lock_take(&engine.lock);
}

static void
after_fork(void)
{
	lock_drop(&engine.lock);
}

/* The threads of the rings and the log thread are not in the child, and
 * the lines in the rings are the parent's to write. */
static void
after_fork_in_child(void)
{
	while (engine.rings != NULL) {
		struct log_ring *ring = engine.rings;

		engine.rings = ring->next;
		mem_free(ring);
	}
	lock_drop(&engine.lock);
	mine = NULL;
	if (engine.prepared) {
		close(engine.wake_fd);
		close(engine.done_fd);
	}
	engine.prepared = false;
	atomic_store(&engine.started, false);
	atomic_store(&engine.mode, LOG_MODE_DIRECT);
	atomic_store(&engine.rest, REST_NONE);
	atomic_store(&engine.stop, false);
	log_sink_forget_lost();
	log_sink_adopt();
}

/* The descriptors stay to the end of the process: a thread may be about to
 * wake whom nobody needs any more. */
static void
prepare(void)
{
	if (engine.prepared)
		return;
	engine.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	engine.done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	check(engine.wake_fd >= 0 && engine.done_fd >= 0);
	engine.prepared = true;
	if (!engine.hooked)
		lock_at_fork(before_fork, after_fork, after_fork_in_child);
	engine.hooked = true;
}

void
log_ring_start(void)
{
	check(log_ring_mode() == LOG_MODE_DIRECT);
	prepare();
	atomic_store(&engine.stop, false);
	log_writer_init(&engine.writer, engine.batch, sizeof(engine.batch));
	check(lock_thread_start(&engine.thread, run, NULL) == 0);
	atomic_store(&engine.started, true);
	atomic_store(&engine.mode, LOG_MODE_RING);
}

/* Lines that nobody will write, of those who log until the last moment. */
static void
lose_left(bool stuck)
{
	unsigned long left = 0;

	lock_take(&engine.lock);
	for (struct log_ring *r = engine.rings; r != NULL; r = r->next) {
		uint64_t head = atomic_load(&r->head);
		uint64_t put = atomic_load(&r->lines_put);

		left += put - atomic_load(&r->lines_taken);
		if (!stuck) {
			atomic_store(&r->lines_taken, put);
			atomic_store(&r->tail, head);
		}
	}
	lock_drop(&engine.lock);
	log_sink_count_lost(left + atomic_load(&engine.writer.lines));
}

static bool
is_done(int wait_ms)
{
	struct pollfd p = { .fd = engine.done_fd, .events = POLLIN };
	int64_t until_ms = deadline_now_ms() + wait_ms;
	int ready;

	do
		ready = poll(&p, 1,
		    deadline_wait_ms(deadline_now_ms(), until_ms));
	while (ready < 0 && errno == EINTR);
	return ready > 0;
}

void
log_ring_end(int wait_ms)
{
	uint64_t count;
	bool done;

	if (log_ring_mode() != LOG_MODE_RING)
		return;
	atomic_store(&engine.writer.deadline_ms, deadline_now_ms() + wait_ms);
	atomic_store(&engine.stop, true);
	log_ring_wake();
	done = is_done(wait_ms + END_MARGIN_MS);
	if (done) {
		lock_thread_join(&engine.thread);
		check(read(engine.done_fd, &count, sizeof(count)) ==
		    sizeof(count));
	} else {
		/* It is stuck in a write that cannot be called off. */
		lock_thread_leave(&engine.thread);
	}
	atomic_store(&engine.mode, done ? LOG_MODE_DIRECT : LOG_MODE_DEAF);
	lose_left(!done);
}
