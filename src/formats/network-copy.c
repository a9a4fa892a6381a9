/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/network-xml.h"
#include "util/cleanup.h"

int network_copy(const struct network *network, struct network **ret_copy, struct error *err)
{
	AUTO_FREE char *xml = NULL;
	int r;

	r = network_to_xml(network, &xml, err);
	if (r < 0)
		return r;
	return network_from_xml(xml, strlen(xml), network->name, ret_copy, err);
}
