/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A tap on nothing: what lies behind it is the business of whoever asked.
 *
 * Unlike a bridge's port it is likely to get addresses and routes, so the
 * host's IPv6 is left as the kernel makes it.
 */
#include "backends/kinds.h"
#include "backends/side.h"

static bool none_place(const struct interface *interface, const struct network *network,
		       struct actual *actual)
{
	if (network)
		return false;
	actual->type = interface->type;
	return true;
}

static bool none_is_of(const struct actual *actual)
{
	(void)actual;
	return true;
}

static const struct carries *none_carries(const struct actual *actual)
{
	static const struct carries carries = {
		.kind = "none",
		.what = "a tap alone",
		.uses = "uses a tap alone",
		.virtualports_text = "none is",
		.without_isolation = "",
	};

	(void)actual;
	return &carries;
}

static struct traffic none_traffic(const struct actual *actual, const struct network *network)
{
	(void)actual;
	(void)network;
	return (struct traffic){ FORWARDER_NOBODY, HOST_REACH_YES, WORLD_REACH_UNKNOWN };
}

static void none_tell_traffic(const struct side_request *request, const struct network *network,
			      struct traffic traffic, struct text *text)
{
	(void)network;
	(void)traffic;
	text_add(text,
		 "other guests, this host, the world: up to whoever connects %s to something\n",
		 request->asker->ifname);
}

static int none_check(const struct side_request *request, struct error *err)
{
	(void)request;
	(void)err;
	return 0;
}

static int none_make(const struct side_request *request, struct plan *plan)
{
	(void)request;
	(void)plan;
	return 0;
}

/* What somebody put it on meanwhile stays. */
static bool none_keeps(const struct side_request *now, const struct actual *wanted)
{
	(void)now;
	return host_side_is_none(wanted);
}

static const struct host_link *none_base(const struct side_request *request)
{
	(void)request;
	return NULL;
}

static unsigned none_mtu(const struct side_request *request)
{
	return request->asker->interface->mtu;
}

static void none_describe(const struct side_request *request, struct text *text)
{
	text_add(text, "a %s on nothing", request->guest->name);
}

const struct host_side host_none = {
	.host_ip = true,
	.place = none_place,
	.is_of = none_is_of,
	.carries = none_carries,
	.traffic = none_traffic,
	.tell_traffic = none_tell_traffic,
	.check = none_check,
	.make = none_make,
	.keeps = none_keeps,
	.base = none_base,
	.mtu = none_mtu,
	.describe = none_describe,
};
