/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A macvtap on a host interface: the guest's NIC sits directly on eth0.
 *
 * The kernel's rules for a macvlan device decide what fits together
 * (drivers/net/macvlan.c, net/core/dev.c netdev_rx_handler_register):
 *
 *   - one receive handler an interface: a port of a bridge, bond or team, or
 *     the carrier of an ipvlan, cannot carry a macvlan (EBUSY);
 *   - passthrough takes its interface alone, in both orders (EINVAL);
 *   - one MAC once an interface, its own included (EADDRINUSE, and only when
 *     the macvtap is set up);
 *   - a macvlan on a macvlan sits on the real interface below.
 *
 * The kernel answers a bare errno to each, so each is checked from the facts
 * first, to be able to say who is in the way. A macvtap whose interface
 * vanished cannot be given back to its VMM: make() never makes one again for a
 * port that has been connected (resolve sees to that).
 */
#include <net/if.h>
#include <string.h>

#include "backends/kinds.h"
#include "util/parse.h"

/* Of these masters, the ports' receive handler is taken. */
static const char *const exclusive_masters[] = { "bridge", "bond", "team", "openvswitch", "hsr" };

/* Of these kinds, the interface below has its receive handler taken. */
static const char *const exclusive_uppers[] = { "ipvlan", "ipvtap" };

static bool is_exclusive(const char *kind, const char *const *kinds, unsigned n)
{
	return name_index(kinds, n, kind) >= 0;
}

/* What a macvlan on `link` would really sit on. */
static const struct host_link *real_lower(const struct facts *facts, const struct host_link *link)
{
	const struct host_link *lower = link->is_macvlan ? facts_get(facts, link->lower) : NULL;

	return lower ? lower : link;
}

static int unsuitable(struct error *err, const struct host_link *lower, const char *why,
		      const char *culprit)
{
	return error_set(err, -EBUSY, ERROR_DEVICE_UNSUITABLE, "%s cannot carry a macvtap: %s%s",
			 lower->name, why, culprit);
}

static int check_lower(const struct backend_request *request, const struct host_link *lower,
		       struct error *err)
{
	const struct host_link *master;

	if (lower->loopback)
		return unsuitable(err, lower, "it is the loopback device", "");
	master = facts_get(request->facts, lower->master);
	if (master &&
	    is_exclusive(master->kind, exclusive_masters, ARRAY_SIZE(exclusive_masters))) {
		AUTO_FREE char *why = NULL;

		if (asprintf(&why, "it is a port of %s ", master->kind) < 0) {
			why = NULL;
			return error_oom(err);
		}
		return unsuitable(err, lower, why, master->name);
	}
	return 0;
}

static int taken(const struct backend_request *request, struct error *err, const char *before,
		 const struct host_link *holder, const char *after)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *sentence = NULL;

	text_add(&text, "%s", before);
	backend_print_holder(request, holder, &text);
	text_add(&text, "%s", after);
	if (text_take(&text, &sentence) < 0)
		return error_oom(err);
	return error_set(err, -EBUSY, ERROR_IN_USE, "%s", sentence);
}

/* Does a macvlan that is already on the interface leave room for ours? */
static int check_neighbour(const struct backend_request *request, const struct host_link *lower,
			   const struct host_link *other, struct error *err)
{
	AUTO_FREE char *before = NULL;
	char mac[MAC_TEXT_SIZE];
	int r = 0;

	mac_format(&request->interface->mac, mac);
	if (request->actual->mode == DIRECT_PASSTHROUGH)
		r = asprintf(&before, "passthrough takes %s alone, but it already carries ",
			     lower->name);
	else if (other->mode_known && other->mode == DIRECT_PASSTHROUGH)
		r = asprintf(&before, "%s is taken alone (passthrough) by ", lower->name);
	else if (mac_equal(&other->mac, &request->interface->mac))
		r = asprintf(&before, "MAC address %s is already in use on %s by ", mac,
			     lower->name);
	if (r < 0) {
		before = NULL;
		return error_oom(err);
	}
	return before ? taken(request, err, before, other, "") : 0;
}

static int check_neighbours(const struct backend_request *request, const struct host_link *lower,
			    struct error *err)
{
	const struct host_link *have = backend_have(request);

	for (size_t i = 0; i < request->facts->n_links; i++) {
		const struct host_link *other = &request->facts->links[i];
		int r = 0;

		if (other == have || other->lower != lower->ifindex)
			continue;
		if (other->is_macvlan)
			r = check_neighbour(request, lower, other, err);
		else if (is_exclusive(other->kind, exclusive_uppers, ARRAY_SIZE(exclusive_uppers)))
			r = unsuitable(err, lower, "it already carries an ipvlan, ", other->name);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check_mac(const struct backend_request *request, const struct host_link *lower,
		     struct error *err)
{
	char mac[MAC_TEXT_SIZE];

	if (request->actual->mode == DIRECT_PASSTHROUGH ||
	    !mac_equal(&lower->mac, &request->interface->mac))
		return 0;
	mac_format(&lower->mac, mac);
	return error_set(err, -EADDRINUSE, ERROR_IN_USE,
			 "MAC address %s is that of %s itself; only passthrough can share it", mac,
			 lower->name);
}

static int check_mtu(const struct backend_request *request, const struct host_link *lower,
		     struct error *err)
{
	if (request->interface->mtu <= lower->mtu)
		return 0;
	return error_set(err, -EINVAL, ERROR_DEVICE_UNSUITABLE,
			 "MTU %u is more than the %u of host interface %s", request->interface->mtu,
			 lower->mtu, lower->name);
}

static int macvtap_check(const struct backend_request *request, struct error *err)
{
	const struct host_link *lower = facts_find(request->facts, request->actual->dev);
	int r;

	if (!lower)
		return error_set(err, -ENODEV, ERROR_NO_SUCH_DEVICE,
				 "host interface %s does not exist", request->actual->dev);
	/* What sits there already has been through all this. */
	if (backend_have(request))
		return 0;
	r = check_lower(request, lower, err);
	if (r < 0)
		return r;
	r = check_mtu(request, lower, err);
	if (r < 0)
		return r;
	lower = real_lower(request->facts, lower);
	r = check_neighbours(request, lower, err);
	if (r < 0)
		return r;
	return check_mac(request, lower, err);
}

static int make_device(const struct backend_request *request, const struct host_link *lower,
		       struct plan *plan)
{
	const struct interface *interface = request->interface;
	struct plan_step *step = plan_add(plan, ACTION_ADD_MACVTAP);

	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, request->ifname, 0);
	link_ref_set(&step->action.other, lower->name, lower->ifindex);
	step->action.mac = interface->mac;
	step->action.mode = request->actual->mode;
	step->action.mtu = interface->mtu;
	strncpy(step->action.tag, request->tag, sizeof(step->action.tag) - 1);
	step->undo.kind = ACTION_DELETE_LINK;
	step->undo.link = step->action.link;
	return 0;
}

/*
 * A passthrough macvtap takes over the NIC's address at its creation, whatever
 * the message says; setting it afterwards sets the NIC's too, and the kernel
 * puts the NIC's own back when the macvtap goes.
 */
static int make_passthrough_mac(const struct backend_request *request, struct plan *plan)
{
	struct plan_step *step;

	if (request->actual->mode != DIRECT_PASSTHROUGH)
		return 0;
	step = plan_add(plan, ACTION_SET_MAC);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, request->ifname, 0);
	step->action.mac = request->interface->mac;
	return 0;
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
	step->undo.kind = ACTION_CLOSE_FDS;
	return 0;
}

static int make_lower_up(const struct host_link *lower, struct plan *plan)
{
	struct plan_step *step;

	if (lower->up)
		return 0;
	step = plan_add(plan, ACTION_SET_UP);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, lower->name, lower->ifindex);
	step->undo.kind = ACTION_SET_DOWN;
	step->undo.link = step->action.link;
	return 0;
}

static int macvtap_make(const struct backend_request *request, struct plan *plan)
{
	const struct host_link *lower = facts_find(request->facts, request->actual->dev);
	const struct host_link *have = backend_have(request);
	int r;

	r = make_lower_up(lower, plan);
	if (r == 0 && !have) {
		r = make_device(request, lower, plan);
		if (r == 0)
			r = make_passthrough_mac(request, plan);
		if (r == 0)
			r = make_queues(request, plan);
	}
	return r < 0 ? r : backend_set_up(request, have, plan);
}

static void macvtap_describe(const struct actual *actual, struct text *text)
{
	text_add(text, "a macvtap on %s, mode %s", actual->dev, direct_mode_name(actual->mode));
}

static unsigned macvtap_mtu(const struct backend_request *request)
{
	const struct host_link *lower = facts_find(request->facts, request->actual->dev);

	return lower ? lower->mtu : 0;
}

const struct backend backend_macvtap = {
	.type = INTERFACE_DIRECT,
	.check = macvtap_check,
	.make = macvtap_make,
	.describe = macvtap_describe,
	.mtu = macvtap_mtu,
};
