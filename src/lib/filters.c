/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/call.h"
#include "lib/failure.h"

int vif_filter_define(struct vif *vif, const char *xml, const char *source,
		      struct vif_record **ret_answer, struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *reply = NULL;
	AUTO(vif_record_freep) struct vif_record *answer = vif_record_new();
	const char *name, *outcome;
	int r;

	r = method_call(vif, "DefineFilter", &reply, error, "ss", xml, source);
	if (r < 0)
		return r;
	r = sd_bus_message_read(reply, "ss", &name, &outcome);
	if (r < 0)
		return reply_fail(vif, r, error);
	if (!answer || vif_record_set_string(answer, "name", name) < 0 ||
	    vif_record_set_string(answer, "outcome", outcome) < 0)
		return failure_oom(error);
	*ret_answer = take_ptr(answer);
	return 0;
}

int vif_filter_undefine(struct vif *vif, const char *name, struct vif_error *error)
{
	return method_call(vif, "UndefineFilter", NULL, error, "s", name);
}

int vif_filter_list(struct vif *vif, struct vif_record ***ret_filters, struct vif_error *error)
{
	return records_call(vif, "ListFilters", ret_filters, error);
}

int vif_filter_xml(struct vif *vif, const char *name, char **ret_xml, struct vif_error *error)
{
	return xml_call(vif, "GetFilterXml", name, ret_xml, error);
}
