/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "backends/side.h"
#include "resolve/diagnose.h"
#include "resolve/foreign-filter.h"
#include "resolve/resolve.h"
#include "util/array.h"
#include "util/parse.h"
#include "util/text.h"

enum {
	TRICKLE_KIBPS = 2, /* a limit of so much or less: a frame of usual size takes a second */
};

static const char *const verdict_names[] = {
	[VERDICT_WORKS] = "works",
	[VERDICT_FAILS] = "fails",
	[VERDICT_UNKNOWN] = "unknown",
};
_Static_assert(ARRAY_SIZE(verdict_names) == VERDICT_COUNT, "every verdict has a name");

const char *verdict_name(enum verdict verdict)
{
	return verdict_names[verdict];
}

const struct station *diagnosis_cause(const struct diagnosis *diagnosis)
{
	for (size_t i = 0; i < diagnosis->n; i++)
		if (diagnosis->stations[i].verdict == VERDICT_FAILS)
			return &diagnosis->stations[i];
	return NULL;
}

void diagnosis_done(struct diagnosis *diagnosis)
{
	for (size_t i = 0; i < diagnosis->n; i++) {
		free(diagnosis->stations[i].text);
		free(diagnosis->stations[i].remedy);
	}
	free(diagnosis->stations);
	*diagnosis = (struct diagnosis){ 0 };
}

/* What all stations look at. */
struct way {
	const struct diagnose_request *request;
	const struct port *port;
	const struct facts *facts;
	const struct host_side *host;
	const struct host_link *device, *side, *base; /* each may be NULL */
	const char *station;                          /* the one that is being looked at */
	struct diagnosis diagnosis;
	bool failed; /* out of memory */
};

static void tell(struct way *way, enum verdict verdict, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void tell(struct way *way, enum verdict verdict, const char *format, ...)
{
	struct diagnosis *diagnosis = &way->diagnosis;
	struct station *station = array_add(&diagnosis->stations, &diagnosis->n, sizeof(*station));
	va_list args;

	if (!station) {
		way->failed = true;
		return;
	}
	station->name = way->station;
	station->verdict = verdict;
	va_start(args, format);
	station->text = text_format_va(format, args);
	va_end(args);
	way->failed |= !station->text;
}

/* What helps, of what was told last. */
static void help(struct way *way, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void help(struct way *way, const char *format, ...)
{
	struct station *station;
	va_list args;

	if (way->failed)
		return;
	station = &way->diagnosis.stations[way->diagnosis.n - 1];
	va_start(args, format);
	station->remedy = text_format_va(format, args);
	va_end(args);
	way->failed |= !station->remedy;
}

static bool is_bridge(const struct host_link *link)
{
	return link && !strcmp(link->kind, "bridge");
}

const struct host_link *diagnose_next_uplink(const struct facts *facts,
					     const struct host_link *base,
					     const struct host_link *last)
{
	size_t i = last ? (size_t)(last - facts->links) + 1 : 0;

	if (!is_bridge(base))
		return last ? NULL : base;
	for (; i < facts->n_links; i++)
		if (facts->links[i].master == base->ifindex &&
		    strcmp(facts->links[i].kind, "tun") != 0)
			return &facts->links[i];
	return NULL;
}

const struct host_link *diagnose_side(const struct facts *facts, const struct port *port)
{
	char tag[PORT_SIDE_TAG_SIZE];

	port_side_tag(&port->uuid, port->side, tag);
	return facts_find(facts, tag);
}

/* --- the guest's end ---------------------------------------------------------------------- */

static void look_at_port(struct way *way)
{
	const struct port *port = way->port;

	switch (port->state) {
	case PORT_CONNECTED:
		tell(way, VERDICT_WORKS, "port %s is connected to %s", port->name,
		     way->base ? way->base->name : "what the VMM has");
		break;
	case PORT_WAITING:
		tell(way, VERDICT_FAILS, "port %s waits: %s", port->name,
		     port->reason ?: "what it stands on is not there");
		help(way, "it connects by itself as soon as that has changed");
		break;
	case PORT_FAILED:
		tell(way, VERDICT_FAILS, "port %s has failed: %s", port->name,
		     port->reason ?: "nobody knows why");
		break;
	default:
		tell(way, VERDICT_UNKNOWN, "port %s is %s", port->name,
		     port_state_name(port->state));
		break;
	}
}

static bool is_asked_down(const struct way *way)
{
	return way->port->interface->link == LINK_STATE_DOWN;
}

static void look_at_guest(struct way *way)
{
	const struct way_counts *counts = &way->request->counts;
	const struct host_link *device = way->device;
	const struct port *port = way->port;

	if (is_asked_down(way)) {
		tell(way, VERDICT_FAILS, "the link of port %s is down, as was asked", port->name);
		help(way, "vif set %s link=up", port->name);
	} else if (way->request->vmm_stopped) {
		tell(way, VERDICT_FAILS, "process %d, the VMM of port %s, is stopped",
		     (int)port->owner.pid, port->name);
		help(way, "kill -CONT %d", (int)port->owner.pid);
	} else if (device && device->up && !device->carrier && !guest_side_stands(port->type)) {
		tell(way, VERDICT_FAILS, "no process has %s open: the guest's VMM does not hold it",
		     device->name);
		help(way, "start the guest with %s as its device", device->name);
	} else if (counts->device && counts->lost > 0 && counts->got == 0) {
		tell(way, VERDICT_FAILS,
		     "the guest takes nothing: %llu frames for it were dropped at %s, which is "
		     "full",
		     (unsigned long long)counts->lost, device->name);
		help(way, "look whether the guest is paused, or its NIC without a driver");
	} else if (counts->device && counts->sent > 0) {
		tell(way, VERDICT_WORKS, "the guest sends");
	} else if (way->request->watched_usec > 0) {
		tell(way, VERDICT_UNKNOWN,
		     "nothing came from the guest in %.1f s: whether it could send is not known",
		     (double)way->request->watched_usec / 1e6);
		help(way, "send something in the guest meanwhile (ping)");
	}
}

static void look_at_device(struct way *way)
{
	const struct host_link *device = way->device;

	if (!device) {
		tell(way, VERDICT_FAILS, "the device of port %s is not there", way->port->name);
	} else if (device->up) {
		tell(way, VERDICT_WORKS, "%s is up", device->name);
	} else if (!is_asked_down(way)) {
		tell(way, VERDICT_FAILS, "%s is down", device->name);
		help(way, "ip link set %s up", device->name);
	}
}

/* --- what the port is asked to be ----------------------------------------------------------- */

/* What a guest drops that has the wrong address; the other rules drop what it can do without. */
static bool cuts_off(const char *rule)
{
	static const char *const rules[] = { "mac", "arp", "ipv4" };

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (streq(rule, rules[i]))
			return true;
	return false;
}

static uint64_t all_drops(const struct diagnose_request *request, const struct way_drop **ret_most)
{
	uint64_t frames = 0;

	*ret_most = NULL;
	for (size_t i = 0; i < request->n_drops; i++) {
		const struct way_drop *drop = &request->drops[i];

		frames += drop->frames;
		if (!*ret_most || (cuts_off(drop->rule) && !cuts_off((*ret_most)->rule)))
			*ret_most = drop;
	}
	return frames;
}

/* Does nothing of what the guest has sent get past its guard? */
static bool drops_everything(const struct diagnose_request *request, uint64_t dropped)
{
	const struct way_counts *counts = &request->counts;

	if (!counts->device || counts->sent == 0 || dropped < counts->sent)
		return false;
	return counts->side ? counts->side_sent == 0 : counts->base && counts->left == 0;
}

static void look_at_guard(struct way *way)
{
	const struct diagnose_request *request = way->request;
	const struct way_drop *most;
	uint64_t dropped = all_drops(request, &most);

	if (!resolve_is_guarded(way->port, way->facts) || !way->device)
		return;
	if (!request->guarded) {
		tell(way, VERDICT_FAILS, "%s has no guard, without which nothing is to pass",
		     way->device->name);
	} else if (most && (cuts_off(most->rule) || drops_everything(request, dropped))) {
		tell(way, VERDICT_FAILS,
		     "the guard drops what the guest sends: %llu frames by the rule %s in %.1f s",
		     (unsigned long long)most->frames, most->rule,
		     (double)request->watched_usec / 1e6);
		help(way, "vif security show %s tells what passes", way->port->name);
	} else if (most) {
		tell(way, VERDICT_WORKS, "the guard has dropped %llu frames by the rule %s only",
		     (unsigned long long)most->frames, most->rule);
	} else if (request->watched_usec == 0) {
		tell(way, VERDICT_WORKS, "%s has its guard", way->device->name);
	} else {
		tell(way, VERDICT_WORKS, "the guard has dropped nothing meanwhile");
	}
}

static bool is_trickle(const struct bandwidth_limit *limit)
{
	return limit->set && limit->average > 0 && limit->average <= TRICKLE_KIBPS;
}

static void look_at_limits(struct way *way)
{
	const struct bandwidth *bandwidth = &way->port->actual.bandwidth;
	bool out = is_trickle(&bandwidth->outbound);

	if (!out && !is_trickle(&bandwidth->inbound))
		return;
	tell(way, VERDICT_FAILS, "what the guest %s is limited to %llu KiB/s",
	     out ? "sends" : "gets",
	     (unsigned long long)(out ? bandwidth->outbound.average : bandwidth->inbound.average));
	help(way, "vif set %s %s=0 lifts it", way->port->name, out ? "outbound" : "inbound");
}

static void look_at_address(struct way *way)
{
	const struct port *twin = way->request->twin;
	char mac[MAC_TEXT_SIZE];

	mac_format(port_mac(way->port), mac);
	if (way->request->base_has_mac && way->base)
		tell(way, VERDICT_FAILS, "%s has the guest's own address, %s, too", way->base->name,
		     mac);
	else if (twin && way->request->reader && twin->owner.uid != *way->request->reader)
		tell(way, VERDICT_FAILS, "another port there has the address %s too", mac);
	else if (twin)
		tell(way, VERDICT_FAILS, "port %s there has the address %s too", twin->name, mac);
	else
		return;
	help(way, "one of the two has to get another address");
}

/* --- the host's side --------------------------------------------------------------------- */

static bool vlan_set_has(const struct vlan_set *set, uint16_t vlan)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->ranges[i].first <= vlan && vlan <= set->ranges[i].last)
			return true;
	return false;
}

/* The VLAN of what the guest sends without a tag; 0: none. */
static uint16_t vlan_of(const struct host_link *device)
{
	for (size_t i = 0; i < device->vlans.n; i++)
		if (device->vlans.ranges[i].pvid)
			return device->vlans.ranges[i].first;
	return 0;
}

static void look_at_vlan(struct way *way)
{
	const struct host_link *uplink = NULL, *first = NULL;
	uint16_t vlan = vlan_of(way->device);

	if (!way->base->filters_vlans || !vlan)
		return;
	while ((uplink = diagnose_next_uplink(way->facts, way->base, uplink))) {
		if (vlan_set_has(&uplink->vlans, vlan))
			return;
		first = first ?: uplink;
	}
	if (!first)
		return;
	tell(way, VERDICT_FAILS,
	     "%s is in VLAN %u of bridge %s, and %s, by which that leads on, is not",
	     way->device->name, vlan, way->base->name, first->name);
	help(way, "bridge vlan add dev %s vid %u", first->name, vlan);
}

static void look_at_membership(struct way *way)
{
	const struct host_link *device = way->device, *bridge = way->base;

	if (!bridge->up) {
		tell(way, VERDICT_FAILS, "bridge %s is down", bridge->name);
		help(way, "ip link set %s up", bridge->name);
	} else if (device->master != bridge->ifindex) {
		tell(way, VERDICT_FAILS, "%s is not a port of bridge %s", device->name,
		     bridge->name);
		help(way, "ip link set %s master %s", device->name, bridge->name);
	} else if (device->disabled && device->up && device->carrier) {
		tell(way, VERDICT_FAILS, "%s is switched off at bridge %s", device->name,
		     bridge->name);
		help(way, "bridge link set dev %s state 3", device->name);
	} else if (device->held_back) {
		tell(way, VERDICT_FAILS,
		     "the spanning tree of bridge %s does not let the frames of %s pass",
		     bridge->name, device->name);
		help(way, "wait for its delay, or: ip link set %s type bridge stp_state 0",
		     bridge->name);
	} else {
		tell(way, VERDICT_WORKS, "%s is a port of bridge %s, which passes its frames on",
		     device->name, bridge->name);
		if (device->bridge_port.isolated)
			help(way,
			     "it is isolated: it does not reach others that are, as was asked");
	}
	look_at_vlan(way);
}

static void look_at_wire(struct way *way)
{
	const struct way_counts *counts = &way->request->counts;
	const struct host_link *device = way->device, *side = way->side;
	const struct way_drop *most;

	if (!side) {
		tell(way, VERDICT_FAILS, "the macvlan behind %s is not there", device->name);
	} else if (!side->up) {
		tell(way, VERDICT_FAILS, "%s, behind %s, is down", side->name, device->name);
		help(way, "ip link set %s up", side->name);
	} else if (counts->device && counts->side && counts->sent > 0 && counts->side_sent == 0 &&
		   all_drops(way->request, &most) == 0) {
		tell(way, VERDICT_FAILS,
		     "%llu frames of the guest arrived at %s, and none left by %s behind it",
		     (unsigned long long)counts->sent, device->name, side->name);
		help(way, "tc filter show dev %s ingress tells who takes them", device->name);
	} else if (counts->side && counts->side_sent > 0) {
		tell(way, VERDICT_WORKS, "what the guest sends leaves %s by %s", device->name,
		     side->name);
	} else {
		tell(way, VERDICT_WORKS, "%s is up, behind %s", side->name, device->name);
	}
}

static void look_at_side(struct way *way)
{
	if (!way->device || !way->base || way->port->state != PORT_CONNECTED)
		return;
	if (is_bridge(way->base) && !way->host->on_interface)
		look_at_membership(way);
	else if (way->host->wired && !guest_side_stands(way->port->type))
		look_at_wire(way);
}

/* --- the host interface ------------------------------------------------------------------ */

static const struct host_link *first_down(struct way *way)
{
	const struct host_link *uplink = NULL, *down = NULL;

	while ((uplink = diagnose_next_uplink(way->facts, way->base, uplink))) {
		if (uplink->up)
			return NULL;
		down = down ?: uplink;
	}
	return down;
}

static void look_at_mtu(struct way *way)
{
	const struct interface *interface = way->port->interface;
	unsigned mtu = way->device ? interface_guest_mtu(interface, way->device->mtu) : 0;
	const struct host_link *uplink = NULL, *widest = NULL;

	/* Its device may have followed the host interface; the guest was told before. */
	mtu = interface->mtu > mtu ? interface->mtu : mtu;
	while ((uplink = diagnose_next_uplink(way->facts, way->base, uplink)))
		if (!widest || uplink->mtu > widest->mtu)
			widest = uplink;
	if (!widest || widest->mtu >= mtu)
		return;
	tell(way, VERDICT_FAILS,
	     "%s has mtu %u, less than the guest's %u: longer frames are lost there", widest->name,
	     widest->mtu, mtu);
	help(way, "ip link set %s mtu %u, or <mtu size='%u'/> in the guest's interface",
	     widest->name, mtu, widest->mtu);
}

static void look_at_nic(struct way *way)
{
	const struct way_counts *counts = &way->request->counts;
	const struct host_link *down, *dead, *uplink;

	if (!way->base || way->port->actual.managed)
		return;
	uplink = diagnose_next_uplink(way->facts, way->base, NULL);
	down = first_down(way);
	dead = facts_without_carrier(way->facts, way->base);
	if (!uplink) {
		tell(way, VERDICT_UNKNOWN, "bridge %s has no port that leads out of this host",
		     way->base->name);
		return;
	}
	if (down) {
		tell(way, VERDICT_FAILS, "%s is down", down->name);
		help(way, "ip link set %s up", down->name);
		return;
	}
	if (dead) {
		tell(way, VERDICT_FAILS, "%s has no carrier", dead->name);
		help(way, "look at its cable, and at the switch behind it");
		return;
	}
	look_at_mtu(way);
	if (counts->base && counts->sent > 0 && counts->left == 0)
		tell(way, VERDICT_UNKNOWN,
		     "frames of the guest arrive at %s, and none has left by %s: they may be for "
		     "others on this host",
		     way->device ? way->device->name : way->port->name, uplink->name);
	else
		tell(way, VERDICT_WORKS, "%s is up and has a carrier", uplink->name);
}

static void look_at_far_end(struct way *way)
{
	const struct far_end *far_end = way->request->far_end;
	const struct host_link *uplink;

	if (!far_end || !way->base || far_end->second_mac != TRISTATE_NO)
		return;
	uplink = diagnose_next_uplink(way->facts, way->base, NULL);
	if (!uplink)
		return;
	tell(way, VERDICT_FAILS,
	     "at the other end of %s no other address passes than the one of %s, as it was probed",
	     uplink->name, uplink->name);
	help(way, "vif probe %s; a network with <forward mode='nat'/> or 'route' serves there",
	     uplink->name);
}

/* --- networks that vifd makes, and filters of others --------------------------------------- */

static bool has_family(const struct network *network, int family)
{
	for (size_t i = 0; i < network->n_ips; i++)
		if (network->ips[i].address.family == family)
			return true;
	return false;
}

static void look_at_network(struct way *way)
{
	const struct network *network = way->request->network;

	if (!network)
		return;
	if (way->request->problem)
		tell(way, VERDICT_FAILS, "network %s: %s", network->name, way->request->problem);
	else
		tell(way, VERDICT_WORKS, "nothing is known to be wrong with network %s",
		     network->name);
}

static void look_at_lease(struct way *way)
{
	switch (way->request->leased) {
	case TRISTATE_YES:
		tell(way, VERDICT_WORKS, "the guest has got its address from vifd's dnsmasq");
		break;
	case TRISTATE_NO:
		tell(way, VERDICT_UNKNOWN,
		     "the guest has no address from vifd's dnsmasq: it has not asked, or has set "
		     "one itself");
		break;
	default:
		break;
	}
}

static bool has_default_route(const struct host_ip *ip)
{
	for (size_t i = 0; i < ip->n_routes; i++)
		if (ip->routes[i].destination.family == AF_INET &&
		    host_route_is_default(&ip->routes[i]))
			return true;
	return false;
}

static void look_at_forwarding(struct way *way)
{
	const struct network *network = way->request->network;
	const struct host_ip *ip = &way->facts->ip;

	if (!network || network->forward == FORWARD_ISOLATED || !way->facts->has_ip)
		return;
	if (has_family(network, AF_INET) && !ip->forward_ipv4) {
		tell(way, VERDICT_FAILS,
		     "this host does not pass on IPv4: net.ipv4.ip_forward is 0");
		help(way, "sysctl -w net.ipv4.ip_forward=1");
	} else if (has_family(network, AF_INET6) && !ip->forward_ipv6) {
		tell(way, VERDICT_FAILS,
		     "this host does not pass on IPv6: net.ipv6.conf.all.forwarding is 0");
		help(way, "sysctl -w net.ipv6.conf.all.forwarding=1");
	} else if (has_family(network, AF_INET) && !has_default_route(ip)) {
		tell(way, VERDICT_UNKNOWN,
		     "this host has no default route in its main table: guests reach what it has "
		     "other routes to");
	} else {
		tell(way, VERDICT_WORKS, "this host passes on what its guests send");
	}
}

/* On a bridge of the host's guests speak what they like, and the host passes on nothing else. */
static bool concerns(const struct diagnose_request *request, const struct host_filter *filter)
{
	if (filter->opened)
		return false;
	return request->network || (filter->forward && request->filters->bridged);
}

/* The first line of what there is to say of the filter; "" where it is in nobody's way. Or NULL. */
static char *line_of_filter(const struct way *way, const struct host_filter *filter)
{
	struct network_ip ips[] = { { .address.family = AF_INET }, { .address.family = AF_INET6 } };
	struct network bridged = { .ips = ips, .n_ips = ARRAY_SIZE(ips) };
	struct host_filter copy = *filter;
	struct host_filters one = { &copy, 1, way->request->filters->bridged };
	AUTO_TEXT struct text text = TEXT_INIT;
	char *line;

	foreign_filter_tell(&one, way->request->network ?: &bridged, way->base->name, &text);
	if (text_take(&text, &line) < 0)
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return line;
}

static bool tell_filters(struct way *way, bool unclear, enum verdict verdict)
{
	const struct host_filters *filters = way->request->filters;

	for (size_t i = 0; i < filters->n; i++) {
		const struct host_filter *filter = &filters->items[i];
		AUTO_FREE char *line = NULL;

		if (filter->unclear != unclear || !concerns(way->request, filter))
			continue;
		line = line_of_filter(way, filter);
		if (!line || *line) {
			tell(way, verdict, "%s", line ?: "");
			way->failed |= !line;
			return true;
		}
	}
	return false;
}

static void look_at_filters(struct way *way)
{
	if (!way->request->filters || !is_bridge(way->base))
		return;
	if (tell_filters(way, false, VERDICT_FAILS) || tell_filters(way, true, VERDICT_UNKNOWN))
		return;
	tell(way, VERDICT_WORKS, "no packet filter of others is in the way");
}

/* In the order of a guest's frame. */
static const struct {
	const char *name;
	void (*look)(struct way *way);
} stations[] = {
	{ "port", look_at_port },
	{ "guest", look_at_guest },
	{ "device", look_at_device },
	{ "guard", look_at_guard },
	{ "limits", look_at_limits },
	{ "address", look_at_address },
	{ "host side", look_at_side },
	{ "host interface", look_at_nic },
	{ "other end", look_at_far_end },
	{ "network", look_at_network },
	{ "DHCP", look_at_lease },
	{ "forwarding", look_at_forwarding },
	{ "packet filters", look_at_filters },
};

int diagnose(const struct diagnose_request *request, struct diagnosis *ret_diagnosis,
	     struct error *err)
{
	struct way way = {
		.request = request,
		.port = request->port,
		.facts = request->facts,
		.host = host_side_of(&request->port->actual),
		.device = guest_side_find(request->facts, &request->port->uuid),
		.side = diagnose_side(request->facts, request->port),
		.base = resolve_base(request->port, request->facts),
	};

	for (size_t i = 0; i < ARRAY_SIZE(stations) && !way.failed; i++) {
		way.station = stations[i].name;
		stations[i].look(&way);
	}
	if (way.failed) {
		diagnosis_done(&way.diagnosis);
		return error_oom(err);
	}
	*ret_diagnosis = way.diagnosis;
	return 0;
}
