/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testing.h"

#include "model/facts.h"
#include "model/interface.h"
#include "model/kept.h"
#include "model/mac.h"
#include "model/network.h"
#include "model/port.h"
#include "model/uuid.h"
#include "values.h"

static struct mac mac_of(const char *text)
{
	struct mac mac;

	assert_int_equal(mac_parse(text, &mac), 0);
	return mac;
}

static void mac_addresses_are_written_in_lower_case(void **state)
{
	char text[MAC_TEXT_SIZE];
	struct mac mac = mac_of("52:54:00:AB:cd:0F");

	mac_format(&mac, text);
	assert_string_equal(text, "52:54:00:ab:cd:0f");
}

static void what_is_no_mac_address_is_refused_and_changes_nothing(void **state)
{
	static const char *const texts[] = { "",
					     "52:54:00:ab:cd",
					     "52:54:00:ab:cd:0g",
					     "52-54-00-ab-cd-0f",
					     "52:54:00:ab:cd:0f:",
					     "525400abcd0f",
					     " 2:54:00:ab:cd:0f" };
	struct mac mac = mac_of("02:00:00:00:00:01");

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(mac_parse(texts[i], &mac), -EINVAL);
	assert_true(mac_equal(&mac, &(struct mac){ { 2, 0, 0, 0, 0, 1 } }));
}

static void multicast_and_zero_are_told_from_unicast(void **state)
{
	struct mac multicast = mac_of("01:00:5e:00:00:01"), zero = mac_of("00:00:00:00:00:00");
	struct mac unicast = mac_of("fe:ff:ff:ff:ff:ff");

	assert_true(mac_is_multicast(&multicast));
	assert_false(mac_is_multicast(&zero));
	assert_false(mac_is_multicast(&unicast));
	assert_true(mac_is_zero(&zero));
	assert_false(mac_is_zero(&unicast));
}

static void a_device_has_a_unicast_address(void **state)
{
	struct mac mac = mac_of("02:00:00:00:00:01");

	assert_int_equal(mac_parse_device("01:00:5e:00:00:01", &mac), -EINVAL);
	assert_int_equal(mac_parse_device("00:00:00:00:00:00", &mac), -EINVAL);
	assert_int_equal(mac_parse_device("eth0", &mac), -EINVAL);
	assert_int_equal(mac.bytes[5], 1);
	assert_int_equal(mac_parse_device("02:00:00:00:00:0a", &mac), 0);
	assert_int_equal(mac.bytes[5], 10);
}

static void generated_addresses_are_qemus_and_differ(void **state)
{
	struct mac a, b;

	assert_int_equal(mac_generate(&a), 0);
	assert_int_equal(mac_generate(&b), 0);
	assert_memory_equal(a.bytes, "\x52\x54\x00", 3);
	assert_memory_not_equal(&a, &b, sizeof(a)); /* once in 16 million it fails */
}

static void a_tap_has_its_guests_address_with_another_first_byte(void **state)
{
	struct mac guest = mac_of("52:54:00:00:00:01"), high = mac_of("fe:54:00:00:00:01");
	struct mac of_guest = mac_of_tap(&guest), of_high = mac_of_tap(&high);

	assert_memory_equal(&of_guest, "\xfe\x54\x00\x00\x00\x01", 6);
	assert_memory_equal(&of_high, "\xfa\x54\x00\x00\x00\x01", 6);
}

static void uuids_are_read_with_and_without_hyphens(void **state)
{
	static const char *const good[] = { "81ff0d90-c91e-6742-64da-4a736edb9a8b",
					    "81FF0D90C91E674264DA4A736EDB9A8B" };
	static const char *const bad[] = { "",
					   "81ff0d90",
					   "81ff0d90-c91e-6742-64da-4a736edb9a8",
					   "81ff0d90-c91e-6742-64da-4a736edb9a8g",
					   "81ff0d90-c91e6-742-64da-4a736edb9a8b",
					   "81ff0d90-c91e-6742-64da-4a736edb9a8b " };
	struct uuid uuid;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		char text[UUID_TEXT_SIZE];

		assert_int_equal(uuid_parse(good[i], &uuid), 0);
		uuid_format(&uuid, text);
		assert_string_equal(text, good[0]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(uuid_parse(bad[i], &uuid), -EINVAL);
}

static void names_have_uuids_of_their_own(void **state)
{
	struct uuid red = uuid_of_name("red"), again = uuid_of_name("red"),
		    der = uuid_of_name("der");

	assert_true(uuid_equal(&red, &again));
	assert_false(uuid_equal(&red, &der));
	assert_int_equal(red.bytes[6] >> 4, 8);
	assert_int_equal(red.bytes[8] >> 6, 2);
}

static void generated_uuids_are_of_version_4(void **state)
{
	struct uuid uuid;

	assert_int_equal(uuid_generate(&uuid), 0);
	assert_int_equal(uuid.bytes[6] >> 4, 4);
	assert_int_equal(uuid.bytes[8] >> 6, 2);
}

static void a_tag_names_its_port_and_side(void **state)
{
	static const char *const others[] = {
		"vif-0",
		"if-81ff0d90-c91e-6742-64da-4a736edb9a8b",
		"vif-81ff0d90-c91e-6742-64da-4a736edb9a8bx",
		"vif-81ff0d90-c91e-6742-64da-4a736edb9a8b-",
		"vif-81ff0d90-c91e-6742-64da-4a736edb9a8b-1x",
		"vif-81ff0d90-c91e-6742-64da-4a736edb9a8b-4294967296",
	};
	char tag[PORT_TAG_SIZE], side_tag[PORT_SIDE_TAG_SIZE];
	struct uuid uuid, read;
	int64_t side;

	assert_int_equal(uuid_parse("81ff0d90-c91e-6742-64da-4a736edb9a8b", &uuid), 0);
	port_tag(&uuid, tag);
	assert_string_equal(tag, "vif-81ff0d90-c91e-6742-64da-4a736edb9a8b");
	assert_true(port_tag_parse(tag, &read, &side));
	assert_true(uuid_equal(&read, &uuid));
	assert_int_equal(side, -1);
	port_side_tag(&uuid, UINT32_MAX, side_tag);
	assert_string_equal(side_tag, "vif-81ff0d90-c91e-6742-64da-4a736edb9a8b-4294967295");
	assert_true(port_tag_parse(side_tag, &read, &side));
	assert_true(uuid_equal(&read, &uuid));
	assert_int_equal(side, UINT32_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(port_tag_parse(others[i], &read, &side));
}

static void every_name_is_read_back(void **state)
{
	for (unsigned i = 0; i < INTERFACE_TYPE_COUNT; i++) {
		enum interface_type type;

		assert_int_equal(interface_type_parse(interface_type_name(i), &type), 0);
		assert_int_equal(type, i);
	}
	for (unsigned i = 0; i < DIRECT_MODE_COUNT; i++) {
		enum direct_mode mode;

		assert_int_equal(direct_mode_parse(direct_mode_name(i), &mode), 0);
		assert_int_equal(mode, i);
	}
	for (unsigned i = 0; i < FORWARD_MODE_COUNT; i++) {
		enum forward_mode mode;

		assert_int_equal(forward_mode_parse(forward_mode_name(i), &mode), 0);
		assert_int_equal(mode, i);
	}
	for (unsigned i = 0; i < PORT_STATE_COUNT; i++) {
		enum port_state port_state;

		assert_int_equal(port_state_parse(port_state_name(i), &port_state), 0);
		assert_int_equal(port_state, i);
	}
}

static void the_models_with_offloads_get_a_vnet_header(void **state)
{
	static const char *const with[] = { "virtio", "virtio-non-transitional", "e1000e", "igb",
					    "vmxnet3" };
	static const char *const without[] = { "e1000", "rtl8139", "virtiox" };

	assert_true(interface_has_vnet_hdr(&(struct interface){ 0 }));
	for (size_t i = 0; i < ARRAY_SIZE(with); i++)
		assert_true(
			interface_has_vnet_hdr(&(struct interface){ .model = (char *)with[i] }));
	for (size_t i = 0; i < ARRAY_SIZE(without); i++)
		assert_false(
			interface_has_vnet_hdr(&(struct interface){ .model = (char *)without[i] }));
}

static void an_interface_lacking_its_source_is_invalid(void **state)
{
	static const char *const sentences[] = {
		[INTERFACE_NETWORK] = "line 7: interface type='network' needs <source network=>",
		[INTERFACE_DIRECT] = "line 7: interface type='direct' needs <source dev=>",
		[INTERFACE_BRIDGE] = "line 7: interface type='bridge' needs <source bridge=>",
	};

	for (unsigned type = 0; type < ARRAY_SIZE(sentences); type++) {
		struct error err = ERROR_INIT;
		int r = interface_validate(&(struct interface){ .type = type, .line = 7 }, &err);

		assert_error(&err, r, ERROR_INVALID_ARGUMENT, sentences[type]);
	}
}

static void a_network_on_a_pool_has_the_mode_of_its_macvtaps(void **state)
{
	enum direct_mode mode;
	struct network network = { .forward = FORWARD_BRIDGE };

	assert_true(network_direct_mode(&network, &mode));
	assert_int_equal(mode, DIRECT_BRIDGE);
	network.bridge.name = (char *)"br0";
	assert_false(network_direct_mode(&network, &mode));
	network = (struct network){ .forward = FORWARD_PASSTHROUGH };
	assert_true(network_direct_mode(&network, &mode));
	assert_int_equal(mode, DIRECT_PASSTHROUGH);
	network.forward = FORWARD_NAT;
	assert_false(network_direct_mode(&network, &mode));
}

static void a_network_needs_a_name_that_a_file_can_have(void **state)
{
	struct error err = ERROR_INIT;
	int r = network_validate(&(struct network){ .forward = FORWARD_BRIDGE }, &err);

	assert_error(&err, r, ERROR_INVALID_ARGUMENT, "the network has no <name>");
	r = network_validate(&(struct network){ .name = (char *)"../x", .forward = FORWARD_BRIDGE },
			     &err);
	assert_error(&err, r, ERROR_INVALID_ARGUMENT,
		     "network name '../x' may not begin with '.', hold '/' or a line break, or "
		     "have more than 200 characters");
}

static void links_are_found_by_name_before_alternative_name(void **state)
{
	struct host_link first = { .ifindex = 2, .name = "eth0" };
	struct host_link second = { .ifindex = 3, .name = "eth1" };
	struct facts facts = { 0 };

	assert_int_equal(host_link_add_altname(&first, "eth1"), 0);
	assert_int_equal(host_link_add_altname(&first, "enp1s0"), 0);
	assert_int_equal(facts_put(&facts, &first), 0);
	assert_int_equal(facts_put(&facts, &second), 0);

	assert_int_equal(facts_find(&facts, "eth1")->ifindex, 3);
	assert_int_equal(facts_find(&facts, "enp1s0")->ifindex, 2);
	assert_null(facts_find(&facts, "eth2"));
	assert_string_equal(facts_get(&facts, 3)->name, "eth1");
	assert_null(facts_get(&facts, 4));
	facts_done(&facts);
}

enum {
	LINKS = 200,
	CHANGES = 20000,
};

/* What a table of links should find, by a look at each: names first, as the kernel has it. */
struct link_model {
	char names[LINKS + 1][3][IFNAMSIZ]; /* by ifindex; "" = none */
};

static void put_random(struct link_model *model, struct facts *facts, int ifindex)
{
	struct host_link link = { .ifindex = ifindex };
	int n = rand() % 3 + 1;

	memset(model->names[ifindex], 0, sizeof(model->names[ifindex]));
	for (int i = 0; i < n; i++)
		snprintf(model->names[ifindex][i], IFNAMSIZ, "%c%d", "abc"[rand() % 3],
			 ifindex * 3 + i);
	memcpy(link.name, model->names[ifindex][0], sizeof(link.name));
	for (int i = 1; i < n; i++)
		assert_int_equal(host_link_add_altname(&link, model->names[ifindex][i]), 0);
	assert_int_equal(facts_put(facts, &link), 0);
}

static void expect_names(const struct link_model *model, const struct facts *facts, int ifindex)
{
	for (int i = 0; i < 3; i++) {
		for (const char *letter = "abc"; *letter; letter++) {
			const struct host_link *link;
			char name[IFNAMSIZ];

			snprintf(name, sizeof(name), "%c%d", *letter, ifindex * 3 + i);
			link = facts_find(facts, name);
			assert_int_equal(link ? link->ifindex : 0,
					 strcmp(name, model->names[ifindex][i]) ? 0 : ifindex);
		}
	}
}

static void links_are_found_by_the_names_that_they_have_now(void **state)
{
	struct link_model *model = calloc(1, sizeof(*model));
	struct facts facts = { 0 };

	assert_non_null(model);
	srand(1);
	for (unsigned i = 0; i < CHANGES; i++) {
		int ifindex = rand() % LINKS + 1;

		if (rand() % 3) {
			put_random(model, &facts, ifindex);
		} else {
			facts_remove(&facts, ifindex);
			memset(model->names[ifindex], 0, sizeof(model->names[ifindex]));
		}
		expect_names(model, &facts, rand() % LINKS + 1);
		expect_names(model, &facts, ifindex);
	}
	facts_done(&facts);
	free(model);
}

static void put_addressed(struct facts *facts, int ifindex, const char *kind, const char *mac,
			  const char *perm_mac)
{
	struct host_link link = { .ifindex = ifindex, .mac = mac_of(mac) };

	snprintf(link.name, sizeof(link.name), "dev%d", ifindex);
	snprintf(link.kind, sizeof(link.kind), "%s", kind);
	link.is_macvlan = !strcmp(kind, "macvlan");
	if (perm_mac)
		link.perm_mac = mac_of(perm_mac);
	assert_int_equal(facts_put(facts, &link), 0);
}

static void links_are_found_by_the_address_of_their_hardware(void **state)
{
	const struct mac a = mac_of("02:00:00:00:00:0a"), b = mac_of("02:00:00:00:00:0b");
	AUTO(facts_done) struct facts facts = { 0 };

	put_addressed(&facts, 5, "veth", "02:00:00:00:00:0a", NULL);
	put_addressed(&facts, 3, "macvlan", "02:00:00:00:00:0a", NULL);
	put_addressed(&facts, 4, "tun", "02:00:00:00:00:0a", NULL);
	assert_int_equal(facts_find_address(&facts, &a)->ifindex, 5);
	put_addressed(&facts, 2, "", "02:00:00:00:00:0a", "02:00:00:00:00:0b");
	assert_int_equal(facts_find_address(&facts, &a)->ifindex, 5);
	assert_int_equal(facts_find_address(&facts, &b)->ifindex, 2);
	put_addressed(&facts, 6, "veth", "02:00:00:00:00:0b", NULL);
	assert_int_equal(facts_find_address(&facts, &b)->ifindex, 2);
	facts_remove(&facts, 2);
	assert_int_equal(facts_find_address(&facts, &b)->ifindex, 6);
	put_addressed(&facts, 6, "veth", "02:00:00:00:00:0c", NULL);
	assert_null(facts_find_address(&facts, &b));
}

static void what_is_kept_is_copied(void **state)
{
	struct kept_list kept = { 0 };
	char name[] = "boot";

	assert_int_equal(kept_add_element(&kept, "", name, "<boot/>\n", false, 4), 0);
	assert_int_equal(kept_add_attribute(&kept, "mac", "type", "static", 5), 0);
	name[0] = 'r';
	assert_int_equal(kept.n, 2);
	assert_string_equal(kept.items[0].name, "boot");
	assert_null(kept.items[0].value);
	assert_string_equal(kept.items[1].value, "static");
	assert_null(kept.items[1].xml);
	assert_int_equal(kept.items[1].line, 5);
	kept_done(&kept);
	assert_int_equal(kept.n, 0);
}

static void a_source_is_taken_with_what_was_kept_of_it(void **state)
{
	AUTO(interface_freep) struct interface *to = interface_new(), *from = interface_new();
	struct mac mac = mac_of("02:00:00:00:00:01");

	*to = (struct interface){ .type = INTERFACE_DIRECT,
				  .dev = strdup("eth0"),
				  .mode = DIRECT_PRIVATE,
				  .dev_mac = mac,
				  .has_dev_mac = true,
				  .optional = true,
				  .mac = mac,
				  .has_mac = true,
				  .alias = strdup("net0") };
	assert_int_equal(kept_add_attribute(&to->kept, "source", "network", "red", 1), 0);
	assert_int_equal(kept_add_element(&to->kept, "", "boot", "<boot/>", false, 1), 0);
	assert_int_equal(kept_add_element(&to->kept, "source", "x", "<x/>", false, 1), 0);
	*from = (struct interface){ .type = INTERFACE_NETWORK,
				    .network = strdup("blue"),
				    .portgroup = strdup("g"),
				    .source_line = 7,
				    .alias = strdup("other") };
	assert_int_equal(kept_add_element(&from->kept, "", "rom", "<rom/>", false, 1), 0);
	assert_int_equal(kept_add_attribute(&from->kept, "source", "a:b", "c", 1), 0);

	assert_int_equal(interface_take_source(to, from), 0);
	assert_int_equal(to->type, INTERFACE_NETWORK);
	assert_string_equal(to->network, "blue");
	assert_string_equal(to->portgroup, "g");
	assert_null(to->dev);
	assert_int_equal(to->mode, DIRECT_VEPA);
	assert_false(to->has_dev_mac);
	assert_false(to->optional);
	assert_int_equal(to->source_line, 7);
	assert_true(to->has_mac);
	assert_string_equal(to->alias, "net0");
	assert_int_equal(to->kept.n, 2);
	assert_string_equal(to->kept.items[0].name, "boot");
	assert_string_equal(to->kept.items[1].name, "a:b");
	assert_int_equal(from->kept.n, 1);
	assert_string_equal(from->kept.items[0].name, "rom");
}

static struct interface *interface_with_port(enum interface_type type, enum virtualport_type port)
{
	struct interface *interface = interface_new();

	interface->type = type;
	interface->virtualport.type = port;
	return interface;
}

static void a_virtualport_stays_from_one_network_to_another_only(void **state)
{
	static const struct {
		enum interface_type from, to;
		enum virtualport_type expected;
	} cases[] = {
		{ INTERFACE_NETWORK, INTERFACE_NETWORK, VIRTUALPORT_8021QBG },
		{ INTERFACE_NETWORK, INTERFACE_BRIDGE, VIRTUALPORT_NONE },
		{ INTERFACE_DIRECT, INTERFACE_NETWORK, VIRTUALPORT_NONE },
		{ INTERFACE_DIRECT, INTERFACE_DIRECT, VIRTUALPORT_NONE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(interface_freep)
		struct interface *to = interface_with_port(cases[i].from, VIRTUALPORT_8021QBG);
		AUTO(interface_freep)
		struct interface *from = interface_with_port(cases[i].to, VIRTUALPORT_NONE);
		AUTO(interface_freep)
		struct interface *other = interface_with_port(cases[i].to, VIRTUALPORT_8021QBH);

		assert_int_equal(interface_take_source(to, from), 0);
		assert_int_equal(to->virtualport.type, cases[i].expected);
		assert_int_equal(interface_take_source(to, other), 0);
		assert_int_equal(to->virtualport.type, VIRTUALPORT_8021QBH);
	}
}

static void a_vlan_stays_until_another_is_given(void **state)
{
	AUTO(interface_freep) struct interface *to = interface_new(), *from = interface_new();
	AUTO(interface_freep) struct interface *other = interface_new();

	assert_int_equal(vlan_add_tag(&to->vlan, 5), 0);
	assert_int_equal(vlan_add_tag(&other->vlan, 7), 0);
	assert_int_equal(interface_take_source(to, from), 0);
	assert_int_equal(to->vlan.tags[0], 5);
	assert_int_equal(interface_take_source(to, other), 0);
	assert_int_equal(to->vlan.n_tags, 1);
	assert_int_equal(to->vlan.tags[0], 7);
	assert_int_equal(other->vlan.n_tags, 0);
}

static void assert_address(struct address address, const char *expected)
{
	char text[ADDRESS_TEXT_SIZE];

	address_format(&address, text);
	assert_string_equal(text, expected);
}

static void addresses_are_read_and_written(void **state)
{
	static const char *const bad[] = { "", "10.0.0", "10.0.0.256", "::1::", "1.2.3.4/8", "a" };
	struct address address = { .family = -1 };

	assert_address(address_of("10.0.0.1"), "10.0.0.1");
	assert_address(address_of("2001:DB8:0:0::1"), "2001:db8::1");
	assert_address((struct address){ 0 }, "");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(address_parse(bad[i], &address), -EINVAL);
	assert_int_equal(address.family, -1);
}

static void addresses_have_an_order_and_a_family(void **state)
{
	struct address a = address_of("10.0.0.9"), b = address_of("10.0.0.10");
	struct address six = address_of("a00:9::");

	assert_true(address_compare(&a, &b) < 0);
	assert_true(address_compare(&b, &a) > 0);
	assert_true(address_equal(&a, &a));
	assert_false(address_equal(&a, &b));
	assert_false(address_equal(&a, &six));
	assert_int_equal(address_bits(&a), 32);
	assert_int_equal(address_bits(&six), 128);
}

static void masks_and_prefixes_are_two_words_for_one_thing(void **state)
{
	struct address mask = address_of("255.255.240.0"), holes = address_of("255.0.255.0");
	unsigned prefix;

	assert_int_equal(address_mask_prefix(&mask, &prefix), 0);
	assert_int_equal(prefix, 20);
	assert_int_equal(address_mask_prefix(&holes, &prefix), -EINVAL);
	for (unsigned i = 0; i <= 32; i++) {
		mask = address_mask(AF_INET, i);
		assert_int_equal(address_mask_prefix(&mask, &prefix), 0);
		assert_int_equal(prefix, i);
	}
	assert_address(address_mask(AF_INET, 0), "0.0.0.0");
	assert_address(address_mask(AF_INET, 32), "255.255.255.255");
	assert_address(address_mask(AF_INET6, 65), "ffff:ffff:ffff:ffff:8000::");
}

static void a_subnet_has_a_first_and_a_last_address(void **state)
{
	struct address a = address_of("10.0.5.77"), six = address_of("2001:db8::5");
	struct address other = address_of("10.0.8.1");

	assert_address(address_network(&a, 22), "10.0.4.0");
	assert_address(address_broadcast(&a, 22), "10.0.7.255");
	assert_address(address_network(&six, 127), "2001:db8::4");
	assert_true(address_in(&a, &a, 32));
	assert_false(address_in(&other, &a, 22));
	assert_true(address_in(&other, &a, 20));
	assert_false(address_in(&six, &a, 0));
}

static void subnets_overlap_where_the_wider_has_the_other(void **state)
{
	struct address a = address_of("10.0.0.1"), b = address_of("10.0.1.1");
	struct address six = address_of("::");

	assert_false(subnet_overlap(&a, 24, &b, 24));
	assert_true(subnet_overlap(&a, 16, &b, 24));
	assert_true(subnet_overlap(&a, 24, &b, 16));
	assert_false(subnet_overlap(&a, 0, &six, 0));
}

static void a_prefix_that_nobody_said_is_that_of_the_class(void **state)
{
	static const struct {
		const char *address;
		unsigned prefix;
	} cases[] = {
		{ "10.0.0.1", 8 },     { "127.255.0.1", 8 }, { "128.0.0.1", 16 },
		{ "191.255.0.1", 16 }, { "192.0.2.1", 24 },  { "2001:db8::1", 64 },
	};
	struct address multicast = address_of("224.0.0.1");
	unsigned prefix;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct address address = address_of(cases[i].address);

		assert_int_equal(address_default_prefix(&address, &prefix), 0);
		assert_int_equal(prefix, cases[i].prefix);
	}
	assert_int_equal(address_default_prefix(&multicast, &prefix), -EINVAL);
}

static void units_of_leases_have_names(void **state)
{
	enum lease_unit unit;

	for (int i = 0; i < LEASE_UNIT_COUNT; i++) {
		assert_int_equal(lease_unit_parse(lease_unit_name(i), &unit), 0);
		assert_int_equal(unit, i);
	}
	assert_int_equal(lease_unit_parse("days", &unit), -EINVAL);
}

static void what_vifd_cannot_do_for_a_network_keeps_it_from_being_started(void **state)
{
	AUTO(network_freep) struct network *network = network_new();
	struct error err = ERROR_INIT;

	assert_non_null(network);
	network->name = strdup("n");
	for (int mode = 0; mode < FORWARD_MODE_COUNT; mode++) {
		network->forward = mode;
		assert_int_equal(network_check_served(network, NULL) == 0, mode != FORWARD_HOSTDEV);
	}
	network->forward = FORWARD_NAT;
	network->bandwidth.outbound = (struct bandwidth_limit){ .set = true, .average = 1 };
	assert_success(&err, network_check_served(network, &err));
	network->forward = FORWARD_BRIDGE;
	network->bridge.name = strdup("br0");
	assert_error(&err, network_check_served(network, &err), ERROR_NOT_SUPPORTED,
		     "network 'n' cannot be started: <bandwidth> of a network as a whole needs a "
		     "bridge that vifd makes, and what passes bridge br0 is not this network's "
		     "alone; that of a <portgroup> or an interface can be had");
	network->bandwidth.outbound.set = false;
	network->forward = FORWARD_VEPA;
	network->pf = strdup("p0");
	assert_error(&err, network_check_served(network, &err), ERROR_NOT_SUPPORTED,
		     "network 'n' cannot be started: <pf> is not supported yet");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mac_addresses_are_written_in_lower_case),
		cmocka_unit_test(what_is_no_mac_address_is_refused_and_changes_nothing),
		cmocka_unit_test(multicast_and_zero_are_told_from_unicast),
		cmocka_unit_test(a_device_has_a_unicast_address),
		cmocka_unit_test(generated_addresses_are_qemus_and_differ),
		cmocka_unit_test(a_tap_has_its_guests_address_with_another_first_byte),
		cmocka_unit_test(uuids_are_read_with_and_without_hyphens),
		cmocka_unit_test(generated_uuids_are_of_version_4),
		cmocka_unit_test(names_have_uuids_of_their_own),
		cmocka_unit_test(a_tag_names_its_port_and_side),
		cmocka_unit_test(every_name_is_read_back),
		cmocka_unit_test(the_models_with_offloads_get_a_vnet_header),
		cmocka_unit_test(an_interface_lacking_its_source_is_invalid),
		cmocka_unit_test(a_network_on_a_pool_has_the_mode_of_its_macvtaps),
		cmocka_unit_test(a_network_needs_a_name_that_a_file_can_have),
		cmocka_unit_test(links_are_found_by_name_before_alternative_name),
		cmocka_unit_test(links_are_found_by_the_names_that_they_have_now),
		cmocka_unit_test(links_are_found_by_the_address_of_their_hardware),
		cmocka_unit_test(what_is_kept_is_copied),
		cmocka_unit_test(a_source_is_taken_with_what_was_kept_of_it),
		cmocka_unit_test(a_virtualport_stays_from_one_network_to_another_only),
		cmocka_unit_test(a_vlan_stays_until_another_is_given),
		cmocka_unit_test(addresses_are_read_and_written),
		cmocka_unit_test(addresses_have_an_order_and_a_family),
		cmocka_unit_test(masks_and_prefixes_are_two_words_for_one_thing),
		cmocka_unit_test(a_subnet_has_a_first_and_a_last_address),
		cmocka_unit_test(subnets_overlap_where_the_wider_has_the_other),
		cmocka_unit_test(a_prefix_that_nobody_said_is_that_of_the_class),
		cmocka_unit_test(units_of_leases_have_names),
		cmocka_unit_test(what_vifd_cannot_do_for_a_network_keeps_it_from_being_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
