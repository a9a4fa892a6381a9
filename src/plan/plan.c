/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <string.h>

#include "plan/plan.h"
#include "util/array.h"

struct plan_step *plan_add(struct plan *plan, enum action_kind kind)
{
	struct plan_step *step = array_add(&plan->steps, &plan->n_steps, sizeof(*step));

	if (!step)
		return NULL;
	step->action.kind = kind;
	step->first_undo = plan->n_undos;
	return step;
}

struct action *plan_undo(struct plan *plan, enum action_kind kind)
{
	struct action *undo = array_add(&plan->undos, &plan->n_undos, sizeof(*undo));
	struct plan_step *step = &plan->steps[plan->n_steps - 1];

	if (!undo)
		return NULL;
	*undo = step->action;
	undo->kind = kind;
	step->n_undos++;
	return undo;
}

void link_ref_set(struct link_ref *ref, const char *name, int ifindex)
{
	*ref = (struct link_ref){ .ifindex = ifindex };
	strncpy(ref->name, name, sizeof(ref->name) - 1);
}

bool plan_is_empty(const struct plan *plan)
{
	return plan->n_steps == 0;
}

bool plan_deletes(const struct plan *plan, int ifindex)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].action.kind == ACTION_DELETE_LINK &&
		    plan->steps[i].action.link.ifindex == ifindex)
			return true;
	return false;
}

/* What steps do to the guest; those that are not named do nothing to it. */
enum {
	CONNECTS = 1 << 0,
	PASSES_ON = 1 << 1, /* from here on its frames go the new way */
	CUTS = 1 << 2,
	OPENS = 1 << 3,
	SILENCES = 1 << 4,
};

static const unsigned effects[ACTION_KIND_COUNT] = {
	[ACTION_WIRE] = CONNECTS | PASSES_ON, [ACTION_SET_MASTER] = CONNECTS | PASSES_ON,
	[ACTION_REMAKE_TAP] = CONNECTS,       [ACTION_SET_DOWN] = CUTS,
	[ACTION_DELETE_LINK] = CUTS,          [ACTION_OPEN_MACVTAP] = OPENS,
	[ACTION_SILENCE] = SILENCES,
};

/* What comes after the change-over cuts nobody off: it is the old side that goes. */
struct plan_effect plan_effect(const struct plan *plan)
{
	unsigned all = 0;

	for (size_t i = 0; i < plan->n_steps; i++) {
		unsigned effect = effects[plan->steps[i].action.kind];

		all |= all & PASSES_ON ? effect & ~CUTS : effect;
	}
	return (struct plan_effect){
		.connects = all & CONNECTS,
		.cuts = all & CUTS,
		.opens = all & OPENS,
		.silences = all & SILENCES,
	};
}

static void print_mac(const struct action *action, struct text *text)
{
	char mac[MAC_TEXT_SIZE];

	mac_format(&action->mac, mac);
	text_add(text, "%s", mac);
}

/* What both kinds of new device say after their first words. */
static void print_new_link(const struct action *action, struct text *text)
{
	text_add(text, ", address ");
	print_mac(action, text);
	if (action->mtu)
		text_add(text, ", mtu %u", action->mtu);
	text_add(text, ", tag %s", action->tag);
}

static void print_queues(const struct action *action, struct text *text)
{
	text_add(text, "%u queue%s", action->queues, action->queues == 1 ? "" : "s");
}

static void print_add_macvtap(const struct action *action, struct text *text)
{
	text_add(text, "create macvtap %s on %s, mode %s", action->link.name, action->other.name,
		 direct_mode_name(action->mode));
	print_new_link(action, text);
	text_add(text, ", all multicast, no IPv6 address");
}

static void print_add_macvlan(const struct action *action, struct text *text)
{
	text_add(text, "create macvlan %s on %s, mode %s", action->link.name, action->other.name,
		 direct_mode_name(action->mode));
	print_new_link(action, text);
	text_add(text, action->host_ip ? ", for the host itself"
				       : ", all multicast, no IPv6 address, no ARP");
}

static void print_set_mode(const struct action *action, struct text *text)
{
	text_add(text, "change %s to mode %s", action->link.name, direct_mode_name(action->mode));
}

static void print_wire(const struct action *action, struct text *text)
{
	text_add(text, "wire tap %s and %s, both directions", action->link.name,
		 action->other.name);
}

static void print_unwire(const struct action *action, struct text *text)
{
	text_add(text, "unwire tap %s", action->link.name);
}

static void print_open_macvtap(const struct action *action, struct text *text)
{
	text_add(text, "open ");
	print_queues(action, text);
	text_add(text, " of macvtap %s, vnet header %s", action->link.name,
		 action->vnet_hdr ? "on" : "off");
}

/* What both ways to a tap say after their first word. */
static void print_tap(const struct action *action, struct text *text)
{
	text_add(text, " tap %s, ", action->link.name);
	print_queues(action, text);
	text_add(text, ", vnet header %s", action->vnet_hdr ? "on" : "off");
	print_new_link(action, text);
	if (action->owner != 0)
		text_add(text, ", for the user with the id %u", action->owner);
	if (!action->host_ip)
		text_add(text, ", no IPv6 address, no queueing");
}

static void print_add_tap(const struct action *action, struct text *text)
{
	text_add(text, "create");
	print_tap(action, text);
}

static void print_remake_tap(const struct action *action, struct text *text)
{
	text_add(text, "make again, on the guest's own fds,");
	print_tap(action, text);
}

static void print_persist_tap(const struct action *action, struct text *text)
{
	text_add(text, "keep tap %s for a VMM that opens it by name", action->link.name);
}

static void print_open_vhost(const struct action *action, struct text *text)
{
	text_add(text, "open /dev/vhost-net for ");
	print_queues(action, text);
}

static void print_set_mac(const struct action *action, struct text *text)
{
	text_add(text, "set address of %s to ", action->link.name);
	print_mac(action, text);
}

static void print_set_mtu(const struct action *action, struct text *text)
{
	text_add(text, "set mtu of %s to %u", action->link.name, action->mtu);
}

static void print_silence(const struct action *action, struct text *text)
{
	text_add(text, "take the host's IP addresses off %s", action->link.name);
}

static void print_set_up(const struct action *action, struct text *text)
{
	text_add(text, "set %s up", action->link.name);
}

static void print_set_down(const struct action *action, struct text *text)
{
	text_add(text, "set %s down", action->link.name);
}

static void print_set_master(const struct action *action, struct text *text)
{
	text_add(text, "make %s a port of bridge %s", action->link.name, action->other.name);
}

static void print_clear_master(const struct action *action, struct text *text)
{
	text_add(text, "take %s off bridge %s", action->link.name, action->other.name);
}

static void print_set_bridge_port(const struct action *action, struct text *text)
{
	const struct bridge_port *port = &action->bridge_port;

	text_add(text, "set port %s of its bridge: %sisolated, %slearning, %sflooding%s",
		 action->link.name, port->isolated ? "" : "not ", port->no_learning ? "no " : "",
		 port->no_flood ? "no " : "", port->reflects ? ", reflecting" : "");
}

static void print_set_vlans(const struct action *action, struct text *text)
{
	AUTO(vlan_set_done) struct vlan_set set = { 0 };

	text_add(text, "set VLANs of port %s of its bridge: ", action->link.name);
	if (vlan_set_make(&action->vlans.asked, action->vlans.pvid, &set) == 0)
		vlan_set_print(&set, text);
}

static void print_filter_vlans(const struct action *action, struct text *text)
{
	text_add(text, "let bridge %s filter VLANs", action->link.name);
}

static void print_end_filter_vlans(const struct action *action, struct text *text)
{
	text_add(text, "let bridge %s filter no VLANs", action->link.name);
}

static void print_add_static(const struct action *action, struct text *text)
{
	text_add(text, "add address ");
	print_mac(action, text);
	text_add(text, " to the table of %s's bridge, static", action->link.name);
}

static void print_delete_static(const struct action *action, struct text *text)
{
	text_add(text, "remove address ");
	print_mac(action, text);
	text_add(text, " from the table of %s's bridge", action->link.name);
}

static void print_bridge_settings(const struct action *action, struct text *text)
{
	text_add(text, "STP %s, delay %u.%02u s", action->bridge.stp ? "on" : "off",
		 action->bridge.delay_csec / 100, action->bridge.delay_csec % 100);
}

static void print_add_bridge(const struct action *action, struct text *text)
{
	text_add(text, "create bridge %s, ", action->link.name);
	print_bridge_settings(action, text);
	print_new_link(action, text);
}

static void print_set_bridge(const struct action *action, struct text *text)
{
	text_add(text, "change bridge %s to ", action->link.name);
	print_bridge_settings(action, text);
}

static void print_subnet(const struct address *address, unsigned prefix, struct text *text)
{
	char name[ADDRESS_TEXT_SIZE];

	address_format(address, name);
	text_add(text, "%s/%u", name, prefix);
}

static void print_add_address(const struct action *action, struct text *text)
{
	text_add(text, "add address ");
	print_subnet(&action->ip.address, action->ip.prefix, text);
	text_add(text, " to %s", action->link.name);
}

static void print_delete_address(const struct action *action, struct text *text)
{
	text_add(text, "delete address ");
	print_subnet(&action->ip.address, action->ip.prefix, text);
	text_add(text, " of %s", action->link.name);
}

static void print_route(const struct action *action, struct text *text)
{
	char gateway[ADDRESS_TEXT_SIZE];

	address_format(&action->ip.gateway, gateway);
	text_add(text, " route to ");
	print_subnet(&action->ip.address, action->ip.prefix, text);
	text_add(text, " via %s by %s, metric %u", gateway, action->link.name, action->ip.metric);
}

static void print_add_route(const struct action *action, struct text *text)
{
	text_add(text, "add");
	print_route(action, text);
}

static void print_delete_route(const struct action *action, struct text *text)
{
	text_add(text, "delete");
	print_route(action, text);
}

static void print_set_sysctl(const struct action *action, struct text *text)
{
	text_add(text, "set sysctl %s to %d", action->sysctl.path, action->sysctl.value);
}

static const struct {
	const char *name, *on, *off;
} services[] = {
	[SERVICE_FIREWALL] = { "packet filter", "packet filter on for", "packet filter off for" },
	[SERVICE_DNSMASQ] = { "dnsmasq", "start dnsmasq on", "stop dnsmasq on" },
};
_Static_assert(ARRAY_SIZE(services) == SERVICE_COUNT, "every service has its words");

const char *service_name(enum service_kind service)
{
	return services[service].name;
}

static void print_switch_service(const struct action *action, struct text *text)
{
	text_add(text, "%s %s",
		 action->service.on ? services[action->service.name].on
				    : services[action->service.name].off,
		 action->link.name);
}

static void filter_print(const struct action *action, struct text *text)
{
	const struct filter_ref *filter = &action->guard.filter;

	if (!filter->filter)
		return;
	if (security_checks(&action->guard.security) || action->guard.vlan.n_tags > 0)
		text_add(text, ", ");
	text_add(text, "filter %s", filter->filter);
	for (size_t i = 0; i < filter->n_parameters; i++)
		text_add(text, "%s%s=%s", i ? ", " : " (", filter->parameters[i].name,
			 filter->parameters[i].value);
	if (filter->n_parameters)
		text_add(text, ")");
}

static void print_set_guard(const struct action *action, struct text *text)
{
	text_add(text, "guard %s, ", action->link.name);
	print_mac(action, text);
	text_add(text, ": ");
	security_print(&action->guard.security, text);
	if (security_checks(&action->guard.security) && action->guard.vlan.n_tags > 0)
		text_add(text, "; ");
	vlan_print(&action->guard.vlan, text);
	filter_print(action, text);
}

static void print_clear_guard(const struct action *action, struct text *text)
{
	text_add(text, "take the guard off %s", action->link.name);
}

/* ", peak 2000 KiB/s, burst 64 KiB" */
static void print_limit(const struct bandwidth_limit *limit, struct text *text)
{
	text_add(text, "%" PRIu64 " KiB/s", limit->average);
	if (limit->peak)
		text_add(text, ", peak %" PRIu64 " KiB/s", limit->peak);
	if (limit->burst)
		text_add(text, ", burst %" PRIu64 " KiB", limit->burst);
}

static void print_set_rate(const struct action *action, struct text *text)
{
	text_add(text, "limit what goes out by %s to ", action->link.name);
	print_limit(&action->limit, text);
	if (action->shared)
		text_add(text, ", with room for floors");
}

static void print_set_floor(const struct action *action, struct text *text)
{
	text_add(text, "keep %" PRIu64 " KiB/s of what goes out by %s for ", action->limit.floor,
		 action->link.name);
	print_mac(action, text);
	text_add(text, ", class %u", action->class_id);
}

static void print_clear_floor(const struct action *action, struct text *text)
{
	text_add(text, "give back what of %s is kept as class %u", action->link.name,
		 action->class_id);
}

static void print_clear_rate(const struct action *action, struct text *text)
{
	text_add(text, "end the limit of what goes out by %s", action->link.name);
}

static void print_add_ifb(const struct action *action, struct text *text)
{
	text_add(text, "create ifb %s, tag %s, no IPv6 address, up", action->link.name,
		 action->tag);
}

static void print_detour(const struct action *action, struct text *text)
{
	text_add(text, "send what comes in by %s through %s first", action->link.name,
		 action->other.name);
}

static void print_end_detour(const struct action *action, struct text *text)
{
	text_add(text, "take what comes in by %s at once", action->link.name);
}

static void print_add_vxlan(const struct action *action, struct text *text)
{
	char group[ADDRESS_TEXT_SIZE];

	text_add(text, "create %s as %s", tunnel_text(action->tunnel).text, action->link.name);
	if (*action->other.name)
		text_add(text, " on %s", action->other.name);
	if (action->tunnel->group.family) {
		address_format(&action->tunnel->group, group);
		text_add(text, ", group %s", group);
	}
	if (action->tunnel->learning == TRISTATE_NO)
		text_add(text, ", no learning");
	text_add(text, ", mtu %u, tag %s, no IPv6 address", action->mtu, action->tag);
}

static void print_set_remotes(const struct action *action, struct text *text)
{
	const struct tunnel *tunnel = action->tunnel;

	text_add(text, "have %s send to ", action->link.name);
	if (tunnel->group.family)
		text_add(text, "its group");
	for (size_t i = 0; i < tunnel->n_remotes; i++) {
		char address[ADDRESS_TEXT_SIZE];

		address_format(&tunnel->remotes[i].address, address);
		text_add(text, "%s%s", i ? ", " : "", address);
		if (tunnel->remotes[i].n_macs > 0)
			text_add(text, " (%zu guest%s known)", tunnel->remotes[i].n_macs,
				 tunnel->remotes[i].n_macs == 1 ? "" : "s");
	}
}

static void print_delete_link(const struct action *action, struct text *text)
{
	text_add(text, "delete %s", action->link.name);
}

static void print_close_fds(const struct action *action, struct text *text)
{
	(void)action;
	text_add(text, "close them");
}

static void (*const printers[])(const struct action *action, struct text *text) = {
	[ACTION_ADD_MACVTAP] = print_add_macvtap,
	[ACTION_OPEN_MACVTAP] = print_open_macvtap,
	[ACTION_ADD_MACVLAN] = print_add_macvlan,
	[ACTION_SET_MODE] = print_set_mode,
	[ACTION_WIRE] = print_wire,
	[ACTION_UNWIRE] = print_unwire,
	[ACTION_ADD_TAP] = print_add_tap,
	[ACTION_REMAKE_TAP] = print_remake_tap,
	[ACTION_PERSIST_TAP] = print_persist_tap,
	[ACTION_OPEN_VHOST] = print_open_vhost,
	[ACTION_SET_MAC] = print_set_mac,
	[ACTION_SET_MTU] = print_set_mtu,
	[ACTION_SET_UP] = print_set_up,
	[ACTION_SILENCE] = print_silence,
	[ACTION_SET_DOWN] = print_set_down,
	[ACTION_SET_MASTER] = print_set_master,
	[ACTION_CLEAR_MASTER] = print_clear_master,
	[ACTION_SET_BRIDGE_PORT] = print_set_bridge_port,
	[ACTION_FILTER_VLANS] = print_filter_vlans,
	[ACTION_END_FILTER_VLANS] = print_end_filter_vlans,
	[ACTION_SET_VLANS] = print_set_vlans,
	[ACTION_ADD_STATIC] = print_add_static,
	[ACTION_DELETE_STATIC] = print_delete_static,
	[ACTION_ADD_BRIDGE] = print_add_bridge,
	[ACTION_SET_BRIDGE] = print_set_bridge,
	[ACTION_ADD_ADDRESS] = print_add_address,
	[ACTION_DELETE_ADDRESS] = print_delete_address,
	[ACTION_ADD_ROUTE] = print_add_route,
	[ACTION_DELETE_ROUTE] = print_delete_route,
	[ACTION_SET_SYSCTL] = print_set_sysctl,
	[ACTION_SWITCH_SERVICE] = print_switch_service,
	[ACTION_SET_GUARD] = print_set_guard,
	[ACTION_CLEAR_GUARD] = print_clear_guard,
	[ACTION_SET_RATE] = print_set_rate,
	[ACTION_SET_FLOOR] = print_set_floor,
	[ACTION_CLEAR_FLOOR] = print_clear_floor,
	[ACTION_CLEAR_RATE] = print_clear_rate,
	[ACTION_ADD_IFB] = print_add_ifb,
	[ACTION_DETOUR] = print_detour,
	[ACTION_END_DETOUR] = print_end_detour,
	[ACTION_ADD_VXLAN] = print_add_vxlan,
	[ACTION_SET_REMOTES] = print_set_remotes,
	[ACTION_DELETE_LINK] = print_delete_link,
	[ACTION_CLOSE_FDS] = print_close_fds,
};
_Static_assert(ARRAY_SIZE(printers) == ACTION_KIND_COUNT, "every action has a printer");

static void action_print(const struct action *action, struct text *text)
{
	printers[action->kind](action, text);
}

void plan_print(const struct plan *plan, struct text *text)
{
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];

		text_add(text, "%3zu. ", i + 1);
		action_print(&step->action, text);
		text_add(text, "\n");
		for (size_t j = 0; j < step->n_undos; j++) {
			text_add(text, "     undo: ");
			action_print(&plan->undos[step->first_undo + j], text);
			text_add(text, "\n");
		}
	}
}

void plan_print_line(const struct plan *plan, struct text *text)
{
	for (size_t i = 0; i < plan->n_steps; i++) {
		text_add(text, "%s", i ? "; " : "");
		action_print(&plan->steps[i].action, text);
	}
}

void plan_done(struct plan *plan)
{
	free(plan->steps);
	free(plan->undos);
	*plan = (struct plan){ 0 };
}
