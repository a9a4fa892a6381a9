/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's rules (drivers/net/macvlan.c, net/core/dev.c
 * netdev_rx_handler_register):
 *
 *   - one receive handler an interface: a port of a bridge, bond or team, or
 *     the carrier of an ipvlan, cannot carry a macvlan (EBUSY);
 *   - passthrough takes its interface alone, in both orders (EINVAL); so does,
 *     unknown to the kernel, private with 802.1Qbh;
 *   - one MAC once an interface, its own included (EADDRINUSE, and only when
 *     the macvlan is set up);
 *   - a macvlan on a macvlan sits on the real interface below;
 *   - an interface that lowers its MTU clamps those on it, and does not restore
 *     them.
 *
 * A port's own devices are never in its way: a retarget makes room itself.
 */
#include <net/if.h>
#include <stdarg.h>
#include <string.h>

#include "backends/below.h"
#include "backends/lower.h"
#include "util/parse.h"
#include "util/text.h"

/* Of these masters, the ports' receive handler is taken. */
static const char *const exclusive_masters[] = { "bridge", "bond", "team", "openvswitch", "hsr" };

const struct host_link *lower_side(const struct side_request *request)
{
	char tag[PORT_SIDE_TAG_SIZE];

	port_side_tag(request->asker->uuid, request->side, tag);
	return facts_find(request->asker->facts, tag);
}

static bool has_side_tag(const struct host_link *link, const char *tag, size_t length)
{
	struct uuid uuid;
	int64_t side;

	for (size_t i = 0; i < link->n_altnames; i++)
		if (!strncmp(link->altnames[i], tag, length) &&
		    port_tag_parse(link->altnames[i], &uuid, &side) && side >= 0)
			return true;
	return false;
}

/* Of thousands of links a few are this port's: none is parsed before its text begins alike. */
const struct host_link *lower_next_side(const struct asker *asker, const struct host_link *last)
{
	const struct facts *facts = asker->facts;
	char tag[PORT_TAG_SIZE];

	port_tag(asker->uuid, tag);
	for (size_t i = last ? (size_t)(last - facts->links) + 1 : 0; i < facts->n_links; i++)
		if (facts->links[i].is_macvlan &&
		    has_side_tag(&facts->links[i], tag, sizeof(tag) - 1))
			return &facts->links[i];
	return NULL;
}

/* The request's own macvlan or macvtap. NULL if there is none. */
static const struct host_link *lower_have(const struct side_request *request)
{
	const struct host_link *have = request->asker->have;

	return have && have->is_macvlan ? have : lower_side(request);
}

const struct host_link *lower_find(const struct side_request *request)
{
	const struct host_link *have = lower_have(request);

	if (have)
		return have->away ? NULL : facts_get(request->asker->facts, have->lower);
	return below_named(request->asker->facts, request->actual);
}

const struct usage *lower_usage(const struct asker *asker)
{
	struct usage *usage = asker->usage;

	if (!usage->built &&
	    usage_build(usage, asker->facts, asker->ports, asker->n_ports, asker->uuid) < 0)
		return NULL;
	return usage;
}

static int unsuitable(struct error *err, const struct host_link *lower, const char *what,
		      const char *why, const char *culprit)
{
	return error_set(err, -EBUSY, ERROR_DEVICE_UNSUITABLE, "%s cannot carry a %s: %s%s",
			 lower->name, what, why, culprit);
}

int lower_check_link(const struct facts *facts, const struct host_link *lower, const char *what,
		     struct error *err)
{
	const struct host_link *master = facts_get(facts, lower->master);
	AUTO_FREE char *why = NULL;

	if (lower->loopback)
		return unsuitable(err, lower, what, "it is the loopback device", "");
	if (!master ||
	    name_index(exclusive_masters, ARRAY_SIZE(exclusive_masters), master->kind) < 0)
		return 0;
	why = text_format("it is a port of %s ", master->kind);
	if (!why)
		return error_oom(err);
	return unsuitable(err, lower, what, why, master->name);
}

static int check_lower(const struct side_request *request, const struct host_link *lower,
		       const char *what, struct error *err)
{
	if (streq(lower->name, request->asker->ifname))
		return unsuitable(err, lower, what, "it is the port's own device", "");
	return lower_check_link(request->asker->facts, lower, what, err);
}

/* Those on one interface that leave no room for the request's device. */
struct neighbours {
	const struct side_request *request;
	const struct host_link *lower;
	const struct usage_user *users;
	size_t n;
};

/* Waiting ports do not block each other (the first to return wins), but they block a new port. */
static bool has_stepped_back(const struct usage_user *user, const struct neighbours *neighbours)
{
	const struct side_request *request = neighbours->request;

	return request->asker->repairs && !request->anew && usage_waits(user);
}

/* Everybody is in the way of one that has to be alone. */
static bool crowds(const struct usage_user *user, const void *neighbours)
{
	const struct neighbours *n = neighbours;

	return actual_is_exclusive(n->request->actual) && !has_stepped_back(user, n);
}

static bool is_alone(const struct usage_user *user, const void *neighbours)
{
	return usage_is_alone(user) && !has_stepped_back(user, neighbours);
}

static bool has_mac(const struct usage_user *user, const void *neighbours)
{
	const struct neighbours *n = neighbours;

	return user->link && mac_equal(&user->link->mac, n->request->asker->mac);
}

static size_t list_culprits(const struct neighbours *neighbours, usage_listed_func *in_the_way,
			    struct text *text)
{
	return usage_list(neighbours->users, neighbours->n, in_the_way, neighbours,
			  neighbours->request->asker->reader, text);
}

/* Why a device is alone where it is: for sentences. */
static const char *alone_name(enum direct_mode mode)
{
	return mode == DIRECT_PASSTHROUGH ? "passthrough" : "private with 802.1Qbh";
}

static const char *alone_name_of(const struct neighbours *neighbours)
{
	for (size_t i = 0; i < neighbours->n; i++) {
		const struct usage_user *user = &neighbours->users[i];

		if (usage_is_alone(user))
			return alone_name(user->link ? user->link->mode : user->port->actual.mode);
	}
	return "";
}

static int taken(struct text *culprits, struct error *err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The sentence and behind it the culprits. Takes their text. */
static int taken(struct text *culprits, struct error *err, const char *format, ...)
{
	AUTO_FREE char *before = NULL, *after = NULL;
	va_list args;

	va_start(args, format);
	before = text_format_va(format, args);
	va_end(args);
	if (!before || text_take(culprits, &after) < 0)
		return error_oom(err);
	return error_set(err, -EBUSY, ERROR_IN_USE, "%s%s", before, after);
}

static int check_neighbours(const struct neighbours *neighbours, struct error *err)
{
	const struct side_request *request = neighbours->request;
	const char *lower = neighbours->lower->name;
	AUTO_TEXT struct text culprits = TEXT_INIT;
	char mac[MAC_TEXT_SIZE];

	if (list_culprits(neighbours, crowds, &culprits) > 0)
		return taken(&culprits, err, "%s takes %s alone, but it already carries ",
			     alone_name(request->actual->mode), lower);
	if (list_culprits(neighbours, is_alone, &culprits) > 0)
		return taken(&culprits, err, "%s is taken alone (%s) by ", lower,
			     alone_name_of(neighbours));
	mac_format(request->asker->mac, mac);
	if (list_culprits(neighbours, has_mac, &culprits) > 0)
		return taken(&culprits, err, "MAC address %s is already in use on %s by ", mac,
			     lower);
	return 0;
}

/* Does what is already on the interface leave room for ours? */
static int check_room(const struct side_request *request, const struct host_link *lower,
		      const char *what, struct error *err)
{
	struct neighbours neighbours = { .request = request, .lower = lower };
	const struct usage *usage = lower_usage(request->asker);

	if (!usage)
		return error_oom(err);
	neighbours.users = usage_of(usage, lower->ifindex, &neighbours.n);
	for (size_t i = 0; i < neighbours.n; i++) {
		const struct host_link *link = neighbours.users[i].link;

		if (link && below_is_taken_by(link))
			return unsuitable(err, lower, what, "it already carries an ipvlan, ",
					  link->name);
	}
	return check_neighbours(&neighbours, err);
}

/* A passthrough macvlan of this port gives the interface the guest's address, and takes it back. */
static bool has_lent_address(const struct side_request *request, const struct host_link *lower)
{
	const struct host_link *side = NULL;

	while ((side = lower_next_side(request->asker, side)))
		if (side->lower == lower->ifindex && side->mode_known &&
		    side->mode == DIRECT_PASSTHROUGH)
			return true;
	return false;
}

static int check_mac(const struct side_request *request, const struct host_link *lower,
		     struct error *err)
{
	char mac[MAC_TEXT_SIZE];

	if (request->actual->mode == DIRECT_PASSTHROUGH ||
	    !mac_equal(&lower->mac, request->asker->mac) || has_lent_address(request, lower))
		return 0;
	mac_format(&lower->mac, mac);
	return error_set(err, -EADDRINUSE, ERROR_IN_USE,
			 "MAC address %s is that of %s itself; only passthrough can share it", mac,
			 lower->name);
}

static int check_mtu(const struct side_request *request, const struct host_link *lower,
		     struct error *err)
{
	/* A guest that runs has the MTU that it has. */
	if (request->asker->interface->mtu <= lower->mtu || request->asker->have)
		return 0;
	return error_set(err, -EINVAL, ERROR_DEVICE_UNSUITABLE,
			 "MTU %u is more than the %u of host interface %s",
			 request->asker->interface->mtu, lower->mtu, lower->name);
}

static int no_lower(const struct side_request *request, struct error *err)
{
	const struct host_link *have = lower_have(request);
	const struct actual *actual = request->actual;
	char mac[MAC_TEXT_SIZE];

	if (have && have->away)
		return error_set(err, -ENODEV, ERROR_NO_SUCH_DEVICE,
				 "host interface %s is in another network namespace", actual->dev);
	if (!actual->has_dev_mac)
		return error_set(err, -ENODEV, ERROR_NO_SUCH_DEVICE,
				 "host interface %s does not exist", actual->dev);
	mac_format(&actual->dev_mac, mac);
	return error_set(err, -ENODEV, ERROR_NO_SUCH_DEVICE, "no host interface has the address %s",
			 mac);
}

int lower_check(const struct side_request *request, const char *what, struct error *err)
{
	const struct host_link *lower = lower_find(request);
	int r;

	if (!lower)
		return no_lower(request, err);
	/* What sits there already has been through all this. */
	if (lower_have(request))
		return 0;
	r = check_lower(request, lower, what, err);
	if (r == 0)
		r = check_mtu(request, lower, err);
	lower = below_real(request->asker->facts, lower);
	if (r == 0)
		r = check_room(request, lower, what, err);
	if (r == 0)
		r = check_mac(request, lower, err);
	return r;
}

int lower_set_up(const struct side_request *request, const struct host_link *lower,
		 struct plan *plan)
{
	struct plan_step *step;

	if (lower->up)
		return 0;
	step = plan_add(plan, ACTION_SET_UP);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, lower->name, lower->ifindex);
	/* All ports of a NIC that returns set it up; one that fails must not cut off the others. */
	if (request->asker->repairs)
		return 0;
	return plan_undo(plan, ACTION_SET_DOWN) ? 0 : -ENOMEM;
}

unsigned lower_mtu(const struct side_request *request, const struct host_link *lower)
{
	unsigned asked = request->asker->interface->mtu;

	return asked && asked < lower->mtu ? asked : lower->mtu;
}

/*
 * A passthrough macvlan takes over the NIC's address at its creation, whatever
 * the message says; setting it afterwards sets the NIC's too, and the kernel
 * puts the NIC's own back when the macvlan goes.
 */
static int add_passthrough_mac(const struct side_request *request, const char *name,
			       struct plan *plan)
{
	struct plan_step *step;

	if (request->actual->mode != DIRECT_PASSTHROUGH)
		return 0;
	step = plan_add(plan, ACTION_SET_MAC);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, name, 0);
	step->action.mac = *request->asker->mac;
	return 0;
}

int lower_add(const struct side_request *request, enum action_kind kind, const char *name,
	      const char *tag, struct plan *plan)
{
	const struct interface *interface = request->asker->interface;
	const struct host_link *lower = lower_find(request);
	struct plan_step *step = plan_add(plan, kind);

	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, name, 0);
	link_ref_set(&step->action.other, lower->name, lower->ifindex);
	step->action.mac = *request->asker->mac;
	step->action.mode = request->actual->mode;
	step->action.mtu = interface->mtu ? lower_mtu(request, lower) : 0;
	snprintf(step->action.tag, sizeof(step->action.tag), "%s", tag);
	if (!plan_undo(plan, ACTION_DELETE_LINK))
		return -ENOMEM;
	return add_passthrough_mac(request, name, plan);
}

static int adjust_mode(const struct side_request *request, const struct host_link *have,
		       struct plan *plan)
{
	struct plan_step *step;
	struct action *undo;

	if (!have->mode_known || have->mode == request->actual->mode)
		return 0;
	step = plan_add(plan, ACTION_SET_MODE);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, have->name, have->ifindex);
	step->action.mode = request->actual->mode;
	undo = plan_undo(plan, ACTION_SET_MODE);
	if (!undo)
		return -ENOMEM;
	undo->mode = have->mode;
	return 0;
}

int lower_adjust(const struct side_request *request, const struct host_link *have,
		 struct plan *plan)
{
	const struct host_link *lower = facts_get(request->asker->facts, have->lower);
	struct plan_step *step;
	struct action *undo;
	int r;

	r = adjust_mode(request, have, plan);
	if (r < 0 || !lower || have->mtu == lower_mtu(request, lower))
		return r;
	step = plan_add(plan, ACTION_SET_MTU);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, have->name, have->ifindex);
	step->action.mtu = lower_mtu(request, lower);
	undo = plan_undo(plan, ACTION_SET_MTU);
	if (!undo)
		return -ENOMEM;
	undo->mtu = have->mtu;
	return 0;
}
