/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/network-xml.h"
#include "networks.h"
#include "util/array.h"

static int add(struct networks *networks, const char *xml, size_t size, struct error *err)
{
	struct nft_ruleset_network *item;
	struct network *network;
	int r = network_from_xml(xml, size, NULL, &network, err);

	if (r < 0)
		return r;
	item = array_add(&networks->items, &networks->n, sizeof(*item));
	if (!item) {
		network_free(network);
		return error_oom(err);
	}
	*item = (struct nft_ruleset_network){ network, network->bridge.name };
	return 0;
}

int networks_read(const char *text, struct networks *ret_networks, struct error *err)
{
	static const char begin[] = "--- network\n";
	AUTO(networks_done) struct networks networks = { 0 };
	int r = 0;

	for (text = strstr(text, begin); text && r == 0; text = strstr(text, begin)) {
		const char *end;

		text += strlen(begin);
		end = strstr(text, "\n--- ");
		r = add(&networks, text, end ? (size_t)(end - text) : strlen(text), err);
	}
	if (r < 0)
		return r;
	*ret_networks = networks;
	networks = (struct networks){ 0 };
	return 0;
}

void networks_done(struct networks *networks)
{
	for (size_t i = 0; i < networks->n; i++)
		network_free((struct network *)networks->items[i].network);
	free(networks->items);
	*networks = (struct networks){ 0 };
}
