/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a network does and what of it is free, as resolve describes it. */
#include <stdlib.h>

#include "testing.h"

#include "resolve/capabilities.h"
#include "util/array.h"

/* A host with eth1, eth2 and br1, and a network red. */
struct scene {
	struct facts facts;
	struct network *network;
	struct interface *interface;
	struct port *ports[4];
	size_t n_ports;
	struct usage usage;
};

static const struct uuid own = { .bytes = { 0xee } };

static int add_link(struct scene *scene, const char *name, const char *kind)
{
	struct host_link link = { .ifindex = (int)scene->facts.n_links + 2,
				  .mtu = 1500,
				  .up = true };

	(void)snprintf(link.name, sizeof(link.name), "%s", name);
	(void)snprintf(link.kind, sizeof(link.kind), "%s", kind);
	link.mac = (struct mac){ .bytes = { 2, 0, 0, 0, 0, (uint8_t)link.ifindex } };
	assert_int_equal(facts_put(&scene->facts, &link), 0);
	return link.ifindex;
}

static void add_macvlan(struct scene *scene, const char *name, int lower, enum direct_mode mode)
{
	struct host_link link = *facts_get(&scene->facts, add_link(scene, name, "macvlan"));

	link.is_macvlan = link.mode_known = true;
	link.mode = mode;
	link.lower = lower;
	assert_int_equal(facts_put(&scene->facts, &link), 0);
}

static void scene_open(struct scene *scene, enum forward_mode forward, const char *bridge)
{
	*scene = (struct scene){ 0 };
	add_link(scene, "eth1", "");
	add_link(scene, "eth2", "");
	add_link(scene, "br1", "bridge");
	scene->network = network_new();
	scene->interface = interface_new();
	assert_true(scene->network && scene->interface);
	scene->network->name = strdup("red");
	scene->network->forward = forward;
	if (bridge) {
		scene->network->bridge.name = strdup(bridge);
	} else {
		assert_int_equal(network_pool_add(scene->network, "eth1", 0), 0);
		assert_int_equal(network_pool_add(scene->network, "eth2", 0), 0);
	}
	scene->interface->type = INTERFACE_NETWORK;
	scene->interface->network = strdup("red");
	scene->interface->has_mac = true;
	scene->interface->mac = (struct mac){ .bytes = { 0x52, 0x54, 0, 0, 0, 1 } };
}

static void scene_done(struct scene *scene)
{
	usage_done(&scene->usage);
	for (size_t i = 0; i < scene->n_ports; i++)
		port_free(scene->ports[i]);
	facts_done(&scene->facts);
	network_free(scene->network);
	interface_free(scene->interface);
}
#define AUTO_SCENE AUTO(scene_done)

/* A port that waits for its device, or is being connected: only its record says where it is. */
static void add_port(struct scene *scene, const char *name, const char *dev, enum direct_mode mode)
{
	struct port *port = port_new();

	assert_non_null(port);
	scene->ports[scene->n_ports++] = port;
	port->uuid.bytes[0] = (uint8_t)scene->n_ports;
	port->name = strdup(name);
	port->state = PORT_CONNECTED;
	port->type = PORT_TYPE_LIVE;
	port->interface = interface_new();
	port->interface->type = INTERFACE_NETWORK;
	port->interface->network = strdup("red");
	port->interface->mac = (struct mac){ .bytes = { 0x52, 0x54, 0, 0, 1,
							port->uuid.bytes[0] } };
	port->actual =
		(struct actual){ .type = INTERFACE_DIRECT, .dev = strdup(dev), .mode = mode };
}

static struct network_capabilities ask(struct scene *scene)
{
	const struct resolve_request request = {
		.interface = scene->interface,
		.uuid = own,
		.network = scene->network,
		.network_active = true,
		.facts = &scene->facts,
		.ports = (const struct port *const *)scene->ports,
		.n_ports = scene->n_ports,
	};
	struct network_capabilities capabilities = { 0 };
	struct error err = ERROR_INIT;

	assert_success(&err, network_capabilities(&request, &scene->usage, &capabilities, &err));
	return capabilities;
}

static void add_address(struct network *network)
{
	struct network_ip *ip = array_add(&network->ips, &network->n_ips, sizeof(*ip));

	assert_non_null(ip);
	*ip = (struct network_ip){ .prefix = 24 };
	assert_int_equal(address_parse("192.168.122.1", &ip->address), 0);
}

static void every_kind_of_network_says_who_forwards_and_whether_the_host_is_reached(void **state)
{
	static const struct {
		const char *bridge, *kind, *forwards, *reach, *world;
		enum forward_mode forward;
		bool exclusive, address;
	} kinds[] = {
		{ "br1", "bridge", "kernel", "yes", "direct", FORWARD_BRIDGE, false, false },
		{ NULL, "direct", "kernel", "if-reflected", "direct", FORWARD_BRIDGE, false,
		  false },
		{ NULL, "direct", "switch", "if-reflected", "direct", FORWARD_VEPA, false, false },
		{ NULL, "direct", "nobody", "if-reflected", "direct", FORWARD_PRIVATE, false,
		  false },
		{ NULL, "direct", "switch", "no", "direct", FORWARD_PASSTHROUGH, true, false },
		{ "virbr0", "virtual", "kernel", "yes", "nat", FORWARD_NAT, false, true },
		{ "virbr0", "virtual", "kernel", "yes", "routed", FORWARD_ROUTE, false, true },
		{ "virbr0", "virtual", "kernel", "yes", "routed", FORWARD_OPEN, false, true },
		{ "virbr0", "virtual", "kernel", "no", "no", FORWARD_ISOLATED, false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		AUTO_NETWORK_CAPABILITIES struct network_capabilities got = { 0 };
		AUTO_SCENE struct scene scene;

		scene_open(&scene, kinds[i].forward, kinds[i].bridge);
		if (kinds[i].address)
			add_address(scene.network);
		got = ask(&scene);
		assert_string_equal(got.kind, kinds[i].kind);
		assert_string_equal(forwarder_name(got.traffic.forwards), kinds[i].forwards);
		assert_string_equal(host_reach_name(got.traffic.reach), kinds[i].reach);
		assert_string_equal(world_reach_name(got.traffic.world), kinds[i].world);
		assert_int_equal(got.exclusive, kinds[i].exclusive);
		assert_int_equal(got.n_devices, kinds[i].bridge ? 0 : 2);
		assert_true(got.may_wait);
	}
}

static void isolated_ports_of_a_bridge_reach_the_host_and_nobody_else(void **state)
{
	AUTO_NETWORK_CAPABILITIES struct network_capabilities got = { 0 };
	AUTO_SCENE struct scene scene;

	scene_open(&scene, FORWARD_BRIDGE, "br1");
	scene.network->isolated = TRISTATE_YES;
	got = ask(&scene);
	assert_int_equal(got.traffic.forwards, FORWARDER_NOBODY);
	assert_int_equal(got.traffic.reach, HOST_REACH_YES);
	assert_null(got.problem);
}

static void private_with_8021qbh_has_each_device_once(void **state)
{
	AUTO_NETWORK_CAPABILITIES struct network_capabilities got = { 0 };
	AUTO_SCENE struct scene scene;

	scene_open(&scene, FORWARD_PRIVATE, NULL);
	scene.network->virtualport.type = VIRTUALPORT_8021QBH;
	assert_int_equal(
		virtualport_set(&scene.network->virtualport, VIRTUALPORT_PROFILEID, "finance"), 0);
	got = ask(&scene);
	assert_true(got.exclusive);
	/* And it cannot be served. */
	assert_non_null(strstr(got.problem, "802.1Qbh"));
	assert_false(got.devices[0].free);
}

static void use_is_counted_whoever_made_it(void **state)
{
	AUTO_NETWORK_CAPABILITIES struct network_capabilities got = { 0 };
	AUTO_SCENE struct scene scene;

	scene_open(&scene, FORWARD_BRIDGE, NULL);
	add_port(&scene, "vif0", "eth1", DIRECT_BRIDGE);
	add_macvlan(&scene, "mv0", 2, DIRECT_BRIDGE);
	got = ask(&scene);
	assert_int_equal(got.devices[0].used, 2);
	assert_int_equal(got.devices[1].used, 0);
	assert_true(got.devices[0].free && got.devices[1].free);
	assert_null(got.problem);
}

static void a_device_that_is_held_is_not_free(void **state)
{
	AUTO_NETWORK_CAPABILITIES struct network_capabilities got = { 0 }, none = { 0 };
	AUTO_SCENE struct scene scene;

	scene_open(&scene, FORWARD_PASSTHROUGH, NULL);
	add_port(&scene, "vif0", "eth1", DIRECT_PASSTHROUGH);
	got = ask(&scene);
	assert_false(got.devices[0].free);
	assert_non_null(strstr(got.devices[0].problem, "vif0"));
	assert_true(got.devices[1].free);
	assert_null(got.problem);

	add_port(&scene, "vif1", "eth2", DIRECT_PASSTHROUGH);
	usage_done(&scene.usage);
	scene.usage = (struct usage){ 0 };
	none = ask(&scene);
	assert_false(none.devices[0].free || none.devices[1].free);
	assert_string_equal(none.problem, none.devices[0].problem);
}

static void a_device_that_is_absent_is_told_so(void **state)
{
	AUTO_NETWORK_CAPABILITIES struct network_capabilities got = { 0 };
	AUTO_SCENE struct scene scene;

	scene_open(&scene, FORWARD_VEPA, NULL);
	facts_remove(&scene.facts, 3);
	got = ask(&scene);
	assert_true(got.devices[0].present && got.devices[0].free);
	assert_false(got.devices[1].present || got.devices[1].free);
	assert_string_equal(got.devices[1].problem, "host interface eth2 does not exist");
}

static void a_bridge_that_is_missing_is_the_problem(void **state)
{
	AUTO_NETWORK_CAPABILITIES struct network_capabilities got = { 0 };
	AUTO_SCENE struct scene scene;

	scene_open(&scene, FORWARD_BRIDGE, "br7");
	got = ask(&scene);
	assert_non_null(strstr(got.problem, "br7"));
	assert_string_equal(got.connection, "tap on bridge br7");
}

static void an_empty_pool_and_one_that_is_full_are_told_apart(void **state)
{
	AUTO_NETWORK_CAPABILITIES struct network_capabilities got = { 0 };
	AUTO_SCENE struct scene scene;

	scene_open(&scene, FORWARD_VEPA, NULL);
	while (scene.network->n_pool > 0)
		free(scene.network->pool[--scene.network->n_pool].dev);
	got = ask(&scene);
	assert_string_equal(got.problem, "its pool is empty");
}

static void the_portgroup_is_the_one_named_or_the_default(void **state)
{
	AUTO_NETWORK_CAPABILITIES struct network_capabilities got = { 0 }, named = { 0 };
	AUTO_NETWORK_CAPABILITIES struct network_capabilities unknown = { 0 };
	AUTO_SCENE struct scene scene;
	struct portgroup *group;

	scene_open(&scene, FORWARD_VEPA, NULL);
	for (size_t i = 0; i < 2; i++) {
		group = array_add(&scene.network->portgroups, &scene.network->n_portgroups,
				  sizeof(*group));
		assert_non_null(group);
		group->name = strdup(i ? "blue" : "green");
		group->is_default = i == 1;
	}
	got = ask(&scene);
	assert_string_equal(got.portgroup, "blue");
	scene.interface->portgroup = strdup("green");
	named = ask(&scene);
	assert_string_equal(named.portgroup, "green");
	free(scene.interface->portgroup);
	scene.interface->portgroup = strdup("pink");
	unknown = ask(&scene);
	assert_null(unknown.portgroup);
	assert_non_null(strstr(unknown.problem, "pink"));
	assert_false(unknown.devices[0].free);
}

static void the_connection_is_told_in_words(void **state)
{
	AUTO_NETWORK_CAPABILITIES struct network_capabilities live = { 0 }, direct = { 0 };
	AUTO_SCENE struct scene scene;

	scene_open(&scene, FORWARD_VEPA, NULL);
	live = ask(&scene);
	assert_string_equal(live.connection, "tap and macvlan, mode vepa, on one of eth1, eth2");
	scene.network->port_type = PORT_TYPE_DIRECT;
	direct = ask(&scene);
	assert_string_equal(direct.connection, "macvtap, mode vepa, on one of eth1, eth2");
	assert_false(direct.may_wait);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_kind_of_network_says_who_forwards_and_whether_the_host_is_reached),
		cmocka_unit_test(isolated_ports_of_a_bridge_reach_the_host_and_nobody_else),
		cmocka_unit_test(private_with_8021qbh_has_each_device_once),
		cmocka_unit_test(use_is_counted_whoever_made_it),
		cmocka_unit_test(a_device_that_is_held_is_not_free),
		cmocka_unit_test(a_device_that_is_absent_is_told_so),
		cmocka_unit_test(a_bridge_that_is_missing_is_the_problem),
		cmocka_unit_test(an_empty_pool_and_one_that_is_full_are_told_apart),
		cmocka_unit_test(the_portgroup_is_the_one_named_or_the_default),
		cmocka_unit_test(the_connection_is_told_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
