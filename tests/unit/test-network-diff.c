/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a new definition changes of a network that runs: which parts now, which
 * at its next start, and who keeps a part from changing.
 */
#include <stdlib.h>

#include "testing.h"

#include "model/network-diff.h"
#include "model/network-use.h"
#include "util/array.h"

static struct network *network_of(const char *name, enum forward_mode forward)
{
	struct network *network = network_new();

	assert_non_null(network);
	network->name = strdup(name);
	network->has_forward = true;
	network->forward = forward;
	return network;
}

/* A pool of eth1 and eth2. */
static struct network *red(void)
{
	struct network *network = network_of("red", FORWARD_VEPA);

	assert_int_equal(network_pool_add(network, "eth1", 4), 0);
	assert_int_equal(network_pool_add(network, "eth2", 5), 0);
	return network;
}

static void add_portgroup(struct network *network, const char *name)
{
	struct portgroup *group = array_add(&network->portgroups, &network->n_portgroups,
					    sizeof(*group));

	assert_non_null(group);
	group->name = strdup(name);
}

static void drop_last_dev(struct network *network)
{
	free(network->pool[--network->n_pool].dev);
}

/* A port of the network; dev, portgroup and guest may be NULL. */
static struct port *port_of(const char *name, const char *network, const char *dev,
			    const char *portgroup, const char *guest)
{
	struct port *port = port_new();

	assert_non_null(port);
	port->name = strdup(name);
	port->state = PORT_CONNECTED;
	port->interface = interface_new();
	assert_non_null(port->interface);
	port->interface->type = INTERFACE_NETWORK;
	port->interface->network = strdup(network);
	port->actual.type = INTERFACE_DIRECT;
	port->actual.dev = dev ? strdup(dev) : NULL;
	port->actual.portgroup = portgroup ? strdup(portgroup) : NULL;
	port->owner.guest = guest ? strdup(guest) : NULL;
	return port;
}

static struct network_diff diff_of(const struct network *running, const struct network *new,
				   const struct port *const *ports, size_t n_ports)
{
	struct network_diff diff = { 0 };
	struct error err = ERROR_INIT;

	assert_success(&err, network_diff(running, new, ports, n_ports, &diff, &err));
	return diff;
}

/* Ends all three. `in_use` may be NULL. */
static void assert_diff(struct network *running, struct network *new,
			const struct port *const *ports, size_t n_ports, unsigned now,
			unsigned later, const char *in_use)
{
	AUTO_NETWORK_DIFF struct network_diff diff = diff_of(running, new, ports, n_ports);

	assert_int_equal(diff.now, now);
	assert_int_equal(diff.later, later);
	if (in_use)
		assert_string_equal(diff.in_use, in_use);
	else
		assert_null(diff.in_use);
	network_free(running);
	network_free(new);
}

static void equal_networks_differ_in_nothing(void **state)
{
	struct network *a = red(), *b = red();

	a->pool[0].line = 77; /* where it was written is no difference */
	assert_diff(a, b, NULL, 0, 0, 0, NULL);
}

/* One change each, of what new ports ask for. */
static void change_pool(struct network *network)
{
	assert_int_equal(network_pool_add(network, "eth3", 0), 0);
}

static void change_failover(struct network *network)
{
	network->failover = true;
}

static void change_portgroups(struct network *network)
{
	add_portgroup(network, "blue");
}

static void change_port_type(struct network *network)
{
	network->port_type = PORT_TYPE_DIRECT;
}

static void change_virtualport(struct network *network)
{
	network->virtualport.type = VIRTUALPORT_8021QBG;
	assert_int_equal(virtualport_set(&network->virtualport, VIRTUALPORT_MANAGERID, "11"), 0);
}

static void change_vlan(struct network *network)
{
	assert_int_equal(vlan_add_tag(&network->vlan, 42), 0);
}

static void change_security(struct network *network)
{
	network->security.set = true;
	network->security.ip = SECURITY_IP_LEARN;
}

static void change_trust(struct network *network)
{
	network->trust_rx_filters = TRISTATE_NO;
}

static void change_isolated(struct network *network)
{
	network->isolated = TRISTATE_YES;
}

static void change_forwards(struct network *network)
{
	struct port_forward *forward = array_add(&network->forwards, &network->n_forwards,
						 sizeof(*forward));

	assert_non_null(forward);
	forward->port = 80;
}

/* And of the rest. */
static void change_forward(struct network *network)
{
	network->forward = FORWARD_PRIVATE;
}

static void change_bridge(struct network *network)
{
	network->bridge.stp = TRISTATE_YES;
}

static void change_relays(struct network *network)
{
	network->reflects_ports = true;
}

static void change_access(struct network *network)
{
	assert_non_null(
		array_add(&network->accesses, &network->n_accesses, sizeof(*network->accesses)));
}

static void change_tunnel(struct network *network)
{
	network->tunnel.set = true;
	network->tunnel.group.family = AF_INET;
}

static void change_remotes(struct network *network)
{
	struct tunnel *tunnel = &network->tunnel;

	assert_non_null(array_add(&tunnel->remotes, &tunnel->n_remotes, sizeof(*tunnel->remotes)));
}

static void change_mtu(struct network *network)
{
	network->mtu = 9000;
}

static void change_mac(struct network *network)
{
	network->has_mac = true;
}

static void change_bandwidth(struct network *network)
{
	network->bandwidth.set = network->bandwidth.inbound.set = true;
	network->bandwidth.inbound.average = 1000;
}

static void change_firewall(struct network *network)
{
	network->open_firewall = true;
}

static void change_addresses(struct network *network)
{
	network->ipv6 = TRISTATE_YES;
}

static void change_domain(struct network *network)
{
	network->domain.local_only = TRISTATE_YES;
}

static void change_dns(struct network *network)
{
	network->dns.enable = TRISTATE_NO;
}

static void change_kept(struct network *network)
{
	assert_int_equal(kept_add_element(&network->kept, "", "metadata", "<metadata/>", false, 1),
			 0);
}

static void (*const changes[])(struct network *) = {
	[NETWORK_POOL] = change_pool,
	[NETWORK_FAILOVER] = change_failover,
	[NETWORK_PORTGROUPS] = change_portgroups,
	[NETWORK_PORT_TYPE] = change_port_type,
	[NETWORK_VIRTUALPORT] = change_virtualport,
	[NETWORK_VLAN] = change_vlan,
	[NETWORK_TRUST] = change_trust,
	[NETWORK_ISOLATED] = change_isolated,
	[NETWORK_SECURITY] = change_security,
	[NETWORK_FORWARDS] = change_forwards,
	[NETWORK_FORWARD] = change_forward,
	[NETWORK_BRIDGE] = change_bridge,
	[NETWORK_RELAYS] = change_relays,
	[NETWORK_ACCESS] = change_access,
	[NETWORK_TUNNEL] = change_tunnel,
	[NETWORK_REMOTES] = change_remotes,
	[NETWORK_MTU] = change_mtu,
	[NETWORK_MAC] = change_mac,
	[NETWORK_BANDWIDTH] = change_bandwidth,
	[NETWORK_FIREWALL] = change_firewall,
	[NETWORK_ADDRESSES] = change_addresses,
	[NETWORK_DOMAIN] = change_domain,
	[NETWORK_DNS] = change_dns,
	[NETWORK_KEPT] = change_kept,
};
_Static_assert(ARRAY_SIZE(changes) == NETWORK_PART_COUNT, "each part is changed");

static void what_new_ports_ask_for_is_for_now_and_the_rest_for_later(void **state)
{
	for (unsigned part = 0; part < NETWORK_PART_COUNT; part++) {
		struct network *running = red(), *new = red();
		bool now = part < NETWORK_FORWARD;

		changes[part](new);
		assert_diff(running, new, NULL, 0, now ? 1U << part : 0, now ? 0 : 1U << part,
			    NULL);
	}
}

static void forwards_to_addresses_to_come_wait_for_these(void **state)
{
	struct network *running = red(), *new = red();

	change_forwards(new);
	change_addresses(new);
	assert_diff(running, new, NULL, 0, 0, 1U << NETWORK_FORWARDS | 1U << NETWORK_ADDRESSES,
		    NULL);
}

static void parts_that_are_taken_are_equal_afterwards(void **state)
{
	for (unsigned part = 0; part < NETWORK_FORWARD; part++) {
		struct network *running = red(), *new = red(), *same = red();

		changes[part](new);
		changes[part](same);
		network_take_parts(running, new, 1U << part);
		assert_diff(running, same, NULL, 0, 0, 0, NULL);
		network_free(new);
	}
}

static void a_part_that_is_not_asked_for_stays(void **state)
{
	struct network *running = red(), *new = red();

	change_pool(new);
	change_mtu(new);
	change_vlan(new);
	network_take_parts(running, new, 1U << NETWORK_VLAN);
	assert_int_equal(running->n_pool, 2);
	assert_int_equal(running->mtu, 0);
	assert_int_equal(running->vlan.n_tags, 1);
	network_free(running);
	network_free(new);
}

static void a_pool_interface_in_use_keeps_the_pool_for_later(void **state)
{
	struct port *ports[] = {
		port_of("vif0", "red", "eth2", NULL, "web"),
		port_of("vif1", "red", "eth1", NULL, NULL),
		port_of("vif2", "red", "eth2", NULL, NULL),
		port_of("vif3", "green", "eth2", NULL, NULL),
	};
	struct network *running = red(), *new = red();

	drop_last_dev(new);
	change_vlan(new);
	assert_diff(running, new, (const struct port *const *)ports, ARRAY_SIZE(ports),
		    1U << NETWORK_VLAN, 1U << NETWORK_POOL, "eth2 is used by vif0 (web), vif2");
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
		port_free(ports[i]);
}

static void ports_elsewhere_and_those_that_go_do_not_count(void **state)
{
	struct port *ports[] = {
		port_of("vif0", "green", "eth2", NULL, NULL), /* another network */
		port_of("vif1", "red", "eth1", NULL, NULL),   /* stays in the pool */
		port_of("vif2", "red", "eth2", NULL, NULL),   /* is being removed */
		port_of("vif3", "red", NULL, NULL, NULL),     /* waits, with nothing yet */
	};
	struct network *running = red(), *new = red();

	ports[2]->state = PORT_REMOVING;
	drop_last_dev(new);
	assert_diff(running, new, (const struct port *const *)ports, ARRAY_SIZE(ports),
		    1U << NETWORK_POOL, 0, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
		port_free(ports[i]);
}

static void an_inbound_too_small_for_floors_waits_for_these(void **state)
{
	struct port *port = port_of("vif0", "red", NULL, NULL, "web");
	const struct port *const ports[] = { port };

	port->actual.managed = true;
	port->actual.bandwidth.class_id = 3;
	for (uint64_t floor = 1000; floor <= 1001; floor++) {
		struct network *running = red(), *new = red();
		bool fits = floor == 1000;

		port->actual.bandwidth.inbound = (struct bandwidth_limit){ .set = true,
									   .floor = floor };
		change_bandwidth(new);
		assert_diff(running, new, ports, 1, fits ? 1U << NETWORK_BANDWIDTH : 0,
			    fits ? 0 : 1U << NETWORK_BANDWIDTH,
			    fits ? NULL : "more inbound, for floors, is used by vif0 (web)");
	}
	port_free(port);
}

static void an_interface_under_another_name_is_the_same_by_its_address(void **state)
{
	struct port *port = port_of("vif0", "red", "lan2", NULL, NULL);
	const struct port *const ports[] = { port };
	struct network *running = red(), *new = red();
	const struct mac mac = { .bytes = { 2, 0, 0, 0, 0, 7 } };

	running->pool[1].has_mac = port->actual.has_dev_mac = true;
	running->pool[1].mac = port->actual.dev_mac = mac;
	drop_last_dev(new);
	assert_diff(running, new, ports, 1, 0, 1U << NETWORK_POOL, "eth2 is used by vif0");
	running = red();
	new = red();
	running->pool[1].has_mac = new->pool[1].has_mac = true;
	running->pool[1].mac = new->pool[1].mac = mac;
	free(new->pool[1].dev);
	new->pool[1].dev = strdup("lan2");
	assert_diff(running, new, ports, 1, 1U << NETWORK_POOL, 0, NULL);
	port_free(port);
}

static void a_portgroup_in_use_keeps_the_portgroups_for_later(void **state)
{
	struct port *port = port_of("vif0", "red", "eth1", "blue", "web");
	const struct port *const ports[] = { port };
	struct network *running = red(), *new = red();

	add_portgroup(running, "blue");
	add_portgroup(running, "green");
	add_portgroup(new, "green");
	assert_diff(running, new, ports, 1, 0, 1U << NETWORK_PORTGROUPS,
		    "portgroup blue is used by vif0 (web)");
	/* One that changes is not taken away: its ports have what they were given. */
	running = red();
	new = red();
	add_portgroup(running, "blue");
	add_portgroup(new, "blue");
	new->portgroups[0].is_default = true;
	assert_diff(running, new, ports, 1, 1U << NETWORK_PORTGROUPS, 0, NULL);
	port_free(port);
}

static void a_pool_goes_with_its_forward_mode(void **state)
{
	struct network *running = red(), *new = red();

	change_pool(new);
	change_forward(new);
	change_isolated(new);
	assert_diff(running, new, NULL, 0, 1U << NETWORK_ISOLATED,
		    1U << NETWORK_POOL | 1U << NETWORK_FORWARD, NULL);
}

static void many_users_are_counted_and_a_few_named(void **state)
{
	struct port *ports[12];
	struct pool_entry entry = { .dev = (char *)"eth1" };
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *names = NULL;

	for (unsigned i = 0; i < ARRAY_SIZE(ports); i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "vif%u", i);
		ports[i] = port_of(name, "red", "eth1", NULL, NULL);
	}
	assert_int_equal(pool_entry_users((const struct port *const *)ports, ARRAY_SIZE(ports),
					  "red", &entry, &text),
			 12);
	assert_int_equal(text_take(&text, &names), 0);
	assert_string_equal(names, "vif0, vif1, vif2, vif3, vif4, vif5, vif6, vif7 and 4 more");
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
		port_free(ports[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_networks_differ_in_nothing),
		cmocka_unit_test(what_new_ports_ask_for_is_for_now_and_the_rest_for_later),
		cmocka_unit_test(forwards_to_addresses_to_come_wait_for_these),
		cmocka_unit_test(parts_that_are_taken_are_equal_afterwards),
		cmocka_unit_test(a_part_that_is_not_asked_for_stays),
		cmocka_unit_test(a_pool_interface_in_use_keeps_the_pool_for_later),
		cmocka_unit_test(ports_elsewhere_and_those_that_go_do_not_count),
		cmocka_unit_test(an_inbound_too_small_for_floors_waits_for_these),
		cmocka_unit_test(an_interface_under_another_name_is_the_same_by_its_address),
		cmocka_unit_test(a_portgroup_in_use_keeps_the_portgroups_for_later),
		cmocka_unit_test(a_pool_goes_with_its_forward_mode),
		cmocka_unit_test(many_users_are_counted_and_a_few_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
