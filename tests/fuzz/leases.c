/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>

#include "formats/dhcp-leases.h"
#include "fuzz.h"

static void check_printable(const char *text)
{
	for (; text && *text; text++)
		PROMISE(isgraph((unsigned char)*text));
}

/* Whatever stands there, what is read of it can be shown to people. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct dhcp_leases leases = { 0 };

	PROMISE(text && dhcp_leases_read(text, &leases) == 0);
	PROMISE(leases.n <= size);
	for (size_t i = 0; i < leases.n; i++) {
		const struct dhcp_lease *lease = &leases.items[i];

		PROMISE(lease->address.family == AF_INET || lease->address.family == AF_INET6);
		PROMISE(!lease->has_mac || lease->address.family == AF_INET);
		check_printable(lease->name);
		check_printable(lease->client_id);
	}
	dhcp_leases_done(&leases);
	free(text);
	return 0;
}
