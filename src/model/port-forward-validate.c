/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "model/network-validate.h"
#include "util/cleanup.h"

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
	int order = port_forward_compare(*x, *y);

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
