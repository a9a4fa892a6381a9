/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "resolve/name.h"

enum {
	/* More devices than a host can have; the search ends. */
	INDEX_TRIES = 1 << 20,
};

static const char generated_template[] = "vif%d";

static const struct port *port_named(const struct resolve_request *request, const char *name)
{
	for (size_t i = 0; i < request->n_ports; i++)
		if (!strcmp(request->ports[i]->name, name))
			return request->ports[i];
	return NULL;
}

static bool name_is_free(const void *userdata, const char *name)
{
	const struct resolve_request *request = userdata;

	return !port_named(request, name) && !facts_find(request->facts, name);
}

/* `template` holds one %d, which the model has checked; false if the name gets too long. */
static bool name_fill(const char *template, unsigned index, char name[static IFNAMSIZ])
{
	size_t before = strcspn(template, "%");
	int n = snprintf(name, IFNAMSIZ, "%.*s%u%s", (int)before, template, index,
			 template + before + strlen("%d"));

	return n < IFNAMSIZ;
}

int name_first_free(const char *template, unsigned first,
		    bool (*is_free)(const void *userdata, const char *name), const void *userdata,
		    char ret_name[static IFNAMSIZ], struct error *err)
{
	char name[IFNAMSIZ];

	for (unsigned i = 0; i < INDEX_TRIES && name_fill(template, first + i, name); i++) {
		if (!is_free(userdata, name))
			continue;
		memcpy(ret_name, name, IFNAMSIZ);
		return 0;
	}
	return error_set(err, -EEXIST, ERROR_IN_USE, "no device name like '%s' is free", template);
}

static int name_taken(const struct resolve_request *request, const char *name, struct error *err)
{
	const struct port *port = port_named(request, name);
	const struct host_link *link = facts_find(request->facts, name);
	bool other_name = link && strcmp(link->name, name) != 0;

	if (port && port->owner.guest)
		return error_set(err, -EEXIST, ERROR_IN_USE,
				 "device name '%s' is taken by port %s of guest %s", name, name,
				 port->owner.guest);
	if (port)
		return error_set(err, -EEXIST, ERROR_IN_USE, "device name '%s' is taken by port %s",
				 name, name);
	return error_set(err, -EEXIST, ERROR_IN_USE, "device name '%s' is taken by a %s%s%s", name,
			 *link->kind ? link->kind : "host interface", other_name ? " named " : "",
			 other_name ? link->name : "");
}

int name_choose(const struct resolve_request *request, char ret_name[static IFNAMSIZ],
		struct error *err)
{
	const char *target = request->interface->target;

	if (!target)
		return name_first_free(generated_template, request->first_index, name_is_free,
				       request, ret_name, err);
	if (strchr(target, '%'))
		return name_first_free(target, 0, name_is_free, request, ret_name, err);
	if (!name_is_free(request, target))
		return name_taken(request, target, err);
	snprintf(ret_name, IFNAMSIZ, "%s", target);
	return 0;
}
