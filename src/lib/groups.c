/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/call.h"
#include "lib/failure.h"

int vif_group_define(struct vif *vif, const char *xml, const char *source,
		     struct vif_record **ret_answer, struct vif_error *error)
{
	return definition_call(vif, "DefineGroup", xml, source, ret_answer, error);
}

int vif_group_undefine(struct vif *vif, const char *name, struct vif_error *error)
{
	return method_call(vif, "UndefineGroup", NULL, error, "s", name);
}

int vif_group_change_members(struct vif *vif, const char *name, const char *const *added,
			     const char *const *removed, unsigned *ret_n, struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *request = NULL, *reply = NULL;
	uint32_t n;
	int r = request_new(vif, "ChangeGroupMembers", &request, error);

	if (r < 0)
		return r;
	r = sd_bus_message_append(request, "s", name);
	if (r >= 0)
		r = sd_bus_message_append_strv(request, (char **)added);
	if (r >= 0)
		r = sd_bus_message_append_strv(request, (char **)removed);
	if (r < 0)
		return request_fail(request, r, error);
	r = request_call(vif, request, &reply, error);
	if (r < 0)
		return r;
	r = sd_bus_message_read(reply, "u", &n);
	if (r < 0)
		return reply_fail(vif, r, error);
	*ret_n = n;
	return 0;
}

int vif_group_list(struct vif *vif, struct vif_record ***ret_groups, struct vif_error *error)
{
	return records_call(vif, "ListGroups", ret_groups, error);
}

int vif_group_xml(struct vif *vif, const char *name, char **ret_xml, struct vif_error *error)
{
	return xml_call(vif, "GetGroupXml", name, ret_xml, error);
}
