/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/epoll.h>

#include <errno.h>
#include <unistd.h>

#include "daemon/poller.h"

#include "base/check.h"
#include "net/conn.h"

int
poller_open(struct poller *p, poller_used_up *used_up, const void *owner)
{
	p->used_up = used_up; /* the kernel knows */
	p->owner = owner;
	p->fd = epoll_create1(EPOLL_CLOEXEC);
	return p->fd == -1 ? -1 : 0;
}

void
poller_close(struct poller *p)
{
	close(p->fd);
	p->fd = -1;
}

static int
poller_control(struct poller *p, int fd, uint32_t events, uint64_t token)
{
	struct epoll_event ev = { .events = events, .data.u64 = token };

	return epoll_ctl(p->fd, EPOLL_CTL_ADD, fd, &ev);
}

int
poller_add(struct poller *p, int fd, uint64_t token)
{
	return poller_control(p, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
	    token);
}

int
poller_add_listener(struct poller *p, int fd, uint64_t token)
{
	return poller_control(p, fd, EPOLLIN | EPOLLEXCLUSIVE, token);
}

void
poller_remove(struct poller *p, int fd)
{
	epoll_ctl(p->fd, EPOLL_CTL_DEL, fd, NULL);
}

static uint8_t
poller_translate(uint32_t events)
{
	uint8_t e = 0;

	if (events & EPOLLIN)
		e |= CONN_READ;
	if (events & EPOLLOUT)
		e |= CONN_WRITE;
	if (events & EPOLLRDHUP)
		e |= CONN_HANGUP;
	if (events & (EPOLLERR | EPOLLHUP))
		e |= CONN_BROKEN;
	return e;
}

int
poller_wait(struct poller *p, struct poller_event *events, int timeout_ms)
{
	struct epoll_event ev[POLLER_EVENTS];
	int n;

	n = epoll_wait(p->fd, ev, POLLER_EVENTS, timeout_ms);
	if (n == -1) {
		check(errno == EINTR);
		return 0;
	}
	for (int i = 0; i < n; i++) {
		events[i].token = ev[i].data.u64;
		events[i].events = poller_translate(ev[i].events);
	}
	return n;
}
