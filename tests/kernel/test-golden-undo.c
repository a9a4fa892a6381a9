/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every golden plan, on the host that its case describes: done, undone, and
 * made to fail at each step. A case that is decided with an error has no plan
 * and is left to the golden test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "case.h"
#include "host.h"
#include "kernel/vhost.h"
#include "netns.h"
#include "undo.h"
#include "util/array.h"

static unsigned n_plans;
static char reason[512];

static int check_network(const struct test_case *test, struct error *err)
{
	AUTO(network_freep) struct network *network = NULL; /* the plan borrows of it */
	AUTO(network_resolution_done) struct network_resolution resolution = { 0 };
	int r;

	if (case_decide_network(test, &network, &resolution, NULL) < 0 ||
	    resolution.plan.n_steps == 0)
		return 0;
	if (test->verb != CASE_START && strstr(test->network_xml, "<bandwidth>"))
		return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
				 "limits of a network that is there are not in the facts");
	netns_setup(NULL);
	r = host_build(&test->facts, err);
	if (r < 0)
		return r;
	n_plans++;
	return test->verb == CASE_STOP ? undo_check_failures(&resolution.plan, err)
				       : undo_check(&resolution.plan, err);
}

/* What an undo makes again has another ifindex when the plan is run anew: it is meant by name. */
static void mean_by_name(struct plan *plan)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].action.kind == ACTION_DELETE_LINK)
			plan->steps[i].action.link.ifindex = 0;
}

static int check_case(const char *path, struct error *err)
{
	AUTO_CASE struct test_case test = { 0 };
	AUTO_RESOLUTION struct resolution resolution = { 0 };
	int r;

	r = case_load(path, &test, err);
	if (r < 0)
		return r;
	if (test.verb != CASE_PLUG)
		return check_network(&test, err);
	if (test.facts.vhost_net && !vhost_is_available()) {
		print_message("# decided without vhost-net, which this host has not\n");
		test.facts.vhost_net = false;
	}
	if (case_decide(&test, &resolution, NULL) < 0 || resolution.plan.n_steps == 0)
		return 0;
	for (size_t i = 0; i < test.n_ports; i++)
		if (bandwidth_limits(&test.ports[i]->actual.bandwidth))
			return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
					 "limits of a port that is there are not in the facts");
	netns_setup(NULL);
	r = host_build(&test.facts, err);
	if (r < 0)
		return r;
	n_plans++;
	if (!*test.retarget)
		return undo_check(&resolution.plan, err);
	/* With the end of the old side it is done for good. */
	mean_by_name(&resolution.plan);
	return undo_check_failures(&resolution.plan, err);
}

/* Apart from the above, because a test that is skipped or fails releases nothing. */
static int check_and_keep_reason(const char *path)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	int r = check_case(path, &err);

	snprintf(reason, sizeof(reason), "%s", r < 0 ? error_text(&err) : "");
	return r;
}

static void the_plan_is_undone(void **state)
{
	int r = check_and_keep_reason(*state);

	if (r == -EOPNOTSUPP) {
		print_message("# skipped: %s\n", reason);
		skip();
	}
	if (r < 0)
		fail_msg("%s", reason);
}

static void there_were_plans(void **state)
{
	assert_true(n_plans >= 10);
}

/* With a pattern: those cases whose names are like it. */
int main(int argc, char **argv)
{
	struct CMUnitTest *tests = NULL, *test;
	size_t n = 0;
	char **paths;
	int failed;

	netns_require();
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	paths = case_list(GOLDEN_FOLDER);
	for (char **path = paths; path && *path; path++) {
		test = array_add(&tests, &n, sizeof(*test));
		if (!test)
			return 1;
		test->name = strrchr(*path, '/') + 1;
		test->test_func = the_plan_is_undone;
		test->initial_state = *path;
	}
	test = array_add(&tests, &n, sizeof(*test));
	if (!test)
		return 1;
	test->name = "there_were_plans";
	test->test_func = there_were_plans;
	failed = _cmocka_run_group_tests("golden-undo", tests, n, NULL, NULL);
	for (char **path = paths; path && *path; path++)
		free(*path);
	free(paths);
	free(tests);
	return failed;
}
