/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All that decides on the packets of a port by rules: its <filterref> and its security groups.
 * With both, a packet has to pass the one and then the other.
 */
#pragma once

#include "model/group-compile.h"
#include "model/nwfilter-compile.h"
#include "model/security.h"

/* Whose filters and groups those are that ports name. */
struct port_filter_names {
	nwfilter_find_func *find_filter;
	void *filters;
	group_find_func *find_group;
	void *groups;
};

/* Borrowed, all of it. */
struct port_filter_use {
	const struct filter_ref *ref;
	const struct security *security; /* its groups */
	const struct mac *mac;
};

bool port_filter_is_asked(const struct port_filter_use *use);

/* As nwfilter_compile() and group_compile(). */
int port_filter_compile(const struct port_filter_use *use, const struct port_filter_names *names,
			struct packet_filter *ret_filter, struct error *err);
