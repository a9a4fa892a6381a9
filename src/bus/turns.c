/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "bus/turns.h"
#include "util/cleanup.h"
#include "util/clock.h"

enum {
	WAIT_FACTOR = 3,
};

struct turns {
	uint64_t from_usec; /* when the next may be */
	sd_event_source *timer;
	struct turn *first;
	struct turn **last;
};

static void arm(struct turns *turns)
{
	(void)sd_event_source_set_time(turns->timer, turns->from_usec);
	(void)sd_event_source_set_enabled(turns->timer,
					  turns->first ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

void turns_leave(struct turns *turns, struct turn *turn)
{
	struct turn **at = &turns->first;

	if (!turn->waits)
		return;
	while (*at != turn)
		at = &(*at)->next;
	*at = turn->next;
	if (turns->last == &turn->next)
		turns->last = at;
	turn->waits = false;
	arm(turns);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct turns *turns = userdata;
	struct turn *turn = turns->first;

	if (!turn)
		return 0;
	turns_leave(turns, turn);
	turn->begin(turn->userdata);
	arm(turns);
	return 0;
}

int turns_new(sd_event *event, struct turns **ret_turns, struct error *err)
{
	struct turns *turns = calloc(1, sizeof(*turns));
	int r;

	if (!turns)
		return error_oom(err);
	turns->last = &turns->first;
	r = sd_event_add_time(event, &turns->timer, CLOCK_MONOTONIC, UINT64_MAX, 1, on_timer,
			      turns);
	if (r >= 0)
		r = sd_event_source_set_priority(turns->timer, SD_EVENT_PRIORITY_IDLE);
	if (r >= 0)
		r = sd_event_source_set_enabled(turns->timer, SD_EVENT_OFF);
	if (r < 0) {
		turns_free(turns);
		return error_system(err, r, "cannot wait for clients");
	}
	*ret_turns = turns;
	return 0;
}

void turns_free(struct turns *turns)
{
	if (!turns)
		return;
	sd_event_source_disable_unref(turns->timer);
	free(turns);
}

bool turns_take(struct turns *turns, struct turn *turn)
{
	if (turn->waits)
		return false;
	if (!turns->first && clock_usec() >= turns->from_usec)
		return true;
	turn->waits = true;
	turn->next = NULL;
	*turns->last = turn;
	turns->last = &turn->next;
	arm(turns);
	return false;
}

void turns_spend(struct turns *turns, uint64_t usec)
{
	turns->from_usec = clock_usec() + WAIT_FACTOR * usec;
}
