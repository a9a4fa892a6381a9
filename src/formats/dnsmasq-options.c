/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "formats/dnsmasq-page.h"
#include "formats/xml.h"
#include "util/text.h"

#define DNSMASQ_NAMESPACE "http://libvirt.org/schemas/network/dnsmasq/1.0"

/*
 * Whoever may define a network need not be root, and dnsmasq begins as root. So what may be said is
 * what concerns this network's own DHCP, DNS and TFTP, and is data: nothing that runs programs,
 * opens files or sockets of the host, looks at other interfaces, fills sets of the packet filter or
 * talks to a bus, and nothing that dnsmasq will learn in another version. That a file is served
 * or a name resolved in another way than its author wished is his own matter.
 *
 * `never`: what the value may not hold, because it is more than data: an interface
 * (constructor:), an address or interface to ask from (@), a file (/); "": there is no value. A
 * TFTP folder is <tftp>'s.
 */
static const struct {
	const char *name, *never;
} allowed_options[] = {
	{ "add-mac" },
	{ "add-subnet" },
	{ "address" },
	{ "alias" },
	{ "all-servers" },
	{ "bogus-nxdomain" },
	{ "bogus-priv" },
	{ "bootp-dynamic" },
	{ "caa-record" },
	{ "cache-rr" },
	{ "cache-size" },
	{ "clear-on-reload" },
	{ "cname" },
	{ "dhcp-authoritative" },
	{ "dhcp-boot" },
	{ "dhcp-broadcast" },
	{ "dhcp-circuitid" },
	{ "dhcp-client-update" },
	{ "dhcp-duid" },
	{ "dhcp-fqdn" },
	{ "dhcp-generate-names" },
	{ "dhcp-host" },
	{ "dhcp-ignore" },
	{ "dhcp-ignore-clid" },
	{ "dhcp-ignore-names" },
	{ "dhcp-lease-max" },
	{ "dhcp-mac" },
	{ "dhcp-match" },
	{ "dhcp-name-match" },
	{ "dhcp-no-override" },
	{ "dhcp-option" },
	{ "dhcp-option-force" },
	{ "dhcp-option-pxe" },
	{ "dhcp-pxe-vendor" },
	{ "dhcp-range", "constructor:" },
	{ "dhcp-rapid-commit" },
	{ "dhcp-remoteid" },
	{ "dhcp-reply-delay" },
	{ "dhcp-sequential-ip" },
	{ "dhcp-subscrid" },
	{ "dhcp-ttl" },
	{ "dhcp-userclass" },
	{ "dhcp-vendorclass" },
	{ "dns-forward-max" },
	{ "dns-loop-detect" },
	{ "dns-rr" },
	{ "dnssec" },
	{ "dnssec-check-unsigned" },
	{ "dnssec-debug" },
	{ "dnssec-limits" },
	{ "dnssec-no-timecheck" },
	{ "domain" },
	{ "domain-needed" },
	{ "edns-packet-max" },
	{ "enable-ra", "" },
	{ "expand-hosts" },
	{ "fast-dns-retry" },
	{ "filter-A" },
	{ "filter-AAAA" },
	{ "filter-rr" },
	{ "filterwin2k" },
	{ "host-record" },
	{ "ignore-address" },
	{ "local", "@" },
	{ "local-ttl" },
	{ "localise-queries" },
	{ "localmx" },
	{ "log-async" },
	{ "log-debug" },
	{ "log-dhcp" },
	{ "log-queries" },
	{ "max-cache-ttl" },
	{ "max-tcp-connections" },
	{ "max-ttl" },
	{ "min-cache-ttl" },
	{ "mx-host" },
	{ "mx-target" },
	{ "naptr-record" },
	{ "neg-ttl" },
	{ "no-hosts", "" },
	{ "no-ident" },
	{ "no-negcache" },
	{ "no-ping" },
	{ "no-poll" },
	{ "no-resolv", "" },
	{ "no-round-robin" },
	{ "proxy-dnssec" },
	{ "ptr-record" },
	{ "pxe-prompt" },
	{ "pxe-service" },
	{ "quiet-dhcp" },
	{ "quiet-dhcp6" },
	{ "quiet-ra" },
	{ "quiet-tftp" },
	{ "ra-param", "/" },
	{ "rebind-domain-ok" },
	{ "rebind-localhost-ok" },
	{ "rev-server", "@" },
	{ "selfmx" },
	{ "server", "@" },
	{ "srv-host" },
	{ "stop-dns-rebind" },
	{ "strict-order" },
	{ "strip-mac" },
	{ "strip-subnet" },
	{ "synth-domain" },
	{ "tag-if" },
	{ "tftp-lowercase" },
	{ "tftp-max" },
	{ "tftp-mtu" },
	{ "tftp-no-blocksize" },
	{ "tftp-no-fail" },
	{ "tftp-secure" },
	{ "tftp-single-port" },
	{ "tftp-unique-root" },
	{ "trust-anchor" },
	{ "txt-record" },
	{ "use-stale-cache" },
};

/* The name ends where dnsmasq ends it; quotes and escapes, which it would take away, fit no row. */
static int find_option(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(allowed_options); i++)
		if (strlen(allowed_options[i].name) == length &&
		    !memcmp(name, allowed_options[i].name, length))
			return (int)i;
	return -ENOENT;
}

static int check_option(const char *option, struct error *err)
{
	const char *begin = option + strspn(option, " \t"), *value, *never;
	size_t length = strcspn(begin, "= \t");
	int i = find_option(begin, length);

	if (i < 0)
		return error_set(
			err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
			"<dnsmasq:option value='%s'> is not allowed: '%.*s' is none of the "
			"options that a network may set (vif-network(7))",
			option, (int)length, begin);
	value = begin + length + strspn(begin + length, "= \t");
	never = allowed_options[i].never;
	if (never && !*never && !*value)
		return 0;
	if (never && !*never)
		return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
				 "<dnsmasq:option value='%s'> is not allowed: a network may set "
				 "'%.*s' only without a value",
				 option, (int)length, begin);
	/* dnsmasq would take quotes away, also from the middle of a word. */
	if (never && (strstr(value, never) || strpbrk(value, "\"\\")))
		return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
				 "<dnsmasq:option value='%s'> is not allowed: what a network sets "
				 "'%.*s' to may hold no '%s' and no quotes",
				 option, (int)length, begin, never);
	return 0;
}

static int read_option(struct xml *xml, const struct xml_item *item, void *object)
{
	const char *name = item->value + strspn(item->value, " \t");
	int r = check_option(item->value, xml->err);
	struct page *page = object;

	if (r < 0)
		return r;
	page->no_resolv |= !strncmp(name, "no-resolv", strlen("no-resolv"));
	return page_add(page, "%s", item->value);
}

static const struct xml_rule option_attributes[] = {
	{ "value", .flags = XML_REQUIRED, .read = read_option },
};
static const struct xml_table option_table = { XML_ATTRIBUTES(option_attributes) };
static const struct xml_rule options_elements[] = {
	{ "option", .ns = DNSMASQ_NAMESPACE, .flags = XML_MANY, .read = xml_descend,
	  .table = &option_table },
};
static const struct xml_table options_table = { XML_ELEMENTS(options_elements) };
static const struct xml_rule foreign_elements[] = {
	{ "options", .ns = DNSMASQ_NAMESPACE, .flags = XML_MANY, .read = xml_descend,
	  .table = &options_table },
};
static const struct xml_table foreign_table = { XML_ELEMENTS(foreign_elements) };

/* What was kept of the network's document carries its namespaces with it. */
static int add_kept_options(struct page *page, const char *kept)
{
	AUTO_FREE char *document = NULL;
	AUTO_XML struct xml xml = { 0 };
	int r;

	document = text_format("<network>%s</network>", kept);
	if (!document)
		return error_oom(page->err);
	r = xml_parse(&xml, document, strlen(document), "dnsmasq:options", "network", page->err);
	if (r < 0)
		return r;
	xml.kept_whole = true;
	return xml_read(&xml, xml.root, &foreign_table, page);
}

int dnsmasq_options_add(struct page *page, const struct kept_list *kept)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < kept->n; i++)
		if (kept->items[i].xml && !*kept->items[i].parent &&
		    strstr(kept->items[i].xml, DNSMASQ_NAMESPACE))
			r = add_kept_options(page, kept->items[i].xml);
	return r;
}
