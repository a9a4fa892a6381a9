/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules of vifd's in the packet filters of others, which let networks through that ask for it
 * (<vif:firewall open='yes'/>): formats/nft-opening.h says which.
 *
 * What is there is compared with what should be, and the difference is done: so a rule that
 * its chain's owner has flushed comes back, one whose chain does not drop any more goes, and so
 * does what a vifd that was killed has left.
 */
#pragma once

#include "formats/nft-ruleset.h"
#include "kernel/nft.h"
#include "life/elsewhere.h"

/*
 * `networks` are all that ask for it. Rules of networks of another runtime folder stay. One that
 * cannot be put does not keep the others from it; the error is about the first. *ret_n_put: how
 * many were missing.
 */
int openings_put(struct nft *nft, const struct elsewhere *elsewhere,
		 const struct nft_ruleset_network *networks, size_t n, size_t *ret_n_put,
		 struct error *err);
