/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plans of live ports, run on the real kernel and undone: after a failure at
 * each step the host is as before, its filters included.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <linux/rtnetlink.h>

#include "frames.h"
#include "host/apply.h"
#include "kernel/fds.h"
#include "kernel/link.h"
#include "netns.h"
#include "undo.h"

/* A port that lasts as long as the test, which may not look at it: clang counts that as unused. */
#define HELD AUTO_APPLY_RESULT __attribute__((unused))

static const char tag[] = "vif-11111111-2222-4333-8444-555555555555";

/* An action on two links and what undoes it, on the same or another second link. */
static void add_pair(struct plan *plan, enum action_kind kind, const char *link, const char *other,
		     enum action_kind undo, const char *undo_other)
{
	struct plan_step *step = add_step(plan, kind, link);

	link_ref_set(&step->action.other, other, 0);
	link_ref_set(&add_undo(plan, undo)->other, undo_other, 0);
}

static struct action *add_device(struct plan *plan, enum action_kind kind, const char *name,
				 const char *suffix)
{
	struct plan_step *step = add_step(plan, kind, name);

	snprintf(step->action.tag, sizeof(step->action.tag), "%s%s", tag, suffix);
	add_undo(plan, ACTION_DELETE_LINK);
	return &step->action;
}

static void set_up(struct plan *plan, const char *name)
{
	add_step(plan, ACTION_SET_UP, name);
	add_undo(plan, ACTION_SET_DOWN);
}

static void add_tap(struct plan *plan, enum action_kind kind, unsigned n)
{
	struct action *action = add_device(plan, kind, "vif0", "");

	action->queues = n;
	action->vnet_hdr = true;
	action->mac.bytes[0] = 0xfe;
}

static void add_side(struct plan *plan, const char *name, const char *nic, enum direct_mode mode)
{
	struct action *action = add_device(plan, ACTION_ADD_MACVLAN, name, name + strlen("vif0"));

	action->mode = mode;
	link_ref_set(&action->other, nic, (int)if_nametoindex(nic));
	memcpy(action->mac.bytes, frame_guest, sizeof(action->mac.bytes));
	if (mode == DIRECT_PASSTHROUGH) {
		struct action *mac = &add_step(plan, ACTION_SET_MAC, name)->action;

		memcpy(mac->mac.bytes, frame_guest, sizeof(mac->mac.bytes));
	}
	set_up(plan, name);
}

/* A live port on eth1, from nothing, the tap's end last. */
static void plan_port(struct plan *plan, enum direct_mode mode, unsigned n)
{
	set_up(plan, "eth1");
	add_tap(plan, ACTION_ADD_TAP, n);
	add_side(plan, "vif0-0", "eth1", mode);
	add_pair(plan, ACTION_WIRE, "vif0", "vif0-0", ACTION_UNWIRE, "");
	add_step(plan, ACTION_SET_UP, "vif0");
}

static void run(struct apply *apply, const struct plan *plan, struct apply_result *result)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (apply_run(apply, plan, NULL, NULL, result, &err) < 0)
		fail_msg("%s", error_text(&err));
}

/* A port that is connected; its queue is in the result. */
static struct apply_result connect_port(enum direct_mode mode)
{
	AUTO_APPLY struct apply apply = open_apply();
	struct apply_result result = APPLY_RESULT_INIT;
	AUTO_PLAN struct plan plan = { 0 };

	netns_nic("eth1", 0);
	plan_port(&plan, mode, 1);
	run(&apply, &plan, &result);
	return result;
}

static void undone_in_mode(enum direct_mode mode, unsigned n)
{
	AUTO_PLAN struct plan plan = { 0 };

	netns_nic("eth1", 0);
	plan_port(&plan, mode, n);
	expect_undone(&plan);
}

static void a_live_port_in_vepa_mode_is_undone(void **state)
{
	undone_in_mode(DIRECT_VEPA, 1);
}

static void a_live_port_in_passthrough_mode_is_undone(void **state)
{
	undone_in_mode(DIRECT_PASSTHROUGH, 4);
}

static void a_retarget_to_another_nic_is_undone(void **state)
{
	HELD struct apply_result port = connect_port(DIRECT_BRIDGE);
	AUTO_PLAN struct plan plan = { 0 };

	netns_nic("eth2", 0);
	shell("ip link set eth2 up");
	add_side(&plan, "vif0-1", "eth2", DIRECT_PRIVATE);
	add_pair(&plan, ACTION_WIRE, "vif0", "vif0-1", ACTION_WIRE, "vif0-0");
	add_step(&plan, ACTION_SET_MTU, "vif0-1")->action.mtu = 1400;
	expect_undone(&plan);
}

/* On the bridge before it is unwired, so that the host's stack never gets a frame. */
static void a_retarget_to_a_bridge_is_undone(void **state)
{
	HELD struct apply_result port = connect_port(DIRECT_BRIDGE);
	AUTO_PLAN struct plan plan = { 0 };

	netns_nic("eth2", 0);
	shell("ip link add br0 up type bridge && ip link set eth2 up master br0");
	add_pair(&plan, ACTION_SET_MASTER, "vif0", "br0", ACTION_CLEAR_MASTER, "br0");
	add_pair(&plan, ACTION_UNWIRE, "vif0", "", ACTION_WIRE, "vif0-0");
	add_step(&plan, ACTION_SET_MTU, "vif0")->action.mtu = 1400;
	add_undo(&plan, ACTION_SET_MTU)->mtu = 1500;
	expect_undone(&plan);
}

/* --- guarded ------------------------------------------------------------------------ */

static void add_guard(struct plan *plan)
{
	struct action *action = &add_step(plan, ACTION_SET_GUARD, "vif0")->action;

	memcpy(action->mac.bytes, frame_guest, sizeof(action->mac.bytes));
	action->guard.identity.bytes[0] = 1;
	action->guard.security = (struct security){ .set = true, .mac = TRISTATE_YES };
}

static void plan_guarded(struct plan *plan)
{
	set_up(plan, "eth1");
	add_tap(plan, ACTION_ADD_TAP, 1);
	add_guard(plan);
	add_undo(plan, ACTION_CLEAR_GUARD);
	add_side(plan, "vif0-0", "eth1", DIRECT_BRIDGE);
	add_pair(plan, ACTION_WIRE, "vif0", "vif0-0", ACTION_UNWIRE, "");
	add_step(plan, ACTION_SET_UP, "vif0");
}

static void a_guarded_port_is_undone(void **state)
{
	AUTO_PLAN struct plan plan = { 0 };

	netns_nic("eth1", 0);
	plan_guarded(&plan);
	expect_undone(&plan);
}

/* Where do the guest's frames leave? One of its own, then one of somebody else's. */
static void expect_guarded(int queue, const char *nic)
{
	static struct frame sent, seen;
	AUTO_CLOSE int far_end = -1;

	netns_enter_wire();
	far_end = frames_open(nic);
	netns_enter_host();
	frame_make(&sent, frame_peer, frame_stranger, 0, 200, 1);
	queue_send(queue, 12, &sent);
	assert_true(link_is_silent(far_end));
	assert_int_equal(frames_count(far_end), 0);
	frame_make(&sent, frame_peer, frame_guest, 0, 200, 2);
	queue_send(queue, 12, &sent);
	assert_true(link_receive(far_end, &seen));
}

/* Nobody says anything on it but the test. */
static void add_busy_nic(const char *name)
{
	const char *silence = "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6";

	netns_enter_wire();
	shell("%s", silence);
	netns_enter_host();
	shell("%s", silence);
	netns_nic(name, 0);
	shell("ip link set %s up", name);
	shell("for i in $(seq 250); do ip link show %s | grep -q 'state UP' && exit; sleep 0.02; "
	      "done; exit 1",
	      name);
}

/* The wire of a retarget takes what the guard sends on along; the guard of the next run as well. */
static void a_guard_follows_a_retarget_and_the_next_vifd(void **state)
{
	AUTO_APPLY_RESULT struct apply_result port = APPLY_RESULT_INIT;
	AUTO_APPLY_RESULT struct apply_result moved = APPLY_RESULT_INIT;
	AUTO_APPLY_RESULT struct apply_result again = APPLY_RESULT_INIT;
	AUTO_APPLY struct apply first = open_apply(), second = open_apply();
	AUTO_PLAN struct plan plan = { 0 }, retarget = { 0 }, restart = { 0 };

	add_busy_nic("eth1");
	add_busy_nic("eth2");
	plan_guarded(&plan);
	run(&first, &plan, &port);
	queue_setup(port.fds[0], 12);
	expect_guarded(port.fds[0], "eth1");
	add_side(&retarget, "vif0-1", "eth2", DIRECT_BRIDGE);
	add_pair(&retarget, ACTION_WIRE, "vif0", "vif0-1", ACTION_WIRE, "vif0-0");
	run(&first, &retarget, &moved);
	expect_guarded(port.fds[0], "eth2");
	add_guard(&restart);
	run(&second, &restart, &again);
	expect_guarded(port.fds[0], "eth2");
}

static void a_retarget_of_a_guarded_port_to_a_bridge_stays_guarded(void **state)
{
	AUTO_APPLY_RESULT struct apply_result port = APPLY_RESULT_INIT;
	AUTO_APPLY_RESULT struct apply_result moved = APPLY_RESULT_INIT;
	AUTO_APPLY struct apply apply = open_apply();
	AUTO_PLAN struct plan plan = { 0 }, retarget = { 0 };

	add_busy_nic("eth1");
	add_busy_nic("eth2");
	shell("ip link add br0 up type bridge forward_delay 0 mcast_snooping 0");
	shell("ip link set eth2 master br0");
	plan_guarded(&plan);
	run(&apply, &plan, &port);
	queue_setup(port.fds[0], 12);
	add_pair(&retarget, ACTION_SET_MASTER, "vif0", "br0", ACTION_CLEAR_MASTER, "br0");
	add_pair(&retarget, ACTION_UNWIRE, "vif0", "", ACTION_WIRE, "vif0-0");
	run(&apply, &retarget, &moved);
	shell("for i in $(seq 250); do ip -d link show vif0 | grep -q 'state forwarding' && exit; "
	      "sleep 0.02; done; exit 1");
	expect_guarded(port.fds[0], "eth2");
}

static void a_change_of_mode_is_undone(void **state)
{
	HELD struct apply_result port = connect_port(DIRECT_BRIDGE);
	AUTO_PLAN struct plan plan = { 0 };
	struct plan_step *step = add_step(&plan, ACTION_SET_MODE, "vif0-0");

	step->action.mode = DIRECT_PRIVATE;
	add_undo(&plan, ACTION_SET_MODE)->mode = DIRECT_BRIDGE;
	add_step(&plan, ACTION_SET_UP, "eth1");
	expect_undone(&plan);
}

static const char *mode_of(const char *name)
{
	static char text[16];
	json_auto_t *link = ip_link(name);

	snprintf(text, sizeof(text), "%s",
		 json_string_value(ip_get(link, "linkinfo/info_data/mode")));
	return text;
}

static void expect_mode(struct netlink *nl, unsigned mode, const char *name)
{
	const char *links[] = { "mv0", "mv1" };

	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(link_set_macvlan_mode(nl, (int)if_nametoindex(links[i]), links[i],
						       mode, NULL),
				 0);
		assert_string_equal(mode_of(links[i]), name);
	}
}

static void modes_of_macvlans_and_macvtaps_are_changed_in_place(void **state)
{
	AUTO_APPLY struct apply apply = open_apply();

	netns_nic("eth1", 0);
	shell("ip link add mv0 link eth1 type macvlan mode vepa");
	shell("ip link add mv1 link eth1 type macvtap mode vepa");
	expect_mode(apply.netlink, MACVLAN_MODE_BRIDGE, "bridge");
	expect_mode(apply.netlink, MACVLAN_MODE_PRIVATE, "private");
	expect_mode(apply.netlink, MACVLAN_MODE_VEPA, "vepa");
}

static void refuse_mode(struct netlink *nl, const char *name, int code, const char *text)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	int ifindex = (int)if_nametoindex(name);

	assert_int_equal(link_set_macvlan_mode(nl, ifindex ? ifindex : 999, name,
					       MACVLAN_MODE_PASSTHRU, &err),
			 code);
	assert_non_null(strstr(error_text(&err), text));
}

static void a_mode_that_cannot_be_had_is_an_error(void **state)
{
	AUTO_APPLY struct apply apply = open_apply();

	netns_nic("eth1", 0);
	shell("ip link add mv0 link eth1 type macvlan mode vepa");
	refuse_mode(apply.netlink, "mv0", -EINVAL, "cannot change the mode of mv0: Invalid arg");
	refuse_mode(apply.netlink, "eth1", -EMEDIUMTYPE, "the mode of eth1: it is no macvlan");
	refuse_mode(apply.netlink, "mv9", -ENODEV, "No such device");
	assert_string_equal(mode_of("mv0"), "vepa");
}

static void expect_quiet_link(const char *name, const char *altname)
{
	json_auto_t *link = ip_link(name);

	assert_true(ip_has_flag(link, "NOARP"));
	assert_true(ip_has_flag(link, "UP"));
	assert_true(ip_has_altname(link, altname));
	assert_string_equal(json_string_value(ip_get(link, "inet6_addr_gen_mode")), "none");
	assert_string_equal(json_string_value(ip_get(link, "qdisc")), "noqueue");
}

static void both_links_of_a_port_are_tagged_and_closed_to_the_host(void **state)
{
	HELD struct apply_result port = connect_port(DIRECT_BRIDGE);
	AUTO_FREE char *side_tag = NULL;
	json_auto_t *side = ip_link("vif0-0");

	assert_true(asprintf(&side_tag, "%s-0", tag) > 0);
	expect_quiet_link("vif0", tag);
	expect_quiet_link("vif0-0", side_tag);
	assert_true(ip_has_flag(side, "ALLMULTI"));
	assert_int_equal(port.n_fds, 1);
	assert_int_equal(port.ifindex, if_nametoindex("vif0"));
	assert_int_equal(port.side_ifindex, if_nametoindex("vif0-0"));
}

static void a_wire_to_a_link_of_the_same_name_is_refused(void **state)
{
	HELD struct apply_result port = connect_port(DIRECT_BRIDGE);
	AUTO_APPLY_RESULT struct apply_result result = APPLY_RESULT_INIT;
	AUTO_APPLY struct apply apply = open_apply();
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_PLAN struct plan plan = { 0 };

	add_pair(&plan, ACTION_WIRE, "vif0", "vif0-0", ACTION_UNWIRE, "");
	plan.steps[0].action.other.ifindex = (int)if_nametoindex("vif0-0");
	shell("ip link del vif0-0 && ip link add vif0-0 link eth1 type macvlan");
	assert_int_equal(apply_run(&apply, &plan, NULL, NULL, &result, &err), -ENODEV);
	assert_string_equal(error_text(&err), "vif0-0 has been replaced by another link");
}

/* The tap's queues are held, somebody has deleted the tap. */
struct orphan {
	int fds[2];
	struct apply_held held;
};

static void make_orphan(struct orphan *orphan)
{
	int ifindex;

	assert_int_equal(tun_create("vif0", 2, true, 0, orphan->fds, &ifindex, NULL), 0);
	queue_setup(orphan->fds[0], 12);
	orphan->held = (struct apply_held){ .fds = orphan->fds, .n_fds = 2 };
	assert_int_equal(tun_get_settings(orphan->fds, 2, &orphan->held.settings, NULL), 0);
	shell("ip link del vif0");
	netns_nic("eth1", 0);
	shell("ip link set eth1 up");
}

static void plan_remake(struct plan *plan)
{
	add_tap(plan, ACTION_REMAKE_TAP, 2);
	add_side(plan, "vif0-0", "eth1", DIRECT_BRIDGE);
	add_pair(plan, ACTION_WIRE, "vif0", "vif0-0", ACTION_UNWIRE, "");
	add_step(plan, ACTION_SET_UP, "vif0");
}

static void expect_dead(const struct orphan *orphan)
{
	assert_true(fd_is_dead(orphan->fds[0]) && fd_is_dead(orphan->fds[1]));
	assert_int_equal(if_nametoindex("vif0"), 0);
	assert_int_equal(if_nametoindex("vif0-0"), 0);
}

static void a_tap_made_again_is_wired_tagged_and_undone_at_each_step(void **state)
{
	AUTO_APPLY struct apply apply = open_apply();
	AUTO_APPLY_RESULT struct apply_result result = APPLY_RESULT_INIT;
	AUTO_PLAN struct plan plan = { 0 };
	struct orphan orphan;

	make_orphan(&orphan);
	plan_remake(&plan);
	for (apply.fail_at = plan.n_steps; apply.fail_at > 0; apply.fail_at--) {
		assert_int_equal(apply_run(&apply, &plan, &orphan.held, NULL, &result, NULL),
				 -ECANCELED);
		expect_dead(&orphan);
	}
	assert_int_equal(apply_run(&apply, &plan, &orphan.held, NULL, &result, NULL), 0);
	assert_int_equal(result.n_fds, 0);
	assert_int_equal(result.ifindex, if_nametoindex("vif0"));
	expect_quiet_link("vif0", tag);
	apply_undo(&apply, &plan, NULL, &result);
	expect_dead(&orphan);
	fds_close(orphan.fds, 2);
}

/* A step that fails half way leaves nothing either: the tag is another link's. */
static void a_tap_that_cannot_be_tagged_is_not_made_again(void **state)
{
	AUTO_APPLY struct apply apply = open_apply();
	AUTO_APPLY_RESULT struct apply_result result = APPLY_RESULT_INIT;
	AUTO_PLAN struct plan plan = { 0 };
	struct orphan orphan;

	make_orphan(&orphan);
	plan_remake(&plan);
	shell("ip link property add dev eth1 altname %s", tag);
	assert_int_equal(apply_run(&apply, &plan, &orphan.held, NULL, &result, NULL), -EEXIST);
	expect_dead(&orphan);
	fds_close(orphan.fds, 2);
}

static void a_tap_that_nobody_deleted_or_held_is_not_made_again(void **state)
{
	HELD struct apply_result port = connect_port(DIRECT_BRIDGE);
	AUTO_APPLY_RESULT struct apply_result result = APPLY_RESULT_INIT;
	AUTO_APPLY struct apply apply = open_apply();
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_PLAN struct plan plan = { 0 };
	const struct apply_held held = {
		.fds = port.fds,
		.n_fds = 1,
		.settings.vnet_hdr_size = 12,
	};

	add_tap(&plan, ACTION_REMAKE_TAP, 1);
	assert_int_equal(apply_run(&apply, &plan, NULL, NULL, &result, &err), -EBADF);
	assert_string_equal(error_text(&err),
			    "cannot make tap vif0 again: 0 of its 1 queues are held");
	assert_int_equal(apply_run(&apply, &plan, &held, NULL, &result, NULL), -EEXIST);
	assert_int_equal(port.ifindex, if_nametoindex("vif0"));
}

static void a_permanent_address_is_told_where_there_is_one(void **state)
{
	char buffer[512];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct link_view view;

	nlh->nlmsg_type = RTM_NEWLINK;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, "eth1");
	mnl_attr_put(nlh, IFLA_ADDRESS, 6, frame_guest);
	assert_true(link_view_parse(nlh, &view));
	assert_null(view.perm_mac);
	mnl_attr_put(nlh, IFLA_PERM_ADDRESS, 6, frame_peer);
	assert_true(link_view_parse(nlh, &view));
	assert_memory_equal(view.perm_mac, frame_peer, 6);
	assert_memory_equal(view.mac, frame_guest, 6);
}

#define TEST(name) cmocka_unit_test_setup(name, netns_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_live_port_in_vepa_mode_is_undone),
		TEST(a_live_port_in_passthrough_mode_is_undone),
		TEST(a_retarget_to_another_nic_is_undone),
		TEST(a_retarget_to_a_bridge_is_undone),
		TEST(a_guarded_port_is_undone),
		TEST(a_guard_follows_a_retarget_and_the_next_vifd),
		TEST(a_retarget_of_a_guarded_port_to_a_bridge_stays_guarded),
		TEST(a_change_of_mode_is_undone),
		TEST(modes_of_macvlans_and_macvtaps_are_changed_in_place),
		TEST(a_mode_that_cannot_be_had_is_an_error),
		TEST(both_links_of_a_port_are_tagged_and_closed_to_the_host),
		TEST(a_wire_to_a_link_of_the_same_name_is_refused),
		TEST(a_tap_made_again_is_wired_tagged_and_undone_at_each_step),
		TEST(a_tap_that_cannot_be_tagged_is_not_made_again),
		TEST(a_tap_that_nobody_deleted_or_held_is_not_made_again),
		TEST(a_permanent_address_is_told_where_there_is_one),
	};

	netns_require();
	return cmocka_run_group_tests_name("live", tests, NULL, NULL);
}
