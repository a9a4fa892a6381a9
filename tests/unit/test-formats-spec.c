/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testing.h"

#include "formats/interface-xml.h"
#include "formats/spec.h"

/* A SPEC is the same as an interface in XML, which says all of it. */
static void assert_is(const char *spec, const char *expected)
{
	AUTO(interface_freep) struct interface *interface = NULL;
	AUTO_FREE char *xml = NULL;
	struct error err = ERROR_INIT;

	assert_success(&err, interface_from_spec(spec, &interface, &err));
	assert_success(&err, interface_to_xml(interface, &xml, &err));
	assert_string_equal(xml, expected);
}

static void each_kind_of_source_can_be_given(void **state)
{
	assert_is("network=red,portgroup=eng",
		  "<interface type='network'>\n"
		  "  <source network='red' portgroup='eng'/>\n</interface>\n");
	assert_is("dev=eth0", "<interface type='direct'>\n"
			      "  <source dev='eth0' mode='vepa'/>\n</interface>\n");
	assert_is("mode=passthru,dev=eth0",
		  "<interface type='direct'>\n"
		  "  <source dev='eth0' mode='passthrough'/>\n</interface>\n");
	assert_is("bridge=br0", "<interface type='bridge'>\n"
				"  <source bridge='br0'/>\n</interface>\n");
	assert_is("ethernet", "<interface type='ethernet'/>\n");
}

static void every_key_is_read(void **state)
{
	assert_is("bridge=br0,mac=52:54:00:AA:00:01,target=web%d,model=virtio,queues=4,"
		  "driver=vhost,mtu=9000,link=down,alias=net0,type=direct",
		  "<interface type='bridge'>\n"
		  "  <mac address='52:54:00:aa:00:01'/>\n"
		  "  <source bridge='br0'/>\n"
		  "  <target dev='web%d'/>\n"
		  "  <model type='virtio'/>\n"
		  "  <driver name='vhost' queues='4'/>\n"
		  "  <link state='down'/>\n"
		  "  <mtu size='9000'/>\n"
		  "  <alias name='net0'/>\n"
		  "  <vif:port xmlns:vif='urn:vifd:1' type='direct'/>\n"
		  "</interface>\n");
	assert_is("wait,dev=eth0,dev-mac=02:00:00:00:00:0A,type=live,follow-link",
		  "<interface type='direct'>\n"
		  "  <source dev='eth0' mode='vepa' startupPolicy='optional' "
		  "xmlns:vif='urn:vifd:1' vif:mac='02:00:00:00:00:0a'/>\n"
		  "  <vif:port xmlns:vif='urn:vifd:1' type='live'/>\n"
		  "  <vif:link xmlns:vif='urn:vifd:1' follow='yes'/>\n"
		  "</interface>\n");
	assert_is("network=red,vlan=42,isolated,trust",
		  "<interface type='network' trustGuestRxFilters='yes'>\n"
		  "  <source network='red'/>\n"
		  "  <vlan>\n"
		  "    <tag id='42'/>\n"
		  "  </vlan>\n"
		  "  <port isolated='yes'/>\n"
		  "</interface>\n");
	assert_is("bridge=br0,filter.IP=10.0.0.2,filter=own,filter.IP=10.0.0.3,filter.A=b",
		  "<interface type='bridge'>\n"
		  "  <source bridge='br0'/>\n"
		  "  <filterref filter='own'>\n"
		  "    <parameter name='A' value='b'/>\n"
		  "    <parameter name='IP' value='10.0.0.2'/>\n"
		  "    <parameter name='IP' value='10.0.0.3'/>\n"
		  "  </filterref>\n"
		  "</interface>\n");
	assert_is("inbound=1000,2000,512,0,dev=eth0,outbound=500",
		  "<interface type='direct'>\n"
		  "  <source dev='eth0' mode='vepa'/>\n"
		  "  <bandwidth>\n"
		  "    <inbound average='1000' peak='2000' burst='512'/>\n"
		  "    <outbound average='500'/>\n"
		  "  </bandwidth>\n"
		  "</interface>\n");
	assert_is("network=red,inbound=0,0,0,7", "<interface type='network'>\n"
						 "  <source network='red'/>\n"
						 "  <bandwidth>\n"
						 "    <inbound floor='7'/>\n"
						 "  </bandwidth>\n"
						 "</interface>\n");
	assert_is("network=red,wait", "<interface type='network'>\n"
				      "  <source network='red' startupPolicy='optional'/>\n"
				      "</interface>\n");
	assert_is("ethernet,queues=1,mac=00:00:00:00:00:00", "<interface type='ethernet'/>\n");
	assert_is("network=a=b gr\xc3\xbcn",
		  "<interface type='network'>\n"
		  "  <source network='a=b gr\xc3\xbcn'/>\n</interface>\n");
}

#define KEYS                                                                                  \
	"(keys: network= dev= bridge= ethernet portgroup= mode= mac= target= model= queues= " \
	"driver= mtu= link= alias= type= dev-mac= vlan= security= group= filter= inbound= "   \
	"outbound= "                                                                          \
	"isolated trust wait "                                                                \
	"follow-link)"

#define IS_NO_LIMIT "is not average[,peak[,burst[,floor]]], whole numbers of KiB/s (burst: KiB)"

static void each_mistake_has_its_sentence(void **state)
{
	static const struct {
		const char *spec, *text;
	} cases[] = {
		{ "", "no source is given: network=, dev=, bridge= or ethernet" },
		{ "mac=52:54:00:00:00:01",
		  "no source is given: network=, dev=, bridge= or ethernet" },
		{ "net=red", "'net' is not a key, did you mean network? " KEYS },
		{ "iface=eth0", "'iface' is not a key, did you mean dev? " KEYS },
		{ "dev=eth0, mode=bridge", "' mode' is not a key, did you mean mode? " KEYS },
		{ "network=red,colour=blue", "'colour' is not a key " KEYS },
		{ "bridged", "'bridged' is not a key, did you mean bridge? " KEYS },
		{ "network=red,guest=web", "'guest' is not a key; it is an option, --guest" },
		{ "=red", "'' is not a key " KEYS },
		{ "dev=eth0,mtu=1400,mtu=1500", "'mtu' is given twice" },
		{ "dev=eth0,dev=eth1", "'dev' is given twice" },
		{ "dev=eth0,filter=a,filter=b", "'filter' is given twice" },
		{ "dev=eth0,filter=", "'filter' needs a value" },
		{ "dev=eth0,filter=a,filter.IP", "'filter.IP' needs a value" },
		{ "dev=eth0,filter=a,filter.I-P=1",
		  "'filter.I-P' names no variable of a filter: letters, digits and _" },
		{ "dev=eth0,filter.IP=10.0.0.1", "'filter.IP' goes with filter= only" },
		{ "dev=eth0,network=red", "'dev' and 'network' are two sources; it can have one" },
		{ "ethernet,bridge=br0",
		  "'ethernet' and 'bridge' are two sources; it can have one" },
		{ "ethernet=1", "'ethernet' takes no value" },
		{ "dev=eth0,wait=yes", "'wait' takes no value" },
		{ "dev=eth0,follow-link=", "'follow-link' takes no value" },
		{ "dev=eth0,wait,wait", "'wait' is given twice" },
		{ "wait", "no source is given: network=, dev=, bridge= or ethernet" },
		{ "ethernet,wait", "'wait' goes with network= or dev= or bridge= only" },
		{ "bridge=br0,dev-mac=02:00:00:00:00:01", "'dev-mac' goes with dev= only" },
		{ "dev-mac=02:00:00:00:00:01",
		  "no source is given: network=, dev=, bridge= or ethernet" },
		{ "dev=eth0,dev-mac=00:00:00:00:00:00",
		  "dev-mac='00:00:00:00:00:00' is not a MAC address that a device can have" },
		{ "dev", "'dev' needs a value" },
		{ "dev=", "'dev' needs a value" },
		{ "dev=eth0,queues", "'queues' needs a value" },
		{ "dev=eth0,", "nothing stands before or after a comma" },
		{ ",dev=eth0", "nothing stands before or after a comma" },
		{ "bridge=br0,mode=vepa", "'mode' goes with dev= only" },
		{ "bridge=br0,portgroup=a", "'portgroup' goes with network= only" },
		{ "dev=eth0,mode=source",
		  "mode='source' is not one of vepa, bridge, private, passthrough" },
		{ "dev=eth0,mac=1:2",
		  "mac='1:2' is not a MAC address (six pairs of hexadecimal digits)" },
		{ "dev=eth0,mac=01:00:5e:00:00:01", "MAC address '01:00:5e:00:00:01' is multicast; "
						    "a guest needs a unicast address" },
		{ "dev=eth0,queues=0", "queues='0' is not a number from 1 to 256" },
		{ "dev=eth0,queues=257", "queues='257' is not a number from 1 to 256" },
		{ "dev=eth0,queues=2,model=e1000",
		  "queues=2 needs a virtio model, not model=e1000" },
		{ "dev=eth0,driver=vhost,model=e1000",
		  "driver=vhost needs a virtio model, not model=e1000" },
		{ "dev=eth0,driver=xen", "driver='xen' is not one of qemu, vhost" },
		{ "dev=eth0,mtu=70000", "mtu='70000' is not a number from 68 to 65535" },
		{ "dev=eth0,link=off", "link='off' is not one of up, down" },
		{ "dev=eth0,alias=0a",
		  "alias '0a' is not a letter followed by letters, digits, '_', '-', '.'" },
		{ "dev=eth0,type=fast", "type='fast' is not one of direct, live" },
		{ "dev=averyveryverylongname0",
		  "host interface 'averyveryverylongname0' is too long; a device's name has at "
		  "most 15 characters" },
		{ "dev=eth0,vlan=4096", "vlan='4096' is not a number from 0 to 4095" },
		{ "dev=eth0,inbound=1000,2000,3,4,5", "inbound='1000,2000,3,4,5' " IS_NO_LIMIT },
		{ "dev=eth0,inbound=x", "inbound='x' " IS_NO_LIMIT },
		{ "dev=eth0,outbound=-5", "outbound='-5' " IS_NO_LIMIT },
		{ "dev=eth0,outbound=1k", "outbound='1k' " IS_NO_LIMIT },
		{ "dev=eth0,outbound=99999999999999999999",
		  "outbound='99999999999999999999' " IS_NO_LIMIT },
		{ "dev=eth0,inbound=1000,", "nothing stands before or after a comma" },
		{ "dev=eth0,vlan=5,6", "'6' is not a key " KEYS },
		{ "dev=eth0,inbound=0,5",
		  "bandwidth needs average= or floor= in <inbound> and average= in <outbound>" },
		{ "dev=eth0,isolated", "'isolated' goes with network= or bridge= only" },
		{ "bridge=br0,isolated=yes", "'isolated' takes no value" },
		{ "dev=eth0,target=%s", "target name '%s' may hold one %d and no other '%'" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct interface *interface = NULL;
		struct error err = ERROR_INIT;
		char text[512];
		int r = interface_from_spec(cases[i].spec, &interface, &err);

		snprintf(text, sizeof(text), "'%s': %s", cases[i].spec, cases[i].text);
		assert_error(&err, r, ERROR_INVALID_ARGUMENT, text);
		assert_null(interface);
	}
}

static void only_text_is_taken(void **state)
{
	static const char *const specs[] = { "network=a\nb", "network=\xff", "network=a\x1b[m" };

	for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
		struct interface *interface = NULL;
		struct error err = ERROR_INIT;
		int r = interface_from_spec(specs[i], &interface, &err);

		assert_error(&err, r, ERROR_INVALID_ARGUMENT,
			     "the interface's SPEC is not UTF-8 text without control characters");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_source_can_be_given),
		cmocka_unit_test(every_key_is_read),
		cmocka_unit_test(each_mistake_has_its_sentence),
		cmocka_unit_test(only_text_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
