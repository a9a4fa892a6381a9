/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "life/network-copies.h"
#include "life/networks.h"
#include "util/log.h"

/* The file of the definition as it was before. */
static void definition_restore(struct manager *manager, const struct network_entry *entry)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	int r;

	r = entry->definition ? store_write_definition(&manager->store, entry->definition, &err)
			      : store_remove_definition(&manager->store, entry->name, &err);
	if (r < 0)
		log_warning("%s", error_text(&err));
}

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
	AUTO_ERROR struct error none = ERROR_INIT;
	int r;

	r = store_write_started(&manager->store, started, err);
	if (r < 0)
		return r;
	r = networks_refresh(manager, entry, started, force, err);
	if (r < 0 && store_write_started(&manager->store, entry->started, &none) < 0)
		log_warning("%s", error_text(&none));
	return r;
}

/* The definition is the one more likely to fail: it goes to a disk. */
int network_copies_put(struct manager *manager, struct network_entry *entry,
		       struct network **definition, struct network **started, bool force,
		       struct error *err)
{
	int r = 0;

	if (*definition)
		r = store_write_definition(&manager->store, *definition, err);
	if (r < 0)
		return r;
	if (*started)
		r = started_put(manager, entry, *started, force, err);
	if (r < 0) {
		if (*definition)
			definition_restore(manager, entry);
		return r;
	}
	network_replace(&entry->definition, definition);
	network_replace(&entry->started, started);
	return 0;
}
