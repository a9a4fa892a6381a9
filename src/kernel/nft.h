/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nftables by libnftables: rulesets in, and news of changes out.
 *
 * Both work on the network namespace in which they were opened, and belong to
 * one thread at a time.
 */
#pragma once

#include <stdbool.h>

#include "util/cleanup.h"
#include "util/error.h"

struct nft;
struct nft_watch;

int nft_open(struct nft **ret_nft, struct error *err);
void nft_close(struct nft *nft);
DEFINE_FREEP(struct nft, nft_close);

/*
 * Runs commands as one transaction: all or nothing. The sentence has what
 * nftables' first complaint, and its place. Waits for the kernel only: some
 * milliseconds, which grow with the ruleset.
 */
int nft_run(struct nft *nft, const char *commands, struct error *err);

/* Is there a table of that family ("inet", "ip", "ip6") and name? */
bool nft_has_table(struct nft *nft, const char *family, const char *name);

/* Tells of changes of the ruleset from now on. */
int nft_watch_open(struct nft_watch **ret_watch, struct error *err);
void nft_watch_close(struct nft_watch *watch);
DEFINE_FREEP(struct nft_watch, nft_watch_close);

/* To wait for: readable while there is news. Stays the watch's. */
int nft_watch_fd(const struct nft_watch *watch);

/* What was made, changed or deleted: in the table in question, and in any other table. */
enum nft_news {
	NFT_NEWS_TABLE = 1 << 0,
	NFT_NEWS_OTHERS = 1 << 1,
};

/*
 * Takes in all news; does not wait. What has another than nft_run() of this nft done to the
 * table of that name, in family inet, or to other tables, their chains and rules? Both also where
 * that cannot be known, because news was lost or somebody else's transaction came at the same
 * moment.
 */
enum nft_news nft_watch_read(struct nft_watch *watch, const struct nft *nft, const char *table);
