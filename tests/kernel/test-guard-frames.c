/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the guard's program says of single frames, by BPF_PROG_TEST_RUN on the
 * program as it is on a tap: a table of frames, written as hexadecimal text, each
 * with the rule that is to drop it. The VLAN tags are in the frames here, as on a
 * macvtap; test-guard has them in the metadata too.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "kernel/bpf-hook.h"
#include "kernel/guard.h"
#include "kernel/link.h"
#include "kernel/tun.h"
#include "netns.h"

/* Ethernet */
#define GUEST "525400112233"
#define PEER "525400999999"
#define STRANGER "525400777777"
#define ALL "ffffffffffff"
#define FROM_GUEST PEER GUEST
#define TAG(vid) "8100" vid
#define SERVICE_TAG(vid) "88a8" vid
#define PRIORITY_TAG "8100a000"

/* IPv4: own 10.7.0.2, foreign 10.7.0.3 */
#define OWN "0a070002"
#define FOREIGN "0a070003"
#define NOBODY "00000000"
#define IPV4(length, fragment, protocol, from) \
	"08004500" length "0001" fragment "40" protocol "0000" from "0a070001"
#define TCP_HEADER                               \
	"03e807d0000000010000000050100200000000" \
	"00"
#define TCP4(from) IPV4("0028", "0000", "06", from) TCP_HEADER
#define UDP_PORTS(from, to) from to "00080000"
#define UDP4(from, ports) IPV4("001c", "0000", "11", from) ports
#define DHCP_CLIENT UDP_PORTS("0044", "0043")
#define DHCP_SERVER UDP_PORTS("0043", "0044")

#define ARP(operation, mac, ip)                \
	"0806"                                 \
	"0001"                                 \
	"0800"                                 \
	"0604" operation mac ip "000000000000" \
	"0a070001"
#define RARP(mac, ip) \
	"8035"        \
	"0001"        \
	"0800"        \
	"0604"        \
	"0003" mac ip mac "00000000"

/* IPv6: own 2001:db8::2 and the link-local address of the MAC, foreign ::3 */
#define NET6 "20010db8000000000000000000"
#define OWN6 NET6 "000002"
#define FOREIGN6 NET6 "000003"
#define LOCAL6 "fe80000000000000505400fffe112233"
#define FOREIGN_LOCAL6 "fe80000000000000505400fffe777777"
#define NOBODY6 "00000000000000000000000000000000"
#define IPV6(length, next, from) \
	"86dd60000000" length next "ff" from "ff020000000000000000000000000001"
#define TCP6(from) IPV6("0014", "06", from) TCP_HEADER
#define UDP6(from, ports) IPV6("0008", "11", from) ports
#define ICMP6(type) \
	type "00"   \
	     "0000"
#define NS(target) ICMP6("87") "00000000" target
#define NA(target) ICMP6("88") "60000000" target
#define RS ICMP6("85") "00000000"
#define RA          \
	ICMP6("86") \
	"40000708"  \
	"00000000"  \
	"00000000"
#define REDIRECT ICMP6("89") "00000000" OWN6 OWN6
#define MLD         \
	ICMP6("8f") \
	"00000001"  \
	"04000000"  \
	"ff0200000000000000000001ff112233"
#define SOURCE(mac) "0101" mac
#define TARGET(mac) "0201" mac
#define HOP_BY_HOP(next) \
	next "00"        \
	     "050200000100"
#define OPTIONS(next) \
	next "00"     \
	     "010400000000"
#define FRAGMENT(next, offset) next "00" offset "00000001"
#define SEVEN(x) x x x x x x x

struct row {
	const char *name;
	const char *rule; /* that drops it; NULL: it passes */
	const char *frame;
};

static const struct row rows[] = {
	{ "TCP", NULL, FROM_GUEST TCP4(OWN) },
	{ "UDP", NULL, FROM_GUEST UDP4(OWN, UDP_PORTS("1000", "2000")) },
	{ "TCP behind a tag", NULL, FROM_GUEST TAG("000a") TCP4(OWN) },
	{ "TCP behind a priority tag", NULL, FROM_GUEST PRIORITY_TAG TCP4(OWN) },
	{ "TCP behind two tags", NULL, FROM_GUEST SERVICE_TAG("000a") TAG("0014") TCP4(OWN) },
	{ "a question for an address", NULL, ALL GUEST UDP4(NOBODY, DHCP_CLIENT) },
	{ "a first fragment", NULL,
	  FROM_GUEST IPV4("001c", "2000", "11", OWN) UDP_PORTS("1000", "2000") },
	{ "a later fragment", NULL, FROM_GUEST IPV4("001c", "0001", "11", OWN) DHCP_SERVER },
	{ "an ARP request", NULL, ALL GUEST ARP("0001", GUEST, OWN) },
	{ "an ARP answer", NULL, FROM_GUEST ARP("0002", GUEST, OWN) },
	{ "an ARP probe", NULL, ALL GUEST ARP("0001", GUEST, NOBODY) },
	{ "an announcement by RARP", NULL, ALL GUEST RARP(GUEST, NOBODY) },
	{ "TCP by IPv6", NULL, FROM_GUEST TCP6(OWN6) },
	{ "TCP from the link-local address", NULL, FROM_GUEST TCP6(LOCAL6) },
	{ "a neighbour asked for", NULL,
	  FROM_GUEST IPV6("0020", "3a", OWN6) NS(FOREIGN6) SOURCE(GUEST) },
	{ "is this address free", NULL, FROM_GUEST IPV6("0018", "3a", NOBODY6) NS(OWN6) },
	{ "a neighbour answers", NULL, FROM_GUEST IPV6("0020", "3a", OWN6) NA(OWN6) TARGET(GUEST) },
	{ "a router asked for", NULL, FROM_GUEST IPV6("0008", "3a", NOBODY6) RS },
	{ "multicast membership", NULL,
	  FROM_GUEST IPV6("0024", "00", NOBODY6) HOP_BY_HOP("3a") MLD },
	{ "TCP behind as many headers as are looked at", NULL,
	  FROM_GUEST IPV6("0054", "00", OWN6) SEVEN(HOP_BY_HOP("3c")) OPTIONS("06") TCP_HEADER },
	{ "a later fragment of IPv6", NULL,
	  FROM_GUEST IPV6("0010", "2c", OWN6) FRAGMENT("3a", "0008") RA },

	{ "a stranger's MAC", "mac", PEER STRANGER TCP4(OWN) },
	{ "a stranger's MAC behind a tag", "mac", PEER STRANGER TAG("000a") TCP4(OWN) },
	{ "a group's MAC", "mac", PEER ALL TCP4(OWN) },
	{ "ARP with a stranger's MAC", "arp", ALL GUEST ARP("0002", STRANGER, OWN) },
	{ "ARP with a foreign address", "arp", ALL GUEST ARP("0002", GUEST, FOREIGN) },
	{ "ARP request with a foreign address", "arp", ALL GUEST ARP("0001", GUEST, FOREIGN) },
	{ "ARP behind a tag", "arp", ALL GUEST TAG("000a") ARP("0002", GUEST, FOREIGN) },
	{ "ARP behind two tags", "arp",
	  ALL GUEST TAG("000a") TAG("0014") ARP("0002", GUEST, FOREIGN) },
	{ "ARP answer without an address", "arp", ALL GUEST ARP("0002", GUEST, NOBODY) },
	{ "ARP of an odd operation", "arp", ALL GUEST ARP("0009", GUEST, OWN) },
	{ "ARP of another hardware", "malformed",
	  ALL GUEST "0806"
		    "0006"
		    "0800"
		    "0604"
		    "0001" GUEST OWN GUEST OWN },
	{ "ARP that is cut", "malformed",
	  ALL GUEST "0806"
		    "0001"
		    "0800"
		    "0604"
		    "0001" GUEST },
	{ "RARP with a stranger's MAC", "arp", ALL GUEST RARP(STRANGER, NOBODY) },
	{ "RARP with a foreign address", "arp", ALL GUEST RARP(GUEST, FOREIGN) },

	{ "a foreign address", "ipv4", FROM_GUEST TCP4(FOREIGN) },
	{ "a foreign address behind a tag", "ipv4", FROM_GUEST TAG("000a") TCP4(FOREIGN) },
	{ "a foreign address behind a priority tag", "ipv4",
	  FROM_GUEST PRIORITY_TAG TCP4(FOREIGN) },
	{ "a foreign address behind two tags", "ipv4",
	  FROM_GUEST SERVICE_TAG("000a") TAG("0014") TCP4(FOREIGN) },
	{ "no address", "ipv4", FROM_GUEST TCP4(NOBODY) },
	{ "no address and other ports", "ipv4",
	  FROM_GUEST UDP4(NOBODY, UDP_PORTS("0044", "0035")) },
	{ "no address in a later fragment", "ipv4",
	  FROM_GUEST IPV4("001c", "0001", "11", NOBODY) DHCP_CLIENT },
	{ "a later fragment of a foreign address", "ipv4",
	  FROM_GUEST IPV4("001c", "0001", "11", FOREIGN) DHCP_CLIENT },
	{ "three tags", "tags", FROM_GUEST TAG("000a") TAG("0014") TAG("001e") TCP4(OWN) },
	{ "a tag that is cut", "tags",
	  FROM_GUEST "8100"
		     "00" },
	{ "an answer of a DHCP server", "dhcp-server", FROM_GUEST UDP4(OWN, DHCP_SERVER) },
	{ "an answer from another port", "dhcp-server",
	  FROM_GUEST UDP4(OWN, UDP_PORTS("1000", "0044")) },
	{ "an answer behind a tag", "dhcp-server", FROM_GUEST TAG("000a") UDP4(OWN, DHCP_SERVER) },
	{ "an answer in a first fragment", "dhcp-server",
	  FROM_GUEST IPV4("001c", "2000", "11", OWN) DHCP_SERVER },
	{ "an answer behind IP options", "dhcp-server",
	  FROM_GUEST "08004600002000010000"
		     "4011"
		     "0000" OWN "0a070001"
		     "01010100" DHCP_SERVER },
	{ "a tiny first fragment", "malformed",
	  FROM_GUEST IPV4("0018", "2000", "11", OWN) "00430044"
						     "00080000" },
	{ "UDP that is cut", "malformed", FROM_GUEST IPV4("001c", "0000", "11", OWN) "0043" },
	{ "IP of version 5", "malformed",
	  FROM_GUEST "0800"
		     "55000028000100004006000"
		     "00a0700020a070001" TCP_HEADER },
	{ "IP with a short header", "malformed",
	  FROM_GUEST "0800"
		     "4400002800010000400600000a0700020a070001" TCP_HEADER },
	{ "IP shorter than its header", "malformed",
	  FROM_GUEST IPV4("0010", "0000", "06", OWN) TCP_HEADER },
	{ "IP options beyond the frame", "malformed",
	  FROM_GUEST "0800"
		     "4f00005000010000400600000a0700020a070001" },

	{ "a foreign IPv6 address", "ipv6", FROM_GUEST TCP6(FOREIGN6) },
	{ "a foreign IPv6 address behind two tags", "ipv6",
	  FROM_GUEST TAG("000a") TAG("0014") TCP6(FOREIGN6) },
	{ "a foreign link-local address", "ipv6", FROM_GUEST TCP6(FOREIGN_LOCAL6) },
	{ "no IPv6 address", "ipv6", FROM_GUEST TCP6(NOBODY6) },
	{ "no IPv6 address and an echo", "ipv6",
	  FROM_GUEST IPV6("0008", "3a", NOBODY6) ICMP6("80") "00000000" },
	{ "is a foreign address free", "nd", FROM_GUEST IPV6("0018", "3a", NOBODY6) NS(FOREIGN6) },
	{ "a foreign neighbour answers", "nd", FROM_GUEST IPV6("0018", "3a", OWN6) NA(FOREIGN6) },
	{ "it answers from nowhere", "nd", FROM_GUEST IPV6("0018", "3a", NOBODY6) NA(FOREIGN6) },
	{ "it answers behind options", "nd",
	  FROM_GUEST IPV6("0020", "3c", OWN6) OPTIONS("3a") NA(FOREIGN6) },
	{ "it answers behind a tag", "nd",
	  FROM_GUEST TAG("000a") IPV6("0018", "3a", OWN6) NA(FOREIGN6) },
	{ "it answers in a fragment", "nd",
	  FROM_GUEST IPV6("0020", "2c", OWN6) FRAGMENT("3a", "0001") NA(FOREIGN6) },
	{ "the guest answers in a fragment", "nd",
	  FROM_GUEST IPV6("0020", "2c", OWN6) FRAGMENT("3a", "0001") NA(OWN6) },
	{ "a neighbour of a stranger's MAC", "nd",
	  FROM_GUEST IPV6("0020", "3a", OWN6) NA(OWN6) TARGET(STRANGER) },
	{ "a question of a stranger's MAC", "nd",
	  FROM_GUEST IPV6("0020", "3a", OWN6) NS(FOREIGN6) SOURCE(STRANGER) },
	{ "the stranger's MAC comes second", "nd",
	  FROM_GUEST IPV6("0028", "3a", OWN6) NA(OWN6) TARGET(GUEST) TARGET(STRANGER) },
	{ "an option without a size", "malformed",
	  FROM_GUEST IPV6("0020", "3a", OWN6) NA(OWN6) "0200" GUEST },
	{ "an option that is cut", "malformed",
	  FROM_GUEST IPV6("001c", "3a", OWN6) NA(OWN6) "02015254" },
	{ "a neighbour that is cut", "malformed",
	  FROM_GUEST IPV6("000c", "3a", OWN6) ICMP6("88") "600000002001" },
	{ "a router", "ra", FROM_GUEST IPV6("0010", "3a", LOCAL6) RA },
	{ "a router behind hop-by-hop options", "ra",
	  FROM_GUEST IPV6("0018", "00", LOCAL6) HOP_BY_HOP("3a") RA },
	{ "a router behind two headers", "ra",
	  FROM_GUEST IPV6("0020", "00", LOCAL6) HOP_BY_HOP("3c") OPTIONS("3a") RA },
	{ "a router in a first fragment", "ra",
	  FROM_GUEST IPV6("0018", "2c", LOCAL6) FRAGMENT("3a", "0001") RA },
	{ "a router behind a tag", "ra", FROM_GUEST TAG("000a") IPV6("0010", "3a", LOCAL6) RA },
	{ "a redirect", "ra", FROM_GUEST IPV6("0028", "3a", LOCAL6) REDIRECT },
	{ "a fragment without what it carries", "malformed",
	  FROM_GUEST IPV6("0010", "2c", OWN6) FRAGMENT("3c", "0001") "3a01050200000000" },
	{ "more headers than are looked at", "malformed",
	  FROM_GUEST IPV6("0048", "00", LOCAL6) SEVEN(HOP_BY_HOP("3c")) OPTIONS("3c") OPTIONS("3a")
		  RA },
	{ "a header that is cut", "malformed", FROM_GUEST IPV6("0002", "00", OWN6) "3a00" },
	{ "IPv6 of version 4", "malformed",
	  FROM_GUEST "86dd"
		     "40000000"
		     "0014"
		     "06ff" OWN6 OWN6 TCP_HEADER },
	{ "an answer of a DHCPv6 server", "dhcp-server",
	  FROM_GUEST UDP6(LOCAL6, UDP_PORTS("0223", "0222")) },
	{ "an answer of a DHCPv6 server in a fragment", "dhcp-server",
	  FROM_GUEST IPV6("0010", "2c", LOCAL6) FRAGMENT("11", "0001") UDP_PORTS("0223", "0222") },
	{ "an answer of a DHCPv6 server from another port", "dhcp-server",
	  FROM_GUEST UDP6(LOCAL6, UDP_PORTS("1000", "0222")) },

	{ "a spanning tree", "other",
	  "0180c2000000" GUEST "0026"
	  "4242030000000000" },
	{ "LLDP", "other",
	  "0180c200000e" GUEST "88cc"
	  "0207" },
	{ "a frame that is nothing", "other", FROM_GUEST "ffff" },
};

/* Shorter than the kernel runs a program on; a guest's queue takes them. */
static const struct row cut_rows[] = {
	{ "IP that is cut", "malformed",
	  FROM_GUEST "0800"
		     "4500002800010000400600000a07" },
	{ "IPv6 that is cut", "malformed",
	  FROM_GUEST "86dd"
		     "60000000"
		     "0014"
		     "06ff"
		     "2001" },
};

/* With only the MAC checked. */
static const struct row mac_rows[] = {
	{ "a foreign address", NULL, FROM_GUEST TCP4(FOREIGN) },
	{ "a foreign IPv6 address", NULL, FROM_GUEST TCP6(FOREIGN6) },
	{ "ARP with a foreign address", NULL, ALL GUEST ARP("0002", GUEST, FOREIGN) },
	{ "a foreign neighbour answers", NULL, FROM_GUEST IPV6("0018", "3a", OWN6) NA(FOREIGN6) },
	{ "an answer of a DHCP server", NULL, FROM_GUEST UDP4(OWN, DHCP_SERVER) },
	{ "a router", NULL, FROM_GUEST IPV6("0010", "3a", LOCAL6) RA },
	{ "a spanning tree", NULL,
	  "0180c2000000" GUEST "0026"
	  "4242030000000000" },
	{ "a stranger's MAC", "mac", PEER STRANGER TCP4(OWN) },
	{ "ARP with a stranger's MAC", "arp", ALL GUEST ARP("0002", STRANGER, OWN) },
	{ "a question of a stranger's MAC", "nd",
	  FROM_GUEST IPV6("0020", "3a", OWN6) NS(FOREIGN6) SOURCE(STRANGER) },
};

/* With a network's part as the guest's own. */
static const struct row net_rows[] = {
	{ "the first of the net", NULL, FROM_GUEST TCP4("0a070080") },
	{ "the last of the net", NULL, FROM_GUEST TCP4("0a07009f") },
	{ "the one before", "ipv4", FROM_GUEST TCP4("0a07007f") },
	{ "the one behind", "ipv4", FROM_GUEST TCP4("0a0700a0") },
	{ "one of the IPv6 net", NULL,
	  FROM_GUEST TCP6("20010db800000000"
			  "0000000100000001") },
	{ "one of the next IPv6 net", "ipv6",
	  FROM_GUEST TCP6("20010db800000000"
			  "0000000200000001") },
};

static struct netlink *nl;
static struct guard *guard;
static int tap, queue = -1;

static struct guard_address address_of(const char *text, unsigned prefix)
{
	struct guard_address address = {
		.family = strchr(text, ':') ? AF_INET6 : AF_INET,
		.prefix = prefix,
	};

	assert_int_equal(inet_pton(address.family, text, address.bytes), 1);
	return address;
}

static const struct guard_rules all_rules = {
	.identity = { 1 },
	.mac = { 0x52, 0x54, 0x00, 0x11, 0x22, 0x33 },
	.mac_only = true,
	.ip_only = true,
	.no_dhcp_server = true,
	.no_ra = true,
	.no_other = true,
};

static void set_rules(const struct guard_rules *rules)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (guard_set(guard, nl, tap, "vif0", GUARD_SIDE_TAP, rules, &err) < 0)
		fail_msg("%s", error_text(&err));
}

static void close_all(void)
{
	guard_close(take_ptr(guard));
	netlink_close(take_ptr(nl));
	closep(&queue);
	queue = -1;
}

static int setup(void **state)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	close_all();
	netns_setup(state);
	assert_int_equal(netlink_open(NETLINK_ROUTE, &nl, NULL), 0);
	assert_int_equal(tun_create("vif0", 1, true, &queue, &tap, NULL), 0);
	if (guard_open(nl, NULL, 0, &guard, &err) < 0)
		fail_msg("%s", error_text(&err));
	return 0;
}

static size_t from_hex(const char *text, uint8_t *bytes, size_t room)
{
	size_t n = strlen(text) / 2;
	unsigned byte;

	assert_true(n <= room && strlen(text) % 2 == 0);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(sscanf(text + 2 * i, "%2x", &byte), 1);
		bytes[i] = (uint8_t)byte;
	}
	return n;
}

/* What the program answers on a frame of the tap. */
static int run(enum bpf_hook hook, const char *program_name, const char *frame)
{
	struct __sk_buff context = { .ifindex = (uint32_t)tap };
	AUTO_CLOSE int program = -1;
	uint8_t bytes[1024];
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = bytes, .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = 1);

	assert_int_equal(bpf_hook_find(nl, tap, hook, program_name, &program), 0);
	options.data_size_in = (uint32_t)from_hex(frame, bytes, sizeof(bytes));
	if (bpf_prog_test_run_opts(program, &options) < 0)
		fail_msg("cannot run the program on %s", frame);
	return (int)options.retval;
}

static int send_frame(const char *frame)
{
	return run(BPF_HOOK_INGRESS, "vif_from_guest", frame);
}

static void receive_frame(const char *frame)
{
	assert_int_equal(run(BPF_HOOK_EGRESS, "vif_to_guest", frame), TC_ACT_UNSPEC);
}

static struct guard_counts counts(void)
{
	struct guard_counts counts;

	assert_int_equal(guard_read(guard, tap, &counts, NULL), 0);
	return counts;
}

/* The rule that dropped one frame more than before; NULL: none did. */
static const char *rule_since(const struct guard_counts *before)
{
	struct guard_counts now = counts();

	for (unsigned i = 0; guard_rule_name(i); i++)
		if (now.dropped[i] != before->dropped[i])
			return guard_rule_name(i);
	return NULL;
}

static void try_row(const struct row *row)
{
	struct guard_counts before = counts();
	int verdict = send_frame(row->frame);
	const char *rule = rule_since(&before);

	if (verdict != (row->rule ? TC_ACT_SHOT : TC_ACT_UNSPEC) ||
	    strcmp(rule ? rule : "", row->rule ? row->rule : "") != 0)
		fail_msg("%s: verdict %d by rule %s, expected %s", row->name, verdict,
			 rule ? rule : "none", row->rule ? row->rule : "none");
}

static void try_rows(const char *title, const struct row *table, size_t n)
{
	size_t n_passed = 0;

	for (size_t i = 0; i < n; i++) {
		try_row(&table[i]);
		n_passed += !table[i].rule;
	}
	printf("# guard, %s: %zu rows, %zu pass, %zu are dropped by the rule of the row\n", title,
	       n, n_passed, n - n_passed);
}

static void each_frame_passes_or_is_dropped_by_its_rule(void **state)
{
	const struct guard_address addresses[] = {
		address_of("10.7.0.2", 32),
		address_of("2001:db8::2", 128),
		address_of("fe80::5054:ff:fe11:2233", 128),
	};
	struct guard_rules rules = all_rules;

	rules.addresses = addresses;
	rules.n_addresses = ARRAY_SIZE(addresses);
	set_rules(&rules);
	try_rows("all checks", rows, ARRAY_SIZE(rows));
}

static void headers_that_are_cut_are_dropped(void **state)
{
	static const uint8_t vnet_header[10];

	set_rules(&all_rules);
	assert_int_equal(link_set_up(nl, tap, "vif0", NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cut_rows); i++) {
		struct guard_counts before = counts();
		uint8_t bytes[sizeof(vnet_header) + 100] = { 0 };
		size_t n = from_hex(cut_rows[i].frame, bytes + sizeof(vnet_header), 100);

		assert_true(write(queue, bytes, sizeof(vnet_header) + n) > 0);
		assert_string_equal(rule_since(&before), cut_rows[i].rule);
	}
}

static void only_the_mac_is_checked_where_only_that_is_asked(void **state)
{
	struct guard_rules rules = { .mac_only = true };

	memcpy(rules.mac, all_rules.mac, sizeof(rules.mac));
	set_rules(&rules);
	try_rows("only the MAC", mac_rows, ARRAY_SIZE(mac_rows));
}

static void a_part_of_a_network_may_be_the_guests(void **state)
{
	const struct guard_address addresses[] = {
		address_of("10.7.0.128", 27),
		address_of("2001:db8::1:0:0", 96),
	};
	struct guard_rules rules = all_rules;

	rules.addresses = addresses;
	rules.n_addresses = ARRAY_SIZE(addresses);
	set_rules(&rules);
	try_rows("nets", net_rows, ARRAY_SIZE(net_rows));
}

static void a_frame_of_a_link_without_rules_is_dropped(void **state)
{
	set_rules(&all_rules);
	guard_forget_link(guard, tap);
	assert_int_equal(send_frame(FROM_GUEST TCP4(OWN)), TC_ACT_SHOT);
	set_rules(&(struct guard_rules){ 0 });
	assert_int_equal(send_frame(PEER STRANGER TCP4(FOREIGN)), TC_ACT_UNSPEC);
}

static void more_addresses_than_there_is_room_for_are_an_error(void **state)
{
	struct guard_address addresses[GUARD_RULES_ADDRESSES_MAX + 1];
	struct guard_rules rules = all_rules;
	AUTO_ERROR struct error err = ERROR_INIT;

	for (unsigned i = 0; i < ARRAY_SIZE(addresses); i++) {
		addresses[i] = address_of("10.7.1.0", 32);
		addresses[i].bytes[3] = (uint8_t)i;
	}
	rules.addresses = addresses;
	rules.n_addresses = GUARD_RULES_ADDRESSES_MAX;
	set_rules(&rules);
	assert_int_equal(send_frame(FROM_GUEST TCP4("0a07011f")), TC_ACT_UNSPEC);
	rules.n_addresses++;
	assert_int_equal(guard_set(guard, nl, tap, "vif0", GUARD_SIDE_TAP, &rules, &err), -E2BIG);
	assert_string_equal(error_text(&err), "a guard has room for 32 addresses of a family");
	assert_int_equal(send_frame(FROM_GUEST TCP4("0a07011f")), TC_ACT_UNSPEC);
}

/* --- learning ------------------------------------------------------------------------ */

#define TO_GUEST GUEST PEER
#define ZEROS_4 "00000000"
#define ZEROS_64                                                                                \
	ZEROS_4 ZEROS_4 ZEROS_4 ZEROS_4 ZEROS_4 ZEROS_4 ZEROS_4 ZEROS_4 ZEROS_4 ZEROS_4 ZEROS_4 \
		ZEROS_4 ZEROS_4 ZEROS_4 ZEROS_4 ZEROS_4
/* operation, …, "yours", …, MAC and 10 bytes, names, magic number */
#define DHCP(operation, yours, mac)                            \
	operation "010600"                                     \
		  "12345678"                                   \
		  "00000000" ZEROS_4 yours ZEROS_4 ZEROS_4 mac \
		  "00000000000000000000" ZEROS_64 ZEROS_64 ZEROS_64 "63825363"
#define SAYS(type) "3501" type
#define LEASE(seconds) "3304" seconds
#define DHCP_ANSWER(yours, mac, options)                                          \
	TO_GUEST IPV4("0160", "0000", "11", "0a070001") UDP_PORTS("0043", "0044") \
		DHCP("02", yours, mac) options "ff"
#define TOLD_NET   \
	"0304"     \
	"4040"     \
	"00000e10" \
	"00000e10" \
	"00000000" NET6 "000000"
#define TO_ALL "333300000001" PEER

static void learn_rules(void)
{
	struct guard_rules rules = all_rules;

	rules.learn = true;
	set_rules(&rules);
}

static bool passes(const char *frame)
{
	return send_frame(frame) == TC_ACT_UNSPEC;
}

static void an_address_is_the_guests_as_long_as_a_dhcp_server_gave_it(void **state)
{
	const struct timespec lease = { .tv_sec = 1, .tv_nsec = 200000000 };

	learn_rules();
	assert_false(passes(FROM_GUEST TCP4(OWN)));
	receive_frame(DHCP_ANSWER(OWN, GUEST, "00" SAYS("05") LEASE("00000001")));
	assert_true(passes(FROM_GUEST TCP4(OWN)));
	assert_true(passes(ALL GUEST ARP("0001", GUEST, OWN)));
	assert_false(passes(FROM_GUEST TCP4(FOREIGN)));
	assert_int_equal(counts().n_learned, 1);
	assert_int_equal(counts().learned[0].bytes[3], 2);
	nanosleep(&lease, NULL);
	assert_false(passes(FROM_GUEST TCP4(OWN)));
	assert_int_equal(counts().n_learned, 0);
}

static void what_a_server_gives_to_others_or_does_not_give_is_not_learned(void **state)
{
	learn_rules();
	receive_frame(DHCP_ANSWER(OWN, STRANGER, SAYS("05") LEASE("00000e10")));
	receive_frame(DHCP_ANSWER(OWN, GUEST, SAYS("02") LEASE("00000e10")));
	receive_frame(DHCP_ANSWER(OWN, GUEST, LEASE("00000e10")));
	receive_frame(DHCP_ANSWER(NOBODY, GUEST, SAYS("05") LEASE("00000e10")));
	assert_int_equal(counts().n_learned, 0);
	assert_false(passes(FROM_GUEST TCP4(OWN)));
}

/* The guest cannot give an address to itself. */
static void an_answer_that_the_guest_sends_teaches_nothing(void **state)
{
	learn_rules();
	assert_false(passes(PEER GUEST IPV4("0160", "0000", "11", OWN) UDP_PORTS("0043", "0044")
				    DHCP("02", OWN, GUEST) SAYS("05") LEASE("00000e10") "ff"));
	assert_false(passes(FROM_GUEST TCP4(OWN)));
}

static void an_address_given_back_is_no_longer_the_guests(void **state)
{
	learn_rules();
	receive_frame(DHCP_ANSWER(OWN, GUEST, SAYS("05") LEASE("00000e10")));
	assert_true(passes(FROM_GUEST TCP4(OWN)));
	assert_true(passes(FROM_GUEST IPV4("0160", "0000", "11", OWN) UDP_PORTS("0044", "0043")
				   DHCP("01", NOBODY, GUEST) SAYS("07") "ff"));
	assert_false(passes(FROM_GUEST TCP4(OWN)));
}

static void wait_for_silence(void)
{
	const struct timespec time = { .tv_nsec = 600000000 };

	nanosleep(&time, NULL);
}

static void an_ipv6_address_that_nobody_else_has_becomes_the_guests(void **state)
{
	learn_rules();
	assert_false(passes(FROM_GUEST IPV6("0018", "3a", NOBODY6) NS(OWN6)));
	receive_frame(TO_ALL IPV6("0030", "3a", FOREIGN_LOCAL6) RA TOLD_NET);
	assert_true(passes(FROM_GUEST IPV6("0018", "3a", NOBODY6) NS(OWN6)));
	assert_true(passes(FROM_GUEST IPV6("0018", "3a", NOBODY6) NS(LOCAL6)));
	assert_false(passes(FROM_GUEST TCP6(OWN6)));
	wait_for_silence();
	assert_true(passes(FROM_GUEST TCP6(OWN6)));
	assert_true(passes(FROM_GUEST TCP6(LOCAL6)));
	assert_true(passes(FROM_GUEST IPV6("0020", "3a", OWN6) NA(OWN6) TARGET(GUEST)));
	assert_false(passes(FROM_GUEST TCP6(FOREIGN6)));
}

static void an_ipv6_address_that_somebody_has_does_not(void **state)
{
	learn_rules();
	receive_frame(TO_ALL IPV6("0030", "3a", FOREIGN_LOCAL6) RA TOLD_NET);
	assert_true(passes(FROM_GUEST IPV6("0018", "3a", NOBODY6) NS(FOREIGN6)));
	receive_frame(TO_ALL IPV6("0018", "3a", FOREIGN6) NA(FOREIGN6));
	wait_for_silence();
	assert_false(passes(FROM_GUEST TCP6(FOREIGN6)));
}

static void an_ipv6_address_of_no_network_here_is_not_learned(void **state)
{
	learn_rules();
	receive_frame(TO_ALL IPV6("0030", "3a", FOREIGN_LOCAL6) RA TOLD_NET);
	assert_false(passes(FROM_GUEST IPV6("0018", "3a", NOBODY6)
				    NS("20010db8ffff00000000000000000001")));
	/* What is not told of a link's own router (its hop limit) tells nothing. */
	receive_frame(TO_ALL "86dd60000000"
			     "0030"
			     "3a40" FOREIGN_LOCAL6 "ff020000000000000000000000000001" RA "0304"
			     "4040"
			     "00000e10"
			     "00000e10"
			     "00000000"
			     "20010db8ffff00000000000000000000");
	assert_false(passes(FROM_GUEST IPV6("0018", "3a", NOBODY6)
				    NS("20010db8ffff00000000000000000001")));
}

/* --- rates ----------------------------------------------------------------------------- */

static void broadcasts_are_as_many_as_are_asked_for(void **state)
{
	struct guard_rules rules = { .broadcast = 50 };
	unsigned n = 0;

	set_rules(&rules);
	for (unsigned i = 0; i < 200; i++)
		n += passes(ALL GUEST ARP("0001", GUEST, OWN));
	assert_in_range(n, 50, 60);
	assert_int_equal(counts().dropped[9], 200 - n);
	assert_string_equal(guard_rule_name(9), "broadcast");
	assert_true(passes(FROM_GUEST TCP4(OWN)));
	wait_for_silence();
	for (unsigned i = n = 0; i < 200; i++)
		n += passes(FROM_GUEST ARP("0002", GUEST, OWN));
	assert_in_range(n, 25, 40);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_frame_passes_or_is_dropped_by_its_rule),
		TEST(headers_that_are_cut_are_dropped),
		TEST(only_the_mac_is_checked_where_only_that_is_asked),
		TEST(a_part_of_a_network_may_be_the_guests),
		TEST(a_frame_of_a_link_without_rules_is_dropped),
		TEST(more_addresses_than_there_is_room_for_are_an_error),
		TEST(an_address_is_the_guests_as_long_as_a_dhcp_server_gave_it),
		TEST(what_a_server_gives_to_others_or_does_not_give_is_not_learned),
		TEST(an_answer_that_the_guest_sends_teaches_nothing),
		TEST(an_address_given_back_is_no_longer_the_guests),
		TEST(an_ipv6_address_that_nobody_else_has_becomes_the_guests),
		TEST(an_ipv6_address_that_somebody_has_does_not),
		TEST(an_ipv6_address_of_no_network_here_is_not_learned),
		TEST(broadcasts_are_as_many_as_are_asked_for),
	};
	int failed;

	netns_require();
	failed = cmocka_run_group_tests_name("guard-frames", tests, NULL, NULL);
	close_all();
	return failed;
}
