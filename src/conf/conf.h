/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the operator wrote: an immutable tree, made once by conf_read() in
 * one arena and shared by all threads. Repeatable directives keep file
 * order. Listeners, services and back-ends are numbered through the whole
 * tree (id), so that live state is arrays indexed by id.
 *
 * Times are milliseconds unless the name says seconds; sizes are bytes.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "base/attrs.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "conf/conf_listener.h"

struct conf {
	struct str file;
	struct str user, group, root_jail;
	bool daemon;
	unsigned threads;
	enum log_sink log_sink;
	int log_facility; /* LOG_DAEMON ... of syslog.h */
	struct str log_facility_text;
	int64_t grace_ms;
	int64_t alive_ms;
	int64_t drain_ms;	  /* DrainTime */
	unsigned max_connections; /* 0: from the descriptor limit */
	bool anonymise;
	bool seccomp;
	struct str control; /* path, empty: none */
	unsigned control_mode;
	struct str control_user, control_group;
	struct conf_place control_place;
	struct conf_listener **listeners;
	size_t listener_count;
	struct conf_service **services; /* global ones */
	size_t service_count;
	struct service_index *service_index; /* as a listener's */
	/* everything by id */
	struct conf_service **all_services;
	size_t all_service_count;
	struct conf_backend **all_backends; /* Emergency and Redirect too */
	size_t all_backend_count;
};

/* A difference is of no consequence for who never ran Pound 2.8. */
enum conf_severity { CONF_WARNING, CONF_ERROR, CONF_DIFFERENCE };

/*
 * What was found in the files, in order. A text is "FILE line N: what is
 * wrong (column C; did you mean X?)" and, for an error, the source line, a
 * mark under the word and what was expected; lines separated by \n, none
 * at the end.
 */
struct conf_note {
	enum conf_severity severity;
	char *text;
};

struct conf_notes {
	bool want_differences; /* set by the caller: -c -v */
	size_t errors;
	size_t warnings;
	struct conf_note *note;
	size_t count;
};

/*
 * Reads and verifies the file and what it includes. NULL when there is an
 * error. Findings are added to notes (errors and warnings), which the
 * caller initialises to zero and releases. Blocking; never in a turn.
 */
MUST_USE struct conf *conf_read(const char *file, struct conf_notes *notes);

/* The tree back to text: reading that text gives an equal tree. */
void conf_dump(const struct conf *c, struct strbuf *out);

void conf_free(struct conf *c);
void conf_notes_release(struct conf_notes *notes);

#endif
