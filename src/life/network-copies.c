/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "life/network-copies.h"
#include "life/networks.h"

static void network_replace(struct network **place, struct network **network)
{
	if (!*network)
		return;
	network_free(*place);
	*place = take_ptr(*network);
}

/* Its file, and what runs of it. */
static int started_put(struct manager *manager, struct network_entry *entry,
		       const struct network *started, bool force, struct error *err)
{
	AUTO(file_before_done) struct file_before before = { 0 };
	int r;

	r = store_write_started(&manager->store, started, &before, err);
	if (r < 0)
		return r;
	r = networks_refresh(manager, entry, started, force, err);
	if (r < 0)
		file_put_back(&before);
	return r;
}

/* The definition is the one more likely to fail: it goes to a disk. */
int network_copies_put(struct manager *manager, struct network_entry *entry,
		       struct network **definition, struct network **started, bool force,
		       struct error *err)
{
	AUTO(file_before_done) struct file_before before = { 0 };
	int r = 0;

	if (*definition)
		r = store_write_definition(&manager->store, *definition, &before, err);
	if (r == 0 && *started)
		r = started_put(manager, entry, *started, force, err);
	if (r < 0) {
		file_put_back(&before);
		return r;
	}
	network_replace(&entry->definition, definition);
	network_replace(&entry->started, started);
	return 0;
}
