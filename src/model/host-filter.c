/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "model/host-filter.h"

void host_filters_done(struct host_filters *filters)
{
	free(filters->items);
	*filters = (struct host_filters){ 0 };
}
