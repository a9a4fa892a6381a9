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
 *
 * What the bridge does with the port (isolation, who fills its table of
 * addresses) is what the actual says, whoever set it to something else; unset
 * is what the kernel gives to a new port. The kernel forgets all of it when
 * the tap leaves. An address that vifd puts into the table is not in the
 * facts: it is put there again whenever the port's other settings are made,
 * and at a restart. The bridge's own settings are its owner's: VLAN filtering,
 * with which the uplink could do without promiscuous mode, is left alone.
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

static struct plan_step *add_port_step(const struct backend_request *request, enum action_kind kind,
				       struct plan *plan)
{
	const struct host_link *have = backend_have(request);
	struct plan_step *step = plan_add(plan, kind);

	if (step)
		link_ref_set(&step->action.link, request->ifname, have ? have->ifindex : 0);
	return step;
}

static int join_bridge(const struct backend_request *request, struct plan *plan)
{
	const struct host_link *bridge = bridge_base(request), *have = backend_have(request);
	const struct host_link *old = have ? facts_get(request->facts, have->master) : NULL;
	struct plan_step *step = add_port_step(request, ACTION_SET_MASTER, plan);

	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.other, bridge->name, bridge->ifindex);
	if (old)
		return tap_undo_bridge(request, plan);
	return plan_undo(plan, ACTION_CLEAR_MASTER) ? 0 : -ENOMEM;
}

/* `undone`: the port stays on the bridge if the plan fails. */
static int set_static(const struct backend_request *request, enum action_kind kind, bool undone,
		      struct plan *plan)
{
	struct plan_step *step = add_port_step(request, kind, plan);

	if (!step)
		return -ENOMEM;
	step->action.mac = request->interface->mac;
	if (undone &&
	    !plan_undo(plan, kind == ACTION_ADD_STATIC ? ACTION_DELETE_STATIC : ACTION_ADD_STATIC))
		return -ENOMEM;
	return 0;
}

static int set_flags(const struct backend_request *request, struct bridge_port now,
		     struct bridge_port wanted, bool undone, struct plan *plan)
{
	struct plan_step *step;
	struct action *undo;

	if (bridge_port_equal(now, wanted))
		return 0;
	step = add_port_step(request, ACTION_SET_BRIDGE_PORT, plan);
	if (!step)
		return -ENOMEM;
	step->action.bridge_port = wanted;
	if (!undone)
		return 0;
	undo = plan_undo(plan, ACTION_SET_BRIDGE_PORT);
	if (!undo)
		return -ENOMEM;
	undo->bridge_port = now;
	return 0;
}

/*
 * `joins`: it is no port of the bridge yet. The address is known before the
 * bridge stops to flood and to learn, and forgotten after it began to: so that
 * a guest that is there misses nothing.
 */
static int set_port(const struct backend_request *request, bool joins, struct plan *plan)
{
	const struct actual *actual = request->actual;
	bool fixed = actual->mac_table_manager == MAC_TABLE_LIBVIRT;
	const struct bridge_port wanted = {
		.isolated = actual->isolated == TRISTATE_YES,
		.no_learning = fixed,
		.no_flood = fixed,
	};
	struct bridge_port now = { 0 };
	int r = 0;

	if (!joins)
		now = backend_have(request)->bridge_port;
	if (fixed && (joins || request->rewire || !bridge_port_equal(now, wanted)))
		r = set_static(request, ACTION_ADD_STATIC, !joins && !now.no_flood, plan);
	if (r == 0)
		r = set_flags(request, now, wanted, !joins, plan);
	if (r == 0 && !fixed && now.no_flood)
		r = set_static(request, ACTION_DELETE_STATIC, true, plan);
	return r;
}

static int bridge_host(const struct backend_request *request, struct plan *plan)
{
	const struct host_link *bridge = bridge_base(request), *have = backend_have(request);
	bool joins = !have || have->master != bridge->ifindex;
	int r = 0;

	if (joins)
		r = join_bridge(request, plan);
	if (r == 0)
		r = set_port(request, joins, plan);
	/* While the tap is wired its frames do not reach the bridge: this is the change-over. */
	if (r == 0 && (joins || request->rewire))
		r = tap_unwire(request, plan);
	return r < 0 ? r : backend_drop_sides(request, request->side > 0, plan);
}

static void bridge_describe(const struct actual *actual, struct text *text)
{
	text_add(text, "a tap on bridge %s%s", actual->bridge,
		 actual->isolated == TRISTATE_YES ? ", isolated" : "");
}

const struct backend backend_bridge = {
	.check = bridge_check,
	.guest = bridge_guest,
	.host = bridge_host,
	.finish = tap_finish,
	.describe = bridge_describe,
	.base = bridge_base,
};
