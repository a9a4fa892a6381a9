/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus-call.h"

int call_fail(sd_bus_error *error, const struct error *err)
{
	AUTO_FREE char *name = NULL;

	if (asprintf(&name, "io.github.vifd.Error.%s", error_kind_name(err->kind)) < 0) {
		name = NULL;
		return -ENOMEM;
	}
	return sd_bus_error_setf(error, name, "%s", error_text(err));
}

struct manager *call_manager(const struct connection *connection)
{
	return bus_manager(connection->bus);
}

int call_authorize(const struct connection *connection, sd_bus_message *message, struct error *err)
{
	if (connection->may_change)
		return 0;
	return error_set(err, -EPERM, ERROR_PERMISSION,
			 "%s is for root and the members of the group vifd",
			 sd_bus_message_get_member(message));
}

int call_reply_send(sd_bus_message *reply)
{
	return sd_bus_send(NULL, reply, NULL);
}

/* An answer of dictionaries: `append` adds the i-th of n. */
int call_reply_list(sd_bus_message *message, const struct manager *manager, size_t n,
		    int (*append)(sd_bus_message *reply, const struct manager *manager, size_t i))
{
	AUTO(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int r;

	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "a{sv}");
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = append(reply, manager, i);
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : call_reply_send(reply);
}

int call_bad_arguments(int r, struct error *err)
{
	return err->code ? r
			 : error_set(err, r, ERROR_INVALID_ARGUMENT,
				     "the call's arguments cannot be read");
}

int call_read_options(sd_bus_message *message,
		      int (*read)(sd_bus_message *message, void *userdata, struct error *err),
		      void *userdata, struct error *err)
{
	int r = sd_bus_message_enter_container(message, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
		r = read(message, userdata, err);
		if (r >= 0)
			r = sd_bus_message_exit_container(message);
	}
	return r < 0 ? r : sd_bus_message_exit_container(message);
}
