/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A tap that somebody deletes, made again on files that were held of it. "The
 * VMM's" queue is one fd, "held" a duplicate of it, as a daemon has.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include <cmocka.h>

#include "frames.h"
#include "kernel/announce.h"
#include "kernel/fds.h"
#include "kernel/tun.h"
#include "netns.h"

enum {
	HEADER = 12,
	QUEUES_MAX = 4,
};

static int vmm[QUEUES_MAX], held[QUEUES_MAX];
static unsigned n_queues;
static struct tun_settings settings;
static struct frame sent, seen;

/* A tap as a VMM has it, up, and duplicates of its queues. */
static void plug(unsigned n)
{
	int ifindex;

	n_queues = n;
	assert_int_equal(tun_create("vif0", n, true, 0, vmm, &ifindex, NULL), 0);
	for (unsigned i = 0; i < n; i++) {
		queue_setup(vmm[i], HEADER);
		held[i] = fcntl(vmm[i], F_DUPFD_CLOEXEC, 0);
	}
	shell("ip link set vif0 up");
}

static void read_settings(void)
{
	assert_int_equal(tun_get_settings(held, n_queues, &settings, NULL), 0);
}

static void remake(void)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	int ifindex;

	if (tun_remake(held, n_queues, "vif0", &settings, 0, &ifindex, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_int_equal(ifindex, if_nametoindex("vif0"));
	shell("ip link set vif0 up");
}

static int teardown(void **state)
{
	fds_close(vmm, n_queues);
	fds_close(held, n_queues);
	return 0;
}

static void expect_out(int queue)
{
	AUTO_CLOSE int stack = frames_open_stack("vif0");

	frame_make(&sent, frame_broadcast, frame_guest, 0, 200, 7);
	queue_send(queue, HEADER, &sent);
	assert_true(link_receive(stack, &seen));
	assert_int_equal(seen.size, sent.size);
	assert_memory_equal(seen.bytes, sent.bytes, sent.size);
}

/* From the host's side of the tap to whoever reads this queue. */
static void expect_in(int queue)
{
	AUTO_CLOSE int host = frames_open("vif0");

	frame_make_gso(&sent, frame_guest, frame_peer, 40000);
	link_send(host, &sent);
	assert_true(queue_receive(queue, HEADER, &seen));
	assert_int_equal(seen.size, sent.size);
	assert_int_equal(seen.vnet.gso_type, VIRTIO_NET_HDR_GSO_TCPV4);
	assert_memory_equal(seen.bytes, sent.bytes, sent.size);
}

static void the_vmms_own_fd_speaks_and_hears_again(void **state)
{
	plug(1);
	read_settings();
	shell("ip link del vif0");
	assert_int_equal(write(vmm[0], &sent, 100), -1);
	assert_int_equal(errno, EBADFD);
	remake();
	expect_out(vmm[0]);
	expect_in(vmm[0]);
}

static int get_int(int fd, unsigned long request)
{
	int value = -7;

	assert_return_code(ioctl(fd, request, &value), errno);
	return value;
}

static void header_offloads_and_send_room_are_as_the_vmm_had_set_them(void **state)
{
	plug(1);
	read_settings();
	assert_int_equal(settings.vnet_hdr_size, HEADER);
	assert_int_equal(settings.offloads, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6);
	shell("ip link del vif0");
	remake();
	assert_int_equal(get_int(vmm[0], TUNGETVNETHDRSZ), HEADER);
	assert_int_equal(get_int(vmm[0], TUNGETSNDBUF), INT32_MAX);
	settings = (struct tun_settings){ 0 };
	read_settings();
	assert_int_equal(settings.offloads, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6);
}

static void expect_offloads(unsigned set, unsigned expected)
{
	assert_return_code(ioctl(vmm[0], TUNSETOFFLOAD, (unsigned long)set), errno);
	read_settings();
	assert_int_equal(settings.offloads, expected);
}

static void each_offload_that_a_vmm_sets_is_read_back(void **state)
{
	const unsigned uso = 0x20 | 0x40; /* TUN_F_USO4, TUN_F_USO6 */

	plug(1);
	expect_offloads(0, 0);
	expect_offloads(TUN_F_CSUM, TUN_F_CSUM);
	expect_offloads(TUN_F_CSUM | TUN_F_TSO4, TUN_F_CSUM | TUN_F_TSO4);
	expect_offloads(TUN_F_CSUM | TUN_F_TSO6, TUN_F_CSUM | TUN_F_TSO6);
	expect_offloads(TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO_ECN,
			TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO_ECN);
	if (ioctl(vmm[0], TUNSETOFFLOAD, (unsigned long)(TUN_F_CSUM | uso)) == 0)
		expect_offloads(TUN_F_CSUM | uso, TUN_F_CSUM | uso);
}

/* Without the offloads of the guest, a whole one would be what it cannot read. */
static void a_guest_without_offloads_gets_frames_cut(void **state)
{
	AUTO_CLOSE int host = -1;
	int nothing = 0;

	plug(1);
	assert_return_code(ioctl(vmm[0], TUNSETOFFLOAD, (unsigned long)nothing), errno);
	read_settings();
	shell("ip link del vif0");
	remake();
	host = frames_open("vif0");
	frame_make_gso(&sent, frame_guest, frame_peer, 4000);
	link_send(host, &sent);
	assert_true(queue_receive(vmm[0], HEADER, &seen));
	assert_int_equal(seen.vnet.gso_type, VIRTIO_NET_HDR_GSO_NONE);
	assert_int_equal(seen.size, 14 + 20 + 20 + 1448);
}

static bool is_disabled(int fd)
{
	struct ifreq request = { 0 };

	assert_return_code(ioctl(fd, TUNGETIFF, &request), errno);
	return request.ifr_flags & IFF_DETACH_QUEUE;
}

/* A guest with fewer processors than queues has told its VMM to switch off the last ones. */
static void all_queues_are_back_and_those_switched_off_are_off(void **state)
{
	const struct ifreq off = { .ifr_flags = IFF_DETACH_QUEUE };

	plug(4);
	assert_return_code(ioctl(vmm[2], TUNSETQUEUE, &off), errno);
	assert_return_code(ioctl(vmm[3], TUNSETQUEUE, &off), errno);
	read_settings();
	assert_int_equal(settings.n_disabled, 2);
	shell("ip link del vif0");
	remake();
	for (unsigned i = 0; i < 4; i++) {
		assert_true(tun_is_queue_of(vmm[i], "vif0"));
		assert_int_equal(is_disabled(vmm[i]), i >= 2);
	}
	expect_out(vmm[1]);
}

/* As QEMU waits: an error that is always there is a loop that never sleeps. */
static void who_polls_the_queue_sleeps_again(void **state)
{
	AUTO_CLOSE int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };

	plug(1);
	read_settings();
	assert_return_code(epoll_ctl(epoll, EPOLL_CTL_ADD, vmm[0], &event), errno);
	shell("ip link set vif0 addrgenmode none && ip link del vif0");
	assert_int_equal(epoll_wait(epoll, &event, 1, 0), 1);
	assert_true(event.events & EPOLLERR);
	remake();
	while (read(vmm[0], &seen, sizeof(seen)) > 0)
		;
	assert_int_equal(epoll_wait(epoll, &event, 1, 0), 0);
	expect_in(vmm[0]);
}

static void refuse(int code, const char *expected)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	json_auto_t *before = ip_link("vif0"), *after = NULL;
	int ifindex = -7;

	assert_int_equal(tun_remake(held, n_queues, "vif0", &settings, 0, &ifindex, &err), code);
	assert_string_equal(error_text(&err), expected);
	assert_int_equal(ifindex, -7);
	after = ip_link("vif0");
	assert_true(json_equal(before, after));
}

static void a_foreign_tap_of_that_name_is_not_joined(void **state)
{
	plug(1);
	read_settings();
	shell("ip link del vif0 && ip tuntap add vif0 mode tap vnet_hdr");
	refuse(-EEXIST, "cannot make again tap vif0: a link of that name exists already");
	assert_true(fd_is_dead(vmm[0]));
}

static void a_tap_that_is_there_is_left_alone(void **state)
{
	plug(2);
	read_settings();
	refuse(-EEXIST, "cannot make again tap vif0: it was not deleted");
}

/* RARP, as the tap's network gets it: from the guest, to everybody, 60 bytes. */
static void an_announcement_goes_out_in_the_guests_place(void **state)
{
	AUTO_CLOSE int network = -1;

	plug(1);
	network = frames_open("vif0");
	assert_int_equal(announce_by_queue(held[0], frame_guest, NULL), 0);
	assert_true(link_receive(network, &seen));
	assert_int_equal(seen.size, 60);
	assert_memory_equal(seen.bytes, frame_broadcast, 6);
	assert_memory_equal(seen.bytes + 6, frame_guest, 6);
	assert_memory_equal(seen.bytes + 12, "\x80\x35\0\1\x08\0\6\4\0\3", 10);
	assert_memory_equal(seen.bytes + 22, frame_guest, 6);
	assert_memory_equal(seen.bytes + 32, frame_guest, 6);
	shell("ip link del vif0");
	assert_int_equal(announce_by_queue(held[0], frame_guest, NULL), -EBADFD);
}

/* Reads lines until one has this text. */
static void expect_line(FILE *lines, const char *text)
{
	char line[512];

	while (fgets(line, sizeof(line), lines))
		if (strstr(line, text))
			return;
	fail_msg("no line with: %s", text);
}

/* The same, in words of somebody who knows the protocol. */
static void tcpdump_reads_the_announcement(void **state)
{
	AUTO_CLOSE int fd = -1;
	FILE *lines;

	n_queues = 0;
	if (!shell_try("command -v tcpdump")) {
		print_message("# skipped: there is no tcpdump\n");
		skip();
	}
	netns_nic("eth1", 0);
	shell("ip link set eth1 up");
	netns_enter_wire();
	lines = popen("timeout 10 tcpdump -i eth1 -nnel -c 1 rarp 2>&1", "re");
	netns_enter_host();
	assert_non_null(lines);
	expect_line(lines, "listening");
	assert_int_equal(announce_open(&fd, NULL), 0);
	assert_int_equal(
		announce_by_link(fd, (int)if_nametoindex("eth1"), "eth1", frame_guest, NULL), 0);
	expect_line(lines, "52:54:00:11:22:33 > ff:ff:ff:ff:ff:ff, ethertype Reverse ARP (0x8035), "
			   "length 60: Reverse Request who-is 52:54:00:11:22:33 tell "
			   "52:54:00:11:22:33");
	pclose(lines);
}

static void a_link_that_has_gone_cannot_announce(void **state)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_CLOSE int fd = -1;

	n_queues = 0;
	assert_int_equal(announce_open(&fd, NULL), 0);
	assert_int_equal(announce_by_link(fd, 999, "eth1", frame_guest, &err), -ENXIO);
	assert_string_equal(error_text(&err),
			    "cannot announce a guest on eth1: No such device or address");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, netns_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_vmms_own_fd_speaks_and_hears_again),
		TEST(header_offloads_and_send_room_are_as_the_vmm_had_set_them),
		TEST(each_offload_that_a_vmm_sets_is_read_back),
		TEST(a_guest_without_offloads_gets_frames_cut),
		TEST(all_queues_are_back_and_those_switched_off_are_off),
		TEST(who_polls_the_queue_sleeps_again),
		TEST(a_foreign_tap_of_that_name_is_not_joined),
		TEST(a_tap_that_is_there_is_left_alone),
		TEST(an_announcement_goes_out_in_the_guests_place),
		TEST(tcpdump_reads_the_announcement),
		TEST(a_link_that_has_gone_cannot_announce),
	};

	netns_require();
	return cmocka_run_group_tests_name("remake", tests, NULL, NULL);
}
