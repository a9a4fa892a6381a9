/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What may stand in a <filter>, as tables (see formats/xml.h). The table of a rule's
 * protocol is made from nwfilter_attributes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "formats/elements.h"
#include "formats/nwfilter-xml.h"
#include "util/array.h"
#include "util/parse.h"

/* --- the conditions of a rule --- */

enum {
	ATTRIBUTES_MAX = 64,
};

/* One protocol element of a rule: there may be several, one for what is negated. */
struct condition_reading {
	struct nwfilter_rule *rule;
	bool negated;
};

static int read_match(struct xml *xml, const struct xml_item *item, void *object)
{
	struct condition_reading *reading = object;
	bool yes;

	if (parse_yes_no(item->value, &yes) < 0)
		return xml_error_value(xml, item, "is neither yes nor no");
	reading->negated = !yes;
	return 0;
}

static int read_text(struct xml *xml, const struct xml_item *item, const struct nwfilter_rule *rule,
		     struct nwfilter_value *value)
{
	const char *why = "names no variable: $NAME, $NAME[0] or $NAME[@1]";
	int r;

	r = *item->value == '$' ? nwfilter_variable_parse(item->value, &value->variable)
				: nwfilter_value_parse(value->attribute, rule->protocol,
						       item->value, value, &why);
	if (r == -ENOMEM)
		return error_oom(xml->err);
	return r < 0 ? xml_error_value(xml, item, why) : 0;
}

static bool can_be_a_variable(const struct nwfilter_attribute *attribute)
{
	return attribute->kind != NWFILTER_KIND_COMMENT &&
	       attribute->kind != NWFILTER_KIND_STATES && attribute->kind != NWFILTER_KIND_FLAGS &&
	       attribute->kind != NWFILTER_KIND_SET_FLAGS;
}

static int read_condition(struct xml *xml, const struct xml_item *item, void *object)
{
	const struct nwfilter_attribute *attribute = &nwfilter_attributes[item->rule->offset];
	struct condition_reading *reading = object;
	struct nwfilter_value value = { .attribute = attribute, .negated = reading->negated },
			      *slot;
	int r;

	if (nwfilter_rule_get(reading->rule, attribute->what))
		return xml_error(xml, item->line, ERROR_INVALID_ARGUMENT,
				 "<%s %s='%s'> is said of the rule already",
				 xml_name(item->element), item->name, item->value);
	if (*item->value == '$' && !can_be_a_variable(attribute) &&
	    attribute->kind != NWFILTER_KIND_COMMENT)
		return xml_error_value(xml, item, "cannot be a variable");
	if (attribute->kind == NWFILTER_KIND_COMMENT) {
		const char *why = NULL;

		value.negated = false;
		r = nwfilter_value_parse(attribute, reading->rule->protocol, item->value, &value,
					 &why);
		if (r < 0 && why)
			r = xml_error_value(xml, item, why);
	} else {
		r = read_text(xml, item, reading->rule, &value);
	}
	slot = r < 0 ? NULL
		     : array_add(&reading->rule->values, &reading->rule->n_values, sizeof(*slot));
	if (!slot) {
		nwfilter_value_done(&value);
		return r < 0 ? r : error_oom(xml->err);
	}
	*slot = value;
	return 0;
}

static size_t fill_rows(enum nwfilter_protocol protocol,
			struct xml_rule rows[static ATTRIBUTES_MAX])
{
	size_t n = 0;

	rows[n++] = (struct xml_rule){ "match", .read = read_match };
	for (size_t i = 0; i < n_nwfilter_attributes && n < ATTRIBUTES_MAX; i++)
		if (nwfilter_attribute_is_of(&nwfilter_attributes[i], protocol))
			rows[n++] = (struct xml_rule){ nwfilter_attributes[i].name,
						       .read = read_condition, .offset = i };
	return n;
}

/* --- <rule> --- */

static int read_protocol(struct xml *xml, const struct xml_item *item, void *object)
{
	enum nwfilter_protocol protocol = (enum nwfilter_protocol)item->rule->offset;
	struct xml_rule rows[ATTRIBUTES_MAX];
	struct condition_reading reading = { .rule = object };
	struct xml_table table = { .attributes = rows };

	if (reading.rule->protocol != NWFILTER_ANY && reading.rule->protocol != protocol)
		return xml_error(xml, item->line, ERROR_INVALID_ARGUMENT,
				 "<%s> stands beside <%s>: a rule is about one protocol",
				 item->rule->name, nwfilter_protocol_name(reading.rule->protocol));
	reading.rule->protocol = protocol;
	table.n_attributes = fill_rows(protocol, rows);
	return xml_read(xml, item->element, &table, &reading);
}

static int read_action(struct xml *xml, const struct xml_item *item, void *object)
{
	struct nwfilter_rule *rule = object;

	if (nwfilter_action_parse(item->value, &rule->action) < 0)
		return xml_error_value(xml, item,
				       "is not one of accept, drop, reject, return, continue");
	return 0;
}

static int read_direction(struct xml *xml, const struct xml_item *item, void *object)
{
	struct nwfilter_rule *rule = object;

	if (nwfilter_direction_parse(item->value, &rule->direction) < 0)
		return xml_error_value(xml, item, "is not one of in, out, inout");
	return 0;
}

static int parse_priority(struct xml *xml, const struct xml_item *item, int *ret_priority)
{
	bool negative = *item->value == '-';
	uint32_t number;

	if (parse_u32(item->value + negative, 0, NWFILTER_PRIORITY_MAX, &number) < 0)
		return xml_error_value(xml, item, "is not a number from -1000 to 1000");
	*ret_priority = negative ? -(int)number : (int)number;
	return 0;
}

static int read_rule_priority(struct xml *xml, const struct xml_item *item, void *object)
{
	struct nwfilter_rule *rule = object;

	return parse_priority(xml, item, &rule->priority);
}

static int read_statematch(struct xml *xml, const struct xml_item *item, void *object)
{
	struct nwfilter_rule *rule = object;

	rule->stateless = !strcasecmp(item->value, "false") || !strcmp(item->value, "0");
	if (!rule->stateless && strcasecmp(item->value, "true") != 0 &&
	    strcmp(item->value, "1") != 0)
		return xml_error_value(xml, item, "is neither true nor false");
	return 0;
}

static const struct xml_rule rule_attributes[] = {
	{ "action", .flags = XML_REQUIRED, .read = read_action },
	{ "direction", .flags = XML_REQUIRED, .read = read_direction },
	{ "priority", .read = read_rule_priority },
	{ "statematch", .read = read_statematch },
};

static int by_attribute(const void *a, const void *b)
{
	const struct nwfilter_value *x = a, *y = b;

	return x->attribute < y->attribute ? -1 : x->attribute > y->attribute;
}

static void negate_as(struct nwfilter_rule *rule, enum nwfilter_what what, enum nwfilter_what as)
{
	const struct nwfilter_value *like = nwfilter_rule_get(rule, as);

	for (size_t i = 0; i < rule->n_values && like; i++)
		if (rule->values[i].attribute->what == what)
			rule->values[i].negated = like->negated;
}

/* What is negated with what it belongs to, wherever it stands. */
static void settle_negations(struct nwfilter_rule *rule)
{
	static const enum nwfilter_what pairs[][2] = {
		{ NWFILTER_SOURCE_MAC_MASK, NWFILTER_SOURCE_MAC },
		{ NWFILTER_TARGET_MAC_MASK, NWFILTER_TARGET_MAC },
		{ NWFILTER_SOURCE_IP_MASK, NWFILTER_SOURCE_IP },
		{ NWFILTER_TARGET_IP_MASK, NWFILTER_TARGET_IP },
		{ NWFILTER_SOURCE_IP_TO, NWFILTER_SOURCE_IP_FROM },
		{ NWFILTER_TARGET_IP_TO, NWFILTER_TARGET_IP_FROM },
		{ NWFILTER_ARP_SOURCE_IP_MASK, NWFILTER_ARP_SOURCE_IP },
		{ NWFILTER_ARP_TARGET_IP_MASK, NWFILTER_ARP_TARGET_IP },
		{ NWFILTER_SOURCE_PORT_END, NWFILTER_SOURCE_PORT },
		{ NWFILTER_TARGET_PORT, NWFILTER_SOURCE_PORT },
		{ NWFILTER_TARGET_PORT_END, NWFILTER_TARGET_PORT },
		{ NWFILTER_ICMP_TYPE_END, NWFILTER_ICMP_TYPE },
		{ NWFILTER_ICMP_CODE_END, NWFILTER_ICMP_CODE },
		{ NWFILTER_IPSET_FLAGS, NWFILTER_IPSET },
		{ NWFILTER_STP_ROOT_PRIORITY_HIGH, NWFILTER_STP_ROOT_PRIORITY },
		{ NWFILTER_STP_ROOT_MAC_MASK, NWFILTER_STP_ROOT_MAC },
		{ NWFILTER_STP_ROOT_COST_HIGH, NWFILTER_STP_ROOT_COST },
		{ NWFILTER_STP_SENDER_PRIORITY_HIGH, NWFILTER_STP_SENDER_PRIORITY },
		{ NWFILTER_STP_SENDER_MAC_MASK, NWFILTER_STP_SENDER_MAC },
		{ NWFILTER_STP_PORT_HIGH, NWFILTER_STP_PORT },
		{ NWFILTER_STP_AGE_HIGH, NWFILTER_STP_AGE },
		{ NWFILTER_STP_AGE_MAX_HIGH, NWFILTER_STP_AGE_MAX },
		{ NWFILTER_STP_HELLO_HIGH, NWFILTER_STP_HELLO },
		{ NWFILTER_STP_DELAY_HIGH, NWFILTER_STP_DELAY },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		negate_as(rule, pairs[i][0], pairs[i][1]);
}

static int read_rule_inside(struct xml *xml, xmlNode *element, struct nwfilter_rule *rule)
{
	struct xml_rule rows[NWFILTER_PROTOCOL_COUNT];
	struct xml_table table = { XML_ATTRIBUTES(rule_attributes), .elements = rows };
	int r;

	for (enum nwfilter_protocol p = NWFILTER_MAC; p < NWFILTER_PROTOCOL_COUNT; p++)
		rows[table.n_elements++] = (struct xml_rule){ nwfilter_protocol_name(p),
							      .flags = XML_MANY,
							      .read = read_protocol, .offset = p };
	r = xml_read(xml, element, &table, rule);
	if (r < 0)
		return r;
	if (rule->n_values)
		qsort(rule->values, rule->n_values, sizeof(*rule->values), by_attribute);
	settle_negations(rule);
	return 0;
}

/* --- <filter> --- */

static struct nwfilter_entry *add_entry(struct nwfilter *filter, const xmlNode *element)
{
	struct nwfilter_entry *entry;

	entry = array_add(&filter->entries, &filter->n_entries, sizeof(*entry));
	if (entry)
		entry->order = (uintptr_t)element->_private;
	return entry;
}

static int read_rule(struct xml *xml, const struct xml_item *item, void *object)
{
	AUTO(nwfilter_rule_freep) struct nwfilter_rule *rule = calloc(1, sizeof(*rule));
	struct nwfilter_entry *entry;
	int r;

	if (!rule)
		return error_oom(xml->err);
	rule->priority = NWFILTER_PRIORITY_DEFAULT;
	rule->line = item->line;
	r = read_rule_inside(xml, item->element, rule);
	if (r < 0)
		return r;
	entry = add_entry(object, item->element);
	if (!entry)
		return error_oom(xml->err);
	entry->rule = take_ptr(rule);
	return 0;
}

static int read_reference(struct xml *xml, const struct xml_item *item, void *object)
{
	struct filter_ref ref = { 0 };
	struct nwfilter_entry *entry;
	int r = filter_ref_read(xml, item, &ref);

	if (r < 0)
		return r;
	entry = add_entry(object, item->element);
	if (!entry) {
		filter_ref_done(&ref);
		return error_oom(xml->err);
	}
	entry->ref = ref;
	return 0;
}

static int read_uuid(struct xml *xml, const struct xml_item *item, void *object)
{
	struct nwfilter *filter = object;
	AUTO_FREE char *text = NULL;
	int r = xml_item_text(xml, item, &text);

	if (r < 0)
		return r;
	if (uuid_parse(text, &filter->uuid) < 0)
		return xml_error_value(xml, item, "is not a UUID");
	filter->has_uuid = true;
	return 0;
}

static int read_chain(struct xml *xml, const struct xml_item *item, void *object)
{
	struct nwfilter *filter = object;

	if (!strcmp(item->value, "root"))
		return 0;
	if (!nwfilter_chain_of(item->value))
		return xml_error_value(xml, item,
				       "is neither root nor a name of at most 12 characters that "
				       "begins with mac, vlan, stp, arp, rarp, ipv4 or ipv6");
	filter->chain = strdup(item->value);
	return filter->chain ? 0 : error_oom(xml->err);
}

static int read_priority(struct xml *xml, const struct xml_item *item, void *object)
{
	struct nwfilter *filter = object;

	filter->has_priority = true;
	return parse_priority(xml, item, &filter->priority);
}

static const struct xml_rule filter_attributes[] = {
	{ "name", .flags = XML_REQUIRED, .read = xml_read_string,
	  .offset = offsetof(struct nwfilter, name) },
	{ "chain", .read = read_chain },
	{ "priority", .read = read_priority },
};
static const struct xml_rule filter_elements[] = {
	{ "uuid", .read = read_uuid },
	{ "filterref", .flags = XML_MANY, .read = read_reference },
	{ "rule", .flags = XML_MANY, .read = read_rule },
};
static const struct xml_table filter_table = { XML_ATTRIBUTES(filter_attributes),
					       XML_ELEMENTS(filter_elements) };

/* A table's rows are read one after the other; the order of the document counts. */
static void number_children(xmlNode *element)
{
	uintptr_t n = 0;

	for (xmlNode *child = element->children; child; child = child->next)
		child->_private = (union {
					  uintptr_t number;
					  void *pointer;
				  }){ n++ }
					  .pointer;
}

static int by_order(const void *a, const void *b)
{
	const struct nwfilter_entry *x = a, *y = b;

	return x->order < y->order ? -1 : x->order > y->order;
}

static int read_filter(struct xml *xml, struct nwfilter *filter)
{
	AUTO_ERROR struct error error = ERROR_INIT;
	int r;

	number_children(xml->root);
	filter->line = xml_line(xml->root);
	r = xml_read_alone(xml, xml->root, &filter_table, filter);
	if (r < 0)
		return r;
	if (filter->n_entries)
		qsort(filter->entries, filter->n_entries, sizeof(*filter->entries), by_order);
	r = nwfilter_validate(filter, &error);
	return r < 0 ? xml_error_from(xml, &error) : 0;
}

int nwfilter_from_xml(const char *text, size_t size, const char *source, struct nwfilter **ret,
		      struct error *err)
{
	AUTO(nwfilter_freep) struct nwfilter *filter = NULL;
	AUTO_XML struct xml xml = { 0 };
	int r = xml_parse(&xml, text, size, source, "filter", err);

	if (r < 0)
		return r;
	filter = calloc(1, sizeof(*filter));
	if (!filter)
		return error_oom(err);
	r = read_filter(&xml, filter);
	if (r < 0)
		return r;
	*ret = take_ptr(filter);
	return 0;
}
