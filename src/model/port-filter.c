/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/port-filter.h"

#include <errno.h>

bool port_filter_is_asked(const struct port_filter_use *use)
{
	return use->ref->filter || use->security->n_groups > 0;
}

int port_filter_compile(const struct port_filter_use *use, const struct port_filter_names *names,
			struct packet_filter *ret_filter, struct error *err)
{
	const struct nwfilter_use filter_use = { use->ref, *use->mac, names->find_filter,
						 names->filters };
	AUTO(packet_filter_done) struct packet_filter filter = { 0 }, groups = { 0 };
	enum nwfilter_learning learning;
	int r = 0;

	if (!names->find_filter || !names->find_group)
		return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
				 "nobody knows filters and groups here");
	if (use->ref->filter)
		r = nwfilter_compile(&filter_use, &filter, &learning, err);
	if (r == 0 && use->security->n_groups > 0)
		r = group_compile(use->security->groups, use->security->n_groups, names->find_group,
				  names->groups, &groups, err);
	if (r == 0 && use->ref->filter && use->security->n_groups > 0 &&
	    packet_filter_join(&filter, &groups) < 0)
		r = error_oom(err);
	if (r < 0)
		return r;
	*ret_filter = use->ref->filter ? filter : groups;
	if (use->ref->filter)
		filter = (struct packet_filter){ 0 };
	else
		groups = (struct packet_filter){ 0 };
	return 0;
}
