/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every interface of the pool is a candidate; they are tried in the order of
 * their use, and the host's side says whether one can carry the port. One that
 * is absent, or held alone, or a bridge's port by now, is passed over, and said so.
 * A port that has to be alone is refused by all that are used at all: then the
 * error tells of each who holds it.
 *
 * Use is counted by backends/usage.c from what is there now, over all networks.
 */
#include <stdlib.h>
#include <string.h>

#include "backends/below.h"
#include "backends/lower.h"
#include "resolve/pool.h"
#include "util/parse.h"

struct candidate {
	const struct pool_entry *entry;
	size_t position;
	size_t used;
};

/* How one try after the other went. */
struct attempt {
	struct text reasons;
	size_t n_reasons;
	bool all_absent;
	bool any_held;
};

static int candidate_compare(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->used != y->used)
		return x->used < y->used ? -1 : 1;
	return x->position < y->position ? -1 : 1;
}

/* A view: it owns nothing. */
static struct actual actual_on(const struct actual *actual, const struct pool_entry *entry)
{
	struct actual view = *actual;

	view.dev = entry->dev;
	view.dev_mac = entry->mac;
	view.has_dev_mac = entry->has_mac;
	return view;
}

static size_t entry_used(const struct pool_request *pool, const struct usage *usage,
			 const struct pool_entry *entry)
{
	const struct actual actual = actual_on(pool->actual, entry);
	const struct host_link *lower = below_of_actual(pool->asker->facts, &actual);

	return lower ? usage_count(usage, lower->ifindex) : 0;
}

static int candidate_check(const struct pool_request *pool, const struct pool_entry *entry,
			   struct error *err)
{
	const struct actual actual = actual_on(pool->actual, entry);
	struct side_request request = side_request_of(pool->asker, &actual);

	request.anew = true;
	return request.host->check(&request, err);
}

static bool every_one(const struct usage_user *user, const void *context)
{
	(void)user;
	(void)context;
	return true;
}

/* Of an interface that is not free for one that has to be alone: "eth1 has vif0 (a port)". */
static void say_users(const struct pool_request *pool, const struct pool_entry *entry,
		      struct text *text)
{
	const struct actual actual = actual_on(pool->actual, entry);
	const struct host_link *lower = below_of_actual(pool->asker->facts, &actual);
	const struct usage_user *users;
	size_t n;

	users = usage_of(pool->asker->usage, lower->ifindex, &n);
	text_add(text, "%s has ", entry->dev);
	usage_list(users, n, every_one, NULL, pool->asker->reader, text);
}

static void attempt_failed(const struct pool_request *pool, struct attempt *attempt,
			   const struct candidate *candidate, const struct error *reason)
{
	text_add(&attempt->reasons, "%s", attempt->n_reasons++ ? "; " : "");
	if (actual_is_exclusive(pool->actual) && candidate->used > 0)
		say_users(pool, candidate->entry, &attempt->reasons);
	else
		text_add(&attempt->reasons, "%s", error_text(reason));
	attempt->all_absent = attempt->all_absent && reason->kind == ERROR_NO_SUCH_DEVICE;
	attempt->any_held = attempt->any_held || reason->kind == ERROR_IN_USE;
}

/* Was a free interface asked for, and somebody has one? */
static bool is_held(const struct pool_request *pool, const struct attempt *attempt)
{
	return actual_is_exclusive(pool->actual) && attempt->any_held;
}

/* One error tells all reasons, and is of a kind that says whether it helps to wait. */
static int pool_exhausted(const struct pool_request *pool, struct attempt *attempt,
			  struct error *err)
{
	const char *name = pool->network->name;
	AUTO_FREE char *reasons = NULL;

	if (text_take(&attempt->reasons, &reasons) < 0)
		return error_oom(err);
	if (is_held(pool, attempt))
		return error_set(err, -EBUSY, ERROR_IN_USE,
				 "network '%s' requires exclusive access to interfaces, but none "
				 "are available: %s",
				 name, reasons);
	return error_set(err, attempt->all_absent ? -ENODEV : -EBUSY,
			 attempt->all_absent ? ERROR_NO_SUCH_DEVICE : ERROR_DEVICE_UNSUITABLE,
			 "network '%s' has no interface for this guest: %s", name, reasons);
}

/* In their order, up to the first that can. */
static int pool_try(const struct pool_request *pool, const struct candidate *candidates,
		    struct attempt *attempt, const struct pool_entry **ret_entry, struct error *err)
{
	const struct network *network = pool->network;

	for (size_t i = 0; i < network->n_pool; i++) {
		AUTO_ERROR struct error reason = ERROR_INIT;
		const struct pool_entry *entry = candidates[i].entry;

		int r = candidate_check(pool, entry, &reason);

		if (r == 0) {
			text_add(pool->summary, "network '%s' gives %s (%zu in use on it)\n",
				 network->name, entry->dev, candidates[i].used);
			*ret_entry = entry;
			return 0;
		}
		attempt_failed(pool, attempt, &candidates[i], &reason);
		if (r == -ENOMEM || (network->n_pool == 1 && !is_held(pool, attempt))) {
			error_prefix(&reason, "network '%s': ", network->name);
			error_move(err, &reason);
			return r;
		}
		text_add(pool->summary, "passed over: %s\n", error_text(&reason));
	}
	return pool_exhausted(pool, attempt, err);
}

int pool_choose(const struct pool_request *pool, const struct pool_entry **ret_entry,
		struct error *err)
{
	AUTO_FREE struct candidate *candidates = NULL;
	const struct network *network = pool->network;
	struct attempt attempt = { .all_absent = true };
	const struct usage *usage;
	int r;

	if (network->n_pool == 0)
		return error_set(err, -ENODEV, ERROR_DEVICE_UNSUITABLE,
				 "network '%s' uses a direct mode, but has no forward dev and no "
				 "interface pool",
				 network->name);
	usage = lower_usage(pool->asker);
	candidates = calloc(network->n_pool, sizeof(*candidates));
	if (!usage || !candidates)
		return error_oom(err);
	for (size_t i = 0; i < network->n_pool; i++)
		candidates[i] = (struct candidate){
			.entry = &network->pool[i],
			.position = i,
			.used = entry_used(pool, usage, &network->pool[i]),
		};
	qsort(candidates, network->n_pool, sizeof(*candidates), candidate_compare);
	r = pool_try(pool, candidates, &attempt, ret_entry, err);
	text_done(&attempt.reasons);
	return r;
}

bool pool_lists(const struct network *network, const struct actual *actual)
{
	for (size_t i = 0; i < network->n_pool; i++) {
		const struct pool_entry *entry = &network->pool[i];

		if (streq(entry->dev, actual->dev) || (entry->has_mac && actual->has_dev_mac &&
						       mac_equal(&entry->mac, &actual->dev_mac)))
			return true;
	}
	return false;
}
