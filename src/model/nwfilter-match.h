/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A rule's conditions as matches of a packet filter. For nwfilter-compile.c.
 */
#pragma once

#include <stdbool.h>

#include "model/nwfilter-scope.h"
#include "model/packet-filter.h"

enum nwfilter_view {
	NWFILTER_VIEW_UNTAGGED, /* only these are IP, ARP, … to the link's rules */
	NWFILTER_VIEW_TAGGED,
	NWFILTER_VIEW_ANY, /* for rules about IP */
};

/* What every frame of the protocol is. *ret_never: no frame of the view is. */
int nwfilter_match_protocol(enum nwfilter_protocol protocol, enum nwfilter_view view,
			    struct packet_rule *rule, bool *ret_never);

/*
 * All conditions of the rule; `reversed`: of a frame that goes the other way. *ret_never: no frame
 * of the view meets them. -EOPNOTSUPP, and *ret_culprit is the attribute: the guard cannot do it.
 */
int nwfilter_match_rule(const struct nwfilter_resolved *resolved, enum nwfilter_view view,
			bool reversed, struct packet_rule *rule, bool *ret_never,
			const char **ret_culprit);
