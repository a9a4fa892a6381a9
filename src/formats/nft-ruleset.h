/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The packet filter of the networks that vifd makes, as one nftables table.
 *
 * A pure function: the active networks in, the whole ruleset as nft(8) text out.
 * It replaces the table `inet vifd` in one transaction, whatever was in it, so
 * that applying it twice is applying it once, and a ruleset that somebody
 * flushed is made good by applying it again. Bridges are named, not numbered: a
 * bridge that is deleted and made anew is still meant.
 */
#pragma once

#include "model/network.h"
#include "util/error.h"

/* Has the network any rules? Those on what the host has, and open ones, have none. */
bool nft_ruleset_is_needed(const struct network *network);

struct nft_ruleset_network {
	const struct network *network;
	const char *bridge;
};

/* Can nft say that name of an interface, in quotes? */
int nft_ruleset_check_name(const char *name, struct error *err);

/* The caller frees *ret_text. No networks: the text deletes the table. */
int nft_ruleset_text(const struct nft_ruleset_network *networks, size_t n, char **ret_text,
		     struct error *err);
