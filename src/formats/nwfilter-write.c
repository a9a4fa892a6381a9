/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A <filter> in libvirt's words and order. */
#include <stdio.h>
#include <string.h>

#include "formats/elements.h"
#include "formats/nwfilter-xml.h"

static void write_number(struct xml_writer *writer, const char *name, int number)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", number);
	xml_attribute(writer, name, text);
}

static bool has_any(const struct nwfilter_rule *rule, bool negated)
{
	for (size_t i = 0; i < rule->n_values; i++)
		if (rule->values[i].negated == negated)
			return true;
	return false;
}

/* 0 or -ENOMEM. What is negated is in an element of its own. */
static int write_conditions(struct xml_writer *writer, const struct nwfilter_rule *rule,
			    bool negated)
{
	const char *name = nwfilter_protocol_name(rule->protocol);

	if (!has_any(rule, negated) && (negated || rule->n_values > 0))
		return 0;
	xml_begin(writer, name);
	xml_attribute(writer, "match", negated ? "no" : NULL);
	for (size_t i = 0; i < rule->n_values; i++) {
		AUTO_FREE char *text = NULL;

		if (rule->values[i].negated != negated)
			continue;
		text = nwfilter_value_format(&rule->values[i]);
		if (!text)
			return -ENOMEM;
		xml_attribute(writer, rule->values[i].attribute->name, text);
	}
	xml_end(writer, name);
	return 0;
}

static int write_rule(struct xml_writer *writer, const struct nwfilter_rule *rule)
{
	int r = 0;

	xml_begin(writer, "rule");
	xml_attribute(writer, "action", nwfilter_action_name(rule->action));
	xml_attribute(writer, "direction", nwfilter_direction_name(rule->direction));
	write_number(writer, "priority", rule->priority);
	xml_attribute(writer, "statematch", rule->stateless ? "false" : NULL);
	if (rule->protocol != NWFILTER_ANY) {
		r = write_conditions(writer, rule, false);
		if (r == 0)
			r = write_conditions(writer, rule, true);
	}
	xml_end(writer, "rule");
	return r;
}

/* libvirt writes the priority of every chain but stp's, for which it knows none. */
static bool tells_priority(const struct nwfilter *filter)
{
	if (filter->has_priority)
		return filter->priority != 0 || filter->chain;
	return filter->chain && strncmp(filter->chain, "stp", 3) != 0;
}

static int write_filter(struct xml_writer *writer, const struct nwfilter *filter)
{
	int r = 0;

	xml_begin(writer, "filter");
	xml_attribute(writer, "name", filter->name);
	xml_attribute(writer, "chain", filter->chain ? filter->chain : "root");
	if (tells_priority(filter))
		write_number(writer, "priority", nwfilter_priority(filter));
	if (filter->has_uuid) {
		char uuid[UUID_TEXT_SIZE];

		uuid_format(&filter->uuid, uuid);
		xml_leaf(writer, "uuid", uuid);
	}
	for (size_t i = 0; i < filter->n_entries && r == 0; i++) {
		if (filter->entries[i].rule)
			r = write_rule(writer, filter->entries[i].rule);
		else
			filter_ref_write(writer, &filter->entries[i].ref);
	}
	xml_end(writer, "filter");
	return r;
}

int nwfilter_to_xml(const struct nwfilter *filter, char **ret_xml, struct error *err)
{
	AUTO_XML_WRITER struct xml_writer writer = XML_WRITER_INIT;
	int r = write_filter(&writer, filter);

	if (r == 0)
		r = xml_writer_take(&writer, ret_xml);
	return r < 0 ? error_oom(err) : 0;
}

int nwfilter_copy(const struct nwfilter *filter, struct nwfilter **ret_copy, struct error *err)
{
	AUTO_FREE char *xml = NULL;
	int r = nwfilter_to_xml(filter, &xml, err);

	return r < 0 ? r : nwfilter_from_xml(xml, strlen(xml), filter->name, ret_copy, err);
}
