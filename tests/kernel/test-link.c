/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/link.h"
#include "netns.h"

static const uint8_t guest_mac[6] = { 0x52, 0x54, 0, 0x11, 0x22, 0x33 };

static struct netlink *open_netlink(void)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct netlink *nl;

	if (netlink_open(NETLINK_ROUTE, &nl, &err) < 0)
		fail_msg("%s", error_text(&err));
	return nl;
}

static int ifindex_of(struct netlink *nl, const char *name)
{
	int ifindex;

	assert_int_equal(netlink_ifindex(nl, name, &ifindex), 0);
	return ifindex;
}

static struct macvlan_spec macvtap_on(struct netlink *nl, const char *lower, const char *name)
{
	return (struct macvlan_spec){
		.kind = "macvtap",
		.name = name,
		.altname = "vif-11111111-2222-4333-8444-555555555555",
		.lower = ifindex_of(nl, lower),
		.lower_name = lower,
		.mode = MACVLAN_MODE_BRIDGE,
		.mac = guest_mac,
	};
}

static int make(struct netlink *nl, const struct macvlan_spec *spec)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	int ifindex;

	if (link_add_macvlan(nl, spec, &ifindex, &err) < 0)
		fail_msg("%s", error_text(&err));
	return ifindex;
}

static const char *string_at(const json_t *link, const char *key)
{
	return json_string_value(json_object_get(link, key));
}

static void new_macvtap_is_complete_and_down(void **state)
{
	AUTO(netlink_closep) struct netlink *nl = open_netlink();
	json_auto_t *link = NULL;
	struct macvlan_spec spec;

	netns_nic("eth1", 0);
	spec = macvtap_on(nl, "eth1", "vif0");
	spec.mtu = 1400;
	make(nl, &spec);
	link = ip_link("vif0");
	assert_false(ip_has_flag(link, "UP"));
	assert_true(ip_has_flag(link, "ALLMULTI"));
	assert_true(ip_has_altname(link, spec.altname));
	assert_string_equal(string_at(link, "link"), "eth1");
	assert_string_equal(string_at(link, "address"), "52:54:00:11:22:33");
	assert_string_equal(string_at(link, "inet6_addr_gen_mode"), "none");
	assert_int_equal(json_integer_value(ip_get(link, "mtu")), 1400);
	assert_string_equal(json_string_value(ip_get(link, "linkinfo/info_kind")), "macvtap");
	assert_string_equal(json_string_value(ip_get(link, "linkinfo/info_data/mode")), "bridge");
}

static void a_macvtap_that_is_up_has_no_ipv6_address(void **state)
{
	AUTO(netlink_closep) struct netlink *nl = open_netlink();
	json_auto_t *addresses = NULL;
	struct macvlan_spec spec;
	int ifindex;

	netns_nic("eth1", 0);
	shell("ip link set eth1 up");
	spec = macvtap_on(nl, "eth1", "vif0");
	ifindex = make(nl, &spec);
	assert_int_equal(link_set_up(nl, ifindex, "vif0", NULL), 0);
	addresses = shell_json("ip -6 -j addr show dev vif0");
	for (size_t i = 0; i < json_array_size(addresses); i++)
		assert_int_equal(json_array_size(ip_get(json_array_get(addresses, i), "addr_info")),
				 0);
}

static void a_link_too_small_for_ipv6_is_no_failure(void **state)
{
	AUTO(netlink_closep) struct netlink *nl = open_netlink();
	json_auto_t *link = NULL;
	struct macvlan_spec spec;

	netns_nic("eth1", 0);
	spec = macvtap_on(nl, "eth1", "vif0");
	spec.mtu = 1000;
	make(nl, &spec);
	link = ip_link("vif0");
	assert_true(ip_has_altname(link, spec.altname));
}

static void failed_batch_leaves_no_link(void **state)
{
	AUTO(netlink_closep) struct netlink *nl = open_netlink();
	AUTO_ERROR struct error err = ERROR_INIT;
	json_auto_t *link = NULL;
	struct macvlan_spec spec;
	int ifindex = -7;

	netns_nic("eth1", 0);
	spec = macvtap_on(nl, "eth1", "vif0");
	shell("ip link property add dev eth1 altname %s", spec.altname);
	assert_int_equal(link_add_macvlan(nl, &spec, &ifindex, &err), -EEXIST);
	assert_int_equal(err.kind, ERROR_IN_USE);
	assert_int_equal(ifindex, -7);
	link = ip_link("vif0");
	assert_null(link);
}

/* The messages after the first must not find the link that was in the way. */
static void a_taken_name_leaves_its_holder_alone(void **state)
{
	AUTO(netlink_closep) struct netlink *nl = open_netlink();
	AUTO_ERROR struct error err = ERROR_INIT;
	json_auto_t *before = NULL, *after = NULL;
	struct macvlan_spec spec;
	int ifindex;

	netns_nic("eth1", 0);
	netns_nic("vif0", 0);
	before = ip_link("vif0");
	spec = macvtap_on(nl, "eth1", "vif0");
	assert_int_equal(link_add_macvlan(nl, &spec, &ifindex, &err), -EEXIST);
	after = ip_link("vif0");
	assert_true(json_equal(before, after));
}

static void an_error_names_its_subject(void **state)
{
	AUTO(netlink_closep) struct netlink *nl = open_netlink();
	AUTO_ERROR struct error err = ERROR_INIT;
	struct macvlan_spec spec;
	int ifindex;

	netns_nic("eth1", 0);
	shell("ip link add br0 type bridge && ip link set eth1 master br0");
	spec = macvtap_on(nl, "eth1", "vif0");
	assert_int_equal(link_add_macvlan(nl, &spec, &ifindex, &err), -EBUSY);
	assert_string_equal(error_text(&err),
			    "cannot create macvtap vif0 on eth1: Device or resource busy");
}

static void an_error_has_the_kernels_own_words(void **state)
{
	AUTO(netlink_closep) struct netlink *nl = open_netlink();
	AUTO_ERROR struct error err = ERROR_INIT;
	struct macvlan_spec spec;
	int ifindex;

	netns_nic("eth1", 0);
	spec = macvtap_on(nl, "eth1", "vif0");
	spec.kind = "nonsense";
	assert_int_equal(link_add_macvlan(nl, &spec, &ifindex, &err), -EOPNOTSUPP);
	assert_string_equal(error_text(&err), "cannot create nonsense vif0 on eth1: Operation not "
					      "supported (kernel: Unknown device type)");
}

static void an_address_that_is_taken_shows_when_set_up(void **state)
{
	AUTO(netlink_closep) struct netlink *nl = open_netlink();
	AUTO_ERROR struct error err = ERROR_INIT;
	struct macvlan_spec spec;
	int ifindex;

	netns_nic("eth1", 0);
	shell("ip link set eth1 up");
	spec = macvtap_on(nl, "eth1", "vif0");
	ifindex = make(nl, &spec);
	assert_int_equal(link_set_up(nl, ifindex, "vif0", NULL), 0);
	spec.name = "vif1";
	spec.altname = NULL;
	ifindex = make(nl, &spec);
	assert_int_equal(link_set_up(nl, ifindex, "vif1", &err), -EADDRINUSE);
	assert_int_equal(err.kind, ERROR_IN_USE);
	assert_non_null(strstr(error_text(&err), "MAC address of vif1 is in use"));
}

static void passthrough_takes_its_address_only_afterwards(void **state)
{
	AUTO(netlink_closep) struct netlink *nl = open_netlink();
	json_auto_t *created = NULL, *set = NULL, *nic = NULL;
	struct macvlan_spec spec;
	int ifindex;

	netns_nic("eth1", 0);
	spec = macvtap_on(nl, "eth1", "vif0");
	spec.mode = MACVLAN_MODE_PASSTHRU;
	ifindex = make(nl, &spec);
	created = ip_link("vif0");
	assert_string_not_equal(string_at(created, "address"), "52:54:00:11:22:33");
	assert_int_equal(link_set_mac(nl, ifindex, "vif0", guest_mac, NULL), 0);
	set = ip_link("vif0");
	nic = ip_link("eth1");
	assert_string_equal(string_at(set, "address"), "52:54:00:11:22:33");
	assert_string_equal(string_at(nic, "address"), "52:54:00:11:22:33");
}

struct seen {
	const json_t *links;
	size_t n;
};

static void compare_with_ip(void *userdata, const struct link_view *view)
{
	struct seen *seen = userdata;
	const json_t *link = json_array_get(seen->links, seen->n++);
	const json_t *kind = ip_get(link, "linkinfo/info_kind");
	const char *altname = link_view_altname(view, 0);
	char mac[18] = "";

	if (view->mac)
		snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", view->mac[0],
			 view->mac[1], view->mac[2], view->mac[3], view->mac[4], view->mac[5]);
	assert_int_equal(view->ifindex, json_integer_value(ip_get(link, "ifindex")));
	assert_string_equal(view->name, string_at(link, "ifname"));
	assert_string_equal(view->kind, kind ? json_string_value(kind) : "");
	assert_string_equal(mac, string_at(link, "address"));
	assert_int_equal(view->mtu, json_integer_value(ip_get(link, "mtu")));
	assert_int_equal(!!(view->flags & IFF_UP), ip_has_flag(link, "UP"));
	if (altname)
		assert_true(ip_has_altname(link, altname));
	else
		assert_null(ip_get(link, "altnames"));
	assert_false(view->deleted);
}

static void dump_tells_what_ip_tells(void **state)
{
	AUTO(netlink_closep) struct netlink *nl = open_netlink();
	json_auto_t *links = NULL;
	struct seen seen = { 0 };

	netns_nic("eth1", 0);
	shell("ip link add br0 up mtu 1400 type bridge && ip link set eth1 master br0");
	shell("ip link add mv0 link br0 type macvlan mode private");
	shell("ip link property add dev mv0 altname one altname two");
	seen.links = links = shell_json("ip -d -j link");
	assert_int_equal(link_dump(nl, compare_with_ip, &seen, NULL), 0);
	assert_int_equal(seen.n, json_array_size(links));
	assert_true(seen.n >= 4);
}

static void a_view_has_lower_master_mode_group_and_altnames(void **state)
{
	AUTO(netlink_closep) struct netlink *nl = open_netlink();
	struct link_view view;

	netns_nic("eth1", 0);
	netns_nic("eth2", 0);
	shell("ip link add br0 type bridge && ip link set eth2 master br0 group 77");
	shell("ip link add mv0 link eth1 type macvlan mode private");
	shell("ip link property add dev mv0 altname one altname two");
	assert_int_equal(link_get(nl, ifindex_of(nl, "mv0"), &view, NULL), 0);
	assert_int_equal(view.lower, ifindex_of(nl, "eth1"));
	assert_int_equal(view.lower_netnsid, -1);
	assert_int_equal(view.macvlan_mode, MACVLAN_MODE_PRIVATE);
	assert_non_null(link_view_altname(&view, 1));
	assert_null(link_view_altname(&view, 2));
	assert_int_equal(link_get(nl, ifindex_of(nl, "eth2"), &view, NULL), 0);
	assert_int_equal(view.master, ifindex_of(nl, "br0"));
	assert_int_equal(view.group, 77);
	assert_true(view.lower_netnsid >= 0); /* the far end is on the wire */
}

static void a_long_alternative_name_is_told_whole(void **state)
{
	static const char altname[] = "vif-11111111-2222-4333-8444-555555555555";
	AUTO(netlink_closep) struct netlink *nl = open_netlink();
	struct link_view view;

	netns_nic("eth1", 0);
	shell("ip link property add dev eth1 altname %s", altname);
	assert_int_equal(link_get(nl, ifindex_of(nl, "eth1"), &view, NULL), 0);
	assert_string_equal(link_view_altname(&view, 0), altname);
}

static void a_link_that_is_not_there_is_enodev(void **state)
{
	AUTO(netlink_closep) struct netlink *nl = open_netlink();
	AUTO_ERROR struct error err = ERROR_INIT;
	struct link_view view;
	int ifindex;

	assert_int_equal(link_get(nl, 999, &view, &err), -ENODEV);
	assert_int_equal(err.kind, ERROR_NO_SUCH_DEVICE);
	assert_string_equal(error_text(&err), "cannot look at link 999: No such device");
	assert_int_equal(netlink_ifindex(nl, "eth9", &ifindex), -ENODEV);
	assert_int_equal(link_delete(nl, 999, "eth9", NULL), -ENODEV);
}

static void count_steady(void *userdata, const struct link_view *view)
{
	unsigned *n = userdata;

	*n += !strncmp(view->name, "steady", strlen("steady"));
}

struct churn {
	atomic_bool stop;
	unsigned n_made;
};

/* Makes links and renames them, which moves them in the kernel's lists, until told to stop. */
static void *churn_links(void *userdata)
{
	AUTO(netlink_closep) struct netlink *nl = NULL;
	struct churn *churn = userdata;

	if (netlink_open(NETLINK_ROUTE, &nl, NULL) < 0)
		return NULL;
	while (!atomic_load(&churn->stop)) {
		struct macvlan_spec spec = { .kind = "macvlan", .lower_name = "eth1" };
		char name[IFNAMSIZ];
		int ifindex;

		snprintf(name, sizeof(name), "churn%u", churn->n_made);
		spec.name = name;
		spec.mode = MACVLAN_MODE_BRIDGE;
		if (netlink_ifindex(nl, "eth1", &spec.lower) < 0 ||
		    link_add_macvlan(nl, &spec, &ifindex, NULL) < 0)
			return NULL;
		(void)link_set_group(nl, ifindex, name, 9, NULL);
		if (++churn->n_made % 64 == 0)
			(void)link_delete_group(nl, 9, NULL);
	}
	return NULL;
}

static void a_dump_is_whole_while_links_come_and_go(void **state)
{
	AUTO(netlink_closep) struct netlink *nl = open_netlink();
	struct churn churn = { 0 };
	pthread_t thread;

	netns_nic("eth1", 0);
	shell("for i in $(seq 100); do echo link add steady$i link eth1 type macvlan; done | "
	      "ip -batch -");
	assert_int_equal(pthread_create(&thread, NULL, churn_links, &churn), 0);
	for (unsigned i = 0; i < 200; i++) {
		unsigned n = 0;

		assert_int_equal(link_dump(nl, count_steady, &n, NULL), 0);
		assert_int_equal(n, 100);
	}
	atomic_store(&churn.stop, true);
	pthread_join(thread, NULL);
	assert_true(churn.n_made > 10);
}

static void group_delete_removes_only_the_doomed(void **state)
{
	AUTO(netlink_closep) struct netlink *nl = open_netlink();
	json_auto_t *one = NULL, *two = NULL, *other = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;

	netns_nic("eth1", 0);
	for (unsigned i = 1; i <= 3; i++)
		shell("ip link add mv%u link eth1 type macvtap mode bridge", i);
	assert_int_equal(link_set_group(nl, ifindex_of(nl, "mv1"), "mv1", 0x76696600, NULL), 0);
	assert_int_equal(link_set_group(nl, ifindex_of(nl, "mv2"), "mv2", 0x76696600, NULL), 0);
	assert_int_equal(link_delete_group(nl, 0x76696600, &err), 0);
	one = ip_link("mv1");
	two = ip_link("mv2");
	other = ip_link("mv3");
	assert_null(one);
	assert_null(two);
	assert_non_null(other);
}

static void an_empty_group_is_deleted_already(void **state)
{
	AUTO(netlink_closep) struct netlink *nl = open_netlink();
	AUTO_ERROR struct error err = ERROR_INIT;

	assert_int_equal(link_delete_group(nl, 12345, &err), 0);
	assert_int_equal(err.code, 0);
	assert_int_equal(link_delete_group(nl, 0, &err), -EPERM);
}

static void a_request_that_is_too_long_is_not_sent(void **state)
{
	AUTO(netlink_closep) struct netlink *nl = open_netlink();
	json_auto_t *after = NULL;

	netns_nic("eth1", 0);
	for (unsigned i = 0; i < 2000; i++) {
		struct nlmsghdr *nlh = netlink_message(nl, RTM_SETLINK, 0);
		struct ifinfomsg *info = mnl_nlmsg_put_extra_header(nlh, sizeof(*info));

		info->ifi_index = ifindex_of(nl, "eth1");
		mnl_attr_put_u32(nlh, IFLA_MTU, 1300);
	}
	assert_int_equal(netlink_run(nl, NULL), -EMSGSIZE);
	after = ip_link("eth1");
	assert_int_equal(json_integer_value(ip_get(after, "mtu")), 1500);
	assert_int_equal(link_set_mtu(nl, ifindex_of(nl, "eth1"), "eth1", 1400, NULL), 0);
}

static void a_long_batch_gets_all_its_acknowledgements(void **state)
{
	AUTO(netlink_closep) struct netlink *nl = open_netlink();

	netns_nic("eth1", 0);
	for (unsigned i = 0; i < 1000; i++) {
		struct nlmsghdr *nlh = netlink_message(nl, RTM_SETLINK, 0);
		struct ifinfomsg *info = mnl_nlmsg_put_extra_header(nlh, sizeof(*info));

		info->ifi_index = i == 900 ? 999 : ifindex_of(nl, "eth1");
		mnl_attr_put_u32(nlh, IFLA_MTU, 1300);
	}
	assert_int_equal(netlink_run(nl, NULL), -ENODEV);
	assert_int_equal(netlink_failed(nl), 900);
	assert_int_equal(netlink_message_error(nl, 900), -ENODEV);
	assert_int_equal(netlink_message_error(nl, 901), 0);
}

static void a_reserved_ifindex_is_free_and_far_from_the_kernels(void **state)
{
	AUTO(netlink_closep) struct netlink *nl = open_netlink();
	json_auto_t *link = NULL;
	int first = netlink_reserve_ifindex(nl);

	assert_true(first >= 1 << 20);
	netns_nic("eth1", first + 1);
	link = ip_link("eth1");
	assert_int_equal(json_integer_value(ip_get(link, "ifindex")), first + 1);
	assert_int_equal(netlink_reserve_ifindex(nl), first + 2);
}

#define TEST(name) cmocka_unit_test_setup(name, netns_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(new_macvtap_is_complete_and_down),
		TEST(a_macvtap_that_is_up_has_no_ipv6_address),
		TEST(a_link_too_small_for_ipv6_is_no_failure),
		TEST(failed_batch_leaves_no_link),
		TEST(a_taken_name_leaves_its_holder_alone),
		TEST(an_error_names_its_subject),
		TEST(an_error_has_the_kernels_own_words),
		TEST(an_address_that_is_taken_shows_when_set_up),
		TEST(passthrough_takes_its_address_only_afterwards),
		TEST(dump_tells_what_ip_tells),
		TEST(a_view_has_lower_master_mode_group_and_altnames),
		TEST(a_long_alternative_name_is_told_whole),
		TEST(a_link_that_is_not_there_is_enodev),
		TEST(a_dump_is_whole_while_links_come_and_go),
		TEST(group_delete_removes_only_the_doomed),
		TEST(an_empty_group_is_deleted_already),
		TEST(a_request_that_is_too_long_is_not_sent),
		TEST(a_long_batch_gets_all_its_acknowledgements),
		TEST(a_reserved_ifindex_is_free_and_far_from_the_kernels),
	};

	netns_require();
	return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
