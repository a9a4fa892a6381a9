/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Wires: two links joined so that what comes in on one goes out on the other.
 *
 * A tap and a macvlan that are wired are one device for the guest: what it
 * sends leaves by the macvlan, and what the macvlan gets reaches the guest; the
 * host's own stack sees neither. When the macvlan goes, the tap's frames are
 * dropped until it is wired to another one.
 *
 * Each function is one sendmsg(2) where the kernel has the u32 classifier, and a few
 * where it lacks it. None waits for anything but the kernel's locks. Names are
 * only for the sentence of a failure.
 *
 * Sources: net/sched/cls_u32.c, cls_matchall.c, act_mirred.c, sch_ingress.c.
 */
#pragma once

#include <stdbool.h>

#include "kernel/netlink.h"

/*
 * Wires in both directions. What the tap was wired to before loses it, in one
 * moment: each frame of the tap goes to the old link or to the new one, none is
 * lost and none gets into the host's stack. That holds where the old link has
 * gone too. Wiring what is wired already changes nothing.
 *
 * For the tap of a bridge: wire it first, then take it off the bridge, and the
 * other way round unwire it when it is on the bridge. A tap that is up and
 * neither wired nor on a bridge hands the guest's frames to the host's stack.
 *
 * The macvlan should be up: what is sent to one that is down is lost. Where
 * one of the two is not there, what was wired before stays; out of memory half
 * way may leave one direction wired anew.
 */
int tc_wire(struct netlink *nl, int tap, const char *tap_name, int macvlan,
	    const char *macvlan_name, struct error *err);

/*
 * Takes the wire off the tap's end; the frames of the macvlan still reach it
 * until the macvlan is deleted. The tap stays ready for another. One that is
 * not wired is unwired already.
 */
int tc_unwire(struct netlink *nl, int tap, const char *tap_name, struct error *err);

/*
 * Makes a new link, which should still be down, ready to be wired: on a link
 * that is up the kernel stops it for that, half a millisecond in which
 * frames are lost. tc_wire() does not need it. A kernel that cannot wire at all
 * is no failure here. `egress`: what goes out by it can have filters too.
 */
int tc_make_ready(struct netlink *nl, int ifindex, const char *name, bool egress,
		  struct error *err);

/*
 * Frames to this tap, which should still be down, go into its ring at once,
 * without a queue before that; a full ring drops them, as it would have dropped
 * them behind the queue.
 */
int tc_set_noqueue(struct netlink *nl, int tap, const char *tap_name, struct error *err);

/*
 * From now on what comes in by a link goes out by the ifb `ifb` first, and then comes in as if it
 * had not: past the queue that the ifb has there. Filters before it, such as a guard's, see each
 * frame once. Changing where to is not in one moment: some frames may pass without it.
 */
int tc_detour(struct netlink *nl, int ifindex, const char *name, int ifb, const char *ifb_name,
	      struct error *err);

/* Ends it. 0 where there is none. */
int tc_end_detour(struct netlink *nl, int ifindex, const char *name, struct error *err);

/* The ifindex of the ifb; 0: there is no detour. */
int tc_find_detour(struct netlink *nl, int ifindex);

/*
 * How frames are matched. tc_wire() takes the first that this kernel has; the
 * tests take each.
 */
enum tc_classifier {
	TC_CLASSIFIER_U32,
	TC_CLASSIFIER_MATCHALL,
	TC_CLASSIFIER_COUNT,
};
int tc_wire_by(struct netlink *nl, enum tc_classifier classifier, int tap, const char *tap_name,
	       int macvlan, const char *macvlan_name, struct error *err);
