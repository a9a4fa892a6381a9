/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/filters.h"

#include "bus/bus-record.h"
#include "bus/call.h"
#include "methods/methods.h"

int on_define_filter(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO(filter_answer_done) struct filter_answer answer = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	const char *xml, *source;
	int r = sd_bus_message_read(message, "ss", &xml, &source);

	if (r < 0)
		return r;
	r = method_define_filter(&connection->caller, call_manager(connection), xml, source,
				 &answer, &err);
	if (r < 0)
		return call_fail(error, &err);
	return sd_bus_reply_method_return(message, "ss", answer.name, answer.outcome);
}

int on_undefine_filter(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO_ERROR struct error err = ERROR_INIT;
	const char *name;
	int r = sd_bus_message_read(message, "s", &name);

	if (r < 0)
		return r;
	r = method_undefine_filter(&connection->caller, call_manager(connection), name, &err);
	return r < 0 ? call_fail(error, &err) : sd_bus_reply_method_return(message, NULL);
}

int on_list_filters(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO(filters_answer_done) struct filters_answer answer = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;

	if (method_list_filters(&connection->caller, call_manager(connection), &answer, &err) < 0)
		return call_fail(error, &err);
	return call_reply_records(message, filter_keys, sizeof(*answer.items),
				  &(struct record_list){ answer.items, answer.n });
}

int on_get_filter_xml(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return call_xml(message, userdata, error, method_get_filter_xml);
}
