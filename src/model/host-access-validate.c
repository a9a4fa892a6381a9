/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules of <vif:host-access>: see network-validate.c. */
#include "model/network-validate.h"

static int not_here(const struct network *network, const char *why, struct error *err)
{
	return network_invalid(err, network->accesses[0].line,
			       "<vif:host-access> needs forward mode='bridge' and one host "
			       "interface; network '%s' has %s%s%s",
			       network->name, why,
			       *why == 'm' ? forward_mode_name(network->forward) : "",
			       *why == 'm' ? "'" : "");
}

/* Where the host's own device would be a neighbour of the guests', and of all of them. */
static int validate_place(const struct network *network, struct error *err)
{
	enum direct_mode mode;

	if (network->forward != FORWARD_BRIDGE)
		return not_here(network, "mode='", err);
	if (!network_direct_mode(network, &mode))
		return not_here(network, "a bridge, where the host reaches its guests anyway", err);
	if (network->n_pool == 1)
		return 0;
	return not_here(network, network->n_pool ? "several of them" : "none", err);
}

static const char *why_not(const struct host_access *access)
{
	const struct address *address = &access->address;
	unsigned bits = address_bits(address);
	struct address first, last;

	if (address_is_unspecified(address) || address_is_loopback(address) ||
	    address_is_multicast(address))
		return "is not an address that a host can have";
	if (access->prefix < 1 || access->prefix >= bits)
		return "needs a prefix that holds the guests' addresses too";
	first = address_network(address, access->prefix);
	last = address_broadcast(address, access->prefix);
	if (access->prefix == bits - 1)
		return NULL;
	if (address_equal(address, &first))
		return "is the address of the network itself";
	if (address->family == AF_INET && address_equal(address, &last))
		return "is the broadcast address of the network";
	return NULL;
}

static int validate_apart(const struct network *network, size_t i, struct error *err)
{
	const struct host_access *access = &network->accesses[i];

	for (size_t j = 0; j < i; j++) {
		const struct host_access *other = &network->accesses[j];

		if (subnet_overlap(&access->address, access->prefix, &other->address,
				   other->prefix))
			return network_invalid(err, access->line,
					       "<vif:host-access>: %s overlaps the %s of line %u",
					       subnet_text(&access->address, access->prefix).text,
					       subnet_text(&other->address, other->prefix).text,
					       other->line);
	}
	return 0;
}

int network_validate_access(const struct network *network, struct error *err)
{
	char text[ADDRESS_TEXT_SIZE];
	int r = network->n_accesses > 0 ? validate_place(network, err) : 0;

	if (r == 0 && network->n_accesses > HOST_ACCESSES_MAX)
		return network_invalid(err, network->accesses[HOST_ACCESSES_MAX].line,
				       "network '%s' has more than %d <vif:host-access>",
				       network->name, HOST_ACCESSES_MAX);
	for (size_t i = 0; r == 0 && i < network->n_accesses; i++) {
		const struct host_access *access = &network->accesses[i];
		const char *why = why_not(access);

		address_format(&access->address, text);
		r = why ? network_invalid(err, access->line,
					  "<vif:host-access address='%s' prefix='%u'> %s", text,
					  access->prefix, why)
			: validate_apart(network, i, err);
	}
	return r;
}
