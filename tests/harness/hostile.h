/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a hostile guest sends, and what an honest one: frames as hexadecimal text, each
 * with the rule of the guard that is to drop it. The guest's MAC is 52:54:00:11:22:33,
 * its addresses are 10.7.0.2, 2001:db8::2 and the link-local one of its MAC.
 */
#pragma once

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
	  FROM_GUEST IPV6("0018", "2c", OWN6) FRAGMENT("3a", "0008") RA },

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
	{ "more tags than are looked behind", "tags",
	  FROM_GUEST TAG("000a") TAG("0014") TAG("001e") TAG("0028") TCP4(OWN) },
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
