/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "resolve/foreign-filter.h"

static bool has_family(const struct network *network, const char *family)
{
	int wanted = !strcmp(family, "ip") ? AF_INET : AF_INET6;

	if (!strcmp(family, "inet"))
		return true;
	for (size_t i = 0; i < network->n_ips; i++)
		if (network->ips[i].address.family == wanted)
			return true;
	return false;
}

/* Guests ask the host for addresses and names; they send through it where there is a way out. */
static bool is_in_the_way(const struct host_filters *filters, const struct host_filter *filter,
			  const struct network *network)
{
	if (!has_family(network, filter->family))
		return false;
	if (!filter->forward)
		return network->n_ips > 0;
	return filters->bridged || (network->forward != FORWARD_ISOLATED && network->n_ips > 0);
}

/* iptables' own tables are better changed by iptables: it may not read what others put there. */
static const char *iptables_of(const struct host_filter *filter)
{
	if (filter->legacy)
		return !strcmp(filter->family, "ip") ? "iptables-legacy" : "ip6tables-legacy";
	if (strcmp(filter->table, "filter") != 0 || !strcmp(filter->family, "inet"))
		return NULL;
	return !strcmp(filter->family, "ip") ? "iptables" : "ip6tables";
}

static void add_rule(const struct host_filter *filter, const char *bridge, bool out,
		     struct text *text)
{
	const char *iptables = iptables_of(filter);

	if (iptables)
		text_add(text, "`%s -I %s -%c %s -j ACCEPT`", iptables, filter->entry,
			 out ? 'o' : 'i', bridge);
	else
		text_add(text, "`nft insert rule %s %s %s %cifname %s accept`", filter->family,
			 filter->table, filter->entry, out ? 'o' : 'i', bridge);
}

static const char *what_passes(const struct host_filter *filter)
{
	return filter->forward ? "what guests send through the host"
			       : "what guests ask of the host, their addresses and names";
}

static void tell_unclear(const struct host_filter *filter, struct text *text)
{
	text_add(text,
		 "%s of this host has %zu rule%s in chain %s: whether they drop %s is not known "
		 "(`%s -S`)\n",
		 iptables_of(filter), filter->n_rules, filter->n_rules == 1 ? "" : "s",
		 filter->chain, what_passes(filter), iptables_of(filter));
}

static void tell_filter(const struct host_filter *filter, const char *bridge, bool bridged,
			struct text *text)
{
	text_add(text,
		 "the packet filter of this host is in the way: chain %s of table %s %s%s drops %s",
		 filter->chain, filter->family, filter->table,
		 filter->legacy ? " (iptables-legacy)" : "", what_passes(filter));
	if (filter->forward && bridged)
		text_add(text, " and to each other (net.bridge.bridge-nf-call-iptables is 1)");
	if (host_filter_is_of_firewalld(filter)) {
		text_add(text,
			 "; <bridge zone=> can have firewalld take %s into a zone that lets "
			 "it pass\n",
			 bridge);
		return;
	}
	text_add(text, "; ");
	add_rule(filter, bridge, false, text);
	if (filter->forward) {
		text_add(text, " and ");
		add_rule(filter, bridge, true, text);
	}
	text_add(text, " let%s it pass\n", filter->forward ? "" : "s");
}

static void tell_opened(const struct host_filter *filter, struct text *text)
{
	text_add(text,
		 "the packet filter of this host is opened until the network is stopped: rules in "
		 "chain %s of table %s %s accept %s\n",
		 filter->entry, filter->family, filter->table, what_passes(filter));
}

void foreign_filter_tell(const struct host_filters *filters, const struct network *network,
			 const char *bridge, struct text *text)
{
	bool closed = false;

	for (size_t i = 0; i < filters->n; i++) {
		const struct host_filter *filter = &filters->items[i];

		if (!is_in_the_way(filters, filter, network))
			continue;
		if (filter->opened)
			tell_opened(filter, text);
		else if (filter->unclear)
			tell_unclear(filter, text);
		else
			tell_filter(filter, bridge, filters->bridged, text);
		closed |= !filter->opened && host_filter_can_be_opened(filter);
	}
	if (closed && !network->open_firewall)
		text_add(text,
			 "vifd adds such rules, and takes them away again, where root starts the "
			 "network with --open-firewall\n");
}
