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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attrs.h"
#include "base/log.h"
#include "base/pattern.h"
#include "base/str.h"
#include "base/strbuf.h"
#include "net/addr.h"

struct conf_place {
	const char *file;
	unsigned line;
};

/* An array of patterns in file order; text[] is as written. */
struct conf_patterns {
	struct pattern **pattern;
	struct str *text;
	struct conf_place *place;
	bool *nocase;
	size_t count;
};

struct conf_texts {
	struct str *text;
	size_t count;
};

enum conf_balance { CONF_REAL, CONF_REDIRECT };

enum conf_tls_version {
	CONF_TLS_DEFAULT, /* TLSv1_2 */
	CONF_TLS_1_0,
	CONF_TLS_1_1,
	CONF_TLS_1_2,
	CONF_TLS_1_3,
};

/* Settings of TLS, for a listener or towards a back-end. */
struct conf_tls {
	struct conf_texts certs; /* Cert: file, directory or glob */
	enum conf_tls_version min_version;
	unsigned disabled; /* bit 1 << CONF_TLS_1_x for each switched off */
	struct str ciphers;
	struct str curves;	 /* ECDHCurve in force, empty: default */
	struct str verify_list;	 /* VerifyList */
	struct str ca_list;	 /* CAlist, listener */
	struct conf_texts crls;	 /* CRLlist, listener */
	int client_cert;	 /* ClientCert mode 0..3 */
	int client_cert_depth;	 /* 1..9 */
	int renegotiation;	 /* SSLAllowClientRenegotiation */
	bool honor_cipher_order; /* SSLHonorCipherOrder */
	bool has_server_name;	 /* ServerName given (may be empty) */
	struct str server_name;
};

struct conf_backend {
	unsigned id;	/* in the whole tree */
	unsigned index; /* within its service, Redirects count */
	struct conf_place place;
	enum conf_balance kind;
	unsigned priority; /* 1..9; a Redirect 1 */
	bool disabled;
	bool emergency;

	/* CONF_REDIRECT */
	int redirect_status;   /* 301 302 303 307 308 */
	struct str redirect;   /* the URL without a trailing lone slash */
	bool redirect_appends; /* the request target is appended (B.7.3) */
	struct str redirect_text; /* as written */

	/* CONF_REAL */
	struct str address; /* as written */
	uint16_t port;
	struct addr addr;   /* len 0: did not resolve, starts DEAD */
	struct str name;    /* addr:port, path; Redirect: (UNKNOWN):0 */
	bool ha;	    /* HAport given */
	struct str ha_text; /* address part as written, or empty */
	uint16_t ha_port;
	struct addr ha_addr;
	int64_t timeout_ms;    /* TimeOut */
	int64_t connect_ms;    /* ConnTO */
	int64_t websocket_ms;  /* WSTimeOut */
	unsigned max_conn;     /* MaxConn, 0: no limit */
	unsigned keep_max;     /* KeepConnections, per thread */
	int64_t keep_ms;       /* KeepTime */
	bool strict;	       /* Strict 1 */
	bool https;
	struct conf_tls tls;
};

enum conf_session_type {
	CONF_SESSION_NONE,
	CONF_SESSION_IP,
	CONF_SESSION_BASIC,
	CONF_SESSION_URL,
	CONF_SESSION_PARM,
	CONF_SESSION_COOKIE,
	CONF_SESSION_HEADER,
};

struct conf_session {
	enum conf_session_type type;
	int64_t ttl_ms; /* negative: stateless hash mode */
	struct str id;
	struct pattern *id_pattern; /* NULL: compare id directly, no case */
	size_t max_sessions;
};

struct conf_service {
	unsigned id;
	unsigned index; /* within its listener, or among the globals */
	struct conf_place place;
	struct str name; /* empty: unnamed */
	bool disabled;
	struct conf_patterns url;
	struct conf_patterns head_require;
	struct conf_patterns head_deny;
	bool has_hsts;
	uint64_t hsts; /* StrictTransportSecurity */
	struct conf_backend **backends; /* BackEnd and Redirect, file order */
	size_t backend_count;
	struct conf_backend **emergencies;
	size_t emergency_count;
	struct conf_session session;
};

/* Statuses that ErrNNN may give a text: order of conf_error_statuses[]. */
#define CONF_ERROR_COUNT 12
extern const int conf_error_statuses[CONF_ERROR_COUNT];

struct conf_listener {
	unsigned id;
	struct conf_place place;
	struct str address; /* as written */
	uint16_t port;
	struct addr addr;
	struct str name; /* addr:port */
	bool https;
	int xhttp;	     /* 0..4 */
	int log_level;	     /* 0..6 */
	int64_t client_ms;   /* Client */
	struct pattern *check_url;
	struct conf_place check_url_place;
	struct str check_url_text;
	bool check_url_nocase;
	struct str error_text[CONF_ERROR_COUNT]; /* p NULL: the default */
	struct str error_file[CONF_ERROR_COUNT]; /* as written */
	bool has_max_request;
	uint64_t max_request; /* body bytes */
	struct conf_patterns head_remove;
	struct conf_texts add_header;
	int rewrite_location; /* 0..2 */
	bool rewrite_destination;
	size_t max_uri;
	size_t max_field;
	size_t max_head;
	unsigned max_fields;
	uint64_t min_rate; /* bytes/s, 0: off */
	bool strict;
	int no_https11;
	int xssl_headers; /* 0..3 */
	bool xssl_pass;	  /* XSSLHeaders pass */
	struct conf_tls tls;
	struct conf_service **services;
	size_t service_count;
};

/* The use of something that is not built yet (conf/built.c). */
struct conf_use {
	const char *words;
	struct conf_place place;
	struct conf_use *next;
};

struct conf {
	struct str file;
	struct str user, group, root_jail;
	bool daemon;
	unsigned threads;
	enum log_sink log_sink;
	int log_facility;  /* LOG_DAEMON ... of syslog.h */
	struct str log_facility_text;
	int64_t grace_ms;
	int64_t alive_ms;
	int64_t drain_ms; /* DrainTime */
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
	/* everything by id */
	struct conf_service **all_services;
	size_t all_service_count;
	struct conf_backend **all_backends; /* Emergency and Redirect too */
	size_t all_backend_count;
	struct conf_use *unbuilt, *last_unbuilt;
};

enum conf_severity { CONF_WARNING, CONF_ERROR };

/* What was found in the files: one text block a finding, in order. */
struct conf_notes {
	size_t errors;
	size_t warnings;
	struct conf_note {
		enum conf_severity severity;
		/* "FILE line N: what is wrong (column C; did you mean X?)"
		 * then, for errors, the source line, a mark, the expectation;
		 * lines separated by \n, no trailing \n. */
		char *text;
	} *note;
	size_t count;
};

/*
 * Reads and verifies the file and what it includes. NULL when there is an
 * error. Findings are added to notes (errors and warnings), which the
 * caller initialises to zero and releases. Blocking; never in a turn.
 */
MUST_USE struct conf *conf_read(const char *file, struct conf_notes *notes);

/* Adds a note for everything in the tree that this version parses but
 * does not run yet: "FILE line N: X is not built yet ...". -c warns, a
 * start takes it for an error. */
void conf_check_built(const struct conf *c, enum conf_severity severity,
    struct conf_notes *notes);

/* The tree back to text: reading that text gives an equal tree. */
void conf_dump(const struct conf *c, struct strbuf *out);

void conf_free(struct conf *c);
void conf_notes_release(struct conf_notes *notes);

#endif
