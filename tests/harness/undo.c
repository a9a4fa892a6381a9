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
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "host/apply.h"
#include "netns.h"
#include "undo.h"
#include "util/text.h"

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

/* An entry of a forwarding table for a group that the kernel joins and leaves in its own time. */
static bool is_membership(const json_t *entry)
{
	const char *mac = json_string_value(json_object_get(entry, "mac"));

	return mac && (!strncmp(mac, "33:33:", strlen("33:33:")) ||
		       !strncmp(mac, "01:00:5e:", strlen("01:00:5e:")));
}

static void drop_memberships(json_t *list)
{
	for (size_t i = json_array_size(list); i-- > 0;)
		if (is_membership(json_array_get(list, i)))
			json_array_remove(list, i);
}

static void drop_volatile(json_t *json)
{
	const char *key;
	json_t *value;
	size_t i;

	drop_memberships(json);
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

/*
 * Is it what somebody put into a bridge's table? What a bridge learns, and what
 * follows from addresses, comes by itself and in any order.
 */
static bool is_static_entry(const json_t *entry)
{
	const char *state = json_string_value(json_object_get(entry, "state"));

	return state && !strcmp(state, "static") && json_object_get(entry, "master");
}

static char *tables_text(void)
{
	json_auto_t *entries = answer_of("bridge -j fdb show");

	for (size_t i = json_array_size(entries); i-- > 0;)
		if (!is_static_entry(json_array_get(entries, i)))
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

/* Forwarding, and what a network sets on its bridge. */
static const char sysctls_command[] =
	"cd /proc/sys/net && grep -s . ipv4/ip_forward ipv6/conf/*/forwarding "
	"ipv6/conf/*/disable_ipv6 ipv6/conf/*/autoconf ipv6/conf/*/accept_ra";

static char *lines_of(const char *command)
{
	struct text text = TEXT_INIT;
	FILE *pipe = popen(command, "re");
	char line[256], *lines;

	while (pipe && fgets(line, sizeof(line), pipe))
		text_add(&text, "%s", line);
	if (pipe)
		pclose(pipe);
	return text_take(&text, &lines) < 0 ? NULL : lines;
}

char *undo_snapshot(void)
{
	AUTO_FREE char *routes = text_of("ip -j route");
	AUTO_FREE char *routes6 = text_of("ip -6 -j route");
	AUTO_FREE char *sysctls = lines_of(sysctls_command);
	AUTO_FREE char *links = text_of("ip -d -j link");
	AUTO_FREE char *addresses = text_of("ip -j addr");
	AUTO_FREE char *filters = text_of(filters_command);
	AUTO_FREE char *tables = tables_text();
	char *all;

	if (!links || !addresses || !filters || !tables || !routes || !routes6 || !sysctls ||
	    asprintf(&all, "%s\n%s\n%s\n%s\n%s\n%s\n%s\n", links, addresses, filters, tables,
		     routes, routes6, sysctls) < 0)
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

/* Does the plan's undo make a link again? That has another ifindex then. */
static bool remakes_link(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_undos; i++)
		if (plan->undos[i].kind == ACTION_ADD_MACVLAN)
			return true;
	return false;
}

static void drop_ifindexes(char *text)
{
	for (char *at = text; (at = strstr(at, "\"ifindex\": "));) {
		size_t length = strcspn(at, "\n");

		memmove(at, at + length, strlen(at + length) + 1);
	}
}

static char *snapshot_for(const struct plan *plan)
{
	char *text = undo_snapshot();

	if (text && remakes_link(plan))
		drop_ifindexes(text);
	return text;
}

static int expect_as_before(const struct plan *plan, const char *before, const char *when,
			    struct error *err)
{
	AUTO_FREE char *after = snapshot_for(plan);

	for (unsigned i = 0; i < PATIENCE_MSEC / PAUSE_MSEC; i++) {
		if (after && !strcmp(before, after))
			return 0;
		rest();
		free(after);
		after = snapshot_for(plan);
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

/* The two services as switches. */
struct services {
	bool firewall, dnsmasq;
	bool dnsmasq_is_lost;      /* the plan stops an orphan for good */
	unsigned n_calls, fail_at; /* this call, counted from 1, fails */
};

static int switch_service(struct services *services, bool *service, bool on, struct error *err)
{
	if (++services->n_calls == services->fail_at)
		return error_set(err, -ECANCELED, ERROR_SYSTEM, "a service was made to fail");
	*service = on;
	return 0;
}

static int switch_firewall(void *userdata, bool on, struct error *err)
{
	struct services *services = userdata;

	return switch_service(services, &services->firewall, on, err);
}

static int switch_dnsmasq(void *userdata, bool on, struct error *err)
{
	struct services *services = userdata;

	return switch_service(services, &services->dnsmasq, on, err);
}

/* What a plan switches off was on, and what it switches on without an undo too. */
static struct services services_before(const struct plan *plan)
{
	struct services services = { 0 };
	bool seen[SERVICE_COUNT] = { false };

	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct action *action = &plan->steps[i].action;
		bool kept = plan->steps[i].n_undos == 0, was_on = !action->service.on || kept;

		if (action->kind != ACTION_SWITCH_SERVICE || seen[action->service.name])
			continue;
		seen[action->service.name] = true;
		if (action->service.name == SERVICE_FIREWALL) {
			services.firewall = was_on;
		} else {
			services.dnsmasq = was_on;
			services.dnsmasq_is_lost = !action->service.on && kept;
		}
	}
	return services;
}

static unsigned count_services(const struct plan *plan)
{
	unsigned n = 0;

	for (size_t i = 0; i < plan->n_steps; i++)
		n += plan->steps[i].action.kind == ACTION_SWITCH_SERVICE;
	return n;
}

static int expect_services(const struct plan *plan, const struct services *after, const char *when,
			   struct error *err)
{
	const struct services before = services_before(plan);

	if (before.firewall != after->firewall)
		return error_set(err, -EBADE, ERROR_SYSTEM, "%s the packet filter is %s", when,
				 after->firewall ? "on" : "off");
	if (before.dnsmasq != after->dnsmasq && !before.dnsmasq_is_lost)
		return error_set(err, -EBADE, ERROR_SYSTEM, "%s dnsmasq is %s", when,
				 after->dnsmasq ? "on" : "off");
	return 0;
}

static int check_in_full(struct apply *apply, const struct plan *plan, const char *before,
			 struct error *err)
{
	AUTO_APPLY_RESULT struct apply_result result = APPLY_RESULT_INIT;
	struct services services = services_before(plan);
	const struct apply_services hooks = { &services, { switch_firewall, switch_dnsmasq } };
	static const char when[] = "after all of it and its undo";
	AUTO_FREE char *during = NULL;
	int r;

	r = apply_run(apply, plan, NULL, &hooks, &result, err);
	if (r < 0) {
		error_prefix(err, "the plan cannot be done: ");
		return r;
	}
	during = snapshot_for(plan);
	apply_undo(apply, plan, &hooks, &result);
	if (!during || (!strcmp(before, during) && services.n_calls == 0))
		return error_set(err, -EBADE, ERROR_SYSTEM, "the plan changes nothing");
	r = expect_services(plan, &services, when, err);
	return r < 0 ? r : expect_as_before(plan, before, when, err);
}

/* Runs it so that it fails: at that step, or (0) at that call of a service. */
static int check_failure(struct apply *apply, const struct plan *plan, unsigned step, unsigned call,
			 const char *before, struct error *err)
{
	AUTO_APPLY_RESULT struct apply_result result = APPLY_RESULT_INIT;
	AUTO_ERROR struct error failure = ERROR_INIT;
	struct services services = services_before(plan);
	const struct apply_services hooks = { &services, { switch_firewall, switch_dnsmasq } };
	unsigned n_fds = count_fds();
	char what[64], when[96];
	int r;

	snprintf(what, sizeof(what), "%s %u", step ? "step" : "call of a service", step + call);
	snprintf(when, sizeof(when), "after the failure of %s", what);
	services.fail_at = call;
	apply->fail_at = step;
	r = apply_run(apply, plan, NULL, &hooks, &result, &failure);
	apply->fail_at = 0;
	if (r != -ECANCELED)
		return error_set(err, -EBADE, ERROR_SYSTEM, "%s was to fail, but: %s", what,
				 r < 0 ? error_text(&failure) : "all is done");
	r = expect_services(plan, &services, when, err);
	if (r == 0)
		r = expect_as_before(plan, before, when, err);
	return r < 0 ? r : expect_fds(n_fds, when, err);
}

static int check(const struct plan *plan, bool in_full, struct error *err)
{
	AUTO_APPLY struct apply apply = APPLY_INIT;
	AUTO_FREE char *before = NULL;
	int r;

	wait_until_settled();
	before = snapshot_for(plan);
	if (!before)
		return error_set(err, -EBADE, ERROR_SYSTEM, "ip gives no answer");
	r = apply_open(&apply, NULL, err);
	if (r == 0 && in_full)
		r = check_in_full(&apply, plan, before, err);
	for (unsigned step = 1; r == 0 && step <= plan->n_steps; step++)
		r = check_failure(&apply, plan, step, 0, before, err);
	for (unsigned call = 1; r == 0 && call <= count_services(plan); call++)
		r = check_failure(&apply, plan, 0, call, before, err);
	return r;
}

int undo_check(const struct plan *plan, struct error *err)
{
	return check(plan, true, err);
}

int undo_check_failures(const struct plan *plan, struct error *err)
{
	return check(plan, false, err);
}

struct apply open_apply(void)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct apply apply;

	if (apply_open(&apply, NULL, &err) < 0)
		fail_msg("%s", error_text(&err));
	return apply;
}

struct plan_step *add_step(struct plan *plan, enum action_kind kind, const char *link)
{
	struct plan_step *step = plan_add(plan, kind);

	assert_non_null(step);
	link_ref_set(&step->action.link, link, 0);
	return step;
}

struct action *add_undo(struct plan *plan, enum action_kind kind)
{
	struct action *undo = plan_undo(plan, kind);

	assert_non_null(undo);
	return undo;
}

void expect_undone(const struct plan *plan)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (undo_check(plan, &err) < 0)
		fail_msg("%s", error_text(&err));
}
