/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel deletes a vxlan with the interface that it is sent by, and would send packets that
 * are too large in fragments, or not at all. So its MTU, which is the bridge's and the guests', is
 * reckoned from what is below: that interface, or those that the routes to the other hosts lead to.
 */
#include <stdio.h>
#include <string.h>

#include "model/network-tag.h"
#include "resolve/name.h"
#include "resolve/tunnel.h"

enum {
	ETHERNET_MTU = 1500,
};

static const char name_template[] = "viftun%d";

/* --- MTU --- */

static const struct host_link *link_to(const struct facts *facts, const struct address *address)
{
	const struct host_route *best = NULL;

	for (size_t i = 0; i < facts->ip.n_routes; i++) {
		const struct host_route *route = &facts->ip.routes[i];

		if (!address_in(address, &route->destination, route->prefix))
			continue;
		if (!best || route->prefix > best->prefix ||
		    (route->prefix == best->prefix && route->metric < best->metric))
			best = route;
	}
	return best ? facts_get(facts, best->ifindex) : NULL;
}

/* The narrowest that it is sent by; NULL: not known. */
static const struct host_link *find_narrowest(const struct tunnel *tunnel,
					      const struct facts *facts)
{
	const struct host_link *found = NULL;

	if (tunnel->dev)
		return facts_find(facts, tunnel->dev);
	for (size_t i = 0; i < tunnel->n_remotes; i++) {
		const struct host_link *link = link_to(facts, &tunnel->remotes[i].address);

		if (link && (!found || link->mtu < found->mtu))
			found = link;
	}
	return found;
}

int tunnel_mtu(const struct network_request *request, unsigned *ret_mtu, struct error *err)
{
	const struct network *network = request->network;
	const struct tunnel *tunnel = &network->tunnel;
	const struct host_link *link;
	unsigned overhead, outer;

	*ret_mtu = network->mtu;
	if (!tunnel->set)
		return 0;
	overhead = tunnel_overhead(tunnel);
	link = find_narrowest(tunnel, request->facts);
	outer = link ? link->mtu : ETHERNET_MTU;
	if (outer < overhead + INTERFACE_MTU_MIN)
		return error_set(err, -EINVAL, ERROR_DEVICE_UNSUITABLE,
				 "%s has an MTU of %u: too little for a tunnel", link->name, outer);
	if (!network->mtu)
		*ret_mtu = outer - overhead;
	if (!link || *ret_mtu <= outer - overhead)
		return 0;
	return error_set(
		err, -EINVAL, ERROR_DEVICE_UNSUITABLE,
		"its <mtu size='%u'> does not fit through its tunnel: %s has an MTU of %u, "
		"of which %u go to the vxlan; %u fits",
		network->mtu, link->name, outer, overhead, outer - overhead);
}

/* --- steps --- */

struct place {
	const struct beside *beside;
	const struct tunnel *tunnel;
	const struct host_link *have;   /* the vxlan; NULL: it is to be made */
	const struct host_link *bridge; /* NULL: the plan makes it */
	char name[IFNAMSIZ];
};

static void place_init(struct place *place, const struct beside *beside)
{
	const struct network *network = beside->request->network;
	const struct facts *facts = beside->request->facts;
	char tag[NETWORK_DEVICE_TAG_SIZE];

	network_device_tag(&network->uuid, NETWORK_DEVICE_TUNNEL, tag);
	*place = (struct place){
		.beside = beside,
		.tunnel = &network->tunnel,
		.have = facts_find(facts, tag),
		.bridge = facts_find(facts, beside->bridge),
	};
	if (place->have)
		snprintf(place->name, sizeof(place->name), "%s", place->have->name);
}

static struct plan_step *add_step(const struct place *place, enum action_kind kind)
{
	struct plan_step *step = plan_add(place->beside->plan, kind);

	if (!step) {
		(void)error_oom(place->beside->err);
		return NULL;
	}
	link_ref_set(&step->action.link, place->name, place->have ? place->have->ifindex : 0);
	step->action.tunnel = place->tunnel;
	return step;
}

static struct action *add_undo(const struct place *place, enum action_kind kind)
{
	struct action *undo = plan_undo(place->beside->plan, kind);

	if (!undo)
		(void)error_oom(place->beside->err);
	return undo;
}

/* Two that have the same id and port would get each other's frames: the kernel refuses. */
static int check_free(const struct place *place)
{
	const struct network_request *request = place->beside->request;
	const struct tunnel *tunnel = place->tunnel;

	for (size_t i = 0; i < request->n_active; i++) {
		const struct tunnel *other = &request->active[i]->tunnel;

		if (other->set && other->id == tunnel->id && other->port == tunnel->port)
			return error_set(place->beside->err, -EEXIST, ERROR_IN_USE,
					 "its tunnel cannot be %s: that is network '%s''s already; "
					 "another id or port is needed",
					 tunnel_text(tunnel).text, request->active[i]->name);
	}
	for (size_t i = 0; i < request->facts->n_links; i++) {
		const struct host_link *link = &request->facts->links[i];

		if (!strcmp(link->kind, "vxlan") && link->vxlan_id == tunnel->id &&
		    link->vxlan_port == tunnel->port)
			return error_set(place->beside->err, -EEXIST, ERROR_IN_USE,
					 "its tunnel cannot be %s: that is %s here, which vifd did "
					 "not make",
					 tunnel_text(tunnel).text, link->name);
	}
	return 0;
}

static bool name_is_free(const void *facts, const char *name)
{
	return !facts_find(facts, name);
}

static int make_device(struct place *place, const struct host_link *outer)
{
	const struct network_request *request = place->beside->request;
	struct plan_step *step;
	int r = check_free(place);

	if (r == 0)
		r = name_first_free(name_template, 0, name_is_free, request->facts, place->name,
				    place->beside->err);
	if (r < 0)
		return r;
	step = add_step(place, ACTION_ADD_VXLAN);
	if (!step)
		return -ENOMEM;
	if (outer)
		link_ref_set(&step->action.other, outer->name, outer->ifindex);
	step->action.mtu = place->beside->mtu;
	network_device_tag(&request->network->uuid, NETWORK_DEVICE_TUNNEL, step->action.tag);
	return add_undo(place, ACTION_DELETE_LINK) ? 0 : -ENOMEM;
}

static int adjust_mtu(const struct place *place)
{
	struct plan_step *step;
	struct action *undo;

	if (!place->have || place->have->mtu == place->beside->mtu)
		return 0;
	step = add_step(place, ACTION_SET_MTU);
	if (!step)
		return -ENOMEM;
	step->action.mtu = place->beside->mtu;
	undo = add_undo(place, ACTION_SET_MTU);
	if (!undo)
		return -ENOMEM;
	undo->mtu = place->have->mtu;
	return 0;
}

/* Somebody's change of the table alone is not told: it is written where it may be another. */
static int need_remotes(const struct place *place)
{
	bool known = place->have && !place->beside->starting && !place->beside->request->rewrite;

	return known || add_step(place, ACTION_SET_REMOTES) ? 0 : -ENOMEM;
}

static int need_master(const struct place *place)
{
	const struct host_link *have = place->have, *bridge = place->bridge;
	struct plan_step *step;

	if (have && bridge && have->master == bridge->ifindex)
		return 0;
	step = add_step(place, ACTION_SET_MASTER);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.other, place->beside->bridge, bridge ? bridge->ifindex : 0);
	return !have || add_undo(place, ACTION_CLEAR_MASTER) ? 0 : -ENOMEM;
}

static int need_up(const struct place *place)
{
	if (place->have && place->have->up)
		return 0;
	if (!add_step(place, ACTION_SET_UP))
		return -ENOMEM;
	return !place->have || add_undo(place, ACTION_SET_DOWN) ? 0 : -ENOMEM;
}

static void say(const struct place *place)
{
	const struct tunnel *tunnel = place->tunnel;
	struct text *said = place->beside->said;
	size_t n = tunnel->n_remotes;

	text_add(said, "%s: %s, the tunnel to ", place->name, tunnel_text(tunnel).text);
	if (n == 0)
		text_add(said, "whom %s reaches by multicast", tunnel->dev);
	else
		text_add(said, "%zu other host%s", n, n == 1 ? "" : "s");
	text_add(said, "; guests have an MTU of %u\n", place->beside->mtu);
}

int tunnel_need(const struct beside *beside)
{
	const struct host_link *outer = NULL;
	struct place place;
	int r = 0;

	if (!beside->request->network->tunnel.set)
		return 0;
	place_init(&place, beside);
	if (place.tunnel->dev && !place.have) {
		outer = facts_find(beside->request->facts, place.tunnel->dev);
		if (!outer) {
			text_add(beside->said,
				 "%s is not there now: the tunnel is made when it is\n",
				 place.tunnel->dev);
			return 0;
		}
	}
	if (!place.have)
		r = make_device(&place, outer);
	if (r == 0)
		r = adjust_mtu(&place);
	if (r == 0)
		r = need_remotes(&place);
	if (r == 0)
		r = need_master(&place);
	if (r == 0)
		r = need_up(&place);
	if (r == 0)
		say(&place);
	return r;
}

int tunnel_change(const struct beside *beside)
{
	const struct network *network = beside->request->network;
	const struct network *former = beside->request->former;
	struct action *undo;
	struct place place;

	if (!network->tunnel.set || tunnel_remotes_equal(&network->tunnel, &former->tunnel))
		return 0;
	place_init(&place, beside);
	if (!place.have)
		return 0;
	if (!add_step(&place, ACTION_SET_REMOTES))
		return -ENOMEM;
	undo = add_undo(&place, ACTION_SET_REMOTES);
	if (!undo)
		return -ENOMEM;
	undo->tunnel = &former->tunnel;
	return 0;
}

int tunnel_end(const struct beside *beside)
{
	struct place place;

	if (!beside->request->network->tunnel.set)
		return 0;
	place_init(&place, beside);
	return !place.have || add_step(&place, ACTION_DELETE_LINK) ? 0 : -ENOMEM;
}
