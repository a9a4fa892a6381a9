/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stddef.h>

#include "life/waiters.h"

void waiter_join(struct waiter **first, struct waiter *waiter)
{
	while (*first)
		first = &(*first)->next;
	waiter->next = NULL;
	waiter->at = first;
	*first = waiter;
}

void waiter_leave(struct waiter *waiter)
{
	if (!waiter->at)
		return;
	*waiter->at = waiter->next;
	if (waiter->next)
		waiter->next->at = waiter->at;
	waiter->at = NULL;
}

void waiters_tell(struct waiter **first)
{
	struct waiter *told = *first, *waiter;

	*first = NULL;
	if (told)
		told->at = &told;
	while ((waiter = told)) {
		waiter_leave(waiter);
		waiter->gone(waiter->userdata);
	}
}
