/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ports that exist, while their network becomes another: what they keep, and
 * when they ask anew. What a new port gets is in tests/golden.
 */
#include "testing.h"

#include "resolve/resolve.h"
#include "util/array.h"

/* A host with eth1 and eth2, a network on eth1, and a live port of it that is connected. */
struct world {
	struct facts facts;
	struct network *network;
	struct port *port;
	struct resolve_request request;
};

static void put_link(struct world *world, const char *name, const char *kind, int lower,
		     const char *tag)
{
	struct host_link link = {
		.ifindex = 2 + (int)world->facts.n_links,
		.lower = lower,
		.mtu = 1500,
		.up = true,
	};

	link.mac = (struct mac){ { 2, 0, 0, 0, 0, (uint8_t)link.ifindex } };
	snprintf(link.name, sizeof(link.name), "%s", name);
	snprintf(link.kind, sizeof(link.kind), "%s", kind);
	link.is_macvlan = link.mode_known = !strcmp(kind, "macvlan");
	if (tag) {
		assert_int_equal(host_link_add_altname(&link, tag), 0);
		link.mac = (struct mac){ 0 }; /* the port's own: as it should be */
	}
	assert_int_equal(facts_put(&world->facts, &link), 0);
}

static void put_devices(struct world *world)
{
	char tag[PORT_SIDE_TAG_SIZE];

	port_tag(&world->port->uuid, tag);
	put_link(world, "vif0", "tun", 0, tag);
	port_side_tag(&world->port->uuid, 0, tag);
	put_link(world, "vif0-0", "macvlan", facts_find(&world->facts, "eth1")->ifindex, tag);
}

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct interface *interface = interface_new();
	struct port *port = port_new();

	assert_true(world && interface && port);
	put_link(world, "eth1", "", 0, NULL);
	put_link(world, "eth2", "", 0, NULL);
	world->network = network_new();
	world->network->name = strdup("red");
	world->network->forward = FORWARD_VEPA;
	assert_int_equal(network_pool_add(world->network, "eth1", 0), 0);
	interface->network = strdup("red");
	interface->mac = (struct mac){ { 0x52, 0x54, 0, 0, 0, 1 } };
	interface->has_mac = true;
	port->name = strdup("vif0");
	port->uuid = (struct uuid){ { 0xaa, [6] = 0x40, [8] = 0x80 } };
	port->type = PORT_TYPE_LIVE;
	port->state = PORT_CONNECTED;
	port->by_name = true;
	port->interface = interface;
	port->actual = (struct actual){ .type = INTERFACE_DIRECT, .dev = strdup("eth1") };
	world->port = port;
	put_devices(world);
	world->request = (struct resolve_request){
		.interface = interface,
		.uuid = port->uuid,
		.by_name = true,
		.network = world->network,
		.network_active = true,
		.facts = &world->facts,
		.ports = (const struct port *const *)&world->port,
		.n_ports = 1,
		.port = port,
	};
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	port_free(world->port);
	network_free(world->network);
	facts_done(&world->facts);
	free(world);
	return 0;
}

static void lose(struct world *world, const char *name)
{
	const struct host_link *link = facts_find(&world->facts, name), *side;

	facts_remove(&world->facts, link->ifindex);
	side = facts_find(&world->facts, "vif0-0");
	if (!strcmp(name, "eth1") && side)
		facts_remove(&world->facts, side->ifindex);
}

static void move_pool(struct world *world, const char *dev)
{
	free(world->network->pool[0].dev);
	world->network->pool[0].dev = strdup(dev);
}

static void become_bridge(struct world *world)
{
	world->network->n_pool = 0;
	free(world->network->pool[0].dev);
	world->network->forward = FORWARD_BRIDGE;
	world->network->bridge.name = strdup("br0");
	put_link(world, "br0", "bridge", 0, NULL);
}

static void repair(const struct world *world, struct resolution *ret_resolution)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	assert_success(&err, resolve_repair(&world->request, ret_resolution, &err));
}

static bool plans(const struct resolution *resolution, enum action_kind kind)
{
	for (size_t i = 0; i < resolution->plan.n_steps; i++)
		if (resolution->plan.steps[i].action.kind == kind)
			return true;
	return false;
}

/* --- keeping --- */

static void a_port_stays_where_it_is_though_the_pool_has_another_interface(void **state)
{
	struct world *world = *state;
	AUTO_RESOLUTION struct resolution resolution = { 0 };

	move_pool(world, "eth2");
	world->network->forward = FORWARD_PRIVATE;
	repair(world, &resolution);
	assert_int_equal(resolution.plan.n_steps, 0);
	assert_true(actual_equal(&resolution.actual, &world->port->actual));
}

static void a_port_stays_where_it_is_though_the_network_is_a_bridge_now(void **state)
{
	struct world *world = *state;
	AUTO_RESOLUTION struct resolution resolution = { 0 };

	become_bridge(world);
	repair(world, &resolution);
	assert_int_equal(resolution.plan.n_steps, 0);
	assert_true(actual_equal(&resolution.actual, &world->port->actual));
}

static void a_port_is_not_told_what_its_network_says_by_now(void **state)
{
	struct world *world = *state;
	AUTO_RESOLUTION struct resolution resolution = { 0 };

	world->network->trust_rx_filters = TRISTATE_YES;
	world->network->isolated = TRISTATE_YES;
	world->network->virtualport.type = VIRTUALPORT_8021QBH;
	repair(world, &resolution);
	assert_true(actual_equal(&resolution.actual, &world->port->actual));
}

static void a_port_waits_for_its_interface_as_long_as_the_pool_has_it(void **state)
{
	struct world *world = *state;
	AUTO_RESOLUTION struct resolution resolution = { 0 };

	assert_int_equal(network_pool_add(world->network, "eth2", 0), 0);
	lose(world, "eth1");
	repair(world, &resolution);
	assert_int_equal(resolution.state, PORT_WAITING);
	assert_string_equal(resolution.reason, "host interface eth1 does not exist");
	assert_string_equal(resolution.actual.dev, "eth1");
}

/* --- asking anew --- */

static void without_its_interface_and_out_of_the_pool_a_port_gets_another(void **state)
{
	struct world *world = *state;
	AUTO_RESOLUTION struct resolution resolution = { 0 };

	move_pool(world, "eth2");
	lose(world, "eth1");
	repair(world, &resolution);
	assert_int_equal(resolution.state, PORT_CONNECTED);
	assert_string_equal(resolution.actual.dev, "eth2");
}

static void with_failover_a_port_gets_another_and_keeps_its_settings(void **state)
{
	struct world *world = *state;
	AUTO_RESOLUTION struct resolution resolution = { 0 };

	assert_int_equal(network_pool_add(world->network, "eth2", 0), 0);
	world->network->failover = true;
	world->network->trust_rx_filters = TRISTATE_YES;
	world->port->actual.trust_rx_filters = TRISTATE_NO;
	world->port->actual.portgroup = strdup("gone");
	lose(world, "eth1");
	repair(world, &resolution);
	assert_string_equal(resolution.actual.dev, "eth2");
	assert_int_equal(resolution.actual.trust_rx_filters, TRISTATE_NO);
	assert_string_equal(resolution.actual.portgroup, "gone");
}

static void a_live_port_without_its_interface_goes_to_the_bridge_of_its_network(void **state)
{
	struct world *world = *state;
	AUTO_RESOLUTION struct resolution resolution = { 0 };

	become_bridge(world);
	lose(world, "eth1");
	repair(world, &resolution);
	assert_int_equal(resolution.state, PORT_CONNECTED);
	assert_string_equal(resolution.actual.bridge, "br0");
	assert_true(plans(&resolution, ACTION_SET_MASTER));
	assert_true(plans(&resolution, ACTION_UNWIRE));
}

static void a_direct_port_cannot_and_waits(void **state)
{
	struct world *world = *state;
	AUTO_RESOLUTION struct resolution resolution = { 0 };

	world->port->type = PORT_TYPE_DIRECT;
	become_bridge(world);
	lose(world, "vif0");
	lose(world, "eth1");
	repair(world, &resolution);
	assert_int_equal(resolution.state, PORT_WAITING);
	assert_string_equal(resolution.actual.dev, "eth1");
}

/* --- without a place --- */

/* Another port is asked for, and may wait for the only interface of the pool. */
static void want_another(struct world *world)
{
	move_pool(world, "eth7");
	world->port->interface->optional = true;
	world->request.port = NULL;
	world->request.uuid.bytes[0]++;
}

static void a_port_that_waits_for_a_pool_has_its_settings(void **state)
{
	struct world *world = *state;
	AUTO_RESOLUTION struct resolution resolution = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	struct portgroup *group = array_add(&world->network->portgroups,
					    &world->network->n_portgroups, sizeof(*group));

	group->name = strdup("blue");
	group->is_default = true;
	group->trust_rx_filters = TRISTATE_NO;
	want_another(world);
	assert_success(&err, resolve_plug(&world->request, &resolution, &err));
	assert_int_equal(resolution.state, PORT_WAITING);
	assert_null(resolution.actual.dev);
	assert_int_equal(resolution.actual.type, INTERFACE_DIRECT);
	assert_int_equal(resolution.actual.mode, DIRECT_VEPA);
	assert_string_equal(resolution.actual.portgroup, "blue");
	assert_int_equal(resolution.actual.trust_rx_filters, TRISTATE_NO);
}

static void nothing_waits_for_what_could_not_be_served_then(void **state)
{
	struct world *world = *state;
	AUTO_ERROR struct error err = ERROR_INIT;

	want_another(world);
	world->network->isolated = TRISTATE_YES;
	assert_error(&err, resolve_plug(&world->request, NULL, &err), ERROR_DEVICE_UNSUITABLE,
		     "<port isolated='yes'> needs a bridge, and this is a macvtap (mode='private' "
		     "keeps guests apart there)");
	world->network->isolated = TRISTATE_UNSET;
	world->network->virtualport.type = VIRTUALPORT_OPENVSWITCH;
	assert_error(
		&err, resolve_plug(&world->request, NULL, &err), ERROR_INVALID_ARGUMENT,
		"<virtualport type='openvswitch'> not supported for network 'red' which uses a "
		"macvtap device (802.1Qbg and 802.1Qbh are)");
}

static void a_port_that_waits_for_a_pool_hears_what_the_network_says_by_now(void **state)
{
	struct world *world = *state;
	AUTO_RESOLUTION struct resolution resolution = { 0 };

	free(take_ptr(world->port->actual.dev));
	world->port->state = PORT_WAITING;
	lose(world, "vif0-0");
	world->network->forward = FORWARD_PRIVATE;
	world->network->trust_rx_filters = TRISTATE_NO;
	repair(world, &resolution);
	assert_int_equal(resolution.state, PORT_CONNECTED);
	assert_string_equal(resolution.actual.dev, "eth1");
	assert_int_equal(resolution.actual.mode, DIRECT_PRIVATE);
	assert_int_equal(resolution.actual.trust_rx_filters, TRISTATE_NO);
}

/* --- moving --- */

static void a_port_is_not_moved_to_what_cannot_serve_it(void **state)
{
	struct world *world = *state;
	AUTO(interface_freep) struct interface *target = interface_new();
	AUTO_ERROR struct error err = ERROR_INIT;

	target->type = INTERFACE_DIRECT;
	target->dev = strdup("eth2");
	target->mac = world->port->interface->mac;
	target->has_mac = true;
	target->isolated = TRISTATE_YES;
	world->request.interface = target;
	world->request.network = NULL;
	assert_error(&err, resolve_retarget(&world->request, NULL, &err), ERROR_DEVICE_UNSUITABLE,
		     "<port isolated='yes'> needs a bridge, and this is a macvtap on eth2 "
		     "(mode='private' keeps guests apart there)");
}

/* --- guarded --- */

/* As systemd-networkd gives them where a file of its matches these devices. */
static void the_hosts_addresses_are_taken_off_a_ports_devices(void **state)
{
	AUTO_RESOLUTION struct resolution resolution = { 0 };
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *steps = NULL;
	struct world *world = *state;

	facts_set_has_ip(&world->facts, facts_find(&world->facts, "eth1")->ifindex, true);
	facts_set_has_ip(&world->facts, facts_find(&world->facts, "vif0")->ifindex, true);
	((struct host_link *)facts_find(&world->facts, "vif0-0"))->makes_ipv6 = true;
	repair(world, &resolution);
	plan_print_line(&resolution.plan, &text);
	assert_int_equal(text_take(&text, &steps), 0);
	assert_string_equal(steps, "take the host's IP addresses off vif0; "
				   "take the host's IP addresses off vif0-0");
}

static void guard_port(struct world *world)
{
	world->port->actual.security = (struct security){ .set = true, .mac = TRISTATE_YES };
}

static void expect_step(const struct resolution *resolution, enum action_kind kind,
			int undo /* -1: none */)
{
	for (size_t i = 0; i < resolution->plan.n_steps; i++) {
		const struct plan_step *step = &resolution->plan.steps[i];

		if (step->action.kind != kind)
			continue;
		assert_int_equal(step->n_undos, undo < 0 ? 0 : 1);
		if (undo >= 0)
			assert_int_equal(resolution->plan.undos[step->first_undo].kind, undo);
		return;
	}
	fail_msg("there is no such step");
}

static void a_guard_gets_its_rules_where_nothing_is_known_of_it(void **state)
{
	struct world *world = *state;
	AUTO_RESOLUTION struct resolution resolution = { 0 }, restarted = { 0 }, open = { 0 };

	guard_port(world);
	repair(world, &resolution);
	assert_int_equal(resolution.plan.n_steps, 0);
	world->request.rewire = true;
	repair(world, &restarted);
	expect_step(&restarted, ACTION_SET_GUARD, -1);
	world->port->actual.security = (struct security){ 0 };
	repair(world, &open);
	assert_false(plans(&open, ACTION_SET_GUARD) || plans(&open, ACTION_CLEAR_GUARD));
}

static void a_tap_made_again_is_guarded_before_it_is_wired(void **state)
{
	struct world *world = *state;
	AUTO_RESOLUTION struct resolution resolution = { 0 };
	size_t guarded = 0, wired = 0;

	guard_port(world);
	lose(world, "vif0");
	repair(world, &resolution);
	for (size_t i = 0; i < resolution.plan.n_steps; i++) {
		if (resolution.plan.steps[i].action.kind == ACTION_SET_GUARD)
			guarded = i + 1;
		if (resolution.plan.steps[i].action.kind == ACTION_WIRE)
			wired = i + 1;
	}
	assert_true(guarded > 0 && guarded < wired);
}

static void a_nic_that_returns_changes_nothing_about_the_guard(void **state)
{
	struct world *world = *state;
	AUTO_RESOLUTION struct resolution resolution = { 0 };

	guard_port(world);
	lose(world, "vif0-0");
	repair(world, &resolution);
	assert_true(plans(&resolution, ACTION_WIRE));
	assert_false(plans(&resolution, ACTION_SET_GUARD));
}

static void retarget(struct world *world, const struct security *security,
		     struct resolution *ret_resolution)
{
	AUTO(interface_freep) struct interface *target = interface_new();
	AUTO_ERROR struct error err = ERROR_INIT;

	target->type = INTERFACE_DIRECT;
	target->dev = strdup("eth2");
	target->mac = world->port->interface->mac;
	target->has_mac = true;
	target->security = *security;
	world->request.interface = target;
	world->request.network = NULL;
	assert_success(&err, resolve_retarget(&world->request, ret_resolution, &err));
}

static void a_retarget_changes_the_rules_if_others_are_asked_for(void **state)
{
	const struct security learn = { .set = true, .ip = SECURITY_IP_LEARN }, none = { 0 };
	AUTO_RESOLUTION struct resolution set = { 0 }, same = { 0 }, cleared = { 0 };
	struct world *world = *state;

	retarget(world, &learn, &set);
	expect_step(&set, ACTION_SET_GUARD, ACTION_CLEAR_GUARD);
	actual_done(&world->port->actual);
	assert_int_equal(actual_copy(&set.actual, &world->port->actual), 0);
	retarget(world, &learn, &same);
	assert_false(plans(&same, ACTION_SET_GUARD));
	retarget(world, &none, &cleared);
	expect_step(&cleared, ACTION_CLEAR_GUARD, ACTION_SET_GUARD);
}

#define TEST(claim) cmocka_unit_test_setup_teardown(claim, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_port_stays_where_it_is_though_the_pool_has_another_interface),
		TEST(a_port_stays_where_it_is_though_the_network_is_a_bridge_now),
		TEST(a_port_is_not_told_what_its_network_says_by_now),
		TEST(a_port_waits_for_its_interface_as_long_as_the_pool_has_it),
		TEST(without_its_interface_and_out_of_the_pool_a_port_gets_another),
		TEST(with_failover_a_port_gets_another_and_keeps_its_settings),
		TEST(a_live_port_without_its_interface_goes_to_the_bridge_of_its_network),
		TEST(a_direct_port_cannot_and_waits),
		TEST(a_port_that_waits_for_a_pool_has_its_settings),
		TEST(nothing_waits_for_what_could_not_be_served_then),
		TEST(a_port_that_waits_for_a_pool_hears_what_the_network_says_by_now),
		TEST(a_port_is_not_moved_to_what_cannot_serve_it),
		TEST(a_guard_gets_its_rules_where_nothing_is_known_of_it),
		TEST(a_tap_made_again_is_guarded_before_it_is_wired),
		TEST(the_hosts_addresses_are_taken_off_a_ports_devices),
		TEST(a_nic_that_returns_changes_nothing_about_the_guard),
		TEST(a_retarget_changes_the_rules_if_others_are_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
