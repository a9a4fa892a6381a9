/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <ip>, <route>, <domain>, <dns>.
 *
 * Most of their words end in the configuration of a name server, a line each,
 * where commas separate and slashes enclose. So a name holds none of these and no blank,
 * and no text holds a control character.
 */
#include <errno.h>
#include <string.h>

#include "formats/elements.h"
#include "formats/network-node.h"
#include "model/client-id.h"
#include "util/array.h"
#include "util/parse.h"

/* --- values --- */

int network_read_address(struct xml *xml, const struct xml_item *item, void *object)
{
	void *field = (char *)object + item->rule->offset;
	struct address *address = field;

	if (address_parse(item->value, address) < 0)
		return xml_error_value(xml, item, "is not an IP address");
	return 0;
}

static bool has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

/* As xml_read_string(), on one line. */
static int read_line(struct xml *xml, const struct xml_item *item, void *object)
{
	if (has_control(item->value))
		return xml_error_value(xml, item, "holds a control character");
	return xml_read_string(xml, item, object);
}

static int read_dns_name(struct xml *xml, const struct xml_item *item, void *object)
{
	const char *wrong = dns_name_wrong(item->value);

	return wrong ? xml_error_value(xml, item, wrong) : xml_read_string(xml, item, object);
}

/* That of a host is no pattern. */
static const char *host_name_wrong(const char *name)
{
	return strchr(name, '*') ? "is not a name that a host can have" : dns_name_wrong(name);
}

static int read_number(struct xml *xml, const struct xml_item *item, unsigned min,
		       const char *expected, uint16_t *ret)
{
	uint32_t number;

	if (parse_u32(item->value, min, UINT16_MAX, &number) < 0)
		return xml_error_value(xml, item, expected);
	*ret = (uint16_t)number;
	return 0;
}

static int read_family(struct xml *xml, const struct xml_item *item, void *object)
{
	if (strcmp(item->value, "ipv4") != 0 && strcmp(item->value, "ipv6") != 0)
		return xml_error_value(xml, item, "is not one of ipv4, ipv6");
	return xml_read_string(xml, item, object);
}

static int read_netmask(struct xml *xml, const struct xml_item *item, void *object)
{
	void *field = (char *)object + item->rule->offset;
	struct address *netmask = field;
	unsigned prefix;

	if (address_parse(item->value, netmask) < 0 || netmask->family != AF_INET ||
	    address_mask_prefix(netmask, &prefix) < 0)
		return xml_error_value(xml, item, "is not an IPv4 netmask");
	return 0;
}

int network_prefix_read(struct xml *xml, const struct xml_item *item, unsigned *ret)
{
	uint32_t prefix;

	if (parse_u32(item->value, 0, 128, &prefix) < 0)
		return xml_error_value(xml, item, "is not a number from 0 to 128");
	*ret = prefix;
	return 0;
}

/* What holds where nothing was said, or a netmask. */
static int settle_prefix(struct xml *xml, const struct xml_item *item,
			 const struct address *address, const struct address *netmask,
			 unsigned *ret)
{
	char text[ADDRESS_TEXT_SIZE];

	if (netmask->family && address_mask_prefix(netmask, ret) == 0)
		return 0;
	if (address_default_prefix(address, ret) == 0)
		return 0;
	address_format(address, text);
	return xml_error(xml, item->line, ERROR_INVALID_ARGUMENT,
			 "<%s address='%s'> needs a prefix or a netmask: its class has none",
			 item->rule->name, text);
}

/* --- <lease> --- */

static int read_expiry(struct xml *xml, const struct xml_item *item, void *object)
{
	struct lease *lease = object;

	if (parse_u64(item->value, 0, UINT32_MAX, &lease->expiry) < 0)
		return xml_error_value(xml, item, "is not a number from 0 to 4294967295");
	return 0;
}

static int read_unit(struct xml *xml, const struct xml_item *item, void *object)
{
	struct lease *lease = object;

	if (lease_unit_parse(item->value, &lease->unit) < 0)
		return xml_error_value(xml, item, "is not one of minutes, seconds, hours");
	return 0;
}

static const struct xml_rule lease_attributes[] = {
	{ "expiry", .flags = XML_REQUIRED, .read = read_expiry },
	{ "unit", .read = read_unit },
};
static const struct xml_table lease_table = { XML_ATTRIBUTES(lease_attributes) };

static int read_lease(struct xml *xml, const struct xml_item *item, void *object)
{
	void *field = (char *)object + item->rule->offset;
	struct lease *lease = field;

	lease->set = true;
	return xml_read(xml, item->element, &lease_table, lease);
}

/* --- <range>, <host>, <bootp> --- */

static const struct xml_rule range_attributes[] = {
	{ "start", .flags = XML_REQUIRED, .read = network_read_address,
	  .offset = offsetof(struct dhcp_range, start) },
	{ "end", .flags = XML_REQUIRED, .read = network_read_address,
	  .offset = offsetof(struct dhcp_range, end) },
};
static const struct xml_rule range_elements[] = {
	{ "lease", .read = read_lease, .offset = offsetof(struct dhcp_range, lease) },
};
static const struct xml_table range_table = { XML_ATTRIBUTES(range_attributes),
					      XML_ELEMENTS(range_elements) };

int dhcp_range_read(struct xml *xml, const struct xml_item *item, struct dhcp_range *ret)
{
	ret->line = item->line;
	return xml_read(xml, item->element, &range_table, ret);
}

static int read_host_mac(struct xml *xml, const struct xml_item *item, void *object)
{
	struct dhcp_host *host = object;

	host->has_mac = true;
	return xml_read_device_mac(xml, item, &host->mac);
}

static int read_host_id(struct xml *xml, const struct xml_item *item, void *object)
{
	char text[CLIENT_ID_TEXT_SIZE];
	struct dhcp_host *host = object;
	struct client_id id;

	if (client_id_parse(item->value, &id) < 0)
		return xml_error_value(xml, item, "is not bytes in hexadecimal between colons");
	client_id_format(&id, text);
	host->id = strdup(text);
	return host->id ? 0 : error_oom(xml->err);
}

static int read_host_name(struct xml *xml, const struct xml_item *item, void *object)
{
	const char *wrong = host_name_wrong(item->value);
	char c = *item->value;

	if (!wrong && !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
		wrong = "is not a name that a host can have: it begins with no letter";
	return wrong ? xml_error_value(xml, item, wrong) : xml_read_string(xml, item, object);
}

static const struct xml_rule host_attributes[] = {
	{ "mac", .read = read_host_mac },
	{ "id", .read = read_host_id },
	{ "name", .read = read_host_name, .offset = offsetof(struct dhcp_host, name) },
	{ "ip", .read = network_read_address, .offset = offsetof(struct dhcp_host, address) },
};
static const struct xml_rule host_elements[] = {
	{ "lease", .read = read_lease, .offset = offsetof(struct dhcp_host, lease) },
};
static const struct xml_table host_table = { XML_ATTRIBUTES(host_attributes),
					     XML_ELEMENTS(host_elements) };

int dhcp_host_read(struct xml *xml, const struct xml_item *item, struct dhcp_host *ret)
{
	ret->line = item->line;
	return xml_read(xml, item->element, &host_table, ret);
}

static int read_range(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network_ip *ip = object;
	struct dhcp_range *range = array_add(&ip->ranges, &ip->n_ranges, sizeof(*range));

	return range ? dhcp_range_read(xml, item, range) : error_oom(xml->err);
}

static int read_host(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network_ip *ip = object;
	struct dhcp_host *host = array_add(&ip->hosts, &ip->n_hosts, sizeof(*host));

	return host ? dhcp_host_read(xml, item, host) : error_oom(xml->err);
}

static int read_bootserver(struct xml *xml, const struct xml_item *item, void *object)
{
	struct address address;

	if (address_parse(item->value, &address) < 0)
		return xml_error_value(xml, item, "is not an IP address");
	return xml_read_string(xml, item, object);
}

static const struct xml_rule bootp_attributes[] = {
	{ "file", .flags = XML_REQUIRED, .read = read_line,
	  .offset = offsetof(struct network_ip, bootfile) },
	{ "server", .read = read_bootserver, .offset = offsetof(struct network_ip, bootserver) },
};
static const struct xml_table bootp_table = { XML_ATTRIBUTES(bootp_attributes) };

static const struct xml_rule dhcp_elements[] = {
	{ "range", .flags = XML_MANY, .read = read_range },
	{ "host", .flags = XML_MANY, .read = read_host },
	{ "bootp", .read = xml_descend, .table = &bootp_table },
};
static const struct xml_table dhcp_table = { XML_ELEMENTS(dhcp_elements) };

/* --- <ip> --- */

/* A prefix of 0 says as much as none: so libvirt has it. */
static int read_ip_prefix(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network_ip *ip = object;
	int r = network_prefix_read(xml, item, &ip->prefix);

	ip->has_prefix = r == 0 && ip->prefix != 0;
	return r;
}

static const struct xml_rule tftp_attributes[] = {
	{ "root", .flags = XML_REQUIRED, .read = read_line,
	  .offset = offsetof(struct network_ip, tftp_root) },
};
static const struct xml_table tftp_table = { XML_ATTRIBUTES(tftp_attributes) };

static const struct xml_rule ip_attributes[] = {
	{ "family", .read = read_family, .offset = offsetof(struct network_ip, family) },
	{ "address", .flags = XML_REQUIRED, .read = network_read_address,
	  .offset = offsetof(struct network_ip, address) },
	{ "netmask", .read = read_netmask, .offset = offsetof(struct network_ip, netmask) },
	{ "prefix", .read = read_ip_prefix },
	{ "localPtr", .read = xml_read_tristate, .offset = offsetof(struct network_ip, local_ptr) },
};
static const struct xml_rule ip_elements[] = {
	{ "tftp", .read = xml_descend, .table = &tftp_table },
	{ "dhcp", .read = xml_descend, .table = &dhcp_table },
};
static const struct xml_table ip_table = { XML_ATTRIBUTES(ip_attributes),
					   XML_ELEMENTS(ip_elements) };

int network_read_ip(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network *network = object;
	struct network_ip *ip = array_add(&network->ips, &network->n_ips, sizeof(*ip));
	int r;

	if (!ip)
		return error_oom(xml->err);
	ip->line = item->line;
	r = xml_read_alone(xml, item->element, &ip_table, ip);
	if (r < 0)
		return r;
	ip->dhcp = ip->n_ranges > 0 || ip->n_hosts > 0 || ip->bootfile;
	if (ip->has_prefix)
		return 0;
	return settle_prefix(xml, item, &ip->address, &ip->netmask, &ip->prefix);
}

/* --- <route> --- */

static int read_route_prefix(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network_route *route = object;

	route->has_prefix = true;
	return network_prefix_read(xml, item, &route->prefix);
}

static int read_metric(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network_route *route = object;
	uint32_t metric;

	if (parse_u32(item->value, 1, UINT32_MAX, &metric) < 0)
		return xml_error_value(xml, item, "is not a number above 0");
	route->metric = metric;
	return 0;
}

static const struct xml_rule route_attributes[] = {
	{ "family", .read = read_family, .offset = offsetof(struct network_route, family) },
	{ "address", .flags = XML_REQUIRED, .read = network_read_address,
	  .offset = offsetof(struct network_route, address) },
	{ "netmask", .read = read_netmask, .offset = offsetof(struct network_route, netmask) },
	{ "prefix", .read = read_route_prefix },
	{ "gateway", .flags = XML_REQUIRED, .read = network_read_address,
	  .offset = offsetof(struct network_route, gateway) },
	{ "metric", .read = read_metric },
};
static const struct xml_table route_table = { XML_ATTRIBUTES(route_attributes) };

/* Where nothing was said, the address 0.0.0.0 or :: means every other. */
static bool is_default_route(const struct network_route *route)
{
	struct address any = { .family = route->address.family };

	return !route->netmask.family && address_equal(&any, &route->address);
}

int network_read_route(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network *network = object;
	struct network_route *route = array_add(&network->routes, &network->n_routes,
						sizeof(*route));
	int r;

	if (!route)
		return error_oom(xml->err);
	route->line = item->line;
	r = xml_read_alone(xml, item->element, &route_table, route);
	if (r < 0 || route->has_prefix || is_default_route(route))
		return r;
	return settle_prefix(xml, item, &route->address, &route->netmask, &route->prefix);
}

/* --- <domain> --- */

static const struct xml_rule domain_attributes[] = {
	{ "name", .flags = XML_REQUIRED, .read = read_dns_name,
	  .offset = offsetof(struct network_domain, name) },
	{ "localOnly", .read = xml_read_tristate,
	  .offset = offsetof(struct network_domain, local_only) },
	{ "register", .read = xml_read_tristate,
	  .offset = offsetof(struct network_domain, register_) },
};
static const struct xml_table domain_table = { XML_ATTRIBUTES(domain_attributes) };

int network_read_domain(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network *network = object;

	network->domain.line = item->line;
	return xml_read(xml, item->element, &domain_table, &network->domain);
}

/* --- <dns> --- */

static int read_forwarder_port(struct xml *xml, const struct xml_item *item, void *object)
{
	struct dns_forwarder *forwarder = object;
	uint16_t port = 0;
	int r = read_number(xml, item, 1, "is not a number from 1 to 65535", &port);

	if (r == 0)
		forwarder->port = port;
	return r;
}

static const struct xml_rule forwarder_attributes[] = {
	{ "domain", .read = read_dns_name, .offset = offsetof(struct dns_forwarder, domain) },
	{ "addr", .read = network_read_address, .offset = offsetof(struct dns_forwarder, address) },
	{ "port", .read = read_forwarder_port },
};
static const struct xml_table forwarder_table = { XML_ATTRIBUTES(forwarder_attributes) };

static int read_forwarder(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network_dns *dns = object;
	struct dns_forwarder *forwarder = array_add(&dns->forwarders, &dns->n_forwarders,
						    sizeof(*forwarder));

	if (!forwarder)
		return error_oom(xml->err);
	forwarder->line = item->line;
	return xml_read(xml, item->element, &forwarder_table, forwarder);
}

static const struct xml_rule txt_attributes[] = {
	{ "name", .read = read_dns_name, .offset = offsetof(struct dns_txt, name) },
	{ "value", .read = read_line, .offset = offsetof(struct dns_txt, value) },
};
static const struct xml_table txt_table = { XML_ATTRIBUTES(txt_attributes) };

int dns_txt_read(struct xml *xml, const struct xml_item *item, struct dns_txt *ret)
{
	ret->line = item->line;
	return xml_read(xml, item->element, &txt_table, ret);
}

static int read_srv_port(struct xml *xml, const struct xml_item *item, void *object)
{
	struct dns_srv *srv = object;

	srv->has_port = true;
	return read_number(xml, item, 1, "is not a number from 1 to 65535", &srv->port);
}

static int read_srv_priority(struct xml *xml, const struct xml_item *item, void *object)
{
	struct dns_srv *srv = object;

	srv->has_priority = true;
	return read_number(xml, item, 0, "is not a number from 0 to 65535", &srv->priority);
}

static int read_srv_weight(struct xml *xml, const struct xml_item *item, void *object)
{
	struct dns_srv *srv = object;

	srv->has_weight = true;
	return read_number(xml, item, 0, "is not a number from 0 to 65535", &srv->weight);
}

/* A dot alone: nobody serves this here (RFC 2782). */
static int read_srv_target(struct xml *xml, const struct xml_item *item, void *object)
{
	return strcmp(item->value, ".") ? read_dns_name(xml, item, object)
					: xml_read_string(xml, item, object);
}

static const struct xml_rule srv_attributes[] = {
	{ "service", .read = read_dns_name, .offset = offsetof(struct dns_srv, service) },
	{ "protocol", .read = read_dns_name, .offset = offsetof(struct dns_srv, protocol) },
	{ "domain", .read = read_dns_name, .offset = offsetof(struct dns_srv, domain) },
	{ "target", .read = read_srv_target, .offset = offsetof(struct dns_srv, target) },
	{ "port", .read = read_srv_port },
	{ "priority", .read = read_srv_priority },
	{ "weight", .read = read_srv_weight },
};
static const struct xml_table srv_table = { XML_ATTRIBUTES(srv_attributes) };

int dns_srv_read(struct xml *xml, const struct xml_item *item, struct dns_srv *ret)
{
	ret->line = item->line;
	return xml_read(xml, item->element, &srv_table, ret);
}

static int read_hostname(struct xml *xml, const struct xml_item *item, void *object)
{
	struct dns_host *host = object;
	AUTO_FREE char *name = NULL;
	const char *wrong;
	char **place;
	int r = xml_item_text(xml, item, &name);

	if (r < 0)
		return r;
	wrong = host_name_wrong(name);
	if (wrong)
		return xml_error_value(xml, item, wrong);
	place = array_add(&host->names, &host->n_names, sizeof(*place));
	if (!place)
		return error_oom(xml->err);
	*place = take_ptr(name);
	return 0;
}

static const struct xml_rule dns_host_attributes[] = {
	{ "ip", .read = network_read_address, .offset = offsetof(struct dns_host, address) },
};
static const struct xml_rule dns_host_elements[] = {
	{ "hostname", .flags = XML_MANY, .read = read_hostname },
};
static const struct xml_table dns_host_table = { XML_ATTRIBUTES(dns_host_attributes),
						 XML_ELEMENTS(dns_host_elements) };

int dns_host_read(struct xml *xml, const struct xml_item *item, struct dns_host *ret)
{
	ret->line = item->line;
	return xml_read(xml, item->element, &dns_host_table, ret);
}

static int read_txt(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network_dns *dns = object;
	struct dns_txt *txt = array_add(&dns->txts, &dns->n_txts, sizeof(*txt));

	return txt ? dns_txt_read(xml, item, txt) : error_oom(xml->err);
}

static int read_srv(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network_dns *dns = object;
	struct dns_srv *srv = array_add(&dns->srvs, &dns->n_srvs, sizeof(*srv));

	return srv ? dns_srv_read(xml, item, srv) : error_oom(xml->err);
}

static int read_dns_host(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network_dns *dns = object;
	struct dns_host *host = array_add(&dns->hosts, &dns->n_hosts, sizeof(*host));

	return host ? dns_host_read(xml, item, host) : error_oom(xml->err);
}

static int read_host_file(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network_dns *dns = object;

	return xml_read_yes_no(xml, item, &dns->host_file);
}

static const struct xml_rule dns_attributes[] = {
	{ "enable", .read = xml_read_tristate, .offset = offsetof(struct network_dns, enable) },
	{ "forwardPlainNames", .read = xml_read_tristate,
	  .offset = offsetof(struct network_dns, forward_plain_names) },
	{ "hosts", .ns = VIF_NAMESPACE, .read = read_host_file },
};
static const struct xml_rule dns_elements[] = {
	{ "forwarder", .flags = XML_MANY, .read = read_forwarder },
	{ "txt", .flags = XML_MANY, .read = read_txt },
	{ "srv", .flags = XML_MANY, .read = read_srv },
	{ "host", .flags = XML_MANY, .read = read_dns_host },
};
static const struct xml_table dns_table = { XML_ATTRIBUTES(dns_attributes),
					    XML_ELEMENTS(dns_elements) };

int network_read_dns(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network *network = object;

	network->dns.set = true;
	network->dns.line = item->line;
	return xml_read(xml, item->element, &dns_table, &network->dns);
}
