/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A grant: what somebody who is neither root nor a member of the group vifd may do.
 *
 * It is data; access.conf says it (formats/access-conf.h), and methods/access.h asks it.
 * A zeroed one gives nothing. Patterns are fnmatch(3)'s, without flags.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "util/cleanup.h"

enum {
	GRANT_PORTS_USUAL = 16, /* where nothing is said of their number */
	GRANT_PORTS_MAX = 65535,
};

struct grant {
	char **networks; /* patterns NAME, or NAME/PORTGROUP */
	size_t n_networks;
	char **interfaces; /* patterns of host interfaces and bridges that may be named */
	size_t n_interfaces;
	unsigned ports; /* at once; 0: none */
	bool retarget;  /* own ports */
	bool manage;    /* define, start, update, … the networks that are named */
	bool look;      /* at everything, whoever it belongs to */
};

/* Copies the text; 0 or -ENOMEM. */
int grant_add_network(struct grant *grant, const char *pattern);
int grant_add_interface(struct grant *grant, const char *pattern);

/* Gives `grant` all that `more` gives as well. 0 or -ENOMEM, with a part of it added. */
int grant_add(struct grant *grant, const struct grant *more);

/* May the network be seen? */
bool grant_has_network(const struct grant *grant, const char *network);

/*
 * May a port come from it? portgroup NULL: the interface names none, which is for whom NAME is
 * granted; one that is named is for whom NAME/PORTGROUP is.
 */
bool grant_has_portgroup(const struct grant *grant, const char *network, const char *portgroup);

/* May it be named as what a port stands on? `name` NULL: one that is known by more than a name. */
bool grant_has_interface(const struct grant *grant, const char *name);

void grant_done(struct grant *grant);
