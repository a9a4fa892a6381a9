/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules that let a network of vifd's pass through packet filters of others, as nft(8) text.
 *
 * In a chain that drops what it does not accept they stand first, and accept what the network
 * needs: what is forwarded from and to its bridge (vifd's own table has the last word on that, and
 * rejects what the network's mode does not let pass), and of what is for the host only what
 * it serves there. In iptables' tables only such expressions may be used as iptables itself can
 * read: with another one in a table, iptables refuses to work on it.
 *
 * A rule is known by its comment, "TAG OPENING": the network's tag (model/network-tag.h), and
 * what it is for.
 */
#pragma once

#include <stdint.h>

#include "model/host-filter.h"
#include "model/network.h"
#include "util/text.h"

enum {
	NFT_OPENINGS = 10, /* those of one network and one chain are among so many */
	NFT_OPENING_MARK_SIZE = 80,
};

/* Is there one with that number for the network in that chain? */
bool nft_opening_is_wanted(unsigned i, const struct network *network,
			   const struct host_filters *filters, const struct host_filter *filter);

/* Its comment. */
void nft_opening_mark(unsigned i, const struct network *network,
		      char mark[static NFT_OPENING_MARK_SIZE]);

/* A command that puts it there, as a line. */
void nft_opening_insert(unsigned i, const struct network *network, const char *bridge,
			const struct host_filter *filter, struct text *text);

/* A command that deletes a rule, as a line. */
void nft_opening_delete(const char *family, const char *table, const char *chain, uint64_t handle,
			struct text *text);

/* Can nft say that name of a table or chain? It knows no quotes there. */
bool nft_opening_can_name(const char *name);
