/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "methods/find.h"

int find_network(const struct caller *caller, const struct manager *manager, const char *name,
		 struct network_entry **ret_entry, struct error *err)
{
	struct network_entry *entry = registry_network(&manager->registry, name);

	if (!entry || !caller_sees_network(caller, entry->name))
		return error_set(err, -ENOENT, ERROR_NO_SUCH_NETWORK, "network '%s' does not exist",
				 name);
	*ret_entry = entry;
	return 0;
}

int find_port(const struct caller *caller, const struct manager *manager, const char *name,
	      struct port_entry **ret_entry, struct error *err)
{
	struct port_entry *entry = registry_port(&manager->registry, name);

	if (!entry || !caller_sees_port(caller, entry->port))
		return error_set(err, -ENOENT, ERROR_NO_SUCH_PORT, "there is no port '%s'", name);
	*ret_entry = entry;
	return 0;
}

int check_stays(const struct port_entry *entry, struct error *err)
{
	if (entry->port->state != PORT_REMOVING)
		return 0;
	return error_set(err, -EALREADY, ERROR_IN_USE, "port %s is being removed already",
			 entry->port->name);
}

int check_settled(const struct network_entry *entry, struct error *err)
{
	const struct network_task *task = entry->runtime->task;

	if (!task)
		return 0;
	return error_set(err, -EBUSY, ERROR_UNSETTLED, "network '%s' is being %s", entry->name,
			 task->being);
}
