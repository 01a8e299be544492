/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of the tree (conf.h): a service, its back-ends, its session. */
#ifndef CONF_CONF_SERVICE_H
#define CONF_CONF_SERVICE_H

#include <stdint.h>

#include "conf/conf_tls.h"
#include "net/addr.h"

enum conf_balance { CONF_REAL, CONF_REDIRECT };

struct tls_client;

struct conf_backend {
	unsigned id;	/* in the whole tree */
	unsigned index; /* within its service, Redirects count */
	struct conf_place place;
	enum conf_balance kind;
	unsigned priority; /* 1..9; a Redirect 1 */
	bool disabled;
	bool emergency;

	/* CONF_REDIRECT */
	int redirect_status;	  /* 301 302 303 307 308 */
	struct str redirect;	  /* the URL without a trailing lone slash */
	bool redirect_appends;	  /* the request target is appended (B.7.3) */
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
	int64_t timeout_ms;   /* TimeOut */
	int64_t connect_ms;   /* ConnTO */
	int64_t websocket_ms; /* WSTimeOut */
	unsigned max_conn;    /* MaxConn, 0: no limit */
	unsigned keep_max;    /* KeepConnections, per thread */
	int64_t keep_ms;      /* KeepTime */
	bool strict;	      /* Strict 1 */
	bool https;
	struct conf_tls tls;
	struct tls_client *tls_client; /* HTTPS: made from tls */
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
	struct conf_place id_place;
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
	uint64_t hsts;			/* StrictTransportSecurity */
	struct conf_backend **backends; /* BackEnd and Redirect, file order */
	size_t backend_count;
	struct conf_backend **emergencies;
	size_t emergency_count;
	struct conf_session session;
};

#endif
