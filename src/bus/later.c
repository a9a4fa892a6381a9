/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/later.h"
#include "methods/methods.h"

static const char in_use[] = "io.github.vifd.Error.InUse";

struct later {
	struct release_waiter waiter;
	struct connection *connection;
	sd_bus_message *message;
	sd_bus_message_handler_t handler;
	struct later *next; /* the connection's */
};

static void later_free(struct later *later)
{
	struct connection *connection = later->connection;
	struct later **at = &connection->later;

	while (*at != later)
		at = &(*at)->next;
	*at = later->next;
	connection->n_open--;
	release_unwait(&later->waiter);
	sd_bus_message_unref(later->message);
	free(later);
}

static void later_on_gone(void *userdata)
{
	AUTO(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	struct later *later = userdata;
	struct connection *connection = later->connection;
	int r;

	r = sd_bus_message_rewind(later->message, true);
	if (r >= 0)
		r = later->handler(later->message, connection, &error);
	if (sd_bus_error_is_set(&error))
		(void)sd_bus_reply_method_error(later->message, &error);
	else if (r < 0)
		(void)sd_bus_reply_method_errno(later->message, r, NULL);
	later_free(later);
	connection_settle(connection);
}

int later_call(struct connection *connection, sd_bus_message *message,
	       sd_bus_message_handler_t handler, sd_bus_error *error)
{
	int r = handler(message, connection, error);
	struct later *later;

	if (!sd_bus_error_has_name(error, in_use))
		return r;
	later = calloc(1, sizeof(*later));
	if (!later)
		return r;
	later->waiter = (struct release_waiter){ .gone = later_on_gone, .userdata = later };
	if (!method_wait(connection->host->manager, &later->waiter)) {
		free(later);
		return r;
	}
	later->connection = connection;
	later->message = sd_bus_message_ref(message);
	later->handler = handler;
	later->next = connection->later;
	connection->later = later;
	connection->n_open++;
	sd_bus_error_free(error);
	return 1;
}

void later_forget(struct connection *connection)
{
	while (connection->later)
		later_free(connection->later);
}
