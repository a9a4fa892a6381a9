/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/interface-xml.h"
#include "formats/port-xml.h"
#include "fuzz.h"

/* What users see of a port has to be an interface that can be asked for. */
static int write_both(const struct port *port, char **ret_xml, struct error *err)
{
	struct interface *interface = NULL;
	char *merged = NULL;

	PROMISE(interface_merged_to_xml(port, &merged, err) == 0);
	PROMISE(interface_from_xml(merged, strlen(merged), "merged", &interface, err) == 0);
	interface_free(interface);
	free(merged);
	return port_to_xml(port, ret_xml, err);
}

FUZZ(struct port, port_from_xml, write_both, port_free);
