/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nftables by libnftables: rulesets in, and news of changes out.
 */
#pragma once

#include <stdbool.h>

#include "util/error.h"

struct nft;

int nft_open(struct nft **ret_nft, struct error *err);
void nft_close(struct nft *nft);

/* Runs commands as one transaction: all or nothing. The sentence has what nftables says. */
int nft_run(struct nft *nft, const char *commands, struct error *err);

/* Is there a table of that family ("inet") and name? */
bool nft_has_table(struct nft *nft, const char *family, const char *name);

/*
 * A socket that is readable when somebody changed the ruleset; nft_watch_read()
 * empties it and tells whether the table of that name was deleted or changed by
 * another process than this one.
 */
int nft_watch_open(struct error *err);
bool nft_watch_read(int fd, const char *table);
