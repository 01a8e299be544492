/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which services of a list a request may belong to, without trying each:
 * made when the configuration is read, so that a thousand services cost
 * little more than one.
 *
 * A service is left out when a pattern of its own cannot match: a URL that
 * begins otherwise than its "^/prefix", or no field line with the name
 * behind "Host:" (base/need.h reads both off the patterns). What is not
 * understood is never left out. So whoever tries those that remain, in the
 * order of the list, finds the same service as who tries all of them; only
 * a pattern that could reach its limit on a request that it cannot match
 * is not asked any more.
 */
#ifndef CONF_SERVICE_INDEX_H
#define CONF_SERVICE_INDEX_H

#include <stdint.h>

#include "base/arena.h"
#include "conf/conf_service.h"

/* So few are tried faster. */
#define SERVICE_INDEX_MIN 8

struct service_index;

/* NULL: there is nothing to gain. In the growing arena, for its life. */
struct service_index *service_index_new(struct arena *a,
    struct conf_service *const *services, size_t count);

/* Words of 64 bits in a set of services. */
size_t service_index_words(const struct service_index *ix);

/* Whether service_index_add_line() is of use. */
bool service_index_by_host(const struct service_index *ix);

/*
 * set: two sets of words. Begin with the URL, add each line (in the form that
 * patterns see, match.h), end: bit i of the first set says that services[i]
 * has to be tried.
 */
void service_index_begin(const struct service_index *ix, uint64_t *set,
    struct str url);
void service_index_add_line(const struct service_index *ix, uint64_t *set,
    struct str line);
void service_index_end(const struct service_index *ix, uint64_t *set);

#endif
