/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/lldp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "model/mac.h"
#include "util/cleanup.h"

enum {
	TLV_END = 0,
	TLV_CHASSIS = 1,
	TLV_PORT = 2,
	TLV_TTL = 3,
	TLV_PORT_DESCRIPTION = 4,
	TLV_SYSTEM_NAME = 5,
	TLV_ORGANIZATION = 127,

	CHASSIS_MAC = 4,
	CHASSIS_ADDRESS = 5,
	PORT_MAC = 3,
	PORT_ADDRESS = 4,
	ADDRESS_IPV4 = 1, /* IANA's address family numbers */
	ADDRESS_IPV6 = 2,

	OF_8021_VLAN = 0x0080c201, /* organization and subtype in one */
	OF_8021_EVB = 0x0080c20d,
	OF_8023_FRAME_SIZE = 0x00120f04,
	EVB_REFLECTS = 1 << 0, /* of the bridge's status */
	EVB_CAN_REFLECT = 1 << 1,
};

/* A part of the frame. */
struct bytes {
	const uint8_t *at;
	size_t size;
};

static unsigned number_of(const uint8_t *at, size_t size)
{
	unsigned number = 0;

	for (size_t i = 0; i < size; i++)
		number = number << 8 | at[i];
	return number;
}

/* Text as it came; who shows it makes it plain. Bytes behind a NUL are none of it. */
static int take_text(struct bytes value, char **ret_text)
{
	char *text;

	if (*ret_text)
		return -EINVAL;
	text = strndup((const char *)value.at, value.size);
	if (!text)
		return -ENOMEM;
	*ret_text = text;
	return 0;
}

static int take_mac(struct bytes value, char **ret_text)
{
	char text[MAC_TEXT_SIZE];
	struct mac mac;

	if (value.size != sizeof(mac.bytes))
		return -EINVAL;
	memcpy(mac.bytes, value.at, sizeof(mac.bytes));
	mac_format(&mac, text);
	return take_text((struct bytes){ (const uint8_t *)text, strlen(text) }, ret_text);
}

static int take_address(struct bytes value, char **ret_text)
{
	char text[INET6_ADDRSTRLEN];
	bool ipv4 = value.size == 5 && value.at[0] == ADDRESS_IPV4;

	if (!ipv4 && !(value.size == 17 && value.at[0] == ADDRESS_IPV6))
		return -EINVAL;
	inet_ntop(ipv4 ? AF_INET : AF_INET6, value.at + 1, text, sizeof(text));
	return take_text((struct bytes){ (const uint8_t *)text, strlen(text) }, ret_text);
}

/* Chassis and port are called by a MAC, an IP address, or a word, as their first byte says. */
static int take_id(struct bytes value, uint8_t mac_kind, uint8_t address_kind, char **ret_text)
{
	const struct bytes id = { value.at + 1, value.size - 1 };

	if (value.size < 2)
		return -EINVAL;
	if (value.at[0] == mac_kind)
		return take_mac(id, ret_text);
	if (value.at[0] == address_kind)
		return take_address(id, ret_text);
	return take_text(id, ret_text);
}

/* One that is shorter than its kind says nothing. */
static void read_organization(struct bytes value, struct lldp *lldp)
{
	const uint8_t *data = value.at + 4;

	if (value.size < 4)
		return;
	switch (number_of(value.at, 4)) {
	case OF_8021_VLAN:
		if (value.size >= 6)
			lldp->vlan = number_of(data, 2);
		break;
	case OF_8023_FRAME_SIZE:
		if (value.size >= 6)
			lldp->mtu = number_of(data, 2);
		break;
	case OF_8021_EVB:
		lldp->has_evb = value.size >= 5;
		lldp->can_reflect = lldp->has_evb && data[0] & EVB_CAN_REFLECT;
		lldp->reflects = lldp->has_evb && data[0] & EVB_REFLECTS;
		break;
	default:
		break;
	}
}

static int read_tlv(unsigned type, struct bytes value, struct lldp *lldp)
{
	switch (type) {
	case TLV_CHASSIS:
		return take_id(value, CHASSIS_MAC, CHASSIS_ADDRESS, &lldp->chassis);
	case TLV_PORT:
		return take_id(value, PORT_MAC, PORT_ADDRESS, &lldp->port);
	case TLV_TTL:
		if (value.size < 2)
			return -EINVAL;
		lldp->ttl_sec = number_of(value.at, 2);
		return 0;
	case TLV_PORT_DESCRIPTION:
		return take_text(value, &lldp->port_description);
	case TLV_SYSTEM_NAME:
		return take_text(value, &lldp->system);
	case TLV_ORGANIZATION:
		read_organization(value, lldp);
		return 0;
	default:
		return 0;
	}
}

/* The three that every frame has come first, in this order (9.5.1 of the standard). */
static int read_tlvs(struct bytes rest, struct lldp *lldp)
{
	unsigned i;

	for (i = TLV_CHASSIS; rest.size >= 2; i++) {
		unsigned header = number_of(rest.at, 2), type = header >> 9;
		struct bytes value = { rest.at + 2, header & 0x1ff };
		int r;

		if (value.size > rest.size - 2 || (i <= TLV_TTL && type != i))
			return -EINVAL;
		if (type == TLV_END)
			return 0;
		r = read_tlv(type, value, lldp);
		if (r < 0)
			return r;
		rest.at += 2 + value.size;
		rest.size -= 2 + value.size;
	}
	return i > TLV_TTL ? 0 : -EINVAL;
}

int lldp_read(const uint8_t *payload, size_t size, struct lldp *ret_lldp)
{
	struct lldp lldp = { 0 };
	int r;

	r = read_tlvs((struct bytes){ payload, size }, &lldp);
	if (r < 0) {
		lldp_done(&lldp);
		return r;
	}
	*ret_lldp = lldp;
	return 0;
}

void lldp_done(struct lldp *lldp)
{
	free(lldp->chassis);
	free(lldp->port);
	free(lldp->port_description);
	free(lldp->system);
	*lldp = (struct lldp){ 0 };
}
