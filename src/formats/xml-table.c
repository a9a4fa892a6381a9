/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The walk of a table over an element.
 *
 * Attributes come before elements, and what a row names before what none does,
 * so the first complaint is about something that the author meant. What no row
 * names is refused, or, in a foreign namespace, kept.
 *
 * A kept element is stored in one of two ways. Where its layout carries nothing
 * (elements only, or one line of text in each, no namespaces: all of libvirt's
 * own) it is laid out anew, so that it reads like its neighbours wherever it is
 * given back. Everything else is stored as it stands, byte for byte, with the
 * namespaces that it inherited declared on it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "formats/xml-writer.h"
#include "formats/xml.h"
#include "util/parse.h"
#include "util/text.h"

static bool in_namespace(const xmlNs *ns, const char *wanted)
{
	return streq(ns ? (const char *)ns->href : NULL, wanted);
}

/* Each name is compared with those of all rows: the first letter tells most of them apart. */
static bool same_name(const xmlChar *name, const char *wanted)
{
	return (char)*name == *wanted && !strcmp((const char *)name, wanted);
}

static bool element_matches(const xmlNode *node, const struct xml_rule *rule)
{
	return node->type == XML_ELEMENT_NODE && same_name(node->name, rule->name) &&
	       in_namespace(node->ns, rule->ns);
}

xmlNode *xml_child(xmlNode *element, const char *name)
{
	for (xmlNode *child = element->children; child; child = child->next)
		if (element_matches(child, &(struct xml_rule){ .name = name }))
			return child;
	return NULL;
}

static const struct xml_rule *rule_of_element(const struct xml_table *table, const xmlNode *node)
{
	for (size_t i = 0; i < table->n_elements; i++)
		if (element_matches(node, &table->elements[i]))
			return &table->elements[i];
	return NULL;
}

static bool attribute_matches(const xmlAttr *attr, const struct xml_rule *rule)
{
	return same_name(attr->name, rule->name) && in_namespace(attr->ns, rule->ns);
}

static const struct xml_rule *rule_of_attribute(const struct xml_table *table, const xmlAttr *attr)
{
	for (size_t i = 0; i < table->n_attributes; i++)
		if (attribute_matches(attr, &table->attributes[i]))
			return &table->attributes[i];
	return NULL;
}

/* With the author's prefix; the caller's to free, NULL when out of memory. */
static char *qualified_name(const xmlNs *ns, const char *name)
{
	if (!ns || !ns->prefix)
		return strdup(name);
	return text_format("%s:%s", (const char *)ns->prefix, name);
}

static char *attribute_value(const xmlAttr *attr)
{
	xmlChar *content = xmlNodeListGetString(attr->doc, attr->children, 1);
	char *value = strdup(content ? (char *)content : "");

	xmlFree(content);
	return value;
}

static int read_attribute(struct xml *xml, xmlNode *element, const struct xml_rule *rule,
			  void *object)
{
	AUTO_FREE char *name = NULL, *value = NULL;
	const xmlAttr *attr = element->properties;

	while (attr && !attribute_matches(attr, rule))
		attr = attr->next;
	if (!attr) {
		if (!(rule->flags & XML_REQUIRED))
			return 0;
		return xml_error(xml, xml_line(element), ERROR_INVALID_XML,
				 "<%s> lacks the attribute '%s'", xml_label(xml, element),
				 rule->name);
	}
	name = qualified_name(attr->ns, rule->name);
	value = attribute_value(attr);
	if (!name || !value)
		return error_oom(xml->err);
	return rule->read(xml,
			  &(struct xml_item){ .rule = rule,
					      .element = element,
					      .name = name,
					      .value = value,
					      .line = xml_line(element) },
			  object);
}

static int read_element(struct xml *xml, xmlNode *element, const struct xml_rule *rule,
			void *object)
{
	xmlNode *first = NULL;
	int r;

	for (xmlNode *child = element->children; child; child = child->next) {
		struct xml_item item = { .rule = rule, .element = child, .name = rule->name };

		if (!element_matches(child, rule))
			continue;
		item.line = xml_line(child);
		if (first && !(rule->flags & XML_MANY))
			return xml_error(xml, item.line, ERROR_INVALID_XML,
					 "<%s> stands twice in <%s> (first in line %u)", rule->name,
					 xml_name(element), xml_line(first));
		first = child;
		r = rule->read(xml, &item, object);
		if (r < 0)
			return r;
	}
	if (!first && rule->flags & XML_REQUIRED)
		return xml_error(xml, xml_line(element), ERROR_INVALID_XML,
				 "<%s> lacks the element <%s>", xml_name(element), rule->name);
	return 0;
}

/* --- what is kept --- */

/* "" for the root of what is kept, a name for a child of it, NULL for what lies deeper. */
static const char *parent_path(const struct xml *xml, const xmlNode *element)
{
	if (!xml->kept)
		return NULL;
	if (element == xml->top)
		return "";
	return element->parent == xml->top && !element->ns ? xml_name(element) : NULL;
}

static bool is_blank(const xmlNode *node)
{
	const char *text = (const char *)node->content;

	return !text || text[strspn(text, " \t\r\n")] == '\0';
}

static bool has_element(const xmlNode *node)
{
	for (const xmlNode *child = node->children; child; child = child->next)
		if (child->type == XML_ELEMENT_NODE)
			return true;
	return false;
}

/* Only elements or one line of text in each, no namespaces: its layout carries nothing. */
static bool is_plain(const xmlNode *node)
{
	if (node->ns || node->nsDef)
		return false;
	for (const xmlAttr *attr = node->properties; attr; attr = attr->next)
		if (attr->ns)
			return false;
	for (const xmlNode *child = node->children; child; child = child->next) {
		if (child->type == XML_ELEMENT_NODE) {
			if (!is_plain(child))
				return false;
			continue;
		}
		if (child->type != XML_TEXT_NODE)
			return false;
		if (!is_blank(child) && has_element(node))
			return false;
		if (!is_blank(child) && strpbrk((const char *)child->content, "\r\n"))
			return false;
	}
	return true;
}

static int print_plain(struct xml_writer *writer, xmlNode *node)
{
	int r = 0;

	xml_begin(writer, xml_name(node));
	for (const xmlAttr *attr = node->properties; attr && r == 0; attr = attr->next) {
		AUTO_FREE char *value = attribute_value(attr);

		if (!value)
			return -ENOMEM;
		xml_attribute(writer, (const char *)attr->name, value);
	}
	for (xmlNode *child = node->children; child && r == 0; child = child->next) {
		if (child->type == XML_ELEMENT_NODE)
			r = print_plain(writer, child);
		else if (!is_blank(child))
			xml_content(writer, (const char *)child->content);
	}
	xml_end(writer, xml_name(node));
	return r;
}

static int plain_text(xmlNode *node, char **ret_text)
{
	AUTO_XML_WRITER struct xml_writer writer = XML_WRITER_INIT;
	int r = print_plain(&writer, node);

	return r < 0 ? r : xml_writer_take(&writer, ret_text);
}

/*
 * As it stands; the copy declares the namespaces that the original inherited. What
 * is not ASCII stays so only where the document says how it is encoded.
 */
static int verbatim_text(xmlNode *node, char **ret_text)
{
	xmlNode *copy = xmlDocCopyNode(node, node->doc, 1);
	xmlBuffer *buffer = xmlBufferCreate();
	char *text = NULL;

	if (!node->doc->encoding)
		node->doc->encoding = xmlStrdup(BAD_CAST "UTF-8");
	if (node->doc->encoding && copy && buffer &&
	    xmlNodeDump(buffer, node->doc, copy, 0, 0) >= 0)
		text = strdup((const char *)xmlBufferContent(buffer));
	xmlBufferFree(buffer);
	xmlFreeNode(copy);
	if (!text)
		return -ENOMEM;
	*ret_text = text;
	return 0;
}

static int cannot_keep(struct xml *xml, const xmlNode *element, const char *name, unsigned line)
{
	return xml_error(xml, line, ERROR_NOT_SUPPORTED, "'%s' cannot be kept inside <%s>", name,
			 xml_label(xml, element));
}

static int keep_element(struct xml *xml, xmlNode *node)
{
	AUTO_FREE char *name = qualified_name(node->ns, xml_name(node));
	const char *parent = parent_path(xml, node->parent);
	bool verbatim = !is_plain(node);
	AUTO_FREE char *text = NULL;
	int r;

	if (!name)
		return error_oom(xml->err);
	if (!parent)
		return cannot_keep(xml, node->parent, name, xml_line(node));
	r = verbatim ? verbatim_text(node, &text) : plain_text(node, &text);
	if (r == 0)
		r = kept_add_element(xml->kept, parent, name, text, verbatim, xml_line(node));
	return r < 0 ? error_oom(xml->err) : 0;
}

static int keep_attribute(struct xml *xml, const xmlNode *element, const char *name,
			  const char *value)
{
	const char *parent = parent_path(xml, element);

	if (!parent)
		return cannot_keep(xml, element, name, xml_line(element));
	if (kept_add_attribute(xml->kept, parent, name, value, xml_line(element)) < 0)
		return error_oom(xml->err);
	return 0;
}

/*
 * The attribute is given back with a declaration of its prefix beside it. The
 * prefix of ours may be declared there too, so it cannot be another's.
 */
static int keep_foreign_attribute(struct xml *xml, const xmlNode *element, const xmlAttr *attr)
{
	AUTO_FREE char *name = qualified_name(attr->ns, (const char *)attr->name);
	AUTO_FREE char *value = attribute_value(attr);
	AUTO_FREE char *declaration = NULL;
	int r;

	if (!name || !value)
		return error_oom(xml->err);
	if (strcmp((const char *)attr->ns->href, (const char *)XML_XML_NAMESPACE) != 0) {
		declaration = qualified_name(&(xmlNs){ .prefix = BAD_CAST "xmlns" },
					     (const char *)attr->ns->prefix);
		if (!declaration)
			return error_oom(xml->err);
		if (!strcmp(declaration, "xmlns:vif"))
			return cannot_keep(xml, element, name, xml_line(element));
		r = keep_attribute(xml, element, declaration, (const char *)attr->ns->href);
		if (r < 0)
			return r;
	}
	return keep_attribute(xml, element, name, value);
}

/* --- what no row names --- */

static int unknown_attribute(struct xml *xml, const xmlNode *element, const xmlAttr *attr)
{
	AUTO_FREE char *name = qualified_name(attr->ns, (const char *)attr->name);

	if (!name)
		return error_oom(xml->err);
	return xml_error(xml, xml_line(element), ERROR_NOT_SUPPORTED,
			 "<%s> has an attribute '%s' that vifd does not know here",
			 xml_label(xml, element), name);
}

static int unknown_element(struct xml *xml, const xmlNode *node)
{
	return xml_error(xml, xml_line(node), ERROR_NOT_SUPPORTED,
			 "<%s> has an element <%s> that vifd does not know here",
			 xml_name(node->parent), xml_label(xml, node));
}

static int check_attribute(struct xml *xml, const xmlNode *element, const xmlAttr *attr,
			   const struct xml_table *table)
{
	if (attr->ns && !in_namespace(attr->ns, VIF_NAMESPACE))
		return xml->kept_whole ? 0 : keep_foreign_attribute(xml, element, attr);
	if (rule_of_attribute(table, attr))
		return 0;
	return unknown_attribute(xml, element, attr);
}

static int check_node(struct xml *xml, xmlNode *element, xmlNode *node,
		      const struct xml_table *table)
{
	if (node->type == XML_COMMENT_NODE || node->type == XML_PI_NODE)
		return 0;
	if (node->type != XML_ELEMENT_NODE) {
		if (is_blank(node))
			return 0;
		return xml_error(xml, xml_line(element), ERROR_INVALID_XML,
				 "<%s> holds text where none belongs", xml_label(xml, element));
	}
	if (node->ns && !in_namespace(node->ns, VIF_NAMESPACE))
		return xml->kept_whole ? 0 : keep_element(xml, node);
	if (rule_of_element(table, node))
		return 0;
	return unknown_element(xml, node);
}

int xml_read(struct xml *xml, xmlNode *element, const struct xml_table *table, void *object)
{
	int r = 0;

	for (size_t i = 0; i < table->n_attributes && r == 0; i++)
		r = read_attribute(xml, element, &table->attributes[i], object);
	for (xmlAttr *attr = element->properties; attr && r == 0; attr = attr->next)
		r = check_attribute(xml, element, attr, table);
	for (size_t i = 0; i < table->n_elements && r == 0; i++)
		r = read_element(xml, element, &table->elements[i], object);
	for (xmlNode *child = element->children; child && r == 0; child = child->next)
		r = check_node(xml, element, child, table);
	return r;
}

int xml_read_alone(struct xml *xml, xmlNode *element, const struct xml_table *table, void *object)
{
	struct kept_list *kept = xml->kept;
	int r;

	xml->kept = NULL;
	r = xml_read(xml, element, table, object);
	xml->kept = kept;
	return r;
}

static int element_text(struct xml *xml, const xmlNode *element, char **ret_text)
{
	char *text;

	if (element->properties)
		return unknown_attribute(xml, element, element->properties);
	for (const xmlNode *child = element->children; child; child = child->next)
		if (child->type == XML_ELEMENT_NODE)
			return unknown_element(xml, child);
	text = xml_content_of(element);
	if (!text)
		return error_oom(xml->err);
	*ret_text = text;
	return 0;
}

int xml_item_text(struct xml *xml, const struct xml_item *item, char **ret_text)
{
	char *text;

	if (!item->value)
		return element_text(xml, item->element, ret_text);
	text = strdup(item->value);
	if (!text)
		return error_oom(xml->err);
	*ret_text = text;
	return 0;
}

/* --- ready-made rows --- */

int xml_read_string(struct xml *xml, const struct xml_item *item, void *object)
{
	void *field = (char *)object + item->rule->offset;
	char **slot = field;
	AUTO_FREE char *text = NULL;
	int r = xml_item_text(xml, item, &text);

	if (r < 0)
		return r;
	if (!*text)
		return xml_error_value(xml, item, "is empty");
	*slot = take_ptr(text);
	return 0;
}

int xml_read_ifname(struct xml *xml, const struct xml_item *item, void *object)
{
	const char *wrong = ifname_wrong(item->value);

	if (wrong)
		return xml_error_value(xml, item, wrong);
	return xml_read_string(xml, item, object);
}

int xml_descend(struct xml *xml, const struct xml_item *item, void *object)
{
	return xml_read(xml, item->element, item->rule->table, object);
}

int xml_keep(struct xml *xml, const struct xml_item *item, void *object)
{
	if (item->value)
		return keep_attribute(xml, item->element, item->rule->name, item->value);
	return keep_element(xml, item->element);
}

int xml_keep_read(struct xml *xml, const struct xml_item *item, void *object)
{
	int r;

	xml->kept_whole = true;
	r = xml_read(xml, item->element, item->rule->table, object);
	xml->kept_whole = false;
	return r < 0 ? r : xml_keep(xml, item, object);
}

static int error_not_one_of(struct xml *xml, const struct xml_item *item)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *why = NULL;

	text_add(&text, "is not one of");
	for (const char *const *value = item->rule->values; *value; value++)
		text_add(&text, "%s %s", value == item->rule->values ? "" : ",", *value);
	if (text_take(&text, &why) < 0)
		return error_oom(xml->err);
	return xml_error_value(xml, item, why);
}

static bool is_one_of(const struct xml_item *item)
{
	for (const char *const *value = item->rule->values; *value; value++)
		if (!strcmp(item->value, *value))
			return true;
	return false;
}

int xml_keep_one_of(struct xml *xml, const struct xml_item *item, void *object)
{
	if (!is_one_of(item))
		return error_not_one_of(xml, item);
	return xml_keep(xml, item, object);
}

int xml_keep_matters(struct xml *xml, const struct xml_item *item, void *object)
{
	const struct xml_rule *rule = item->rule;
	bool harmless = item->value && rule->values && !strcmp(item->value, rule->values[0]);
	int r;

	if (item->value && rule->values && !is_one_of(item))
		return error_not_one_of(xml, item);
	r = rule->table ? xml_keep_read(xml, item, object) : xml_keep(xml, item, object);
	if (r == 0)
		xml->kept->items[xml->kept->n - 1].matters = !harmless;
	return r;
}

int xml_refuse(struct xml *xml, const struct xml_item *item, void *object)
{
	if (item->value)
		return xml_error(xml, item->line, ERROR_NOT_SUPPORTED,
				 "<%s %s='%s'> is not supported yet", xml_label(xml, item->element),
				 item->name, item->value);
	return xml_error(xml, item->line, ERROR_NOT_SUPPORTED, "<%s> in <%s> is not supported yet",
			 item->rule->name, xml_name(item->element->parent));
}

int xml_drop(struct xml *xml, const struct xml_item *item, void *object)
{
	return 0;
}

int xml_check_text(struct xml *xml, const struct xml_item *item, void *object)
{
	return *item->value ? 0 : xml_error_value(xml, item, "is empty");
}

int xml_check_number(struct xml *xml, const struct xml_item *item, void *object)
{
	AUTO_FREE char *text = NULL;
	uint32_t number;
	int r = xml_item_text(xml, item, &text);

	if (r < 0)
		return r;
	if (parse_u32(text, 0, UINT32_MAX, &number) < 0)
		return xml_error_value(xml, item, "is not a number below 4294967296");
	return 0;
}

int xml_check_port(struct xml *xml, const struct xml_item *item, void *object)
{
	uint32_t port;

	if (parse_u32(item->value, 1, UINT16_MAX, &port) < 0)
		return xml_error_value(xml, item, "is not a number from 1 to 65535");
	return 0;
}

int xml_check_yes_no(struct xml *xml, const struct xml_item *item, void *object)
{
	bool value;

	return xml_read_yes_no(xml, item, &value);
}

int xml_read_port_type(struct xml *xml, const struct xml_item *item, enum port_type *ret_type)
{
	enum port_type type;

	if (port_type_parse(item->value, &type) < 0)
		return xml_error_value(xml, item, "is not one of direct, live");
	*ret_type = type;
	return 0;
}

int xml_read_yes_no(struct xml *xml, const struct xml_item *item, bool *ret_value)
{
	if (parse_yes_no(item->value, ret_value) < 0)
		return xml_error_value(xml, item, "is not one of yes, no");
	return 0;
}

int xml_read_device_mac(struct xml *xml, const struct xml_item *item, struct mac *ret_mac)
{
	if (mac_parse_device(item->value, ret_mac) < 0)
		return xml_error_value(xml, item, "is not a MAC address that a device can have");
	return 0;
}
