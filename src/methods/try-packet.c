/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a port's guard would do with a packet: it is asked, and nothing comes of it. */
#include <stdlib.h>
#include <string.h>

#include "backends/side.h"
#include "life/port-filters.h"
#include "methods/find.h"
#include "methods/methods.h"
#include "model/try-packet.h"
#include "resolve/resolve.h"
#include "util/array.h"

void try_record_done(struct try_record *record)
{
	free(record->owned_rule);
	free(record->owned_packet);
}

/* The guest's addresses, as far as its guard holds it to some. */
static int collect_own(const struct security *security, const struct guard_counts *counts,
		       struct address **ret_own, size_t *ret_n)
{
	struct address *own = calloc(security->n_addresses + counts->n_learned + 1, sizeof(*own));
	size_t n = 0;

	if (!own)
		return -ENOMEM;
	for (size_t i = 0; i < security->n_addresses; i++)
		own[n++] = security->addresses[i].address;
	for (size_t i = 0; i < counts->n_learned; i++, n++) {
		own[n].family = counts->learned[i].family;
		memcpy(own[n].bytes, counts->learned[i].bytes, sizeof(own[n].bytes));
	}
	*ret_own = own;
	*ret_n = n;
	return 0;
}

/* Who decided, as vif security show names it; empty: nobody was asked. */
static char *name_rule(struct manager *manager, const struct port *port, bool in,
		       const struct apply_tried *tried)
{
	AUTO(packet_filter_done) struct packet_filter filter = { 0 };
	const struct packet_list *list = in ? &filter.to_guest : &filter.from_guest;
	const char *name = tried->guard_rule;

	if (tried->by_filter && port_filters_compile(manager, port, &filter, NULL) == 0 &&
	    tried->rule < list->n_rules && list->rules[tried->rule].name)
		name = list->rules[tried->rule].name;
	return strdup(name);
}

static int try_packet(struct manager *manager, const struct port *port,
		      const struct host_link *device, const char *words, struct try_record *record,
		      struct error *err)
{
	AUTO_FREE struct address *own = NULL;
	struct guard_counts counts = { 0 };
	struct try_packet packet;
	struct apply_tried tried;
	uint8_t frame[TRY_FRAME_SIZE];
	AUTO_TEXT struct text text = TEXT_INIT;
	size_t n_own, size;
	int r;

	(void)apply_read_guard(&manager->apply, device->ifindex, &counts);
	if (collect_own(&port->actual.security, &counts, &own, &n_own) < 0)
		return error_oom(err);
	r = try_packet_read(words, own, n_own, &packet, err);
	if (r < 0)
		return r;
	size = try_packet_frame(&packet, port_mac(port), &port->actual.vlan, frame);
	r = apply_try(&manager->apply, device->ifindex, !packet.in, frame, size, &tried, err);
	if (r < 0)
		return r;
	record->passes = tried.passes;
	record->direction = packet.in ? "in" : "out";
	record->rule = record->owned_rule = name_rule(manager, port, packet.in, &tried);
	try_packet_print(&packet, &text);
	if (text_take(&text, &record->owned_packet) < 0 || !record->rule)
		return error_oom(err);
	record->packet = record->owned_packet;
	return 0;
}

int method_try_packet(const struct caller *caller, struct manager *manager, const char *port,
		      const char *words, struct try_record *ret_record, struct error *err)
{
	struct try_record record = { 0 };
	const struct host_link *device;
	struct port_entry *entry;
	int r;

	r = access_check(caller, METHOD_TRY_PACKET, err);
	if (r == 0)
		r = find_port(caller, manager, port, &entry, err);
	if (r == 0)
		r = watch_refresh(manager->watch, err);
	if (r < 0)
		return r;
	device = guest_side_find(watch_facts(manager->watch), &entry->port->uuid);
	if (!device || !resolve_is_guarded(entry->port, watch_facts(manager->watch)))
		return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED, "%s of port %s",
				 device ? "nothing is checked" : "there is no device",
				 entry->port->name);
	r = try_packet(manager, entry->port, device, words, &record, err);
	if (r < 0) {
		try_record_done(&record);
		return r;
	}
	*ret_record = record;
	return 0;
}
