/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pool only: what is needed until all sections are there. */
#include <string.h>

#include "formats/network-update.h"
#include "formats/network-xml.h"
#include "util/parse.h"

static const char *const commands[] = { "add-last", "add-first", "modify", "delete" };
static const char *const sections[] = { "forward-interface", "portgroup", "ip-dhcp-host",
					"ip-dhcp-range",     "dns-host",  "dns-txt",
					"dns-srv" };

int update_command_parse(const char *text, enum update_command *ret_command)
{
	int index = !strcmp(text, "add") ? 0 : name_index(commands, ARRAY_SIZE(commands), text);

	if (index < 0)
		return index;
	*ret_command = index;
	return 0;
}

int update_section_parse(const char *text, enum update_section *ret_section)
{
	int index = name_index(sections, ARRAY_SIZE(sections), text);

	if (index < 0)
		return index;
	*ret_section = index;
	return 0;
}

const char *update_command_name(enum update_command command)
{
	return commands[command];
}

const char *update_section_name(enum update_section section)
{
	return sections[section];
}

int network_update(struct network *network, const struct network_update *update, char **ret_key,
		   struct error *err)
{
	AUTO(network_freep) struct network *part = NULL;
	AUTO_FREE char *xml = NULL;
	size_t i = 0;
	int r;

	if (asprintf(&xml, "<network><name>x</name><forward mode='vepa'>%s</forward></network>",
		     update->xml) < 0)
		return -ENOMEM;
	r = network_from_xml(xml, strlen(xml), update->source, &part, err);
	if (r < 0)
		return r;
	if (update->section != UPDATE_FORWARD_INTERFACE || part->n_pool != 1)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "not an <interface>");
	*ret_key = strdup(part->pool[0].dev);
	while (i < network->n_pool && strcmp(network->pool[i].dev, *ret_key) != 0)
		i++;
	if (update->command == UPDATE_DELETE) {
		if (i == network->n_pool)
			return error_set(err, -ENOENT, ERROR_INVALID_ARGUMENT,
					 "network '%s' has no interface '%s'", network->name,
					 *ret_key);
		free(network->pool[i].dev);
		memmove(network->pool + i, network->pool + i + 1,
			(network->n_pool - i - 1) * sizeof(*network->pool));
		network->n_pool--;
		return 0;
	}
	return i < network->n_pool ? error_set(err, -EEXIST, ERROR_INVALID_ARGUMENT,
					       "network '%s' has the interface '%s' already",
					       network->name, *ret_key)
				   : network_pool_add(network, *ret_key, 0);
}
