/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What ports have of packet filters and security groups, and that a changed one reaches all ports
 * that it concerns, or none.
 */
#pragma once

#include "life/manager.h"
#include "model/port-filter.h"

/* Does what has that name concern the port? */
typedef bool port_filter_concerns(const struct manager *manager, const struct port *port,
				  const char *name);

struct port_filter_use port_filters_use(const struct port *port);
int port_filters_compile(const struct manager *manager, const struct port *port,
			 struct packet_filter *ret_filter, struct error *err);

/* The first port that it concerns; NULL: none. And how many. */
const struct port *port_filters_user(const struct manager *manager, port_filter_concerns *concerns,
				     const char *name);
size_t port_filters_count(const struct manager *manager, port_filter_concerns *concerns,
			  const char *name);

/* Could all of them have what is in force now? "port NAME could not have it: …". */
int port_filters_try(const struct manager *manager, port_filter_concerns *concerns,
		     const char *name, struct error *err);

/*
 * Gives all of them what is in force now. `take_back` is called after a failure, to put in force
 * what was before; those that have the new one get that.
 */
int port_filters_spread(struct manager *manager, port_filter_concerns *concerns, const char *name,
			void (*take_back)(void *), void *userdata, struct error *err);

/* What a rule of a port's filter or groups has dropped. */
struct filter_drop {
	char *rule; /* "FILTER:LINE", "in-default", … */
	uint64_t frames;
};

/* All rules that have dropped a frame, for filter_drops_free(); NULL: none, or not known. */
struct filter_drop *port_filters_drops(struct manager *manager, const struct port *port,
				       size_t *ret_n);
void filter_drops_free(struct filter_drop *drops, size_t n);
