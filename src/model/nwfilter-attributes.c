/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of what can be said of a frame, and of the protocols that can say it. */
#include <errno.h>
#include <sys/socket.h>

#include "model/nwfilter-value.h"
#include "util/cleanup.h"

static const char *const protocol_names[] = {
	[NWFILTER_ANY] = NULL,
	[NWFILTER_MAC] = "mac",
	[NWFILTER_VLAN] = "vlan",
	[NWFILTER_STP] = "stp",
	[NWFILTER_ARP] = "arp",
	[NWFILTER_RARP] = "rarp",
	[NWFILTER_IP] = "ip",
	[NWFILTER_IPV6] = "ipv6",
	[NWFILTER_TCP] = "tcp",
	[NWFILTER_UDP] = "udp",
	[NWFILTER_UDPLITE] = "udplite",
	[NWFILTER_ESP] = "esp",
	[NWFILTER_AH] = "ah",
	[NWFILTER_SCTP] = "sctp",
	[NWFILTER_ICMP] = "icmp",
	[NWFILTER_IGMP] = "igmp",
	[NWFILTER_ALL] = "all",
	[NWFILTER_TCP_IPV6] = "tcp-ipv6",
	[NWFILTER_UDP_IPV6] = "udp-ipv6",
	[NWFILTER_UDPLITE_IPV6] = "udplite-ipv6",
	[NWFILTER_ESP_IPV6] = "esp-ipv6",
	[NWFILTER_AH_IPV6] = "ah-ipv6",
	[NWFILTER_SCTP_IPV6] = "sctp-ipv6",
	[NWFILTER_ICMPV6] = "icmpv6",
	[NWFILTER_ALL_IPV6] = "all-ipv6",
};
_Static_assert(ARRAY_SIZE(protocol_names) == NWFILTER_PROTOCOL_COUNT, "every protocol has a name");

const char *nwfilter_protocol_name(enum nwfilter_protocol protocol)
{
	return protocol_names[protocol];
}

bool nwfilter_protocol_is_link(enum nwfilter_protocol protocol)
{
	return protocol <= NWFILTER_IPV6;
}

int nwfilter_protocol_family(enum nwfilter_protocol protocol)
{
	if (protocol == NWFILTER_IPV6 || protocol >= NWFILTER_TCP_IPV6)
		return AF_INET6;
	return protocol >= NWFILTER_IP ? AF_INET : 0;
}

#define BIT(protocol) (1u << NWFILTER_##protocol)
#define ARPS (BIT(ARP) | BIT(RARP))
#define IPS (BIT(IP) | BIT(IPV6))
#define TCPS (BIT(TCP) | BIT(TCP_IPV6))
#define PORTS (TCPS | BIT(UDP) | BIT(UDP_IPV6) | BIT(SCTP) | BIT(SCTP_IPV6))
#define ICMPS (BIT(ICMP) | BIT(ICMPV6))
/* What is about IP, and all that has addresses of IP. */
#define TRANSPORT (((1u << NWFILTER_PROTOCOL_COUNT) - 1) & ~((1u << NWFILTER_TCP) - 1))
#define ADDRESSES (IPS | TRANSPORT)
#define ETHERNET (BIT(MAC) | BIT(VLAN) | ARPS | IPS)
#define ELEMENTS (((1u << NWFILTER_PROTOCOL_COUNT) - 1) & ~BIT(ANY))

/* libvirt writes the name for the number, too: the first that has it. */
static const struct nwfilter_name ethertypes[] = {
	{ "arp", 0x806 },   { "rarp", 0x8035 }, { "ipv4", 0x800 },
	{ "ipv6", 0x86dd }, { "vlan", 0x8100 }, { NULL },
};

/* RFC 826, 903, 1931, 2390. */
static const struct nwfilter_name operations[] = {
	{ "Request", 1 },         { "Reply", 2 },
	{ "Request_Reverse", 3 }, { "Reply_Reverse", 4 },
	{ "DRARP_Request", 5 },   { "DRARP_Reply", 6 },
	{ "DRARP_Error", 7 },     { "InARP_Request", 8 },
	{ "ARP_NAK", 10 },        { NULL },
};

static const struct nwfilter_name ip_protocols[] = {
	{ "tcp", 6 },  { "udp", 17 }, { "udplite", 136 }, { "esp", 50 },    { "ah", 51 },
	{ "icmp", 1 }, { "igmp", 2 }, { "sctp", 132 },    { "icmpv6", 58 }, { NULL },
};

#define U8 .max = 0xff
#define U16 .max = 0xffff
#define U32 .max = UINT32_MAX
#define KIND(kind_) .kind = NWFILTER_KIND_##kind_
#define STP(what, name, ...)                                     \
	{                                                        \
		NWFILTER_STP_##what, name, BIT(STP), __VA_ARGS__ \
	}

const struct nwfilter_attribute nwfilter_attributes[] = {
	{ NWFILTER_SOURCE_MAC, "srcmacaddr", ELEMENTS, KIND(MAC) },
	{ NWFILTER_SOURCE_MAC_MASK, "srcmacmask", ETHERNET | BIT(STP), KIND(MAC) },
	{ NWFILTER_TARGET_MAC, "dstmacaddr", ETHERNET, KIND(MAC) },
	{ NWFILTER_TARGET_MAC_MASK, "dstmacmask", ETHERNET, KIND(MAC) },
	{ NWFILTER_PROTOCOL_ID, "protocolid", BIT(MAC), .min = 0x600, U16, .names = ethertypes },
	{ NWFILTER_VLAN_ID, "vlanid", BIT(VLAN), .max = 0xfff },
	{ NWFILTER_VLAN_PROTOCOL, "encap-protocol", BIT(VLAN), .min = 0x600, U16,
	  .names = ethertypes },

	STP(TYPE, "type", U8),
	STP(FLAGS, "flags", U8),
	STP(ROOT_PRIORITY, "root-priority", U16),
	STP(ROOT_PRIORITY_HIGH, "root-priority-hi", U16),
	STP(ROOT_MAC, "root-address", KIND(MAC)),
	STP(ROOT_MAC_MASK, "root-address-mask", KIND(MAC)),
	STP(ROOT_COST, "root-cost", U32),
	STP(ROOT_COST_HIGH, "root-cost-hi", U32),
	STP(SENDER_PRIORITY, "sender-priority", U16),
	STP(SENDER_PRIORITY_HIGH, "sender-priority-hi", U16),
	STP(SENDER_MAC, "sender-address", KIND(MAC)),
	STP(SENDER_MAC_MASK, "sender-address-mask", KIND(MAC)),
	STP(PORT, "port", U16),
	STP(PORT_HIGH, "port-hi", U16),
	STP(AGE, "age", U16),
	STP(AGE_HIGH, "age-hi", U16),
	STP(AGE_MAX, "max-age", U16),
	STP(AGE_MAX_HIGH, "max-age-hi", U16),
	STP(HELLO, "hello-time", U16),
	STP(HELLO_HIGH, "hello-time-hi", U16),
	STP(DELAY, "forward-delay", U16),
	STP(DELAY_HIGH, "forward-delay-hi", U16),

	{ NWFILTER_ARP_HARDWARE, "hwtype", ARPS, U16 },
	{ NWFILTER_ARP_PROTOCOL, "protocoltype", ARPS, U16 },
	{ NWFILTER_ARP_OPERATION, "opcode", ARPS, U16, .names = operations },
	{ NWFILTER_ARP_SOURCE_MAC, "arpsrcmacaddr", ARPS, KIND(MAC) },
	{ NWFILTER_ARP_TARGET_MAC, "arpdstmacaddr", ARPS, KIND(MAC) },
	{ NWFILTER_ARP_SOURCE_IP, "arpsrcipaddr", ARPS, KIND(ADDRESS) },
	{ NWFILTER_ARP_SOURCE_IP_MASK, "arpsrcipmask", ARPS, KIND(PREFIX) },
	{ NWFILTER_ARP_TARGET_IP, "arpdstipaddr", ARPS, KIND(ADDRESS) },
	{ NWFILTER_ARP_TARGET_IP_MASK, "arpdstipmask", ARPS, KIND(PREFIX) },
	{ NWFILTER_ARP_GRATUITOUS, "gratuitous", ARPS, KIND(BOOLEAN) },

	{ NWFILTER_SOURCE_IP, "srcipaddr", ADDRESSES, KIND(ADDRESS) },
	{ NWFILTER_SOURCE_IP_MASK, "srcipmask", ADDRESSES, KIND(PREFIX) },
	{ NWFILTER_TARGET_IP, "dstipaddr", ADDRESSES, KIND(ADDRESS) },
	{ NWFILTER_TARGET_IP_MASK, "dstipmask", ADDRESSES, KIND(PREFIX) },
	{ NWFILTER_SOURCE_IP_FROM, "srcipfrom", TRANSPORT, KIND(ADDRESS) },
	{ NWFILTER_SOURCE_IP_TO, "srcipto", TRANSPORT, KIND(ADDRESS) },
	{ NWFILTER_TARGET_IP_FROM, "dstipfrom", TRANSPORT, KIND(ADDRESS) },
	{ NWFILTER_TARGET_IP_TO, "dstipto", TRANSPORT, KIND(ADDRESS) },
	{ NWFILTER_PROTOCOL, "protocol", IPS, U8, .names = ip_protocols },
	{ NWFILTER_DSCP, "dscp", TRANSPORT, .max = 63 },
	{ NWFILTER_CONNLIMIT, "connlimit-above", TRANSPORT, U16 },
	{ NWFILTER_STATE, "state", TRANSPORT, KIND(STATES) },
	{ NWFILTER_IPSET, "ipset", TRANSPORT, KIND(SET) },
	{ NWFILTER_IPSET_FLAGS, "ipsetflags", TRANSPORT, KIND(SET_FLAGS) },
	{ NWFILTER_SOURCE_PORT, "srcportstart", IPS | PORTS, U16 },
	{ NWFILTER_SOURCE_PORT_END, "srcportend", IPS | PORTS, U16 },
	{ NWFILTER_TARGET_PORT, "dstportstart", IPS | PORTS, U16 },
	{ NWFILTER_TARGET_PORT_END, "dstportend", IPS | PORTS, U16 },
	{ NWFILTER_TCP_FLAGS, "flags", TCPS, KIND(FLAGS) },
	{ NWFILTER_DSCP, "dscp", BIT(IP), .max = 63 },
	{ NWFILTER_ICMP_TYPE, "type", ICMPS | BIT(IPV6), U8 },
	{ NWFILTER_ICMP_TYPE_END, "typeend", BIT(IPV6), U8 },
	{ NWFILTER_ICMP_CODE, "code", ICMPS | BIT(IPV6), U8 },
	{ NWFILTER_ICMP_CODE_END, "codeend", BIT(IPV6), U8 },
	{ NWFILTER_COMMENT, "comment", ELEMENTS, KIND(COMMENT) },
};
const size_t n_nwfilter_attributes = ARRAY_SIZE(nwfilter_attributes);

bool nwfilter_attribute_is_of(const struct nwfilter_attribute *attribute,
			      enum nwfilter_protocol protocol)
{
	return attribute->protocols & (1u << protocol);
}
