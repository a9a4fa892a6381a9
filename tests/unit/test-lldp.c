/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testing.h"

#include <errno.h>
#include <stdlib.h>

#include "formats/lldp.h"

/* The three that each frame has, and EVB of a bridge that relays. */
static const uint8_t of_bridge[] = {
	0x02, 0x07, 0x04, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,             /* chassis: a MAC */
	0x04, 0x07, 0x03, 0x02, 0x00, 0x00, 0x00, 0x00, 0x02,             /* port: a MAC */
	0x06, 0x02, 0x00, 0x79,                                           /* 121 s */
	0xfe, 0x09, 0x00, 0x80, 0xc2, 0x0d, 0x03, 0x05, 0x7b, 0x54, 0x54, /* EVB */
	0x00, 0x00,                                                       /* end */
};

static void a_bridge_that_relays(void **state)
{
	struct lldp lldp = { 0 };

	assert_int_equal(lldp_read(of_bridge, sizeof(of_bridge), &lldp), 0);
	assert_string_equal(lldp.chassis, "02:00:00:00:00:01");
	assert_string_equal(lldp.port, "02:00:00:00:00:02");
	assert_int_equal(lldp.ttl_sec, 121);
	assert_null(lldp.system);
	assert_true(lldp.has_evb);
	assert_true(lldp.can_reflect);
	assert_true(lldp.reflects);
	lldp_done(&lldp);
}

static void a_switch_with_names_an_address_and_a_vlan(void **state)
{
	static const uint8_t payload[] = {
		0x02, 0x06, 0x05, 0x01, 10,   0,    0,    7,    /* 10.0.0.7 */
		0x04, 0x04, 0x05, 'e',  't',  '3',              /* et3 */
		0x06, 0x02, 0x00, 0x78,                         /* 120 s */
		0x08, 0x04, 'r',  'a',  'c',  'k',              /* its label */
		0x0a, 0x03, 's',  'w',  '1',                    /* sw1 */
		0xfe, 0x06, 0x00, 0x80, 0xc2, 0x01, 0x00, 0x2a, /* VLAN 42 */
		0xfe, 0x06, 0x00, 0x12, 0x0f, 0x04, 0x23, 0x28, /* 9000 bytes */
	};
	struct lldp lldp = { 0 };

	assert_int_equal(lldp_read(payload, sizeof(payload), &lldp), 0);
	assert_string_equal(lldp.chassis, "10.0.0.7");
	assert_string_equal(lldp.port, "et3");
	assert_string_equal(lldp.port_description, "rack");
	assert_string_equal(lldp.system, "sw1");
	assert_int_equal(lldp.vlan, 42);
	assert_int_equal(lldp.mtu, 9000);
	assert_false(lldp.has_evb);
	lldp_done(&lldp);
}

/* Whoever is on the wire may send such. */
static void what_is_none(void **state)
{
	static const uint8_t port_first[] = { 0x04, 0x04, 0x05, 'e', 't', '3', 0x00, 0x00 };
	static const uint8_t too_long[] = { 0x02, 0x40, 0x04, 0x02 };
	static const uint8_t end_at_once[] = { 0x00, 0x00 };
	static const uint8_t mac_of_five[] = { 0x02, 0x06, 0x04, 1, 2, 3, 4, 5 };
	struct lldp lldp = { 0 };

	assert_int_equal(lldp_read(port_first, sizeof(port_first), &lldp), -EINVAL);
	assert_int_equal(lldp_read(too_long, sizeof(too_long), &lldp), -EINVAL);
	assert_int_equal(lldp_read(end_at_once, sizeof(end_at_once), &lldp), -EINVAL);
	assert_int_equal(lldp_read(mac_of_five, sizeof(mac_of_five), &lldp), -EINVAL);
	assert_int_equal(lldp_read(NULL, 0, &lldp), -EINVAL);
	for (size_t size = 0; size < 20; size++)
		assert_int_equal(lldp_read(of_bridge, size, &lldp), -EINVAL);
	assert_null(lldp.chassis);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bridge_that_relays),
		cmocka_unit_test(a_switch_with_names_an_address_and_a_vlan),
		cmocka_unit_test(what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
