/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/later.h"
#include "methods/methods.h"

static const char in_use[] = "io.github.vifd.Error.InUse";
static const char unsettled[] = "io.github.vifd.Error.Unsettled";

struct later {
	struct waiter waiter;
	struct connection *connection;
	sd_bus_message *message;
	sd_bus_message_handler_t handler;
	struct later *next; /* the connection's */
	bool again;         /* it has waited for what was in use */
};

static void later_free(struct later *later)
{
	struct connection *connection = later->connection;
	struct later **at = &connection->later;

	while (*at != later)
		at = &(*at)->next;
	*at = later->next;
	connection->n_open--;
	waiter_leave(&later->waiter);
	sd_bus_message_unref(later->message);
	free(later);
}

/* True: it has been refused for what will soon be over, and is told when. */
static bool later_wait(struct later *later, const sd_bus_error *error)
{
	bool unsettled_now = sd_bus_error_has_name(error, unsettled);

	/* What is on its way out is waited for once: who uses it then goes on using it. */
	if (!unsettled_now && (later->again || !sd_bus_error_has_name(error, in_use)))
		return false;
	later->again |= !unsettled_now;
	return method_wait(later->connection->host->manager, unsettled_now, &later->waiter);
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
	if (later_wait(later, &error))
		return;
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

	if (!sd_bus_error_has_name(error, in_use) && !sd_bus_error_has_name(error, unsettled))
		return r;
	later = calloc(1, sizeof(*later));
	if (!later)
		return r;
	later->waiter = (struct waiter){ .gone = later_on_gone, .userdata = later };
	later->connection = connection;
	if (!later_wait(later, error)) {
		free(later);
		return r;
	}
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
