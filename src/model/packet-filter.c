/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/packet-filter.h"

#include <stdlib.h>

static void list_done(struct packet_list *list)
{
	for (size_t i = 0; i < list->n_rules; i++) {
		free(list->rules[i].matches);
		free(list->rules[i].name);
	}
	free(list->rules);
	*list = (struct packet_list){ 0 };
}

void packet_filter_done(struct packet_filter *filter)
{
	list_done(&filter->from_guest);
	list_done(&filter->to_guest);
}
