/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * D-Bus calls to methods and back. Each function here is one method of
 * api/io.github.vifd.Manager.xml, with a connection as its userdata.
 */
#include <string.h>
#include <sys/un.h>

#include "daemon/bus-call.h"
#include "daemon/bus-networks.h"
#include "daemon/bus-record.h"
#include "daemon/bus.h"
#include "daemon/doctor.h"
#include "formats/interface-xml.h"
#include "formats/networkport-xml.h"

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
	uint32_t pid;
	int r, flag;

	r = sd_bus_message_read(message, "s", &key);
	if (r < 0)
		return r;
	if (!strcmp(key, "guest")) {
		r = sd_bus_message_read(message, "v", "s", &options->guest);
	} else if (!strcmp(key, "pid")) {
		r = sd_bus_message_read(message, "v", "u", &pid);
		options->pid = (pid_t)pid;
		reading->has_pid = true;
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

static pid_t peer_pid(sd_bus_message *message)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	int fd = sd_bus_get_fd(sd_bus_message_get_bus(message));

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return 0;
	return peer.pid;
}

static int read_plug(sd_bus_message *message, const char **ret_xml, const char **ret_source,
		     struct plug_options *ret_options, struct error *err)
{
	struct plug_reading reading = { .options = ret_options };
	int r;

	r = sd_bus_message_read(message, "ss", ret_xml, ret_source);
	if (r >= 0)
		r = call_read_options(message, read_option, &reading, err);
	if (r < 0)
		return call_bad_arguments(r, err);
	if (ret_options->qmp &&
	    (ret_options->qmp[0] != '/' ||
	     strlen(ret_options->qmp) >= sizeof(((struct sockaddr_un *)0)->sun_path)))
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "'%s' is not the absolute name of a socket", ret_options->qmp);
	if (!reading.has_pid && !ret_options->by_name)
		ret_options->pid = peer_pid(message);
	return 0;
}

static int append_fds(sd_bus_message *reply, const int *fds, size_t n)
{
	int r;

	r = sd_bus_message_open_container(reply, 'a', "h");
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = sd_bus_message_append(reply, "h", fds[i]);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int reply_plug(sd_bus_message *message, struct manager *manager,
		      const struct port_entry *entry, const struct apply_result *result)
{
	AUTO(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int r;

	/* The device's own facts (its MTU) are in the answer. */
	(void)watch_refresh(manager->watch, NULL);
	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = bus_append_port(reply, manager, entry, NULL);
	if (r >= 0)
		r = append_fds(reply, result->fds, result->n_fds);
	if (r >= 0)
		r = append_fds(reply, result->vhost_fds, result->n_vhost_fds);
	return r < 0 ? r : call_reply_send(reply);
}

static int on_plug(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	struct manager *manager = call_manager(connection);
	AUTO_ERROR struct error err = ERROR_INIT;
	struct plug_options options = { 0 };
	const char *xml, *source;
	AUTO_APPLY_RESULT struct apply_result result = APPLY_RESULT_INIT;
	struct port_entry *entry;
	int r;

	r = call_authorize(connection, message, &err);
	if (r == 0)
		r = read_plug(message, &xml, &source, &options, &err);
	if (r == 0)
		r = method_plug(manager, xml, source, &options, &entry, &result, &err);
	if (r < 0)
		return call_fail(error, &err);
	return reply_plug(message, manager, entry, &result);
}

static void reply_error(sd_bus_message *message, const struct error *error)
{
	AUTO(sd_bus_error_free) sd_bus_error answer = SD_BUS_ERROR_NULL;

	(void)call_fail(&answer, error);
	(void)sd_bus_reply_method_error(message, &answer);
}

static void on_unplugged(void *userdata, const struct error *error)
{
	AUTO(sd_bus_message_unrefp) sd_bus_message *message = userdata;

	if (error)
		reply_error(message, error);
	else
		(void)sd_bus_reply_method_return(message, NULL);
}

static int on_unplug(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	AUTO_ERROR struct error err = ERROR_INIT;
	const char *port;
	int force, r;

	r = sd_bus_message_read(message, "sb", &port, &force);
	if (r < 0)
		return r;
	r = call_authorize(connection, message, &err);
	if (r < 0)
		return call_fail(error, &err);
	sd_bus_message_ref(message);
	r = method_unplug(call_manager(connection), port, force, on_unplugged, message, &err);
	if (r < 0) {
		sd_bus_message_unref(message);
		return call_fail(error, &err);
	}
	return 1;
}

static int on_list_ports(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	AUTO(guest_addresses_done) struct guest_addresses addresses = { 0 };
	AUTO(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct manager *manager = call_manager(userdata);
	int r;

	guest_addresses_collect(manager, &addresses);
	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "a{sv}");
	for (size_t i = 0; r >= 0 && i < manager->registry.n_ports; i++)
		r = bus_append_port(reply, manager, manager->registry.ports[i], &addresses);
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : call_reply_send(reply);
}

/* The port's record as the answer. */
static int reply_port(sd_bus_message *message, struct manager *manager,
		      const struct port_entry *entry)
{
	AUTO(guest_addresses_done) struct guest_addresses addresses = { 0 };
	AUTO(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int r;

	guest_addresses_collect(manager, &addresses);
	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = bus_append_port(reply, manager, entry, &addresses);
	return r < 0 ? r : call_reply_send(reply);
}

static int on_retarget(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	struct manager *manager = call_manager(connection);
	AUTO_ERROR struct error err = ERROR_INIT;
	const char *port, *xml, *source;
	struct port_entry *entry;
	int r;

	r = sd_bus_message_read(message, "sss", &port, &xml, &source);
	if (r < 0)
		return r;
	r = call_authorize(connection, message, &err);
	if (r == 0)
		r = method_retarget(manager, port, xml, source, &entry, &err);
	if (r < 0)
		return call_fail(error, &err);
	return reply_port(message, manager, entry);
}

static int find_port(sd_bus_message *message, struct manager *manager,
		     struct port_entry **ret_entry, sd_bus_error *error)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	const char *port;
	int r;

	r = sd_bus_message_read(message, "s", &port);
	if (r < 0)
		return r;
	r = method_get_port(manager, port, ret_entry, &err);
	return r < 0 ? call_fail(error, &err) : 0;
}

static int on_get_port(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct manager *manager = call_manager(userdata);
	struct port_entry *entry;
	int r;

	r = find_port(message, manager, &entry, error);
	return r < 0 ? r : reply_port(message, manager, entry);
}

static int on_get_port_xml(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_FREE char *xml = NULL;
	struct port_entry *entry;
	int r;

	r = find_port(message, call_manager(userdata), &entry, error);
	if (r < 0)
		return r;
	r = interface_merged_to_xml(entry->port, &xml, &err);
	if (r < 0)
		return call_fail(error, &err);
	return sd_bus_reply_method_return(message, "s", xml);
}

static int on_get_network_port_xml(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_FREE char *xml = NULL;
	struct port_entry *entry;
	int r;

	r = find_port(message, call_manager(userdata), &entry, error);
	if (r < 0)
		return r;
	if (!port_has_networkport(entry->port))
		r = error_set(&err, -EINVAL, ERROR_INVALID_ARGUMENT,
			      "port %s is on no network, bridge or host interface: it has no "
			      "<networkport>",
			      entry->port->name);
	else
		r = networkport_to_xml(entry->port, &xml, &err);
	if (r < 0)
		return call_fail(error, &err);
	return sd_bus_reply_method_return(message, "s", xml);
}

static int on_check(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	AUTO(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	AUTO(check_answer_done) struct check_answer answer = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	struct plug_options options = { 0 };
	const char *xml, *source;
	int r;

	r = read_plug(message, &xml, &source, &options, &err);
	if (r < 0)
		return call_fail(error, &err);
	r = method_check(call_manager(userdata), xml, source, &options, &answer, &err);
	(void)r; /* the answer says it */
	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = bus_append_check(reply, &answer, err.code ? &err : NULL);
	return r < 0 ? r : call_reply_send(reply);
}

static int on_capabilities(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	AUTO(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct manager *manager = call_manager(userdata);
	AUTO_ERROR struct error err = ERROR_INIT;
	struct capabilities_answer *answers;
	size_t n;
	int r;

	r = method_capabilities(manager, &answers, &n, &err);
	if (r < 0)
		return call_fail(error, &err);
	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = bus_append_capabilities(reply, manager, answers, n);
	capabilities_free(answers, n);
	return r < 0 ? r : call_reply_send(reply);
}

static int append_feature(sd_bus_message *reply, const struct doctor_feature *feature)
{
	return sd_bus_message_append(reply, "a{sv}", 4, "name", "s", feature->name, "status", "s",
				     feature->ok ? "yes" : "no", "detail", "s",
				     feature->detail ? feature->detail : "", "purpose", "s",
				     feature->purpose);
}

static int reply_features(sd_bus_message *message, const struct doctor_feature *features, size_t n)
{
	AUTO(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int r;

	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "a{sv}");
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = append_feature(reply, &features[i]);
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : call_reply_send(reply);
}

static void on_doctor_done(void *userdata, const struct doctor_feature *features, size_t n,
			   const struct error *error)
{
	AUTO(sd_bus_message_unrefp) sd_bus_message *message = userdata;
	int r;

	if (error) {
		reply_error(message, error);
		return;
	}
	r = reply_features(message, features, n);
	if (r < 0)
		(void)sd_bus_reply_method_errnof(message, r, NULL);
}

static int on_doctor(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	sd_bus_message_ref(message);
	if (doctor_start(call_manager(userdata), on_doctor_done, message, &err) < 0) {
		sd_bus_message_unref(message);
		return call_fail(error, &err);
	}
	return 1;
}

static int on_subscribe(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;

	connection->subscribed = true;
	return sd_bus_reply_method_return(message, NULL);
}

#define METHOD(name, in, out, handler) \
	SD_BUS_METHOD(name, in, out, handler, SD_BUS_VTABLE_UNPRIVILEGED)

const sd_bus_vtable bus_vtable[] = {
	SD_BUS_VTABLE_START(0),
	METHOD("DefineNetwork", "ss", "ssa{sv}", on_define_network),
	METHOD("DefineDefaultNetwork", "", "ssa{sv}", on_define_default_network),
	METHOD("UpdateNetwork", "sssssa{sv}", "a{sv}", on_update_network),
	METHOD("UndefineNetwork", "s", "", on_undefine_network),
	METHOD("StartNetwork", "s", "a{sv}", on_start_network),
	METHOD("StopNetwork", "s", "", on_stop_network),
	METHOD("SetNetworkAutostart", "sb", "", on_set_network_autostart),
	METHOD("ListNetworks", "", "aa{sv}", on_list_networks),
	METHOD("GetNetworkXml", "s", "s", on_get_network_xml),
	METHOD("ListLeases", "s", "aa{sv}", on_list_leases),
	METHOD("Plug", "ssa{sv}", "a{sv}ahah", on_plug),
	METHOD("Unplug", "sb", "", on_unplug),
	METHOD("Retarget", "sss", "a{sv}", on_retarget),
	METHOD("ListPorts", "", "aa{sv}", on_list_ports),
	METHOD("GetPort", "s", "a{sv}", on_get_port),
	METHOD("GetPortXml", "s", "s", on_get_port_xml),
	METHOD("GetNetworkPortXml", "s", "s", on_get_network_port_xml),
	METHOD("Check", "ssa{sv}", "a{sv}", on_check),
	METHOD("Capabilities", "", "a{sv}", on_capabilities),
	METHOD("Doctor", "", "aa{sv}", on_doctor),
	METHOD("Subscribe", "", "", on_subscribe),
	SD_BUS_SIGNAL("Event", "a{sv}", 0),
	SD_BUS_VTABLE_END,
};
