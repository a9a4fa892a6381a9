/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * D-Bus calls to methods and back. Each function here is one method of
 * api/io.github.vifd.Manager.xml, with a connection as its userdata.
 */
#include <string.h>

#include "bus/filters.h"
#include "bus/groups.h"
#include "bus/call.h"
#include "bus/descriptors.h"
#include "bus/later.h"
#include "bus/ports.h"
#include "bus/networks.h"
#include "bus/bus-record.h"
#include "methods/methods.h"

/* The options of a plug, while they are read. */
struct plug_reading {
	struct plug_options *options;
	bool has_pid;
};

/* Strings point into the message. */
static int read_option(sd_bus_message *message, void *userdata, struct error *err)
{
	struct plug_reading *reading = userdata;
	struct plug_options *options = reading->options;
	const char *key;
	uint32_t number;
	int r, flag;

	r = sd_bus_message_read(message, "s", &key);
	if (r < 0)
		return r;
	if (!strcmp(key, "guest")) {
		r = sd_bus_message_read(message, "v", "s", &options->guest);
	} else if (!strcmp(key, "pid")) {
		r = sd_bus_message_read(message, "v", "u", &number);
		options->pid = (pid_t)number;
		reading->has_pid = true;
	} else if (!strcmp(key, "owner")) {
		r = sd_bus_message_read(message, "v", "u", &number);
		options->owner = number;
		options->has_owner = true;
	} else if (!strcmp(key, "qmp")) {
		r = sd_bus_message_read(message, "v", "s", &options->qmp);
	} else if (!strcmp(key, "wait")) {
		r = sd_bus_message_read(message, "v", "b", &flag);
		options->wait = flag;
	} else if (!strcmp(key, "by-name")) {
		r = sd_bus_message_read(message, "v", "b", &flag);
		options->by_name = flag;
	} else {
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "there is no option '%s'",
				 key);
	}
	return r;
}

static int read_plug(const struct connection *connection, sd_bus_message *message,
		     const char **ret_xml, const char **ret_source,
		     struct plug_options *ret_options, struct error *err)
{
	struct plug_reading reading = { .options = ret_options };
	int r;

	r = sd_bus_message_read(message, "ss", ret_xml, ret_source);
	if (r >= 0)
		r = call_read_options(message, read_option, &reading, err);
	if (r < 0)
		return call_bad_arguments(r, err);
	if (!reading.has_pid && !ret_options->by_name)
		ret_options->pid = connection->caller.pid;
	return 0;
}

/* A plug that cannot be answered, until its port is gone again. */
struct undoing {
	struct call_later *call;
	struct error error;
};

static void on_undone(void *userdata, const struct error *error)
{
	struct undoing *undoing = userdata;

	if (error)
		error_prefix(&undoing->error, "%s; ", error_text(error));
	call_later_fail(undoing->call, &undoing->error);
	error_done(&undoing->error);
	free(undoing);
}

/* The client never had the port: it goes, and then the client is told why. */
static int plug_undo(struct connection *connection, sd_bus_message *message, const char *port,
		     int reason)
{
	struct undoing *undoing = calloc(1, sizeof(*undoing));
	AUTO_ERROR struct error err = ERROR_INIT;

	descriptors_forget(connection);
	if (!undoing)
		return -ENOMEM;
	undoing->call = call_later_new(connection, message);
	if (!undoing->call) {
		free(undoing);
		return -ENOMEM;
	}
	(void)error_system(&undoing->error, reason,
			   "port %s was unplugged again, since its descriptors cannot be passed on",
			   port);
	if (method_unplug(&connection->caller, call_manager(connection), port, true, on_undone,
			  undoing, &err) < 0)
		on_undone(undoing, &err);
	return 1;
}

static int reply_plug(struct connection *connection, sd_bus_message *message,
		      struct plug_answer *answer)
{
	AUTO(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int r;

	r = descriptors_keep(connection, answer);
	if (r >= 0)
		r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = bus_append_record(reply, port_keys, &answer->port);
	if (r >= 0)
		r = descriptors_append(connection, reply);
	if (r >= 0)
		r = call_reply_send(reply);
	return r < 0 ? plug_undo(connection, message, answer->port.name, r) : 1;
}

static int plug(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO(plug_answer_done) struct plug_answer answer = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	struct plug_options options = { 0 };
	const char *xml, *source;
	int r;

	r = read_plug(connection, message, &xml, &source, &options, &err);
	if (r == 0)
		r = method_plug(&connection->caller, call_manager(connection), xml, source,
				&options, &answer, &err);
	return r < 0 ? call_fail(error, &err) : reply_plug(connection, message, &answer);
}

static int on_plug(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;

	return later_call(connection, message, plug, error);
}

static int on_take_descriptors(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	AUTO(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct connection *connection = userdata;
	AUTO_ERROR struct error err = ERROR_INIT;
	int r;

	if (method_take_descriptors(&connection->caller, &err) < 0)
		return call_fail(error, &err);
	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = descriptors_append(connection, reply);
	return r < 0 ? r : call_reply_send(reply);
}

static void on_unplugged(void *userdata, const struct error *error)
{
	if (error)
		call_later_fail(userdata, error);
	else
		call_later_done(userdata);
}

static int on_unplug(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO_ERROR struct error err = ERROR_INIT;
	struct call_later *call;
	const char *port;
	int force, r;

	r = sd_bus_message_read(message, "sb", &port, &force);
	if (r < 0)
		return r;
	call = call_later_new(connection, message);
	if (!call)
		return -ENOMEM;
	r = method_unplug(&connection->caller, call_manager(connection), port, force, on_unplugged,
			  call, &err);
	if (r < 0) {
		call_later_drop(call);
		return call_fail(error, &err);
	}
	return 1;
}

static int retarget(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO(port_record_done) struct port_record record = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	const char *port, *xml, *source;
	int r;

	r = sd_bus_message_read(message, "sss", &port, &xml, &source);
	if (r < 0)
		return r;
	r = method_retarget(&connection->caller, call_manager(connection), port, xml, source,
			    &record, &err);
	return r < 0 ? call_fail(error, &err) : call_reply_record(message, port_keys, &record);
}

static int on_retarget(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;

	return later_call(connection, message, retarget, error);
}

static int set(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO(port_record_done) struct port_record record = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	const char *port, *words;
	int r;

	r = sd_bus_message_read(message, "ss", &port, &words);
	if (r < 0)
		return r;
	r = method_set(&connection->caller, call_manager(connection), port, words, &record, &err);
	return r < 0 ? call_fail(error, &err) : call_reply_record(message, port_keys, &record);
}

static int on_set(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;

	return later_call(connection, message, set, error);
}

static int on_list_ports(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO(ports_answer_done) struct ports_answer answer = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	int r;

	r = method_list_ports(&connection->caller, call_manager(connection), &answer, &err);
	if (r < 0)
		return call_fail(error, &err);
	return call_reply_records(message, port_keys, sizeof(*answer.items),
				  &(struct record_list){ answer.items, answer.n });
}

static int on_get_port(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO(port_record_done) struct port_record record = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	const char *port;
	int r;

	r = sd_bus_message_read(message, "s", &port);
	if (r < 0)
		return r;
	r = method_get_port(&connection->caller, call_manager(connection), port, &record, &err);
	return r < 0 ? call_fail(error, &err) : call_reply_record(message, port_keys, &record);
}

static int on_try_packet(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO(try_record_done) struct try_record record = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	const char *port, *packet;
	int r;

	r = sd_bus_message_read(message, "ss", &port, &packet);
	if (r < 0)
		return r;
	r = method_try_packet(&connection->caller, call_manager(connection), port, packet, &record,
			      &err);
	return r < 0 ? call_fail(error, &err) : call_reply_record(message, try_keys, &record);
}

static int on_get_port_xml(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return call_xml(message, userdata, error, method_get_port_xml);
}

static int on_get_network_port_xml(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return call_xml(message, userdata, error, method_get_network_port_xml);
}

static int on_check(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO(check_answer_done) struct check_answer answer = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	struct plug_options options = { 0 };
	const char *xml, *source;
	int r;

	r = read_plug(connection, message, &xml, &source, &options, &err);
	if (r == 0)
		r = method_check(&connection->caller, call_manager(connection), xml, source,
				 &options, &answer, &err);
	return r < 0 ? call_fail(error, &err)
		     : call_reply_record(message, check_keys, &answer.record);
}

static int on_capabilities(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO(capabilities_answer_done) struct capabilities_answer answer = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	int r;

	r = method_capabilities(&connection->caller, call_manager(connection), &answer, &err);
	return r < 0 ? call_fail(error, &err)
		     : call_reply_record(message, capabilities_keys, &answer.record);
}

static void on_probed(void *userdata, const struct far_end_record *record,
		      const struct error *error)
{
	if (error)
		call_later_fail(userdata, error);
	else
		call_later_record(userdata, far_end_keys, record);
}

static int on_probe(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO_ERROR struct error err = ERROR_INIT;
	struct call_later *call;
	const char *dev;
	int r;

	r = sd_bus_message_read(message, "s", &dev);
	if (r < 0)
		return r;
	call = call_later_new(connection, message);
	if (!call)
		return -ENOMEM;
	r = method_probe(&connection->caller, call_manager(connection), dev, on_probed, call, &err);
	if (r < 0) {
		call_later_drop(call);
		return call_fail(error, &err);
	}
	return 1;
}

static void on_diagnosed(void *userdata, const struct diagnosis_record *record,
			 const struct error *error)
{
	if (error)
		call_later_fail(userdata, error);
	else
		call_later_record(userdata, diagnosis_keys, record);
}

static int on_diagnose(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO_ERROR struct error err = ERROR_INIT;
	struct call_later *call;
	const char *port;
	int r;

	r = sd_bus_message_read(message, "s", &port);
	if (r < 0)
		return r;
	call = call_later_new(connection, message);
	if (!call)
		return -ENOMEM;
	r = method_diagnose(&connection->caller, call_manager(connection), port, on_diagnosed, call,
			    &err);
	return r < 0 ? call_later_refuse(call, &err, error) : 1;
}

static void on_examined(void *userdata, const struct record_list *features,
			const struct error *error)
{
	if (error)
		call_later_fail(userdata, error);
	else
		call_later_records(userdata, feature_keys, sizeof(struct feature_record), features);
}

static int on_doctor(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO_ERROR struct error err = ERROR_INIT;
	struct call_later *call = call_later_new(connection, message);
	int r;

	if (!call)
		return -ENOMEM;
	r = method_doctor(&connection->caller, connection->host->doctor, on_examined, call, &err);
	if (r < 0) {
		call_later_drop(call);
		return call_fail(error, &err);
	}
	return 1;
}

static int on_subscribe(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO_ERROR struct error err = ERROR_INIT;

	if (method_subscribe(&connection->caller, &err) < 0)
		return call_fail(error, &err);
	connection->subscribed = true;
	return sd_bus_reply_method_return(message, NULL);
}

#define METHOD(name, in, out, handler) \
	SD_BUS_METHOD(name, in, out, handler, SD_BUS_VTABLE_UNPRIVILEGED)

const sd_bus_vtable bus_vtable[] = {
	SD_BUS_VTABLE_START(0),
	METHOD("DefineNetwork", "ss", "ssa{sv}", on_define_network),
	METHOD("DefineNetworkWith", "ssa{sv}", "ssa{sv}", on_define_network_with),
	METHOD("DefineDefaultNetwork", "", "ssa{sv}", on_define_default_network),
	METHOD("UpdateNetwork", "sssssa{sv}", "a{sv}", on_update_network),
	METHOD("UndefineNetwork", "s", "", on_undefine_network),
	METHOD("StartNetwork", "s", "a{sv}", on_start_network),
	METHOD("StartNetworkWith", "sa{sv}", "a{sv}", on_start_network_with),
	METHOD("StopNetwork", "s", "", on_stop_network),
	METHOD("SetNetworkAutostart", "sb", "", on_set_network_autostart),
	METHOD("SetNetworkAutostartWith", "sba{sv}", "", on_set_network_autostart_with),
	METHOD("ListNetworks", "", "aa{sv}", on_list_networks),
	METHOD("GetNetworkXml", "s", "s", on_get_network_xml),
	METHOD("ListLeases", "s", "aa{sv}", on_list_leases),
	METHOD("DefineFilter", "ss", "ss", on_define_filter),
	METHOD("UndefineFilter", "s", "", on_undefine_filter),
	METHOD("ListFilters", "", "aa{sv}", on_list_filters),
	METHOD("GetFilterXml", "s", "s", on_get_filter_xml),
	METHOD("DefineGroup", "ss", "ss", on_define_group),
	METHOD("UndefineGroup", "s", "", on_undefine_group),
	METHOD("ChangeGroupMembers", "sasas", "u", on_change_group_members),
	METHOD("ListGroups", "", "aa{sv}", on_list_groups),
	METHOD("GetGroupXml", "s", "s", on_get_group_xml),
	METHOD("Plug", "ssa{sv}", "a{sv}ahah", on_plug),
	METHOD("TakeDescriptors", "", "ahah", on_take_descriptors),
	METHOD("Unplug", "sb", "", on_unplug),
	METHOD("Retarget", "sss", "a{sv}", on_retarget),
	METHOD("Set", "ss", "a{sv}", on_set),
	METHOD("TryPacket", "ss", "a{sv}", on_try_packet),
	METHOD("ListPorts", "", "aa{sv}", on_list_ports),
	METHOD("GetPort", "s", "a{sv}", on_get_port),
	METHOD("GetPortXml", "s", "s", on_get_port_xml),
	METHOD("GetNetworkPortXml", "s", "s", on_get_network_port_xml),
	METHOD("Check", "ssa{sv}", "a{sv}", on_check),
	METHOD("Capabilities", "", "a{sv}", on_capabilities),
	METHOD("Probe", "s", "a{sv}", on_probe),
	METHOD("Diagnose", "s", "a{sv}", on_diagnose),
	METHOD("Doctor", "", "aa{sv}", on_doctor),
	METHOD("Subscribe", "", "", on_subscribe),
	SD_BUS_SIGNAL("Event", "a{sv}", 0),
	SD_BUS_VTABLE_END,
};
