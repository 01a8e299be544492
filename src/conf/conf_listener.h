/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of the tree (conf.h): a listener. */
#ifndef CONF_CONF_LISTENER_H
#define CONF_CONF_LISTENER_H

#include "conf/conf_service.h"

/* Statuses that ErrNNN may give a text: order of conf_error_statuses[]. */
#define CONF_ERROR_COUNT 12
extern const int conf_error_statuses[CONF_ERROR_COUNT];

struct service_index;
struct tls_server;

struct conf_listener {
	unsigned id;
	struct conf_place place;
	struct str address; /* as written */
	uint16_t port;
	struct addr addr;
	struct str name; /* addr:port */
	bool https;
	int xhttp;	   /* 0..4 */
	int log_level;	   /* 0..6 */
	int64_t client_ms; /* Client */
	struct pattern *check_url;
	struct conf_place check_url_place;
	struct str check_url_text;
	bool check_url_nocase;
	struct str error_text[CONF_ERROR_COUNT]; /* p NULL: the default */
	struct str error_file[CONF_ERROR_COUNT]; /* as written */
	bool has_max_request;
	uint64_t max_request; /* body bytes */
	struct conf_patterns head_remove;
	/* As written, and fit to be sent; "Connection: close" may be among
	 * them (A.2 #10), other framing names are not. */
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
	struct tls_server *tls_server; /* ListenHTTPS: made from tls */
	struct conf_service **services;
	size_t service_count;
	struct service_index *service_index; /* of them; NULL: try all */
};

#endif
