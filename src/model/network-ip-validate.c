/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules of <ip>, <route>, <nat>, <domain> and <dns>: see network-validate.c. */
#include <errno.h>
#include <string.h>

#include "model/network-validate.h"
#include "util/parse.h"
#include "util/text.h"

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

/* --- <ip> --- */

/* Where there are others, the first and the last of IPv4 have a meaning of their own (RFC 3021). */
static bool has_ends(const struct network_ip *ip)
{
	return ip->address.family == AF_INET && ip->prefix < 31;
}

/* That of an IPv6 subnet is its routers' (RFC 4291, 2.6.1). */
static bool is_first(const struct network_ip *ip, const struct address *address)
{
	struct address first = address_network(&ip->address, ip->prefix);

	return address_equal(address, &first) &&
	       (has_ends(ip) || (address->family == AF_INET6 && ip->prefix < 127));
}

static bool is_last(const struct network_ip *ip, const struct address *address)
{
	struct address last = address_broadcast(&ip->address, ip->prefix);

	return has_ends(ip) && address_equal(address, &last);
}

const char *network_not_a_guests(const struct network *network, const struct network_ip *ip,
				 const struct address *address)
{
	for (size_t i = 0; i < network->n_ips; i++)
		if (address_equal(address, &network->ips[i].address))
			return "is the host's own address in";
	if (!address_in(address, &ip->address, ip->prefix))
		return "is not inside of";
	if (is_first(ip, address))
		return "is the address of the network itself,";
	return is_last(ip, address) ? "is the broadcast address of" : NULL;
}

/* Can the host have the address? In IPv6 it is a router, and may have that of all of them. */
static int validate_own(const struct network_ip *ip, struct error *err)
{
	const struct address *address = &ip->address;
	char text[ADDRESS_TEXT_SIZE];
	const char *why = NULL;

	if (address_is_unspecified(address) || address_is_loopback(address) ||
	    address_is_multicast(address))
		why = "is not an address that a host can have";
	else if (has_ends(ip) && is_first(ip, address))
		why = "is the address of the network itself";
	else if (is_last(ip, address))
		why = "is the broadcast address of the network";
	if (!why)
		return 0;
	address_format(address, text);
	return network_invalid(err, ip->line, "<ip address='%s'> %s", text, why);
}

static int validate_ip(const struct network *network, const struct network_ip *ip,
		       struct error *err)
{
	struct said said = { "ip",           &ip->address, ip->family, &ip->netmask,
			     ip->has_prefix, ip->prefix,   ip->line };
	int r = validate_said(&said, err);

	if (r == 0 && ip->tftp_root && ip->address.family == AF_INET6)
		r = network_invalid(err, ip->line, "<tftp root='%s'> is possible only in IPv4",
				    ip->tftp_root);
	if (r == 0)
		r = validate_own(ip, err);
	return r < 0 ? r : network_validate_dhcp(network, ip, err);
}

static int compare_ips(const void *a, const void *b)
{
	const struct network_ip *x = a, *y = b;

	if (x->address.family != y->address.family)
		return x->address.family - y->address.family;
	return address_compare(&x->address, &y->address);
}

static int validate_unique_ips(const struct network *network, struct error *err)
{
	const struct network_ip *ip;
	const void *repeated, *earlier;
	char text[ADDRESS_TEXT_SIZE];

	if (network_find_repeated(network->ips, network->n_ips, sizeof(*ip), compare_ips, &repeated,
				  &earlier) < 0)
		return error_oom(err);
	ip = repeated;
	if (!ip)
		return 0;
	address_format(&ip->address, text);
	return network_invalid(err, ip->line,
			       "<ip address='%s'> stands twice in network '%s' (first in line %u)",
			       text, network->name, ((const struct network_ip *)earlier)->line);
}

/* Each of the one is looked for among the others, and both may be many. */
enum {
	PRODUCT_MAX = 1000000,
};

static int validate_numbers(const struct network *network, struct error *err)
{
	size_t n = network->n_forwards + network->dns.n_forwarders;

	for (size_t i = 0; i < network->n_ips; i++)
		n += network->ips[i].n_hosts;
	if (n * network->n_ips <= PRODUCT_MAX)
		return 0;
	return network_invalid(err, network->ips[0].line,
			       "network '%s' has too many addresses of its own and of others (%zu "
			       "and %zu)",
			       network->name, network->n_ips, n);
}

int network_validate_ips(const struct network *network, struct error *err)
{
	const struct network_ip *with_dhcp[2] = { NULL, NULL };
	char text[ADDRESS_TEXT_SIZE];
	int r = validate_numbers(network, err);

	if (r < 0)
		return r;

	for (size_t i = 0; i < network->n_ips; i++) {
		const struct network_ip *ip = &network->ips[i];
		const struct network_ip **first = &with_dhcp[ip->address.family == AF_INET6];

		r = validate_ip(network, ip, err);
		if (r < 0)
			return r;
		if (ip->n_ranges == 0 && ip->n_hosts == 0)
			continue;
		if (*first) {
			address_format(&(*first)->address, text);
			return network_invalid(err, ip->line,
					       "network '%s' can have one %s address with <dhcp>; "
					       "'%s' has it already",
					       network->name,
					       address_family_name(ip->address.family), text);
		}
		*first = ip;
	}
	return validate_unique_ips(network, err);
}

/* --- <route> --- */

static int validate_gateway(const struct network *network, const struct network_route *route,
			    struct error *err)
{
	const struct address *gateway = &route->gateway;
	char text[ADDRESS_TEXT_SIZE];

	address_format(gateway, text);
	for (size_t i = 0; i < network->n_ips; i++) {
		const struct network_ip *ip = &network->ips[i];
		const char *why;

		if (!address_in(gateway, &ip->address, ip->prefix))
			continue;
		why = network_not_a_guests(network, ip, gateway);
		if (!why)
			return 0;
		return network_invalid(err, route->line, "<route gateway='%s'> %s %s", text, why,
				       subnet_text(&ip->address, ip->prefix).text);
	}
	return network_invalid(err, route->line,
			       "<route gateway='%s'> is not in the subnet of any <ip> of network "
			       "'%s'",
			       text, network->name);
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
				       text, subnet_text(&network, route->prefix).text);
	return 0;
}

static int compare_routes(const void *a, const void *b)
{
	const struct network_route *x = a, *y = b;
	int order = x->address.family - y->address.family;

	if (order == 0)
		order = address_compare(&x->address, &y->address);
	if (order == 0)
		order = (int)x->prefix - (int)y->prefix;
	if (order == 0 && x->metric != y->metric)
		order = x->metric < y->metric ? -1 : 1;
	return order;
}

static int validate_unique_routes(const struct network *network, struct error *err)
{
	const struct network_route *route;
	const void *repeated, *earlier;

	if (network_find_repeated(network->routes, network->n_routes, sizeof(*route),
				  compare_routes, &repeated, &earlier) < 0)
		return error_oom(err);
	route = repeated;
	if (!route)
		return 0;
	return network_invalid(err, route->line,
			       "network '%s' has two routes to %s (the first in line %u)",
			       network->name, subnet_text(&route->address, route->prefix).text,
			       ((const struct network_route *)earlier)->line);
}

int network_validate_routes(const struct network *network, struct error *err)
{
	if (network->n_routes * network->n_ips > PRODUCT_MAX)
		return network_invalid(err, network->routes[0].line,
				       "network '%s' has too many routes and addresses (%zu and "
				       "%zu)",
				       network->name, network->n_routes, network->n_ips);
	for (size_t i = 0; i < network->n_routes; i++) {
		const struct network_route *route = &network->routes[i];
		int r = validate_route(route, err);

		if (r == 0)
			r = validate_gateway(network, route, err);
		if (r < 0)
			return r;
	}
	return validate_unique_routes(network, err);
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

/* What it is asked for by. */
static int validate_srv_name(const struct dns_srv *srv, struct error *err)
{
	AUTO_FREE char *name = text_format("_%s._%s%s%s", srv->service, srv->protocol,
					   srv->domain ? "." : "", srv->domain ?: "");
	const char *wrong;

	if (!name)
		return error_oom(err);
	wrong = dns_name_wrong(name);
	return wrong ? network_invalid(err, srv->line, "<srv>'s '%s' %s", name, wrong) : 0;
}

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
	return validate_srv_name(srv, err);
}

/* The network's own name server would ask itself: dnsmasq passes over it. */
static int validate_forwarder(const struct network *network, const struct dns_forwarder *forwarder,
			      struct error *err)
{
	char text[ADDRESS_TEXT_SIZE];

	if (!forwarder->address.family && !forwarder->domain)
		return network_invalid(err, forwarder->line,
				       "<forwarder> needs an addr or a domain");
	for (size_t i = 0; i < network->n_ips; i++) {
		if (!forwarder->address.family || (forwarder->port && forwarder->port != 53) ||
		    !address_equal(&forwarder->address, &network->ips[i].address))
			continue;
		address_format(&forwarder->address, text);
		return network_invalid(err, forwarder->line,
				       "<forwarder addr='%s'> is the name server of network '%s' "
				       "itself",
				       text, network->name);
	}
	return 0;
}

static int validate_records(const struct network *network, struct error *err)
{
	const struct network_dns *dns = &network->dns;

	for (size_t i = 0; i < dns->n_forwarders; i++) {
		int r = validate_forwarder(network, &dns->forwarders[i], err);

		if (r < 0)
			return r;
	}
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
	if (dns->enable == TRISTATE_NO && (dns->host_file || dns->n_forwarders > 0 ||
					   dns->n_txts > 0 || dns->n_srvs > 0 || dns->n_hosts > 0))
		return network_invalid(err, dns->line,
				       "<dns enable='no'> of network '%s' can hold nothing",
				       network->name);
	return validate_records(network, err);
}
