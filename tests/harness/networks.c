/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libxml/parser.h>
#include <string.h>

#include "networks.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/parse.h"

static char *get(xmlNode *node, const char *name)
{
	return (char *)xmlGetProp(node, BAD_CAST name);
}

static unsigned number(xmlNode *node, const char *name)
{
	AUTO_FREE char *text = get(node, name);

	return text ? (unsigned)atoi(text) : 0;
}

static void address(xmlNode *node, const char *name, struct address *ret)
{
	AUTO_FREE char *text = get(node, name);

	if (text)
		(void)address_parse(text, ret);
}

static void read_nat(xmlNode *node, struct network_nat *nat)
{
	AUTO_FREE char *ipv6 = get(node, "ipv6");

	nat->set = true;
	if (ipv6)
		nat->ipv6 = !strcmp(ipv6, "yes") ? TRISTATE_YES : TRISTATE_NO;
	for (xmlNode *child = node->children; child; child = child->next) {
		if (!strcmp((const char *)child->name, "port")) {
			nat->has_ports = true;
			nat->first_port = (uint16_t)number(child, "start");
			nat->last_port = (uint16_t)number(child, "end");
		} else if (!strcmp((const char *)child->name, "address")) {
			address(child, "start", &nat->first);
			address(child, "end", &nat->last);
		}
	}
}

static void read_port_forward(xmlNode *node, struct network *network)
{
	struct port_forward *forward = array_add(&network->forwards, &network->n_forwards,
						 sizeof(*forward));
	AUTO_FREE char *proto = get(node, "proto");

	forward->protocol = proto && !strcmp(proto, "udp") ? FORWARD_UDP : FORWARD_TCP;
	forward->port = (uint16_t)number(node, "port");
	forward->to_port = (uint16_t)number(node, "to-port");
	address(node, "to", &forward->to);
	address(node, "address", &forward->address);
}

static void read_forward(xmlNode *node, struct network *network)
{
	AUTO_FREE char *mode = get(node, "mode"), *dev = get(node, "dev");

	network->has_forward = true;
	network->forward = FORWARD_NAT;
	if (mode)
		(void)forward_mode_parse(mode, &network->forward);
	if (dev)
		(void)network_pool_add(network, dev, 1);
	for (xmlNode *child = node->children; child; child = child->next) {
		if (!strcmp((const char *)child->name, "nat"))
			read_nat(child, &network->nat);
		else if (!strcmp((const char *)child->name, "forward"))
			read_port_forward(child, network);
	}
}

static void read_ip(xmlNode *node, struct network *network)
{
	struct network_ip *ip = array_add(&network->ips, &network->n_ips, sizeof(*ip));

	address(node, "address", &ip->address);
	address(node, "netmask", &ip->netmask);
	ip->prefix = number(node, "prefix");
	if (ip->netmask.family)
		for (ip->prefix = 0; ip->prefix < 32; ip->prefix++)
			if (!(ip->netmask.bytes[ip->prefix / 8] & 0x80 >> ip->prefix % 8))
				break;
}

static void read_child(xmlNode *node, struct network *network)
{
	const char *name = (const char *)node->name;

	if (!strcmp(name, "name"))
		network->name = (char *)xmlNodeGetContent(node);
	else if (!strcmp(name, "bridge"))
		network->bridge.name = get(node, "name");
	else if (!strcmp(name, "forward"))
		read_forward(node, network);
	else if (!strcmp(name, "ip"))
		read_ip(node, network);
}

static struct network *network_of(const char *xml, size_t size)
{
	xmlDoc *doc = xmlReadMemory(xml, (int)size, NULL, NULL, XML_PARSE_NOBLANKS);
	struct network *network = network_new();

	if (!doc)
		exit(1);
	for (xmlNode *node = xmlDocGetRootElement(doc)->children; node; node = node->next)
		read_child(node, network);
	xmlFreeDoc(doc);
	return network;
}

int networks_read(const char *text, struct networks *ret_networks, struct error *err)
{
	static const char begin[] = "--- network\n";
	struct networks networks = { 0 };

	for (text = strstr(text, begin); text; text = strstr(text, begin)) {
		struct firewall_network *item = array_add(&networks.items, &networks.n,
							  sizeof(*item));
		const char *end;

		text += strlen(begin);
		end = strstr(text, "\n--- ");
		item->network = network_of(text, end ? (size_t)(end - text) : strlen(text));
		item->bridge = item->network->bridge.name;
	}
	*ret_networks = networks;
	return 0;
}

void networks_done(struct networks *networks)
{
	for (size_t i = 0; i < networks->n; i++)
		network_free((struct network *)networks->items[i].network);
	free(networks->items);
	*networks = (struct networks){ 0 };
}
