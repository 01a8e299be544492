/* SPDX-License-Identifier: GPL-3.0-or-later */
/* B.5: the listener's own services, then the global ones; first wins. */
#include "route/route.h"

#include "support/conf_from.h"
#include "support/logged.h"
#include "unit/tap.h"

#define TO "Redirect \"http://h.test\"\nEnd\n"

static struct conf *conf;
static struct live *live;

static enum match_result
route(const char *url, const char **name)
{
	const struct conf_service *service = NULL;
	char memory[64];
	struct arena arena;
	struct match_input in = { .url = str_from(url), .arena = &arena };
	enum match_result r;

	arena_init_fixed(&arena, memory, sizeof(memory));
	r = route_service(live, conf->listeners[0], &in, &service);
	*name = service == NULL ? "" : service->name.p;
	return r;
}

static void
goes_to(const char *url, const char *want)
{
	const char *name;

	is_int(route(url, &name), MATCH_YES, "%s is wanted", url);
	is_mem(name, strlen(want), want, strlen(want), "by %s", want);
}

int
main(void)
{
	const char *name;

	conf = conf_from("ListenHTTP\nAddress 127.0.0.1\nPort 80\n"
			 "Service \"own-a\"\nURL \"^/a\"\n" TO
			 "Service \"own-ab\"\nURL \"^/[ab]\"\n" TO
			 "Service \"own-error\"\nURL \"^/e(x+)+$\"\n" TO "End\n"
			 "Service \"all-a\"\nURL \"^/[acd]\"\n" TO
			 "Service \"all-c\"\nURL \"^/[ce]\"\n" TO);
	live = live_new(conf);
	logged_clear();
	goes_to("/a", "own-a");
	goes_to("/b", "own-ab");
	goes_to("/c", "all-a");
	is_int(route("/z", &name), MATCH_NO, "nobody wants the rest");
	live->service[conf->listeners[0]->services[0]->id].disabled = true;
	goes_to("/a", "own-ab");
	live->service[conf->listeners[0]->services[1]->id].disabled = true;
	goes_to("/a", "all-a");
	live->service[conf->services[0]->id].disabled = true;
	goes_to("/c", "all-c");
	is_int(route("/a", &name), MATCH_NO, "disabled ones want nothing");
	is_int(route("/exxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx!", &name),
	    MATCH_ERROR, "what cannot be decided is not given to the next");
	live_free(live);
	conf_free(conf);
	return tap_done();
}
