/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/interface-xml.h"
#include "formats/port-xml.h"
#include "fuzz.h"

static bool is_read_with(const struct port *port, enum port_state state)
{
	struct port other = *port, *again = NULL;
	char *xml = NULL;
	bool read;

	other.state = state;
	other.reason = NULL;
	PROMISE(port_to_xml(&other, &xml, NULL) == 0);
	read = port_from_xml(xml, strlen(xml), "state", &again, NULL) == 0;
	port_free(again);
	free(xml);
	return read;
}

/* What store_write_port_state() relies on. */
static void promise_states(const struct port *port)
{
	if (is_read_with(port, PORT_CONNECTING))
		for (unsigned state = 0; state < PORT_STATE_COUNT; state++)
			PROMISE(is_read_with(port, state));
}

/* What users see of a port has to be an interface that can be asked for. */
static int write_both(const struct port *port, char **ret_xml, struct error *err)
{
	struct interface *interface = NULL;
	char *merged = NULL;

	PROMISE(interface_merged_to_xml(port, &merged, err) == 0);
	PROMISE(interface_from_xml(merged, strlen(merged), "merged", &interface, err) == 0);
	interface_free(interface);
	free(merged);
	promise_states(port);
	return port_to_xml(port, ret_xml, err);
}

FUZZ(struct port, port_from_xml, write_both, port_free);
