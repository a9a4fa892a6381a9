/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a bridge does with a port: as the kernel is told, as it tells it, and as
 * frames show it. The guests are taps whose queues the test holds.
 */
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backends/side.h"
#include "frames.h"
#include "host/apply.h"
#include "kernel/bridge-port.h"
#include "kernel/monitor.h"
#include "kernel/tun.h"
#include "netns.h"
#include "undo.h"
#include "util/parse.h"

enum {
	HEADER = 10, /* bytes; what a tap's fd has before it is told else */
	FRAME = 100, /* bytes */
	N_TAPS = 3,
};

static const struct bridge_port_flags fixed = { .learning = false, .unicast_flood = false };

static struct netlink *nl;
static int queues[N_TAPS] = { -1, -1, -1 };
static struct frame sent, seen;

static void close_taps(void)
{
	for (size_t i = 0; i < N_TAPS; i++)
		closep(&queues[i]);
	netlink_close(nl);
	nl = NULL;
}

/* A bridge with a NIC, and three taps on it: vif0, vif1, vif2; all up. */
static int setup(void **state)
{
	close_taps();
	netns_setup(state);
	assert_int_equal(netlink_open(NETLINK_ROUTE, &nl, NULL), 0);
	netns_nic("eth1", 0);
	shell("ip link add br0 address 02:00:00:5f:00:01 type bridge forward_delay 0 "
	      "mcast_snooping 0 && ip link set br0 up addrgenmode none && "
	      "ip link set eth1 up master br0");
	for (int i = 0; i < N_TAPS; i++) {
		char name[IFNAMSIZ];
		int ifindex;

		snprintf(name, sizeof(name), "vif%d", i);
		assert_int_equal(tun_create(name, 1, true, 0, &queues[i], &ifindex, NULL), 0);
		shell("ip link set %s address fe:00:00:00:00:0%d addrgenmode none master br0 up",
		      name, i);
	}
	for (int i = 0; i < N_TAPS; i++)
		shell("for i in $(seq 100); do bridge link show dev vif%d | grep -q forwarding && "
		      "exit; sleep 0.02; done; exit 1",
		      i);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close_taps();
	return 0;
}

static void set(const char *name, const struct bridge_port_flags *flags)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (bridge_port_set(nl, ip_ifindex(name), name, flags, &err) < 0)
		fail_msg("%s", error_text(&err));
}

/* A flag of the port, as bridge(8) sees it. */
static bool flag_of(const char *name, const char *flag)
{
	json_auto_t *links = shell_json("bridge -d -j link show dev %s", name);
	const json_t *value = ip_get(json_array_get(links, 0), flag);

	assert_non_null(value);
	return json_is_true(value);
}

/* How many entries of this address and state the bridge's table has on the port. */
static unsigned count_entries(const char *name, const char *mac, const char *entry_state)
{
	json_auto_t *entries = shell_json("bridge -j fdb show br br0 brport %s", name);
	unsigned n = 0;

	for (size_t i = 0; i < json_array_size(entries); i++) {
		const json_t *entry = json_array_get(entries, i);
		const char *is = json_string_value(ip_get(entry, "state"));

		if (streq(json_string_value(ip_get(entry, "mac")), mac) &&
		    streq(is ? is : "", entry_state))
			n++;
	}
	return n;
}

static void send_from(unsigned tap, const uint8_t *to, const uint8_t *from)
{
	frame_make(&sent, to, from, 0, FRAME, tap);
	queue_send(queues[tap], HEADER, &sent);
}

static bool is_silent(unsigned tap)
{
	return queue_is_silent(queues[tap], HEADER);
}

static bool receives(unsigned tap)
{
	return queue_receive(queues[tap], HEADER, &seen) && seen.size == sent.size &&
	       !memcmp(seen.bytes, sent.bytes, sent.size);
}

static void flags_are_what_was_asked_for(void **state)
{
	const struct bridge_port_flags isolated = {
		.isolated = true,
		.learning = true,
		.unicast_flood = true,
	};

	set("vif0", &isolated);
	assert_true(flag_of("vif0", "isolated"));
	assert_true(flag_of("vif0", "learning"));
	assert_true(flag_of("vif0", "flood"));
	set("vif0", &fixed);
	assert_false(flag_of("vif0", "isolated"));
	assert_false(flag_of("vif0", "learning"));
	assert_false(flag_of("vif0", "flood"));
	assert_true(flag_of("vif1", "learning"));
}

static void a_link_on_no_bridge_is_an_error(void **state)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	shell("ip link set vif0 nomaster");
	assert_int_equal(bridge_port_set(nl, ip_ifindex("vif0"), "vif0", &fixed, &err),
			 -EOPNOTSUPP);
	assert_non_null(strstr(error_text(&err), "cannot set what the bridge of vif0 does"));
	error_done(&err);
	assert_true(bridge_port_add_address(nl, ip_ifindex("vif0"), "vif0", frame_guest, &err) < 0);
	assert_non_null(strstr(error_text(&err), "cannot tell the bridge of vif0"));
}

/* With an address that another port had until now. */
static void a_static_address_is_on_its_port_until_it_is_deleted(void **state)
{
	char mac[MAC_TEXT_SIZE];
	struct mac guest;

	memcpy(guest.bytes, frame_guest, sizeof(guest.bytes));
	mac_format(&guest, mac);
	send_from(1, frame_broadcast, frame_guest);
	assert_true(receives(2));
	assert_int_equal(count_entries("vif1", mac, ""), 1);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(
			bridge_port_add_address(nl, ip_ifindex("vif0"), "vif0", frame_guest, NULL),
			0);
		assert_int_equal(count_entries("vif1", mac, ""), 0);
		assert_true(count_entries("vif0", mac, "static") > 0);
	}
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(bridge_port_delete_address(nl, ip_ifindex("vif0"), "vif0",
							    frame_guest, NULL),
				 0);
		assert_int_equal(count_entries("vif0", mac, "static"), 0);
	}
}

static void isolated_ports_reach_the_others_only(void **state)
{
	struct bridge_port_flags isolated = BRIDGE_PORT_FLAGS_INIT;

	isolated.isolated = true;
	set("vif0", &isolated);
	set("vif1", &isolated);
	send_from(0, frame_broadcast, frame_guest);
	assert_true(receives(2));
	assert_true(is_silent(1));
	send_from(1, frame_broadcast, frame_peer);
	assert_true(receives(2));
	assert_true(is_silent(0));
	send_from(2, frame_broadcast, frame_peer);
	assert_true(receives(0));
	assert_true(receives(1));
}

static void unknown_addresses_are_flooded_to_a_usual_port(void **state)
{
	send_from(2, frame_stranger, frame_peer);
	assert_true(receives(0));
	assert_true(receives(1));
}

/* Nor is anything learned of what it sends; what it had been, is forgotten. */
static void a_fixed_port_gets_what_is_for_its_address_only(void **state)
{
	send_from(0, frame_broadcast, frame_stranger);
	assert_int_equal(bridge_port_add_address(nl, ip_ifindex("vif0"), "vif0", frame_guest, NULL),
			 0);
	set("vif0", &fixed);
	send_from(2, frame_stranger, frame_peer);
	assert_true(receives(1));
	assert_true(is_silent(0));
	send_from(2, frame_guest, frame_peer);
	assert_true(receives(0));
	assert_true(is_silent(1));
	send_from(0, frame_broadcast, frame_stranger);
	send_from(2, frame_stranger, frame_peer);
	assert_true(receives(1));
	assert_true(is_silent(0));
}

static void note_port(void *userdata, const struct link_view *view)
{
	struct link_view *last = userdata;

	if (view->ifindex == ip_ifindex("vif0"))
		*last = *view;
}

static void expect_told(const struct link_view *view, bool isolated, bool learning, bool flood)
{
	assert_int_equal(view->bridge_port.isolated, isolated);
	assert_int_equal(view->bridge_port.learning, learning);
	assert_int_equal(view->bridge_port.unicast_flood, flood);
}

/* The first way is told by the bridge alone, the second by the link too. */
static void a_change_of_the_flags_is_told(void **state)
{
	static const char *const commands[] = {
		"bridge link set dev vif0 isolated on learning off",
		"ip link set vif0 type bridge_slave isolated on learning off",
	};

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		AUTO(monitor_closep) struct monitor *monitor = NULL;
		struct link_view view = { 0 };

		shell("bridge link set dev vif0 isolated off learning on");
		assert_int_equal(monitor_open(&monitor, NULL), 0);
		shell("%s", commands[i]);
		assert_int_equal(monitor_read(monitor, note_port, &view, NULL), 0);
		expect_told(&view, true, false, true);
		view = (struct link_view){ 0 };
		assert_int_equal(link_dump(nl, note_port, &view, NULL), 0);
		assert_false(view.port_only);
		expect_told(&view, true, false, true);
	}
}

static void a_port_that_leaves_takes_its_flags_along(void **state)
{
	struct link_view view;

	set("vif0", &fixed);
	shell("ip link set vif0 nomaster");
	assert_int_equal(link_get(nl, ip_ifindex("vif0"), &view, NULL), 0);
	expect_told(&view, false, true, true);
	shell("ip link set vif0 master br0");
	assert_int_equal(link_get(nl, ip_ifindex("vif0"), &view, NULL), 0);
	expect_told(&view, false, true, true);
}

/* The port vif0, as its host's side sees it: on br0 with these settings, or not there yet. */
struct scene {
	struct interface interface;
	struct actual actual;
	struct facts facts;
	struct uuid uuid;
};

static void scene_done(struct scene *scene)
{
	facts_done(&scene->facts);
}

static struct scene scene_of(enum tristate isolated, enum mac_table_manager manager,
			     const struct bridge_port *have)
{
	struct scene scene = {
		.actual.type = INTERFACE_BRIDGE,
		.actual.isolated = isolated,
		.actual.mac_table_manager = manager,
	};
	struct host_link bridge = { .ifindex = ip_ifindex("br0"), .name = "br0", .kind = "bridge" };
	struct host_link tap = { .ifindex = ip_ifindex("vif0"), .name = "vif0", .kind = "tun" };
	char tag[PORT_TAG_SIZE];
	static char name[] = "br0";

	scene.actual.bridge = name;
	memcpy(scene.interface.mac.bytes, frame_guest, sizeof(frame_guest));
	assert_int_equal(uuid_parse("11111111-2222-4333-8444-555555555555", &scene.uuid), 0);
	port_tag(&scene.uuid, tag);
	assert_int_equal(facts_put(&scene.facts, &bridge), 0);
	if (!have)
		return scene;
	tap.master = ip_ifindex("br0");
	tap.bridge_port = *have;
	assert_int_equal(host_link_add_altname(&tap, tag), 0);
	assert_int_equal(facts_put(&scene.facts, &tap), 0);
	return scene;
}

static void plan_host(const struct scene *scene, bool rewire, struct plan *ret_plan)
{
	const struct asker asker = {
		.interface = &scene->interface,
		.mac = &scene->interface.mac,
		.uuid = &scene->uuid,
		.type = PORT_TYPE_LIVE,
		.ifname = "vif0",
		.facts = &scene->facts,
		.have = guest_side_find(&scene->facts, &scene->uuid),
	};
	struct side_request request = side_request_of(&asker, &scene->actual);

	request.rewire = rewire;
	assert_int_equal(request.host->make(&request, ret_plan), 0);
}

static bool plan_has(const struct plan *plan, enum action_kind kind)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].action.kind == kind)
			return true;
	return false;
}

static void a_port_that_is_as_it_should_be_is_left_alone(void **state)
{
	static const struct bridge_port usual = { 0 }, isolated = { .isolated = true };
	static const struct bridge_port static_port = { .no_learning = true, .no_flood = true };
	const struct {
		enum tristate isolated;
		enum mac_table_manager manager;
		const struct bridge_port *have;
	} cases[] = {
		{ TRISTATE_UNSET, MAC_TABLE_UNSET, &usual },
		{ TRISTATE_NO, MAC_TABLE_KERNEL, &usual },
		{ TRISTATE_YES, MAC_TABLE_UNSET, &isolated },
		{ TRISTATE_NO, MAC_TABLE_LIBVIRT, &static_port },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(scene_done)
		struct scene scene = scene_of(cases[i].isolated, cases[i].manager, cases[i].have);
		AUTO_PLAN struct plan plan = { 0 };

		plan_host(&scene, false, &plan);
		assert_int_equal(plan.n_steps, 0);
	}
}

static void a_flag_that_somebody_changed_is_set_again(void **state)
{
	static const struct bridge_port none = { 0 };
	AUTO(scene_done) struct scene scene = scene_of(TRISTATE_YES, MAC_TABLE_LIBVIRT, &none);
	AUTO_APPLY struct apply apply = APPLY_INIT;
	AUTO_APPLY_RESULT struct apply_result result = APPLY_RESULT_INIT;
	AUTO_PLAN struct plan plan = { 0 };

	plan_host(&scene, false, &plan);
	assert_false(plan_has(&plan, ACTION_SET_MASTER));
	expect_undone(&plan);
	assert_int_equal(apply_open(&apply, NULL, NULL), 0);
	assert_int_equal(apply_run(&apply, &plan, NULL, NULL, &result, NULL), 0);
	assert_true(flag_of("vif0", "isolated"));
	assert_false(flag_of("vif0", "learning"));
	assert_false(flag_of("vif0", "flood"));
	send_from(2, frame_guest, frame_peer);
	assert_true(receives(0));
	assert_true(is_silent(1));
}

static void a_port_that_is_to_be_usual_again_is(void **state)
{
	static const struct bridge_port was = { true, true, true };
	AUTO(scene_done) struct scene scene = scene_of(TRISTATE_UNSET, MAC_TABLE_UNSET, &was);
	AUTO_PLAN struct plan plan = { 0 };
	struct bridge_port_flags flags = fixed;

	flags.isolated = true;
	set("vif0", &flags);
	assert_int_equal(bridge_port_add_address(nl, ip_ifindex("vif0"), "vif0", frame_guest, NULL),
			 0);
	plan_host(&scene, false, &plan);
	assert_true(plan_has(&plan, ACTION_DELETE_STATIC));
	expect_undone(&plan);
}

/* After a restart it is not known what the bridge's table has. */
static void a_restart_adds_the_address_again(void **state)
{
	static const struct bridge_port was = { .no_learning = true, .no_flood = true };
	AUTO(scene_done) struct scene scene = scene_of(TRISTATE_UNSET, MAC_TABLE_LIBVIRT, &was);
	AUTO_PLAN struct plan plan = { 0 };

	plan_host(&scene, true, &plan);
	assert_true(plan_has(&plan, ACTION_ADD_STATIC));
	assert_false(plan_has(&plan, ACTION_SET_BRIDGE_PORT));
}

/* So that something comes after the last step that matters. */
static void add_last(struct plan *plan)
{
	struct plan_step *step = plan_add(plan, ACTION_SET_MTU);

	assert_non_null(step);
	step->action.mtu = 1400;
	link_ref_set(&step->action.link, "vif0", 0);
	add_undo(plan, ACTION_SET_MTU)->mtu = 1500;
}

static void a_new_port_of_any_setting_is_undone(void **state)
{
	AUTO(scene_done) struct scene scene = scene_of(TRISTATE_YES, MAC_TABLE_LIBVIRT, NULL);
	AUTO_PLAN struct plan plan = { 0 };

	shell("ip link set vif0 nomaster");
	plan_host(&scene, false, &plan);
	assert_true(plan_has(&plan, ACTION_SET_MASTER));
	add_last(&plan);
	expect_undone(&plan);
}

/* To another bridge: if that fails it is on the old one again, with all that it was there. */
static void a_move_from_a_bridge_is_undone(void **state)
{
	static const struct bridge_port was = { true, true, true };
	AUTO(scene_done) struct scene scene = scene_of(TRISTATE_UNSET, MAC_TABLE_UNSET, &was);
	struct host_link other = { .name = "br1", .kind = "bridge" };
	static char name[] = "br1";
	AUTO_PLAN struct plan plan = { 0 };
	struct bridge_port_flags flags = fixed;

	shell("ip link add br1 address 02:00:00:5f:00:02 type bridge && "
	      "ip link set br1 up addrgenmode none");
	other.ifindex = ip_ifindex(name);
	scene.actual.bridge = name;
	assert_int_equal(facts_put(&scene.facts, &other), 0);
	flags.isolated = true;
	set("vif0", &flags);
	assert_int_equal(bridge_port_add_address(nl, ip_ifindex("vif0"), "vif0", frame_guest, NULL),
			 0);
	plan_host(&scene, false, &plan);
	add_last(&plan);
	expect_undone(&plan);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(flags_are_what_was_asked_for),
		TEST(a_link_on_no_bridge_is_an_error),
		TEST(a_static_address_is_on_its_port_until_it_is_deleted),
		TEST(isolated_ports_reach_the_others_only),
		TEST(unknown_addresses_are_flooded_to_a_usual_port),
		TEST(a_fixed_port_gets_what_is_for_its_address_only),
		TEST(a_change_of_the_flags_is_told),
		TEST(a_port_that_leaves_takes_its_flags_along),
		TEST(a_port_that_is_as_it_should_be_is_left_alone),
		TEST(a_flag_that_somebody_changed_is_set_again),
		TEST(a_port_that_is_to_be_usual_again_is),
		TEST(a_restart_adds_the_address_again),
		TEST(a_new_port_of_any_setting_is_undone),
		TEST(a_move_from_a_bridge_is_undone),
	};

	netns_require();
	return cmocka_run_group_tests_name("bridge-port", tests, NULL, NULL);
}
