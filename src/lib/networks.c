/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/call.h"
#include "lib/failure.h"

static int read_defined(struct vif *vif, sd_bus_message *reply, struct vif_record **ret_answer,
			struct vif_error *error)
{
	AUTO(vif_record_freep) struct vif_record *answer = NULL;
	const char *name, *outcome;
	int r;

	r = sd_bus_message_read(reply, "ss", &name, &outcome);
	if (r >= 0)
		r = record_read(reply, &answer);
	if (r < 0)
		return reply_fail(vif, r, error);
	if (vif_record_set_string(answer, "name", name) < 0 ||
	    vif_record_set_string(answer, "outcome", outcome) < 0)
		return failure_oom(error);
	*ret_answer = take_ptr(answer);
	return 0;
}

int vif_network_define(struct vif *vif, const char *xml, const char *source,
		       struct vif_record **ret_answer, struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *reply = NULL;
	int r;

	r = method_call(vif, "DefineNetwork", &reply, error, "ss", xml, source);
	return r < 0 ? r : read_defined(vif, reply, ret_answer, error);
}

int vif_network_define_with(struct vif *vif, const char *xml, const char *source,
			    const struct vif_record *options, struct vif_record **ret_answer,
			    struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *request = NULL, *reply = NULL;
	int r;

	r = request_new(vif, "DefineNetworkWith", &request, error);
	if (r < 0)
		return r;
	r = sd_bus_message_append(request, "ss", xml, source);
	if (r >= 0)
		r = record_append(options, request);
	if (r < 0)
		return request_fail(request, r, error);
	r = request_call(vif, request, &reply, error);
	return r < 0 ? r : read_defined(vif, reply, ret_answer, error);
}

int vif_network_define_default(struct vif *vif, struct vif_record **ret_answer,
			       struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *reply = NULL;
	int r;

	r = method_call(vif, "DefineDefaultNetwork", &reply, error, "");
	return r < 0 ? r : read_defined(vif, reply, ret_answer, error);
}

int vif_network_undefine(struct vif *vif, const char *name, struct vif_error *error)
{
	return method_call(vif, "UndefineNetwork", NULL, error, "s", name);
}

int vif_network_start(struct vif *vif, const char *name, struct vif_record **ret_answer,
		      struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *reply = NULL;
	int r;

	r = method_call(vif, "StartNetwork", &reply, error, "s", name);
	if (r < 0 || !ret_answer)
		return r;
	r = record_read(reply, ret_answer);
	return r < 0 ? reply_fail(vif, r, error) : 0;
}

int vif_network_start_with(struct vif *vif, const char *name, const struct vif_record *options,
			   struct vif_record **ret_answer, struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *request = NULL, *reply = NULL;
	int r;

	r = request_new(vif, "StartNetworkWith", &request, error);
	if (r < 0)
		return r;
	r = sd_bus_message_append(request, "s", name);
	if (r >= 0)
		r = record_append(options, request);
	if (r < 0)
		return request_fail(request, r, error);
	r = request_call(vif, request, &reply, error);
	if (r < 0 || !ret_answer)
		return r;
	r = record_read(reply, ret_answer);
	return r < 0 ? reply_fail(vif, r, error) : 0;
}

int vif_network_stop(struct vif *vif, const char *name, struct vif_error *error)
{
	return method_call(vif, "StopNetwork", NULL, error, "s", name);
}

int vif_network_set_autostart(struct vif *vif, const char *name, bool autostart,
			      struct vif_error *error)
{
	return method_call(vif, "SetNetworkAutostart", NULL, error, "sb", name, (int)autostart);
}

int vif_network_set_autostart_with(struct vif *vif, const char *name, bool autostart,
				   const struct vif_record *options, struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *request = NULL, *reply = NULL;
	int r;

	r = request_new(vif, "SetNetworkAutostartWith", &request, error);
	if (r < 0)
		return r;
	r = sd_bus_message_append(request, "sb", name, (int)autostart);
	if (r >= 0)
		r = record_append(options, request);
	if (r < 0)
		return request_fail(request, r, error);
	return request_call(vif, request, &reply, error);
}

int vif_network_update(struct vif *vif, const char *name, const char *command, const char *section,
		       const char *xml, const char *source, const struct vif_record *options,
		       struct vif_record **ret_answer, struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *request = NULL, *reply = NULL;
	int r;

	r = request_new(vif, "UpdateNetwork", &request, error);
	if (r < 0)
		return r;
	r = sd_bus_message_append(request, "sssss", name, command, section, xml, source);
	if (r >= 0)
		r = record_append(options, request);
	if (r < 0)
		return request_fail(request, r, error);
	r = request_call(vif, request, &reply, error);
	if (r < 0)
		return r;
	r = record_read(reply, ret_answer);
	return r < 0 ? reply_fail(vif, r, error) : 0;
}

int vif_network_list(struct vif *vif, struct vif_record ***ret_networks, struct vif_error *error)
{
	return records_call(vif, "ListNetworks", ret_networks, error);
}

int vif_network_xml(struct vif *vif, const char *name, char **ret_xml, struct vif_error *error)
{
	return xml_call(vif, "GetNetworkXml", name, ret_xml, error);
}

int vif_network_leases(struct vif *vif, const char *name, struct vif_record ***ret_leases,
		       struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *reply = NULL;
	int r;

	r = method_call(vif, "ListLeases", &reply, error, "s", name);
	if (r < 0)
		return r;
	r = records_read(reply, ret_leases);
	return r < 0 ? reply_fail(vif, r, error) : 0;
}
