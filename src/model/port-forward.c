/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/network-validate.h"
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

/* By the host's port; those for each of its addresses first. */
static int compare_ports(const struct port_forward *a, const struct port_forward *b)
{
	if (a->protocol != b->protocol)
		return a->protocol < b->protocol ? -1 : 1;
	if (a->to.family != b->to.family)
		return a->to.family < b->to.family ? -1 : 1;
	return (int)a->port - (int)b->port;
}

bool port_forward_clash(const struct port_forward *a, const struct port_forward *b)
{
	return compare_ports(a, b) == 0 && (!a->address.family || !b->address.family ||
					    address_equal(&a->address, &b->address));
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

static int validate_address(const struct network *network, const struct port_forward *forward,
			    struct error *err)
{
	char text[ADDRESS_TEXT_SIZE];

	if (!forward->address.family)
		return 0;
	address_format(&forward->address, text);
	if (forward->address.family != forward->to.family)
		return network_invalid(err, forward->line,
				       "<vif:forward address='%s'> of network '%s' is not of the "
				       "family of its guest's address",
				       text, network->name);
	if (address_is_loopback(&forward->address) || address_is_unspecified(&forward->address))
		return network_invalid(err, forward->line,
				       "<vif:forward address='%s'> of network '%s' is not an "
				       "address that others reach the host at",
				       text, network->name);
	return 0;
}

static int validate_guest(const struct network *network, const struct port_forward *forward,
			  struct error *err)
{
	char text[ADDRESS_TEXT_SIZE];

	if (!forward->to.family)
		return network_invalid(err, forward->line,
				       "<vif:forward port='%u'> of network '%s' lacks the "
				       "attribute 'to'",
				       forward->port, network->name);
	address_format(&forward->to, text);
	for (size_t i = 0; i < network->n_ips; i++) {
		const struct network_ip *ip = &network->ips[i];
		const char *why = network_not_a_guests(network, ip, &forward->to);

		if (!address_in(&forward->to, &ip->address, ip->prefix))
			continue;
		if (!why)
			return 0;
		return network_invalid(
			err, forward->line, "<vif:forward to='%s'> of network '%s' %s %s", text,
			network->name, why, subnet_text(&ip->address, ip->prefix).text);
	}
	return network_invalid(err, forward->line,
			       "<vif:forward to='%s'> of network '%s' is in none of its subnets",
			       text, network->name);
}

static int validate_forward(const struct network *network, const struct port_forward *forward,
			    struct error *err)
{
	int r;

	if (forward->port == 0 || forward->to_port == 0)
		return network_invalid(err, forward->line,
				       "<vif:forward> of network '%s' has port 0; ports are 1 to "
				       "65535",
				       network->name);
	r = validate_guest(network, forward, err);
	return r < 0 ? r : validate_address(network, forward, err);
}

static int compare_forwards(const void *a, const void *b)
{
	const struct port_forward *const *x = a, *const *y = b;
	int order = compare_ports(*x, *y);

	if (order == 0)
		order = memcmp((*x)->address.bytes, (*y)->address.bytes,
			       sizeof((*x)->address.bytes));
	if (order == 0)
		order = *x < *y ? -1 : 1;
	return order;
}

/* Sorted, two that clash are neighbours: one for each of the host's addresses comes first. */
static int validate_unique(const struct network *network, struct error *err)
{
	AUTO_FREE const struct port_forward **sorted = NULL;
	size_t n = network->n_forwards;

	if (n < 2)
		return 0;
	sorted = reallocarray(NULL, n, sizeof(*sorted));
	if (!sorted)
		return error_oom(err);
	for (size_t i = 0; i < n; i++)
		sorted[i] = &network->forwards[i];
	qsort(sorted, n, sizeof(*sorted), compare_forwards);
	for (size_t i = 1; i < n; i++)
		if (port_forward_clash(sorted[i - 1], sorted[i]))
			return network_invalid(err, sorted[i]->line,
					       "port %u (%s) of the host is forwarded twice in "
					       "network '%s'",
					       sorted[i]->port,
					       forward_protocol_name(sorted[i]->protocol),
					       network->name);
	return 0;
}

int network_validate_forwards(const struct network *network, struct error *err)
{
	int r = 0;

	if (network->n_forwards == 0)
		return 0;
	if (network->forward != FORWARD_NAT && network->forward != FORWARD_ROUTE)
		return network_invalid(err, network->forwards[0].line,
				       "network '%s' has forward mode='%s'; <vif:forward> is "
				       "possible only with mode nat or route",
				       network->name, forward_mode_name(network->forward));
	for (size_t i = 0; i < network->n_forwards && r == 0; i++)
		r = validate_forward(network, &network->forwards[i], err);
	return r < 0 ? r : validate_unique(network, err);
}
