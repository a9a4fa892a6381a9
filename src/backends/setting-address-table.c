/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <bridge macTableManager='libvirt'/>: the bridge's table of addresses holds the
 * guest's own, and nothing is learned or flooded for it.
 *
 * An address that is in the table is not in the facts: it is put there again
 * whenever the port's other settings are made, and at a restart. It is there once for each
 * VLAN that the port is in when it is put there. The kernel
 * forgets it when the port leaves the bridge.
 */
#include "backends/kinds.h"
#include "backends/setting.h"

static bool address_table_is_asked(const struct actual *actual)
{
	return actual->mac_table_manager == MAC_TABLE_LIBVIRT;
}

/* Only what stands on a bridge has it: host_side_place() takes it from the network's. */
static int address_table_check(const struct actual *actual, const struct carries *carries,
			       struct error *err)
{
	(void)actual;
	(void)carries;
	(void)err;
	return 0;
}

static void address_table_bridge_port(const struct actual *actual, struct bridge_port *port)
{
	port->no_learning = port->no_flood = address_table_is_asked(actual);
}

static int set_static(const struct setting_place *place, enum action_kind kind, bool undone,
		      struct plan *plan)
{
	struct plan_step *step = side_add_step(place->request->asker, kind, plan);

	if (!step)
		return -ENOMEM;
	step->action.mac = *place->request->asker->mac;
	if (undone &&
	    !plan_undo(plan, kind == ACTION_ADD_STATIC ? ACTION_DELETE_STATIC : ACTION_ADD_STATIC))
		return -ENOMEM;
	return 0;
}

/*
 * The address is known before the bridge stops to flood and to learn, and
 * forgotten after it began to: so that a guest that is there misses nothing.
 */
static int address_table_steps(const struct setting_place *place, enum setting_when when,
			       struct plan *plan)
{
	bool changes = place->fresh || place->request->rewire || place->other_vlans ||
		       !bridge_port_equal(place->now, place->wanted);

	/* The kernel keeps it in a VLAN that the port has left. */
	if (when == SETTING_VLANS && place->now.no_flood)
		return set_static(place, ACTION_DELETE_STATIC, true, plan);
	if (when == SETTING_HOST && place->wanted.no_flood && changes)
		return set_static(place, ACTION_ADD_STATIC,
				  !place->fresh && (!place->now.no_flood || place->other_vlans),
				  plan);
	if (when == SETTING_CHANGE && !place->wanted.no_flood && place->now.no_flood)
		return set_static(place, ACTION_DELETE_STATIC, true, plan);
	return 0;
}

/* There before the bridge stops to flood again. */
static int address_table_restore(const struct asker *asker, struct plan *plan)
{
	struct action *undo;

	if (!asker->have->bridge_port.no_flood)
		return 0;
	undo = plan_undo(plan, ACTION_ADD_STATIC);
	if (!undo)
		return -ENOMEM;
	undo->mac = *asker->mac;
	return 0;
}

const struct setting setting_address_table = {
	.name = "<bridge macTableManager='libvirt'>",
	.is_asked = address_table_is_asked,
	.check = address_table_check,
	.steps = address_table_steps,
	.restore = address_table_restore,
	.bridge_port = address_table_bridge_port,
};
