/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/try-packet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"
#include "util/parse.h"

enum {
	ETHERTYPE_IPV4 = 0x800,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_VLAN = 0x8100,
	ECHO_REQUEST = 8,
	ECHO_REQUEST_IPV6 = 128,
	SOURCE_PORT = 40000, /* where none is said */
	PAYLOAD_SIZE = 8,
	TCP_SIZE = 20,
	TCP_SYN = 2,
};

/* --- words --- */

struct said {
	struct address from, to;
	uint32_t port, source_port, type, code;
	bool in, out, has_port, has_source_port, has_type, has_code;
};

static int wrong(struct error *err, const char *what, const char *why)
{
	return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "'%s' %s", what, why);
}

static int read_address(const char *word, struct address *address, struct error *err)
{
	return address_parse(word, address) < 0 ? wrong(err, word, "is not an IP address") : 0;
}

static int read_number(const char *word, uint32_t max, uint32_t *number, bool *has,
		       struct error *err)
{
	*has = true;
	return parse_u32(word, 0, max, number) < 0
		       ? wrong(err, word,
			       max == UINT16_MAX ? "is not a number from 0 to 65535"
						 : "is not a number from 0 to 255")
		       : 0;
}

static int read_pair(const char *key, const char *value, struct said *said, struct error *err)
{
	if (!value)
		return wrong(err, key, "needs a word behind it");
	if (streq(key, "from"))
		return read_address(value, &said->from, err);
	if (streq(key, "to"))
		return read_address(value, &said->to, err);
	if (streq(key, "port"))
		return read_number(value, UINT16_MAX, &said->port, &said->has_port, err);
	if (streq(key, "source-port"))
		return read_number(value, UINT16_MAX, &said->source_port, &said->has_source_port,
				   err);
	if (streq(key, "type"))
		return read_number(value, UINT8_MAX, &said->type, &said->has_type, err);
	if (streq(key, "code"))
		return read_number(value, UINT8_MAX, &said->code, &said->has_code, err);
	return wrong(err, key, "is none of from, to, port, source-port, type, code");
}

static int read_words(char *rest, struct said *said, int *ret_protocol, struct error *err)
{
	char *word = strtok_r(rest, " ", &rest);
	int r = 0;

	if (word && (streq(word, "in") || streq(word, "out"))) {
		said->in = streq(word, "in");
		said->out = !said->in;
		word = strtok_r(NULL, " ", &rest);
	}
	if (!word)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "a packet needs its protocol: 'tcp from 10.0.0.1 port 22'");
	if (group_protocol_parse(word, ret_protocol) < 0 || *ret_protocol == GROUP_PROTOCOL_ANY)
		return wrong(err, word,
			     "is neither tcp, udp, sctp, dccp, icmp, icmpv6 nor a number from 0 to "
			     "255");
	while (r == 0 && (word = strtok_r(NULL, " ", &rest)))
		r = read_pair(word, strtok_r(NULL, " ", &rest), said, err);
	return r;
}

/* --- what they mean --- */

static bool is_own(const struct address *own, size_t n, const struct address *address)
{
	for (size_t i = 0; i < n; i++)
		if (address_equal(&own[i], address))
			return true;
	return false;
}

static int decide_direction(const struct said *said, const struct address *own, size_t n_own,
			    bool *ret_in, struct error *err)
{
	bool in = said->in;

	if (!said->in && !said->out) {
		in = said->from.family && !said->to.family;
		if (said->from.family && said->to.family) {
			in = is_own(own, n_own, &said->to);
			if (in == is_own(own, n_own, &said->from))
				return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
						 "which of the two addresses is the guest's is not "
						 "known: say 'in' (to the guest) or 'out' first");
		}
	}
	if (in ? !said->from.family : !said->to.family)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "a packet %s",
				 in ? "to the guest needs 'from ADDRESS'"
				    : "needs 'from ADDRESS' or 'to ADDRESS'");
	*ret_in = in;
	return 0;
}

/* For a guest of which no address of the family is known; RFC 5737, RFC 3849. */
static struct address some_address(int family)
{
	return family == AF_INET ? (struct address){ AF_INET, { 192, 0, 2, 1 } }
				 : (struct address){ AF_INET6, { 0x20, 1, 0xd, 0xb8, [15] = 1 } };
}

static void choose_own(struct try_packet *packet, const struct address *own, size_t n_own)
{
	for (size_t i = 0; i < n_own && !packet->own.family; i++)
		if (own[i].family == packet->remote.family)
			packet->own = own[i];
	if (!packet->own.family)
		packet->own = some_address(packet->remote.family);
}

static int check(const struct try_packet *packet, const struct said *said, struct error *err)
{
	int family = packet->remote.family;

	if (packet->own.family && packet->own.family != family)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "one address is of IPv4, the other of IPv6");
	if ((packet->protocol == IPPROTO_ICMP && family != AF_INET) ||
	    (packet->protocol == IPPROTO_ICMPV6 && family != AF_INET6))
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "%s is not of %s",
				 group_protocol_name(packet->protocol),
				 address_family_name(family));
	if (group_protocol_has_ports(packet->protocol) && !said->has_port)
		return wrong(err, group_protocol_name(packet->protocol), "needs 'port N'");
	if (!group_protocol_has_ports(packet->protocol) &&
	    (said->has_port || said->has_source_port))
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "only tcp, udp, sctp and dccp have ports");
	if (!group_protocol_has_types(packet->protocol) && (said->has_type || said->has_code))
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "only icmp and icmpv6 have type and code");
	return 0;
}

int try_packet_read(const char *words, const struct address *own, size_t n_own,
		    struct try_packet *ret_packet, struct error *err)
{
	AUTO_FREE char *copy = strdup(words);
	struct try_packet packet = { 0 };
	struct said said = { 0 };
	int r = copy ? 0 : error_oom(err);

	if (r == 0)
		r = read_words(copy, &said, &packet.protocol, err);
	if (r == 0)
		r = decide_direction(&said, own, n_own, &packet.in, err);
	if (r < 0)
		return r;
	packet.remote = packet.in ? said.from : said.to;
	packet.own = packet.in ? said.to : said.from;
	r = check(&packet, &said, err);
	if (r < 0)
		return r;
	choose_own(&packet, own, n_own);
	packet.port = (uint16_t)said.port;
	packet.source_port = said.has_source_port ? (uint16_t)said.source_port : SOURCE_PORT;
	packet.type = said.has_type                       ? (int)said.type
		      : packet.protocol == IPPROTO_ICMPV6 ? ECHO_REQUEST_IPV6
							  : ECHO_REQUEST;
	packet.code = (int)said.code;
	*ret_packet = packet;
	return 0;
}

void try_packet_print(const struct try_packet *packet, struct text *text)
{
	const char *protocol = group_protocol_name(packet->protocol);
	char from[ADDRESS_TEXT_SIZE], to[ADDRESS_TEXT_SIZE];

	address_format(packet->in ? &packet->remote : &packet->own, from);
	address_format(packet->in ? &packet->own : &packet->remote, to);
	text_add(text, "%s: ", packet->in ? "in" : "out");
	if (protocol)
		text_add(text, "%s", protocol);
	else
		text_add(text, "protocol %d", packet->protocol);
	text_add(text, " from %s to %s", from, to);
	if (group_protocol_has_ports(packet->protocol))
		text_add(text, " port %u", packet->port);
	if (group_protocol_has_types(packet->protocol))
		text_add(text, " type %d code %d", packet->type, packet->code);
}

/* --- the frame --- */

struct frame {
	uint8_t *bytes;
	size_t size;
};

static void put(struct frame *frame, const void *bytes, size_t size)
{
	memcpy(frame->bytes + frame->size, bytes, size);
	frame->size += size;
}

static void put_number(struct frame *frame, uint32_t number, size_t size)
{
	for (size_t i = size; i-- > 0;)
		frame->bytes[frame->size++] = (uint8_t)(number >> (8 * i));
}

/* The tag that a frame of the port's has there; 0: none. */
static unsigned tag_of(const struct try_packet *packet, const struct vlan *vlan)
{
	if (vlan->n_tags == 0)
		return 0;
	if (!vlan->trunk)
		return packet->in ? vlan->tags[0] : 0;
	if (vlan->native == VLAN_NATIVE_NONE)
		return vlan->tags[0];
	return packet->in || vlan->native == VLAN_NATIVE_TAGGED ? vlan->native_tag : 0;
}

static void put_link(struct frame *frame, const struct try_packet *packet, const struct mac *guest,
		     unsigned tag)
{
	static const struct mac other = { { 0x02, 0, 0, 0, 0, 0x01 } };

	put(frame, packet->in ? guest->bytes : other.bytes, sizeof(guest->bytes));
	put(frame, packet->in ? other.bytes : guest->bytes, sizeof(guest->bytes));
	if (tag) {
		put_number(frame, ETHERTYPE_VLAN, 2);
		put_number(frame, tag, 2);
	}
	put_number(frame, packet->remote.family == AF_INET ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6, 2);
}

static size_t payload_size(const struct try_packet *packet)
{
	return packet->protocol == IPPROTO_TCP ? TCP_SIZE : PAYLOAD_SIZE;
}

static void put_ip(struct frame *frame, const struct try_packet *packet)
{
	size_t size = payload_size(packet), bytes = address_bits(&packet->remote) / 8;

	if (packet->remote.family == AF_INET) {
		put_number(frame, 0x4500, 2);
		put_number(frame, (uint32_t)size + 20, 2);
		put_number(frame, 0, 4);
		put_number(frame, 64, 1);
		put_number(frame, (uint32_t)packet->protocol, 1);
		put_number(frame, 0, 2);
	} else {
		put_number(frame, 0x60000000, 4);
		put_number(frame, (uint32_t)size, 2);
		put_number(frame, (uint32_t)packet->protocol, 1);
		put_number(frame, UINT8_MAX, 1);
	}
	put(frame, packet->in ? packet->remote.bytes : packet->own.bytes, bytes);
	put(frame, packet->in ? packet->own.bytes : packet->remote.bytes, bytes);
}

static void put_payload(struct frame *frame, const struct try_packet *packet)
{
	uint8_t *payload = frame->bytes + frame->size;

	memset(payload, 0, payload_size(packet));
	if (group_protocol_has_types(packet->protocol)) {
		payload[0] = (uint8_t)packet->type;
		payload[1] = (uint8_t)packet->code;
	} else if (group_protocol_has_ports(packet->protocol)) {
		put_number(frame, packet->source_port, 2);
		put_number(frame, packet->port, 2);
		frame->size -= 4;
	}
	if (packet->protocol == IPPROTO_UDP)
		payload[5] = PAYLOAD_SIZE;
	if (packet->protocol == IPPROTO_TCP) {
		payload[12] = TCP_SIZE / 4 << 4;
		payload[13] = TCP_SYN;
	}
	frame->size += payload_size(packet);
}

size_t try_packet_frame(const struct try_packet *packet, const struct mac *guest,
			const struct vlan *vlan, uint8_t bytes[static TRY_FRAME_SIZE])
{
	struct frame frame = { bytes, 0 };

	put_link(&frame, packet, guest, tag_of(packet, vlan));
	put_ip(&frame, packet);
	put_payload(&frame, packet);
	return frame.size;
}
