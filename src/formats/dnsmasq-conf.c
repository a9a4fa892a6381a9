/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dnsmasq's configuration is lines of `option=value`, whose values are cut at
 * commas. What comes from a document must not become an option, or a part of one,
 * that its author did not ask for:
 *
 *	- Every line goes through page_add(), which refuses one with a control
 *	  character, and one that is longer than what dnsmasq reads at a time: it
 *	  would take the rest for the next line.
 *	- Names (domains, hosts, services) have the characters of names only.
 *	- Other texts (paths, values of TXT records) are quoted, unless all their
 *	  characters are harmless. dnsmasq hides what stands in quotes from its own
 *	  reader: commas, '#', digits that would be a lease time.
 *
 * The file of names is not configuration: fields between white space, without
 * quotes. Its names have none.
 *
 * Other than libvirt's, these networks have leases for fixed addresses outside of the
 * ranges also where all of a range is given out; router advertisements on every IPv6
 * subnet also where one has DHCP, and none where dnsmasq refuses them; and reverse zones
 * of subnets that do not end at a dot.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "formats/dnsmasq-conf.h"
#include "formats/dnsmasq-page.h"
#include "util/parse.h"
#include "util/text.h"

enum {
	DOMAIN_SIZE = 256,
	RANGE_MAX = 65536,
	LEASES_OF_HOSTS = 1000,
};

/* --- values --- */

static int check_name(const char *what, const char *name, struct error *err)
{
	const char *wrong = dns_name_wrong(name);

	if (!wrong)
		return 0;
	return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "%s '%s' %s", what, name, wrong);
}

static bool is_harmless(const char *text)
{
	for (const char *c = text; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("._-/:+@%", *c))
			return false;
	return *text;
}

/* The caller's to free; NULL when out of memory. */
static char *quote(const char *text)
{
	AUTO_TEXT struct text quoted = TEXT_INIT;
	char *result;

	text_add(&quoted, "\"");
	for (const char *c = text; *c; c++)
		text_add(&quoted, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
	text_add(&quoted, "\"");
	return text_take(&quoted, &result) < 0 ? NULL : result;
}

static char *quote_unless_harmless(const char *text)
{
	return is_harmless(text) ? strdup(text) : quote(text);
}

/* In quotes: a host name that dnsmasq would take for a lease time, a keyword or an address. */
static char *quote_host_name(const char *name)
{
	const char *end = name + strspn(name, "0123456789");
	struct address address;
	bool is_time = end > name && (!*end || (strchr("smhdwSMHDW", *end) && !end[1]));

	if (is_time || !strcmp(name, "infinite") || !strcmp(name, "ignore") ||
	    address_parse(name, &address) == 0)
		return quote(name);
	return strdup(name);
}

struct lease_text {
	char text[32];
};

/* ",2h", or nothing. */
static struct lease_text lease_text(const struct lease *lease)
{
	static const char units[LEASE_UNIT_COUNT] = {
		[LEASE_MINUTES] = 'm',
		[LEASE_SECONDS] = 's',
		[LEASE_HOURS] = 'h',
	};
	struct lease_text result = { "" };

	if (lease->set && lease->expiry == 0)
		snprintf(result.text, sizeof(result.text), ",infinite");
	else if (lease->set)
		snprintf(result.text, sizeof(result.text), ",%llu%c",
			 (unsigned long long)lease->expiry, units[lease->unit]);
	return result;
}

/* --- what the network asks for --- */

static bool has_dns(const struct network *network)
{
	return network->dns.enable != TRISTATE_NO;
}

static bool has_dhcp(const struct network_ip *ip)
{
	return ip->n_ranges > 0 || ip->n_hosts > 0;
}

static bool is_ipv6(const struct network_ip *ip)
{
	return ip->address.family == AF_INET6;
}

/* Guests make addresses of their own only where 64 bits are left for them (RFC 4862, RFC 2464). */
static bool is_autoconfigurable(const struct network_ip *ip)
{
	return is_ipv6(ip) && ip->prefix == 64;
}

bool dnsmasq_serves_dhcp(const struct network *network, int family)
{
	for (size_t i = 0; i < network->n_ips; i++)
		if (network->ips[i].address.family == family && has_dhcp(&network->ips[i]))
			return true;
	return false;
}

bool dnsmasq_serves_dns(const struct network *network)
{
	return network->n_ips > 0 && has_dns(network);
}

bool dnsmasq_serves_tftp(const struct network *network)
{
	for (size_t i = 0; i < network->n_ips; i++)
		if (network->ips[i].tftp_root)
			return true;
	return false;
}

bool dnsmasq_is_needed(const struct network *network)
{
	if (!network_is_managed(network))
		return false;
	if (dnsmasq_serves_dns(network))
		return true;
	for (size_t i = 0; i < network->n_ips; i++) {
		const struct network_ip *ip = &network->ips[i];

		if (has_dhcp(ip) || is_autoconfigurable(ip) || ip->tftp_root)
			return true;
	}
	return false;
}

static bool any_dhcp(const struct network *network)
{
	for (size_t i = 0; i < network->n_ips; i++)
		if (has_dhcp(&network->ips[i]))
			return true;
	return false;
}

/* --- its place --- */

static int add_file(struct page *page, const char *option, const struct network *network,
		    const struct dnsmasq_place *place, const char *suffix)
{
	AUTO_FREE char *path = NULL, *quoted = NULL;

	path = text_format("%s/%s.%s", place->folder, network->name, suffix);
	if (!path)
		return error_oom(page->err);
	quoted = quote_unless_harmless(path);
	return quoted ? page_add(page, "%s=%s", option, quoted) : error_oom(page->err);
}

/*
 * bind-dynamic: addresses of one bridge, whatever others the host has, and also
 * one that comes later.
 */
static int add_place(struct page *page, const struct network *network,
		     const struct dnsmasq_place *place)
{
	AUTO_FREE char *bridge = quote_unless_harmless(place->bridge);
	int r;

	if (!bridge)
		return error_oom(page->err);
	if (strchr(place->bridge, '*'))
		return error_set(page->err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "dnsmasq takes the '*' of bridge %s for many interfaces",
				 place->bridge);
	r = add_file(page, "pid-file", network, place, "pid");

	if (r == 0 && place->user)
		r = page_add(page, "user=%s", place->user);
	if (r == 0 && place->group)
		r = page_add(page, "group=%s", place->group);
	if (r == 0)
		r = page_add(page, "except-interface=lo");
	if (r == 0)
		r = page_add(page, "bind-dynamic");
	return r < 0 ? r : page_add(page, "interface=%s", bridge);
}

/* --- DNS --- */

static int add_forwarder(struct page *page, const struct dns_forwarder *forwarder)
{
	char address[ADDRESS_TEXT_SIZE] = "#", port[16] = "", domain[DOMAIN_SIZE] = "";

	if (forwarder->domain &&
	    check_name("the domain of <forwarder>", forwarder->domain, page->err) < 0)
		return -EINVAL;
	if (forwarder->domain)
		snprintf(domain, sizeof(domain), "/%s/", forwarder->domain);
	if (forwarder->address.family)
		address_format(&forwarder->address, address);
	if (forwarder->address.family && forwarder->port)
		snprintf(port, sizeof(port), "#%u", forwarder->port);
	return page_add(page, "server=%s%s%s", domain, address, port);
}

/* A forwarder for all names replaces the host's own servers. */
static bool asks_others(const struct network *network)
{
	for (size_t i = 0; i < network->dns.n_forwarders; i++)
		if (!network->dns.forwarders[i].domain)
			return true;
	return network->forward == FORWARD_ISOLATED;
}

static int add_forwarding(struct page *page, const struct network *network)
{
	const struct network_dns *dns = &network->dns;
	int r = 0;

	for (size_t i = 0; r == 0 && i < dns->n_forwarders; i++)
		r = add_forwarder(page, &dns->forwarders[i]);
	if (r == 0 && dns->forward_plain_names == TRISTATE_NO) {
		r = page_add(page, "domain-needed");
		if (r == 0)
			r = page_add(page, "local=//");
	}
	return r;
}

static int add_domain(struct page *page, const struct network_domain *domain)
{
	int r;

	if (!domain->name)
		return 0;
	r = check_name("the domain", domain->name, page->err);
	if (r == 0 && domain->local_only == TRISTATE_YES)
		r = page_add(page, "local=/%s/", domain->name);
	if (r == 0)
		r = page_add(page, "domain=%s", domain->name);
	return r < 0 ? r : page_add(page, "expand-hosts");
}

static int add_txt(struct page *page, const struct dns_txt *txt)
{
	AUTO_FREE char *value = quote_unless_harmless(txt->value ? txt->value : "");
	int r;

	if (!value)
		return error_oom(page->err);
	r = check_name("the TXT record", txt->name, page->err);
	return r < 0 ? r : page_add(page, "txt-record=%s,%s", txt->name, value);
}

static int check_srv(const struct dns_srv *srv, struct error *err)
{
	int r = check_name("the service of <srv>", srv->service, err);

	if (r == 0)
		r = check_name("the protocol of <srv>", srv->protocol, err);
	if (r == 0 && srv->domain)
		r = check_name("the domain of <srv>", srv->domain, err);
	if (r == 0 && srv->target && strcmp(srv->target, ".") != 0)
		r = check_name("the target of <srv>", srv->target, err);
	return r;
}

/* A field's position says what it is: one that is given brings those before it, with defaults. */
static int add_srv(struct page *page, const struct dns_srv *srv)
{
	bool weight = srv->has_weight, priority = srv->has_priority || weight;
	bool port = srv->has_port || priority;
	AUTO_TEXT struct text rest = TEXT_INIT;
	AUTO_FREE char *fields = NULL;
	int r = check_srv(srv, page->err);

	if (r < 0)
		return r;
	if (srv->target)
		text_add(&rest, ",%s", srv->target);
	if (srv->target && port)
		text_add(&rest, ",%u", srv->has_port ? srv->port : 1U);
	if (srv->target && priority)
		text_add(&rest, ",%u", srv->has_priority ? srv->priority : 0U);
	if (srv->target && weight)
		text_add(&rest, ",%u", srv->weight);
	if (text_take(&rest, &fields) < 0)
		return error_oom(page->err);
	return page_add(page, "srv-host=_%s._%s%s%s%s", srv->service, srv->protocol,
			srv->domain ? "." : "", srv->domain ? srv->domain : "", fields);
}

static int add_records(struct page *page, const struct network_dns *dns)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < dns->n_txts; i++)
		r = add_txt(page, &dns->txts[i]);
	for (size_t i = 0; r == 0 && i < dns->n_srvs; i++)
		r = add_srv(page, &dns->srvs[i]);
	return r;
}

/* The name of the reverse zone of the first `labels` bytes (IPv4) or half bytes (IPv6). */
static int add_zone(struct page *page, const struct address *network, unsigned labels)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *zone = NULL;

	for (unsigned i = labels; i-- > 0;)
		if (network->family == AF_INET)
			text_add(&text, "%u.", network->bytes[i]);
		else
			text_add(&text, "%x.", network->bytes[i / 2] >> (i % 2 ? 0 : 4) & 15U);
	text_add(&text, network->family == AF_INET ? "in-addr.arpa" : "ip6.arpa");
	if (text_take(&text, &zone) < 0)
		return error_oom(page->err);
	return page_add(page, "local=/%s/", zone);
}

/*
 * localPtr: reverse names of the subnet are not asked for elsewhere. A zone ends at
 * whole labels; a subnet that does not is the zones one label further down.
 */
static int add_local_ptr(struct page *page, const struct network_ip *ip)
{
	unsigned width = is_ipv6(ip) ? 4 : 8;
	unsigned labels = (ip->prefix + width - 1) / width, missing = labels * width - ip->prefix;
	struct address zone = address_network(&ip->address, ip->prefix);
	unsigned byte = (labels * width - 1) / 8;
	unsigned step = is_ipv6(ip) && labels % 2 ? 16 : 1;

	if (labels == 0)
		return add_zone(page, &zone, 0);
	for (unsigned i = 0; i < 1U << missing; i++) {
		int r = add_zone(page, &zone, labels);

		if (r < 0)
			return r;
		zone.bytes[byte] = (uint8_t)(zone.bytes[byte] + step);
	}
	return 0;
}

static int add_local_ptrs(struct page *page, const struct network *network)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < network->n_ips; i++)
		if (network->ips[i].local_ptr == TRISTATE_YES && network->ips[i].address.family)
			r = add_local_ptr(page, &network->ips[i]);
	return r;
}

static int add_dns(struct page *page, const struct network *network,
		   const struct dnsmasq_place *place)
{
	int r;

	if (!has_dns(network))
		return page_add(page, "port=0");
	r = add_forwarding(page, network);
	if (r == 0)
		r = add_local_ptrs(page, network);
	if (r == 0)
		r = add_records(page, &network->dns);
	return r < 0 ? r : add_file(page, "addn-hosts", network, place, "names");
}

/* It would watch the file that it reads by itself, and root has few instances of inotify. */
static int add_resolv(struct page *page, const struct network *network,
		      const struct dnsmasq_place *place)
{
	int r = page->no_resolv ? 0 : page_add(page, "no-resolv");

	if (r == 0 && !network->dns.host_file)
		r = page_add(page, "no-hosts");
	if (r < 0 || page->no_resolv || !has_dns(network) || asks_others(network))
		return r;
	return add_file(page, "servers-file", network, place, "servers");
}

/* --- DHCP --- */

/* Nothing leads out of this network: its guests are given no router. */
static int add_isolation(struct page *page, const struct network *network)
{
	int r;

	if (network->forward != FORWARD_ISOLATED)
		return 0;
	r = page_add(page, "dhcp-option=3");
	return r < 0 ? r : page_add(page, "ra-param=*,0,0");
}

static int add_tftp(struct page *page, const struct network_ip *ip)
{
	AUTO_FREE char *root = NULL;
	int r;

	if (!ip->tftp_root)
		return 0;
	root = quote_unless_harmless(ip->tftp_root);
	if (!root)
		return error_oom(page->err);
	r = page_add(page, "enable-tftp");
	return r < 0 ? r : page_add(page, "tftp-root=%s", root);
}

static int add_bootp(struct page *page, const struct network_ip *ip)
{
	AUTO_FREE char *file = NULL, *server = NULL;

	if (!ip->bootfile)
		return 0;
	if (!strncmp(ip->bootfile, "tag:", 4) || !strncmp(ip->bootfile, "net:", 4))
		return error_set(page->err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "<bootp file='%s'> begins with what dnsmasq takes for a tag",
				 ip->bootfile);
	file = quote_unless_harmless(ip->bootfile);
	server = quote_unless_harmless(ip->bootserver ? ip->bootserver : "-");
	if (!file || !server)
		return error_oom(page->err);
	if (!ip->bootserver)
		return page_add(page, "dhcp-boot=%s", file);
	return page_add(page, "dhcp-boot=%s,,%s", file, server);
}

static int add_range(struct page *page, const struct network_ip *ip, const struct dhcp_range *range)
{
	char start[ADDRESS_TEXT_SIZE], end[ADDRESS_TEXT_SIZE], mask[ADDRESS_TEXT_SIZE];
	struct lease_text lease = lease_text(&range->lease);
	struct address netmask = address_mask(ip->address.family, ip->prefix);

	address_format(&range->start, start);
	address_format(&range->end, end);
	address_format(&netmask, mask);
	if (is_ipv6(ip))
		return page_add(page, "dhcp-range=%s,%s,%u%s", start, end, ip->prefix, lease.text);
	return page_add(page, "dhcp-range=%s,%s,%s%s", start, end, mask, lease.text);
}

/* Without a range only the hosts that are named get an address. */
static int add_static_range(struct page *page, const struct network_ip *ip)
{
	char address[ADDRESS_TEXT_SIZE];

	address_format(&ip->address, address);
	if (is_ipv6(ip))
		return page_add(page, "dhcp-range=%s,static,%u", address, ip->prefix);
	return page_add(page, "dhcp-range=%s,static", address);
}

static int add_ipv4_settings(struct page *page, const struct network *network)
{
	int r = page_add(page, "dhcp-no-override");

	if (r == 0)
		r = page_add(page, "dhcp-authoritative");
	if (r == 0 && network->mtu)
		r = page_add(page, "dhcp-option=option:mtu,%u", network->mtu);
	return r;
}

static int add_ip(struct page *page, const struct network *network, const struct network_ip *ip)
{
	int r = add_tftp(page, ip);

	for (size_t i = 0; r == 0 && i < ip->n_ranges; i++)
		r = add_range(page, ip, &ip->ranges[i]);
	if (r == 0 && ip->n_ranges == 0 && ip->n_hosts > 0)
		r = add_static_range(page, ip);
	if (r == 0 && has_dhcp(ip) && !is_ipv6(ip))
		r = add_ipv4_settings(page, network);
	return r < 0 ? r : add_bootp(page, ip);
}

/* How many addresses; the model lets no range have more. */
static unsigned range_size(const struct dhcp_range *range)
{
	unsigned n = address_bits(&range->start) / 8;
	long long size = 0;

	for (unsigned i = 0; i < n; i++) {
		size = size * 256 + range->end.bytes[i] - range->start.bytes[i];
		if (size > RANGE_MAX)
			return RANGE_MAX;
	}
	return size < 0 ? 0 : (unsigned)size + 1;
}

/*
 * dnsmasq's own bound is 1000 leases, so that is what fixed addresses outside of the ranges
 * have, whose number may change while it runs.
 */
static int add_lease_max(struct page *page, const struct network *network)
{
	unsigned long n = 0;

	for (size_t i = 0; i < network->n_ips; i++)
		for (size_t j = 0; j < network->ips[i].n_ranges; j++)
			n += range_size(&network->ips[i].ranges[j]);
	return n > 0 ? page_add(page, "dhcp-lease-max=%lu", n + LEASES_OF_HOSTS) : 0;
}

static int add_dhcp(struct page *page, const struct network *network,
		    const struct dnsmasq_place *place)
{
	int r = add_isolation(page, network);

	for (size_t i = 0; r == 0 && i < network->n_ips; i++)
		r = add_ip(page, network, &network->ips[i]);
	if (r < 0 || !any_dhcp(network))
		return r;
	r = add_lease_max(page, network);
	if (r == 0)
		r = add_file(page, "dhcp-leasefile", network, place, "leases");
	return r < 0 ? r : add_file(page, "dhcp-hostsfile", network, place, "hosts");
}

/* Guests learn of an IPv6 subnet by router advertisements, with DHCP or without. */
static int add_advertisement(struct page *page, const struct network_ip *ip, bool *enabled)
{
	char address[ADDRESS_TEXT_SIZE];

	if (!is_ipv6(ip))
		return 0;
	if (has_dhcp(ip)) {
		bool first = !*enabled;

		*enabled = true;
		return first ? page_add(page, "enable-ra") : 0;
	}
	if (!is_autoconfigurable(ip))
		return 0;
	address_format(&ip->address, address);
	return page_add(page, "dhcp-range=%s,ra-only", address);
}

static int add_advertisements(struct page *page, const struct network *network)
{
	bool enabled = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < network->n_ips; i++)
		r = add_advertisement(page, &network->ips[i], &enabled);
	return r;
}

/* --- the texts --- */

static int make_conf(struct page *page, const struct network *network,
		     const struct dnsmasq_place *place)
{
	int r = page_add(page, "strict-order");

	if (r == 0)
		r = add_place(page, network, place);
	if (r == 0)
		r = add_domain(page, &network->domain);
	if (r == 0)
		r = add_dns(page, network, place);
	if (r == 0)
		r = add_dhcp(page, network, place);
	if (r == 0)
		r = add_advertisements(page, network);
	if (r == 0)
		r = dnsmasq_options_add(page, &network->kept);
	return r < 0 ? r : add_resolv(page, network, place);
}

/* Who it is: a MAC address, a DUID, or (the first field otherwise) the name alone. */
static int add_holder(struct page *page, struct text *line, const struct dhcp_host *host)
{
	char mac[MAC_TEXT_SIZE];

	if (host->has_mac) {
		mac_format(&host->mac, mac);
		text_add(line, "%s,", mac);
	}
	if (!host->id)
		return 0;
	if (!*host->id || host->id[strspn(host->id, "0123456789abcdefABCDEF:")])
		return error_set(page->err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "the id '%s' of <host> is not a DUID (bytes in hexadecimal, with "
				 "colons)",
				 host->id);
	text_add(line, "id:%s,", host->id);
	return 0;
}

static int add_host(struct page *page, const struct dhcp_host *host)
{
	AUTO_TEXT struct text line = TEXT_INIT;
	AUTO_FREE char *result = NULL, *name = NULL;
	char address[ADDRESS_TEXT_SIZE];
	int r = add_holder(page, &line, host);

	if (r == 0 && host->name)
		r = check_name("the name of <host>", host->name, page->err);
	if (r < 0)
		return r;
	if (host->name) {
		name = quote_host_name(host->name);
		if (!name)
			return error_oom(page->err);
		text_add(&line, "%s,", name);
	}
	if (host->address.family) {
		address_format(&host->address, address);
		text_add(&line, host->address.family == AF_INET6 ? "[%s]," : "%s,", address);
	}
	if (text_take(&line, &result) < 0)
		return error_oom(page->err);
	return page_add(page, "%.*s%s", (int)strlen(result) - 1, result,
			lease_text(&host->lease).text);
}

static int make_hosts(struct page *page, const struct network *network,
		      const struct dnsmasq_place *place)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < network->n_ips; i++)
		for (size_t j = 0; r == 0 && j < network->ips[i].n_hosts; j++)
			r = add_host(page, &network->ips[i].hosts[j]);
	return r;
}

static int add_names(struct page *page, const struct dns_host *host)
{
	char address[ADDRESS_TEXT_SIZE];
	int r = 0;

	address_format(&host->address, address);
	for (size_t i = 0; r == 0 && i < host->n_names; i++) {
		r = check_name("the <hostname>", host->names[i], page->err);
		if (r == 0)
			r = page_add(page, "%s\t%s", address, host->names[i]);
	}
	return r;
}

/* A guest or a record that has it was meant by somebody. */
static bool is_taken(const struct network *network, const char *name)
{
	for (size_t i = 0; i < network->dns.n_hosts; i++)
		for (size_t j = 0; j < network->dns.hosts[i].n_names; j++)
			if (!strcasecmp(network->dns.hosts[i].names[j], name))
				return true;
	for (size_t i = 0; i < network->n_ips; i++)
		for (size_t j = 0; j < network->ips[i].n_hosts; j++)
			if (network->ips[i].hosts[j].name &&
			    !strcasecmp(network->ips[i].hosts[j].name, name))
				return true;
	return false;
}

/* The host as its guests reach it. In its own file its name mostly stands beside 127.0.1.1. */
static int add_own_name(struct page *page, const struct network *network, const char *name)
{
	char address[ADDRESS_TEXT_SIZE];
	int r = 0;

	if (dns_name_wrong(name) || !strncasecmp(name, "localhost", strlen("localhost")) ||
	    is_taken(network, name))
		return 0;
	for (size_t i = 0; r == 0 && i < network->n_ips; i++) {
		address_format(&network->ips[i].address, address);
		r = page_add(page, "%s\t%s", address, name);
	}
	return r;
}

/* The name as it is, and what stands before its first dot. */
static int add_own_names(struct page *page, const struct network *network, const char *host)
{
	AUTO_FREE char *first = NULL;
	int r;

	if (!host)
		return 0;
	first = strndup(host, strcspn(host, "."));
	if (!first)
		return error_oom(page->err);
	r = add_own_name(page, network, host);
	return r < 0 || !strcmp(first, host) ? r : add_own_name(page, network, first);
}

static int make_names(struct page *page, const struct network *network,
		      const struct dnsmasq_place *place)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < network->dns.n_hosts; i++)
		r = add_names(page, &network->dns.hosts[i]);
	return r < 0 ? r : add_own_names(page, network, place->host);
}

static int make_servers(struct page *page, const struct network *network,
			const struct dnsmasq_place *place)
{
	int r = 0;

	for (size_t i = 0; r == 0 && place->servers && i < place->servers->n; i++)
		r = page_add(page, "server=%s", place->servers->items[i]);
	return r;
}

static int make_page(const struct network *network, const struct dnsmasq_place *place,
		     int (*make)(struct page *, const struct network *,
				 const struct dnsmasq_place *),
		     char **ret_text, struct error *err)
{
	struct page page = { .text = TEXT_INIT, .err = err };
	int r = make(&page, network, place);

	if (r < 0) {
		text_done(&page.text);
		return r;
	}
	return text_take(&page.text, ret_text) < 0 ? error_oom(err) : 0;
}

int dnsmasq_texts_make(const struct network *network, const struct dnsmasq_place *place,
		       struct dnsmasq_texts *ret_texts, struct error *err)
{
	struct dnsmasq_texts texts = { 0 };
	int r = make_page(network, place, make_conf, &texts.conf, err);

	if (r == 0)
		r = make_page(network, place, make_hosts, &texts.hosts, err);
	if (r == 0)
		r = make_page(network, place, make_names, &texts.names, err);
	if (r == 0)
		r = make_page(network, place, make_servers, &texts.servers, err);
	if (r < 0) {
		dnsmasq_texts_done(&texts);
		return r;
	}
	*ret_texts = texts;
	return 0;
}

void dnsmasq_texts_done(struct dnsmasq_texts *texts)
{
	free(texts->conf);
	free(texts->hosts);
	free(texts->names);
	free(texts->servers);
	*texts = (struct dnsmasq_texts){ 0 };
}
