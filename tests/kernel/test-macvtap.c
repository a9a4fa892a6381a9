/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

#include <cmocka.h>

#include "kernel/fds.h"
#include "kernel/macvtap.h"
#include "netns.h"

enum {
	TWIN = 777, /* an ifindex that two namespaces use */
	QUEUES_MAX = 256,
};

static const uint8_t mac_a[6] = { 0x52, 0x54, 0, 0, 0, 0xa };
static const uint8_t mac_b[6] = { 0x52, 0x54, 0, 0, 0, 0xb };

static void open_folders(struct macvtap_folders *folders)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (macvtap_folders_open(folders, NULL, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_true(folders->sysfs_is_own);
}

#define AUTO_FOLDERS AUTO(macvtap_folders_close)

/*
 * A macvtap vif0 with ifindex TWIN on a new NIC, up. The NIC's far end is here
 * too, so that it lives as long as this namespace.
 */
static void make_macvtap(const uint8_t mac[static 6])
{
	shell("ip link add eth1 up type veth peer name far1 && ip link set far1 up");
	shell("ip link add vif0 index %d link eth1 address %02x:%02x:%02x:%02x:%02x:%02x "
	      "type macvtap mode bridge && ip link set vif0 up",
	      TWIN, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static bool has_mac(int fd, const uint8_t mac[static 6])
{
	struct ifreq request = { 0 };

	return ioctl(fd, SIOCGIFHWADDR, &request) == 0 &&
	       !memcmp(request.ifr_hwaddr.sa_data, mac, 6);
}

static void macvtap_is_opened_by_device_number_not_by_name(void **state)
{
	AUTO_FOLDERS struct macvtap_folders folders = MACVTAP_FOLDERS_INIT;
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_CLOSE int by_name = -1, fd = -1;
	int first = netns_open(); /* keeps the first namespace */

	make_macvtap(mac_a);
	netns_setup(NULL);
	make_macvtap(mac_b);

	by_name = open("/dev/tap777", O_RDWR | O_CLOEXEC);
	if (by_name >= 0)
		assert_true(has_mac(by_name, mac_a)); /* the trap: it is the other namespace's */

	open_folders(&folders);
	if (macvtap_open(&folders, TWIN, "vif0", 1, true, &fd, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_true(has_mac(fd, mac_b));
	close(first);
}

static void a_frame_that_is_written_reaches_the_wire(void **state)
{
	/* 10 bytes of virtio-net header, then a broadcast of a type that nobody else uses. */
	uint8_t frame[10 + 60] = { 0 };
	AUTO_FOLDERS struct macvtap_folders folders = MACVTAP_FOLDERS_INIT;
	AUTO_CLOSE int fd = -1;

	make_macvtap(mac_a);
	shell("nft 'table netdev t { chain c { type filter hook ingress device far1 priority 0; "
	      "ether saddr 52:54:00:00:00:0a ether type 0x88b5 counter; }; }'");
	open_folders(&folders);
	assert_int_equal(macvtap_open(&folders, TWIN, "vif0", 1, true, &fd, NULL), 0);
	memset(frame + 10, 0xff, 6);
	memcpy(frame + 16, mac_a, 6);
	frame[22] = 0x88;
	frame[23] = 0xb5;
	assert_int_equal(write(fd, frame, sizeof(frame)), sizeof(frame));
	/* Broadcasts of macvlans pass a work queue. */
	shell("for i in $(seq 50); do nft list ruleset | grep -q 'packets 1 ' && exit; "
	      "sleep 0.02; done; exit 1");
}

static short flags_of(int fd)
{
	struct ifreq request = { 0 };

	assert_int_equal(ioctl(fd, TUNGETIFF, &request), 0);
	assert_string_equal(request.ifr_name, "vif0");
	return request.ifr_flags;
}

static void queues_are_nonblocking_and_closed_on_exec(void **state)
{
	AUTO_FOLDERS struct macvtap_folders folders = MACVTAP_FOLDERS_INIT;
	int fds[4];

	make_macvtap(mac_a);
	open_folders(&folders);
	assert_int_equal(macvtap_open(&folders, TWIN, "vif0", 4, true, fds, NULL), 0);
	for (unsigned i = 0; i < 4; i++) {
		assert_true(fcntl(fds[i], F_GETFL) & O_NONBLOCK);
		assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
		assert_true(flags_of(fds[i]) & IFF_VNET_HDR);
		assert_true(flags_of(fds[i]) & IFF_MULTI_QUEUE);
	}
	fds_close(fds, 4);
}

static void one_queue_is_not_multi_queue_and_needs_no_header(void **state)
{
	AUTO_FOLDERS struct macvtap_folders folders = MACVTAP_FOLDERS_INIT;
	AUTO_CLOSE int fd = -1;

	make_macvtap(mac_a);
	open_folders(&folders);
	assert_int_equal(macvtap_open(&folders, TWIN, "vif0", 1, false, &fd, NULL), 0);
	assert_false(flags_of(fd) & (IFF_VNET_HDR | IFF_MULTI_QUEUE));
	assert_true(flags_of(fd) & IFF_NO_PI);
}

static void another_link_of_the_name_is_refused(void **state)
{
	AUTO_FOLDERS struct macvtap_folders folders = MACVTAP_FOLDERS_INIT;
	AUTO_ERROR struct error err = ERROR_INIT;
	int fd = -7;

	make_macvtap(mac_a);
	shell("ip link set vif0 down && ip link set vif0 name old");
	shell("ip link add vif0 link eth1 type macvtap mode bridge");
	open_folders(&folders);
	assert_int_equal(macvtap_open(&folders, TWIN, "vif0", 1, true, &fd, &err), -ENODEV);
	assert_int_equal(err.kind, ERROR_NO_SUCH_DEVICE);
	assert_string_equal(error_text(&err),
			    "vif0 is not the macvtap with ifindex 777 of this network namespace");
	assert_int_equal(fd, -7);
}

static void what_is_no_macvtap_is_refused(void **state)
{
	AUTO_FOLDERS struct macvtap_folders folders = MACVTAP_FOLDERS_INIT;
	int fd;

	netns_nic("eth1", TWIN);
	open_folders(&folders);
	assert_int_equal(macvtap_open(&folders, TWIN, "eth1", 1, true, &fd, NULL), -ENODEV);
	assert_int_equal(macvtap_open(&folders, TWIN, "../x", 1, true, &fd, NULL), -ENODEV);
}

static void too_many_queues_leave_none_open(void **state)
{
	AUTO_FOLDERS struct macvtap_folders folders = MACVTAP_FOLDERS_INIT;
	AUTO_ERROR struct error err = ERROR_INIT;
	int fds[QUEUES_MAX + 1];

	make_macvtap(mac_a);
	open_folders(&folders);
	assert_int_equal(macvtap_open(&folders, TWIN, "vif0", QUEUES_MAX + 1, true, fds, &err),
			 -EBUSY);
	assert_string_equal(error_text(&err), "cannot open macvtap vif0: Device or resource busy");
	assert_int_equal(macvtap_open(&folders, TWIN, "vif0", QUEUES_MAX, true, fds, NULL), 0);
	fds_close(fds, QUEUES_MAX);
}

static void no_device_node_is_left(void **state)
{
	AUTO_FOLDERS struct macvtap_folders folders = MACVTAP_FOLDERS_INIT;
	AUTO_CLOSE int fd = -1;

	make_macvtap(mac_a);
	open_folders(&folders);
	assert_int_equal(macvtap_open(&folders, TWIN, "vif0", 1, true, &fd, NULL), 0);
	shell("test -z \"$(ls -A /proc/%d/fd/%d/)\"", getpid(), folders.nodes);
}

/* Our own mounts: /sys of the namespace that we are in now, and a folder for nodes. */
static void mount_plain_folders(void)
{
	assert_return_code(unshare(CLONE_NEWNS), errno);
	assert_return_code(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), errno);
	assert_return_code(mount("sysfs", "/sys", "sysfs", 0, NULL), errno);
	assert_return_code(mount("tmpfs", "/mnt", "tmpfs", 0, NULL), errno);
}

static void the_plain_way_opens_too(void **state)
{
	AUTO_FOLDERS struct macvtap_folders folders = MACVTAP_FOLDERS_INIT;
	AUTO_CLOSE int fd = -1;

	mount_plain_folders();
	make_macvtap(mac_a);
	assert_int_equal(macvtap_folders_open_plain(&folders, "/mnt", NULL), 0);
	assert_int_equal(macvtap_open(&folders, TWIN, "vif0", 1, true, &fd, NULL), 0);
	assert_true(has_mac(fd, mac_a));
	shell("test -z \"$(ls -A /mnt)\"");
}

static void the_plain_way_refuses_another_namespaces_twin(void **state)
{
	AUTO_FOLDERS struct macvtap_folders folders = MACVTAP_FOLDERS_INIT;
	int first = netns_open(); /* keeps the first namespace */
	int fd;

	mount_plain_folders();
	make_macvtap(mac_a);
	netns_setup(NULL);
	make_macvtap(mac_b);
	assert_int_equal(macvtap_folders_open_plain(&folders, "/mnt", NULL), 0);
	assert_int_equal(macvtap_open(&folders, TWIN, "vif0", 1, true, &fd, NULL), -ENODEV);
	close(first);
}

#define TEST(name) cmocka_unit_test_setup(name, netns_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(macvtap_is_opened_by_device_number_not_by_name),
		TEST(a_frame_that_is_written_reaches_the_wire),
		TEST(queues_are_nonblocking_and_closed_on_exec),
		TEST(one_queue_is_not_multi_queue_and_needs_no_header),
		TEST(another_link_of_the_name_is_refused),
		TEST(what_is_no_macvtap_is_refused),
		TEST(too_many_queues_leave_none_open),
		TEST(no_device_node_is_left),
		TEST(the_plain_way_opens_too),
		TEST(the_plain_way_refuses_another_namespaces_twin),
	};

	netns_require();
	return cmocka_run_group_tests_name("macvtap", tests, NULL, NULL);
}
