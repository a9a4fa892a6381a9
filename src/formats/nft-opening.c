/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <string.h>

#include "formats/dnsmasq-conf.h"
#include "formats/nft-opening.h"
#include "model/network-tag.h"
#include "util/array.h"
#include "util/parse.h"

/* --- what there is to open ------------------------------------------------------ */

static bool has_address(const struct network *network, int family)
{
	for (size_t i = 0; i < network->n_ips; i++)
		if (network->ips[i].address.family == family)
			return true;
	return false;
}

static bool forwards(const struct network *network, bool bridged)
{
	return network->forward != FORWARD_ISOLATED && network->n_ips > 0;
}

/* Frames between its guests, which br_netfilter leads through the filter too. */
static bool only_bridges(const struct network *network, bool bridged)
{
	return bridged && !forwards(network, bridged);
}

static bool serves_dhcp4(const struct network *network, bool bridged)
{
	return dnsmasq_serves_dhcp(network, AF_INET);
}

static bool serves_dhcp6(const struct network *network, bool bridged)
{
	return dnsmasq_serves_dhcp(network, AF_INET6);
}

static bool serves_dns(const struct network *network, bool bridged)
{
	return dnsmasq_serves_dns(network);
}

static bool serves_tftp(const struct network *network, bool bridged)
{
	return dnsmasq_serves_tftp(network);
}

static bool has_ipv4(const struct network *network, bool bridged)
{
	return has_address(network, AF_INET);
}

static bool has_ipv6(const struct network *network, bool bridged)
{
	return has_address(network, AF_INET6);
}

static const struct {
	const char *name;
	bool forward;
	int family; /* 0: either */
	bool (*is_wanted)(const struct network *network, bool bridged);
	const char *keys[2]; /* that are the bridge */
	const char *match;
} openings[] = {
	{ "forward-out", true, 0, forwards, { "iifname" }, "" },
	{ "forward-in", true, 0, forwards, { "oifname" }, "" },
	{ "forward-bridged", true, 0, only_bridges, { "iifname", "oifname" }, "" },
	{ "input-dhcp", false, AF_INET, serves_dhcp4, { "iifname" }, "udp dport 67 " },
	{ "input-dhcpv6", false, AF_INET6, serves_dhcp6, { "iifname" }, "udp dport 547 " },
	{ "input-dns", false, 0, serves_dns, { "iifname" }, "udp dport 53 " },
	{ "input-dns-tcp", false, 0, serves_dns, { "iifname" }, "tcp dport 53 " },
	{ "input-tftp", false, 0, serves_tftp, { "iifname" }, "udp dport 69 " },
	{ "input-icmp", false, AF_INET, has_ipv4, { "iifname" }, "meta l4proto icmp " },
	{ "input-icmpv6", false, AF_INET6, has_ipv6, { "iifname" }, "meta l4proto ipv6-icmp " },
};
_Static_assert(ARRAY_SIZE(openings) == NFT_OPENINGS, "so many as the header says");

/* --- as text ---------------------------------------------------------------------- */

bool nft_opening_can_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char others[] = "0123456789-_.";
	size_t length = strlen(name);

	if (!strchr(letters, *name))
		return false;
	while (*name && (strchr(letters, *name) || strchr(others, *name)))
		name++;
	return length > 0 && !*name;
}

bool nft_opening_is_wanted(unsigned i, const struct network *network,
			   const struct host_filters *filters, const struct host_filter *filter)
{
	int family = !strcmp(filter->family, "ip")    ? AF_INET
		     : !strcmp(filter->family, "ip6") ? AF_INET6
						      : 0;

	if (openings[i].forward != filter->forward)
		return false;
	if (family && (openings[i].family ? openings[i].family != family
					  : !has_address(network, family) &&
						    openings[i].is_wanted != only_bridges))
		return false;
	return openings[i].is_wanted(network, filters->bridged);
}

void nft_opening_mark(unsigned i, const struct network *network,
		      char mark[static NFT_OPENING_MARK_SIZE])
{
	char tag[NETWORK_TAG_SIZE];

	network_tag(&network->uuid, tag);
	snprintf(mark, NFT_OPENING_MARK_SIZE, "%s %s", tag, openings[i].name);
}

void nft_opening_insert(unsigned i, const struct network *network, const char *bridge,
			const struct host_filter *filter, struct text *text)
{
	char mark[NFT_OPENING_MARK_SIZE];

	nft_opening_mark(i, network, mark);
	text_add(text, "insert rule %s %s %s ", filter->family, filter->table, filter->entry);
	for (size_t j = 0; j < ARRAY_SIZE(openings[i].keys) && openings[i].keys[j]; j++)
		text_add(text, "%s \"%s\" ", openings[i].keys[j], bridge);
	text_add(text, "%scounter accept comment \"%s\"\n", openings[i].match, mark);
}

void nft_opening_delete(const char *family, const char *table, const char *chain, uint64_t handle,
			struct text *text)
{
	text_add(text, "delete rule %s %s %s handle %" PRIu64 "\n", family, table, chain, handle);
}
