/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/call.h"
#include "lib/failure.h"

int vif_filter_define(struct vif *vif, const char *xml, const char *source,
		      struct vif_record **ret_answer, struct vif_error *error)
{
	return definition_call(vif, "DefineFilter", xml, source, ret_answer, error);
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
