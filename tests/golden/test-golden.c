/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every *.case file: its host and interface in, the decision out, compared
 * with the text that the file holds. UPDATE_GOLDEN=1 writes what came out into
 * the files instead; the diff is then to be read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "case.h"
#include "formats/interface-xml.h"
#include "formats/network-xml.h"
#include "resolve/resolve.h"
#include "util/array.h"
#include "util/file.h"

static const char port_uuid[] = "11111111-2222-4333-8444-555555555555";

static int decide(const struct test_case *test, struct resolution *ret_resolution,
		  struct error *err)
{
	AUTO(interface_freep) struct interface *interface = NULL;
	AUTO(network_freep) struct network *network = NULL;
	struct resolve_request request = {
		.by_name = test->by_name,
		.network_active = !test->network_inactive,
		.facts = &test->facts,
		.ports = (const struct port *const *)test->ports,
		.n_ports = test->n_ports,
	};
	int r;

	assert_int_equal(uuid_parse(port_uuid, &request.uuid), 0);
	r = interface_from_xml(test->interface_xml, strlen(test->interface_xml), "interface.xml",
			       &interface, err);
	if (r < 0)
		return r;
	if (test->network_xml)
		r = network_from_xml(test->network_xml, strlen(test->network_xml), "network.xml",
				     &network, err);
	if (r < 0)
		return r;
	if (!interface->has_mac) {
		assert_int_equal(mac_parse("52:54:00:aa:bb:cc", &interface->mac), 0);
		interface->has_mac = true;
	}
	request.interface = interface;
	request.network = network;
	return resolve_plug(&request, ret_resolution, err);
}

static char *answer(const struct test_case *test)
{
	AUTO_RESOLUTION struct resolution resolution = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	struct text text = TEXT_INIT;
	char *string = NULL;

	if (decide(test, &resolution, &err) < 0) {
		text_add(&text, "%s: %s\n", error_kind_name(err.kind), error_text(&err));
	} else {
		text_add(&text, "%s", resolution.summary);
		text_add(&text, "mtu %u\n", resolution.mtu);
		plan_print(&resolution.plan, &text);
	}
	assert_int_equal(text_take(&text, &string), 0);
	return string;
}

static void case_is_as_written(void **state)
{
	AUTO_CASE struct test_case test = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_FREE char *got = NULL, *whole = NULL;
	const char *path = *state;

	if (case_load(path, &test, &err) < 0)
		fail_msg("%s", error_text(&err));
	got = answer(&test);
	if (!getenv("UPDATE_GOLDEN")) {
		assert_string_equal(got, test.text + test.expect_at);
		return;
	}
	assert_true(asprintf(&whole, "%.*s%s", (int)test.expect_at, test.text, got) >= 0);
	assert_int_equal(file_write(path, whole, strlen(whole), 0644, false, &err), 0);
}

int main(int argc, char **argv)
{
	char **paths = case_list(argc > 1 ? argv[1] : GOLDEN_FOLDER);
	struct CMUnitTest *tests = NULL;
	size_t n = 0;
	int failed;

	for (char **path = paths; path && *path; path++) {
		struct CMUnitTest *test = array_add(&tests, &n, sizeof(*test));

		if (!test)
			return 1;
		test->name = strrchr(*path, '/') + 1;
		test->test_func = case_is_as_written;
		test->initial_state = *path;
	}
	if (n == 0) {
		fprintf(stderr, "there are no golden cases\n");
		return 1;
	}
	failed = _cmocka_run_group_tests("golden", tests, n, NULL, NULL);
	for (size_t i = 0; i < n; i++)
		free(paths[i]);
	free(paths);
	free(tests);
	return failed;
}
