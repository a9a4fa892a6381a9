/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/later.h"
#include "methods/methods.h"

static const char in_use[] = "io.github.vifd.Error.InUse";

struct later {
	struct release_waiter waiter;
	sd_bus_message *message;
	sd_bus_message_handler_t handler;
	void *userdata; /* the handler's */
	struct later **list, *next;
};

static void later_free(struct later *later)
{
	struct later **at = later->list;

	while (*at != later)
		at = &(*at)->next;
	*at = later->next;
	release_unwait(&later->waiter);
	sd_bus_message_unref(later->message);
	free(later);
}

static void later_on_gone(void *userdata)
{
	AUTO(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	struct later *later = userdata;
	int r;

	r = sd_bus_message_rewind(later->message, true);
	if (r >= 0)
		r = later->handler(later->message, later->userdata, &error);
	if (sd_bus_error_is_set(&error))
		(void)sd_bus_reply_method_error(later->message, &error);
	else if (r < 0)
		(void)sd_bus_reply_method_errno(later->message, r, NULL);
	later_free(later);
}

int later_call(struct manager *manager, struct later **list, sd_bus_message *message,
	       sd_bus_message_handler_t handler, void *userdata, sd_bus_error *error)
{
	int r = handler(message, userdata, error);
	struct later *later;

	if (!sd_bus_error_has_name(error, in_use))
		return r;
	later = calloc(1, sizeof(*later));
	if (!later)
		return r;
	later->waiter = (struct release_waiter){ .gone = later_on_gone, .userdata = later };
	if (!method_wait(manager, &later->waiter)) {
		free(later);
		return r;
	}
	later->message = sd_bus_message_ref(message);
	later->handler = handler;
	later->userdata = userdata;
	later->list = list;
	later->next = *list;
	*list = later;
	sd_bus_error_free(error);
	return 1;
}

void later_forget(struct later **list)
{
	while (*list)
		later_free(*list);
}
