/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/groups.h"

#include "bus/bus-record.h"
#include "bus/call.h"
#include "methods/methods.h"
#include "util/strings.h"

int on_define_group(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO(group_answer_done) struct group_answer answer = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	const char *xml, *source;
	int r = sd_bus_message_read(message, "ss", &xml, &source);

	if (r < 0)
		return r;
	r = method_define_group(&connection->caller, call_manager(connection), xml, source, &answer,
				&err);
	if (r < 0)
		return call_fail(error, &err);
	return sd_bus_reply_method_return(message, "ss", answer.name, answer.outcome);
}

int on_undefine_group(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO_ERROR struct error err = ERROR_INIT;
	const char *name;
	int r = sd_bus_message_read(message, "s", &name);

	if (r < 0)
		return r;
	r = method_undefine_group(&connection->caller, call_manager(connection), name, &err);
	return r < 0 ? call_fail(error, &err) : sd_bus_reply_method_return(message, NULL);
}

int on_change_group_members(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO(strings_freep) char **added = NULL, **removed = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;
	const char *name;
	size_t n = 0;
	int r = sd_bus_message_read(message, "s", &name);

	if (r >= 0)
		r = sd_bus_message_read_strv(message, &added);
	if (r >= 0)
		r = sd_bus_message_read_strv(message, &removed);
	if (r < 0)
		return r;
	r = method_change_group_members(&connection->caller, call_manager(connection), name, added,
					removed, &n, &err);
	return r < 0 ? call_fail(error, &err)
		     : sd_bus_reply_method_return(message, "u", (uint32_t)n);
}

int on_list_groups(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO(groups_answer_done) struct groups_answer answer = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;

	if (method_list_groups(&connection->caller, call_manager(connection), &answer, &err) < 0)
		return call_fail(error, &err);
	return call_reply_records(message, group_keys, sizeof(*answer.items),
				  &(struct record_list){ answer.items, answer.n });
}

int on_get_group_xml(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return call_xml(message, userdata, error, method_get_group_xml);
}
