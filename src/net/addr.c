/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/addr.h"

#include <netdb.h>
#include <string.h>

#include <arpa/inet.h>

int
addr_from_ip(struct addr *a, struct str text, uint16_t port)
{
	char host[INET6_ADDRSTRLEN];

	*a = (struct addr){ .len = 0 };
	if (text.len >= sizeof(host) || str_find(text, '\0') < text.len)
		return -1;
	if (text.len > 0)
		memcpy(host, text.p, text.len);
	host[text.len] = '\0';
	if (inet_pton(AF_INET, host, &a->in.sin_addr) == 1) {
		a->in.sin_family = AF_INET;
		a->len = sizeof(a->in);
	} else if (inet_pton(AF_INET6, host, &a->in6.sin6_addr) == 1) {
		a->in6.sin6_family = AF_INET6;
		a->len = sizeof(a->in6);
	} else {
		return -1;
	}
	addr_set_port(a, port);
	return 0;
}

int
addr_from_path(struct addr *a, struct str path)
{
	*a = (struct addr){ .len = 0 };
	if (path.len == 0 || path.len >= sizeof(a->un.sun_path) ||
	    str_find(path, '\0') < path.len)
		return -1;
	memcpy(a->un.sun_path, path.p, path.len);
	a->un.sun_family = AF_UNIX;
	a->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.len +
	    1);
	return 0;
}

static int
take_first(struct addr *a, const struct addrinfo *list)
{
	for (; list != NULL; list = list->ai_next) {
		if (list->ai_family != AF_INET && list->ai_family != AF_INET6)
			continue;
		memcpy(&a->sa, list->ai_addr, list->ai_addrlen);
		a->len = list->ai_addrlen;
		return 0;
	}
	return -1;
}

int
addr_resolve(struct addr *a, const char *name, uint16_t port, int family,
    const char **why)
{
	struct addrinfo hints = { .ai_family = family,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *list;
	int status;

	*a = (struct addr){ .len = 0 };
	status = getaddrinfo(name, NULL, &hints, &list);
	if (status != 0) {
		*why = gai_strerror(status);
		return -1;
	}
	status = take_first(a, list);
	freeaddrinfo(list);
	if (status != 0)
		*why = "no IPv4 or IPv6 address";
	else
		addr_set_port(a, port);
	return status;
}

uint16_t
addr_port(const struct addr *a)
{
	switch (addr_family(a)) {
	case AF_INET:
		return ntohs(a->in.sin_port);
	case AF_INET6:
		return ntohs(a->in6.sin6_port);
	default:
		return 0;
	}
}

void
addr_set_port(struct addr *a, uint16_t port)
{
	switch (addr_family(a)) {
	case AF_INET:
		a->in.sin_port = htons(port);
		break;
	case AF_INET6:
		a->in6.sin6_port = htons(port);
		break;
	default:
		break;
	}
}

void
addr_unmap(struct addr *a)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	if (addr_family(a) != AF_INET6 ||
	    !IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr))
		return;
	in.sin_port = a->in6.sin6_port;
	memcpy(&in.sin_addr, a->in6.sin6_addr.s6_addr + 12,
	    sizeof(in.sin_addr));
	*a = (struct addr){ .len = sizeof(a->in) };
	a->in = in;
}

/* The kernel may count the NUL or not, and an unnamed peer has no path. */
static struct str
unix_path(const struct addr *a)
{
	size_t before = offsetof(struct sockaddr_un, sun_path);
	size_t room = a->len > before ? a->len - before : 0;

	return str_make(a->un.sun_path, strnlen(a->un.sun_path, room));
}

bool
addr_same_host(const struct addr *a, const struct addr *b)
{
	if (addr_family(a) != addr_family(b))
		return false;
	switch (addr_family(a)) {
	case AF_INET:
		return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	case AF_INET6:
		return IN6_ARE_ADDR_EQUAL(&a->in6.sin6_addr,
			   &b->in6.sin6_addr) &&
		    a->in6.sin6_scope_id == b->in6.sin6_scope_id;
	case AF_UNIX:
		return str_eq(unix_path(a), unix_path(b));
	default:
		return true;
	}
}

bool
addr_equal(const struct addr *a, const struct addr *b)
{
	return addr_same_host(a, b) && addr_port(a) == addr_port(b);
}

void
addr_add_host(struct fixbuf *b, const struct addr *a)
{
	char text[INET6_ADDRSTRLEN];

	switch (addr_family(a)) {
	case AF_INET:
		inet_ntop(AF_INET, &a->in.sin_addr, text, sizeof(text));
		fixbuf_add(b, str_from(text));
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &a->in6.sin6_addr, text, sizeof(text));
		fixbuf_add(b, str_from(text));
		break;
	case AF_UNIX:
		fixbuf_add(b, unix_path(a));
		break;
	default:
		break;
	}
}

/* Composed aside, so that b gets all of it or nothing. */
static void
add_with_port(struct fixbuf *b, const struct addr *a, bool brackets)
{
	char memory[ADDR_TEXT_MAX];
	struct fixbuf text;

	fixbuf_init(&text, memory, sizeof(memory));
	if (brackets)
		fixbuf_add_char(&text, '[');
	addr_add_host(&text, a);
	if (brackets)
		fixbuf_add_char(&text, ']');
	if (addr_family(a) == AF_INET || addr_family(a) == AF_INET6) {
		fixbuf_add_char(&text, ':');
		fixbuf_add_u64(&text, addr_port(a));
	}
	fixbuf_add(b, fixbuf_str(&text));
}

void
addr_add_text(struct fixbuf *b, const struct addr *a)
{
	add_with_port(b, a, false);
}

void
addr_add_bracketed(struct fixbuf *b, const struct addr *a)
{
	add_with_port(b, a, addr_family(a) == AF_INET6);
}
