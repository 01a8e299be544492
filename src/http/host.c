/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/host.h"

#include <arpa/inet.h>

#include "http/octet.h"

#define PORT_MAX 65535

/*
 *   host := name [ ":" *DIGIT ]
 *   name := 1*reg-name-byte | "[" IPv6 "]"
 *
 * Bytes of the name: for brackets up to the closing one (0: none), else
 * all that are OCTET_HOST.
 */
static size_t
host_name_length(struct str host)
{
	size_t close;

	if (str_empty(host) || host.p[0] != '[')
		return octet_run(host, OCTET_HOST);
	close = str_find(host, ']');
	return close < host.len ? close + 1 : 0;
}

static bool
host_literal_valid(struct str inside)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr addr;

	if (str_empty(inside) || inside.len >= sizeof(text) ||
	    str_find(inside, '\0') < inside.len)
		return false;
	memcpy(text, inside.p, inside.len);
	text[inside.len] = '\0';
	return inet_pton(AF_INET6, text, &addr) == 1;
}

/* "" or ":" and digits that are a port, or no digits. */
static bool
host_port_valid(struct str port)
{
	uint64_t number;

	if (port.len <= 1)
		return str_empty(port) || port.p[0] == ':';
	return port.p[0] == ':' &&
	    str_to_u64(str_skip(port, 1), PORT_MAX, &number) == 0;
}

bool
host_valid(struct str host)
{
	size_t n = host_name_length(host);

	if (n == 0)
		return false;
	if (host.p[0] == '[' &&
	    !host_literal_valid(str_make(host.p + 1, n - 2)))
		return false;
	return host_port_valid(str_skip(host, n));
}

void
host_split(struct str host, struct str *name, struct str *port)
{
	size_t n = 0;

	if (!str_empty(host) && host.p[0] == '[')
		n = host_name_length(host);
	n += str_find(str_skip(host, n), ':');
	*name = str_head(host, n);
	*port = str_skip(host, n + 1);
}

struct str
host_without_default_port(struct str host, bool https)
{
	struct str name, port;

	host_split(host, &name, &port);
	if (str_empty(port) || str_eq(port, https ? STR("443") : STR("80")))
		return name;
	return host;
}

enum outcome
host_of_request(const struct request *req, bool lenient, struct str *host)
{
	const struct field *f, *end = req->field + req->field_count;
	unsigned count = 0;

	*host = STR_NONE;
	for (f = req->field; f < end; f++) {
		if (f->id != FIELD_HOST)
			continue;
		if (++count > 1)
			return OUTCOME_HOST_MANY;
		*host = f->value;
	}
	if (count == 0 && req->minor >= 1 && !lenient)
		return OUTCOME_HOST_MISSING;
	if (!str_empty(*host) && !host_valid(*host))
		return OUTCOME_HOST_BAD;
	return OUTCOME_OK;
}
