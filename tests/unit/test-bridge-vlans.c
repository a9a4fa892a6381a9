/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VLANs of a bridge's port, as bytes: what the kernel is asked for is what bridge(8) of
 * iproute2 6.1 sends for the same (`strace -xx -e sendmsg bridge vlan add …`), and what the
 * kernel tells is read back.
 */
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "testing.h"

#include "kernel/bridge-port.h"
#include "kernel/link.h"
#include "util/array.h"

enum {
	PORT = 0x1234,
};

static uint8_t sent[65536];
static size_t n_sent;

/* Instead of the C library's: nothing leaves this process. */
ssize_t send(int __fd, const void *__buf, size_t __n, int __flags)
{
	(void)__fd, (void)__flags;
	memcpy(sent, __buf, __n);
	n_sent = __n;
	errno = EPERM;
	return -1;
}

static void request(const struct bridge_vlans *vlans, size_t n)
{
	AUTO(netlink_closep) struct netlink *nl = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;

	assert_int_equal(netlink_open(NETLINK_ROUTE, &nl, &err), 0);
	assert_int_equal(bridge_port_set_vlans(nl, PORT, "vif0", vlans, n, &err), -EPERM);
	assert_non_null(strstr(error_text(&err), "cannot set the VLANs of vif0 at its bridge: "));
}

/* The i-th message that was sent is of that type, about PORT, with those attributes. */
static void expect_message(unsigned i, uint16_t type, const uint8_t *attributes, size_t n)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)(const void *)sent;
	int left = (int)n_sent;
	const struct ifinfomsg *info;

	while (mnl_nlmsg_ok(nlh, left) && i-- > 0)
		nlh = mnl_nlmsg_next(nlh, &left);
	assert_true(mnl_nlmsg_ok(nlh, left));
	assert_int_equal(nlh->nlmsg_type, type);
	info = mnl_nlmsg_get_payload(nlh);
	assert_int_equal(info->ifi_family, AF_BRIDGE);
	assert_int_equal(info->ifi_index, PORT);
	assert_int_equal(mnl_nlmsg_get_payload_len(nlh), sizeof(*info) + n);
	assert_memory_equal(info + 1, attributes, n);
}

static void an_access_port_gets_its_vlan_before_it_loses_the_others(void **state)
{
	static const struct bridge_vlans vlans = { 42, 42, .pvid = true, .untagged = true };
	static const uint8_t add[] = { 12, 0, 26, 0x80, 8, 0, 2, 0, 6, 0, 42, 0 };
	static const uint8_t others[] = {
		36, 0, 26, 0x80, 8, 0, 2, 0, 8,  0, 1, 0, 8, 0, 2,  0, 16,   0,
		41, 0, 8,  0,    2, 0, 8, 0, 43, 0, 8, 0, 2, 0, 16, 0, 0xfe, 0x0f,
	};

	(void)state;
	request(&vlans, 1);
	expect_message(0, RTM_SETLINK, add, sizeof(add));
	expect_message(1, RTM_DELLINK, others, sizeof(others));
}

static void a_trunk_is_told_by_ranges(void **state)
{
	static const struct bridge_vlans vlans[] = {
		{ 1, 1, .pvid = true },
		{ 3, 4094 },
	};
	static const uint8_t add[] = {
		28, 0, 26, 0x80, 8, 0, 2, 0, 2, 0, 1,  0, 8,    0,
		2,  0, 8,  0,    3, 0, 8, 0, 2, 0, 16, 0, 0xfe, 0x0f,
	};
	static const uint8_t others[] = { 12, 0, 26, 0x80, 8, 0, 2, 0, 0, 0, 2, 0 };

	(void)state;
	request(vlans, ARRAY_SIZE(vlans));
	expect_message(0, RTM_SETLINK, add, sizeof(add));
	expect_message(1, RTM_DELLINK, others, sizeof(others));
}

static void a_port_in_none_leaves_all(void **state)
{
	static const uint8_t all[] = {
		20, 0, 26, 0x80, 8, 0, 2, 0, 8, 0, 1, 0, 8, 0, 2, 0, 16, 0, 0xfe, 0x0f,
	};

	(void)state;
	request(NULL, 0);
	expect_message(0, RTM_DELLINK, all, sizeof(all));
}

/* Every second one: two thousand ranges are more than one message has room for. */
static void many_vlans_take_several_messages(void **state)
{
	struct bridge_vlans vlans[2047];
	unsigned n_added = 0, n_messages = 0;
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)(const void *)sent;
	int left;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vlans); i++)
		vlans[i] = (struct bridge_vlans){ .first = (uint16_t)(2 * i + 1),
						  .last = (uint16_t)(2 * i + 1) };
	request(vlans, ARRAY_SIZE(vlans));
	for (left = (int)n_sent; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		assert_true(nlh->nlmsg_len <= NETLINK_MESSAGE_MAX);
		n_messages++;
		if (nlh->nlmsg_type == RTM_SETLINK)
			n_added += (unsigned)(mnl_nlmsg_get_payload_len(nlh) -
					      sizeof(struct ifinfomsg) - 4) /
				   8;
	}
	assert_true(n_messages > 2);
	assert_int_equal(n_added, ARRAY_SIZE(vlans));
}

/* As a bridge tells of its port vif0: in 1 (PVID, untagged) and 10 to 12. */
/* clang-format off */
static const uint8_t told[] = {
	92, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* RTM_NEWLINK */
	7, 0, 1, 0, 9, 0, 0, 0, 0x43, 0x11, 1, 0, 0, 0, 0, 0, /* AF_BRIDGE, ifindex 9 */
	9, 0, 3, 0, 'v', 'i', 'f', '0', 0, 0, 0, 0, /* IFLA_IFNAME */
	8, 0, 10, 0, 7, 0, 0, 0, /* IFLA_MASTER */
	8, 0, 12, 0x80, 5, 0, 8, 0, /* IFLA_PROTINFO, cut short */
	32, 0, 26, 0x80, 8, 0, 2, 0, 6, 0, 1, 0, /* IFLA_AF_SPEC */
	8, 0, 2, 0, 8, 0, 10, 0, 8, 0, 2, 0, 16, 0, 12, 0, 4, 0, 99, 0,
};
/* clang-format on */

static void what_a_bridge_tells_is_read(void **state)
{
	uint8_t message[sizeof(told)] __attribute__((aligned(4)));
	const struct nlattr *at = NULL;
	struct bridge_vlans vlans;
	struct link_view view;

	(void)state;
	memcpy(message, told, sizeof(told));
	message[0] = sizeof(told);
	assert_true(link_view_parse((const struct nlmsghdr *)(const void *)message, &view));
	assert_true(view.port_only);
	assert_int_equal(view.master, 7);
	assert_true(bridge_vlan_next(&view, &at, &vlans));
	assert_int_equal(vlans.first, 1);
	assert_int_equal(vlans.last, 1);
	assert_true(vlans.pvid && vlans.untagged);
	assert_true(bridge_vlan_next(&view, &at, &vlans));
	assert_int_equal(vlans.first, 10);
	assert_int_equal(vlans.last, 12);
	assert_false(vlans.pvid || vlans.untagged);
	assert_false(bridge_vlan_next(&view, &at, &vlans));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_access_port_gets_its_vlan_before_it_loses_the_others),
		cmocka_unit_test(a_trunk_is_told_by_ranges),
		cmocka_unit_test(a_port_in_none_leaves_all),
		cmocka_unit_test(many_vlans_take_several_messages),
		cmocka_unit_test(what_a_bridge_tells_is_read),
	};

	return cmocka_run_group_tests_name("bridge-vlans", tests, NULL, NULL);
}
