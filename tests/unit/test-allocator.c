/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Random stories of a host: ports come and go on networks that share their
 * interfaces, on interfaces directly, beside macvtaps of others; pools and
 * portgroups change, interfaces are renamed, go and return, and records are all
 * that is left after a restart. After each step what resolve has decided is
 * compared with a model that knows nothing of links, tags and plans: for each
 * interface, who has it.
 *
 * VIFD_SEED=N tells the story N alone.
 */
#include "testing.h"

#include "backends/usage.h"
#include "resolve/resolve.h"
#include "util/array.h"
#include "util/parse.h"

enum {
	NICS = 6,
	NETWORKS = 5,
	PORTS_MAX = 24,
	FOREIGN_MAX = 4,
	STORIES = 200,
	STEPS = 400,
};

/* --- the model --- */

struct nic {
	char name[IFNAMSIZ], altname[IFNAMSIZ];
	int ifindex;
	bool there;
};

struct guest {
	struct port *port;
	int network; /* -1: on an interface directly */
	int nic;     /* -1: it has no place */
	bool alone;
	bool connected;
};

struct foreign {
	int nic; /* -1: none */
	bool alone;
	int ifindex;
};

struct world {
	uint32_t random;
	struct nic nics[NICS];
	struct network *networks[NETWORKS];
	struct guest guests[PORTS_MAX];
	struct foreign foreign[FOREIGN_MAX];
	struct facts facts;
	int next_ifindex;
	unsigned n_names, n_uuids;
	unsigned placed, refused, moved; /* to see that the stories are worth their time */
};

/* xorshift, so that a seed means the same everywhere. */
static unsigned random_below(struct world *world, unsigned n)
{
	world->random ^= world->random << 13;
	world->random ^= world->random >> 17;
	world->random ^= world->random << 5;
	return world->random % n;
}

static int nic_of_name(const struct world *world, const char *name)
{
	for (int i = 0; i < NICS; i++)
		if (!strcmp(world->nics[i].name, name) || !strcmp(world->nics[i].altname, name))
			return i;
	return -1;
}

static unsigned model_count(const struct world *world, int nic, const struct guest *but)
{
	unsigned count = 0;

	for (size_t i = 0; i < PORTS_MAX; i++)
		count += world->guests[i].port && &world->guests[i] != but &&
			 world->guests[i].nic == nic;
	for (size_t i = 0; i < FOREIGN_MAX; i++)
		count += world->foreign[i].nic == nic;
	return count;
}

static bool model_held_alone(const struct world *world, int nic, const struct guest *but)
{
	for (size_t i = 0; i < PORTS_MAX; i++)
		if (world->guests[i].port && &world->guests[i] != but &&
		    world->guests[i].nic == nic && world->guests[i].alone)
			return true;
	for (size_t i = 0; i < FOREIGN_MAX; i++)
		if (world->foreign[i].nic == nic && world->foreign[i].alone)
			return true;
	return false;
}

static bool model_free(const struct world *world, int nic, bool alone, const struct guest *but)
{
	if (nic < 0 || !world->nics[nic].there || model_held_alone(world, nic, but))
		return false;
	return !alone || model_count(world, nic, but) == 0;
}

/* The index in the pool, or -1. */
static int model_choice(const struct world *world, const struct network *network, bool alone,
			const struct guest *but)
{
	int best = -1;

	for (int i = 0; i < (int)network->n_pool; i++) {
		int nic = nic_of_name(world, network->pool[i].dev), other;

		if (!model_free(world, nic, alone, but))
			continue;
		other = best < 0 ? -1 : nic_of_name(world, network->pool[best].dev);
		if (best < 0 || model_count(world, nic, but) < model_count(world, other, but))
			best = i;
	}
	return best;
}

static bool model_lists(const struct network *network, const char *name)
{
	for (size_t i = 0; i < network->n_pool; i++)
		if (!strcmp(network->pool[i].dev, name))
			return true;
	return false;
}

/* Does somebody who asks for that portgroup now (NULL: the default) get 802.1Qbh? */
static bool model_qbh(const struct network *network, const char *portgroup)
{
	if (network->n_portgroups == 0 || (!portgroup && !network->portgroups[0].is_default))
		return false;
	return network->portgroups[0].virtualport.type == VIRTUALPORT_8021QBH;
}

/* --- the host --- */

static void put_link(struct world *world, struct host_link *link, const char *altname)
{
	if (altname)
		assert_int_equal(host_link_add_altname(link, altname), 0);
	link->mtu = 1500;
	link->up = true;
	assert_int_equal(facts_put(&world->facts, link), 0);
}

static void put_nic(struct world *world, struct nic *nic)
{
	struct host_link link = { .ifindex = nic->ifindex };

	link.mac = (struct mac){ { 2, 0, 0, 0, 1, (uint8_t)(nic - world->nics) } };
	snprintf(link.name, sizeof(link.name), "%s", nic->name);
	put_link(world, &link, nic->altname);
}

static void add_macvlan(struct world *world, const char *name, const char *tag, const char *kind,
			const struct mac *mac, int nic, enum direct_mode mode)
{
	struct host_link link = {
		.ifindex = world->next_ifindex++,
		.mac = *mac,
		.lower = world->nics[nic].ifindex,
		.is_macvlan = true,
		.mode_known = true,
		.mode = mode,
	};

	snprintf(link.name, sizeof(link.name), "%s", name);
	snprintf(link.kind, sizeof(link.kind), "%s", kind);
	put_link(world, &link, tag);
}

/* What the plan would make for a port that is placed: a tap, and the macvlan or macvtap. */
static void add_devices(struct world *world, const struct guest *guest)
{
	const struct port *port = guest->port;
	const struct mac *mac = &port->interface->mac;
	char tag[PORT_SIDE_TAG_SIZE], name[IFNAMSIZ];
	struct host_link tap = { 0 };

	port_tag(&port->uuid, tag);
	if (port->type == PORT_TYPE_DIRECT) {
		add_macvlan(world, port->name, tag, "macvtap", mac, guest->nic, port->actual.mode);
		return;
	}
	if (!facts_find(&world->facts, tag)) {
		tap.ifindex = world->next_ifindex++;
		tap.mac = mac_of_tap(mac);
		snprintf(tap.name, sizeof(tap.name), "%s", port->name);
		snprintf(tap.kind, sizeof(tap.kind), "tun");
		put_link(world, &tap, tag);
	}
	port_side_tag(&port->uuid, port->side, tag);
	snprintf(name, sizeof(name), "%s-%u", port->name, port->side);
	add_macvlan(world, name, tag, "macvlan", mac, guest->nic, port->actual.mode);
}

static void remove_tagged(struct world *world, const char *tag)
{
	const struct host_link *link = facts_find(&world->facts, tag);

	if (link)
		facts_remove(&world->facts, link->ifindex);
}

static void remove_devices(struct world *world, const struct port *port, bool tap_too)
{
	char tag[PORT_SIDE_TAG_SIZE];

	port_side_tag(&port->uuid, port->side, tag);
	remove_tagged(world, tag);
	port_tag(&port->uuid, tag);
	if (tap_too || port->type == PORT_TYPE_DIRECT)
		remove_tagged(world, tag);
}

/* --- asking --- */

static struct resolve_request request_of(struct world *world, const struct port **ports,
					 const struct guest *guest)
{
	const struct port *port = guest->port;
	struct resolve_request request = {
		.interface = port->interface,
		.uuid = port->uuid,
		.by_name = true,
		.network = guest->network < 0 ? NULL : world->networks[guest->network],
		.network_active = true,
		.facts = &world->facts,
		.ports = ports,
	};

	for (size_t i = 0; i < PORTS_MAX; i++)
		if (world->guests[i].port && world->guests[i].port->name)
			ports[request.n_ports++] = world->guests[i].port;
	return request;
}

static struct guest *new_guest(struct world *world)
{
	struct guest *guest = world->guests;
	struct interface *interface;
	unsigned n = ++world->n_uuids;

	while (guest->port)
		if (++guest == world->guests + PORTS_MAX)
			return NULL;
	*guest = (struct guest){ .port = port_new(), .network = -1, .nic = -1 };
	guest->port->uuid = (struct uuid){ { (uint8_t)n,
					     (uint8_t)(n >> 8), [6] = 0x40, [8] = 0x80 } };
	guest->port->by_name = true;
	interface = guest->port->interface = interface_new();
	interface->mac = (struct mac){ { 0x52, 0x54, 0, 0, (uint8_t)(n >> 8), (uint8_t)n } };
	interface->has_mac = true;
	guest->port->type = interface->port_type = random_below(world, 3) ? PORT_TYPE_LIVE
									  : PORT_TYPE_DIRECT;
	return guest;
}

static void forget_guest(struct guest *guest)
{
	port_free(guest->port);
	*guest = (struct guest){ .network = -1, .nic = -1 };
}

/* It has its place: now it is a port like the others. Takes the actual. */
static void settle(struct world *world, struct guest *guest, bool connected, struct actual *actual)
{
	struct port *port = guest->port;

	actual_done(&port->actual);
	port->actual = *actual;
	*actual = (struct actual){ 0 };
	if (!port->name)
		assert_true(asprintf(&port->name, "vif%u", world->n_uuids) > 0);
	guest->alone = actual_is_exclusive(&port->actual);
	guest->nic = port->actual.dev ? nic_of_name(world, port->actual.dev) : -1;
	guest->connected = connected;
	port->state = connected ? PORT_CONNECTED : PORT_WAITING;
	if (connected)
		add_devices(world, guest);
}

/* All that hold an interface of the pool alone, or keep it from being had alone, are named. */
static void assert_tells(const struct world *world, const struct network *network,
			 const struct error *err)
{
	for (size_t i = 0; i < network->n_pool; i++)
		if (!strstr(error_text(err), network->pool[i].dev) &&
		    !strstr(error_text(err),
			    world->nics[nic_of_name(world, network->pool[i].dev)].name))
			fail_msg("%s is not told of: %s", network->pool[i].dev, error_text(err));
}

/* --- steps --- */

static void plug_on_network(struct world *world)
{
	unsigned number = random_below(world, NETWORKS);
	const struct network *network = world->networks[number];
	struct guest *guest = new_guest(world);
	const struct port *ports[PORTS_MAX];
	struct resolve_request request;
	AUTO(actual_done) struct actual actual = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	enum direct_mode mode;
	int expected, r;
	bool alone, named;

	if (!guest)
		return;
	named = random_below(world, 3) == 0;
	guest->network = (int)number;
	guest->port->interface->network = strdup(network->name);
	guest->port->interface->portgroup = named ? strdup("q") : NULL;
	assert_true(network_direct_mode(network, &mode));
	alone = mode == DIRECT_PASSTHROUGH ||
		(mode == DIRECT_PRIVATE && model_qbh(network, named ? "q" : NULL));
	expected = named && network->n_portgroups == 0 ? -1
						       : model_choice(world, network, alone, NULL);
	request = request_of(world, ports, guest);
	r = resolve_place(&request, &actual, NULL, &err);
	if (r < 0) {
		if (expected >= 0)
			fail_msg("%s should give %s: %s", network->name,
				 network->pool[expected].dev, error_text(&err));
		if (network->n_pool > 0 && (!named || network->n_portgroups > 0))
			assert_tells(world, network, &err);
		world->refused++;
		forget_guest(guest);
		return;
	}
	if (expected < 0)
		fail_msg("%s should give nothing, not %s", network->name, actual.dev);
	assert_string_equal(actual.dev, network->pool[expected].dev);
	assert_int_equal(actual_is_exclusive(&actual), alone);
	settle(world, guest, true, &actual);
	world->placed++;
}

static void plug_directly(struct world *world)
{
	const struct nic *nic = &world->nics[random_below(world, NICS)];
	struct guest *guest = new_guest(world);
	const struct port *ports[PORTS_MAX];
	AUTO_RESOLUTION struct resolution resolution = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	struct resolve_request request;
	struct interface *interface;
	bool expected;
	int r;

	if (!guest)
		return;
	interface = guest->port->interface;
	interface->type = INTERFACE_DIRECT;
	interface->dev = strdup(random_below(world, 4) ? nic->name : nic->altname);
	interface->mode = random_below(world, DIRECT_MODE_COUNT);
	interface->optional = random_below(world, 2);
	expected = nic->there ? model_free(world, (int)(nic - world->nics),
					   interface->mode == DIRECT_PASSTHROUGH, NULL)
			      : interface->optional;
	request = request_of(world, ports, guest);
	r = resolve_plug(&request, &resolution, &err);
	if (expected != (r == 0))
		fail_msg("%s directly on %s should %s: %s", direct_mode_name(interface->mode),
			 interface->dev, expected ? "do" : "fail", error_text(&err));
	if (r < 0) {
		world->refused++;
		forget_guest(guest);
		return;
	}
	assert_int_equal(resolution.state, nic->there ? PORT_CONNECTED : PORT_WAITING);
	settle(world, guest, nic->there, &resolution.actual);
	world->placed++;
}

static int retarget_guest(struct world *world, struct guest *guest, const struct network *network,
			  struct resolution *ret_resolution)
{
	AUTO(interface_freep) struct interface *interface = interface_new();
	const struct port *ports[PORTS_MAX];
	struct resolve_request request = request_of(world, ports, guest);
	int r;

	interface->mac = guest->port->interface->mac;
	interface->has_mac = true;
	interface->network = strdup(network->name);
	request.interface = interface;
	request.network = network;
	request.port = guest->port;
	r = resolve_retarget(&request, ret_resolution, NULL);
	if (r < 0)
		return r;
	interface_free(guest->port->interface);
	guest->port->interface = take_ptr(interface);
	return 0;
}

/* What the port itself has is not in its way. */
static void retarget(struct world *world)
{
	struct guest *guest = &world->guests[random_below(world, PORTS_MAX)];
	unsigned number = random_below(world, NETWORKS);
	const struct network *network = world->networks[number];
	AUTO_RESOLUTION struct resolution resolution = { 0 };
	int expected, r;

	if (!guest->port || !guest->connected || guest->port->type != PORT_TYPE_LIVE)
		return;
	expected = model_qbh(network, NULL)
			   ? -1
			   : model_choice(world, network, network->forward == FORWARD_PASSTHROUGH,
					  guest);
	r = retarget_guest(world, guest, network, &resolution);
	assert_int_equal(r < 0, expected < 0);
	if (r < 0)
		return;
	assert_string_equal(resolution.actual.dev, network->pool[expected].dev);
	remove_devices(world, guest->port, false);
	guest->network = (int)number;
	guest->port->side = resolution.side;
	settle(world, guest, true, &resolution.actual);
	world->moved++;
}

static void unplug(struct world *world)
{
	struct guest *guest = &world->guests[random_below(world, PORTS_MAX)];

	if (!guest->port)
		return;
	remove_devices(world, guest->port, true);
	forget_guest(guest);
}

/* The kernel lets them on anything but beside a passthrough; of 802.1Qbh it knows nothing. */
static bool kernel_takes(const struct world *world, int nic, bool alone)
{
	for (size_t i = 0; i < PORTS_MAX; i++)
		if (world->guests[i].port && world->guests[i].nic == nic &&
		    (alone || world->guests[i].port->actual.mode == DIRECT_PASSTHROUGH))
			return false;
	for (size_t i = 0; i < FOREIGN_MAX; i++)
		if (world->foreign[i].nic == nic && (alone || world->foreign[i].alone))
			return false;
	return world->nics[nic].there;
}

static void change_foreign(struct world *world)
{
	unsigned number = random_below(world, FOREIGN_MAX);
	struct foreign *foreign = &world->foreign[number];
	const struct mac mac = { { 2, 0, 0, 0, 2, (uint8_t)number } };
	int nic = (int)random_below(world, NICS);
	bool alone = random_below(world, 3) == 0;
	char name[IFNAMSIZ];

	if (foreign->nic >= 0) {
		facts_remove(&world->facts, foreign->ifindex);
		foreign->nic = -1;
	} else if (kernel_takes(world, nic, alone)) {
		*foreign = (struct foreign){ nic, alone, world->next_ifindex };
		snprintf(name, sizeof(name), "macvtap%u", number);
		add_macvlan(world, name, NULL, "macvtap", &mac, nic,
			    alone ? DIRECT_PASSTHROUGH : DIRECT_BRIDGE);
	}
}

static void change_pool(struct world *world)
{
	struct pool_entry *pool;
	struct network *network = world->networks[random_below(world, NETWORKS)];
	const struct nic *nic = &world->nics[random_below(world, NICS)];
	const char *name = random_below(world, 4) ? nic->name : nic->altname;

	for (size_t i = 0; i < network->n_pool; i++) {
		if (strcmp(network->pool[i].dev, name) != 0)
			continue;
		free(network->pool[i].dev);
		network->n_pool--;
		memmove(&network->pool[i], &network->pool[i + 1],
			(network->n_pool - i) * sizeof(*network->pool));
		return;
	}
	/* array_add() wants its room to be that of an array that only grew. */
	pool = calloc(network->n_pool + 1, sizeof(*pool));
	assert_non_null(pool);
	if (network->n_pool > 0)
		memcpy(pool, network->pool, network->n_pool * sizeof(*pool));
	free(network->pool);
	network->pool = pool;
	network->pool[network->n_pool++] = (struct pool_entry){ .dev = strdup(name) };
}

static void change_portgroup(struct world *world)
{
	struct network *network = world->networks[random_below(world, NETWORKS)];
	struct portgroup *group;

	if (network->n_portgroups > 0) {
		portgroup_done(&network->portgroups[0]);
		free(take_ptr(network->portgroups));
		network->n_portgroups = 0;
		return;
	}
	group = array_add(&network->portgroups, &network->n_portgroups, sizeof(*group));
	group->name = strdup("q");
	group->is_default = random_below(world, 2);
	if (random_below(world, 3) == 0)
		return;
	group->virtualport.type = VIRTUALPORT_8021QBH;
	assert_int_equal(virtualport_set(&group->virtualport, VIRTUALPORT_PROFILEID, "p"), 0);
}

/* What vifd reads back from its records: the same ports, in another order, and no more. */
static void restart(struct world *world)
{
	for (size_t i = PORTS_MAX - 1; i > 0; i--) {
		size_t j = random_below(world, (unsigned)i + 1);
		struct guest other = world->guests[i];

		world->guests[i] = world->guests[j];
		world->guests[j] = other;
	}
	for (size_t i = 0; i < PORTS_MAX; i++) {
		struct port *port = world->guests[i].port;
		struct actual copy;

		if (!port)
			continue;
		assert_int_equal(actual_copy(&port->actual, &copy), 0);
		actual_done(&port->actual);
		port->actual = copy;
	}
}

/* A port that has its place is not moved, and nothing of it is missing. */
static void check_stays(struct world *world, struct guest *guest)
{
	const struct port *ports[PORTS_MAX];
	struct resolve_request request = request_of(world, ports, guest);
	AUTO_RESOLUTION struct resolution resolution = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;

	request.port = guest->port;
	assert_success(&err, resolve_repair(&request, &resolution, &err));
	assert_int_equal(resolution.plan.n_steps, 0);
	assert_int_equal(resolution.state, PORT_CONNECTED);
	assert_int_equal(nic_of_name(world, resolution.actual.dev), guest->nic);
	/* Its interface may have another name by now. */
	actual_done(&guest->port->actual);
	guest->port->actual = resolution.actual;
	resolution.actual = (struct actual){ 0 };
}

static void check_all_stay(struct world *world)
{
	for (size_t i = 0; i < PORTS_MAX; i++)
		if (world->guests[i].port && world->guests[i].connected)
			check_stays(world, &world->guests[i]);
}

/* Can it go back to where it was? What others only wait for is nobody's yet. */
static bool model_takes_back(const struct world *world, const struct guest *guest)
{
	int nic = guest->nic;

	if (!world->nics[nic].there)
		return false;
	for (size_t i = 0; i < PORTS_MAX; i++) {
		const struct guest *other = &world->guests[i];

		if (other->port && other != guest && other->nic == nic && other->connected &&
		    (other->alone || guest->alone))
			return false;
	}
	for (size_t i = 0; i < FOREIGN_MAX; i++)
		if (world->foreign[i].nic == nic && (world->foreign[i].alone || guest->alone))
			return false;
	return true;
}

/* Where the port that has no interface now should be: its own, one of the pool, or nowhere. */
static int model_return(const struct world *world, const struct guest *guest, bool *ret_refused)
{
	const struct network *network = guest->network < 0 ? NULL : world->networks[guest->network];
	const char *portgroup = guest->port->interface->portgroup, *dev = guest->port->actual.dev;
	bool alone = guest->alone;
	int choice;

	*ret_refused = false;
	if (dev && (!network || model_lists(network, dev) || world->nics[guest->nic].there))
		return model_takes_back(world, guest) ? guest->nic : -1;
	if (!dev) {
		*ret_refused = (portgroup && network->n_portgroups == 0) ||
			       model_qbh(network, portgroup);
		alone = network->forward == FORWARD_PASSTHROUGH;
	}
	choice = *ret_refused ? -1 : model_choice(world, network, alone, guest);
	return choice < 0 ? -1 : nic_of_name(world, network->pool[choice].dev);
}

/* A port without an interface asks what it can have: as vifd does after each change. */
static void repair(struct world *world, struct guest *guest)
{
	const struct port *ports[PORTS_MAX];
	struct resolve_request request = request_of(world, ports, guest);
	AUTO_RESOLUTION struct resolution resolution = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	int before = guest->nic, expected, r;
	bool refused;

	expected = model_return(world, guest, &refused);
	request.port = guest->port;
	r = resolve_repair(&request, &resolution, &err);
	assert_int_equal(r < 0, refused);
	if (r < 0) {
		guest->port->state = PORT_FAILED;
		return;
	}
	if ((expected >= 0) != (resolution.state == PORT_CONNECTED))
		fail_msg("%s should %s: %s", guest->port->name,
			 expected >= 0 ? "be connected" : "wait",
			 resolution.reason ? resolution.reason : resolution.summary);
	settle(world, guest, resolution.state == PORT_CONNECTED, &resolution.actual);
	if (expected >= 0)
		assert_int_equal(guest->nic, expected);
	world->moved += before >= 0 && expected >= 0 && guest->nic != before;
}

static void repair_all(struct world *world)
{
	for (size_t i = 0; i < PORTS_MAX; i++)
		if (world->guests[i].port && !world->guests[i].connected)
			repair(world, &world->guests[i]);
}

static bool is_waited_for(const struct world *world, int nic)
{
	for (size_t i = 0; i < PORTS_MAX; i++)
		if (world->guests[i].port && !world->guests[i].connected &&
		    world->guests[i].nic == nic)
			return true;
	return false;
}

static void rename_nic(struct world *world)
{
	struct nic *nic = &world->nics[random_below(world, NICS)];

	/* Those that wait know it by name only. */
	if (!nic->there || is_waited_for(world, (int)(nic - world->nics)))
		return;
	snprintf(nic->name, sizeof(nic->name), "nic%u", world->n_names++);
	put_nic(world, nic);
	check_all_stay(world);
}

static void remove_nic(struct world *world, int number)
{
	struct nic *nic = &world->nics[number];

	facts_remove(&world->facts, nic->ifindex);
	nic->there = false;
	for (size_t i = 0; i < PORTS_MAX; i++) {
		struct guest *guest = &world->guests[i];

		if (!guest->port || guest->nic != number)
			continue;
		remove_devices(world, guest->port, false);
		guest->connected = false;
		guest->port->state = PORT_WAITING;
	}
	for (size_t i = 0; i < FOREIGN_MAX; i++)
		if (world->foreign[i].nic == number) {
			facts_remove(&world->facts, world->foreign[i].ifindex);
			world->foreign[i].nic = -1;
		}
}

static void flap(struct world *world)
{
	int number = (int)random_below(world, NICS);
	struct nic *nic = &world->nics[number];

	if (nic->there) {
		remove_nic(world, number);
	} else {
		nic->there = true;
		nic->ifindex = world->next_ifindex++;
		put_nic(world, nic);
	}
}

/* --- what always holds --- */

static void check_counts(struct world *world)
{
	AUTO(usage_done) struct usage usage = { 0 };
	const struct port *ports[PORTS_MAX];
	const struct uuid nobody = { { 0 } };
	size_t n = 0;

	for (size_t i = 0; i < PORTS_MAX; i++)
		if (world->guests[i].port)
			ports[n++] = world->guests[i].port;
	assert_int_equal(usage_build(&usage, &world->facts, ports, n, &nobody), 0);
	for (int i = 0; i < NICS; i++)
		if (world->nics[i].there)
			assert_int_equal(usage_count(&usage, world->nics[i].ifindex),
					 model_count(world, i, NULL));
}

/* Foreign devices the kernel lets in beside 802.1Qbh; vifd lets no port. */
static void check_exclusive(const struct world *world)
{
	for (size_t i = 0; i < PORTS_MAX; i++)
		for (size_t j = 0; j < PORTS_MAX; j++) {
			const struct guest *a = &world->guests[i], *b = &world->guests[j];

			if (i != j && a->connected && b->connected && a->alone && a->nic == b->nic)
				fail_msg("%s has %s alone, and %s is there too", a->port->name,
					 world->nics[a->nic].name, b->port->name);
		}
}

static void world_setup(struct world *world, uint32_t seed)
{
	static const enum forward_mode modes[NETWORKS] = { FORWARD_VEPA, FORWARD_PASSTHROUGH,
							   FORWARD_PRIVATE, FORWARD_BRIDGE,
							   FORWARD_PASSTHROUGH };

	*world = (struct world){ .random = seed * 2654435761U | 1, .next_ifindex = 10 };
	for (size_t i = 0; i < PORTS_MAX; i++)
		world->guests[i] = (struct guest){ .network = -1, .nic = -1 };
	for (size_t i = 0; i < FOREIGN_MAX; i++)
		world->foreign[i].nic = -1;
	for (int i = 0; i < NICS; i++) {
		struct nic *nic = &world->nics[i];

		snprintf(nic->name, sizeof(nic->name), "nic%u", world->n_names++);
		snprintf(nic->altname, sizeof(nic->altname), "alt%d", i);
		nic->ifindex = world->next_ifindex++;
		nic->there = true;
		put_nic(world, nic);
	}
	for (unsigned i = 0; i < NETWORKS; i++) {
		world->networks[i] = network_new();
		assert_true(asprintf(&world->networks[i]->name, "net%u", i) > 0);
		world->networks[i]->forward = modes[i];
	}
	for (unsigned i = 0; i < 3 * NETWORKS; i++)
		change_pool(world);
}

static void world_done(struct world *world)
{
	for (size_t i = 0; i < PORTS_MAX; i++)
		forget_guest(&world->guests[i]);
	for (size_t i = 0; i < NETWORKS; i++)
		network_free(world->networks[i]);
	facts_done(&world->facts);
}

static void step(struct world *world)
{
	/* How often each, of the sum. */
	static const struct {
		unsigned weight;
		void (*run)(struct world *world);
	} steps[] = {
		{ 30, plug_on_network }, { 10, plug_directly },
		{ 20, unplug },          { 6, change_foreign },
		{ 10, change_pool },     { 4, change_portgroup },
		{ 4, restart },          { 4, check_all_stay },
		{ 3, rename_nic },       { 4, flap },
		{ 5, retarget },
	};
	unsigned pick = random_below(world, 100);

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		if (pick < steps[i].weight) {
			steps[i].run(world);
			break;
		}
		pick -= steps[i].weight;
	}
	/* Sometimes somebody is faster than those that wait. */
	if (random_below(world, 3))
		repair_all(world);
	check_counts(world);
	check_exclusive(world);
}

/* Where it failed, if it did. */
static struct now {
	unsigned seed, step;
} now;

static int tell_seed(void **state)
{
	if (now.seed)
		print_message("# step %u of VIFD_SEED=%u\n", now.step, now.seed);
	return 0;
}

static void exclusivity_holds_and_counts_are_right_in_every_story(void **state)
{
	const char *given = getenv("VIFD_SEED");
	unsigned first = given ? (unsigned)atoi(given) : 1, last = given ? first : STORIES;
	unsigned placed = 0, refused = 0, moved = 0;

	for (unsigned seed = first; seed <= last; seed++) {
		AUTO(world_done) struct world world;

		world_setup(&world, seed);
		for (unsigned i = 0; i < STEPS; i++) {
			now = (struct now){ seed, i + 1 };
			step(&world);
		}
		placed += world.placed;
		refused += world.refused;
		moved += world.moved;
	}
	now = (struct now){ 0 };
	print_message("# %u stories of %d steps: %u ports placed, %u refused, %u moved\n",
		      last - first + 1, STEPS, placed, refused, moved);
	assert_true(given || (placed > 1000 && refused > 1000 && moved > 500));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(exclusivity_holds_and_counts_are_right_in_every_story,
					  tell_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
