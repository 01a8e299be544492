/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/once.h"

#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "support/conf_from.h"
#include "support/logged.h"
#include "unit/tap.h"

#define CONF_MAX 65536

void
once_open_conf(struct once *o, const char *text)
{
	*o = (struct once){ .conf = conf_from(text) };
	logged_clear();
	turns_open(&o->turns, o->conf);
	o->client = turns_connect(&o->turns);
}

void
once_open(struct once *o, const char *listener, const char *service,
    const char *backend)
{
	static char text[CONF_MAX];

	snprintf(text, sizeof(text),
	    "ListenHTTP\nAddress 127.0.0.1\nPort 80\n%s"
	    "Service \"svc\"\n%s"
	    "BackEnd\nAddress 127.0.0.1\nPort 7001\n%sEnd\nEnd\nEnd\n",
	    listener, service, backend);
	once_open_conf(o, text);
}

void
once_close(struct once *o)
{
	const char *wrong = turns_close(&o->turns);

	if (wrong != NULL)
		ok(false, "at the end: %s", wrong);
	conf_free(o->conf);
}

void
once_ask(struct once *o, const char *request)
{
	wire_send(o->client, request, strlen(request));
	turns_run(&o->turns);
}

void
once_answer(struct once *o, const char *answer)
{
	struct wire *w = wire_to_backend(0);

	if (w != NULL)
		wire_send(w, answer, strlen(answer));
	turns_run(&o->turns);
}

static const char *
look(const struct wire *w, size_t *seen)
{
	const char *new = w->out + *seen;

	*seen = w->out_len;
	return new;
}

const char *
once_asked(struct once *o)
{
	const struct wire *w = wire_to_backend(0);

	return w == NULL ? "" : look(w, &o->asked);
}

const char *
once_answered(struct once *o)
{
	return look(o->client, &o->answered);
}
