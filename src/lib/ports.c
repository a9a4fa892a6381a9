/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>

#include "lib/call.h"
#include "lib/failure.h"
#include "util/array.h"

DEFINE_FREEP(struct vif_plugged, vif_plugged_free);

/* Plug and Check take the same arguments. */
static int interface_call(struct vif *vif, const char *method, const char *xml, const char *source,
			  const struct vif_record *options, sd_bus_message **ret_reply,
			  struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *request = NULL;
	int r;

	r = request_new(vif, method, &request, error);
	if (r < 0)
		return r;
	r = sd_bus_message_append(request, "ss", xml, source);
	if (r >= 0)
		r = record_append(options, request);
	if (r < 0)
		return request_fail(request, r, error);
	return request_call(vif, request, ret_reply, error);
}

/* Reads an array of descriptors. The message keeps its own; ours are copies. */
static int fds_read(sd_bus_message *message, int **fds, size_t *n_fds)
{
	int fd, r;

	r = sd_bus_message_enter_container(message, 'a', "h");
	while (r >= 0 && (r = sd_bus_message_read(message, "h", &fd)) > 0) {
		AUTO_CLOSE int copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		int *place;

		if (copy < 0)
			return -errno;
		place = array_add(fds, n_fds, sizeof(*place));
		if (!place)
			return -ENOMEM;
		*place = take_fd(&copy);
	}
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

static int plugged_read(sd_bus_message *message, struct vif_plugged *plugged)
{
	int r;

	r = fds_read(message, &plugged->fds, &plugged->n_fds);
	return r < 0 ? r : fds_read(message, &plugged->vhost_fds, &plugged->n_vhost_fds);
}

/* One of each a queue, or none at all. */
static bool plugged_lacks(const struct vif_plugged *plugged)
{
	uint64_t queues = vif_record_number(plugged->port, "queues");

	return plugged->n_fds > 0 &&
	       (plugged->n_fds < queues ||
		(vif_record_boolean(plugged->port, "vhost") && plugged->n_vhost_fds < queues));
}

/* One message does not carry all of a port with very many queues. */
static int plugged_read_rest(struct vif *vif, struct vif_plugged *plugged, struct vif_error *error)
{
	while (plugged_lacks(plugged)) {
		const size_t before = plugged->n_fds + plugged->n_vhost_fds;
		AUTO_MESSAGE sd_bus_message *reply = NULL;
		int r;

		r = method_call(vif, "TakeDescriptors", &reply, error, "");
		if (r < 0)
			return r;
		r = plugged_read(reply, plugged);
		if (r >= 0 && plugged->n_fds + plugged->n_vhost_fds == before)
			r = -EBADMSG;
		if (r < 0)
			return reply_fail(vif, r, error);
	}
	return 0;
}

/* A plug whose answer could not be taken (too many open files) leaves no port. */
static void plug_undo(struct vif *vif, const struct vif_plugged *plugged)
{
	const char *name = plugged->port ? vif_record_string(plugged->port, "name") : NULL;

	if (name)
		(void)vif_port_unplug(vif, name, true, NULL);
}

int vif_port_plug(struct vif *vif, const char *xml, const char *source,
		  const struct vif_record *options, struct vif_plugged **ret_plugged,
		  struct vif_error *error)
{
	AUTO(vif_plugged_freep) struct vif_plugged *plugged = calloc(1, sizeof(*plugged));
	AUTO_MESSAGE sd_bus_message *reply = NULL;
	int r;

	if (!plugged)
		return failure_oom(error);
	r = interface_call(vif, "Plug", xml, source, options, &reply, error);
	if (r < 0)
		return r;
	r = record_read(reply, &plugged->port);
	if (r >= 0)
		r = plugged_read(reply, plugged);
	r = r < 0 ? reply_fail(vif, r, error) : plugged_read_rest(vif, plugged, error);
	if (r < 0) {
		plug_undo(vif, plugged);
		return r;
	}
	*ret_plugged = take_ptr(plugged);
	return 0;
}

static void fds_close(int *fds, size_t n_fds)
{
	for (size_t i = 0; i < n_fds; i++)
		closep(&fds[i]);
	free(fds);
}

void vif_plugged_free(struct vif_plugged *plugged)
{
	if (!plugged)
		return;
	vif_record_free(plugged->port);
	fds_close(plugged->fds, plugged->n_fds);
	fds_close(plugged->vhost_fds, plugged->n_vhost_fds);
	free(plugged);
}

int vif_port_unplug(struct vif *vif, const char *port, bool force, struct vif_error *error)
{
	return method_call(vif, "Unplug", NULL, error, "sb", port, (int)force);
}

int vif_port_retarget(struct vif *vif, const char *port, const char *xml, const char *source,
		      struct vif_record **ret_port, struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *reply = NULL;
	int r;

	r = method_call(vif, "Retarget", &reply, error, "sss", port, xml, source);
	if (r < 0)
		return r;
	r = record_read(reply, ret_port);
	return r < 0 ? reply_fail(vif, r, error) : 0;
}

int vif_port_set(struct vif *vif, const char *port, const char *settings,
		 struct vif_record **ret_port, struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *reply = NULL;
	int r;

	r = method_call(vif, "Set", &reply, error, "ss", port, settings);
	if (r < 0)
		return r;
	r = record_read(reply, ret_port);
	return r < 0 ? reply_fail(vif, r, error) : 0;
}

int vif_port_list(struct vif *vif, struct vif_record ***ret_ports, struct vif_error *error)
{
	return records_call(vif, "ListPorts", ret_ports, error);
}

int vif_port_try(struct vif *vif, const char *port, const char *packet,
		 struct vif_record **ret_answer, struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *reply = NULL;
	int r;

	r = method_call(vif, "TryPacket", &reply, error, "ss", port, packet);
	if (r < 0)
		return r;
	r = record_read(reply, ret_answer);
	return r < 0 ? reply_fail(vif, r, error) : 0;
}

int vif_port_get(struct vif *vif, const char *port, struct vif_record **ret_port,
		 struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *reply = NULL;
	int r;

	r = method_call(vif, "GetPort", &reply, error, "s", port);
	if (r < 0)
		return r;
	r = record_read(reply, ret_port);
	return r < 0 ? reply_fail(vif, r, error) : 0;
}

int vif_port_xml(struct vif *vif, const char *port, char **ret_xml, struct vif_error *error)
{
	return xml_call(vif, "GetPortXml", port, ret_xml, error);
}

int vif_port_networkport(struct vif *vif, const char *port, char **ret_xml, struct vif_error *error)
{
	return xml_call(vif, "GetNetworkPortXml", port, ret_xml, error);
}

int vif_check(struct vif *vif, const char *xml, const char *source,
	      const struct vif_record *options, struct vif_record **ret_answer,
	      struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *reply = NULL;
	int r;

	r = interface_call(vif, "Check", xml, source, options, &reply, error);
	if (r < 0)
		return r;
	r = record_read(reply, ret_answer);
	return r < 0 ? reply_fail(vif, r, error) : 0;
}

int vif_capabilities(struct vif *vif, struct vif_record **ret_capabilities, struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *reply = NULL;
	int r;

	r = method_call(vif, "Capabilities", &reply, error, "");
	if (r < 0)
		return r;
	r = record_read(reply, ret_capabilities);
	return r < 0 ? reply_fail(vif, r, error) : 0;
}

int vif_probe(struct vif *vif, const char *dev, struct vif_record **ret_far_end,
	      struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *reply = NULL;
	int r;

	r = method_call(vif, "Probe", &reply, error, "s", dev);
	if (r < 0)
		return r;
	r = record_read(reply, ret_far_end);
	return r < 0 ? reply_fail(vif, r, error) : 0;
}

int vif_diagnose(struct vif *vif, const char *port, struct vif_record **ret_diagnosis,
		 struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *reply = NULL;
	int r;

	r = method_call(vif, "Diagnose", &reply, error, "s", port);
	if (r < 0)
		return r;
	r = record_read(reply, ret_diagnosis);
	return r < 0 ? reply_fail(vif, r, error) : 0;
}

int vif_doctor(struct vif *vif, struct vif_record ***ret_features, struct vif_error *error)
{
	return records_call(vif, "Doctor", ret_features, error);
}
