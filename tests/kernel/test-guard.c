/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guard on real links: a guest's queue on one side, a packet socket in the far
 * namespace on the other, for each kind of port. What passes is seen there, and
 * what does not pass is not, nor by the host's own stack.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "frames.h"
#include "kernel/bpf-hook.h"
#include "kernel/guard.h"
#include "kernel/link.h"
#include "kernel/macvtap.h"
#include "kernel/tc.h"
#include "kernel/tun.h"
#include "netns.h"

enum {
	HEADER = 12,
	FRAME = 200,
	EXCHANGES = 500,
	FLOOD = 20000,
};

static struct netlink *nl;
static struct guard *guard;
static struct macvtap_folders folders = MACVTAP_FOLDERS_INIT;
static int queue = -1, far_end = -1, stack = -1;
static int device; /* that the guest holds: vif0 */
static enum guard_side side;
static struct frame sent, seen;

static const struct guard_rules mac_rules = {
	.identity = { 1 },
	.mac = { 0x52, 0x54, 0x00, 0x11, 0x22, 0x33 },
	.mac_only = true,
};

static void expect_ok(int r, struct error *err)
{
	if (r < 0)
		fail_msg("%s", error_text(err));
}

static void open_guard(void)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	expect_ok(guard_open(nl, &device, device ? 1 : 0, &guard, &err), &err);
}

static void set_rules(const struct guard_rules *rules)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	expect_ok(guard_set(guard, nl, device, "vif0", side, rules, &err), &err);
}

static void wait_until_forwarding(const char *name)
{
	shell("for i in $(seq 250); do ip -d link show %s | grep -q 'state forwarding' && exit; "
	      "sleep 0.02; done; exit 1",
	      name);
}

static void close_all(void)
{
	guard_close(take_ptr(guard));
	netlink_close(take_ptr(nl));
	macvtap_folders_close(&folders);
	closep(&queue);
	closep(&far_end);
	closep(&stack);
	queue = far_end = stack = -1;
	device = 0;
}

static int setup(void **state)
{
	close_all();
	netns_setup(state);
	netns_silence_ipv6();
	netns_enter_wire();
	netns_silence_ipv6();
	netns_enter_host();
	assert_int_equal(netlink_open(NETLINK_ROUTE, &nl, NULL), 0);
	netns_nic("eth1", 0);
	shell("ip link set eth1 up");
	netns_wait_operational("eth1");
	netns_enter_wire();
	netns_wait_operational("eth1");
	far_end = frames_open("eth1");
	netns_enter_host();
	open_guard();
	return 0;
}

/* --- the kinds of ports ----------------------------------------------------------------- */

static int add_macvlan(const char *kind, const char *name)
{
	const struct macvlan_spec spec = {
		.kind = kind,
		.name = name,
		.lower = (int)if_nametoindex("eth1"),
		.lower_name = "eth1",
		.mode = MACVLAN_MODE_BRIDGE,
		.mac = frame_guest,
	};
	AUTO_ERROR struct error err = ERROR_INIT;
	int ifindex;

	expect_ok(link_add_macvlan(nl, &spec, &ifindex, &err), &err);
	return ifindex;
}

static void set_up(int ifindex)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	expect_ok(link_set_up(nl, ifindex, "the link", &err), &err);
}

static void add_tap(void)
{
	side = GUARD_SIDE_TAP;
	assert_int_equal(tun_create("vif0", 1, true, 0, &queue, &device, NULL), 0);
	queue_setup(queue, HEADER);
	stack = frames_open_stack("vif0");
}

static void wire(bool by_guard)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	int macvlan = add_macvlan("macvlan", "vif0-0");

	set_up(macvlan);
	expect_ok(tc_wire(nl, device, "vif0", macvlan, "vif0-0", &err), &err);
	if (by_guard)
		expect_ok(guard_set_redirect(guard, device, macvlan, &err), &err);
	set_up(device);
}

static void build_live(void)
{
	add_tap();
	set_rules(&mac_rules);
	wire(true);
}

static void build_live_by_tc(void)
{
	add_tap();
	set_rules(&mac_rules);
	wire(false);
}

static void build_live_by_tcx(void)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	build_live();
	expect_ok(guard_promote(guard, device, "vif0", &err), &err);
}

static void build_bridge(void)
{
	add_tap();
	set_rules(&mac_rules);
	shell("ip link add br0 up type bridge forward_delay 0 mcast_snooping 0");
	shell("ip link set eth1 master br0; ip link set vif0 master br0");
	set_up(device);
	wait_until_forwarding("vif0");
}

static void build_direct(void)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	side = GUARD_SIDE_MACVTAP;
	device = add_macvlan("macvtap", "vif0");
	expect_ok(macvtap_folders_open(&folders, NULL, &err), &err);
	expect_ok(macvtap_open(&folders, device, "vif0", 1, true, &queue, &err), &err);
	queue_setup(queue, HEADER);
	set_rules(&mac_rules);
	set_up(device);
}

static const struct {
	const char *name;
	void (*build)(void);
} kinds[] = {
	{ "live", build_live },
	{ "live, by tc behind it", build_live_by_tc },
	{ "live, by TCX", build_live_by_tcx },
	{ "bridge", build_bridge },
	{ "direct", build_direct },
};

/* --- frames --------------------------------------------------------------------------- */

static bool goes_out(void)
{
	queue_send(queue, HEADER, &sent);
	if (!link_receive(far_end, &seen))
		return false;
	assert_int_equal(seen.size, sent.size);
	assert_memory_equal(seen.bytes, sent.bytes, sent.size);
	return true;
}

static void expect_out(const char *kind, const char *what)
{
	if (!goes_out())
		fail_msg("%s: %s does not pass", kind, what);
}

static uint64_t dropped_by(const char *rule)
{
	struct guard_counts counts;

	assert_int_equal(guard_read(guard, device, &counts, NULL), 0);
	for (unsigned i = 0; guard_rule_name(i); i++)
		if (!strcmp(guard_rule_name(i), rule))
			return counts.dropped[i];
	return 0;
}

/* The frame of a stranger would be skipped by the far end's socket: it counts all of them. */
static void expect_stopped(const char *kind, const char *what)
{
	uint64_t before = dropped_by("mac");

	(void)frames_count(far_end);
	(void)frames_count(stack >= 0 ? stack : far_end);
	queue_send(queue, HEADER, &sent);
	if (!link_is_silent(far_end) || frames_count(far_end) > 0)
		fail_msg("%s: %s passes", kind, what);
	if (stack >= 0 && frames_count(stack) > 0)
		fail_msg("%s: %s gets into the host", kind, what);
	assert_int_equal(dropped_by("mac"), before + 1);
}

static void expect_guarded(const char *kind)
{
	for (unsigned tags = 0; tags <= 2; tags++) {
		frame_make(&sent, frame_peer, frame_guest, tags, FRAME, tags);
		expect_out(kind, "the guest's frame");
		frame_make(&sent, frame_peer, frame_stranger, tags, FRAME, tags);
		expect_stopped(kind, "a stranger's frame");
	}
	frame_make_gso(&sent, frame_peer, frame_guest, 60000);
	expect_out(kind, "a GSO frame");
	frame_make_gso(&sent, frame_peer, frame_stranger, 60000);
	expect_stopped(kind, "a stranger's GSO frame");
	frame_make(&sent, frame_guest, frame_peer, 0, FRAME, 9);
	link_send(far_end, &sent);
	assert_true(queue_receive(queue, HEADER, &seen));
}

static void strangers_frames_pass_on_no_kind_of_port(void **state)
{
	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
		setup(state);
		kinds[i].build();
		expect_guarded(kinds[i].name);
		printf("# guard, %s: 9 rows, 5 pass, 4 are dropped\n", kinds[i].name);
	}
}

/* TCP of 10.9.0.1 (frames.c), behind a tag that is in the metadata of a tap's frame. */
static void an_address_is_checked_behind_a_tag_of_the_metadata(void **state)
{
	const struct guard_address addresses[] = { { AF_INET, { 10, 9, 0, 1 }, 32 } };
	struct guard_rules rules = mac_rules;

	rules.ip_only = true;
	build_live();
	set_rules(&rules);
	frame_make_gso(&sent, frame_peer, frame_guest, 200);
	sent.vnet = (struct virtio_net_hdr){ 0 };
	memmove(sent.bytes + 16, sent.bytes + 12, sent.size - 12);
	memcpy(sent.bytes + 12, (uint8_t[]){ 0x81, 0, 0, 10 }, 4);
	sent.size += 4;
	(void)frames_count(far_end);
	queue_send(queue, HEADER, &sent);
	assert_true(link_is_silent(far_end));
	assert_int_equal(dropped_by("ipv4"), 1);
	rules.addresses = addresses;
	rules.n_addresses = 1;
	set_rules(&rules);
	assert_true(goes_out());
}

static void a_bridge_of_taps_is_guarded_from_its_own_guests(void **state)
{
	AUTO_CLOSE int other = -1;
	int ifindex;

	build_bridge();
	assert_int_equal(tun_create("vif1", 1, true, 0, &other, &ifindex, NULL), 0);
	queue_setup(other, HEADER);
	shell("ip link set vif1 up master br0");
	wait_until_forwarding("vif1");
	frame_make(&sent, frame_broadcast, frame_guest, 0, FRAME, 1);
	queue_send(queue, HEADER, &sent);
	assert_true(queue_receive(other, HEADER, &seen));
	frame_make(&sent, frame_broadcast, frame_stranger, 0, FRAME, 2);
	queue_send(queue, HEADER, &sent);
	assert_true(queue_is_silent(other, HEADER));
	assert_int_equal(dropped_by("mac"), 1);
}

/* --- VLANs --------------------------------------------------------------------------- */

/* The frame that was sent, with a tag more, or with one less. */
static void expect_tagged(uint16_t vid)
{
	const uint8_t tag[] = { 0x81, 0, (uint8_t)(vid >> 8), (uint8_t)vid };

	assert_int_equal(seen.size, sent.size + 4);
	assert_memory_equal(seen.bytes, sent.bytes, 12);
	assert_memory_equal(seen.bytes + 12, tag, 4);
	assert_memory_equal(seen.bytes + 16, sent.bytes + 12, sent.size - 12);
}

static void expect_bare(void)
{
	assert_int_equal(seen.size, sent.size - 4);
	assert_memory_equal(seen.bytes, sent.bytes, 12);
	assert_memory_equal(seen.bytes + 12, sent.bytes + 16, seen.size - 12);
}

/* vid 0: without a tag. */
static void make(const uint8_t *to, const uint8_t *from, uint16_t vid)
{
	frame_make(&sent, to, from, vid ? 1 : 0, FRAME, vid);
	if (vid) {
		sent.bytes[14] = (uint8_t)(vid >> 8);
		sent.bytes[15] = (uint8_t)vid;
	}
}

static void send_out(uint16_t vid)
{
	make(frame_peer, frame_guest, vid);
	queue_send(queue, HEADER, &sent);
}

static bool comes_out(uint16_t vid)
{
	send_out(vid);
	return link_receive(far_end, &seen);
}

static void expect_kept_in(uint16_t vid)
{
	send_out(vid);
	assert_true(link_is_silent(far_end));
}

static bool comes_in(uint16_t vid)
{
	make(frame_guest, frame_peer, vid);
	link_send(far_end, &sent);
	return queue_receive(queue, HEADER, &seen);
}

static void expect_kept_out(uint16_t vid)
{
	make(frame_guest, frame_peer, vid);
	link_send(far_end, &sent);
	assert_true(queue_is_silent(queue, HEADER));
}

static void set_one_vlan(void)
{
	struct guard_rules rules = mac_rules;

	rules.vlan = GUARD_RULES_ONE_VLAN;
	rules.native = 42;
	set_rules(&rules);
}

static void a_guest_in_a_vlan_sees_no_tags_and_the_wire_does(void **state)
{
	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
		setup(state);
		kinds[i].build();
		set_one_vlan();
		assert_true(comes_out(0));
		expect_tagged(42);
		frame_make_gso(&sent, frame_peer, frame_guest, 60000);
		queue_send(queue, HEADER, &sent);
		assert_true(link_receive(far_end, &seen));
		expect_tagged(42);
		assert_int_equal(seen.vnet.gso_size, sent.vnet.gso_size);
		expect_kept_in(42);
		expect_kept_in(43);
		assert_true(comes_in(42));
		expect_bare();
		expect_kept_out(0);
		expect_kept_out(43);
		assert_int_equal(dropped_by("vlan"), 4);
		frame_make(&sent, frame_peer, frame_stranger, 0, FRAME, 0);
		expect_stopped(kinds[i].name, "a stranger's frame");
		printf("# %s in one VLAN: 8 rows, 3 pass, 5 are dropped\n", kinds[i].name);
	}
}

static void set_trunk(uint16_t native, bool tagged)
{
	static const uint16_t tags[] = { 42, 63, 64, 4094 };
	struct guard_rules rules = mac_rules;

	rules.vlan = GUARD_RULES_SOME_VLANS;
	rules.tags = tags;
	rules.n_tags = ARRAY_SIZE(tags);
	rules.native = native;
	rules.native_tagged = tagged;
	set_rules(&rules);
}

static void expect_trunk(const char *kind)
{
	static const uint16_t in[] = { 42, 63, 64, 4094 }, out[] = { 1, 41, 62, 65, 4093 };

	for (unsigned i = 0; i < ARRAY_SIZE(in); i++) {
		assert_true(comes_out(in[i]) && seen.size == sent.size);
		assert_true(comes_in(in[i]) && seen.size == sent.size);
		assert_memory_equal(seen.bytes, sent.bytes, sent.size);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(out); i++) {
		expect_kept_in(out[i]);
		expect_kept_out(out[i]);
	}
	printf("# %s on a trunk: 18 rows, 8 pass, 10 are dropped\n", kind);
}

static void a_trunk_passes_its_vlans_and_no_others(void **state)
{
	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
		setup(state);
		kinds[i].build();
		set_trunk(0, false);
		expect_trunk(kinds[i].name);
		expect_kept_in(0);
		expect_kept_out(0);
	}
}

static void frames_without_a_tag_are_of_a_trunks_native_vlan(void **state)
{
	build_live();
	set_trunk(42, false);
	assert_true(comes_out(0));
	expect_tagged(42);
	assert_true(comes_in(42));
	expect_bare();
	assert_true(comes_in(63) && seen.size == sent.size);
	expect_kept_out(0);
	set_trunk(42, true);
	assert_true(comes_out(0));
	expect_tagged(42);
	assert_true(comes_in(42) && seen.size == sent.size);
}

/* A provider's tag around it hides the VLAN. */
static void a_tag_of_another_kind_is_no_way_out_of_a_vlan(void **state)
{
	build_direct();
	set_trunk(0, false);
	frame_make(&sent, frame_peer, frame_guest, 2, FRAME, 1);
	sent.bytes[14] = 0;
	sent.bytes[15] = 42;
	queue_send(queue, HEADER, &sent);
	assert_true(link_is_silent(far_end));
	assert_int_equal(dropped_by("vlan"), 1);
}

static void a_priority_is_kept_and_its_tag_is_none(void **state)
{
	build_live();
	set_one_vlan();
	make(frame_peer, frame_guest, 0xa000);
	queue_send(queue, HEADER, &sent);
	assert_true(link_receive(far_end, &seen));
	assert_int_equal(seen.size, sent.size);
	assert_memory_equal(seen.bytes + 12, ((uint8_t[]){ 0x81, 0, 0xa0, 42 }), 4);
}

/* --- who holds the fd ------------------------------------------------------------------ */

static void the_mac_that_a_holder_gives_the_device_changes_nothing(void **state)
{
	build_direct();
	shell("ip link set vif0 address 52:54:00:77:77:77");
	frame_make(&sent, frame_peer, frame_stranger, 0, FRAME, 1);
	expect_stopped("direct", "a frame of the device's new address");
	frame_make(&sent, frame_peer, frame_guest, 0, FRAME, 2);
	expect_out("direct", "the guest's frame");
}

/* --- exchanges ------------------------------------------------------------------------- */

static atomic_bool stop;

static void *exchange_all(void *userdata)
{
	struct guard_rules rules = mac_rules;
	unsigned *n = userdata;

	netns_enter_host();
	for (*n = 0; !stop && *n < EXCHANGES; ++*n) {
		rules.broadcast = *n % 2 ? 0 : 1000000;
		set_rules(&rules);
	}
	return NULL;
}

static void no_frame_is_lost_or_unchecked_while_rules_are_exchanged(void **state)
{
	AUTO_CLOSE int socket = -1;
	pthread_t thread;
	unsigned n;

	build_live_by_tc();
	netns_enter_wire();
	socket = frames_open("eth1");
	netns_enter_host();
	stop = false;
	(void)frames_count(socket);
	assert_int_equal(pthread_create(&thread, NULL, exchange_all, &n), 0);
	for (unsigned i = 0; i < FLOOD; i++) {
		frame_make(&sent, frame_peer, i % 2 ? frame_guest : frame_stranger, 0, FRAME, i);
		queue_send(queue, HEADER, &sent);
	}
	stop = true;
	pthread_join(thread, NULL);
	assert_true(n > 10);
	assert_int_equal(frames_count(socket), FLOOD / 2);
	assert_int_equal(dropped_by("mac"), FLOOD / 2);
	printf("# %u exchanges under load: %u rows sent, %u pass\n", n, FLOOD, FLOOD / 2);
}

/* --- the next process ------------------------------------------------------------------- */

static void what_stays_is_closed_and_counts_and_is_taken_over(void **state)
{
	struct guard_rules rules = mac_rules;

	build_live();
	frame_make(&sent, frame_peer, frame_stranger, 0, FRAME, 1);
	expect_stopped("live", "a stranger's frame");
	guard_close(take_ptr(guard));
	queue_send(queue, HEADER, &sent);
	assert_true(link_is_silent(far_end));
	open_guard();
	assert_int_equal(dropped_by("mac"), 2);
	/* New rules reach the program of the old process; wired by it as before. */
	memcpy(rules.mac, frame_stranger, sizeof(rules.mac));
	set_rules(&rules);
	frame_make(&sent, frame_peer, frame_guest, 0, FRAME, 2);
	expect_stopped("taken over", "what was the guest's");
	assert_int_equal(dropped_by("mac"), 3);
}

static void a_guard_that_is_taken_over_goes_on_with_the_wire(void **state)
{
	build_live();
	shell("tc filter del dev vif0 ingress prio 30313"); /* 0x7669: what is behind it */
	guard_close(take_ptr(guard));
	open_guard();
	set_rules(&mac_rules);
	frame_make(&sent, frame_peer, frame_guest, 0, FRAME, 1);
	expect_out("taken over", "the guest's frame");
}

static void a_link_made_again_keeps_what_was_counted(void **state)
{
	build_live();
	frame_make(&sent, frame_peer, frame_stranger, 0, FRAME, 1);
	expect_stopped("live", "a stranger's frame");
	shell("ip link del vif0-0");
	closep(&queue);
	closep(&stack);
	stack = -1;
	guard_forget_link(guard, device);
	build_live();
	assert_int_equal(dropped_by("mac"), 1);
	expect_stopped("made again", "a stranger's frame");
	guard_forget(guard, mac_rules.identity);
	assert_int_equal(dropped_by("mac"), 0);
}

static void a_cleared_link_is_open(void **state)
{
	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
		AUTO_ERROR struct error err = ERROR_INIT;

		setup(state);
		kinds[i].build();
		expect_ok(guard_clear(guard, nl, device, "vif0", side, &err), &err);
		(void)frames_count(far_end);
		frame_make(&sent, frame_peer, frame_stranger, 0, FRAME, 1);
		queue_send(queue, HEADER, &sent);
		(void)link_is_silent(far_end);
		assert_int_equal(frames_count(far_end), 1);
		assert_int_equal(guard_find(nl, device, side), GUARD_PLACE_NONE);
		expect_ok(guard_clear(guard, nl, device, "vif0", side, &err), &err);
	}
}

/* --- what others put on the link --------------------------------------------------------- */

static int load_pass(void)
{
	static const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "other", "GPL", program, ARRAY_SIZE(program),
			     NULL);
}

static void a_program_before_ours_is_noticed_and_put_behind(void **state)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_CLOSE int other = load_pass();

	build_live_by_tcx();
	assert_int_equal(guard_find(nl, device, side), GUARD_PLACE_FIRST);
	assert_true(other >= 0);
	assert_int_equal(bpf_hook_attach_tcx(device, "vif0", BPF_HOOK_INGRESS, other, -1, &err), 0);
	assert_int_equal(guard_find(nl, device, side), GUARD_PLACE_BEHIND);
	frame_make(&sent, frame_peer, frame_guest, 0, FRAME, 1);
	assert_false(goes_out());
	expect_ok(guard_promote(guard, device, "vif0", &err), &err);
	assert_int_equal(guard_find(nl, device, side), GUARD_PLACE_FIRST);
	assert_true(goes_out());
	frame_make(&sent, frame_peer, frame_stranger, 0, FRAME, 2);
	expect_stopped("promoted", "a stranger's frame");
}

static void a_filter_of_tc_is_asked_after_ours(void **state)
{
	build_live_by_tc();
	shell("tc filter add dev vif0 ingress prio 2 protocol all u32 match u32 0 0 "
	      "action mirred egress redirect dev eth1");
	frame_make(&sent, frame_peer, frame_stranger, 0, FRAME, 2);
	expect_stopped("live", "a stranger's frame");
}

static void a_link_that_cannot_have_an_egress_is_not_guarded_half(void **state)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct guard_rules rules = mac_rules;

	add_tap();
	shell("tc qdisc add dev vif0 ingress");
	rules.ip_only = rules.learn = true;
	assert_int_equal(guard_set(guard, nl, device, "vif0", side, &rules, &err), -EEXIST);
	assert_string_equal(error_text(&err),
			    "vif0 has no tc egress: its qdisc is of kind ingress, "
			    "not clsact");
	assert_int_equal(guard_find(nl, device, side), GUARD_PLACE_NONE);
	set_rules(&mac_rules);
	wire(true);
	frame_make(&sent, frame_peer, frame_stranger, 0, FRAME, 2);
	expect_stopped("on ingress", "a stranger's frame");
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(strangers_frames_pass_on_no_kind_of_port),
		TEST(an_address_is_checked_behind_a_tag_of_the_metadata),
		TEST(a_bridge_of_taps_is_guarded_from_its_own_guests),
		TEST(a_guest_in_a_vlan_sees_no_tags_and_the_wire_does),
		TEST(a_trunk_passes_its_vlans_and_no_others),
		TEST(frames_without_a_tag_are_of_a_trunks_native_vlan),
		TEST(a_tag_of_another_kind_is_no_way_out_of_a_vlan),
		TEST(a_priority_is_kept_and_its_tag_is_none),
		TEST(the_mac_that_a_holder_gives_the_device_changes_nothing),
		TEST(no_frame_is_lost_or_unchecked_while_rules_are_exchanged),
		TEST(what_stays_is_closed_and_counts_and_is_taken_over),
		TEST(a_guard_that_is_taken_over_goes_on_with_the_wire),
		TEST(a_link_made_again_keeps_what_was_counted),
		TEST(a_cleared_link_is_open),
		TEST(a_program_before_ours_is_noticed_and_put_behind),
		TEST(a_filter_of_tc_is_asked_after_ours),
		TEST(a_link_that_cannot_have_an_egress_is_not_guarded_half),
	};
	int failed;

	netns_require();
	failed = cmocka_run_group_tests_name("guard", tests, NULL, NULL);
	close_all();
	return failed;
}
