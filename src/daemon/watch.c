/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/if_link.h>
#include <net/if.h>
#include <string.h>

#include "daemon/watch.h"
#include "kernel/link.h"
#include "kernel/monitor.h"
#include "kernel/vhost.h"
#include "util/log.h"

struct watch {
	struct netlink *netlink; /* for dumps */
	struct monitor *monitor;
	sd_event_source *source;
	struct facts facts;
	watch_gone gone;
	void *userdata;
	bool failed; /* no memory for what came: read anew */
};

static const struct {
	unsigned kernel;
	enum direct_mode mode;
} modes[] = {
	{ MACVLAN_MODE_PRIVATE, DIRECT_PRIVATE },
	{ MACVLAN_MODE_VEPA, DIRECT_VEPA },
	{ MACVLAN_MODE_BRIDGE, DIRECT_BRIDGE },
	{ MACVLAN_MODE_PASSTHRU, DIRECT_PASSTHROUGH },
};

static void link_set_mode(struct host_link *link, const struct link_view *view)
{
	link->is_macvlan = !strcmp(view->kind, "macvlan") || !strcmp(view->kind, "macvtap");
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (!link->is_macvlan || modes[i].kernel != view->macvlan_mode)
			continue;
		link->mode_known = true;
		link->mode = modes[i].mode;
	}
}

/* What the kernel says, as a fact that owns its strings. */
static int link_from_view(const struct link_view *view, struct host_link *ret_link)
{
	struct host_link link = {
		.ifindex = view->ifindex,
		.mtu = view->mtu,
		.up = view->flags & IFF_UP,
		.carrier = view->flags & LINK_FLAG_CARRIER,
		.loopback = view->flags & IFF_LOOPBACK,
		.lower = view->lower_netnsid < 0 ? view->lower : 0,
		.master = view->master,
	};
	const char *altname;

	snprintf(link.name, sizeof(link.name), "%s", view->name);
	snprintf(link.kind, sizeof(link.kind), "%s", view->kind);
	if (view->mac)
		memcpy(link.mac.bytes, view->mac, sizeof(link.mac.bytes));
	link_set_mode(&link, view);
	for (unsigned i = 0; (altname = link_view_altname(view, i)); i++) {
		if (host_link_add_altname(&link, altname) < 0) {
			free(link.altnames);
			return -ENOMEM;
		}
	}
	*ret_link = link;
	return 0;
}

static void facts_update(struct watch *watch, const struct link_view *view)
{
	struct host_link *slot = (struct host_link *)facts_get(&watch->facts, view->ifindex);
	struct host_link link;

	if (link_from_view(view, &link) < 0) {
		watch->failed = true;
		return;
	}
	if (!slot)
		slot = facts_add(&watch->facts);
	if (!slot) {
		free(link.altnames);
		watch->failed = true;
		return;
	}
	free(slot->altnames);
	*slot = link;
}

static void facts_remove(struct watch *watch, int ifindex)
{
	struct facts *facts = &watch->facts;
	struct host_link *link = (struct host_link *)facts_get(facts, ifindex);
	size_t i;

	if (!link)
		return;
	i = link - facts->links;
	free(link->altnames);
	memmove(link, link + 1, (facts->n_links - i - 1) * sizeof(*link));
	facts->n_links--;
}

static void watch_on_link(void *userdata, const struct link_view *view)
{
	struct watch *watch = userdata;

	if (!view->deleted) {
		facts_update(watch, view);
		return;
	}
	facts_remove(watch, view->ifindex);
	watch->gone(watch->userdata, view->ifindex);
}

/*
 * Reads all links anew. What was there before and is not now has gone without
 * a message.
 */
static int watch_dump(struct watch *watch, struct error *err)
{
	struct facts old = watch->facts;
	int r;

	watch->facts = (struct facts){ .vhost_net = old.vhost_net };
	watch->failed = false;
	r = link_dump(watch->netlink, watch_on_link, watch, err);
	if (r == 0 && watch->failed)
		r = error_oom(err);
	if (r < 0) {
		facts_done(&watch->facts);
		watch->facts = old;
		watch->failed = true;
		return r;
	}
	for (size_t i = 0; i < old.n_links; i++)
		if (!facts_get(&watch->facts, old.links[i].ifindex))
			watch->gone(watch->userdata, old.links[i].ifindex);
	facts_done(&old);
	return 0;
}

int watch_refresh(struct watch *watch, struct error *err)
{
	AUTO_ERROR struct error reason = ERROR_INIT;
	int r;

	r = monitor_read(watch->monitor, watch_on_link, watch, &reason);
	if (r < 0 && r != -ENOBUFS) {
		error_move(err, &reason);
		return r;
	}
	if (r == -ENOBUFS)
		log_info("the kernel's messages came faster than they were read: reading all "
			 "links anew");
	if (r == -ENOBUFS || watch->failed)
		return watch_dump(watch, err);
	return 0;
}

void watch_look(struct watch *watch, int ifindex)
{
	struct link_view view;

	/* What was told before is older: it must not come after. */
	if (watch_refresh(watch, NULL) == 0 && link_get(watch->netlink, ifindex, &view, NULL) == 0)
		facts_update(watch, &view);
	else
		watch->failed = true;
}

static int watch_on_event(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (watch_refresh(userdata, &err) < 0)
		log_error("cannot follow the host's links: %s", error_text(&err));
	return 0;
}

int watch_new(sd_event *event, watch_gone gone, void *userdata, struct watch **ret_watch,
	      struct error *err)
{
	AUTO(watch_freep) struct watch *watch = calloc(1, sizeof(*watch));
	int r;

	if (!watch)
		return error_oom(err);
	watch->gone = gone;
	watch->userdata = userdata;
	watch->facts.vhost_net = vhost_is_available();
	r = netlink_open(NETLINK_ROUTE, &watch->netlink, err);
	if (r == 0)
		r = monitor_open(&watch->monitor, err);
	if (r == 0)
		r = watch_dump(watch, err);
	if (r < 0)
		return r;
	r = sd_event_add_io(event, &watch->source, monitor_fd(watch->monitor), EPOLLIN,
			    watch_on_event, watch);
	if (r < 0)
		return error_system(err, r, "cannot listen to the kernel");
	*ret_watch = take_ptr(watch);
	return 0;
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	sd_event_source_disable_unref(watch->source);
	monitor_close(watch->monitor);
	netlink_close(watch->netlink);
	facts_done(&watch->facts);
	free(watch);
}

const struct facts *watch_facts(const struct watch *watch)
{
	return &watch->facts;
}
