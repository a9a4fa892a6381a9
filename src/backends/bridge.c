/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A tap that is a port of a Linux bridge which exists already.
 *
 * The tap takes the bridge's MTU unless the interface names one, as libvirt
 * does: a port with another MTU would change the bridge's. Its own address is
 * the guest's with a high first byte, so that the bridge, which adopts its
 * ports' lowest address, never adopts it.
 */
#include "backends/tap.h"
#include "backends/kinds.h"

#include <string.h>

static int bridge_check(const struct backend_request *request, struct error *err)
{
	const char *name = request->actual->bridge;
	const struct host_link *bridge = facts_find(request->facts, name);

	if (!bridge)
		return error_set(err, -ENODEV, ERROR_NO_SUCH_DEVICE, "bridge %s does not exist",
				 name);
	if (strcmp(bridge->kind, "bridge") != 0)
		return error_set(err, -EINVAL, ERROR_DEVICE_UNSUITABLE,
				 "%s is not a Linux bridge (it is %s%s)", name,
				 *bridge->kind ? "a device of kind " : "a plain interface",
				 bridge->kind);
	return 0;
}

static unsigned bridge_mtu(const struct backend_request *request)
{
	const struct host_link *bridge = facts_find(request->facts, request->actual->bridge);

	return bridge ? bridge->mtu : 0;
}

static int make_membership(const struct backend_request *request, const struct host_link *have,
			   struct plan *plan)
{
	const struct host_link *bridge = facts_find(request->facts, request->actual->bridge);
	struct plan_step *step;

	if (have && have->master == bridge->ifindex)
		return 0;
	step = plan_add(plan, ACTION_SET_MASTER);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, request->ifname, have ? have->ifindex : 0);
	link_ref_set(&step->action.other, bridge->name, bridge->ifindex);
	step->undo.kind = ACTION_CLEAR_MASTER;
	step->undo.link = step->action.link;
	step->undo.other = step->action.other;
	return 0;
}

static int bridge_make(const struct backend_request *request, struct plan *plan)
{
	const struct host_link *have = backend_have(request);
	unsigned mtu = request->interface->mtu ? request->interface->mtu : bridge_mtu(request);
	int r;

	r = tap_make(request, mtu, false, plan);
	if (r == 0)
		r = make_membership(request, have, plan);
	if (r == 0)
		r = backend_set_up(request, have, plan);
	if (r == 0)
		r = tap_make_persistent(request, plan);
	return r;
}

static void bridge_describe(const struct actual *actual, struct text *text)
{
	text_add(text, "a tap on bridge %s", actual->bridge);
}

const struct backend backend_bridge = {
	.type = INTERFACE_BRIDGE,
	.check = bridge_check,
	.make = bridge_make,
	.describe = bridge_describe,
	.mtu = bridge_mtu,
};
