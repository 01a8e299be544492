/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "route/route.h"

static enum match_result
route_in_list(const struct live *live, struct conf_service *const *list,
    size_t count, struct match_input *in, const struct conf_service **service)
{
	for (size_t i = 0; i < count; i++) {
		enum match_result r;

		if (live->service[list[i]->id].disabled)
			continue;
		r = match_service(list[i], in);
		if (r == MATCH_NO)
			continue;
		*service = list[i];
		return r;
	}
	return MATCH_NO;
}

enum match_result
route_service(const struct live *live, const struct conf_listener *listener,
    struct match_input *in, const struct conf_service **service)
{
	enum match_result r;

	r = route_in_list(live, listener->services, listener->service_count, in,
	    service);
	if (r == MATCH_NO)
		r = route_in_list(live, live->conf->services,
		    live->conf->service_count, in, service);
	return r;
}
