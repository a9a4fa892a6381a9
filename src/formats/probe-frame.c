/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <string.h>

#include "formats/probe-frame.h"

enum {
	TYPE_MARK = 0x88b5, /* IEEE's first for local experiments */
	TYPE_LLDP = 0x88cc,
	ARP_REQUEST = 1,
	ARP_REPLY = 2,
	IP_SIZE = 20, /* bytes of a header without options */
	ICMP_SIZE = 8,
	ICMP_ECHO_REPLY = 0,
	ICMP_ECHO = 8,
	UDP_SIZE = 8,
	PORT_SERVER = 67,
	PORT_CLIENT = 68,
	DHCP_SIZE = 300, /* bytes; relays of old drop less (RFC 1542, 2.1) */
	DHCP_OPTIONS_AT = 240,
	DHCP_OPTION_TYPE = 53,
	DHCP_OPTION_SERVER = 54,
	DHCP_OPTION_PAD = 0,
	DHCP_OPTION_END = 255,
	DHCP_DISCOVER = 1,
	DHCP_OFFER = 2,
	DHCP_ACK = 5,
	DHCP_INFORM = 8,
	MARK_SIZE = 60,
};

static const uint8_t mark[8] = { 'v', 'i', 'f', 'd', 'm', 'a', 'r', 'k' };
static const uint8_t dhcp_magic[4] = { 99, 130, 83, 99 };

struct ethernet {
	uint8_t to[6], from[6];
	uint16_t type;
} __attribute__((packed));

struct arp {
	struct ethernet ethernet;
	uint16_t hardware, protocol;
	uint8_t hardware_size, protocol_size;
	uint16_t operation;
	uint8_t sender_mac[6], sender_ip[4], target_mac[6], target_ip[4];
} __attribute__((packed));

struct ipv4 {
	struct ethernet ethernet;
	uint8_t version_size, tos;
	uint16_t size, id, fragment;
	uint8_t ttl, protocol;
	uint16_t check;
	uint8_t from[4], to[4];
} __attribute__((packed));

struct icmp {
	struct ipv4 ip;
	uint8_t type, code;
	uint16_t check, id, sequence;
} __attribute__((packed));

struct dhcp {
	struct ipv4 ip;
	uint16_t from, to, size, check;
	uint8_t operation, hardware, hardware_size, hops;
	uint32_t id;
	uint16_t seconds, flags;
	uint8_t client[4], yours[4], server[4], relay[4];
	uint8_t mac[16], name[64], file[128], magic[4];
} __attribute__((packed));

struct marked {
	struct ethernet ethernet;
	uint8_t mark[8];
	uint64_t number;
} __attribute__((packed));

static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static struct ethernet ethernet_of(const struct mac *from, const uint8_t to[static 6],
				   uint16_t type)
{
	struct ethernet ethernet = { .type = htons(type) };

	memcpy(ethernet.from, from->bytes, sizeof(ethernet.from));
	memcpy(ethernet.to, to, sizeof(ethernet.to));
	return ethernet;
}

/* The Internet's checksum (RFC 1071), as it stands in a header. */
static uint16_t checksum(const void *data, size_t size)
{
	const uint8_t *at = data;
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)at[i] << 8 | at[i + 1];
	if (size % 2)
		sum += (uint32_t)at[size - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static struct ipv4 ipv4_of(struct ethernet ethernet, unsigned size, uint8_t protocol)
{
	return (struct ipv4){
		.ethernet = ethernet,
		.version_size = 0x45,
		.size = htons((uint16_t)size),
		.fragment = htons(0x4000), /* not to be taken apart */
		.ttl = 64,
		.protocol = protocol,
	};
}

static void ipv4_seal(struct ipv4 *ip)
{
	ip->check = checksum(&ip->version_size, IP_SIZE);
}

size_t probe_frame_arp(uint8_t *frame, const struct mac *from, const struct address *sender,
		       const struct address *target)
{
	struct arp arp = {
		.ethernet = ethernet_of(from, broadcast, ETH_P_ARP),
		.hardware = htons(1),
		.protocol = htons(ETH_P_IP),
		.hardware_size = 6,
		.protocol_size = 4,
		.operation = htons(ARP_REQUEST),
	};

	memcpy(arp.sender_mac, from->bytes, sizeof(arp.sender_mac));
	memcpy(arp.sender_ip, sender->bytes, sizeof(arp.sender_ip));
	memcpy(arp.target_ip, target->bytes, sizeof(arp.target_ip));
	memset(frame, 0, ETH_ZLEN);
	memcpy(frame, &arp, sizeof(arp));
	return ETH_ZLEN;
}

/* Both: `own` is unspecified in a DISCOVER. */
static size_t make_dhcp(uint8_t *frame, const struct mac *from, const struct address *own,
			uint8_t type, uint32_t id)
{
	const uint8_t options[] = { DHCP_OPTION_TYPE, 1, type, DHCP_OPTION_END };
	struct dhcp dhcp = {
		.ip = ipv4_of(ethernet_of(from, broadcast, ETH_P_IP),
			      IP_SIZE + UDP_SIZE + DHCP_SIZE, IPPROTO_UDP),
		.from = htons(PORT_CLIENT),
		.to = htons(PORT_SERVER),
		.size = htons(UDP_SIZE + DHCP_SIZE), /* without a checksum, which UDP allows */
		.operation = 1,
		.hardware = 1,
		.hardware_size = 6,
		.id = htonl(id),
	};

	memcpy(dhcp.ip.from, own->bytes, sizeof(dhcp.ip.from));
	memset(dhcp.ip.to, 0xff, sizeof(dhcp.ip.to));
	ipv4_seal(&dhcp.ip);
	memcpy(dhcp.client, own->bytes, sizeof(dhcp.client));
	memcpy(dhcp.mac, from->bytes, sizeof(from->bytes));
	memcpy(dhcp.magic, dhcp_magic, sizeof(dhcp_magic));
	memset(frame, 0, PROBE_FRAME_SIZE);
	memcpy(frame, &dhcp, sizeof(dhcp));
	memcpy(frame + sizeof(dhcp), options, sizeof(options));
	return sizeof(struct ethernet) + IP_SIZE + UDP_SIZE + DHCP_SIZE;
}

size_t probe_frame_discover(uint8_t *frame, const struct mac *from, uint32_t id)
{
	const struct address none = { .family = AF_INET };

	return make_dhcp(frame, from, &none, DHCP_DISCOVER, id);
}

size_t probe_frame_inform(uint8_t *frame, const struct mac *from, const struct address *own,
			  uint32_t id)
{
	return make_dhcp(frame, from, own, DHCP_INFORM, id);
}

size_t probe_frame_mark(uint8_t *frame, const struct mac *from, const struct mac *to,
			uint64_t number)
{
	struct marked marked = {
		.ethernet = ethernet_of(from, to->bytes, TYPE_MARK),
		.number = number,
	};

	memcpy(marked.mark, mark, sizeof(mark));
	memset(frame, 0, MARK_SIZE);
	memcpy(frame, &marked, sizeof(marked));
	return MARK_SIZE;
}

size_t probe_frame_echo(uint8_t *frame, const struct mac *from, const struct mac *to,
			const struct address *source, const struct address *destination,
			uint16_t id, unsigned size)
{
	struct icmp icmp = {
		.ip = ipv4_of(ethernet_of(from, to->bytes, ETH_P_IP), size, IPPROTO_ICMP),
		.type = ICMP_ECHO,
		.id = htons(id),
		.sequence = htons((uint16_t)size),
	};

	memcpy(icmp.ip.from, source->bytes, sizeof(icmp.ip.from));
	memcpy(icmp.ip.to, destination->bytes, sizeof(icmp.ip.to));
	ipv4_seal(&icmp.ip);
	icmp.check = checksum(&icmp.type, ICMP_SIZE); /* what follows is zero */
	memset(frame, 0, sizeof(struct ethernet) + size);
	memcpy(frame, &icmp, sizeof(icmp));
	return sizeof(struct ethernet) + size;
}

/* --- answers -------------------------------------------------------------------- */

static struct address address_of(const uint8_t bytes[static 4])
{
	struct address address = { .family = AF_INET };

	memcpy(address.bytes, bytes, 4);
	return address;
}

static struct mac mac_of(const uint8_t bytes[static 6])
{
	struct mac mac;

	memcpy(mac.bytes, bytes, sizeof(mac.bytes));
	return mac;
}

static bool read_arp(const uint8_t *frame, size_t size, struct probe_answer *answer)
{
	struct arp arp;

	if (size < sizeof(arp))
		return false;
	memcpy(&arp, frame, sizeof(arp));
	answer->kind = PROBE_ANSWER_ARP;
	answer->mac = mac_of(arp.sender_mac);
	answer->address = address_of(arp.sender_ip);
	return arp.operation == htons(ARP_REPLY) && arp.hardware_size == 6 &&
	       arp.protocol_size == 4;
}

static bool read_echo(const uint8_t *frame, size_t size, struct probe_answer *answer)
{
	struct icmp icmp;

	if (size < sizeof(icmp))
		return false;
	memcpy(&icmp, frame, sizeof(icmp));
	answer->kind = PROBE_ANSWER_ECHO;
	answer->address = address_of(icmp.ip.from);
	answer->id = ntohs(icmp.id);
	answer->size = ntohs(icmp.sequence);
	return icmp.type == ICMP_ECHO_REPLY && ntohs(icmp.ip.size) == answer->size;
}

/* The value of an option of at least that many bytes; NULL: it has none such. */
static const uint8_t *find_option(const uint8_t *options, size_t size, uint8_t code, size_t least)
{
	for (size_t i = 0; i < size && options[i] != DHCP_OPTION_END;) {
		if (options[i] == DHCP_OPTION_PAD) {
			i++;
			continue;
		}
		if (i + 1 >= size || options[i + 1] > size - i - 2)
			return NULL;
		if (options[i] == code)
			return options[i + 1] >= least ? options + i + 2 : NULL;
		i += 2 + options[i + 1];
	}
	return NULL;
}

static bool read_dhcp(const uint8_t *frame, size_t size, struct probe_answer *answer)
{
	const uint8_t *options = frame + sizeof(struct dhcp), *type, *server;
	struct dhcp dhcp;

	if (size < sizeof(dhcp))
		return false;
	memcpy(&dhcp, frame, sizeof(dhcp));
	if (dhcp.from != htons(PORT_SERVER) || dhcp.to != htons(PORT_CLIENT) ||
	    dhcp.operation != 2 || memcmp(dhcp.magic, dhcp_magic, sizeof(dhcp_magic)) != 0)
		return false;
	type = find_option(options, size - sizeof(dhcp), DHCP_OPTION_TYPE, 1);
	server = find_option(options, size - sizeof(dhcp), DHCP_OPTION_SERVER, 4);
	answer->kind = PROBE_ANSWER_DHCP;
	answer->to = mac_of(dhcp.mac);
	answer->mac = answer->from;
	answer->id = ntohl(dhcp.id);
	answer->address = address_of(server ?: dhcp.ip.from);
	return type && (*type == DHCP_OFFER || *type == DHCP_ACK);
}

static bool read_ipv4(const uint8_t *frame, size_t size, struct probe_answer *answer)
{
	struct ipv4 ip;

	if (size < sizeof(ip))
		return false;
	memcpy(&ip, frame, sizeof(ip));
	if (ip.version_size != 0x45 || ip.fragment & htons(0x3fff))
		return false;
	return ip.protocol == IPPROTO_ICMP
		       ? read_echo(frame, size, answer)
		       : ip.protocol == IPPROTO_UDP && read_dhcp(frame, size, answer);
}

static bool read_mark(const uint8_t *frame, size_t size, struct probe_answer *answer)
{
	struct marked marked;

	if (size < sizeof(marked))
		return false;
	memcpy(&marked, frame, sizeof(marked));
	answer->kind = PROBE_ANSWER_MARK;
	answer->number = marked.number;
	return !memcmp(marked.mark, mark, sizeof(mark));
}

static bool read_lldp(const uint8_t *frame, size_t size, struct probe_answer *answer)
{
	answer->kind = PROBE_ANSWER_LLDP;
	answer->payload = frame + sizeof(struct ethernet);
	answer->payload_size = size - sizeof(struct ethernet);
	return true;
}

bool probe_answer_read(const uint8_t *frame, size_t size, struct probe_answer *ret_answer)
{
	struct ethernet ethernet;

	if (size < sizeof(ethernet))
		return false;
	memcpy(&ethernet, frame, sizeof(ethernet));
	*ret_answer = (struct probe_answer){ .from = mac_of(ethernet.from),
					     .to = mac_of(ethernet.to) };
	switch (ntohs(ethernet.type)) {
	case ETH_P_ARP:
		return read_arp(frame, size, ret_answer);
	case ETH_P_IP:
		return read_ipv4(frame, size, ret_answer);
	case TYPE_MARK:
		return read_mark(frame, size, ret_answer);
	case TYPE_LLDP:
		return read_lldp(frame, size, ret_answer);
	default:
		return false;
	}
}
