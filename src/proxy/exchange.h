/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One request and its answer. It lives in one block of the thread from
 * the first byte of the head until settle; slices of the request point
 * into head_block, which does not move.
 */
#ifndef PROXY_EXCHANGE_H
#define PROXY_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/arena.h"
#include "base/outcome.h"
#include "http/framing.h"
#include "http/head.h"
#include "http/target.h"
#include "proxy/client.h"
#include "proxy/flow.h"
#include "proxy/rate.h"
#include "route/affinity.h"
#include "route/balance.h"
#include "route/match.h"

/* An answer that waits for the addresses of names (proxy/location). */
#define LOCATION_ASKS_MAX 4
struct location_wait {
	uint32_t id[LOCATION_ASKS_MAX];
	unsigned count;
	int64_t until_ms;
	bool listed; /* on the thread's list */
};

struct exchange {
	/* the request */
	struct head head;
	struct request req;
	char *head_block;
	size_t head_cap, head_len;
	struct target target;
	struct str method; /* as it is sent */
	struct str host;   /* valid, or empty: none */
	struct framing req_framing;
	bool line_judged;     /* sanitize_line() was asked */
	bool head_done;	      /* req is complete and points into head_block */
	bool keep_wanted;     /* the client asked to go on */
	bool expect;	      /* it waits for 100 Continue */
	bool authenticated;   /* credentials of NTLM or Negotiate */
	bool rpc_in, rpc_out; /* Outlook's two channels (B.4.9, B.7.1) */
	bool websocket;	      /* a handshake: Upgrade goes on */
	bool no_keep;	      /* AddHeader "Connection: close" */
	/* the decision */
	struct match_input match;
	const struct conf_service *service;
	struct backend *backend;
	struct affinity affinity; /* its session */
	struct balance_tried tried;
	bool busy;		 /* a back-end was at MaxConn */
	bool queued;		 /* in its queue now */
	bool shed;		 /* idle ones were asked to go */
	bool fresh_only;	 /* no idle connection any more */
	bool sent_again;	 /* once (A.2 #24) */
	unsigned char shortages; /* tries that found no descriptor */
	int64_t connect_by_ms;
	/* the transfer */
	struct upstream *up;
	bool was_kept;			      /* up had answered before */
	uint64_t up_out_before, up_in_before; /* its counters at the start */
	struct flow to_backend, to_client;
	bool up_done;	   /* the whole request is written */
	bool up_stopped;   /* the back-end takes no more of it */
	bool answer_begun; /* a final head is queued for the client */
	bool head_parsed;  /* ... and the body follows */
	bool down_done;
	int64_t up_since_ms, down_since_ms; /* last progress */
	struct rate rate;   /* of the request's body, with MinRate */
	uint64_t rate_seen; /* bytes of it that have been counted */
	struct head resp_head;
	struct response resp;
	struct framing resp_framing;
	unsigned interims;
	size_t answer_len; /* final head, read and judged; 0: not yet */
	struct location_wait naming;
	/* the account */
	int64_t head_by_ms; /* the head must be complete */
	int64_t began_ms;   /* the head was */
	time_t began;
	struct str status_line; /* for the log */
	int status;
	uint64_t body_bytes; /* to the client, of our own answers */
	struct str redirect; /* target of a redirect */
	enum outcome outcome;
	char detail[192]; /* words for the log, NUL-terminated */
	struct arena arena;
};

/* Lengths that RPC over HTTP gives to a channel without an end (B.0). */
static inline bool
exchange_rpc_window(uint64_t length)
{
	return length >= 0x20000 && length <= UINT64_C(0x80000000);
}

/* Bytes of a thread's exchange block: struct, two field tables (a request
 * may be given one field more than it may have), arena. */
size_t exchange_size(unsigned max_fields, size_t arena_size);
MUST_USE struct exchange *exchange_new(struct thread *t);
void exchange_free(struct thread *t, struct exchange *x);

#endif
