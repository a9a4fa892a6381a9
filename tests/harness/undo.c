/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel works off carrier changes later than the call that causes them
 * (link watch, up to a second). So the state before is taken when it has
 * settled: no link's operational state and flags are behind its carrier. And
 * "as before" may take a while: a snapshot that differs is taken again until it
 * does not or PATIENCE_MSEC is over.
 */
#include <dirent.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "apply/apply.h"
#include "netns.h"
#include "undo.h"

enum {
	PATIENCE_MSEC = 3000,
	PAUSE_MSEC = 20,
};

/* What bridges, ports, addresses and actions count by themselves. */
static const char *const volatile_keys[] = {
	"hello_timer",
	"tcn_timer",
	"topology_change_timer",
	"gc_timer",
	"message_age_timer",
	"hold_timer",
	"forward_delay_timer",
	"valid_life_time",
	"preferred_life_time",
	"tso_max_size",
	"tso_max_segs",
	"index",
	"fdb_n_learned",
	"pref",
	"tentative",
};

static void drop_volatile(json_t *json)
{
	const char *key;
	json_t *value;
	size_t i;

	if (json_is_array(json))
		json_array_foreach(json, i, value) drop_volatile(value);
	if (!json_is_object(json))
		return;
	for (i = 0; i < ARRAY_SIZE(volatile_keys); i++)
		json_object_del(json, volatile_keys[i]);
	/* The first time that a link is set up gives it a qdisc, which nothing takes away. */
	if (!ip_has_flag(json, "UP"))
		json_object_del(json, "qdisc");
	json_object_foreach(json, key, value) drop_volatile(value);
}

static json_t *answer_of(const char *command)
{
	FILE *pipe = popen(command, "re");
	json_t *json;

	if (!pipe)
		return NULL;
	json = json_loadf(pipe, 0, NULL);
	if (pclose(pipe) == 0)
		return json;
	json_decref(json);
	return NULL;
}

static char *text_of(const char *command)
{
	json_auto_t *json = answer_of(command);

	if (!json)
		return NULL;
	drop_volatile(json);
	return json_dumps(json, JSON_INDENT(1) | JSON_SORT_KEYS);
}

static bool is_settled(const json_t *link)
{
	const char *state = json_string_value(json_object_get(link, "operstate"));
	const char *qdisc = json_string_value(json_object_get(link, "qdisc"));
	bool carrier = ip_has_flag(link, "LOWER_UP");

	/* The loopback device has no link watch, and stays "UNKNOWN". */
	if (!ip_has_flag(link, "UP") || ip_has_flag(link, "LOOPBACK"))
		return true;
	if (carrier == ip_has_flag(link, "NO-CARRIER"))
		return false;
	return !carrier || (strcmp(state, "UNKNOWN") != 0 && strcmp(qdisc, "noop") != 0);
}

/* Of the bridges' tables what was put there; what they learn comes by itself. */
static char *tables_text(void)
{
	json_auto_t *entries = answer_of("bridge -j fdb show");

	for (size_t i = json_array_size(entries); i-- > 0;)
		if (!json_object_get(json_array_get(entries, i), "state"))
			json_array_remove(entries, i);
	return entries ? json_dumps(entries, JSON_INDENT(1) | JSON_SORT_KEYS) : NULL;
}

static void rest(void)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MSEC * 1000000L };

	nanosleep(&pause, NULL);
}

static void wait_until_settled(void)
{
	for (unsigned i = 0; i < PATIENCE_MSEC / PAUSE_MSEC; i++) {
		json_auto_t *links = answer_of("ip -d -j link");
		bool settled = true;

		for (size_t j = 0; j < json_array_size(links); j++)
			settled &= is_settled(json_array_get(links, j));
		if (settled)
			return;
		rest();
	}
}

/* One list of the filters of each link that has any place for them. */
static const char filters_command[] =
	"echo [; tc qdisc show | sed -n 's/^qdisc [a-z]* ffff: dev \\([^ ]*\\) .*/\\1/p' | sort |"
	"while read -r dev; do tc -j filter show dev $dev ingress; echo ,; done; echo []]";

char *undo_snapshot(void)
{
	AUTO_FREE char *links = text_of("ip -d -j link");
	AUTO_FREE char *addresses = text_of("ip -j addr");
	AUTO_FREE char *filters = text_of(filters_command);
	AUTO_FREE char *tables = tables_text();
	char *all;

	if (!links || !addresses || !filters || !tables ||
	    asprintf(&all, "%s\n%s\n%s\n%s\n", links, addresses, filters, tables) < 0)
		return NULL;
	return all;
}

static unsigned count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

/* "…" around the first line that differs, for people. */
static int say_difference(const char *before, const char *after, const char *when,
			  struct error *err)
{
	const char *a = before, *b = after, *line_a = before, *line_b = after;

	for (; *a && *a == *b; a++, b++)
		if (*a == '\n')
			line_a = a + 1, line_b = b + 1;
	return error_set(err, -EBADE, ERROR_SYSTEM,
			 "%s the host is not as before: '%.*s' is now '%.*s'", when,
			 (int)strcspn(line_a, "\n"), line_a, (int)strcspn(line_b, "\n"), line_b);
}

static int expect_as_before(const char *before, const char *when, struct error *err)
{
	AUTO_FREE char *after = undo_snapshot();

	for (unsigned i = 0; i < PATIENCE_MSEC / PAUSE_MSEC; i++) {
		if (after && !strcmp(before, after))
			return 0;
		rest();
		free(after);
		after = undo_snapshot();
	}
	if (!after)
		return error_set(err, -EBADE, ERROR_SYSTEM, "ip gives no answer");
	return say_difference(before, after, when, err);
}

static int expect_fds(unsigned before, const char *when, struct error *err)
{
	unsigned after = count_fds();

	if (before == after)
		return 0;
	return error_set(err, -EMFILE, ERROR_SYSTEM, "%s %u files are open, before it were %u",
			 when, after, before);
}

static int check_in_full(struct apply *apply, const struct plan *plan, const char *before,
			 struct error *err)
{
	AUTO_APPLY_RESULT struct apply_result result = APPLY_RESULT_INIT;
	AUTO_FREE char *during = NULL;
	int r;

	apply->fail_at = 0;
	r = apply_run(apply, plan, &result, err);
	if (r < 0) {
		error_prefix(err, "the plan cannot be done: ");
		return r;
	}
	during = undo_snapshot();
	apply_undo(apply, plan, &result);
	if (!during || !strcmp(before, during))
		return error_set(err, -EBADE, ERROR_SYSTEM, "the plan changes nothing");
	return expect_as_before(before, "after all of it and its undo", err);
}

static int check_step(struct apply *apply, const struct plan *plan, unsigned step,
		      const char *before, struct error *err)
{
	AUTO_APPLY_RESULT struct apply_result result = APPLY_RESULT_INIT;
	AUTO_ERROR struct error failure = ERROR_INIT;
	unsigned n_fds = count_fds();
	char when[64];
	int r;

	apply->fail_at = step;
	r = apply_run(apply, plan, &result, &failure);
	if (r != -ECANCELED)
		return error_set(err, -EBADE, ERROR_SYSTEM, "step %u was to fail, but: %s", step,
				 r < 0 ? error_text(&failure) : "all is done");
	snprintf(when, sizeof(when), "after the failure of step %u", step);
	r = expect_as_before(before, when, err);
	return r < 0 ? r : expect_fds(n_fds, when, err);
}

int undo_check(const struct plan *plan, struct error *err)
{
	AUTO_APPLY struct apply apply = APPLY_INIT;
	AUTO_FREE char *before = NULL;
	int r;

	wait_until_settled();
	before = undo_snapshot();
	if (!before)
		return error_set(err, -EBADE, ERROR_SYSTEM, "ip gives no answer");
	r = apply_open(&apply, NULL, err);
	if (r == 0)
		r = check_in_full(&apply, plan, before, err);
	for (unsigned step = 1; r == 0 && step <= plan->n_steps; step++)
		r = check_step(&apply, plan, step, before, err);
	return r;
}
