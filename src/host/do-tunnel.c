/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A network's way to other hosts. */
#include <string.h>

#include "host/run.h"
#include "host/words.h"
#include "kernel/link.h"
#include "kernel/vxlan-peers.h"

static int do_add_vxlan(struct run *run, const struct action *action, int ifindex,
			struct error *err)
{
	struct netlink *nl = run->apply->netlink;
	const struct tunnel *tunnel = action->tunnel;
	struct vxlan_spec spec = {
		.name = action->link.name,
		.altname = action->tag,
		.group = tunnel->group.family ? tunnel->group.bytes : NULL,
		.family = tunnel_family(tunnel),
		.mtu = action->mtu,
		.id = tunnel->id,
		.port = tunnel->port,
		.learning = tunnel->learning != TRISTATE_NO,
	};
	int r = 0;

	if (*action->other.name)
		r = run_find_other(run, &action->other, &spec.lower, err);
	if (r == 0)
		r = link_add_vxlan(nl, &spec, &ifindex, err);
	if (r < 0)
		return r;
	r = run_note_made(run, spec.name, ifindex, err);
	if (r < 0)
		(void)link_delete(nl, ifindex, spec.name, NULL);
	else
		run->result.side_ifindex = ifindex;
	return r;
}

static void add_remote(const struct tunnel_remote *remote, struct vxlan_peer **peer)
{
	words_kernel_address(&remote->address, (*peer)++->address);
	for (size_t i = 0; i < remote->n_macs; i++, (*peer)++) {
		memcpy((*peer)->mac, remote->macs[i].bytes, sizeof((*peer)->mac));
		words_kernel_address(&remote->address, (*peer)->address);
	}
}

/* The kernel has the group among them. */
static int do_set_remotes(struct run *run, const struct action *action, int ifindex,
			  struct error *err)
{
	const struct tunnel *tunnel = action->tunnel;
	AUTO_FREE struct vxlan_peer *peers = NULL;
	struct vxlan_peer *end;
	size_t n = 1;

	for (size_t i = 0; i < tunnel->n_remotes; i++)
		n += 1 + tunnel->remotes[i].n_macs;
	peers = calloc(n, sizeof(*peers));
	if (!peers)
		return error_oom(err);
	end = peers;
	if (tunnel->group.family)
		words_kernel_address(&tunnel->group, end++->address);
	for (size_t i = 0; i < tunnel->n_remotes; i++)
		add_remote(&tunnel->remotes[i], &end);
	return vxlan_peers_set(run->apply->netlink, ifindex, action->link.name,
			       tunnel_family(tunnel), peers, (size_t)(end - peers), err);
}

const struct doer do_tunnel[] = {
	{ ACTION_ADD_VXLAN, do_add_vxlan, .makes = MAKES_SIDE },
	{ ACTION_SET_REMOTES, do_set_remotes, .on_link = true },
};
