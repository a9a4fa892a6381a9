/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/port-forward.h"
#include "util/cleanup.h"
#include "util/parse.h"

static const char *const protocol_names[] = {
	[FORWARD_TCP] = "tcp",
	[FORWARD_UDP] = "udp",
};
_Static_assert(ARRAY_SIZE(protocol_names) == FORWARD_PROTOCOL_COUNT, "every protocol has a name");

const char *forward_protocol_name(enum forward_protocol protocol)
{
	return protocol_names[protocol];
}

int forward_protocol_parse(const char *text, enum forward_protocol *ret_protocol)
{
	int protocol = name_index(protocol_names, FORWARD_PROTOCOL_COUNT, text);

	if (protocol < 0)
		return protocol;
	*ret_protocol = protocol;
	return 0;
}

static int compare_ports(const struct port_forward *a, const struct port_forward *b)
{
	if (a->protocol != b->protocol)
		return a->protocol < b->protocol ? -1 : 1;
	if (a->to.family != b->to.family)
		return a->to.family < b->to.family ? -1 : 1;
	return (int)a->port - (int)b->port;
}

int port_forward_compare(const struct port_forward *a, const struct port_forward *b)
{
	int order = compare_ports(a, b);

	return order ? order : memcmp(a->address.bytes, b->address.bytes, sizeof(a->address.bytes));
}

bool port_forward_clash(const struct port_forward *a, const struct port_forward *b)
{
	return compare_ports(a, b) == 0 && (!a->address.family || !b->address.family ||
					    address_equal(&a->address, &b->address));
}

/* A socket of IPv6 that is for all addresses is for those of IPv4 too, unless it says otherwise. */
static bool is_for_all(const struct host_socket *socket, int family)
{
	return address_is_unspecified(&socket->address) &&
	       (socket->address.family == family || (family == AF_INET && !socket->ipv6_only));
}

bool port_forward_takes(const struct port_forward *forward, const struct host_socket *socket)
{
	if (socket->udp != (forward->protocol == FORWARD_UDP) || socket->port != forward->port)
		return false;
	if (is_for_all(socket, forward->to.family))
		return true;
	if (socket->address.family != forward->to.family || address_is_loopback(&socket->address) ||
	    address_is_unspecified(&socket->address))
		return false;
	return !forward->address.family || address_equal(&forward->address, &socket->address);
}

int address_port_parse(const char *text, struct address *ret_address, uint16_t *ret_port)
{
	AUTO_FREE char *copy = strdup(text);
	struct address address;
	char *begin = copy, *end = NULL;
	uint32_t port = 0;

	if (!copy)
		return -ENOMEM;
	if (*begin == '[') {
		begin++;
		end = strchr(begin, ']');
		if (!end || (end[1] != ':' && end[1] != '\0'))
			return -EINVAL;
		*end++ = '\0';
		if (!strchr(begin, ':'))
			return -EINVAL;
	} else if (strchr(begin, ':') == strrchr(begin, ':')) {
		end = strchr(begin, ':');
	}
	if (end && *end == ':') {
		*end++ = '\0';
		if (parse_u32(end, 1, UINT16_MAX, &port) < 0)
			return -EINVAL;
	}
	if (address_parse(begin, &address) < 0)
		return -EINVAL;
	*ret_address = address;
	*ret_port = (uint16_t)port;
	return 0;
}

/* --- what must hold ------------------------------------------------------------- */
