/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/signals.h"

#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include "base/attrs.h"
#include "base/compat.h"

static const int ending[] = { SIGHUP, SIGINT, SIGTERM, SIGQUIT };
static const int waited_for[] = { SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGUSR2,
	SIGCHLD };

static void
set_action(int number, void (*action)(int))
{
	struct sigaction a = { .sa_handler = action };

	sigemptyset(&a.sa_mask);
	(void)sigaction(number, &a, NULL);
}

static void
leave(int number UNUSED)
{
	_exit(0);
}

void
signals_leave_at_once(void)
{
	sigset_t later;

	set_action(SIGPIPE, SIG_IGN);
	set_action(SIGUSR1, SIG_IGN);
	for (size_t i = 0; i < ARRAY_LEN(ending); i++)
		set_action(ending[i], leave);
	sigemptyset(&later);
	sigaddset(&later, SIGUSR2);
	(void)sigprocmask(SIG_BLOCK, &later, NULL);
}

static void
mask_of(sigset_t *mask)
{
	sigemptyset(mask);
	for (size_t i = 0; i < ARRAY_LEN(waited_for); i++)
		sigaddset(mask, waited_for[i]);
}

int
signals_open(void)
{
	sigset_t mask;

	set_action(SIGPIPE, SIG_IGN);
	set_action(SIGUSR1, SIG_IGN);
	mask_of(&mask);
	if (sigprocmask(SIG_BLOCK, &mask, NULL) != 0)
		return -1;
	/* One that our parent ignored (nohup) would never be reported. */
	for (size_t i = 0; i < ARRAY_LEN(waited_for); i++)
		set_action(waited_for[i], SIG_DFL);
	return signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
}

bool
signals_end_within(int ms)
{
	const struct timespec wait = { ms / 1000, ms % 1000 * 1000000L };
	sigset_t mask;

	sigemptyset(&mask);
	for (size_t i = 0; i < ARRAY_LEN(ending); i++)
		sigaddset(&mask, ending[i]);
	return sigtimedwait(&mask, NULL, &wait) > 0;
}

int
signals_next(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}

void
signals_hand_on(int fd, sigset_t *before)
{
	sigset_t mask, come;
	int number;

	mask_of(&mask);
	(void)sigprocmask(SIG_BLOCK, &mask, before);
	sigemptyset(&come);
	while ((number = signals_next(fd)) != 0)
		sigaddset(&come, number);
	for (size_t i = 0; i < ARRAY_LEN(waited_for); i++)
		if (sigismember(&come, waited_for[i]) == 1)
			(void)kill(getpid(), waited_for[i]);
}

void
signals_default(void)
{
	sigset_t mask;

	for (size_t i = 0; i < ARRAY_LEN(waited_for); i++)
		set_action(waited_for[i], SIG_DFL);
	mask_of(&mask);
	(void)sigprocmask(SIG_UNBLOCK, &mask, NULL);
}
