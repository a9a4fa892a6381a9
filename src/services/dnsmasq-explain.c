/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "services/dnsmasq-explain.h"
#include "services/dnsmasq-files.h"
#include "services/port-owner.h"
#include "util/file.h"

enum {
	DNS_PORT = 53,
	DHCP_PORT = 67,
	TFTP_PORT = 69,
	DHCPV6_PORT = 547,
};

/* The process that has the port, by what dnsmasq says of the socket that it could not have. */
static char *find_owner(const char *said)
{
	static const char listening[] = "failed to create listening socket for ";
	const char *at = strstr(said, listening);
	struct address address = { .family = AF_INET };
	char text[ADDRESS_TEXT_SIZE] = "", *owner;

	if (strstr(said, "DHCPv6"))
		return port_owner_find(&(struct address){ .family = AF_INET6 }, DHCPV6_PORT);
	if (strstr(said, "DHCP"))
		return port_owner_find(&address, DHCP_PORT);
	if (!at || sscanf(at + strlen(listening), "%45[0-9a-f:.]", text) != 1)
		return NULL;
	/* An IPv6 address and the colon that ends it look alike. */
	if (address_parse(text, &address) < 0)
		text[strlen(text) - 1] = '\0';
	if (address_parse(text, &address) < 0)
		return NULL;
	owner = port_owner_find(&address, DNS_PORT);
	return owner ? owner : port_owner_find(&address, TFTP_PORT);
}

/* That line of the configuration as it is on disk; the caller's to free, or NULL. */
static char *read_line(const char *folder, const char *network, unsigned number)
{
	AUTO_FREE char *path = dnsmasq_path(folder, network, "conf"), *text = NULL;
	char *rest, *line = NULL;
	size_t size;

	if (!path || file_read(path, DNSMASQ_FILE_MAX, &text, &size, NULL) < 0)
		return NULL;
	rest = text;
	for (unsigned i = 0; i < number; i++)
		line = strsep(&rest, "\n");
	return line ? strdup(line) : NULL;
}

int dnsmasq_explain(const char *folder, const char *network, const struct error *said,
		    struct error *err)
{
	static const char at_line[] = " at line ";
	AUTO_FREE char *owner = NULL, *option = NULL;
	const char *at = strstr(error_text(said), at_line);
	unsigned number;
	int r = said->code;

	if (at && sscanf(at + strlen(at_line), "%u of ", &number) == 1)
		option = read_line(folder, network, number);
	if (option)
		return error_set(err, r, ERROR_INVALID_ARGUMENT, "%.*s: '%s'",
				 (int)(at - error_text(said)), error_text(said), option);
	if (!strstr(error_text(said), strerror(EADDRINUSE))) {
		error_copy(err, said);
		return r;
	}
	owner = find_owner(error_text(said));
	return error_set(err, -EADDRINUSE, ERROR_IN_USE, "%s%s%s", error_text(said),
			 owner ? ": " : "", owner ? owner : "");
}
