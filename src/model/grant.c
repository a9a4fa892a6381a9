/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "model/grant.h"
#include "util/array.h"

static int add_text(char ***texts, size_t *n, const char *text)
{
	AUTO_FREE char *copy = strdup(text);
	char **slot = copy ? array_add(texts, n, sizeof(*slot)) : NULL;

	if (!slot)
		return -ENOMEM;
	*slot = take_ptr(copy);
	return 0;
}

int grant_add_network(struct grant *grant, const char *pattern)
{
	return add_text(&grant->networks, &grant->n_networks, pattern);
}

int grant_add_interface(struct grant *grant, const char *pattern)
{
	return add_text(&grant->interfaces, &grant->n_interfaces, pattern);
}

int grant_add(struct grant *grant, const struct grant *more)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < more->n_networks; i++)
		r = grant_add_network(grant, more->networks[i]);
	for (size_t i = 0; r == 0 && i < more->n_interfaces; i++)
		r = grant_add_interface(grant, more->interfaces[i]);
	if (more->ports > grant->ports)
		grant->ports = more->ports;
	grant->retarget |= more->retarget;
	grant->manage |= more->manage;
	grant->look |= more->look;
	return r;
}

/* Names of networks hold no '/' (network-validate.c): behind the first is the portgroup's. */
static bool names_network(const char *pattern, const char *network, const char **ret_group)
{
	const char *slash = strchr(pattern, '/');
	AUTO_FREE char *name = slash ? strndup(pattern, (size_t)(slash - pattern)) : NULL;

	*ret_group = slash ? slash + 1 : NULL;
	if (slash && !name)
		return false;
	return fnmatch(name ?: pattern, network, 0) == 0;
}

bool grant_has_network(const struct grant *grant, const char *network)
{
	const char *group;

	for (size_t i = 0; i < grant->n_networks; i++)
		if (names_network(grant->networks[i], network, &group))
			return true;
	return false;
}

bool grant_has_portgroup(const struct grant *grant, const char *network, const char *portgroup)
{
	for (size_t i = 0; i < grant->n_networks; i++) {
		const char *group;

		if (!names_network(grant->networks[i], network, &group) || !group != !portgroup)
			continue;
		if (!group || fnmatch(group, portgroup, 0) == 0)
			return true;
	}
	return false;
}

bool grant_has_interface(const struct grant *grant, const char *name)
{
	for (size_t i = 0; i < grant->n_interfaces; i++)
		if (name ? fnmatch(grant->interfaces[i], name, 0) == 0
			 : !strcmp(grant->interfaces[i], "*"))
			return true;
	return false;
}

static void free_texts(char **texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(texts[i]);
	free(texts);
}

void grant_done(struct grant *grant)
{
	free_texts(grant->networks, grant->n_networks);
	free_texts(grant->interfaces, grant->n_interfaces);
	*grant = (struct grant){ 0 };
}
