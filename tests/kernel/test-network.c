/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Networks that vifd makes, decided from the facts of a real host and done there.
 * Packet filter and dnsmasq are switches here; they have tests of their own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "formats/network-xml.h"
#include "formats/nft-ruleset.h"
#include "host/apply.h"
#include "host/watch.h"
#include "netns.h"
#include "resolve/network.h"
#include "undo.h"

static const char network_xml[] =
	"<network>"
	"<name>red</name>"
	"<uuid>22222222-3333-4444-8555-666666666666</uuid>"
	"<forward mode='nat'/>"
	"<bridge stp='on' delay='5'/>"
	"<mtu size='1400'/>"
	"<mac address='52:54:00:11:22:33'/>"
	"<ip address='192.168.122.1' prefix='24'/>"
	"<ip family='ipv6' address='fd00:1::1' prefix='64'/>"
	"<route address='192.168.222.0' prefix='24' gateway='192.168.122.2'/>"
	"<route family='ipv6' address='fd00:2::' prefix='64' "
	"gateway='fd00:1::2' metric='7'/>"
	"</network>";

typedef int (*decide)(const struct network_request *request,
		      struct network_resolution *ret_resolution, struct error *err);

struct scene {
	sd_event *event;
	struct watch *watch;
	struct apply apply;
	struct network *network;
	bool firewall, dnsmasq;
	struct error err;
};

static int switch_firewall(void *userdata, bool on, struct error *err)
{
	((struct scene *)userdata)->firewall = on;
	return 0;
}

static int switch_dnsmasq(void *userdata, bool on, struct error *err)
{
	((struct scene *)userdata)->dnsmasq = on;
	return 0;
}

static void on_changed(void *userdata)
{
	(void)userdata;
}

static void expect_ok(struct scene *scene, int r)
{
	if (r < 0)
		fail_msg("%s", error_text(&scene->err));
}

/* A host with one NIC, that forwards nothing. */
static void scene_init(struct scene *scene)
{
	*scene = (struct scene){ .apply = APPLY_INIT };
	netns_nic("eth1", 0);
	shell("echo 0 >/proc/sys/net/ipv4/ip_forward");
	shell("ip link set eth1 up && ip address add 10.0.0.5/24 dev eth1");
	assert_true(sd_event_new(&scene->event) >= 0);
	expect_ok(scene, watch_new(scene->event, on_changed, NULL, &scene->watch, &scene->err));
	expect_ok(scene, apply_open(&scene->apply, NULL, &scene->err));
	expect_ok(scene, network_from_xml(network_xml, strlen(network_xml), "red.xml",
					  &scene->network, &scene->err));
}

static void scene_done(struct scene *scene)
{
	network_free(scene->network);
	apply_close(&scene->apply);
	watch_free(scene->watch);
	sd_event_unref(scene->event);
	error_done(&scene->err);
}

static int resolve_now(struct scene *scene, decide verb, struct network_resolution *ret_resolution)
{
	struct network_request request = { .network = scene->network,
					   .firewall = nft_ruleset_is_needed(scene->network),
					   .dnsmasq = true };
	int r;

	expect_ok(scene, watch_refresh(scene->watch, &scene->err));
	expect_ok(scene, watch_read_ip(scene->watch, &scene->err));
	request.facts = watch_facts(scene->watch);
	r = verb(&request, ret_resolution, &scene->err);
	return r;
}

static void run(struct scene *scene, const struct plan *plan)
{
	const struct apply_services services = { scene, { switch_firewall, switch_dnsmasq } };
	AUTO_APPLY_RESULT struct apply_result result = APPLY_RESULT_INIT;

	expect_ok(scene, apply_run(&scene->apply, plan, NULL, &services, &result, &scene->err));
}

/* Decides and does; how many steps it took. What was chosen becomes the network's, as in vifd. */
static size_t act(struct scene *scene, decide verb)
{
	AUTO(network_resolution_done) struct network_resolution resolution = { 0 };

	expect_ok(scene, resolve_now(scene, verb, &resolution));
	run(scene, &resolution.plan);
	free(scene->network->bridge.name);
	scene->network->bridge.name = strdup(resolution.bridge);
	return resolution.plan.n_steps;
}

static void expect_same(const char *before)
{
	AUTO_FREE char *after = undo_snapshot();

	for (unsigned i = 0; i < 100 && strcmp(before, after) != 0; i++) {
		shell("sleep 0.02");
		free(after);
		after = undo_snapshot();
	}
	assert_string_equal(after, before);
}

static void a_network_stands_as_its_definition_says(void **state)
{
	struct scene scene;
	json_auto_t *link = NULL;

	scene_init(&scene);
	/* As on a host: an address would be looked for on the link first, which has no port yet. */
	shell("echo 1 >/proc/sys/net/ipv6/conf/default/accept_dad");
	assert_true(act(&scene, network_resolve_start) > 0);
	link = ip_link("vifbr0");
	assert_non_null(link);
	assert_true(ip_has_flag(link, "UP"));
	assert_true(ip_has_altname(link, "vif-net-22222222-3333-4444-8555-666666666666"));
	assert_string_equal(json_string_value(ip_get(link, "address")), "52:54:00:11:22:33");
	assert_int_equal(json_integer_value(ip_get(link, "mtu")), 1400);
	assert_int_equal(json_integer_value(ip_get(link, "linkinfo/info_data/stp_state")), 1);
	assert_int_equal(json_integer_value(ip_get(link, "linkinfo/info_data/forward_delay")), 500);
	shell("ip address show dev vifbr0 | grep -q 'inet 192.168.122.1/24 brd 192.168.122.255'");
	shell("ip address show dev vifbr0 | grep 'inet6 fd00:1::1/64' | grep -qv tentative");
	shell("ip route | grep -q '^192.168.222.0/24 via 192.168.122.2 dev vifbr0 .*metric 1 '");
	shell("ip -6 route | grep -q '^fd00:2::/64 via fd00:1::2 dev vifbr0 .*metric 7 '");
	shell("cd /proc/sys/net/ipv6/conf/vifbr0 && [ \"$(cat disable_ipv6 autoconf accept_ra | "
	      "tr -d '\\n')\" = 000 ]");
	shell("[ $(cat /proc/sys/net/ipv4/ip_forward) = 1 ]");
	shell("[ $(cat /proc/sys/net/ipv6/conf/all/forwarding) = 1 ]");
	assert_true(scene.firewall && scene.dnsmasq);
	scene_done(&scene);
}

static void a_network_without_ipv6_has_a_bridge_without(void **state)
{
	struct scene scene;

	scene_init(&scene);
	scene.network->n_ips = 1;
	scene.network->n_routes = 1;
	act(&scene, network_resolve_start);
	shell("[ $(cat /proc/sys/net/ipv6/conf/vifbr0/disable_ipv6) = 1 ]");
	shell("[ $(cat /proc/sys/net/ipv6/conf/all/forwarding) = 0 ]");
	scene.network->n_ips = 2; /* for network_free() */
	scene.network->n_routes = 2;
	scene_done(&scene);
}

static void what_stands_needs_no_repair(void **state)
{
	struct scene scene;

	scene_init(&scene);
	act(&scene, network_resolve_start);
	assert_int_equal(act(&scene, network_resolve_repair), 0);
	scene_done(&scene);
}

static void a_stop_leaves_the_host_as_it_was_but_forwarding(void **state)
{
	AUTO_FREE char *before = NULL;
	struct scene scene;

	scene_init(&scene);
	shell("echo 1 >/proc/sys/net/ipv4/ip_forward; "
	      "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding");
	before = undo_snapshot();
	act(&scene, network_resolve_start);
	act(&scene, network_resolve_stop);
	assert_false(scene.firewall || scene.dnsmasq);
	expect_same(before);
	/* A second stop finds nothing on the host. */
	act(&scene, network_resolve_stop);
	expect_same(before);
	scene_done(&scene);
}

static void a_start_that_fails_at_any_step_leaves_the_host_as_it_was(void **state)
{
	AUTO(network_resolution_done) struct network_resolution resolution = { 0 };
	struct scene scene;

	scene_init(&scene);
	expect_ok(&scene, resolve_now(&scene, network_resolve_start, &resolution));
	expect_ok(&scene, undo_check(&resolution.plan, &scene.err));
	scene_done(&scene);
}

static void an_undo_means_the_bridge_that_was_made_whatever_its_name_is_now(void **state)
{
	AUTO(network_resolution_done) struct network_resolution resolution = { 0 };
	struct apply_result result = APPLY_RESULT_INIT;
	struct scene scene;
	const struct apply_services services = { &scene, { switch_firewall, switch_dnsmasq } };

	scene_init(&scene);
	expect_ok(&scene, resolve_now(&scene, network_resolve_start, &resolution));
	expect_ok(&scene,
		  apply_run(&scene.apply, &resolution.plan, NULL, &services, &result, &scene.err));
	shell("ip link set vifbr0 name mine && ip link add vifbr0 type bridge");
	apply_undo(&scene.apply, &resolution.plan, &services, &result);
	assert_null(ip_link("mine"));
	shell("ip link show vifbr0 >/dev/null");
	scene_done(&scene);
}

static void a_start_that_was_killed_at_any_step_is_finished_by_the_next(void **state)
{
	struct scene scene;
	size_t n, k;

	scene_init(&scene);
	n = act(&scene, network_resolve_start);
	for (k = 1; k < n; k++) {
		AUTO(network_resolution_done) struct network_resolution resolution = { 0 };

		act(&scene, network_resolve_stop);
		expect_ok(&scene, resolve_now(&scene, network_resolve_start, &resolution));
		/* Forwarding is on since the first start: that step is not needed again. */
		if (k < resolution.plan.n_steps)
			resolution.plan.n_steps = k;
		run(&scene, &resolution.plan);
		act(&scene, network_resolve_start);
		assert_int_equal(act(&scene, network_resolve_repair), 0);
		shell("[ \"$(ip -j link show type bridge | grep -o ifname | wc -l)\" = 1 ]");
	}
	scene_done(&scene);
}

/* What somebody does to a network, and that the repair undoes it, in no more steps than that. */
static void expect_repaired(const char *damage, size_t n_steps)
{
	struct scene scene;

	scene_init(&scene);
	act(&scene, network_resolve_start);
	shell("%s", damage);
	assert_int_equal(act(&scene, network_resolve_repair), n_steps);
	assert_int_equal(act(&scene, network_resolve_repair), 0);
	shell("ip address show dev vifbr0 | grep -q 'inet 192.168.122.1/24'");
	shell("ip address show dev vifbr0 | grep -q 'inet6 fd00:1::1/64'");
	shell("ip route | grep -q '^192.168.222.0/24 via 192.168.122.2 dev vifbr0 .*metric 1 '");
	shell("ip -6 route | grep -q '^fd00:2::/64 via fd00:1::2 dev vifbr0 .*metric 7 '");
	scene_done(&scene);
}

static void a_deleted_address_is_added_again_with_its_route(void **state)
{
	expect_repaired("ip address del 192.168.122.1/24 dev vifbr0", 2);
}

static void a_deleted_route_is_added_again(void **state)
{
	expect_repaired("ip route del 192.168.222.0/24", 1);
}

static void a_bridge_that_was_set_down_is_set_up_with_what_it_lost(void **state)
{
	/* IPv6 address, up, both routes */
	expect_repaired("ip link set vifbr0 down", 4);
}

static void changed_settings_are_set_back(void **state)
{
	expect_repaired("ip link set vifbr0 type bridge stp_state 0 && "
			"ip link set vifbr0 type bridge forward_delay 0 && "
			"ip link set vifbr0 address 02:00:00:00:00:99 && "
			"ip link set vifbr0 mtu 1300 && "
			"echo 1 >/proc/sys/net/ipv6/conf/vifbr0/accept_ra && "
			"echo 0 >/proc/sys/net/ipv4/ip_forward",
			5);
}

static void a_deleted_bridge_is_made_again(void **state)
{
	struct scene scene;
	json_auto_t *link = NULL;

	scene_init(&scene);
	act(&scene, network_resolve_start);
	shell("ip link del vifbr0 && ip link add vifbr1 type bridge");
	assert_true(act(&scene, network_resolve_repair) > 0);
	link = ip_link("vifbr0");
	assert_non_null(link);
	assert_string_equal(json_string_value(ip_get(link, "address")), "52:54:00:11:22:33");
	assert_true(scene.firewall && scene.dnsmasq);
	assert_int_equal(act(&scene, network_resolve_repair), 0);
	scene_done(&scene);
}

static void expect_refused(const char *host, const char *sentence)
{
	AUTO(network_resolution_done) struct network_resolution resolution = { 0 };
	struct scene scene;

	scene_init(&scene);
	shell("%s", host);
	assert_true(resolve_now(&scene, network_resolve_start, &resolution) < 0);
	assert_string_equal(error_text(&scene.err), sentence);
	scene_done(&scene);
}

static void a_hosts_address_in_the_subnet_is_named(void **state)
{
	expect_refused("ip address add 192.168.122.77/20 dev eth1",
		       "network 'red': its subnet 192.168.122.0/24 overlaps 192.168.112.0/20, the "
		       "subnet of eth1");
}

static void a_hosts_route_into_the_subnet_is_named(void **state)
{
	expect_refused("ip -6 route add fd00:1::/64 via fe80::1 dev eth1",
		       "network 'red': its subnet fd00:1::/64 overlaps fd00:1::/64, to which the "
		       "host has a route by eth1");
}

static void expect_warned(const char *host, const char *warnings)
{
	AUTO(network_resolution_done) struct network_resolution resolution = { 0 };
	struct scene scene;

	scene_init(&scene);
	shell("%s", host);
	if (resolve_now(&scene, network_resolve_start, &resolution) < 0)
		fail_msg("%s", error_text(&scene.err));
	assert_string_equal(resolution.warnings, warnings);
	scene_done(&scene);
}

static void a_wider_route_is_told_of_and_not_in_the_way(void **state)
{
	expect_warned(
		"echo 0 >/proc/sys/net/ipv6/conf/eth1/accept_ra && "
		"ip -6 route add fd00:1::/32 via fe80::1 dev eth1",
		"its subnet fd00:1::/64 is a part of fd00:1::/32, to which the host has a "
		"route by eth1: whoever has such an address there is not reached from here any "
		"more\n");
}

static void links_that_hear_routers_are_told_of(void **state)
{
	expect_warned(
		"cd /proc/sys/net/ipv6/conf && echo 1 >eth1/accept_ra && "
		"ip link add br8 type bridge && echo 2 >br8/accept_ra && "
		"ip link add br9 type bridge && echo 1 >br9/accept_ra && "
		"ip link add eth2 type veth peer name eth3 && "
		"echo 1 >eth2/accept_ra && ip link set eth2 master br8 && "
		"echo 1 >eth3/accept_ra && echo 1 >eth3/disable_ipv6",
		"eth1, br9 will not believe router advertisements, as the host forwards IPv6: "
		"no address and no default route comes that way, but where `sysctl -w "
		"net/ipv6/conf/eth1/accept_ra=2` lets it\n");
}

static void a_default_route_that_forwarding_would_cost_is_named(void **state)
{
	expect_refused("ip -6 route add default via fe80::1 dev eth1 proto ra && "
		       "echo 1 >/proc/sys/net/ipv6/conf/eth1/accept_ra",
		       "network 'red': it needs IPv6 forwarding, and with that the host would lose "
		       "the routes that eth1 has from router advertisements; `sysctl -w "
		       "net/ipv6/conf/eth1/accept_ra=2` keeps them");
}

#define CLAIM(name) cmocka_unit_test_setup(name, netns_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(a_network_stands_as_its_definition_says),
		CLAIM(a_network_without_ipv6_has_a_bridge_without),
		CLAIM(what_stands_needs_no_repair),
		CLAIM(a_stop_leaves_the_host_as_it_was_but_forwarding),
		CLAIM(a_start_that_fails_at_any_step_leaves_the_host_as_it_was),
		CLAIM(an_undo_means_the_bridge_that_was_made_whatever_its_name_is_now),
		CLAIM(a_start_that_was_killed_at_any_step_is_finished_by_the_next),
		CLAIM(a_deleted_address_is_added_again_with_its_route),
		CLAIM(a_deleted_route_is_added_again),
		CLAIM(a_bridge_that_was_set_down_is_set_up_with_what_it_lost),
		CLAIM(changed_settings_are_set_back),
		CLAIM(a_deleted_bridge_is_made_again),
		CLAIM(a_hosts_address_in_the_subnet_is_named),
		CLAIM(a_hosts_route_into_the_subnet_is_named),
		CLAIM(a_wider_route_is_told_of_and_not_in_the_way),
		CLAIM(links_that_hear_routers_are_told_of),
		CLAIM(a_default_route_that_forwarding_would_cost_is_named),
	};

	netns_require();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
