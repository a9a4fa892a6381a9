/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "life/port-runtime.h"
#include "methods/place.h"
#include "util/clock.h"

static void place_swap(struct port *port, struct place *place)
{
	const struct place now = { place->interface ? port->interface : NULL, port->actual,
				   port->side };

	if (place->interface)
		port->interface = place->interface;
	port->actual = place->actual;
	port->side = place->side;
	*place = now;
}

void place_done(struct place *place)
{
	interface_free(place->interface);
	actual_done(&place->actual);
}

int place_take(struct manager *manager, struct port_entry *entry, struct place *place,
	       const struct resolution *resolution, uint64_t *ret_outage_usec, struct error *err)
{
	uint64_t started_usec;
	AUTO_APPLY_RESULT struct apply_result result = APPLY_RESULT_INIT;
	AUTO(file_before_done) struct file_before before = { 0 };
	int r;

	place_swap(entry->port, place);
	r = store_write_port(&manager->store, entry->port, &before, err);
	started_usec = clock_usec();
	if (r == 0)
		r = apply_run(&manager->apply, &resolution->plan, NULL, NULL, &result, err);
	*ret_outage_usec = resolution->effect.cuts ? clock_usec() - started_usec : 0;
	if (r < 0) {
		place_swap(entry->port, place);
		file_put_back(&before);
	}
	return r;
}
