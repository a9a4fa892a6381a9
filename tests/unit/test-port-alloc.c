/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a real libvirt answered when ports were made on its networks, row by
 * row, against resolve_place(): once by libvirt's rule (strict), once by ours.
 *
 * A row is a case (the network), a step (what is asked of it) and libvirt's
 * answer. Rows of one case are one story: its ports stay. An answer is libvirt's
 * <networkport> without its head, an error, or counts. Where ours is another it
 * stands in the table of deviations, with the reason. An error is the same if
 * ours has libvirt's words, or those of the table of own words.
 */
#include "corpus.h"

#include "backends/usage.h"
#include "resolve/resolve.h"
#include "util/array.h"
#include "util/parse.h"

/* --- where we judge otherwise on purpose --- */

enum rule {
	RULE_BOTH,
	RULE_DEFAULT, /* only where the portgroup overrides the network */
};

static const struct {
	const char *title, *step; /* how they begin */
	const char *ours;         /* how our answer begins */
	enum rule rule;
	const char *why;
} deviations[] = {
	{ "private, Qbh first then plain", "plain allocate",
	  "ERR network 'o': e0 is taken alone (private with 802.1Qbh) by port1 (a port)", RULE_BOTH,
	  "a device that is held exclusively stays so, whoever comes later" },
	{ "private, Qbh first then plain", "counters", "net=1 e0=1", RULE_BOTH, "the same" },
	{ "no default portgroup", "group missing",
	  "ERR network 'o' has no portgroup 'missing'; it has 'a', 'b'", RULE_BOTH,
	  "an unknown portgroup is an error, as the network's author cannot have meant it" },
	{ "default portgroup", "group missing",
	  "ERR network 'o' has no portgroup 'missing'; it has 'a', 'b'", RULE_BOTH, "the same" },
	{ "virtualport merge: typeid net/portgroup differ", "",
	  "<virtualport type='802.1Qbg'><parameters managerid='11' typeid='22' typeidversion='2' ",
	  RULE_DEFAULT, "the portgroup overrides the network" },
	{ "virtualport merge: type Qbg net vs Qbh portgroup", "",
	  "<virtualport type='802.1Qbh'><parameters profileid='x'/></virtualport>", RULE_DEFAULT,
	  "the same" },
	{ "libvirt's own vepa-net.xml sample", "",
	  "<virtualport type='802.1Qbg'><parameters managerid='11' typeid='2193047' "
	  "typeidversion='3' ",
	  RULE_DEFAULT, "the same" },
	{ "DEFECT live update", "after adding", "net=1 only0=1", RULE_BOTH,
	  "counts are computed from ports, so that an update cannot lose them" },
	{ "DEFECT live update", "allocate #2",
	  "ERR network 'o' requires exclusive access to interfaces, but none are available",
	  RULE_BOTH, "the same" },
	{ "DEFECT in-use device", "delete e0", "net=1 e0=1 e1=0", RULE_BOTH,
	  "the same; and whoever takes it out of the pool has to force it" },
	{ "DEFECT destroy+start", "after net-destroy", "net=1 only0=1 ports=1", RULE_BOTH,
	  "the same, when a network is started again" },
	{ "DEFECT destroy+start", "allocate",
	  "ERR network 'o' requires exclusive access to interfaces, but none are available",
	  RULE_BOTH, "the same" },
	{ "DEFECT count goes negative", "passthrough",
	  "<plug type='direct' dev='only0' mode='passthrough'/>", RULE_BOTH, "the same" },
	{ "DEFECT count goes negative", "same",
	  "<plug type='direct' dev='only0' mode='passthrough'/>", RULE_BOTH, "the same" },
	{ "DEFECT count goes negative", "vepa", "e0 e1 e0 e1", RULE_BOTH, "the same" },
};

/* Errors that libvirt words differently. */
static const struct {
	const char *theirs, *ours;
} own_words[] = {
	{ "attempt to merge virtualports with mismatched", "ERR the virtualport's " },
	{ "Invalid use of 'floor' on interface",
	  "ERR bandwidth 'floor' needs a network with forward mode nat, route, open or none" },
};

/* --- a host with one network --- */

struct world {
	struct network *network;
	bool inactive;
	bool strict;
	struct facts facts;
	struct port **ports; /* by the order of their making; NULL where it was released */
	size_t n_ports;
	unsigned n_uuids;
	struct interface *interface; /* what is asked for next */
};

static void world_done(struct world *world)
{
	for (size_t i = 0; i < world->n_ports; i++)
		port_free(world->ports[i]);
	free(world->ports);
	facts_done(&world->facts);
	network_free(world->network);
	interface_free(world->interface);
	*world = (struct world){ .strict = world->strict };
}

static void add_device(struct world *world, const char *name, bool in_pool)
{
	struct host_link link = { .ifindex = 2 + (int)world->facts.n_links,
				  .mtu = 1500,
				  .up = true };

	snprintf(link.name, sizeof(link.name), "%s", name);
	link.mac = (struct mac){ { 2, 0, 0, 0, 0, (uint8_t)link.ifindex } };
	assert_int_equal(facts_put(&world->facts, &link), 0);
	if (in_pool)
		assert_int_equal(network_pool_add(world->network, name, 0), 0);
}

static struct portgroup *add_portgroup(struct world *world, const char *name)
{
	struct network *network = world->network;
	struct portgroup *group = array_add(&network->portgroups, &network->n_portgroups,
					    sizeof(*group));

	assert_non_null(group);
	group->name = strdup(name);
	assert_non_null(group->name);
	return group;
}

static struct interface *interface_on(const struct network *network)
{
	struct interface *interface = interface_new();

	assert_non_null(interface);
	interface->type = INTERFACE_NETWORK;
	interface->network = strdup(network->name);
	interface->mac = (struct mac){ { 0x52, 0x54, 0, 0, 0, 1 } };
	interface->has_mac = true;
	return interface;
}

static struct resolve_request request_of(struct world *world, const struct port **ports,
					 const struct interface *interface)
{
	struct resolve_request request = {
		.interface = interface,
		.network = world->network,
		.network_active = !world->inactive,
		.facts = &world->facts,
		.ports = ports,
		.strict = world->strict,
	};

	for (size_t i = 0; i < world->n_ports; i++)
		if (world->ports[i])
			ports[request.n_ports++] = world->ports[i];
	return request;
}

/* --- libvirt's notation --- */

/* '…' behind the first occurrence of what. The caller's; NULL. */
static char *value_behind(const char *xml, const char *what)
{
	const char *value = strstr(xml, what);

	return value ? strndup(value + strlen(what), strcspn(value + strlen(what), "'")) : NULL;
}

/* "-" or <virtualport type='…'><parameters …='…'/></virtualport> */
static struct virtualport virtualport_from(const char *xml)
{
	AUTO_FREE char *type = value_behind(xml, " type='");
	struct virtualport port = { 0 };

	if (*xml == '-')
		return port;
	port.type = VIRTUALPORT_TYPELESS;
	if (type)
		assert_int_equal(virtualport_type_parse(type, &port.type), 0);
	for (unsigned field = 0; field < VIRTUALPORT_FIELD_COUNT; field++) {
		AUTO_FREE char *what = NULL, *value = NULL;

		assert_true(asprintf(&what, " %s='", virtualport_field_name(field)) > 0);
		value = value_behind(xml, what);
		if (value)
			assert_int_equal(virtualport_set(&port, field, value), 0);
	}
	return port;
}

static void print_virtualport(const struct virtualport *port, const struct uuid *generated,
			      struct text *text)
{
	char own[VIRTUALPORT_VALUE_SIZE], value[VIRTUALPORT_VALUE_SIZE];
	bool any = false;

	if (port->type == VIRTUALPORT_NONE)
		return;
	uuid_format(generated, own);
	text_add(text, "<virtualport type='%s'>", virtualport_type_name(port->type));
	for (unsigned field = 0; field < VIRTUALPORT_FIELD_COUNT; field++) {
		if (!port->has[field])
			continue;
		virtualport_format(port, field, value);
		text_add(text, "%s %s='%s'", any ? "" : "<parameters",
			 virtualport_field_name(field), strcmp(value, own) ? value : "<generated>");
		any = true;
	}
	text_add(text, "%s</virtualport>", any ? "/>" : "");
}

static void print_plug(const struct actual *actual, struct text *text)
{
	if (actual->type == INTERFACE_DIRECT)
		text_add(text, "<plug type='direct' dev='%s' mode='%s'/>", actual->dev,
			 direct_mode_name(actual->mode));
	else
		text_add(text, "<plug type='bridge' bridge='%s'/>", actual->bridge);
}

static char *port_text(const struct actual *actual, const struct uuid *generated)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	char *string;

	print_virtualport(&actual->virtualport, generated, &text);
	if (actual->bandwidth.inbound.set)
		text_add(&text, "<bandwidth><inbound average='%d'/></bandwidth>",
			 (int)actual->bandwidth.inbound.average);
	if (actual->vlan.n_tags > 0)
		text_add(&text, "<vlan><tag id='%u'/></vlan>", actual->vlan.tags[0]);
	if (actual->isolated)
		text_add(&text, "<port isolated='%s'/>", tristate_name(actual->isolated));
	if (actual->trust_rx_filters)
		text_add(&text, "<rxfilters trustGuest='%s'/>",
			 tristate_name(actual->trust_rx_filters));
	print_plug(actual, &text);
	assert_int_equal(text_take(&text, &string), 0);
	return string;
}

/* --- steps; each returns the answer --- */

static void keep_port(struct world *world, const struct uuid *uuid, struct actual *actual)
{
	struct port *port = port_new(), **slot;

	assert_non_null(port);
	assert_true(asprintf(&port->name, "port%zu", world->n_ports + 1) > 0);
	port->uuid = *uuid;
	port->type = PORT_TYPE_LIVE;
	port->state = PORT_CONNECTED;
	port->interface = interface_on(world->network);
	port->actual = *actual;
	slot = array_add(&world->ports, &world->n_ports, sizeof(*slot));
	assert_non_null(slot);
	*slot = port;
}

/* Of what world->interface says by now; the next one says nothing again. */
static char *allocate(struct world *world)
{
	AUTO(interface_freep) struct interface *interface = take_ptr(world->interface);
	const struct port *ports[64];
	struct resolve_request request = request_of(world, ports, interface);
	AUTO_ERROR struct error err = ERROR_INIT;
	struct actual actual;
	char *answer;

	world->interface = interface_on(world->network);
	world->n_uuids++;
	request.uuid = (struct uuid){ { 0xaa, (uint8_t)world->n_uuids, [6] = 0x40, [8] = 0x80 } };
	if (resolve_place(&request, &actual, NULL, &err) < 0) {
		assert_true(asprintf(&answer, "ERR %s", error_text(&err)) > 0);
		return answer;
	}
	answer = port_text(&actual, &request.uuid);
	keep_port(world, &request.uuid, &actual);
	return answer;
}

/* "#N" in the step. */
static void release(struct world *world, const char *step)
{
	unsigned number = (unsigned)atoi(strchr(step, '#') + 1);

	assert_in_range(number, 1, world->n_ports);
	port_free(world->ports[number - 1]);
	world->ports[number - 1] = NULL;
}

static char *counters(struct world *world)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO(usage_done) struct usage usage = { 0 };
	const struct port *ports[64];
	struct resolve_request request = request_of(world, ports, NULL);
	char *string;

	assert_int_equal(
		usage_build(&usage, &world->facts, ports, request.n_ports, &(struct uuid){ { 0 } }),
		0);
	text_add(&text, "net=%zu", request.n_ports);
	for (size_t i = 0; i < world->facts.n_links; i++)
		text_add(&text, " %s=%zu", world->facts.links[i].name,
			 usage_count(&usage, world->facts.links[i].ifindex));
	assert_int_equal(text_take(&text, &string), 0);
	return string;
}

static char *step_allocate(struct world *world, const char *step)
{
	return allocate(world);
}

static char *step_allocate_qbh(struct world *world, const char *step)
{
	world->interface->virtualport = virtualport_from(
		"<virtualport type='802.1Qbh'><parameters profileid='p'/>");
	return allocate(world);
}

static char *step_counters(struct world *world, const char *step)
{
	return counters(world);
}

static char *step_release(struct world *world, const char *step)
{
	release(world, step);
	return strstr(step, "allocate") ? allocate(world) : counters(world);
}

static char *step_no_group(struct world *world, const char *step)
{
	return allocate(world);
}

/* "group NAME", "group NAME (…)" */
static char *step_group(struct world *world, const char *step)
{
	const char *name = step + strlen("group ");

	world->interface->portgroup = strndup(name, strcspn(name, " "));
	return allocate(world);
}

static char *step_iface_no(struct world *world, const char *step)
{
	world->interface->trust_rx_filters = TRISTATE_NO;
	world->interface->portgroup = strdup("a");
	return allocate(world);
}

/* "group=NAME iface=VLAN" */
static char *step_vlan(struct world *world, const char *step)
{
	AUTO_FREE char *tag = value_behind(step, "id='");
	const char *name = step + strlen("group=");

	if (strncmp(name, "None", strlen("None")) != 0)
		world->interface->portgroup = strndup(name, strcspn(name, " "));
	if (tag)
		assert_int_equal(vlan_add_tag(&world->interface->vlan, (uint16_t)atoi(tag)), 0);
	return allocate(world);
}

/* "iface=VIRTUALPORT network=VIRTUALPORT portgroup=VIRTUALPORT" */
static char *step_merge(struct world *world, const char *step)
{
	AUTO_FREE char *text = strdup(step);
	char *network = strstr(text, " network="), *group = strstr(text, " portgroup=");

	assert_true(network && group);
	*network = *group = '\0';
	world->interface->virtualport = virtualport_from(text + strlen("iface="));
	world->network->virtualport = virtualport_from(network + strlen(" network="));
	group += strlen(" portgroup=");
	if (*group != '-') {
		add_portgroup(world, "g")->virtualport = virtualport_from(group);
		world->interface->portgroup = strdup("g");
	}
	return allocate(world);
}

static char *step_default_bob(struct world *world, const char *step)
{
	world->network->virtualport = virtualport_from(
		"<virtualport type='802.1Qbg'><parameters managerid='11' "
		"typeid='1193047' typeidversion='2'/>");
	add_portgroup(world, "bob")->virtualport = virtualport_from(
		"<virtualport type='802.1Qbg'><parameters typeid='2193047' typeidversion='3'/>");
	world->network->portgroups[0].is_default = true;
	return allocate(world);
}

/* What a record says is not asked again as long as it is there: the port keeps it. */
static char *step_reclaim(struct world *world, const char *step)
{
	AUTO_RESOLUTION struct resolution resolution = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	struct actual actual = { .type = INTERFACE_BRIDGE, .bridge = strdup("otherbr") };
	const struct uuid uuid = { { 0xbb } };
	struct resolve_request request;
	const struct port *ports[64];

	add_device(world, "otherbr", false);
	snprintf(world->facts.links[0].kind, KIND_SIZE, "bridge");
	keep_port(world, &uuid, &actual);
	request = request_of(world, ports, world->ports[0]->interface);
	request.uuid = uuid;
	request.port = world->ports[0];
	request.held = true;
	assert_success(&err, resolve_repair(&request, &resolution, &err));
	return port_text(&resolution.actual, &uuid);
}

static char *step_add_portgroup(struct world *world, const char *step)
{
	add_portgroup(world, "new");
	return counters(world);
}

static char *step_delete_e0(struct world *world, const char *step)
{
	struct network *network = world->network;

	free(allocate(world));
	free(network->pool[0].dev);
	memmove(&network->pool[0], &network->pool[1], --network->n_pool * sizeof(*network->pool));
	return counters(world);
}

static char *step_destroy_start(struct world *world, const char *step)
{
	AUTO_FREE char *counts = NULL;
	char *answer;

	free(allocate(world));
	counts = counters(world);
	assert_true(asprintf(&answer, "%s ports=%zu", counts, world->n_ports) > 0);
	return answer;
}

static char *step_negative(struct world *world, const char *step)
{
	free(allocate(world));
	add_portgroup(world, "new");
	release(world, "#1");
	return allocate(world);
}

static char *step_negative_again(struct world *world, const char *step)
{
	char *answer = NULL;

	for (unsigned i = 3; i <= 5; i++) {
		char number[16];

		snprintf(number, sizeof(number), "#%u", i - 1);
		release(world, number);
		free(answer);
		answer = allocate(world);
	}
	return answer;
}

static char *step_negative_shared(struct world *world, const char *step)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	char *string;

	world_done(world);
	world->network = network_new();
	world->network->name = strdup("o");
	world->network->forward = FORWARD_VEPA;
	add_device(world, "e0", true);
	add_device(world, "e1", true);
	world->interface = interface_on(world->network);
	free(step_negative(world, step));
	text_add(&text, "%s", world->ports[1]->actual.dev);
	for (unsigned i = 3; i <= 5; i++) {
		free(allocate(world));
		text_add(&text, " %s", world->ports[i - 1]->actual.dev);
	}
	assert_int_equal(text_take(&text, &string), 0);
	return string;
}

static char *step_isolated(struct world *world, const char *step)
{
	world->interface->isolated = TRISTATE_YES;
	return allocate(world);
}

static char *step_floor(struct world *world, const char *step)
{
	world->interface->bandwidth.inbound = (struct bandwidth_limit){ .set = true, .floor = 7 };
	return allocate(world);
}

static char *step_bandwidth(struct world *world, const char *step)
{
	world->interface->bandwidth.inbound = (struct bandwidth_limit){ .set = true, .average = 7 };
	return allocate(world);
}

static char *step_vlan_of_port(struct world *world, const char *step)
{
	assert_int_equal(vlan_add_tag(&world->interface->vlan, 5), 0);
	return allocate(world);
}

static char *step_inactive(struct world *world, const char *step)
{
	world->inactive = true;
	return allocate(world);
}

/* By how the step begins. */
static const struct {
	const char *step;
	char *(*run)(struct world *world, const char *step);
} steps[] = {
	{ "allocate", step_allocate },
	{ "plain allocate", step_allocate },
	{ "Qbh allocate", step_allocate_qbh },
	{ "counters", step_counters },
	{ "release #", step_release },
	{ "no group", step_no_group },
	{ "group=", step_vlan },
	{ "group ", step_group },
	{ "iface no + group a", step_iface_no },
	{ "iface=", step_merge },
	{ "default group bob", step_default_bob },
	{ "RECLAIM", step_reclaim },
	{ "after adding a portgroup live: counters", step_add_portgroup },
	{ "delete e0", step_delete_e0 },
	{ "after net-destroy + net-start", step_destroy_start },
	{ "passthrough, 1 device: allocate #1, add a portgroup live, release #1, allocate #2",
	  step_negative },
	{ "same, allocate #3..#5", step_negative_again },
	{ "vepa, e0+e1: allocate #1, add a portgroup live, release #1, then allocate #2 #3 #4 #5",
	  step_negative_shared },
	{ "isolated on macvtap", step_isolated },
	{ "floor on direct network", step_floor },
	{ "bandwidth on direct port", step_bandwidth },
	{ "vlan on vepa port", step_vlan_of_port },
	{ "network inactive", step_inactive },
};

/* --- cases --- */

/* By how the title begins: the network as it is before the first row. */
static const struct setup {
	const char *title;
	enum forward_mode mode;
	const char *devices;
	const char *virtualport;
	const char
		*groups; /* of each its letter, and trust: '+', '-' or ' '; '*' for the default */
	enum tristate trust;
	uint16_t vlan, group_vlan;
} setups[] = {
	{ "vepa pool of 3", FORWARD_VEPA, "e0 e1 e2", "-", "", 0, 0, 0 },
	{ "private pool of 3", FORWARD_PRIVATE, "e0 e1 e2", "-", "", 0, 0, 0 },
	{ "bridge pool of 3", FORWARD_BRIDGE, "e0 e1 e2", "-", "", 0, 0, 0 },
	{ "passthrough pool of 2", FORWARD_PASSTHROUGH, "e0 e1", "-", "", 0, 0, 0 },
	{ "private + network 802.1Qbh", FORWARD_PRIVATE, "e0",
	  "<virtualport type='802.1Qbh'><parameters profileid='p'/>", "", 0, 0, 0 },
	{ "vepa + network 802.1Qbh", FORWARD_VEPA, "e0",
	  "<virtualport type='802.1Qbh'><parameters profileid='p'/>", "", 0, 0, 0 },
	{ "private, Qbh", FORWARD_PRIVATE, "e0", "-", "", 0, 0, 0 },
	{ "direct mode without device", FORWARD_VEPA, "", "-", "", 0, 0, 0 },
	{ "no default portgroup", FORWARD_VEPA, "e0", "-", "a+b-", 0, 0, 0 },
	{ "default portgroup a", FORWARD_VEPA, "e0", "-", "*a+b-", TRISTATE_NO, 0, 0 },
	{ "vlan: network 100, g=200", FORWARD_PASSTHROUGH, "e0 e1 e2 e3", "-", "g n ", 0, 100,
	  200 },
	{ "virtualport merge", FORWARD_VEPA, "e0", "-", "", 0, 0, 0 },
	{ "libvirt's own vepa-net.xml sample", FORWARD_VEPA, "eth1 eth2 eth3", "-", "", TRISTATE_NO,
	  0, 0 },
	{ "reclaim on bridge network", FORWARD_BRIDGE, "", "-", "", 0, 0, 0 },
	{ "DEFECT in-use device", FORWARD_PASSTHROUGH, "e0 e1", "-", "", 0, 0, 0 },
	{ "DEFECT", FORWARD_PASSTHROUGH, "only0", "-", "", 0, 0, 0 },
	{ "port options", FORWARD_VEPA, "e0", "-", "", 0, 0, 0 },
};

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static void add_portgroups(struct world *world, const struct setup *setup)
{
	bool is_default = false;

	for (const char *p = setup->groups; *p; p += 2) {
		struct portgroup *group;

		is_default = *p == '*';
		p += is_default;
		group = add_portgroup(world, (const char[]){ *p, '\0' });
		group->is_default = is_default;
		group->trust_rx_filters = p[1] == '+'   ? TRISTATE_YES
					  : p[1] == '-' ? TRISTATE_NO
							: TRISTATE_UNSET;
		if (*p == 'g' && setup->group_vlan)
			assert_int_equal(vlan_add_tag(&group->vlan, setup->group_vlan), 0);
	}
}

static void world_setup(struct world *world, const char *title)
{
	AUTO_FREE char *devices = NULL;
	const struct setup *setup = setups;
	char *rest, *name;

	while (!begins(title, setup->title))
		if (++setup == setups + ARRAY_SIZE(setups))
			fail_msg("there is no network for the case: %s", title);
	world_done(world);
	world->network = network_new();
	assert_non_null(world->network);
	world->network->name = strdup("o");
	world->network->forward = setup->mode;
	world->network->virtualport = virtualport_from(setup->virtualport);
	world->network->trust_rx_filters = setup->trust;
	if (begins(title, "reclaim"))
		world->network->bridge.name = strdup("br0");
	if (setup->vlan)
		assert_int_equal(vlan_add_tag(&world->network->vlan, setup->vlan), 0);
	devices = strdup(setup->devices);
	for (rest = devices; (name = strsep(&rest, " "));)
		if (*name)
			add_device(world, name, true);
	add_portgroups(world, setup);
	world->interface = interface_on(world->network);
}

static char *run_step(struct world *world, const char *step)
{
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		if (begins(step, steps[i].step))
			return steps[i].run(world, step);
	fail_msg("there is nothing to do for the step: %s", step);
	return NULL;
}

/* --- verdicts --- */

static bool is_same_error(const char *theirs, const char *ours)
{
	const char *words = strstr(theirs, ": ");

	if (!begins(ours, "ERR ") || !words)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(own_words); i++)
		if (strstr(theirs, own_words[i].theirs))
			return begins(ours, own_words[i].ours);
	return strstr(ours, words + 2);
}

static bool is_same(const char *theirs, const char *ours)
{
	return begins(theirs, "ERR ") ? is_same_error(theirs, ours) : !strcmp(theirs, ours);
}

static bool is_deviation(const struct world *world, const char *title, const char *step,
			 const char *ours)
{
	for (size_t i = 0; i < ARRAY_SIZE(deviations); i++) {
		if ((deviations[i].rule == RULE_DEFAULT && world->strict) ||
		    !begins(title, deviations[i].title) || !begins(step, deviations[i].step) ||
		    !begins(ours, deviations[i].ours))
			continue;
		print_message("# deviation: %s: %s\n", title, deviations[i].why);
		return true;
	}
	return false;
}

static void judge(bool strict)
{
	AUTO_FREE char *table = corpus_read("oracle", "port-alloc.tsv");
	AUTO(world_done) struct world world = { .strict = strict };
	unsigned rows = 0, same = 0, different = 0;
	const char *current = "";
	char *lines = table, *line;

	while ((line = strsep(&lines, "\n"))) {
		AUTO_FREE char *ours = NULL;
		const char *title = strsep(&line, "\t"), *step = strsep(&line, "\t");

		if (*title == '#' || !*title)
			continue;
		assert_non_null(line);
		if (strcmp(title, current) != 0)
			world_setup(&world, title);
		current = title;
		ours = run_step(&world, step);
		rows++;
		if (is_same(line, ours))
			same++;
		else if (is_deviation(&world, title, step, ours))
			different++;
		else
			fail_msg("%s, %s:\nlibvirt: %s\nours:    %s", title, step, line, ours);
	}
	print_message("# port-alloc.tsv, %s: %u rows, %u same as libvirt, %u deliberately "
		      "different, %u otherwise\n",
		      strict ? "strict" : "default rule", rows, same, different,
		      rows - same - different);
	assert_true(rows > 0);
}

static void ports_get_what_libvirt_gives_them_by_its_rule(void **state)
{
	if (!corpus)
		skip();
	judge(true);
}

static void by_the_default_rule_only_portgroups_make_a_difference(void **state)
{
	if (!corpus)
		skip();
	judge(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_get_what_libvirt_gives_them_by_its_rule),
		cmocka_unit_test(by_the_default_rule_only_portgroups_make_a_difference),
	};

	return cmocka_run_group_tests(tests, find_corpus, forget_corpus);
}
