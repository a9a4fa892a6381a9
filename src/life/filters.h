/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Packet filters and the ports that have them: a filter that is defined anew reaches
 * every running port that it concerns, or none and stays as it was.
 */
#pragma once

#include "life/manager.h"
#include "model/nwfilter-compile.h"

/* Can the interface have the filter that it asks for? The sentence has the line of <filterref>. */
int filters_check(const struct manager *manager, const struct filter_ref *ref,
		  const struct mac *mac, struct error *err);

/* Does the port have that filter, by way of others? */
bool filters_is_used(const struct manager *manager, const struct port *port, const char *name);
size_t filters_count_users(const struct manager *manager, const char *name);

/* Takes the filter, and stores it. *ret_outcome: "defined", "replaced", "unchanged". */
int filters_define(struct manager *manager, struct nwfilter *filter, const char **ret_outcome,
		   struct error *err);

/* The definition goes; where one comes with vifd, that is in force again. */
int filters_undefine(struct manager *manager, const char *name, struct error *err);

/* Reads all of them, when vifd starts. */
void filters_load(struct manager *manager);
