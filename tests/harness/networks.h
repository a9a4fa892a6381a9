/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Networks from a text of <network> documents with named bridges, each after a line
 * "--- network", up to the line "--- expect" or the end.
 */
#pragma once

#include "formats/nft-ruleset.h"

struct networks {
	struct nft_ruleset_network *items;
	size_t n;
};

int networks_read(const char *text, struct networks *ret_networks, struct error *err);
void networks_done(struct networks *networks);
