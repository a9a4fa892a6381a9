/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/network-node.h"

static void write_address(struct xml_writer *writer, const char *name,
			  const struct address *address)
{
	char text[ADDRESS_TEXT_SIZE];

	if (!address->family)
		return;
	address_format(address, text);
	xml_attribute(writer, name, text);
}

static void write_lease(struct xml_writer *writer, const struct lease *lease)
{
	if (!lease->set)
		return;
	xml_begin(writer, "lease");
	xml_attribute_number(writer, "expiry", lease->expiry);
	/* For ever has no unit. */
	if (lease->expiry)
		xml_attribute(writer, "unit", lease_unit_name(lease->unit));
	xml_end(writer, "lease");
}

static void write_range(struct xml_writer *writer, const struct dhcp_range *range)
{
	xml_begin(writer, "range");
	write_address(writer, "start", &range->start);
	write_address(writer, "end", &range->end);
	write_lease(writer, &range->lease);
	xml_end(writer, "range");
}

static void write_host(struct xml_writer *writer, const struct dhcp_host *host)
{
	char mac[MAC_TEXT_SIZE];

	mac_format(&host->mac, mac);
	xml_begin(writer, "host");
	xml_attribute(writer, "mac", host->has_mac ? mac : NULL);
	xml_attribute(writer, "id", host->id);
	xml_attribute(writer, "name", host->name);
	write_address(writer, "ip", &host->address);
	write_lease(writer, &host->lease);
	xml_end(writer, "host");
}

static void write_dhcp(struct xml_writer *writer, const struct network_ip *ip)
{
	if (ip->n_ranges == 0 && ip->n_hosts == 0 && !ip->bootfile)
		return;
	xml_begin(writer, "dhcp");
	for (size_t i = 0; i < ip->n_ranges; i++)
		write_range(writer, &ip->ranges[i]);
	for (size_t i = 0; i < ip->n_hosts; i++)
		write_host(writer, &ip->hosts[i]);
	if (ip->bootfile) {
		xml_begin(writer, "bootp");
		xml_attribute(writer, "file", ip->bootfile);
		xml_attribute(writer, "server", ip->bootserver);
		xml_end(writer, "bootp");
	}
	xml_end(writer, "dhcp");
}

static void write_ip(struct xml_writer *writer, const struct network_ip *ip)
{
	xml_begin(writer, "ip");
	xml_attribute(writer, "family", ip->family);
	write_address(writer, "address", &ip->address);
	write_address(writer, "netmask", &ip->netmask);
	if (ip->has_prefix)
		xml_attribute_number(writer, "prefix", ip->prefix);
	xml_attribute(writer, "localPtr", tristate_name(ip->local_ptr));
	xml_open(writer);
	if (ip->tftp_root) {
		xml_begin(writer, "tftp");
		xml_attribute(writer, "root", ip->tftp_root);
		xml_end(writer, "tftp");
	}
	write_dhcp(writer, ip);
	xml_end(writer, "ip");
}

void network_write_ips(struct xml_writer *writer, const struct network *network)
{
	for (size_t i = 0; i < network->n_ips; i++)
		write_ip(writer, &network->ips[i]);
}

static void write_route(struct xml_writer *writer, const struct network_route *route)
{
	xml_begin(writer, "route");
	xml_attribute(writer, "family", route->family);
	write_address(writer, "address", &route->address);
	write_address(writer, "netmask", &route->netmask);
	if (route->has_prefix)
		xml_attribute_number(writer, "prefix", route->prefix);
	write_address(writer, "gateway", &route->gateway);
	if (route->metric)
		xml_attribute_number(writer, "metric", route->metric);
	xml_end(writer, "route");
}

void network_write_routes(struct xml_writer *writer, const struct network *network)
{
	for (size_t i = 0; i < network->n_routes; i++)
		write_route(writer, &network->routes[i]);
}

void network_write_domain(struct xml_writer *writer, const struct network *network)
{
	const struct network_domain *domain = &network->domain;

	if (!domain->name)
		return;
	xml_begin(writer, "domain");
	xml_attribute(writer, "name", domain->name);
	xml_attribute(writer, "localOnly", tristate_name(domain->local_only));
	xml_attribute(writer, "register", tristate_name(domain->register_));
	xml_end_kept(writer, &network->kept, "domain");
}

static void write_forwarder(struct xml_writer *writer, const struct dns_forwarder *forwarder)
{
	xml_begin(writer, "forwarder");
	xml_attribute(writer, "domain", forwarder->domain);
	write_address(writer, "addr", &forwarder->address);
	if (forwarder->port)
		xml_attribute_number(writer, "port", forwarder->port);
	xml_end(writer, "forwarder");
}

static void write_txt(struct xml_writer *writer, const struct dns_txt *txt)
{
	xml_begin(writer, "txt");
	xml_attribute(writer, "name", txt->name);
	xml_attribute(writer, "value", txt->value);
	xml_end(writer, "txt");
}

/* 0 is what holds where nothing is said. */
static void write_number(struct xml_writer *writer, const char *name, unsigned number)
{
	if (number)
		xml_attribute_number(writer, name, number);
}

static void write_srv(struct xml_writer *writer, const struct dns_srv *srv)
{
	xml_begin(writer, "srv");
	xml_attribute(writer, "service", srv->service);
	xml_attribute(writer, "protocol", srv->protocol);
	xml_attribute(writer, "domain", srv->domain);
	xml_attribute(writer, "target", srv->target);
	write_number(writer, "port", srv->port);
	write_number(writer, "priority", srv->priority);
	write_number(writer, "weight", srv->weight);
	xml_end(writer, "srv");
}

static void write_dns_host(struct xml_writer *writer, const struct dns_host *host)
{
	xml_begin(writer, "host");
	write_address(writer, "ip", &host->address);
	for (size_t i = 0; i < host->n_names; i++)
		xml_leaf(writer, "hostname", host->names[i]);
	xml_end(writer, "host");
}

static bool dns_says_nothing(const struct network *network)
{
	const struct network_dns *dns = &network->dns;

	return dns->enable == TRISTATE_UNSET && dns->forward_plain_names == TRISTATE_UNSET &&
	       dns->n_forwarders == 0 && dns->n_txts == 0 && dns->n_srvs == 0 &&
	       dns->n_hosts == 0 && !dns->host_file && !xml_has_kept(&network->kept, "dns");
}

void network_write_dns(struct xml_writer *writer, const struct network *network)
{
	const struct network_dns *dns = &network->dns;

	if (dns_says_nothing(network))
		return;
	xml_begin(writer, "dns");
	xml_attribute(writer, "enable", tristate_name(dns->enable));
	xml_attribute(writer, "forwardPlainNames", tristate_name(dns->forward_plain_names));
	if (dns->host_file) {
		xml_attribute(writer, "xmlns:vif", VIF_NAMESPACE);
		xml_attribute(writer, "vif:hosts", "yes");
	}
	xml_kept_attributes(writer, &network->kept, "dns");
	for (size_t i = 0; i < dns->n_forwarders; i++)
		write_forwarder(writer, &dns->forwarders[i]);
	for (size_t i = 0; i < dns->n_txts; i++)
		write_txt(writer, &dns->txts[i]);
	for (size_t i = 0; i < dns->n_srvs; i++)
		write_srv(writer, &dns->srvs[i]);
	for (size_t i = 0; i < dns->n_hosts; i++)
		write_dns_host(writer, &dns->hosts[i]);
	xml_kept_elements(writer, &network->kept, "dns", NULL);
	xml_end(writer, "dns");
}
