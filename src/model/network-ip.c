/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>

#include "model/network-ip.h"

int address_default_prefix(const struct address *address, unsigned *ret_prefix)
{
	uint8_t first = address->bytes[0];

	if (address->family == AF_INET6)
		*ret_prefix = 64;
	else if (!(first & 0x80))
		*ret_prefix = 8;
	else if ((first & 0xc0) == 0x80)
		*ret_prefix = 16;
	else if ((first & 0xe0) == 0xc0)
		*ret_prefix = 24;
	else
		return -EINVAL;
	return 0;
}

void network_ip_done(struct network_ip *ip)
{
	for (size_t i = 0; i < ip->n_hosts; i++)
		dhcp_host_done(&ip->hosts[i]);
	free(ip->hosts);
	free(ip->ranges);
	free(ip->family);
	free(ip->tftp_root);
	free(ip->bootfile);
	free(ip->bootserver);
	*ip = (struct network_ip){ 0 };
}

void network_route_done(struct network_route *route)
{
	free(route->family);
	*route = (struct network_route){ 0 };
}

void network_domain_done(struct network_domain *domain)
{
	free(domain->name);
	*domain = (struct network_domain){ 0 };
}

static void dns_forwarder_done(struct dns_forwarder *forwarder)
{
	free(forwarder->domain);
	*forwarder = (struct dns_forwarder){ 0 };
}

void dns_txt_done(struct dns_txt *txt)
{
	free(txt->name);
	free(txt->value);
	*txt = (struct dns_txt){ 0 };
}

void dns_srv_done(struct dns_srv *srv)
{
	free(srv->service);
	free(srv->protocol);
	free(srv->domain);
	free(srv->target);
	*srv = (struct dns_srv){ 0 };
}

void dns_host_done(struct dns_host *host)
{
	for (size_t i = 0; i < host->n_names; i++)
		free(host->names[i]);
	free(host->names);
	*host = (struct dns_host){ 0 };
}

void network_dns_done(struct network_dns *dns)
{
	for (size_t i = 0; i < dns->n_forwarders; i++)
		dns_forwarder_done(&dns->forwarders[i]);
	for (size_t i = 0; i < dns->n_txts; i++)
		dns_txt_done(&dns->txts[i]);
	for (size_t i = 0; i < dns->n_srvs; i++)
		dns_srv_done(&dns->srvs[i]);
	for (size_t i = 0; i < dns->n_hosts; i++)
		dns_host_done(&dns->hosts[i]);
	free(dns->forwarders);
	free(dns->txts);
	free(dns->srvs);
	free(dns->hosts);
	*dns = (struct network_dns){ 0 };
}
