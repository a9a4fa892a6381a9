/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules of <ip>, <route>, <nat>, <domain> and <dns>: see network-validate.c. */
#include <errno.h>
#include <string.h>

#include "model/network-validate.h"
#include "util/parse.h"

enum {
	RANGE_MAX = 65535, /* addresses; so many leases dnsmasq is asked for at most */
	LEASE_MIN_SECONDS = 120,
};

/* An address and its prefix as text: for sentences. */
struct subnet_text {
	char text[ADDRESS_TEXT_SIZE + sizeof("/128")];
};

static struct subnet_text subnet_format(const struct address *address, unsigned prefix)
{
	char text[ADDRESS_TEXT_SIZE];
	struct subnet_text subnet;

	address_format(address, text);
	snprintf(subnet.text, sizeof(subnet.text), "%s/%u", text, prefix);
	return subnet;
}

static const char *family_name(int family)
{
	return family == AF_INET6 ? "IPv6" : "IPv4";
}

/* --- addresses with family=, netmask=, prefix= --- */

/* What <ip> and <route> have in common. */
struct said {
	const char *element;
	const struct address *address;
	const char *family;
	const struct address *netmask;
	bool has_prefix;
	unsigned prefix;
	unsigned line;
};

static int validate_family(const struct said *said, struct error *err)
{
	char text[ADDRESS_TEXT_SIZE];
	const char *actual = said->address->family == AF_INET6 ? "ipv6" : "ipv4";

	address_format(said->address, text);
	if (said->family && strcmp(said->family, actual) != 0)
		return network_invalid(err, said->line,
				       "<%s family='%s'> does not fit its address '%s'",
				       said->element, said->family, text);
	if (!said->family && said->address->family == AF_INET6)
		return network_invalid(err, said->line,
				       "<%s address='%s'> needs family='ipv6' beside it",
				       said->element, text);
	return 0;
}

static int validate_said(const struct said *said, struct error *err)
{
	char text[ADDRESS_TEXT_SIZE];
	int r = validate_family(said, err);

	if (r < 0)
		return r;
	address_format(said->address, text);
	if (said->netmask->family && said->address->family == AF_INET6)
		return network_invalid(err, said->line,
				       "<%s address='%s'> can have a prefix, not a netmask: it is "
				       "IPv6",
				       said->element, text);
	if (said->netmask->family && said->has_prefix)
		return network_invalid(err, said->line,
				       "<%s address='%s'> can have a prefix or a netmask, not both",
				       said->element, text);
	if (said->prefix > address_bits(said->address))
		return network_invalid(err, said->line,
				       "<%s prefix='%u'> is more than the %u bits of its address "
				       "'%s'",
				       said->element, said->prefix, address_bits(said->address),
				       text);
	return 0;
}

/* --- <dhcp> --- */

static int validate_lease(const struct lease *lease, unsigned line, struct error *err)
{
	static const unsigned seconds[] = {
		[LEASE_MINUTES] = 60, [LEASE_SECONDS] = 1, [LEASE_HOURS] = 3600
	};

	if (!lease->set || lease->expiry == 0 ||
	    lease->expiry >= (LEASE_MIN_SECONDS + seconds[lease->unit] - 1) / seconds[lease->unit])
		return 0;
	return network_invalid(err, line,
			       "<lease expiry='%llu' unit='%s'> is too short; the shortest is 2 "
			       "minutes",
			       (unsigned long long)lease->expiry, lease_unit_name(lease->unit));
}

/* How many addresses from start to end, or RANGE_MAX + 1 for more. */
static unsigned count_addresses(const struct address *start, const struct address *end)
{
	unsigned n = address_bits(start) / 8;
	uint64_t count = 0;

	for (unsigned i = 0; i < n; i++) {
		count = count * 256 + end->bytes[i] - start->bytes[i];
		if (count > RANGE_MAX)
			return RANGE_MAX + 1;
	}
	return (unsigned)count + 1;
}

static int validate_range(const struct network_ip *ip, const struct dhcp_range *range,
			  struct error *err)
{
	struct address first = address_network(&ip->address, ip->prefix);
	struct address last = address_broadcast(&ip->address, ip->prefix);
	char start[ADDRESS_TEXT_SIZE], end[ADDRESS_TEXT_SIZE];
	const char *why = NULL;

	address_format(&range->start, start);
	address_format(&range->end, end);
	if (!address_in(&range->start, &ip->address, ip->prefix) ||
	    !address_in(&range->end, &ip->address, ip->prefix))
		why = "is not inside of";
	else if (address_compare(&range->start, &range->end) > 0)
		why = "has its end before its start, in";
	else if (count_addresses(&range->start, &range->end) > RANGE_MAX)
		why = "has more than 65535 addresses, in";
	else if (ip->address.family == AF_INET && address_equal(&range->start, &first))
		why = "begins with the address of the network itself,";
	else if (ip->address.family == AF_INET && address_equal(&range->end, &last))
		why = "ends with the broadcast address of";
	if (!why)
		return validate_lease(&range->lease, range->line, err);
	return network_invalid(err, range->line, "<range start='%s' end='%s'> %s %s", start, end,
			       why, subnet_format(&first, ip->prefix).text);
}

static int validate_host(const struct network_ip *ip, const struct dhcp_host *host,
			 struct error *err)
{
	char text[ADDRESS_TEXT_SIZE];

	if (!host->address.family)
		return network_invalid(err, host->line,
				       "<host> of <dhcp> lacks the attribute 'ip'");
	address_format(&host->address, text);
	if (host->address.family != ip->address.family)
		return network_invalid(err, host->line,
				       "<host ip='%s'> stands in the <dhcp> of an %s address", text,
				       family_name(ip->address.family));
	if (ip->address.family == AF_INET6 && host->has_mac)
		return network_invalid(err, host->line,
				       "<host ip='%s'> is found by its id or name, not by its mac: "
				       "it is IPv6",
				       text);
	if (ip->address.family == AF_INET6 && !host->id && !host->name)
		return network_invalid(err, host->line, "<host ip='%s'> needs an id or a name",
				       text);
	if (ip->address.family == AF_INET && !host->has_mac && !host->name)
		return network_invalid(err, host->line, "<host ip='%s'> needs a mac or a name",
				       text);
	return validate_lease(&host->lease, host->line, err);
}

static int validate_ip(const struct network_ip *ip, struct error *err)
{
	struct said said = { "ip",           &ip->address, ip->family, &ip->netmask,
			     ip->has_prefix, ip->prefix,   ip->line };
	int r = validate_said(&said, err);

	if (r == 0 && ip->tftp_root && ip->address.family == AF_INET6)
		r = network_invalid(err, ip->line, "<tftp root='%s'> is possible only in IPv4",
				    ip->tftp_root);
	for (size_t i = 0; i < ip->n_ranges && r == 0; i++)
		r = validate_range(ip, &ip->ranges[i], err);
	for (size_t i = 0; i < ip->n_hosts && r == 0; i++)
		r = validate_host(ip, &ip->hosts[i], err);
	return r;
}

int network_validate_ips(const struct network *network, struct error *err)
{
	const struct network_ip *with_dhcp[2] = { NULL, NULL };
	char text[ADDRESS_TEXT_SIZE];
	int r;

	for (size_t i = 0; i < network->n_ips; i++) {
		const struct network_ip *ip = &network->ips[i];
		const struct network_ip **first = &with_dhcp[ip->address.family == AF_INET6];

		r = validate_ip(ip, err);
		if (r < 0)
			return r;
		if (ip->n_ranges == 0 && ip->n_hosts == 0)
			continue;
		if (*first) {
			address_format(&(*first)->address, text);
			return network_invalid(err, ip->line,
					       "network '%s' can have one %s address with <dhcp>; "
					       "'%s' has it already",
					       network->name, family_name(ip->address.family),
					       text);
		}
		*first = ip;
	}
	return 0;
}

/* --- <route> --- */

static bool is_reachable(const struct network *network, const struct address *gateway)
{
	for (size_t i = 0; i < network->n_ips; i++)
		if (address_in(gateway, &network->ips[i].address, network->ips[i].prefix))
			return true;
	return false;
}

static int validate_route(const struct network_route *route, struct error *err)
{
	struct said said = { "route",           &route->address, route->family, &route->netmask,
			     route->has_prefix, route->prefix,   route->line };
	int r = validate_said(&said, err);
	struct address network;
	char text[ADDRESS_TEXT_SIZE];

	if (r < 0)
		return r;
	address_format(&route->gateway, text);
	if (route->gateway.family != route->address.family)
		return network_invalid(err, route->line,
				       "<route gateway='%s'> is not of the family of its address",
				       text);
	network = address_network(&route->address, route->prefix);
	address_format(&route->address, text);
	if (!address_equal(&network, &route->address))
		return network_invalid(err, route->line,
				       "<route address='%s'> is not the address of a network: it "
				       "lies in %s",
				       text, subnet_format(&network, route->prefix).text);
	return 0;
}

/* Gateways are looked for among the addresses, and both may be many. */
enum {
	ROUTES_TIMES_IPS_MAX = 1000000,
};

int network_validate_routes(const struct network *network, struct error *err)
{
	char text[ADDRESS_TEXT_SIZE];

	if (network->n_routes * network->n_ips > ROUTES_TIMES_IPS_MAX)
		return network_invalid(err, network->routes[0].line,
				       "network '%s' has too many routes and addresses (%zu and "
				       "%zu)",
				       network->name, network->n_routes, network->n_ips);
	for (size_t i = 0; i < network->n_routes; i++) {
		const struct network_route *route = &network->routes[i];
		int r = validate_route(route, err);

		if (r < 0)
			return r;
		address_format(&route->gateway, text);
		if (!is_reachable(network, &route->gateway))
			return network_invalid(err, route->line,
					       "<route gateway='%s'> is not in the subnet of any "
					       "<ip> of network '%s'",
					       text, network->name);
	}
	return 0;
}

/* --- <nat> --- */

int network_validate_nat(const struct network *network, struct error *err)
{
	const struct network_nat *nat = &network->nat;
	char first[ADDRESS_TEXT_SIZE], last[ADDRESS_TEXT_SIZE];

	if (!nat->set)
		return 0;
	if (network->forward != FORWARD_NAT)
		return network_invalid(err, nat->line,
				       "<nat> is possible only with forward mode='nat'; network "
				       "'%s' has mode='%s'",
				       network->name, forward_mode_name(network->forward));
	if (nat->has_ports && nat->first_port > nat->last_port)
		return network_invalid(err, nat->line,
				       "<port start='%u' end='%u'> of <nat> ends before it starts",
				       nat->first_port, nat->last_port);
	if (!nat->first.family)
		return 0;
	address_format(&nat->first, first);
	address_format(&nat->last, last);
	if (nat->first.family == AF_INET6 && nat->ipv6 != TRISTATE_YES)
		return network_invalid(err, nat->line,
				       "<address start='%s' end='%s'> of <nat> needs <nat "
				       "ipv6='yes'>: it is IPv6",
				       first, last);
	if (nat->first.family != nat->last.family || address_compare(&nat->first, &nat->last) > 0)
		return network_invalid(err, nat->line,
				       "<address start='%s' end='%s'> of <nat> is not a range from "
				       "a lower to a higher address",
				       first, last);
	return 0;
}

/* --- <domain>, <dns> --- */

static int validate_srv(const struct dns_srv *srv, struct error *err)
{
	const char *needless = srv->has_port       ? "port"
			       : srv->has_priority ? "priority"
			       : srv->has_weight   ? "weight"
						   : NULL;

	if (!srv->service || !srv->protocol)
		return network_invalid(err, srv->line, "<srv> lacks the attribute '%s'",
				       srv->service ? "protocol" : "service");
	if (!srv->target && needless)
		return network_invalid(err, srv->line,
				       "<srv service='%s'> can have a %s only with a target",
				       srv->service, needless);
	return 0;
}

static int validate_records(const struct network_dns *dns, struct error *err)
{
	for (size_t i = 0; i < dns->n_forwarders; i++)
		if (!dns->forwarders[i].address.family && !dns->forwarders[i].domain)
			return network_invalid(err, dns->forwarders[i].line,
					       "<forwarder> needs an addr or a domain");
	for (size_t i = 0; i < dns->n_txts; i++)
		if (!dns->txts[i].name || !dns->txts[i].value)
			return network_invalid(err, dns->txts[i].line,
					       "<txt> lacks the attribute '%s'",
					       dns->txts[i].name ? "value" : "name");
	for (size_t i = 0; i < dns->n_srvs; i++) {
		int r = validate_srv(&dns->srvs[i], err);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < dns->n_hosts; i++) {
		if (!dns->hosts[i].address.family)
			return network_invalid(err, dns->hosts[i].line,
					       "<host> of <dns> lacks the attribute 'ip'");
		if (dns->hosts[i].n_names == 0)
			return network_invalid(err, dns->hosts[i].line,
					       "<host> of <dns> lacks the element <hostname>");
	}
	return 0;
}

int network_validate_dns(const struct network *network, struct error *err)
{
	const struct network_dns *dns = &network->dns;
	const struct network_domain *domain = &network->domain;

	if (domain->register_ == TRISTATE_YES && domain->local_only != TRISTATE_YES)
		return network_invalid(err, domain->line,
				       "<domain name='%s' register='yes'> needs localOnly='yes'",
				       domain->name);
	if (dns->enable == TRISTATE_NO &&
	    (dns->n_forwarders > 0 || dns->n_txts > 0 || dns->n_srvs > 0 || dns->n_hosts > 0))
		return network_invalid(err, dns->line,
				       "<dns enable='no'> of network '%s' can hold nothing",
				       network->name);
	return validate_records(dns, err);
}
