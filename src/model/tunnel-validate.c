/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules of <vif:tunnel>: see network-validate.c. */
#include <string.h>

#include "model/network-validate.h"
#include "util/parse.h"

static int validate_dev(const struct network *network, struct error *err)
{
	const struct tunnel *tunnel = &network->tunnel;

	if (tunnel->dev && !ifname_is_valid(tunnel->dev))
		return network_invalid(err, tunnel->line, "<vif:tunnel dev='%s'> %s", tunnel->dev,
				       ifname_wrong(tunnel->dev));
	if (tunnel->dev && streq(tunnel->dev, network->bridge.name))
		return network_invalid(err, tunnel->line,
				       "<vif:tunnel dev='%s'> is the network's own bridge",
				       tunnel->dev);
	return 0;
}

static int validate_group(const struct tunnel *tunnel, struct error *err)
{
	char text[ADDRESS_TEXT_SIZE];

	if (!tunnel->group.family && tunnel->n_remotes == 0)
		return network_invalid(err, tunnel->line,
				       "<vif:tunnel> leads nowhere: it needs a remote or a group");
	if (!tunnel->group.family)
		return 0;
	address_format(&tunnel->group, text);
	if (tunnel->n_remotes > 0)
		return network_invalid(err, tunnel->line,
				       "<vif:tunnel group='%s'> can have a group or remotes, not "
				       "both",
				       text);
	if (!address_is_multicast(&tunnel->group))
		return network_invalid(err, tunnel->line,
				       "<vif:tunnel group='%s'> is not a multicast address", text);
	if (!tunnel->dev)
		return network_invalid(err, tunnel->line,
				       "<vif:tunnel group='%s'> needs a dev: multicast is sent by "
				       "a host interface",
				       text);
	return 0;
}

static int validate_remote(const struct tunnel *tunnel, const struct tunnel_remote *remote,
			   struct error *err)
{
	const struct address *address = &remote->address;
	const char *why = NULL;
	char text[ADDRESS_TEXT_SIZE];

	if (address_is_unspecified(address) || address_is_loopback(address) ||
	    address_is_multicast(address))
		why = "is not an address that another host can have";
	else if (address->family != tunnel->remotes[0].address.family)
		why = "is not of the same IP version as the first one";
	else if (remote->n_macs > TUNNEL_MACS_MAX)
		why = "has more than 4096 addresses of guests";
	if (!why)
		return 0;
	address_format(address, text);
	return network_invalid(err, remote->line, "<vif:tunnel> with the remote %s: that %s", text,
			       why);
}

static int compare_remotes(const void *a, const void *b)
{
	const struct tunnel_remote *x = a, *y = b;

	return address_compare(&x->address, &y->address);
}

static int validate_remotes(const struct tunnel *tunnel, struct error *err)
{
	const struct tunnel_remote *remote;
	const void *repeated, *earlier;
	char text[ADDRESS_TEXT_SIZE];
	int r = 0;

	if (tunnel->n_remotes > TUNNEL_REMOTES_MAX)
		return network_invalid(err, tunnel->remotes[TUNNEL_REMOTES_MAX].line,
				       "<vif:tunnel> has more than %d remotes", TUNNEL_REMOTES_MAX);
	for (size_t i = 0; r == 0 && i < tunnel->n_remotes; i++)
		r = validate_remote(tunnel, &tunnel->remotes[i], err);
	if (r < 0)
		return r;
	if (network_find_repeated(tunnel->remotes, tunnel->n_remotes, sizeof(*remote),
				  compare_remotes, &repeated, &earlier) < 0)
		return error_oom(err);
	remote = repeated;
	if (!remote)
		return 0;
	address_format(&remote->address, text);
	return network_invalid(err, remote->line, "<vif:tunnel> has the remote %s twice", text);
}

static int compare_macs(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct mac));
}

/* A guest is on one host. */
static int validate_macs(const struct tunnel *tunnel, struct error *err)
{
	AUTO_FREE struct mac *macs = NULL;
	const void *repeated, *earlier;
	char text[MAC_TEXT_SIZE];
	size_t n = 0;

	for (size_t i = 0; i < tunnel->n_remotes; i++)
		n += tunnel->remotes[i].n_macs;
	macs = calloc(n + 1, sizeof(*macs));
	if (!macs)
		return error_oom(err);
	n = 0;
	for (size_t i = 0; i < tunnel->n_remotes; i++)
		for (size_t j = 0; j < tunnel->remotes[i].n_macs; j++)
			macs[n++] = tunnel->remotes[i].macs[j];
	if (network_find_repeated(macs, n, sizeof(*macs), compare_macs, &repeated, &earlier) < 0)
		return error_oom(err);
	if (!repeated)
		return 0;
	mac_format(repeated, text);
	return network_invalid(err, tunnel->line, "<vif:tunnel> has the guest %s twice", text);
}

int network_validate_tunnel(const struct network *network, struct error *err)
{
	const struct tunnel *tunnel = &network->tunnel;
	int r;

	if (!tunnel->set)
		return 0;
	if (!network_is_managed(network))
		return network_invalid(err, tunnel->line,
				       "network '%s' has forward mode='%s'; <vif:tunnel> is "
				       "possible only for a network with a bridge of its own (mode "
				       "nat, route, open or none)",
				       network->name, forward_mode_name(network->forward));
	r = validate_dev(network, err);
	if (r == 0)
		r = validate_group(tunnel, err);
	if (r == 0)
		r = validate_remotes(tunnel, err);
	return r < 0 ? r : validate_macs(tunnel, err);
}
