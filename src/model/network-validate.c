/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What must hold of a network whatever the host.
 *
 * The rules are those of libvirt's parser and of its virNetworkDefineXML, so
 * that what vifd accepts can be defined there. Some are stricter, because no host
 * could ever serve what they refuse (a name that no device can have), or would
 * serve something else than was written (an element that libvirt drops).
 *
 * A document may list thousands of things; what must be unique is found by
 * sorting.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "model/network-validate.h"
#include "util/parse.h"
#include "util/text.h"

int network_invalid(struct error *err, unsigned line, const char *format, ...)
{
	AUTO_FREE char *sentence = NULL;
	va_list args;

	va_start(args, format);
	sentence = text_format_va(format, args);
	va_end(args);
	if (!sentence)
		return error_oom(err);
	if (line)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "line %u: %s", line,
				 sentence);
	return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "%s", sentence);
}

static const char *mode_of(const struct network *network)
{
	return forward_mode_name(network->forward);
}

/* --- what may stand once --- */

typedef int compare_func(const void *a, const void *b);

static int compare_places(const void *a, const void *b, void *compare)
{
	const void *const *x = a, *const *y = b;
	int order = ((compare_func *)compare)(*x, *y);

	if (order)
		return order;
	return *x < *y ? -1 : *x > *y;
}

int network_find_repeated(const void *array, size_t n, size_t size, compare_func *compare,
			  const void **ret, const void **ret_earlier)
{
	AUTO_FREE const void **places = NULL;
	const void *repeated = NULL, *earlier = NULL;

	if (n > 1) {
		places = reallocarray(NULL, n, sizeof(*places));
		if (!places)
			return -ENOMEM;
		for (size_t i = 0; i < n; i++)
			places[i] = (const char *)array + i * size;
		qsort_r(places, n, sizeof(*places), compare_places, (void *)compare);
	}
	for (size_t i = 1; i < n; i++)
		if (compare(places[i - 1], places[i]) == 0 && (!repeated || places[i] < repeated)) {
			repeated = places[i];
			earlier = places[i - 1];
		}
	*ret = repeated;
	*ret_earlier = earlier;
	return 0;
}

/* --- the network and its <forward> --- */

static int validate_name(const struct network *network, struct error *err)
{
	const char *name = network->name;

	if (!name || !*name)
		return network_invalid(err, 0, "the network has no <name>");
	/* The name is also a file's name. */
	if (!strchr(name, '/') && !strchr(name, '\n') && name[0] != '.' && strlen(name) <= 200)
		return 0;
	return network_invalid(err, network->name_line,
			       "network name '%s' may not begin with '.', hold '/' or a line "
			       "break, or have more than 200 characters",
			       name);
}

static int compare_entries(const void *a, const void *b)
{
	const struct pool_entry *x = a, *y = b;

	return strcmp(x->dev, y->dev);
}

/* Those without one are all different. */
static int compare_addresses(const void *a, const void *b)
{
	const struct pool_entry *x = a, *y = b;

	if (!x->has_mac || !y->has_mac)
		return x->has_mac != y->has_mac ? x->has_mac - y->has_mac : x < y ? -1 : x > y;
	return memcmp(&x->mac, &y->mac, sizeof(x->mac));
}

/* An entry with an address means the interface that has it, whatever its name. */
static int validate_pool_addresses(const struct network *network, struct error *err)
{
	const struct pool_entry *entry;
	const void *repeated, *earlier;
	char text[MAC_TEXT_SIZE];

	if (network_find_repeated(network->pool, network->n_pool, sizeof(*entry), compare_addresses,
				  &repeated, &earlier) < 0)
		return error_oom(err);
	entry = repeated;
	if (!entry)
		return 0;
	mac_format(&entry->mac, text);
	return network_invalid(
		err, entry->line, "interface '%s' of network '%s' has the address %s of '%s'",
		entry->dev, network->name, text, ((const struct pool_entry *)earlier)->dev);
}

static int validate_pool(const struct network *network, struct error *err)
{
	const void *repeated, *earlier;
	const struct pool_entry *entry;

	for (size_t i = 0; i < network->n_pool; i++) {
		entry = &network->pool[i];
		if (!ifname_is_valid(entry->dev))
			return network_invalid(err, entry->line,
					       "interface '%s' of network '%s' %s", entry->dev,
					       network->name, ifname_wrong(entry->dev));
	}
	if (network_find_repeated(network->pool, network->n_pool, sizeof(*network->pool),
				  compare_entries, &repeated, &earlier) < 0)
		return error_oom(err);
	entry = repeated;
	if (!entry)
		return validate_pool_addresses(network, err);
	return network_invalid(err, entry->line,
			       "interface '%s' stands twice in the list of network '%s'",
			       entry->dev, network->name);
}

static int compare_functions(const void *a, const void *b)
{
	const struct pool_function *x = a, *y = b;

	if (x->domain != y->domain)
		return x->domain < y->domain ? -1 : 1;
	if (x->bus != y->bus)
		return x->bus < y->bus ? -1 : 1;
	if (x->slot != y->slot)
		return x->slot < y->slot ? -1 : 1;
	return (int)x->function - (int)y->function;
}

static int validate_functions(const struct network *network, struct error *err)
{
	const void *repeated, *earlier;
	const struct pool_function *function;

	if (network->n_functions == 0)
		return 0;
	if (network->forward != FORWARD_HOSTDEV)
		return network_invalid(err, network->functions[0].line,
				       "network '%s' has forward mode='%s'; devices can be listed "
				       "by PCI <address> only with mode='hostdev'",
				       network->name, mode_of(network));
	if (network_find_repeated(network->functions, network->n_functions,
				  sizeof(*network->functions), compare_functions, &repeated,
				  &earlier) < 0)
		return error_oom(err);
	function = repeated;
	if (!function)
		return 0;
	return network_invalid(err, function->line,
			       "PCI device %04x:%02x:%02x.%x stands twice in the list of network "
			       "'%s'",
			       function->domain, function->bus, function->slot,
			       (unsigned)function->function, network->name);
}

/* A network has its devices from one kind of list. */
static int validate_lists(const struct network *network, struct error *err)
{
	bool pool = network->n_pool > 0, functions = network->n_functions > 0;

	if (pool + functions + (network->pf != NULL) > 1)
		return network_invalid(err, network->forward_line,
				       "network '%s' can have one of <interface>, <address> and "
				       "<pf> in <forward>",
				       network->name);
	if (pool && network->forward == FORWARD_HOSTDEV)
		return network_invalid(err, network->pool[0].line,
				       "network '%s' has forward mode='hostdev' and lists "
				       "interface '%s'; it needs its devices by PCI <address>",
				       network->name, network->pool[0].dev);
	if (network->pf && network_is_managed(network))
		return network_invalid(err, network->pf_line,
				       "network '%s' has forward mode='%s', which uses no <pf "
				       "dev='%s'>",
				       network->name, mode_of(network), network->pf);
	if (network->pf && !ifname_is_valid(network->pf))
		return network_invalid(err, network->pf_line, "<pf dev='%s'> of network '%s' %s",
				       network->pf, network->name, ifname_wrong(network->pf));
	return 0;
}

/* Of a network that vifd makes itself: where its traffic may go. */
/* Names stand in quotes in the packet filter, where nft knows no escapes. */
static const char *filter_name_wrong(const char *name)
{
	return strpbrk(name, "\"*\\")
		       ? "holds a quote, an asterisk or a backslash: the packet filter cannot "
			 "name it"
		       : NULL;
}

static int validate_way_out(const struct network *network, struct error *err)
{
	enum forward_mode mode = network->forward;
	const char *wrong;

	if (!network_is_managed(network))
		return 0;
	if ((mode == FORWARD_NAT || mode == FORWARD_ROUTE) && network->n_ips == 0)
		return network_invalid(err, network->forward_line,
				       "network '%s' has forward mode='%s', which needs an <ip>",
				       network->name, mode_of(network));
	if (network->n_pool > 1)
		return network_invalid(err, network->pool[1].line,
				       "network '%s' has forward mode='%s', which can have one "
				       "interface; '%s' is the second",
				       network->name, mode_of(network), network->pool[1].dev);
	if (network->n_pool > 0 && (mode == FORWARD_OPEN || mode == FORWARD_ISOLATED))
		return network_invalid(err, network->pool[0].line,
				       "network '%s' has forward mode='%s', which uses no "
				       "interface; '%s' is one",
				       network->name, mode_of(network), network->pool[0].dev);
	wrong = network->n_pool > 0 ? filter_name_wrong(network->pool[0].dev) : NULL;
	if (wrong)
		return network_invalid(err, network->pool[0].line,
				       "interface '%s' of network '%s' %s", network->pool[0].dev,
				       network->name, wrong);
	return 0;
}

/* --- <bridge>, <mtu>, <mac> --- */

static int validate_bridge_name(const struct network *network, struct error *err)
{
	const char *name = network->bridge.name, *wrong;
	unsigned line = network->bridge.line;

	if (!name)
		return 0;
	wrong = network_is_managed(network) ? ifname_template_wrong(name) : ifname_wrong(name);
	if (!wrong && network_is_managed(network))
		wrong = filter_name_wrong(name);
	if (wrong)
		return network_invalid(err, line, "bridge '%s' of network '%s' %s", name,
				       network->name, wrong);
	if (network->forward == FORWARD_BRIDGE && (network->n_pool > 0 || network->pf))
		return network_invalid(err, line,
				       "network '%s' with forward mode='bridge' can have a bridge "
				       "name or a forward dev, not both",
				       network->name);
	if (network->forward > FORWARD_BRIDGE)
		return network_invalid(err, line,
				       "network '%s' has forward mode='%s', which uses no bridge; "
				       "'%s' is one",
				       network->name, mode_of(network), name);
	return 0;
}

static int not_of_its_own(const struct network *network, unsigned line, const char *what,
			  struct error *err)
{
	return network_invalid(err, line,
			       "network '%s' has forward mode='%s'; %s is possible only for a "
			       "network with a bridge of its own (mode nat, route, open or none)",
			       network->name, mode_of(network), what);
}

/* Settings of a bridge that vifd makes. No delay is no setting. */
static int validate_bridge_settings(const struct network *network, struct error *err)
{
	const struct network_bridge *bridge = &network->bridge;

	if (network->forward > FORWARD_BRIDGE && bridge->mac_table_manager != MAC_TABLE_UNSET)
		return network_invalid(err, bridge->line,
				       "network '%s' has forward mode='%s', which uses no bridge; "
				       "<bridge macTableManager='%s'> needs one",
				       network->name, mode_of(network),
				       mac_table_manager_name(bridge->mac_table_manager));
	if (network_is_managed(network))
		return 0;
	if (bridge->stp != TRISTATE_UNSET)
		return not_of_its_own(network, bridge->line, "<bridge stp=>", err);
	if (bridge->delay != 0)
		return not_of_its_own(network, bridge->line, "<bridge delay=>", err);
	if (bridge->zone)
		return not_of_its_own(network, bridge->line, "<bridge zone=>", err);
	if (network->mtu)
		return not_of_its_own(network, network->mtu_line, "<mtu>", err);
	if (network->has_mac)
		return not_of_its_own(network, network->mac_line, "<mac>", err);
	if (network->open_firewall)
		return not_of_its_own(network, network->open_firewall_line, "<vif:firewall open=>",
				      err);
	return 0;
}

/* One of the host, or of its own: there limits, and frames that are sent back, are possible. */
static bool has_bridge(const struct network *network)
{
	return network_is_managed(network) ||
	       (network->forward == FORWARD_BRIDGE && network->bridge.name);
}

static int compare_relays(const void *a, const void *b)
{
	const struct network_relay *x = a, *y = b;

	return strcmp(x->dev, y->dev);
}

static int validate_relay_devices(const struct network *network, struct error *err)
{
	const struct network_relay *relay;
	const void *repeated, *earlier;

	for (size_t i = 0; i < network->n_relays; i++) {
		relay = &network->relays[i];
		if (!ifname_is_valid(relay->dev))
			return network_invalid(err, relay->line,
					       "<vif:reflective-relay dev='%s'> %s", relay->dev,
					       ifname_wrong(relay->dev));
	}
	if (network_find_repeated(network->relays, network->n_relays, sizeof(*relay),
				  compare_relays, &repeated, &earlier) < 0)
		return error_oom(err);
	relay = repeated;
	if (!relay)
		return 0;
	return network_invalid(err, relay->line,
			       "<vif:reflective-relay dev='%s'> stands twice in network '%s'",
			       relay->dev, network->name);
}

/* Frames are sent back by a bridge's port. */
static int validate_relays(const struct network *network, struct error *err)
{
	unsigned line = network->n_relays > 0 ? network->relays[0].line : network->reflects_line;

	if ((network->n_relays > 0 || network->reflects_ports) && !has_bridge(network))
		return network_invalid(err, line,
				       "network '%s' has forward mode='%s' and no bridge, so that "
				       "<vif:reflective-relay> is not possible",
				       network->name, mode_of(network));
	return validate_relay_devices(network, err);
}

/* libvirt lets <dns><forwarder> pass. */
static int validate_addresses_wanted(const struct network *network, struct error *err)
{
	const struct network_dns *dns = &network->dns;

	if (network_is_managed(network))
		return 0;
	if (network->n_ips > 0)
		return not_of_its_own(network, network->ips[0].line, "<ip>", err);
	if (dns->n_txts > 0 || dns->n_srvs > 0 || dns->n_hosts > 0)
		return not_of_its_own(network, dns->line, "<dns>", err);
	if (network->domain.name)
		return not_of_its_own(network, network->domain.line, "<domain>", err);
	return 0;
}

/* --- what is asked for the ports --- */

static int validate_bandwidth(const struct network *network, const struct bandwidth *bandwidth,
			      struct error *err)
{
	if (!bandwidth_limits(bandwidth) || has_bridge(network))
		return 0;
	return network_invalid(err, bandwidth->line,
			       "network '%s' has forward mode='%s' and no bridge, so that "
			       "<bandwidth> is not possible",
			       network->name, mode_of(network));
}

/*
 * Tags are put on by the guest's device (vifd's guard does, or a virtual function
 * itself), or by Open vSwitch; not on a bridge that vifd makes, whose addresses are in no
 * VLAN. A typeless virtualport says nothing of that: the network's holds.
 */
static bool can_tag(const struct network *network, const struct virtualport *own)
{
	enum virtualport_type type = network->virtualport.type;

	if (own && own->type > VIRTUALPORT_TYPELESS)
		return network->forward == FORWARD_BRIDGE && own->type == VIRTUALPORT_OPENVSWITCH;
	if (network->forward == FORWARD_HOSTDEV || network->forward == FORWARD_PASSTHROUGH)
		return true;
	if (network->forward == FORWARD_BRIDGE && type == VIRTUALPORT_OPENVSWITCH)
		return true;
	return type == VIRTUALPORT_NONE && !network_is_managed(network);
}

static int validate_vlan(const struct network *network, const struct virtualport *own,
			 const struct vlan *vlan, struct error *err)
{
	if (vlan->n_tags == 0 || can_tag(network, own))
		return 0;
	return network_invalid(err, vlan->line,
			       "network '%s' has forward mode='%s' and a virtualport of type '%s', "
			       "which cannot have a <vlan>",
			       network->name, mode_of(network),
			       virtualport_type_name(own && own->type > VIRTUALPORT_TYPELESS
							     ? own->type
							     : network->virtualport.type));
}

static int validate_ports(const struct network *network, struct error *err)
{
	int r;

	if (network->virtualport.type == VIRTUALPORT_TYPELESS)
		return network_invalid(err, network->virtualport.line,
				       "<virtualport> of network '%s' lacks the attribute 'type'; "
				       "only one of a portgroup or an interface may",
				       network->name);
	r = validate_bandwidth(network, &network->bandwidth, err);
	return r < 0 ? r : validate_vlan(network, NULL, &network->vlan, err);
}

static int compare_portgroups(const void *a, const void *b)
{
	const struct portgroup *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int validate_portgroup(const struct network *network, const struct portgroup *group,
			      struct error *err)
{
	const struct vlan *vlan = group->vlan.n_tags > 0 ? &group->vlan : &network->vlan;
	int r = validate_bandwidth(network, &group->bandwidth, err);

	return r < 0 ? r : validate_vlan(network, &group->virtualport, vlan, err);
}

static int validate_portgroups(const struct network *network, struct error *err)
{
	const struct portgroup *group, *chosen = NULL;
	const void *repeated, *earlier;
	int r = 0;

	for (size_t i = 0; i < network->n_portgroups && r == 0; i++) {
		group = &network->portgroups[i];
		if (group->is_default && chosen)
			return network_invalid(err, group->line,
					       "network '%s' can have one default portgroup, not "
					       "both '%s' and '%s'",
					       network->name, chosen->name, group->name);
		if (group->is_default)
			chosen = group;
		r = validate_portgroup(network, group, err);
	}
	if (r < 0)
		return r;
	if (network_find_repeated(network->portgroups, network->n_portgroups, sizeof(*group),
				  compare_portgroups, &repeated, &earlier) < 0)
		return error_oom(err);
	group = repeated;
	if (!group)
		return 0;
	return network_invalid(err, group->line, "portgroup '%s' stands twice in network '%s'",
			       group->name, network->name);
}

int network_validate(const struct network *network, struct error *err)
{
	static int (*const rules[])(const struct network *, struct error *) = {
		validate_name,
		validate_functions,
		validate_pool,
		validate_lists,
		network_validate_nat,
		validate_bridge_name,
		validate_bridge_settings,
		validate_relays,
		network_validate_access,
		network_validate_tunnel,
		validate_way_out,
		network_validate_ips,
		network_validate_forwards,
		network_validate_routes,
		network_validate_dns,
		validate_addresses_wanted,
		validate_ports,
		validate_portgroups,
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rules) && r == 0; i++)
		r = rules[i](network, err);
	return r;
}
