/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the guard's program says of single frames, by BPF_PROG_TEST_RUN on the
 * program as it is on a tap: a table of frames, written as hexadecimal text, each
 * with the rule that is to drop it (hostile.h). The VLAN tags are in the frames here, as on a
 * macvtap; test-guard has them in the metadata too.
 */
#include "guard-fixture.h"

#include <arpa/inet.h>
#include <poll.h>
#include <time.h>

#include "hostile.h"
#include "kernel/link.h"

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

/* What the program answers on a frame of the tap. */
static int run(bool to_guest, const char *frame)
{
	uint8_t bytes[1024];

	return run_program(to_guest, bytes, from_hex(frame, bytes, sizeof(bytes)));
}

static int send_frame(const char *frame)
{
	return run(false, frame);
}

static void receive_frame(const char *frame)
{
	assert_int_equal(run(true, frame), TC_ACT_UNSPEC);
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

static bool has_news(void)
{
	struct pollfd item = { .fd = guard_news_fd(guard), .events = POLLIN };
	bool has = poll(&item, 1, 0) > 0;

	guard_read_news(guard);
	return has;
}

static void an_address_is_the_guests_as_long_as_a_dhcp_server_gave_it(void **state)
{
	const struct timespec lease = { .tv_sec = 1, .tv_nsec = 200000000 };

	learn_rules();
	assert_false(passes(FROM_GUEST TCP4(OWN)));
	assert_false(has_news());
	receive_frame(DHCP_ANSWER(OWN, GUEST, "00" SAYS("05") LEASE("00000001")));
	assert_true(passes(FROM_GUEST TCP4(OWN)));
	assert_true(has_news());
	assert_false(has_news());
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

#define TEST(name) cmocka_unit_test_setup(name, guarded_setup)

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
	guarded_done();
	return failed;
}
