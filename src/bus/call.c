/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/bus-record.h"
#include "bus/call.h"
#include "util/text.h"

int call_fail(sd_bus_error *error, const struct error *err)
{
	AUTO_FREE char *name = text_format("io.github.vifd.Error.%s", error_kind_name(err->kind));

	if (!name)
		return -ENOMEM;
	return sd_bus_error_setf(error, name, "%s", error_text(err));
}

struct manager *call_manager(const struct connection *connection)
{
	return connection->host->manager;
}

int call_xml(sd_bus_message *message, struct connection *connection, sd_bus_error *error,
	     int (*method)(const struct caller *caller, struct manager *manager, const char *name,
			   char **ret_xml, struct error *err))
{
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_FREE char *xml = NULL;
	const char *name;
	int r;

	r = sd_bus_message_read(message, "s", &name);
	if (r < 0)
		return r;
	r = method(&connection->caller, call_manager(connection), name, &xml, &err);
	return r < 0 ? call_fail(error, &err) : sd_bus_reply_method_return(message, "s", xml);
}

int call_reply_send(sd_bus_message *reply)
{
	return sd_bus_send(NULL, reply, NULL);
}

int call_reply_record(sd_bus_message *message, const struct record_key *keys, const void *record)
{
	AUTO(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int r;

	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = bus_append_record(reply, keys, record);
	return r < 0 ? r : call_reply_send(reply);
}

int call_reply_records(sd_bus_message *message, const struct record_key *keys, size_t size,
		       const struct record_list *list)
{
	AUTO(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int r;

	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = bus_append_records(reply, keys, size, list);
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

struct call_later {
	struct connection *connection;
	sd_bus_message *message;
};

struct call_later *call_later_new(struct connection *connection, sd_bus_message *message)
{
	struct call_later *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->connection = connection;
	call->message = sd_bus_message_ref(message);
	connection->n_open++;
	return call;
}

void call_later_drop(struct call_later *call)
{
	call->connection->n_open--;
	connection_settle(call->connection);
	sd_bus_message_unref(call->message);
	free(call);
}

int call_later_refuse(struct call_later *call, const struct error *err, sd_bus_error *error)
{
	call_later_drop(call);
	return call_fail(error, err);
}

sd_bus_message *call_later_message(const struct call_later *call)
{
	return call->message;
}

void call_later_reply(struct call_later *call, int r)
{
	if (r < 0)
		(void)sd_bus_reply_method_errno(call->message, r, NULL);
	call_later_drop(call);
}

void call_later_fail(struct call_later *call, const struct error *error)
{
	AUTO(sd_bus_error_free) sd_bus_error answer = SD_BUS_ERROR_NULL;

	(void)call_fail(&answer, error);
	(void)sd_bus_reply_method_error(call->message, &answer);
	call_later_drop(call);
}

void call_later_done(struct call_later *call)
{
	(void)sd_bus_reply_method_return(call->message, NULL);
	call_later_drop(call);
}

void call_later_record(struct call_later *call, const struct record_key *keys, const void *record)
{
	(void)call_reply_record(call->message, keys, record);
	call_later_drop(call);
}

void call_later_records(struct call_later *call, const struct record_key *keys, size_t size,
			const struct record_list *list)
{
	(void)call_reply_records(call->message, keys, size, list);
	call_later_drop(call);
}
