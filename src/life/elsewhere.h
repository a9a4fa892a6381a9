/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What vifds of other runtime folders have left in this network namespace, while they are away:
 * each vifd notes its folder in a file of the namespace, and finds the others there.
 *
 * Their devices and networks are theirs. Nothing is done for them, and nothing of them is
 * removed, as long as their folder is there.
 */
#pragma once

#include "life/manager.h"

struct elsewhere;

/* Reads the records in the other folders. That they cannot be known is no failure. */
int elsewhere_new(const struct store *store, struct elsewhere **ret_elsewhere, struct error *err);
void elsewhere_free(struct elsewhere *elsewhere);
DEFINE_FREEP(struct elsewhere, elsewhere_free);

/* Is the port, or the started network, one of another folder? Also where some could not be read. */
bool elsewhere_has_port(const struct elsewhere *elsewhere, const struct uuid *uuid);
bool elsewhere_has_network(const struct elsewhere *elsewhere, const struct uuid *uuid);

/* The started networks of other folders; borrowed. */
const struct network *const *elsewhere_networks(const struct elsewhere *elsewhere, size_t *ret_n);
