/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/start.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <sys/stat.h>

#include "base/log.h"
#include "conf/conf.h"
#include "config.h"
#include "daemon/handover.h"
#include "daemon/pidfile.h"
#include "daemon/report.h"
#include "daemon/setup.h"
#include "daemon/signals.h"
#include "daemon/supervisor.h"
#include "daemon/worker.h"

/* Between two tries of what cannot fail. */
#define AGAIN_MS 1000

int
start_check(const struct options *o)
{
	struct conf_notes notes = { .want_differences = o->verbose };
	struct conf *conf = conf_read(o->config_file, &notes);
	const int status = conf == NULL ? 1 : 0;

	report_print(&notes);
	if (conf != NULL) {
		printf("Config file %s is OK\n", o->config_file);
		conf_free(conf);
	}
	conf_notes_release(&notes);
	return status;
}

/* 0, or -1 when it was asked for and cannot be had. */
static int
write_pid_file(const struct setup *s)
{
	const struct options *o = s->options;
	char why[512];

	if (pidfile_write(o->pid_file) == 0)
		return 0;
	snprintf(why, sizeof(why), "pid file %s: %m", o->pid_file);
	if (!o->pid_file_given) {
		log_line(LOG_PRIO_WARNING, "%s", why);
		return 0;
	}
	setup_complain(s, why);
	return -1;
}

/* In the background already, if that is where it belongs. */
static int
serve(struct setup *s)
{
	const struct worker_ends alone = { -1, -1, -1 };
	int status = 1;

	s->pid = getpid();
	if (write_pid_file(s) == 0)
		status = POUND_SUPERVISOR ? supervisor_run(s, NULL)
					  : worker_run(s, &alone);
	daemonise_failed(&s->daemonise); /* unless it was ready */
	pidfile_remove(s->options->pid_file);
	return status;
}

static int
start_with(const struct options *o, struct conf *conf,
    const struct conf_notes *notes)
{
	struct setup s;
	int status = 1;
	const int opened = setup_open(&s, o, conf, NULL);

	s.own_conf = conf;
	if (opened == 0) {
		report_log_warnings(notes);
		if (o->foreground || !conf->daemon ||
		    daemonise_begin(&s.daemonise) == 0)
			status = serve(&s);
		else
			setup_complain(&s, "no process for the background");
	}
	setup_release(&s);
	return status;
}

/* ------ another image of this process was there before ------ */

/* Everything is open that is needed to go on; or not, and why. */
static bool
open_again(struct setup *s, const struct options *o, struct handover *h)
{
	struct conf_notes notes = { .count = 0 };
	struct conf *conf = conf_read(o->config_file, &notes);
	bool open = false;

	if (conf == NULL)
		report_print(&notes);
	if (conf != NULL) {
		open = setup_open(s, o, conf, &h->before) == 0;
		s->own_conf = conf;
		report_log_warnings(&notes);
	}
	if (conf != NULL && !open)
		setup_release(s);
	conf_notes_release(&notes);
	return open;
}

/*
 * The other image had seen that this one can read the files. If it cannot
 * any more, the workers that are there serve on, and we try again until we
 * can, or are told to end.
 */
static int
go_on(const struct options *o, struct handover *h)
{
	struct setup s;
	int status;

	while (!open_again(&s, o, h))
		if (signals_end_within(AGAIN_MS))
			return 0;
	s.pid = getpid();
	if (h->understood) {
		s.daemonise.background = h->background;
		s.started_ms = h->started_ms;
		s.restarts = h->restarts;
	} else {
		s.daemonise.background = !o->foreground && s.conf->daemon;
		(void)write_pid_file(&s);
	}
	status = supervisor_run(&s, h);
	pidfile_remove(o->pid_file);
	setup_release(&s);
	return status;
}

int
start_run(const struct options *o)
{
	struct conf_notes notes = { .count = 0 };
	struct handover handover;
	struct conf *conf;
	int status = 1;

	umask(077);
	tzset(); /* before a jail hides the time zone */
	signals_leave_at_once();
	handover_take(&handover);
	if (handover.given && POUND_SUPERVISOR)
		return go_on(o, &handover);
	conf = conf_read(o->config_file, &notes);
	if (conf == NULL)
		report_print(&notes);
	else
		status = start_with(o, conf, &notes);
	conf_notes_release(&notes);
	return status;
}
