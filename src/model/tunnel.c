/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "model/tunnel.h"
#include "util/parse.h"

int tunnel_family(const struct tunnel *tunnel)
{
	return tunnel->group.family ? tunnel->group.family : tunnel->remotes[0].address.family;
}

/* The outer IP header, UDP's, VXLAN's, and the Ethernet header of the frame inside. */
unsigned tunnel_overhead(const struct tunnel *tunnel)
{
	enum { IPV4 = 20, IPV6 = 40, UDP = 8, VXLAN = 8, ETHERNET = 14 };

	return (tunnel_family(tunnel) == AF_INET6 ? IPV6 : IPV4) + UDP + VXLAN + ETHERNET;
}

struct tunnel_text tunnel_text(const struct tunnel *tunnel)
{
	struct tunnel_text text;

	if (tunnel->port == TUNNEL_PORT)
		snprintf(text.text, sizeof(text.text), "vxlan %u", tunnel->id & TUNNEL_ID_MAX);
	else
		snprintf(text.text, sizeof(text.text), "vxlan %u (port %u)",
			 tunnel->id & TUNNEL_ID_MAX, (unsigned)tunnel->port);
	return text;
}

bool tunnel_equal(const struct tunnel *a, const struct tunnel *b)
{
	if (!a->set || !b->set)
		return a->set == b->set;
	return a->id == b->id && a->port == b->port && streq(a->dev, b->dev) &&
	       address_equal(&a->group, &b->group) && tunnel_family(a) == tunnel_family(b) &&
	       (a->learning == TRISTATE_NO) == (b->learning == TRISTATE_NO);
}

static bool remote_equal(const struct tunnel_remote *a, const struct tunnel_remote *b)
{
	if (!address_equal(&a->address, &b->address) || a->n_macs != b->n_macs)
		return false;
	for (size_t i = 0; i < a->n_macs; i++)
		if (!mac_equal(&a->macs[i], &b->macs[i]))
			return false;
	return true;
}

bool tunnel_remotes_equal(const struct tunnel *a, const struct tunnel *b)
{
	if (a->n_remotes != b->n_remotes)
		return false;
	for (size_t i = 0; i < a->n_remotes; i++)
		if (!remote_equal(&a->remotes[i], &b->remotes[i]))
			return false;
	return true;
}

void tunnel_remote_done(struct tunnel_remote *remote)
{
	free(remote->macs);
	*remote = (struct tunnel_remote){ 0 };
}

void tunnel_done(struct tunnel *tunnel)
{
	for (size_t i = 0; i < tunnel->n_remotes; i++)
		tunnel_remote_done(&tunnel->remotes[i]);
	free(tunnel->remotes);
	free(tunnel->dev);
	*tunnel = (struct tunnel){ 0 };
}
