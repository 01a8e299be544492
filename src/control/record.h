/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What Pound tells of itself, as plain data: the same structs where it is
 * collected, on the wire, and where it is printed. Each function writes or
 * reads one of them (wire.h); texts that were read lie in the frame.
 *
 * Times are microseconds unless the name says milliseconds; counts are
 * since the start of the worker.
 */
#ifndef CONTROL_RECORD_H
#define CONTROL_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "control/wire.h"
#include "live/counter.h"

struct record_times { /* to the first byte of an answer */
	uint64_t count, sum_us;
	uint64_t minute_count; /* in the last minute; of that: */
	uint64_t mean_us, p50_us, p90_us, p99_us;
};

struct record_worker {
	struct str version;
	uint32_t pid; /* of the supervisor, as in the pid file */
	uint32_t worker_pid;
	uint64_t uptime_ms, worker_uptime_ms;
	uint32_t restarts;
	uint32_t threads;
	bool draining;
	uint64_t connections, connections_max;
	uint64_t working;  /* connections that a thread is at or will be soon */
	uint64_t queue;	   /* of them and of those waiting for MaxConn */
	uint64_t requests; /* going on */
	struct record_times times;
};

struct record_outcome {
	struct str name;
	uint64_t count;
	bool failed; /* it is not the plain "ok" */
};

struct record_listener {
	uint32_t index;
	struct str address;
	bool https, disabled;
	uint64_t accepted, refused, empty, active;
	uint64_t handshakes, handshake_failures;
};

struct record_traffic {
	uint64_t requests, active; /* begun, going on */
	uint64_t tunnels, tunnels_active;
	uint64_t answers[COUNTER_CLASSES];
	uint64_t connect_failures, bytes_in, bytes_out;
	struct record_times times;
};

struct record_service {
	uint32_t index;
	struct str name; /* empty: unnamed */
	bool disabled;
	bool has_sessions; /* there is a table of them */
	uint64_t sessions;
	struct record_traffic traffic;
};

enum record_backend_kind {
	RECORD_BACKEND,
	RECORD_REDIRECT,
	RECORD_EMERGENCY,
	RECORD_BACKEND_KINDS,
};

struct record_backend {
	uint32_t index;
	uint8_t kind; /* enum record_backend_kind */
	struct str address;
	struct str target; /* of a Redirect */
	uint32_t priority;
	bool alive, disabled;
	uint64_t connections; /* open, idle ones too */
	uint64_t waiting;     /* for a slot of MaxConn */
	uint64_t max_conn;    /* 0: no limit */
	uint64_t sessions;
	struct record_traffic traffic;
};

struct record_session {
	struct str key;
	bool digest; /* key stands for a long one */
	uint32_t backend;
	uint64_t idle_ms;
};

struct record_result {
	struct str text;
};

void record_worker(struct wire *w, struct record_worker *r);
void record_outcome(struct wire *w, struct record_outcome *r);
void record_listener(struct wire *w, struct record_listener *r);
void record_service(struct wire *w, struct record_service *r);
void record_backend(struct wire *w, struct record_backend *r);
void record_session(struct wire *w, struct record_session *r);
void record_result(struct wire *w, struct record_result *r);

#endif
