/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "model/host-filter.h"

bool host_filter_is_of_firewalld(const struct host_filter *filter)
{
	return !strcmp(filter->table, "firewalld");
}

bool host_filter_can_be_opened(const struct host_filter *filter)
{
	return !filter->legacy && !host_filter_is_of_firewalld(filter);
}

void host_filters_done(struct host_filters *filters)
{
	free(filters->items);
	*filters = (struct host_filters){ 0 };
}
