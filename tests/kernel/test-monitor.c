/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <net/if.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/monitor.h"
#include "kernel/tun.h"
#include "netns.h"

/* What the events about one ifindex said, the last one and any. */
struct seen {
	int ifindex;
	char name[IFNAMSIZ];
	char altname[IFNAMSIZ];
	int master, new_ifindex, new_netnsid;
	unsigned n;
	bool deleted;
};

static void note(void *userdata, const struct link_view *view)
{
	struct seen *seen = userdata;
	const char *altname = link_view_altname(view, 0);

	if (view->ifindex != seen->ifindex)
		return;
	seen->n++;
	snprintf(seen->name, sizeof(seen->name), "%s", view->name);
	snprintf(seen->altname, sizeof(seen->altname), "%s", altname ? altname : "");
	seen->master = view->master;
	seen->deleted |= view->deleted;
	seen->new_ifindex = view->new_ifindex;
	seen->new_netnsid = view->new_netnsid;
}

static struct monitor *open_monitor(void)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct monitor *monitor;

	if (monitor_open(&monitor, &err) < 0)
		fail_msg("%s", error_text(&err));
	return monitor;
}

/* What happens to eth1 while the command runs. */
static struct seen watch_eth1(const char *command)
{
	AUTO(monitor_closep) struct monitor *monitor = NULL;
	struct seen seen = { 0 };

	seen.ifindex = ip_ifindex("eth1");
	monitor = open_monitor();
	shell("%s", command);
	assert_int_equal(monitor_read(monitor, note, &seen, NULL), 0);
	assert_true(seen.n > 0);
	return seen;
}

static void monitor_reports_rename(void **state)
{
	struct seen seen;

	netns_nic("eth1", 0);
	seen = watch_eth1("ip link set eth1 name wan0");
	assert_string_equal(seen.name, "wan0");
	assert_false(seen.deleted);
}

static void monitor_reports_alternative_names(void **state)
{
	struct seen seen;

	netns_nic("eth1", 0);
	shell("ip link set eth1 up");
	seen = watch_eth1("ip link property add dev eth1 altname wan0");
	assert_string_equal(seen.altname, "wan0");
}

/* It is made down, and the kernel tells no alternative names of links that are. */
static void a_new_macvtap_is_told_with_its_alternative_name(void **state)
{
	AUTO(monitor_closep) struct monitor *monitor = NULL;
	AUTO(netlink_closep) struct netlink *nl = NULL;
	struct macvlan_spec spec = { .kind = "macvtap", .name = "vif0", .altname = "vif-1" };
	struct seen seen = { 0 };

	netns_nic("eth1", 0);
	spec.lower = ip_ifindex("eth1");
	spec.lower_name = "eth1";
	spec.mode = MACVLAN_MODE_VEPA;
	assert_int_equal(netlink_open(NETLINK_ROUTE, &nl, NULL), 0);
	monitor = open_monitor();
	assert_int_equal(link_add_macvlan(nl, &spec, &seen.ifindex, NULL), 0);
	assert_int_equal(monitor_read(monitor, note, &seen, NULL), 0);
	assert_string_equal(seen.altname, "vif-1");
}

static void a_new_tap_is_told_with_its_alternative_name(void **state)
{
	static const uint8_t mac[6] = { 0xfe, 0x54, 0, 0x11, 0x22, 0x33 };
	AUTO(monitor_closep) struct monitor *monitor = open_monitor();
	AUTO(netlink_closep) struct netlink *nl = NULL;
	struct link_setup setup = { .altname = "vif-1", .mac = mac, .no_ipv6 = true };
	struct seen seen = { 0 };
	AUTO_CLOSE int fd = -1;

	assert_int_equal(netlink_open(NETLINK_ROUTE, &nl, NULL), 0);
	assert_int_equal(tun_create("vif0", 1, true, 0, &fd, &seen.ifindex, NULL), 0);
	assert_int_equal(link_setup(nl, seen.ifindex, "vif0", &setup, NULL), 0);
	assert_int_equal(monitor_read(monitor, note, &seen, NULL), 0);
	assert_string_equal(seen.altname, "vif-1");
}

static void monitor_reports_deletion(void **state)
{
	netns_nic("eth1", 0);
	assert_true(watch_eth1("ip link del eth1").deleted);
}

/* The bridge's own RTM_DELLINK about its port is not the port's end. */
static void leaving_a_bridge_is_no_deletion(void **state)
{
	struct seen seen;

	netns_nic("eth1", 0);
	shell("ip link add br0 type bridge && ip link set eth1 master br0");
	seen = watch_eth1("ip link set eth1 nomaster");
	assert_false(seen.deleted);
	assert_int_equal(seen.master, 0);
}

static void a_move_to_another_namespace_tells_where_to(void **state)
{
	AUTO_FREE char *command = NULL;
	AUTO_CLOSE int other = -1;
	struct seen seen;

	netns_enter_wire();
	other = netns_open();
	netns_enter_host();
	netns_nic("eth1", 0);
	assert_true(asprintf(&command, "ip link set eth1 name back netns /proc/%d/fd/%d", getpid(),
			     other) > 0);
	seen = watch_eth1(command);
	assert_true(seen.deleted);
	assert_true(seen.new_netnsid >= 0);
	netns_enter_wire();
	assert_int_equal(seen.new_ifindex, ip_ifindex("back"));
	netns_enter_host();
}

static void the_fd_is_readable_while_there_are_events(void **state)
{
	AUTO(monitor_closep) struct monitor *monitor = open_monitor();
	struct pollfd poll_fd = { .fd = monitor_fd(monitor), .events = POLLIN };
	struct seen seen = { 0 };

	assert_int_equal(poll(&poll_fd, 1, 0), 0);
	shell("ip link add br0 type bridge");
	assert_int_equal(poll(&poll_fd, 1, 0), 1);
	assert_int_equal(monitor_read(monitor, note, &seen, NULL), 0);
	assert_int_equal(poll(&poll_fd, 1, 0), 0);
}

static void enobufs_is_reported_and_old_events_are_dropped(void **state)
{
	AUTO(monitor_closep) struct monitor *monitor = NULL;
	AUTO(netlink_closep) struct netlink *nl = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;
	struct seen seen = { 0 };

	netns_nic("eth1", 0);
	seen.ifindex = ip_ifindex("eth1");
	assert_int_equal(netlink_open(NETLINK_ROUTE, &nl, NULL), 0);
	monitor = open_monitor();
	for (unsigned i = 0; i < 20000; i++)
		assert_int_equal(link_set_mtu(nl, seen.ifindex, "eth1", 1400 + i % 2, NULL), 0);
	assert_int_equal(monitor_read(monitor, note, &seen, &err), -ENOBUFS);
	seen.n = 0;
	assert_int_equal(monitor_read(monitor, note, &seen, NULL), 0);
	assert_int_equal(seen.n, 0);
	shell("ip link set eth1 name wan0");
	assert_int_equal(monitor_read(monitor, note, &seen, NULL), 0);
	assert_string_equal(seen.name, "wan0");
}

#define TEST(name) cmocka_unit_test_setup(name, netns_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(monitor_reports_rename),
		TEST(monitor_reports_alternative_names),
		TEST(a_new_macvtap_is_told_with_its_alternative_name),
		TEST(a_new_tap_is_told_with_its_alternative_name),
		TEST(monitor_reports_deletion),
		TEST(leaving_a_bridge_is_no_deletion),
		TEST(a_move_to_another_namespace_tells_where_to),
		TEST(the_fd_is_readable_while_there_are_events),
		TEST(enobufs_is_reported_and_old_events_are_dropped),
	};

	netns_require();
	return cmocka_run_group_tests_name("monitor", tests, NULL, NULL);
}
