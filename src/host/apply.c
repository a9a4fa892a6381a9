/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A run goes through the plan's steps, and finds for each the function that does
 * it in the tables of the do-*.c files, a subject each; an undo is an action like
 * any other and is found in the same way.
 *
 * A plan names the links that it makes itself by name only. The run notes the
 * ifindex of each link that it makes, and every later step of the plan, undo
 * included, means that one: a link that somebody renamed to the same name in
 * between cannot be hit. A name that the run did not make is looked up.
 *
 * ACTION_CLOSE_FDS as an undo closes what its own step opened. For that the
 * run notes before each step how many fds there were.
 */
#include "host/apply.h"
#include "host/run.h"
#include "kernel/fds.h"
#include "util/array.h"
#include "util/log.h"

static const struct {
	const struct doer *doers;
	size_t n;
} subjects[] = {
	{ do_link, ARRAY_SIZE(do_link) },       { do_tap, ARRAY_SIZE(do_tap) },
	{ do_bridge, ARRAY_SIZE(do_bridge) },   { do_ip, ARRAY_SIZE(do_ip) },
	{ do_service, ARRAY_SIZE(do_service) }, { do_guard, ARRAY_SIZE(do_guard) },
	{ do_rate, ARRAY_SIZE(do_rate) },       { do_tunnel, ARRAY_SIZE(do_tunnel) },
};
_Static_assert(ARRAY_SIZE(do_link) + ARRAY_SIZE(do_tap) + ARRAY_SIZE(do_bridge) +
			       ARRAY_SIZE(do_ip) + ARRAY_SIZE(do_service) + ARRAY_SIZE(do_guard) +
			       ARRAY_SIZE(do_rate) + ARRAY_SIZE(do_tunnel) ==
		       ACTION_KIND_COUNT,
	       "every action has its function");

static const struct doer *doer_find(enum action_kind kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++)
		for (size_t j = 0; j < subjects[i].n; j++)
			if (subjects[i].doers[j].kind == kind)
				return &subjects[i].doers[j];
	return NULL;
}

static int do_action(struct run *run, const struct action *action, struct error *err)
{
	const struct doer *doer = doer_find(action->kind);
	int ifindex = 0, r;

	if (doer->on_link) {
		r = run_find_link(run, &action->link, &ifindex, err);
		if (r < 0)
			return r;
	}
	return doer->run(run, action, ifindex, err);
}

static int do_step(struct run *run, const struct plan *plan, size_t i, struct error *err)
{
	const struct action *action = &plan->steps[i].action;

	run->marks[i] = (struct mark){ run->result.n_fds, run->result.n_vhost_fds };
	if (run->apply->fail_at == i + 1)
		return error_set(err, -ECANCELED, ERROR_SYSTEM, "step %zu was made to fail", i + 1);
	return do_action(run, action, err);
}

static void undo_step(struct run *run, const struct plan *plan, size_t i)
{
	const struct plan_step *step = &plan->steps[i];

	run->keep = run->marks[i];
	for (size_t j = 0; j < step->n_undos; j++) {
		AUTO_ERROR struct error failure = ERROR_INIT;

		if (do_action(run, &plan->undos[step->first_undo + j], &failure) < 0)
			log_warning("cannot undo step %zu of a plan: %s", i + 1,
				    error_text(&failure));
	}
}

int apply_run(struct apply *apply, const struct plan *plan, const struct apply_held *held,
	      const struct apply_services *services, struct apply_result *ret_result,
	      struct error *err)
{
	AUTO(run_done) struct run run = { .apply = apply, .held = held, .services = services };
	int r = 0;

	run.marks = calloc(plan->n_steps + 1, sizeof(*run.marks));
	if (!run.marks)
		return error_oom(err);
	for (size_t i = 0; r == 0 && i < plan->n_steps; i++) {
		r = do_step(&run, plan, i, err);
		for (size_t j = i; r < 0 && j-- > 0;)
			undo_step(&run, plan, j);
	}
	if (r < 0)
		return r;
	*ret_result = run.result;
	run.result = APPLY_RESULT_INIT;
	return 0;
}

/* The ifindex of the link that the action made in an earlier run, as that run told it; or 0. */
static int told_ifindex(const struct apply_result *result, enum action_kind kind)
{
	switch (doer_find(kind)->makes) {
	case MAKES_DEVICE:
		return result->ifindex;
	case MAKES_SIDE:
		return result->side_ifindex;
	default:
		return 0;
	}
}

static void recall_made(struct run *run, const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct action *action = &plan->steps[i].action;
		int ifindex = told_ifindex(&run->result, action->kind);

		if (ifindex > 0)
			(void)run_note_made(run, action->link.name, ifindex, NULL);
	}
}

void apply_undo(struct apply *apply, const struct plan *plan, const struct apply_services *services,
		struct apply_result *result)
{
	AUTO(run_done)
	struct run run = { .apply = apply, .services = services, .result = *result };

	*result = APPLY_RESULT_INIT;
	run.marks = calloc(plan->n_steps + 1, sizeof(*run.marks));
	if (!run.marks)
		return;
	recall_made(&run, plan);
	for (size_t i = plan->n_steps; i-- > 0;)
		undo_step(&run, plan, i);
}
