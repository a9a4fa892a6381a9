/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/resolv-conf.h"
#include "fuzz.h"

/* Whatever stands there, what is read of it is a word that a line of dnsmasq's can hold. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct name_servers servers = { 0 };

	PROMISE(text && resolv_conf_read(text, &servers) == 0);
	for (size_t i = 0; i < servers.n; i++) {
		PROMISE(*servers.items[i]);
		PROMISE(!strpbrk(servers.items[i], " \t\r\n,/#\"\\@"));
	}
	name_servers_done(&servers);
	free(text);
	return 0;
}
