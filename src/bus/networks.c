/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The D-Bus methods of networks: see bus-methods.c. */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "bus/bus-record.h"
#include "bus/call.h"
#include "bus/later.h"
#include "bus/networks.h"
#include "methods/methods.h"

static int reply_defined(sd_bus_message *message, const struct define_answer *answer)
{
	AUTO(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int r;

	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = sd_bus_message_append(reply, "ss", answer->name, answer->outcome);
	if (r >= 0)
		r = bus_append_record(reply, changes_keys, &answer->changes);
	return r < 0 ? r : call_reply_send(reply);
}

static void on_defined(void *userdata, const struct define_answer *answer,
		       const struct error *error)
{
	if (error)
		call_later_fail(userdata, error);
	else
		call_later_reply(userdata, reply_defined(call_later_message(userdata), answer));
}

/* The only option that there is. */
static int read_force(sd_bus_message *message, void *userdata, struct error *err)
{
	bool *force = userdata;
	const char *key;
	int r, value;

	r = sd_bus_message_read(message, "s", &key);
	if (r < 0)
		return r;
	if (strcmp(key, "force") != 0)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "there is no option '%s'",
				 key);
	r = sd_bus_message_read(message, "v", "b", &value);
	*force = r >= 0 && value;
	return r;
}

static int define_network(sd_bus_message *message, struct connection *connection, bool with_options,
			  sd_bus_error *error)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct call_later *call;
	const char *xml, *source;
	bool force = false;
	int r;

	r = sd_bus_message_read(message, "ss", &xml, &source);
	if (r >= 0 && with_options)
		r = call_read_options(message, read_force, &force, &err);
	if (r < 0)
		call_bad_arguments(r, &err);
	if (r < 0)
		return call_fail(error, &err);
	call = call_later_new(connection, message);
	if (!call)
		return -ENOMEM;
	r = method_define_network(&connection->caller, call_manager(connection), xml, source, force,
				  on_defined, call, &err);
	return r < 0 ? call_later_refuse(call, &err, error) : 1;
}

static int define_network_plain(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return define_network(message, userdata, false, error);
}

static int define_network_with(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return define_network(message, userdata, true, error);
}

int on_define_network(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return later_call(userdata, message, define_network_plain, error);
}

int on_define_network_with(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return later_call(userdata, message, define_network_with, error);
}

int on_define_default_network(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	struct call_later *call = call_later_new(connection, message);
	AUTO_ERROR struct error err = ERROR_INIT;
	int r;

	if (!call)
		return -ENOMEM;
	r = method_define_default(&connection->caller, call_manager(connection), on_defined, call,
				  &err);
	return r < 0 ? call_later_refuse(call, &err, error) : 1;
}

/* An update, while it is read. */
struct update_reading {
	struct network_update *update;
	struct update_options *options;
};

static int read_update_option(sd_bus_message *message, void *userdata, struct error *err)
{
	struct update_reading *reading = userdata;
	struct update_options *options = reading->options;
	bool *flag;
	const char *key;
	int r, value;

	r = sd_bus_message_read(message, "s", &key);
	if (r < 0)
		return r;
	if (!strcmp(key, "parent-index")) {
		uint32_t index;

		r = sd_bus_message_read(message, "v", "u", &index);
		if (r >= 0 && index > INT_MAX)
			return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
					 "there is no parent with the index %" PRIu32, index);
		reading->update->parent_index = r < 0 ? -1 : (int)index;
		return r;
	}
	flag = !strcmp(key, "live")     ? &options->live
	       : !strcmp(key, "config") ? &options->config
	       : !strcmp(key, "force")  ? &options->force
					: NULL;
	if (!flag)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "there is no option '%s'",
				 key);
	r = sd_bus_message_read(message, "v", "b", &value);
	*flag = r >= 0 && value;
	return r;
}

static int read_update_words(const char *command, const char *section,
			     struct network_update *update, struct error *err)
{
	if (update_command_parse(command, &update->command) < 0)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "there is no command '%s': it is one of add, add-first, "
				 "add-last, modify, delete",
				 command);
	if (update_section_parse(section, &update->section) < 0)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "a network's '%s' cannot be updated: define the network anew, "
				 "which takes effect when it is started the next time",
				 section);
	return 0;
}

/* Strings point into the message. */
static int read_update(sd_bus_message *message, const char **ret_name,
		       struct network_update *update, struct update_options *options,
		       struct error *err)
{
	struct update_reading reading = { update, options };
	const char *command, *section;
	int r;

	r = sd_bus_message_read(message, "sssss", ret_name, &command, &section, &update->xml,
				&update->source);
	if (r >= 0)
		r = call_read_options(message, read_update_option, &reading, err);
	if (r < 0)
		return call_bad_arguments(r, err);
	return read_update_words(command, section, update, err);
}

static void on_updated(void *userdata, const struct update_answer *answer,
		       const struct error *error)
{
	if (error)
		call_later_fail(userdata, error);
	else
		call_later_record(userdata, update_keys, &answer->record);
}

static int update_network(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO_ERROR struct error err = ERROR_INIT;
	struct network_update update = { .parent_index = -1 };
	struct update_options options = { 0 };
	struct call_later *call;
	const char *name;
	int r;

	r = read_update(message, &name, &update, &options, &err);
	if (r < 0)
		return call_fail(error, &err);
	call = call_later_new(connection, message);
	if (!call)
		return -ENOMEM;
	r = method_update_network(&connection->caller, call_manager(connection), name, &update,
				  &options, on_updated, call, &err);
	return r < 0 ? call_later_refuse(call, &err, error) : 1;
}

int on_update_network(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;

	return later_call(connection, message, update_network, error);
}

static int undefine_network(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO_ERROR struct error err = ERROR_INIT;
	const char *name;
	int r;

	r = sd_bus_message_read(message, "s", &name);
	if (r < 0)
		return r;
	r = method_undefine_network(&connection->caller, call_manager(connection), name, &err);
	if (r < 0)
		return call_fail(error, &err);
	return sd_bus_reply_method_return(message, NULL);
}

int on_undefine_network(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;

	return later_call(connection, message, undefine_network, error);
}

static void on_started(void *userdata, const struct started_record *started,
		       const struct error *error)
{
	if (error)
		call_later_fail(userdata, error);
	else
		call_later_record(userdata, started_keys, started);
}

static int read_start_option(sd_bus_message *message, void *userdata, struct error *err)
{
	struct network_start_options *options = userdata;
	const char *key;
	bool *flag;
	int r, value;

	r = sd_bus_message_read(message, "s", &key);
	if (r < 0)
		return r;
	flag = !strcmp(key, "force")           ? &options->force
	       : !strcmp(key, "open-firewall") ? &options->open_firewall
					       : NULL;
	if (!flag)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "there is no option '%s'",
				 key);
	r = sd_bus_message_read(message, "v", "b", &value);
	*flag = r >= 0 && value;
	return r;
}

static int start_network(sd_bus_message *message, struct connection *connection, bool with_options,
			 sd_bus_error *error)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct call_later *call;
	struct network_start_options options = { 0 };
	const char *name;
	int r;

	r = sd_bus_message_read(message, "s", &name);
	if (r >= 0 && with_options)
		r = call_read_options(message, read_start_option, &options, &err);
	if (r < 0)
		call_bad_arguments(r, &err);
	if (r < 0)
		return call_fail(error, &err);
	call = call_later_new(connection, message);
	if (!call)
		return -ENOMEM;
	r = method_start_network(&connection->caller, call_manager(connection), name, &options,
				 on_started, call, &err);
	return r < 0 ? call_later_refuse(call, &err, error) : 1;
}

static int start_network_plain(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return start_network(message, userdata, false, error);
}

static int start_network_with(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return start_network(message, userdata, true, error);
}

int on_start_network(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return later_call(userdata, message, start_network_plain, error);
}

int on_start_network_with(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return later_call(userdata, message, start_network_with, error);
}

static void on_stopped(void *userdata, const struct error *error)
{
	if (error)
		call_later_fail(userdata, error);
	else
		call_later_done(userdata);
}

static int stop_network(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO_ERROR struct error err = ERROR_INIT;
	struct call_later *call;
	const char *name;
	int r;

	r = sd_bus_message_read(message, "s", &name);
	if (r < 0)
		return r;
	call = call_later_new(connection, message);
	if (!call)
		return -ENOMEM;
	r = method_stop_network(&connection->caller, call_manager(connection), name, on_stopped,
				call, &err);
	return r < 0 ? call_later_refuse(call, &err, error) : 1;
}

int on_stop_network(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;

	return later_call(connection, message, stop_network, error);
}

static int set_autostart(sd_bus_message *message, struct connection *connection, bool with_options,
			 sd_bus_error *error)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	bool force = false;
	const char *name;
	int autostart, r;

	r = sd_bus_message_read(message, "sb", &name, &autostart);
	if (r >= 0 && with_options)
		r = call_read_options(message, read_force, &force, &err);
	if (r < 0)
		r = call_bad_arguments(r, &err);
	else
		r = method_set_network_autostart(&connection->caller, call_manager(connection),
						 name, autostart, force, &err);
	return r < 0 ? call_fail(error, &err) : sd_bus_reply_method_return(message, NULL);
}

int on_set_network_autostart(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return set_autostart(message, userdata, false, error);
}

int on_set_network_autostart_with(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return set_autostart(message, userdata, true, error);
}

int on_list_networks(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO(networks_answer_done) struct networks_answer answer = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	int r;

	r = method_list_networks(&connection->caller, call_manager(connection), &answer, &err);
	if (r < 0)
		return call_fail(error, &err);
	return call_reply_records(message, network_keys, sizeof(*answer.items),
				  &(struct record_list){ answer.items, answer.n });
}

int on_get_network_xml(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return call_xml(message, userdata, error, method_get_network_xml);
}

int on_list_leases(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO(leases_answer_done) struct leases_answer answer = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	const char *name;
	int r;

	r = sd_bus_message_read(message, "s", &name);
	if (r < 0)
		return r;
	r = method_list_leases(&connection->caller, call_manager(connection), name, &answer, &err);
	if (r < 0)
		return call_fail(error, &err);
	return call_reply_records(message, lease_keys, sizeof(*answer.items),
				  &(struct record_list){ answer.items, answer.n });
}
