/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <vif:reflective-relay/>: what comes from a port is sent back there too, where it is for somebody
 * behind it, or for all (IEEE 802.1Qbg's reflective relay; the kernel's hairpin mode). For guests
 * that connect guests of their own in mode VEPA.
 */
#include "backends/kinds.h"
#include "backends/setting.h"

static bool relay_is_asked(const struct actual *actual)
{
	return actual->reflects;
}

/* Only what stands on a bridge has it: host_side_place() takes it from the network's. */
static int relay_check(const struct actual *actual, const struct carries *carries,
		       struct error *err)
{
	(void)actual;
	(void)carries;
	(void)err;
	return 0;
}

static void relay_bridge_port(const struct actual *actual, struct bridge_port *port)
{
	port->reflects = actual->reflects;
}

const struct setting setting_relay = {
	.name = "<vif:reflective-relay>",
	.is_asked = relay_is_asked,
	.check = relay_check,
	.bridge_port = relay_bridge_port,
	.adds = "reflecting",
};
