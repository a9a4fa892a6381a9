/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Packets in words: what they mean, which are refused, and the frames that they become. */
#include "frames.h"

#include "model/try-packet.h"
#include "util/array.h"

static const struct mac guest = { { 0x52, 0x54, 0, 0, 0, 1 } };

static struct address own[2];

static int find_own(void **state)
{
	return address_parse("10.7.0.2", &own[0]) < 0 || address_parse("2001:db8::2", &own[1]) < 0;
}

static void words_are_understood(void **state)
{
	static const struct {
		const char *words, *understood;
	} cases[] = {
		{ "tcp from 10.0.0.1 port 22", "in: tcp from 10.0.0.1 to 10.7.0.2 port 22" },
		{ "tcp to 10.0.0.1 port 22", "out: tcp from 10.7.0.2 to 10.0.0.1 port 22" },
		{ "udp to 10.7.0.2 from 10.0.0.1 port 5",
		  "in: udp from 10.0.0.1 to 10.7.0.2 port 5" },
		{ "udp from 10.7.0.2 to 10.0.0.1 port 5",
		  "out: udp from 10.7.0.2 to 10.0.0.1 port 5" },
		{ "in udp from 1.1.1.1 to 2.2.2.2 port 5",
		  "in: udp from 1.1.1.1 to 2.2.2.2 port 5" },
		{ "out  icmp to 1.1.1.1", "out: icmp from 10.7.0.2 to 1.1.1.1 type 8 code 0" },
		{ "icmpv6 from fe80::1 type 134",
		  "in: icmpv6 from fe80::1 to 2001:db8::2 type 134 code 0" },
		{ "89 from 10.0.0.1", "in: protocol 89 from 10.0.0.1 to 10.7.0.2" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_ERROR struct error err = ERROR_INIT;
		AUTO_TEXT struct text text = TEXT_INIT;
		AUTO_FREE char *understood = NULL;
		struct try_packet packet;

		assert_success(&err, try_packet_read(cases[i].words, own, 2, &packet, &err));
		try_packet_print(&packet, &text);
		assert_int_equal(text_take(&text, &understood), 0);
		assert_string_equal(understood, cases[i].understood);
	}
}

static void what_is_no_packet_is_refused(void **state)
{
	static const struct {
		const char *words, *sentence;
	} cases[] = {
		{ "", "a packet needs its protocol: 'tcp from 10.0.0.1 port 22'" },
		{ "in", "a packet needs its protocol: 'tcp from 10.0.0.1 port 22'" },
		{ "any from 1.1.1.1", "'any' is neither tcp, udp, sctp, dccp, icmp, icmpv6 nor a "
				      "number from 0 to 255" },
		{ "tcp port 22", "a packet needs 'from ADDRESS' or 'to ADDRESS'" },
		{ "in tcp to 1.1.1.1 port 22", "a packet to the guest needs 'from ADDRESS'" },
		{ "tcp from 1.1.1.1", "'tcp' needs 'port N'" },
		{ "tcp from", "'from' needs a word behind it" },
		{ "tcp by 1.1.1.1", "'by' is none of from, to, port, source-port, type, code" },
		{ "tcp from 1.1.1 port 22", "'1.1.1' is not an IP address" },
		{ "tcp from 1.1.1.1 port 65536", "'65536' is not a number from 0 to 65535" },
		{ "icmp from 1.1.1.1 type 256", "'256' is not a number from 0 to 255" },
		{ "icmp from ::1", "icmp is not of IPv6" },
		{ "icmp from 1.1.1.1 port 5", "only tcp, udp, sctp and dccp have ports" },
		{ "udp from 1.1.1.1 port 5 type 5", "only icmp and icmpv6 have type and code" },
		{ "udp from 1.1.1.1 to ::1 port 5",
		  "which of the two addresses is the guest's is not known: say 'in' (to the guest) "
		  "or 'out' first" },
		{ "in udp from 1.1.1.1 to ::1 port 5",
		  "one address is of IPv4, the other of IPv6" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_ERROR struct error err = ERROR_INIT;
		struct try_packet packet;

		assert_error(&err, try_packet_read(cases[i].words, own, 2, &packet, &err),
			     ERROR_INVALID_ARGUMENT, cases[i].sentence);
	}
}

static struct fields fields_of(const char *words, const struct vlan *vlan)
{
	struct frame frame = { 0 };
	struct try_packet packet;

	_Static_assert((int)TRY_FRAME_SIZE <= (int)FRAME_SIZE, "a frame has room");
	assert_int_equal(try_packet_read(words, own, 2, &packet, NULL), 0);
	frame.size = try_packet_frame(&packet, &guest, vlan, frame.bytes);
	return frame_dissect(&frame, PACKET_NEW);
}

static void frames_are_what_the_words_say(void **state)
{
	uint16_t tags[] = { 42 };
	struct vlan none = { 0 }, access = { .tags = tags, .n_tags = 1 };
	struct fields fields = fields_of("tcp from 10.0.0.1 port 22", &none);

	assert_int_equal(fields_number(&fields, PACKET_ETHERTYPE), 0x800);
	assert_int_equal(fields_number(&fields, PACKET_PROTOCOL), 6);
	assert_int_equal(fields_number(&fields, PACKET_IPV4_SOURCE), 0x0a000001);
	assert_int_equal(fields_number(&fields, PACKET_IPV4_DESTINATION), 0x0a070002);
	assert_int_equal(fields_number(&fields, PACKET_PORT_DESTINATION), 22);
	assert_int_equal(fields_number(&fields, PACKET_PORT_SOURCE), 40000);
	assert_int_equal(fields_number(&fields, PACKET_TCP_FLAGS), 2);
	assert_false(fields.has[PACKET_VLAN]);
	fields = fields_of("out icmpv6 to 2001:db8::9 type 129", &none);
	assert_int_equal(fields_number(&fields, PACKET_ETHERTYPE), 0x86dd);
	assert_int_equal(fields_number(&fields, PACKET_ICMP_TYPE), 129);
	assert_int_equal(fields_number(&fields, PACKET_MAC_SOURCE), 1);
	fields = fields_of("udp from 10.0.0.1 port 53 source-port 7", &access);
	assert_int_equal(fields_number(&fields, PACKET_VLAN), 42);
	assert_int_equal(fields_number(&fields, PACKET_PORT_SOURCE), 7);
	fields = fields_of("udp to 10.0.0.1 port 53", &access);
	assert_false(fields.has[PACKET_VLAN]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_understood),
		cmocka_unit_test(what_is_no_packet_is_refused),
		cmocka_unit_test(frames_are_what_the_words_say),
	};

	return cmocka_run_group_tests(tests, find_own, NULL);
}
