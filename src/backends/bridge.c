/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A tap that is a port of a Linux bridge which exists already.
 *
 * The tap takes the bridge's MTU unless the interface names one, as libvirt
 * does: a port with another MTU would change the bridge's. Its own address is
 * the guest's with a high first byte, so that the bridge, which adopts its
 * ports' lowest address, never adopts it.
 *
 * A bridge that is deleted lets its taps go; they return to the next one of
 * its name. A bridge that was only renamed still has them.
 */
#include <string.h>

#include "backends/kinds.h"
#include "backends/tap.h"

static const struct host_link *bridge_base(const struct backend_request *request)
{
	const struct host_link *named = facts_find(request->facts, request->actual->bridge);
	const struct host_link *have = backend_have(request);

	if (named || request->moves)
		return named;
	return have ? facts_get(request->facts, have->master) : NULL;
}

static int bridge_check(const struct backend_request *request, struct error *err)
{
	const char *name = request->actual->bridge;
	const struct host_link *bridge = bridge_base(request);

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

static int bridge_guest(const struct backend_request *request, struct plan *plan)
{
	return tap_make(request, backend_mtu(&backend_bridge, request), false, plan);
}

static int bridge_host(const struct backend_request *request, struct plan *plan)
{
	const struct host_link *bridge = bridge_base(request), *have = backend_have(request);
	struct plan_step *step;
	int r;

	if (!have || have->master != bridge->ifindex) {
		step = plan_add(plan, ACTION_SET_MASTER);
		if (!step)
			return -ENOMEM;
		link_ref_set(&step->action.link, request->ifname, have ? have->ifindex : 0);
		link_ref_set(&step->action.other, bridge->name, bridge->ifindex);
		step->undo = step->action;
		step->undo.kind = ACTION_CLEAR_MASTER;
	}
	/* While the tap is wired its frames do not reach the bridge: this is the change-over. */
	if (!have || have->master != bridge->ifindex || request->rewire) {
		r = tap_unwire(request, plan);
		if (r < 0)
			return r;
	}
	return backend_drop_sides(request, request->side > 0, plan);
}

static void bridge_describe(const struct actual *actual, struct text *text)
{
	text_add(text, "a tap on bridge %s", actual->bridge);
}

const struct backend backend_bridge = {
	.check = bridge_check,
	.guest = bridge_guest,
	.host = bridge_host,
	.finish = tap_finish,
	.describe = bridge_describe,
	.base = bridge_base,
};
