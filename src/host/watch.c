/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <net/if.h>
#include <string.h>

#include "host/host-ip.h"
#include "host/watch.h"
#include "host/words.h"
#include "kernel/link-address.h"
#include "kernel/link.h"
#include "kernel/monitor.h"
#include "kernel/vhost.h"
#include "model/port.h"
#include "util/array.h"
#include "util/log.h"
#include "util/text.h"

struct watch {
	struct netlink *netlink; /* for dumps */
	struct monitor *monitor;
	sd_event_source *source;
	sd_event_source *later; /* tells of changes that were found outside of the event loop */
	struct facts facts;
	struct watch_change *changes;
	size_t n_changes;
	bool all_changed;
	bool address_changed;
	bool ipv6_begun;
	void (*changed)(void *userdata);
	void *userdata;
	bool vlans_unknown; /* a bridge filters VLANs now, or gives its ports others */
	bool failed;        /* no memory for what came: read anew */
};

static void link_set_mode(struct host_link *link, const struct link_view *view)
{
	link->is_macvlan = !strcmp(view->kind, "macvlan") || !strcmp(view->kind, "macvtap");
	link->mode_known = link->is_macvlan && words_model_mode(view->macvlan_mode, &link->mode);
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
		.makes_ipv6 = view->makes_ipv6,
		.limited = !strcmp(view->qdisc, "htb"),
		.lower = view->lower_netnsid < 0 ? view->lower : 0,
		.away = view->lower_netnsid >= 0,
		.master = view->master,
		.bridge_port = words_model_port(view->bridge_port),
		.held_back = view->held_back,
		.disabled = view->disabled,
		.bridge = words_model_bridge(view->bridge),
		.filters_vlans = view->filters_vlans,
		.vxlan_id = view->vxlan_id,
		.vxlan_port = view->vxlan_port,
		.knows_vlans = view->knows_vlans,
		.default_pvid = view->default_pvid,
	};
	const char *altname;

	text_fit(link.name, sizeof(link.name), view->name);
	text_fit(link.kind, sizeof(link.kind), view->kind);
	if (view->mac)
		memcpy(link.mac.bytes, view->mac, sizeof(link.mac.bytes));
	if (view->perm_mac)
		memcpy(link.perm_mac.bytes, view->perm_mac, sizeof(link.perm_mac.bytes));
	link_set_mode(&link, view);
	for (unsigned i = 0; (altname = link_view_altname(view, i)); i++) {
		if (host_link_add_altname(&link, altname) < 0) {
			host_link_done(&link);
			return -ENOMEM;
		}
	}
	*ret_link = link;
	return 0;
}

static void note_change(struct watch *watch, const struct host_link *link)
{
	struct watch_change *change;
	int64_t side;

	change = array_add(&watch->changes, &watch->n_changes, sizeof(*change));
	if (!change) {
		watch->all_changed = true;
		return;
	}
	change->ifindex = link->ifindex;
	for (size_t i = 0; i < link->n_altnames && !change->ours; i++)
		change->ours = port_tag_parse(link->altnames[i], &change->uuid, &side);
	change->guests_side = change->ours && side == PORT_SIDE_GUEST;
}

/* What a VMM sets on its tap is told like any change, but is not in the facts. */
static bool may_be_of_a_vmm(const struct host_link *link)
{
	return !strcmp(link->kind, "tun") && link->n_altnames > 0;
}

/* Those of a port are told as they change; with the bridge's default they all do, in silence. */
static bool changes_vlans(const struct host_link *old, const struct host_link *link)
{
	return link->filters_vlans &&
	       (!old || !old->filters_vlans || old->default_pvid != link->default_pvid);
}

static void facts_update(struct watch *watch, const struct link_view *view)
{
	const struct host_link *old = facts_get(&watch->facts, view->ifindex);
	struct host_link link;

	if (link_from_view(view, &link) < 0) {
		watch->failed = true;
		return;
	}
	link.has_ip = old && old->has_ip;
	watch->vlans_unknown |= changes_vlans(old, &link);
	if (old && old->master == link.master && vlan_set_copy(&old->vlans, &link.vlans) < 0)
		watch->failed = true;
	if (old && host_link_equal(old, &link)) {
		if (may_be_of_a_vmm(&link))
			note_change(watch, &link);
		host_link_done(&link);
		return;
	}
	note_change(watch, &link);
	if (facts_put(&watch->facts, &link) < 0)
		watch->failed = true;
}

/* Have they changed? A bridge says its own in the same words: they are no port's. */
static bool vlans_update(struct watch *watch, const struct link_view *view)
{
	const struct host_link *link = facts_get(&watch->facts, view->ifindex);
	AUTO(vlan_set_done) struct vlan_set vlans = { 0 };

	if (!link || !link->master || link->master != view->master)
		return false;
	if (words_model_vlans(view, &vlans) < 0) {
		watch->failed = true;
		return false;
	}
	if (vlan_set_equal(&vlans, &link->vlans))
		return false;
	facts_set_vlans(&watch->facts, view->ifindex, &vlans);
	return true;
}

/* A change of what a bridge does with a port is told by the bridge alone. */
static void bridge_port_update(struct watch *watch, const struct link_view *view)
{
	const struct host_link *link = facts_get(&watch->facts, view->ifindex);
	struct bridge_port port = words_model_port(view->bridge_port);
	bool vlans_changed = vlans_update(watch, view);

	if (!link ||
	    (bridge_port_equal(link->bridge_port, port) && link->held_back == view->held_back &&
	     link->disabled == view->disabled && !vlans_changed))
		return;
	facts_set_bridge_port(&watch->facts, view->ifindex, port, view->held_back, view->disabled);
	note_change(watch, link);
}

/* Of a device that a guest holds, or that is behind it: it may have been the guard, or a limit. */
static void tc_changed(struct watch *watch, int ifindex)
{
	const struct host_link *link = facts_get(&watch->facts, ifindex);

	if (link && link->n_altnames > 0)
		note_change(watch, link);
}

/*
 * Of ours only bridges are to have addresses: on another device the host would talk to the guest,
 * or in its name. One that comes to a bridge may be IPv6, switched on by others.
 */
static void address_update(struct watch *watch, const struct link_view *view)
{
	const struct host_link *link = facts_get(&watch->facts, view->ifindex);

	if (!link)
		return;
	if (view->address_new && view->family == AF_INET6 && link->n_altnames > 0 &&
	    !strcmp(link->kind, "bridge"))
		watch->address_changed = true;
	watch->ipv6_begun |= view->address_new && view->family == AF_INET6;
	if (link->has_ip == view->address_new)
		return;
	facts_set_has_ip(&watch->facts, view->ifindex, view->address_new);
	if (view->address_new && link->n_altnames > 0)
		note_change(watch, link);
}

static void watch_on_link(void *userdata, const struct link_view *view)
{
	struct watch *watch = userdata;
	const struct host_link *old;

	if (view->tc_changed) {
		tc_changed(watch, view->ifindex);
		return;
	}
	if (view->address_new || view->address_gone) {
		address_update(watch, view);
		return;
	}
	if (view->port_only) {
		bridge_port_update(watch, view);
		return;
	}
	if (!view->deleted) {
		facts_update(watch, view);
		return;
	}
	old = facts_get(&watch->facts, view->ifindex);
	if (!old)
		return;
	note_change(watch, old);
	facts_remove(&watch->facts, view->ifindex);
}

static void watch_on_address(void *userdata, const struct link_address *address)
{
	struct watch *watch = userdata;

	facts_set_has_ip(&watch->facts, address->ifindex, true);
}

static void watch_on_vlans(void *userdata, const struct link_view *view)
{
	struct watch *watch = userdata;
	const struct host_link *link = facts_get(&watch->facts, view->ifindex);

	if (vlans_update(watch, view))
		note_change(watch, link);
}

static int read_vlans(struct watch *watch, struct error *err)
{
	if (!watch->vlans_unknown)
		return 0;
	watch->vlans_unknown = false;
	return link_dump_ports(watch->netlink, watch_on_vlans, watch, err);
}

/* Reads all links anew. */
static int watch_dump(struct watch *watch, struct error *err)
{
	struct facts old = watch->facts;
	int r;

	watch->facts = (struct facts){ .vhost_net = old.vhost_net };
	watch->failed = false;
	watch->all_changed = true;
	r = link_dump(watch->netlink, watch_on_link, watch, err);
	if (r == 0)
		r = link_address_dump(watch->netlink, watch_on_address, watch, err);
	if (r == 0)
		r = read_vlans(watch, err);
	if (r == 0 && watch->failed)
		r = error_oom(err);
	if (r < 0) {
		facts_done(&watch->facts);
		watch->facts = old;
		watch->failed = true;
		return r;
	}
	facts_done(&old);
	return 0;
}

struct watch_change *watch_take_changes(struct watch *watch, size_t *ret_n, bool *ret_all)
{
	struct watch_change *changes = take_ptr(watch->changes);

	*ret_n = watch->n_changes;
	*ret_all = watch->all_changed;
	watch->n_changes = 0;
	watch->all_changed = false;
	return changes;
}

bool watch_has_changes(const struct watch *watch)
{
	return watch->n_changes > 0 || watch->all_changed || watch->address_changed ||
	       watch->ipv6_begun;
}

bool watch_take_address_changed(struct watch *watch)
{
	bool changed = watch->address_changed;

	watch->address_changed = false;
	return changed;
}

bool watch_take_ipv6_begun(struct watch *watch)
{
	bool begun = watch->ipv6_begun;

	watch->ipv6_begun = false;
	return begun;
}

static int read_messages(struct watch *watch, struct error *err)
{
	AUTO_ERROR struct error reason = ERROR_INIT;
	int r;

	r = monitor_read(watch->monitor, watch_on_link, watch, &reason);
	watch->address_changed |= monitor_take_address_gone(watch->monitor);
	if (r < 0 && r != -ENOBUFS) {
		error_move(err, &reason);
		return r;
	}
	if (r == -ENOBUFS)
		log_info("the kernel's messages came faster than they were read: reading all "
			 "links anew");
	if (r == -ENOBUFS || watch->failed)
		return watch_dump(watch, err);
	return read_vlans(watch, err);
}

int watch_refresh(struct watch *watch, struct error *err)
{
	int r = read_messages(watch, err);

	if (watch_has_changes(watch))
		sd_event_source_set_enabled(watch->later, SD_EVENT_ONESHOT);
	return r;
}

void watch_note_all(struct watch *watch)
{
	watch->all_changed = true;
	sd_event_source_set_enabled(watch->later, SD_EVENT_ONESHOT);
}

void watch_note_port(struct watch *watch, const struct uuid *uuid)
{
	struct watch_change *change;

	change = array_add(&watch->changes, &watch->n_changes, sizeof(*change));
	if (change)
		*change = (struct watch_change){ .ours = true, .uuid = *uuid };
	else
		watch->all_changed = true;
	sd_event_source_set_enabled(watch->later, SD_EVENT_ONESHOT);
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

int watch_read_ip(struct watch *watch, struct error *err)
{
	return host_ip_read(watch->netlink, &watch->facts, err);
}

static int watch_on_event(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct watch *watch = userdata;

	if (read_messages(watch, &err) < 0)
		log_error("cannot follow the host's links: %s", error_text(&err));
	if (watch_has_changes(watch))
		watch->changed(watch->userdata);
	return 0;
}

static int watch_on_later(sd_event_source *source, void *userdata)
{
	struct watch *watch = userdata;

	if (watch_has_changes(watch))
		watch->changed(watch->userdata);
	return 0;
}

int watch_new(sd_event *event, void (*changed)(void *userdata), void *userdata,
	      struct watch **ret_watch, struct error *err)
{
	AUTO(watch_freep) struct watch *watch = calloc(1, sizeof(*watch));
	int r;

	if (!watch)
		return error_oom(err);
	watch->changed = changed;
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
	/* Guests are cut off until it is read: before anybody who asks something. */
	if (r >= 0)
		r = sd_event_source_set_priority(watch->source, SD_EVENT_PRIORITY_IMPORTANT);
	if (r >= 0)
		r = sd_event_add_defer(event, &watch->later, watch_on_later, watch);
	if (r >= 0)
		r = sd_event_source_set_enabled(watch->later, SD_EVENT_OFF);
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
	sd_event_source_disable_unref(watch->later);
	free(watch->changes);
	monitor_close(watch->monitor);
	netlink_close(watch->netlink);
	facts_done(&watch->facts);
	free(watch);
}

const struct facts *watch_facts(const struct watch *watch)
{
	return &watch->facts;
}
