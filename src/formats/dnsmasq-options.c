/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "formats/dnsmasq-page.h"
#include "formats/xml.h"
#include "util/text.h"

#define DNSMASQ_NAMESPACE "http://libvirt.org/schemas/network/dnsmasq/1.0"

/*
 * Whoever may define a network need not be root. These would make him that: they run programs,
 * write files before dnsmasq gives up its privileges, or keep it from giving them up. The last
 * two keep it from going into the background.
 */
static const char *const forbidden_options[] = {
	"conf-dir",
	"conf-file",
	"conf-script",
	"dhcp-leasefile",
	"dhcp-luascript",
	"dhcp-script",
	"dhcp-scriptuser",
	"dnssec-timestamp",
	"dumpfile",
	"group",
	"log-facility",
	"pid-file",
	"user",
	"keep-in-foreground",
	"no-daemon",
};

/* The name of the option is in no quotes: dnsmasq would take them away before it looks at it. */
static int read_option(struct xml *xml, const struct xml_item *item, void *object)
{
	const char *begin = item->value + strspn(item->value, " \t");
	size_t length = strcspn(begin, "= \t");

	for (size_t i = 0; i < ARRAY_SIZE(forbidden_options); i++)
		if (strlen(forbidden_options[i]) == length &&
		    !memcmp(begin, forbidden_options[i], length))
			return error_set(xml->err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
					 "<dnsmasq:option value='%s'> is not allowed: %s is vifd's "
					 "to decide",
					 item->value, forbidden_options[i]);
	if (memchr(begin, '"', length) || memchr(begin, '\\', length))
		return error_set(
			xml->err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
			"<dnsmasq:option value='%s'> is not allowed: the name of the option "
			"holds quotes",
			item->value);
	return page_add(object, "%s", item->value);
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
