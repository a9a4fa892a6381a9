/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest has behind a wire: a tap whose queue the test holds, wired to a
 * macvlan on a NIC, the frames seen at the far end of that NIC.
 *
 * Frames that get into the host's stack are counted by sockets that are
 * protocols of that stack; the first test of these shows that they do count.
 */
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "frames.h"
#include "kernel/link.h"
#include "kernel/tc.h"
#include "kernel/tun.h"
#include "netns.h"

enum {
	HEADER = 12, /* bytes; what VMMs use */
	FRAME = 200, /* bytes */
	REWIRES = 200,
};

static const struct timespec moment = { .tv_nsec = 50000 };

static struct netlink *nl;
static int queue = -1;   /* of vif0 */
static int tap;          /* its ifindex */
static int far_end = -1; /* packet socket at the far end of eth1 */
static struct frame sent, seen;

static int open_far_end(const char *nic)
{
	int fd;

	netns_enter_wire();
	fd = frames_open(nic);
	netns_enter_host();
	return fd;
}

/* Both ends up; nothing else. */
static void add_nic(const char *name)
{
	netns_nic(name, 0);
	shell("ip link set %s up", name);
	netns_wait_operational(name);
	netns_enter_wire();
	netns_wait_operational(name);
	netns_enter_host();
}

static int add_macvlan(const char *name, const char *nic, unsigned mode)
{
	const struct macvlan_spec spec = {
		.kind = "macvlan",
		.name = name,
		.lower = (int)if_nametoindex(nic),
		.lower_name = nic,
		.mode = mode,
		.mac = frame_guest,
	};
	AUTO_ERROR struct error err = ERROR_INIT;
	int ifindex;

	if (link_add_macvlan(nl, &spec, &ifindex, &err) < 0 ||
	    (mode == MACVLAN_MODE_PASSTHRU &&
	     link_set_mac(nl, ifindex, name, frame_guest, &err) < 0) ||
	    link_set_up(nl, ifindex, name, &err) < 0)
		fail_msg("%s", error_text(&err));
	return ifindex;
}

static void wire(int macvlan)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (tc_wire(nl, tap, "vif0", macvlan, "macvlan", &err) < 0)
		fail_msg("%s", error_text(&err));
}

static void close_all(void)
{
	netlink_close(take_ptr(nl));
	closep(&queue);
	closep(&far_end);
	queue = far_end = -1;
}

/* A tap that is up, and eth1; nothing is wired. */
static int setup(void **state)
{
	close_all();
	netns_setup(state);
	netns_silence_ipv6();
	netns_enter_wire();
	netns_silence_ipv6();
	netns_enter_host();
	assert_int_equal(netlink_open(NETLINK_ROUTE, &nl, NULL), 0);
	assert_int_equal(tun_create("vif0", 1, true, 0, &queue, &tap, NULL), 0);
	queue_setup(queue, HEADER);
	assert_int_equal(link_set_up(nl, tap, "vif0", NULL), 0);
	add_nic("eth1");
	far_end = open_far_end("eth1");
	return 0;
}

/* As expected, and with the same things left to do? */
static void expect_same(void)
{
	assert_int_equal(seen.size, sent.size);
	assert_memory_equal(seen.bytes, sent.bytes, sent.size);
	assert_int_equal(seen.vnet.gso_type, sent.vnet.gso_type);
	assert_int_equal(seen.vnet.gso_size, sent.vnet.gso_size);
	assert_int_equal(seen.vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM, sent.vnet.flags);
}

static void expect_out(void)
{
	queue_send(queue, HEADER, &sent);
	assert_true(link_receive(far_end, &seen));
	expect_same();
}

static void expect_in(void)
{
	link_send(far_end, &sent);
	assert_true(queue_receive(queue, HEADER, &seen));
	expect_same();
}

static void expect_both_ways(unsigned n_tags, size_t size)
{
	static uint32_t number;

	frame_make(&sent, frame_peer, frame_guest, n_tags, size, number++);
	expect_out();
	frame_make(&sent, frame_guest, frame_peer, n_tags, size, number++);
	expect_in();
}

static void frames_cross_in_all_four_modes(void **state)
{
	static const unsigned modes[] = {
		MACVLAN_MODE_BRIDGE,
		MACVLAN_MODE_VEPA,
		MACVLAN_MODE_PRIVATE,
		MACVLAN_MODE_PASSTHRU,
	};

	for (unsigned i = 0; i < ARRAY_SIZE(modes); i++) {
		int macvlan = add_macvlan("vif0-0", "eth1", modes[i]);

		wire(macvlan);
		expect_both_ways(0, 60);
		expect_both_ways(0, 1514);
		assert_int_equal(link_delete(nl, macvlan, "vif0-0", NULL), 0);
	}
}

static void vlan_tags_are_kept(void **state)
{
	wire(add_macvlan("vif0-0", "eth1", MACVLAN_MODE_BRIDGE));
	expect_both_ways(1, FRAME);
	expect_both_ways(2, FRAME);
}

/* 60 KiB that the receiver is to cut, its checksum still to be done. */
static void a_gso_frame_crosses_whole(void **state)
{
	wire(add_macvlan("vif0-0", "eth1", MACVLAN_MODE_BRIDGE));
	frame_make_gso(&sent, frame_peer, frame_guest, 60000);
	expect_out();
	frame_make_gso(&sent, frame_guest, frame_peer, 60000);
	expect_in();
}

static void expect_in_to(const uint8_t *to)
{
	frame_make(&sent, to, frame_peer, 0, FRAME, 0);
	expect_in();
}

static void multicast_and_broadcast_reach_the_guest_and_strangers_frames_do_not(void **state)
{
	wire(add_macvlan("vif0-0", "eth1", MACVLAN_MODE_BRIDGE));
	expect_in_to(frame_multicast);
	expect_in_to(frame_broadcast);
	frame_make(&sent, frame_stranger, frame_peer, 0, FRAME, 0);
	link_send(far_end, &sent);
	assert_true(queue_is_silent(queue, HEADER));
}

/* Even where somebody makes it send there: it would ask for an address first. */
static void the_host_says_nothing_to_the_wire(void **state)
{
	wire(add_macvlan("vif0-0", "eth1", MACVLAN_MODE_BRIDGE));
	shell_try("ping -c 1 -W 1 -I vif0-0 10.9.9.9");
	assert_true(link_is_silent(far_end));
}

static void send_many(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		frame_make(&sent, frame_broadcast, frame_guest, 0, FRAME, i);
		queue_send(queue, HEADER, &sent);
	}
}

static void the_stack_gets_frames_of_a_tap_that_is_not_wired_and_none_of_one_that_is(void **state)
{
	AUTO_CLOSE int stack = frames_open_stack("vif0");
	int macvlan = add_macvlan("vif0-0", "eth1", MACVLAN_MODE_BRIDGE);
	AUTO_CLOSE int stack_of_macvlan = frames_open_stack("vif0-0");

	send_many(100);
	assert_int_equal(frames_count(stack), 100);
	frame_make(&sent, frame_guest, frame_peer, 0, FRAME, 0);
	link_send(far_end, &sent);
	assert_true(link_receive(stack_of_macvlan, &seen));
	assert_int_equal(frames_count(stack_of_macvlan), 1);
	wire(macvlan);
	send_many(100);
	assert_int_equal(frames_count(stack), 0);
	expect_in_to(frame_guest);
	assert_int_equal(frames_count(stack_of_macvlan), 0);
}

/* A guest that sends as fast as it can. */
struct flood {
	pthread_t thread;
	atomic_bool stop;
	atomic_uint n; /* frames that the tap has taken */
};

static void *run_flood(void *userdata)
{
	static struct frame frame;
	struct flood *flood = userdata;
	uint8_t bytes[HEADER + FRAME] = { 0 };

	frame_make(&frame, frame_peer, frame_guest, 0, FRAME, 0);
	memcpy(bytes + HEADER, frame.bytes, FRAME);
	while (!flood->stop)
		if (write(queue, bytes, sizeof(bytes)) == sizeof(bytes))
			flood->n++;
	return NULL;
}

static void start_flood(struct flood *flood)
{
	flood->stop = false;
	flood->n = 0;
	assert_int_equal(pthread_create(&flood->thread, NULL, run_flood, flood), 0);
}

static void stop_flood(struct flood *flood)
{
	flood->stop = true;
	pthread_join(flood->thread, NULL);
}

/* So that something is under way with the wire of before when it is changed. */
static void let_some_pass(const struct flood *flood)
{
	unsigned before = flood->n;

	while (flood->n - before < 2)
		nanosleep(&moment, NULL);
}

/* The host's side of the tap sends to the guest as fast as it can. */
struct rain {
	pthread_t thread;
	atomic_bool stop;
	atomic_uint n; /* frames that were handed to the tap */
	int socket;
};

static void *run_rain(void *userdata)
{
	static struct frame frame;
	struct rain *rain = userdata;

	frame_make(&frame, frame_guest, frame_peer, 0, FRAME, 0);
	while (!rain->stop) {
		link_send(rain->socket, &frame);
		rain->n++;
		while (read(queue, &seen, sizeof(seen)) > 0)
			;
	}
	return NULL;
}

static void start_rain(struct rain *rain)
{
	rain->stop = false;
	rain->n = 0;
	rain->socket = frames_open("vif0");
	assert_int_equal(pthread_create(&rain->thread, NULL, run_rain, rain), 0);
	while (rain->n < 2)
		nanosleep(&moment, NULL);
}

static void stop_rain(struct rain *rain)
{
	rain->stop = true;
	pthread_join(rain->thread, NULL);
	close(rain->socket);
}

/* What the link has sent, or would have if the queue behind it had not been full. */
static unsigned count_sent(const char *link)
{
	json_auto_t *all = shell_json("ip -s -j link show %s", link);
	const json_t *tx = ip_get(json_array_get(all, 0), "stats64/tx");

	return (unsigned)(json_integer_value(json_object_get(tx, "packets")) +
			  json_integer_value(json_object_get(tx, "dropped")));
}

static void rewire_under_load(enum tc_classifier classifier)
{
	AUTO_CLOSE int stack = frames_open_stack("vif0");
	int macvlans[2] = { add_macvlan("vif0-0", "eth1", MACVLAN_MODE_BRIDGE) };
	struct flood flood;

	add_nic("eth2");
	macvlans[1] = add_macvlan("vif0-1", "eth2", MACVLAN_MODE_BRIDGE);
	if (tc_wire_by(nl, classifier, tap, "vif0", macvlans[0], "vif0-0", NULL) == -ENOENT) {
		print_message("# skipped: this kernel does not have the classifier\n");
		skip();
	}
	start_flood(&flood);
	for (unsigned i = 1; i <= REWIRES; i++) {
		let_some_pass(&flood);
		assert_int_equal(
			tc_wire_by(nl, classifier, tap, "vif0", macvlans[i % 2], "it", NULL), 0);
	}
	stop_flood(&flood);
	assert_int_equal(frames_count(stack), 0);
	assert_true(count_sent("vif0-0") > 0 && count_sent("vif0-1") > 0);
	assert_int_equal(count_sent("vif0-0") + count_sent("vif0-1"), flood.n);
	assert_int_equal(tc_wire_by(nl, classifier, tap, "vif0", 999, "vif0-2", NULL), -ENODEV);
	send_many(10);
	assert_int_equal(frames_count(stack), 0);
	assert_int_equal(count_sent("vif0-0") + count_sent("vif0-1"), flood.n + 10);
}

static void rewiring_by_u32_loses_and_leaks_nothing(void **state)
{
	rewire_under_load(TC_CLASSIFIER_U32);
}

static void rewiring_by_matchall_loses_and_leaks_nothing(void **state)
{
	rewire_under_load(TC_CLASSIFIER_MATCHALL);
}

/* The NIC goes and comes while the guest sends: what it sends meanwhile is lost, not leaked. */
static void a_successor_of_a_vanished_nic_is_wired_without_a_leak(void **state)
{
	AUTO_CLOSE int stack = frames_open_stack("vif0");
	struct flood flood;

	wire(add_macvlan("vif0-0", "eth1", MACVLAN_MODE_VEPA));
	start_flood(&flood);
	for (unsigned i = 0; i < 10; i++) {
		let_some_pass(&flood);
		shell("ip link del eth1");
		add_nic("eth1");
		wire(add_macvlan("vif0-0", "eth1", MACVLAN_MODE_VEPA));
	}
	stop_flood(&flood);
	assert_int_equal(frames_count(stack), 0);
	close(far_end);
	far_end = open_far_end("eth1");
	expect_both_ways(0, FRAME);
}

static unsigned count_filters(const char *link)
{
	json_auto_t *filters = shell_json("tc -j filter show dev %s ingress", link);
	unsigned n = 0;

	for (size_t i = 0; i < json_array_size(filters); i++)
		if (ip_get(json_array_get(filters, i), "options/actions"))
			n++;
	return n;
}

static void wiring_again_changes_nothing(void **state)
{
	int macvlan = add_macvlan("vif0-0", "eth1", MACVLAN_MODE_BRIDGE);

	for (unsigned i = 0; i < 3; i++) {
		wire(macvlan);
		assert_int_equal(count_filters("vif0"), 1);
		assert_int_equal(count_filters("vif0-0"), 1);
		expect_both_ways(0, FRAME);
	}
}

static void unwiring_leaves_no_filter_and_can_be_done_twice(void **state)
{
	AUTO_CLOSE int stack = frames_open_stack("vif0");

	wire(add_macvlan("vif0-0", "eth1", MACVLAN_MODE_BRIDGE));
	assert_int_equal(tc_unwire(nl, tap, "vif0", NULL), 0);
	assert_int_equal(tc_unwire(nl, tap, "vif0", NULL), 0);
	assert_int_equal(count_filters("vif0"), 0);
	send_many(10);
	assert_int_equal(frames_count(stack), 10);
}

static void a_clsact_of_somebody_else_is_used_and_left(void **state)
{
	shell("tc qdisc add dev vif0 clsact");
	wire(add_macvlan("vif0-0", "eth1", MACVLAN_MODE_BRIDGE));
	expect_both_ways(0, FRAME);
	assert_int_equal(tc_unwire(nl, tap, "vif0", NULL), 0);
	assert_int_equal(count_filters("vif0"), 0);
	shell("tc qdisc show dev vif0 | grep -q clsact");
}

/* The owner of the host may look at the guest's frames first, with a lower number. */
static void a_filter_before_the_wire_still_works(void **state)
{
	wire(add_macvlan("vif0-0", "eth1", MACVLAN_MODE_BRIDGE));
	shell("for match in 'u32 match u32 0 0' matchall; do tc filter add dev vif0 ingress "
	      "pref 10 protocol 0x%x $match action mirred egress redirect dev lo 2>/dev/null && "
	      "exit; done; exit 1",
	      FRAME_TYPE);
	frame_make(&sent, frame_peer, frame_guest, 0, FRAME, 0);
	queue_send(queue, HEADER, &sent);
	assert_true(link_is_silent(far_end));
}

static void a_macvlan_that_is_not_there_is_an_error_and_the_old_wire_stays(void **state)
{
	AUTO_ERROR struct error err = ERROR_INIT, of_tap = ERROR_INIT;

	wire(add_macvlan("vif0-0", "eth1", MACVLAN_MODE_BRIDGE));
	assert_int_equal(tc_wire(nl, tap, "vif0", 999, "vif0-1", &err), -ENODEV);
	assert_int_equal(err.kind, ERROR_NO_SUCH_DEVICE);
	assert_ptr_equal(error_text(&err),
			 strstr(error_text(&err), "cannot wire vif0 and vif0-1: No such device"));
	expect_both_ways(0, FRAME);
	assert_int_equal(tc_unwire(nl, 999, "vif9", &of_tap), -ENODEV);
	assert_ptr_equal(error_text(&of_tap),
			 strstr(error_text(&of_tap), "cannot unwire vif9: No such device"));
	error_done(&of_tap);
}

/* Make before break, in both directions; every frame leaves by the one or the other. */
static void from_bridge_to_wire_and_back_nothing_is_lost_or_leaked(void **state)
{
	AUTO_CLOSE int stack = frames_open_stack("vif0");
	struct flood flood;
	int macvlan = add_macvlan("vif0-0", "eth1", MACVLAN_MODE_BRIDGE);

	add_nic("eth2");
	shell("ip link add br0 up type bridge && ip link set eth2 up master br0");
	shell("ip link set vif0 master br0");
	start_flood(&flood);
	for (unsigned i = 0; i < 5; i++) {
		wire(macvlan);
		let_some_pass(&flood);
		shell("ip link set vif0 nomaster");
		shell("ip link set vif0 master br0");
		assert_int_equal(tc_unwire(nl, tap, "vif0", NULL), 0);
	}
	stop_flood(&flood);
	assert_int_equal(frames_count(stack), 0);
	assert_true(count_sent("vif0-0") > 0);
	assert_true(count_sent("eth2") >= flood.n - count_sent("vif0-0"));
}

/*
 * While the tap is wired and unwired the guest hears what the host's side of it
 * sends. With a qdisc made anew each time some of that is lost.
 */
static void a_ready_tap_is_wired_without_losing_what_comes_in(void **state)
{
	int macvlan = add_macvlan("vif0-0", "eth1", MACVLAN_MODE_BRIDGE);
	struct rain rain;

	shell("ip link set vif0 down");
	assert_int_equal(tc_make_ready(nl, tap, "vif0", true, NULL), 0);
	assert_int_equal(tc_make_ready(nl, tap, "vif0", true, NULL), 0);
	shell("ip link set vif0 up");
	start_rain(&rain);
	for (unsigned i = 0; i < 20; i++) {
		wire(macvlan);
		assert_int_equal(tc_unwire(nl, tap, "vif0", NULL), 0);
	}
	stop_rain(&rain);
	assert_true(rain.n > 20);
	assert_int_equal(count_sent("vif0"), rain.n);
}

static void the_queue_before_a_tap_is_taken_away(void **state)
{
	json_auto_t *link = NULL;

	assert_int_equal(tc_set_noqueue(nl, tap, "vif0", NULL), 0);
	assert_int_equal(tc_set_noqueue(nl, tap, "vif0", NULL), 0);
	link = ip_link("vif0");
	assert_string_equal(json_string_value(ip_get(link, "qdisc")), "noqueue");
	wire(add_macvlan("vif0-0", "eth1", MACVLAN_MODE_BRIDGE));
	expect_both_ways(0, FRAME);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(frames_cross_in_all_four_modes),
		TEST(vlan_tags_are_kept),
		TEST(a_gso_frame_crosses_whole),
		TEST(multicast_and_broadcast_reach_the_guest_and_strangers_frames_do_not),
		TEST(the_host_says_nothing_to_the_wire),
		TEST(the_stack_gets_frames_of_a_tap_that_is_not_wired_and_none_of_one_that_is),
		TEST(rewiring_by_u32_loses_and_leaks_nothing),
		TEST(rewiring_by_matchall_loses_and_leaks_nothing),
		TEST(a_successor_of_a_vanished_nic_is_wired_without_a_leak),
		TEST(wiring_again_changes_nothing),
		TEST(unwiring_leaves_no_filter_and_can_be_done_twice),
		TEST(a_clsact_of_somebody_else_is_used_and_left),
		TEST(a_filter_before_the_wire_still_works),
		TEST(a_macvlan_that_is_not_there_is_an_error_and_the_old_wire_stays),
		TEST(from_bridge_to_wire_and_back_nothing_is_lost_or_leaked),
		TEST(a_ready_tap_is_wired_without_losing_what_comes_in),
		TEST(the_queue_before_a_tap_is_taken_away),
	};
	int failed;

	netns_require();
	failed = cmocka_run_group_tests_name("wire", tests, NULL, NULL);
	close_all();
	return failed;
}
