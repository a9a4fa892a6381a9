/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The macvtap of a direct port: the guest holds what stands on the host
 * interface itself.
 *
 * One hop less than a live port, and gone with its host interface: what the VMM
 * holds is then dead, and a new macvtap has to be handed to it (vmm/replug). So
 * there is no guest's side without the host's.
 *
 * Whoever holds it may give it another address, without any privilege: it has the port's again.
 */
#include "backends/kinds.h"
#include "backends/lower.h"
#include "backends/side.h"

static int make_queues(const struct asker *asker, struct plan *plan)
{
	struct plan_step *step;

	if (asker->by_name)
		return 0;
	step = plan_add(plan, ACTION_OPEN_MACVTAP);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, asker->ifname, 0);
	step->action.queues = interface_queues(asker->interface);
	step->action.vnet_hdr = interface_has_vnet_hdr(asker->interface);
	return plan_undo(plan, ACTION_CLOSE_FDS) ? 0 : -ENOMEM;
}

static int macvtap_stand(const struct side_request *request, struct plan *plan)
{
	const struct asker *asker = request->asker;
	char tag[PORT_TAG_SIZE];
	int r;

	if (asker->have) {
		r = side_set_mac(asker->have, asker->mac, plan);
		return r == 0 && asker->reopen ? make_queues(asker, plan) : r;
	}
	port_tag(asker->uuid, tag);
	r = lower_set_up(request, lower_find(request), plan);
	if (r == 0)
		r = lower_add(request, ACTION_ADD_MACVTAP, asker->ifname, tag, plan);
	return r < 0 ? r : make_queues(asker, plan);
}

static int macvtap_finish(const struct side_request *request, bool waits, struct plan *plan)
{
	return waits ? 0 : guest_side_set_up(request->asker, plan);
}

const struct guest_side guest_macvtap = {
	.type = PORT_TYPE_DIRECT,
	.name = "macvtap",
	.stand = macvtap_stand,
	.finish = macvtap_finish,
};
