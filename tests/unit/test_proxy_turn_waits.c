/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whole exchanges in which someone has to wait: deadlines, connecting,
 * MaxConn's queue, drain.
 */
#include <errno.h>

#include "support/script.h"
#include "unit/tap.h"
#include "unit/turn_text.h"

#define LISTEN "ListenHTTP\nAddress 127.0.0.1\nPort 80\nClient 10\n"
#define SERVER(port, more) \
	"BackEnd\nAddress 127.0.0.1\nPort " port \
	"\nTimeOut 15\nConnTO 5\n" more "End\n"
#define TWO \
	LISTEN "Service\n" SERVER("7001", "Priority 9\n") \
	    SERVER("7002", "Priority 1\n") "End\nEnd\n"
#define WITH_EMERGENCY \
	LISTEN "Service\n" SERVER("7001", \
	    "") "Emergency\nAddress 127.0.0.1\nPort 7009\nEnd\nEnd\nEnd\n"
#define UNIX \
	LISTEN "Service\nBackEnd\nAddress \"/b\"\nConnTO 5\nEnd\nEnd\nEnd\n"
#define ONE_AT_A_TIME \
	LISTEN "Service\n" SERVER("7001", "MaxConn 1\n") "End\nEnd\n"

static const struct script_step late_head[] = {
	SENDS(C0, "GET / HT"),
	PASSES(5000),
	SENDS(C0, "TP/1.1\r\nHost: "),
	PASSES(4999),
	IS_OPEN(C0),
	PASSES(1),
	GETS(C0, PAGE_408),
	IS_SHUT(C0),
	LOGS("request head not complete in time"),
};

static const struct script_step late_between_requests[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C0, HI),
	PASSES(9999),
	IS_OPEN(C0),
	PASSES(1),
	IS_GONE(C0),
};

/* Per progress, not for the whole. */
static const struct script_step late_body[] = {
	SENDS(C0, POST_("Content-Length: 9\r\n", "he")),
	GETS(B0, POSTED_("Content-Length: 9\r\n", "he")),
	PASSES(9000),
	SENDS(C0, "ll"),
	GETS(B0, "ll"),
	PASSES(9999),
	IS_OPEN(B0),
	PASSES(1),
	IS_GONE(B0),
	GETS(C0, PAGE_408),
	IS_SHUT(C0),
};

static const struct script_step late_answer[] = {
	SENDS(C0, POST_("Content-Length: 5\r\n", "he")),
	GETS(B0, POSTED_("Content-Length: 5\r\n", "he")),
	PASSES(9000),
	SENDS(C0, "llo"),
	GETS(B0, "llo"),
	PASSES(14999),
	IS_OPEN(C0),
	PASSES(1),
	GETS(C0, PAGE_504),
	IS_GONE(B0),
	CONNECTS,
	SENDS(C1, GET),
	GETS(B1, GOT),
	SENDS(B1, HI),
	GETS(C1, HI),
};

static const struct script_step late_rest_of_an_answer[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, OK("5") "he"),
	GETS(C0, OK("5") "he"),
	PASSES(14000),
	SENDS(B0, "l"),
	GETS(C0, "l"),
	PASSES(14999),
	IS_OPEN(C0),
	PASSES(1),
	IS_GONE(C0),
	IS_GONE(B0),
	LOGS("back-end stopped in its answer"),
};

/* Who does not read is the late one, not the back-end. */
static const struct script_step late_reader[] = {
	TAKES(C0, 5),
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C0, "HTTP/"),
	PASSES(9999),
	IS_OPEN(C0),
	PASSES(1),
	IS_GONE(C0),
	IS_GONE(B0),
	LOGS("client does not read the answer"),
};

static const struct script_step late_taker[] = {
	LISTENS(7001, WIRE_WAITS, 0),
	SENDS(C0, POST),
	TAKES(B0, 3),
	CONNECTED(B0, 0),
	GETS(B0, "POS"),
	PASSES(14999),
	IS_OPEN(B0),
	PASSES(1),
	GETS(C0, PAGE_504),
	IS_GONE(B0),
	LOGS("back-end does not take the request in time"),
};

static const struct script_step refused[] = {
	LISTENS(7001, WIRE_FAILS, ECONNREFUSED),
	SENDS(C0, GET),
	GETS(B0, GOT),
	LOGS("BackEnd 127.0.0.1:7001 dead (killed)"),
	SENDS(B0, HI),
	GETS(C0, HI),
	LISTENS(7001, WIRE_ACCEPTS, 0),
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C0, HI),
};

static const struct script_step all_refused[] = {
	LISTENS(7001, WIRE_FAILS, ECONNREFUSED),
	LISTENS(7002, WIRE_FAILS, EHOSTUNREACH),
	SENDS(C0, GET),
	GETS(C0, PAGE_503),
	IS_SHUT(C0),
	LOGS("no back-end could be connected"),
	CONNECTS,
	SENDS(C1, GET),
	GETS(C1, PAGE_503),
	LOGS("no back-end is usable"),
};

static const struct script_step in_an_emergency[] = {
	LISTENS(7001, WIRE_FAILS, ECONNREFUSED),
	SENDS(C0, POST),
	GETS(B0, POSTED),
	SENDS(B0, HI),
	GETS(C0, HI),
	LISTENS(7009, WIRE_FAILS, ECONNREFUSED),
	ENDS(B0),
	SENDS(C0, GET),
	GETS(C0, PAGE_503),
	CONNECTS,
	/* The Emergency has no state: tried again. */
	LISTENS(7009, WIRE_ACCEPTS, 0),
	SENDS(C1, GET),
	GETS(B1, GOT),
	SENDS(B1, HI),
	GETS(C1, HI),
};

static const struct script_step connects_late[] = {
	LISTENS(7001, WIRE_WAITS, 0),
	SENDS(C0, GET),
	BACKENDS(1),
	GETS(B0, ""),
	PASSES(4999),
	IS_OPEN(B0),
	PASSES(1),
	IS_GONE(B0),
	LOGS("BackEnd 127.0.0.1:7001 dead (killed)"),
	GETS(B1, GOT),
	SENDS(B1, HI),
	GETS(C0, HI),
};

static const struct script_step refuses_late[] = {
	LISTENS(7001, WIRE_WAITS, 0),
	SENDS(C0, GET),
	PASSES(1000),
	CONNECTED(B0, ECONNREFUSED),
	IS_GONE(B0),
	GETS(B1, GOT),
	SENDS(B1, HI),
	GETS(C0, HI),
};

/* Our own shortage is nobody's death. */
static const struct script_step shortage[] = {
	LISTENS(7001, WIRE_FAILS, EMFILE),
	LISTENS(7002, WIRE_FAILS, EMFILE),
	SENDS(C0, GET),
	GETS(C0, PAGE_503),
	LOGS("out of descriptors"),
	LISTENS(7001, WIRE_ACCEPTS, 0),
	LISTENS(7002, WIRE_ACCEPTS, 0),
	CONNECTS,
	SENDS(C1, GET),
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C1, HI),
};

static const struct script_step a_full_backlog[] = {
	LISTENS(WIRE_UNIX_PORT, WIRE_FAILS, EAGAIN),
	SENDS(C0, GET),
	PASSES(1000),
	IS_OPEN(C0),
	LISTENS(WIRE_UNIX_PORT, WIRE_ACCEPTS, 0),
	PASSES(20),
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C0, HI),
};

static const struct script_step a_backlog_that_stays_full[] = {
	LISTENS(WIRE_UNIX_PORT, WIRE_FAILS, EAGAIN),
	SENDS(C0, GET),
	PASSES(4999),
	GETS(C0, ""),
	PASSES(1),
	GETS(C0, PAGE_503),
	LOGS("backlog"),
};

/* A client that goes away while we connect for it. */
static const struct script_step nobody_to_connect_for[] = {
	LISTENS(7001, WIRE_WAITS, 0),
	SENDS(C0, GET),
	BACKENDS(1),
	RESETS(C0),
	IS_GONE(C0),
	IS_GONE(B0),
};

static const struct script_step one_waits[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	CONNECTS,
	CONNECTS,
	SENDS(C1, GET_("/1", "")),
	SENDS(C2, GET_("/2", "")),
	BACKENDS(1),
	SENDS(B0, HI),
	GETS(C0, HI),
	IS_GONE(B0),
	GETS(B1, GOT_("/1", "")),
	BACKENDS(2),
	SENDS(B1, HI),
	GETS(C1, HI),
	GETS(B2, GOT_("/2", "")),
	SENDS(B2, HI),
	GETS(C2, HI),
	IS_OPEN(B2),
};

static const struct script_step one_waits_in_vain[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	CONNECTS,
	SENDS(C1, GET),
	PASSES(4999),
	IS_OPEN(C1),
	PASSES(1),
	GETS(C1, PAGE_503),
	LOGS("back-ends are at MaxConn"),
	SENDS(B0, HI),
	GETS(C0, HI),
	IS_OPEN(B0),
};

static const struct script_step who_waits_leaves[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	CONNECTS,
	CONNECTS,
	SENDS(C1, GET_("/1", "")),
	SENDS(C2, GET_("/2", "")),
	RESETS(C1),
	SENDS(B0, HI),
	GETS(C0, HI),
	GETS(B1, GOT_("/2", "")),
	SENDS(B1, HI),
	GETS(C2, HI),
	IS_GONE(C1),
};

#define C3 3

static const struct script_step one_of_the_middle_leaves[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	CONNECTS,
	CONNECTS,
	CONNECTS,
	SENDS(C1, GET_("/1", "")),
	SENDS(C2, GET_("/2", "")),
	SENDS(C3, GET_("/3", "")),
	RESETS(C2),
	IS_GONE(C2),
	SENDS(B0, HI),
	GETS(C0, HI),
	GETS(B1, GOT_("/1", "")),
	BACKENDS(2),
	SENDS(B1, HI),
	GETS(C1, HI),
	GETS(B2, GOT_("/3", "")),
	SENDS(B2, HI),
	GETS(C3, HI),
};

/* Several are idle: the newest is used first; one may close at any time. */
static const struct script_step three_idle_ones[] = {
	CONNECTS,
	CONNECTS,
	SENDS(C0, GET_("/0", "")),
	SENDS(C1, GET_("/1", "")),
	SENDS(C2, GET_("/2", "")),
	GETS(B0, GOT_("/0", "")),
	GETS(B1, GOT_("/1", "")),
	GETS(B2, GOT_("/2", "")),
	SENDS(B0, HI),
	SENDS(B1, HI),
	SENDS(B2, HI),
	GETS(C0, HI),
	GETS(C1, HI),
	GETS(C2, HI),
	ENDS(B1),
	IS_GONE(B1),
	SENDS(C0, GET),
	GETS(B2, GOT),
	SENDS(C1, GET),
	GETS(B0, GOT),
	SENDS(B0, HI),
	SENDS(B2, HI),
	GETS(C0, HI),
	GETS(C1, HI),
	BACKENDS(3),
	PASSES(3000),
	SENDS(C0, GET),
	GETS(B2, GOT),
	SENDS(B2, HI),
	GETS(C0, HI),
	PASSES(1500),
	IS_GONE(B0),
	IS_OPEN(B2),
	PASSES(3000),
	IS_GONE(B2),
};

/* An idle connection is closed when someone waits. */
static const struct script_step an_idle_one_goes[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C0, HI),
	PASSES(1000),
	SENDS(C0, POST),
	IS_GONE(B0),
	GETS(B1, POSTED),
	SENDS(B1, HI),
	GETS(C0, HI),
};

static const struct script_step drain_idle[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C0, HI),
	DRAINS,
	IS_GONE(C0),
	IS_GONE(B0),
};

#define LAST \
	"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"

static const struct script_step drain_answers[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	CONNECTS,
	SENDS(C1, "GET /b HTTP/1.1\r\nHost:"),
	CONNECTS,
	SENDS(C2, GET),
	GETS(B1, GOT),
	SENDS(B1, OK("4") "hi"),
	GETS(C2, OK("4") "hi"),
	DRAINS,
	IS_OPEN(C0),
	IS_OPEN(C1),
	IS_OPEN(C2),
	SENDS(B0, HI),
	GETS(C0, LAST),
	IS_GONE(C0),
	IS_GONE(B0),
	SENDS(C1, " h.test\r\n\r\n"),
	GETS(B2, GOT_("/b", "")),
	SENDS(B2, HI),
	GETS(C1, LAST),
	IS_GONE(C1),
	/* Its head was out already. */
	SENDS(B1, "hi"),
	GETS(C2, "hi"),
	IS_GONE(C2),
};

int
main(void)
{
	PLAY(CONF, late_head);
	PLAY(CONF, late_between_requests);
	PLAY(CONF, late_body);
	PLAY(CONF, late_answer);
	PLAY(CONF, late_rest_of_an_answer);
	PLAY(CONF, late_reader);
	PLAY(CONF, late_taker);
	PLAY(TWO, refused);
	PLAY(TWO, all_refused);
	PLAY(WITH_EMERGENCY, in_an_emergency);
	PLAY(TWO, connects_late);
	PLAY(TWO, refuses_late);
	PLAY(TWO, shortage);
	PLAY(UNIX, a_full_backlog);
	PLAY(UNIX, a_backlog_that_stays_full);
	PLAY(CONF, nobody_to_connect_for);
	PLAY(ONE_AT_A_TIME, one_waits);
	PLAY(ONE_AT_A_TIME, one_waits_in_vain);
	PLAY(ONE_AT_A_TIME, who_waits_leaves);
	PLAY(ONE_AT_A_TIME, one_of_the_middle_leaves);
	PLAY(ONE_AT_A_TIME, an_idle_one_goes);
	PLAY(CONF, three_idle_ones);
	PLAY(CONF, drain_idle);
	PLAY(CONF, drain_answers);
	return tap_done();
}
