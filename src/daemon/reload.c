/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/reload.h"

#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "daemon/report.h"

void
reload_init(struct reload *r, struct setup *setup, struct crew *crew)
{
	*r = (struct reload){ .setup = setup, .crew = crew };
	trial_init(&r->trial);
	image_init(&r->image);
	r->next.control.fd = -1;
	strbuf_init(&r->words, SETUP_WORDS_MAX);
}

void
reload_release(struct reload *r)
{
	reload_settle(r);
	trial_release(&r->trial);
	image_release(&r->image);
	strbuf_release(&r->words);
}

static enum reload_result
refuse(struct reload *r)
{
	r->stage = RELOAD_NONE;
	report_log_lines(strbuf_text(&r->words));
	log_line(LOG_PRIO_ERR,
	    "reload refused: Pound goes on with the configuration it has");
	return RELOAD_REFUSED;
}

static enum reload_result
refuse_errno(struct reload *r, const char *what)
{
	strbuf_addf(&r->words, "%s: %m\n", what);
	return refuse(r);
}

enum reload_result
reload_begin(struct reload *r)
{
	int out;
	pid_t pid;

	strbuf_reset(&r->words);
	r->program = image_replaced(&r->image);
	log_line(LOG_PRIO_NOTICE, "reload: %s%sreading %s",
	    r->program != NULL ? r->program : "",
	    r->program != NULL ? " is another one now; it is " : "",
	    r->setup->options->config_file);
	pid = trial_fork(&r->trial, &out);
	if (pid < 0)
		return refuse_errno(r, "no process to read the files");
	if (pid == 0) {
		crew_leave(r->crew);
		trial_run(out, r->setup->options, r->program);
	}
	r->stage = RELOAD_TRIAL;
	return RELOAD_GOES_ON;
}

static void
add_errors(struct strbuf *words, const struct conf_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		if (notes->note[i].severity == CONF_ERROR)
			strbuf_addf(words, "%s\n", notes->note[i].text);
}

/* What is left of a try that failed. */
static enum reload_result
undo(struct reload *r)
{
	setup_forget(&r->next);
	r->next = (struct setup){ .control.fd = -1 };
	mem_trim();
	return refuse(r);
}

/* The files may have changed since the trial: mistakes are no surprise. */
static struct conf *
read_files(struct reload *r)
{
	struct conf_notes notes = { .count = 0 };
	struct conf *conf;

	notify_busy(&r->setup->notify);
	conf = conf_read(r->setup->options->config_file, &notes);
	notify_not_busy(&r->setup->notify);
	report_log_warnings(&notes);
	add_errors(&r->words, &notes);
	conf_notes_release(&notes);
	return conf;
}

static enum reload_result
start_next(struct reload *r)
{
	struct conf *conf = read_files(r);

	if (conf == NULL)
		return refuse(r);
	if (setup_renew(&r->next, r->setup, conf, &r->words) != 0)
		return undo(r);
	if (crew_start_next(r->crew, r->setup, &r->next) != 0) {
		strbuf_addf(&r->words, "no process for another worker: %m\n");
		return undo(r);
	}
	r->stage = RELOAD_START;
	return RELOAD_GOES_ON;
}

enum reload_result
reload_tried(struct reload *r, int status)
{
	if (trial_ended(&r->trial, status) == 0)
		return r->program != NULL ? RELOAD_UPGRADE : start_next(r);
	strbuf_add(&r->words, strbuf_str(&r->trial.words));
	return refuse(r);
}

enum reload_result
reload_not_upgraded(struct reload *r)
{
	return refuse_errno(r, r->program);
}

enum reload_result
reload_resume(struct reload *r, struct setup *before)
{
	r->before = before;
	if (crew_start_next(r->crew, before, r->setup) != 0)
		return refuse_errno(r, "no process for another worker");
	r->stage = RELOAD_START;
	return RELOAD_GOES_ON;
}

void
reload_settle(struct reload *r)
{
	if (r->before == NULL)
		return;
	control_socket_keep(&r->setup->control, r->setup->conf,
	    &r->before->control);
	setup_forget(r->before);
	r->before = NULL;
}

/* Whether it is a setup of its own that the next worker has. */
static bool
renewed(const struct reload *r)
{
	return r->next.conf != NULL;
}

enum reload_result
reload_ready(struct reload *r)
{
	const struct setup *old = r->before != NULL ? r->before : r->setup;
	const struct setup *now = renewed(r) ? &r->next : r->setup;

	crew_promote(r->crew, &old->listening, &now->listening);
	reload_settle(r);
	if (renewed(r))
		setup_replace(r->setup, &r->next);
	r->next = (struct setup){ .control.fd = -1 };
	mem_trim();
	r->stage = RELOAD_NONE;
	log_line(LOG_PRIO_NOTICE, "reload: done, worker %ld serves",
	    (long)r->crew->worker.pid);
	return RELOAD_DONE;
}

enum reload_result
reload_died(struct reload *r)
{
	const char *why = r->crew->next.failure;

	strbuf_addf(&r->words, "%s\n",
	    why[0] != '\0' ? why : "the new worker died before it was ready");
	return undo(r);
}

void
reload_abandon(struct reload *r)
{
	trial_kill(&r->trial);
	reload_settle(r);
	setup_forget(&r->next);
	r->next = (struct setup){ .control.fd = -1 };
	r->stage = RELOAD_NONE;
}
