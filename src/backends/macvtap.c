/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A direct port: the guest holds the macvtap on a host interface itself.
 *
 * One hop less than a live port, and gone with its host interface: what the VMM
 * holds is then dead, and a new macvtap has to be handed to it (vmm/replug). So
 * there is no guest's side without the host's.
 */
#include "backends/kinds.h"
#include "backends/lower.h"

static int macvtap_check(const struct backend_request *request, struct error *err)
{
	return lower_check(request, "macvtap", err);
}

static int make_queues(const struct backend_request *request, struct plan *plan)
{
	struct plan_step *step;

	if (request->by_name)
		return 0;
	step = plan_add(plan, ACTION_OPEN_MACVTAP);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, request->ifname, 0);
	step->action.queues = interface_queues(request->interface);
	step->action.vnet_hdr = interface_has_vnet_hdr(request->interface);
	return plan_undo(plan, ACTION_CLOSE_FDS) ? 0 : -ENOMEM;
}

static int macvtap_host(const struct backend_request *request, struct plan *plan)
{
	const struct host_link *have = backend_have(request);
	char tag[PORT_TAG_SIZE];
	int r;

	if (have) {
		r = lower_adjust(request, have, plan);
		return r == 0 && request->reopen ? make_queues(request, plan) : r;
	}
	port_tag(request->uuid, tag);
	r = lower_set_up(request, lower_find(request), plan);
	if (r == 0)
		r = lower_add(request, ACTION_ADD_MACVTAP, request->ifname, tag, plan);
	if (r == 0)
		r = make_queues(request, plan);
	return r;
}

static int macvtap_finish(const struct backend_request *request, bool waits, struct plan *plan)
{
	return waits ? 0 : backend_set_up(request, plan);
}

static void macvtap_describe(const struct actual *actual, struct text *text)
{
	text_add(text, "a macvtap on %s, mode %s", actual->dev, direct_mode_name(actual->mode));
}

const struct backend backend_macvtap = {
	.check = macvtap_check,
	.host = macvtap_host,
	.finish = macvtap_finish,
	.describe = macvtap_describe,
	.base = lower_find,
};
