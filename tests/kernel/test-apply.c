/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/apply.h"
#include "host/removal.h"
#include "netns.h"
#include "undo.h"

static const char tag[] = "vif-11111111-2222-4333-8444-555555555555";

/* What both kinds of device have in common. */
static struct plan_step *add_device(struct plan *plan, enum action_kind kind)
{
	struct plan_step *step = add_step(plan, kind, "vif0");

	assert_int_equal(mac_parse("52:54:00:11:22:33", &step->action.mac), 0);
	memcpy(step->action.tag, tag, sizeof(tag));
	add_undo(plan, ACTION_DELETE_LINK);
	return step;
}

static void add_host_interface_up(struct plan *plan, const char *name)
{
	struct plan_step *step = add_step(plan, ACTION_SET_UP, name);

	step->action.link.ifindex = ip_ifindex(name);
	add_undo(plan, ACTION_SET_DOWN);
}

static void add_queues(struct plan *plan, unsigned n)
{
	struct plan_step *step = add_step(plan, ACTION_OPEN_MACVTAP, "vif0");

	step->action.queues = n;
	step->action.vnet_hdr = true;
	add_undo(plan, ACTION_CLOSE_FDS);
}

/* A macvtap with n queues on eth1, which is down at first. */
static void plan_macvtap(struct plan *plan, enum direct_mode mode, unsigned n)
{
	struct plan_step *step;
	struct mac mac;

	add_host_interface_up(plan, "eth1");
	step = add_device(plan, ACTION_ADD_MACVTAP);
	mac = step->action.mac;
	step->action.mode = mode;
	link_ref_set(&step->action.other, "eth1", ip_ifindex("eth1"));
	if (mode == DIRECT_PASSTHROUGH)
		add_step(plan, ACTION_SET_MAC, "vif0")->action.mac = mac;
	if (n > 0)
		add_queues(plan, n);
	add_step(plan, ACTION_SET_UP, "vif0");
}

/* With a NIC in it: the address that an empty bridge made up is lost with its first port. */
static void make_bridge(void)
{
	netns_nic("eth1", 0);
	shell("ip link add br0 up type bridge && ip link set eth1 up master br0");
}

static void plan_tap(struct plan *plan, const char *bridge, unsigned n, bool persistent)
{
	struct plan_step *step = add_device(plan, ACTION_ADD_TAP);

	step->action.queues = n;
	step->action.vnet_hdr = true;
	step->action.mtu = 1400;
	step->action.host_ip = !bridge;
	if (bridge) {
		step = add_step(plan, ACTION_SET_MASTER, "vif0");
		link_ref_set(&step->action.other, bridge, ip_ifindex(bridge));
		add_undo(plan, ACTION_CLEAR_MASTER);
	}
	add_step(plan, ACTION_SET_UP, "vif0");
	if (persistent)
		add_step(plan, ACTION_PERSIST_TAP, "vif0");
	/* So that something comes after the last step that matters. */
	add_step(plan, ACTION_SET_MTU, "vif0")->action.mtu = 1300;
}

static void undone_in_mode(enum direct_mode mode)
{
	AUTO_PLAN struct plan plan = { 0 };

	netns_nic("eth1", 0);
	plan_macvtap(&plan, mode, 4);
	expect_undone(&plan);
}

static void a_macvtap_in_vepa_mode_is_undone(void **state)
{
	undone_in_mode(DIRECT_VEPA);
}

static void a_macvtap_in_bridge_mode_is_undone(void **state)
{
	undone_in_mode(DIRECT_BRIDGE);
}

static void a_macvtap_in_private_mode_is_undone(void **state)
{
	undone_in_mode(DIRECT_PRIVATE);
}

/* The NIC's own address is back too. */
static void a_macvtap_in_passthrough_mode_is_undone(void **state)
{
	undone_in_mode(DIRECT_PASSTHROUGH);
}

static void a_tap_on_a_bridge_is_undone(void **state)
{
	AUTO_PLAN struct plan plan = { 0 };

	make_bridge();
	plan_tap(&plan, "br0", 2, false);
	expect_undone(&plan);
}

static void a_tap_on_nothing_is_undone(void **state)
{
	AUTO_PLAN struct plan plan = { 0 };

	plan_tap(&plan, NULL, 1, false);
	expect_undone(&plan);
}

static void a_persistent_tap_is_undone(void **state)
{
	AUTO_PLAN struct plan plan = { 0 };

	make_bridge();
	plan_tap(&plan, "br0", 2, true);
	expect_undone(&plan);
}

static void add_mtu(struct plan *plan, unsigned mtu, unsigned before)
{
	struct plan_step *step = add_step(plan, ACTION_SET_MTU, "eth1");

	step->action.mtu = mtu;
	add_undo(plan, ACTION_SET_MTU)->mtu = before;
}

static void undos_run_in_reverse(void **state)
{
	AUTO_PLAN struct plan plan = { 0 };

	netns_nic("eth1", 0);
	add_mtu(&plan, 1400, 1500);
	add_mtu(&plan, 1300, 1400);
	add_mtu(&plan, 1200, 1300);
	expect_undone(&plan);
}

/* The check checked: it sees a change that stays, a file that stays, a plan without effect. */
static void the_check_sees_a_missing_undo(void **state)
{
	AUTO_PLAN struct plan plan = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;

	netns_nic("eth1", 0);
	add_step(&plan, ACTION_SET_MTU, "eth1")->action.mtu = 1400;
	add_step(&plan, ACTION_SET_UP, "eth1");
	assert_true(undo_check(&plan, &err) < 0);
	assert_non_null(strstr(error_text(&err), "the host is not as before"));
}

static void the_check_sees_a_plan_that_changes_nothing(void **state)
{
	AUTO_PLAN struct plan plan = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;

	netns_nic("eth1", 0);
	add_step(&plan, ACTION_SET_MTU, "eth1")->action.mtu = 1500;
	assert_true(undo_check(&plan, &err) < 0);
	assert_string_equal(error_text(&err), "the plan changes nothing");
}

static void a_result_has_the_queues_and_the_ifindex(void **state)
{
	AUTO_APPLY struct apply apply = open_apply();
	AUTO_APPLY_RESULT struct apply_result result = APPLY_RESULT_INIT;
	AUTO_PLAN struct plan plan = { 0 };

	netns_nic("eth1", 0);
	plan_macvtap(&plan, DIRECT_BRIDGE, 3);
	assert_int_equal(apply_run(&apply, &plan, NULL, NULL, &result, NULL), 0);
	assert_int_equal(result.n_fds, 3);
	assert_int_equal(result.n_vhost_fds, 0);
	assert_int_equal(result.ifindex, ip_ifindex("vif0"));
}

static void a_persistent_tap_gives_no_files_and_stays(void **state)
{
	AUTO_APPLY struct apply apply = open_apply();
	AUTO_APPLY_RESULT struct apply_result result = APPLY_RESULT_INIT;
	AUTO_PLAN struct plan plan = { 0 };
	json_auto_t *link = NULL;

	plan_tap(&plan, NULL, 2, true);
	assert_int_equal(apply_run(&apply, &plan, NULL, NULL, &result, NULL), 0);
	assert_int_equal(result.n_fds, 0);
	link = ip_link("vif0");
	assert_true(ip_has_altname(link, tag));
	assert_true(json_is_true(ip_get(link, "linkinfo/info_data/persist")));
}

/* 0, or the error that a plan ends with; the sentence is kept in the static text. */
static char last_text[256];

static int run_and_fail(const struct plan *plan)
{
	AUTO_APPLY struct apply apply = open_apply();
	AUTO_APPLY_RESULT struct apply_result result = APPLY_RESULT_INIT;
	AUTO_ERROR struct error err = ERROR_INIT;
	int r = apply_run(&apply, plan, NULL, NULL, &result, &err);

	snprintf(last_text, sizeof(last_text), "%s", r < 0 ? error_text(&err) : "");
	return r;
}

static void a_bridge_that_was_replaced_is_not_taken(void **state)
{
	AUTO_PLAN struct plan plan = { 0 };
	json_auto_t *link = NULL;

	shell("ip link add br0 type bridge");
	plan_tap(&plan, "br0", 1, false);
	shell("ip link del br0 && ip link add br0 type bridge");
	assert_int_equal(run_and_fail(&plan), -ENODEV);
	assert_string_equal(last_text, "br0 has been replaced by another link");
	link = ip_link("vif0");
	assert_null(link);
}

static void a_nic_that_has_gone_is_said_so(void **state)
{
	AUTO_PLAN struct plan plan = { 0 };
	struct plan_step *step;

	netns_nic("eth1", 0);
	step = add_device(&plan, ACTION_ADD_MACVTAP);
	link_ref_set(&step->action.other, "eth1", ip_ifindex("eth1"));
	shell("ip link del eth1");
	assert_int_equal(run_and_fail(&plan), -ENODEV);
	assert_string_equal(last_text, "eth1 has gone meanwhile");
}

/* A NIC that was renamed between plan and run is still the one that is meant. */
static void a_renamed_nic_is_set_up_all_the_same(void **state)
{
	AUTO_PLAN struct plan plan = { 0 };
	json_auto_t *link = NULL;

	netns_nic("eth1", 0);
	add_host_interface_up(&plan, "eth1");
	shell("ip link set eth1 name wan0");
	assert_int_equal(run_and_fail(&plan), 0);
	link = ip_link("wan0");
	assert_true(ip_has_flag(link, "UP"));
}

static void vhost_that_is_missing_is_undone(void **state)
{
	AUTO_PLAN struct plan plan = { 0 };
	json_auto_t *link = NULL;

	if (shell_try("test -c /dev/vhost-net")) {
		print_message("# skipped: there is a /dev/vhost-net here\n");
		skip();
	}
	netns_nic("eth1", 0);
	plan_macvtap(&plan, DIRECT_BRIDGE, 1);
	add_step(&plan, ACTION_OPEN_VHOST, "")->action.queues = 1;
	assert_true(run_and_fail(&plan) < 0);
	assert_string_equal(last_text, "cannot open /dev/vhost-net: No such file or directory");
	link = ip_link("vif0");
	assert_null(link);
}

static void an_absent_link_counts_as_deleted(void **state)
{
	AUTO_PLAN struct plan plan = { 0 };

	add_step(&plan, ACTION_DELETE_LINK, "vif0");
	add_step(&plan, ACTION_DELETE_LINK, "vif1")->action.link.ifindex = 999;
	assert_int_equal(run_and_fail(&plan), 0);
}

static void a_removal_takes_what_is_there_and_nothing_else(void **state)
{
	AUTO_APPLY struct apply apply = open_apply();
	struct link_ref links[3];
	json_auto_t *one = NULL, *two = NULL, *other = NULL;

	netns_nic("eth1", 0);
	for (unsigned i = 0; i < 3; i++)
		shell("ip link add mv%u link eth1 type macvtap mode bridge", i);
	link_ref_set(&links[0], "mv0", ip_ifindex("mv0"));
	link_ref_set(&links[1], "mv9", 999);
	link_ref_set(&links[2], "mv1", ip_ifindex("mv1"));
	assert_int_equal(removal_run(apply.netlink, links, 3, NULL), 0);
	one = ip_link("mv0");
	two = ip_link("mv1");
	other = ip_link("mv2");
	assert_null(one);
	assert_null(two);
	assert_non_null(other);
}

#define TEST(name) cmocka_unit_test_setup(name, netns_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_macvtap_in_vepa_mode_is_undone),
		TEST(a_macvtap_in_bridge_mode_is_undone),
		TEST(a_macvtap_in_private_mode_is_undone),
		TEST(a_macvtap_in_passthrough_mode_is_undone),
		TEST(a_tap_on_a_bridge_is_undone),
		TEST(a_tap_on_nothing_is_undone),
		TEST(a_persistent_tap_is_undone),
		TEST(undos_run_in_reverse),
		TEST(the_check_sees_a_missing_undo),
		TEST(the_check_sees_a_plan_that_changes_nothing),
		TEST(a_result_has_the_queues_and_the_ifindex),
		TEST(a_persistent_tap_gives_no_files_and_stays),
		TEST(a_bridge_that_was_replaced_is_not_taken),
		TEST(a_nic_that_has_gone_is_said_so),
		TEST(a_renamed_nic_is_set_up_all_the_same),
		TEST(vhost_that_is_missing_is_undone),
		TEST(an_absent_link_counts_as_deleted),
		TEST(a_removal_takes_what_is_there_and_nothing_else),
	};

	netns_require();
	return cmocka_run_group_tests_name("apply", tests, NULL, NULL);
}
