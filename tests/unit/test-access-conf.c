/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testing.h"

#include <string.h>

#include "formats/access-conf.h"
#include "util/file.h"
#include "util/text.h"

static void read_rules(const char *text, struct access_rules *ret_rules)
{
	AUTO_FREE char *copy = strdup(text);
	AUTO_ERROR struct error err = ERROR_INIT;

	assert_success(&err, access_rules_parse(copy, ret_rules, &err));
}

static void what_is_said_is_read(void **state)
{
	AUTO(access_rules_done) struct access_rules rules = { 0 };
	const struct grant *grant;

	read_rules(
		"# who\n[user alice]\r\n networks = red, green/web\tlab-*/*\ninterfaces=eth1 br*\n"
		"ports=3\nretarget = yes\n\n[group  staff ]\nmanage=yes\nlook=yes\n",
		&rules);
	assert_int_equal(rules.n_sections, 2);
	assert_false(rules.sections[0].is_group);
	assert_string_equal(rules.sections[0].name, "alice");
	grant = &rules.sections[0].grant;
	assert_int_equal(grant->n_networks, 3);
	assert_string_equal(grant->networks[1], "green/web");
	assert_int_equal(grant->n_interfaces, 2);
	assert_int_equal(grant->ports, 3);
	assert_true(grant->retarget && !grant->manage && !grant->look);
	assert_ptr_equal(access_rules_group(&rules, "staff"), &rules.sections[1]);
	assert_null(access_rules_group(&rules, "alice"));
	grant = &rules.sections[1].grant;
	assert_int_equal(grant->ports, GRANT_PORTS_USUAL);
	assert_true(!grant->retarget && grant->manage && grant->look);
	assert_int_equal(grant->n_networks + grant->n_interfaces, 0);
}

static const struct {
	const char *text, *error;
} wrongs[] = {
	{ "[user a]\n\nnetworks red",
	  "line 3: 'networks red' is neither key=value nor [user NAME] or "
	  "[group NAME]" },
	{ "ports=1", "line 1: ports stands before the first [user NAME] or [group NAME]" },
	{ "[user a]\nport=1",
	  "line 2: there is no setting 'port': it is networks, interfaces, ports, "
	  "retarget, manage or look" },
	{ "[user a]\nports=many", "line 2: ports is a number from 0 to 65535, not 'many'" },
	{ "[user a]\nports=65536", "line 2: ports is a number from 0 to 65535, not '65536'" },
	{ "[user a]\nlook=maybe", "line 2: look is yes or no, not 'maybe'" },
	{ "[user a]\nlook=yes\nlook=yes", "line 3: look stands twice (first in line 2)" },
	{ "[user a]\nnetworks=/web",
	  "line 2: '/web' is no network: it is NAME, or NAME/PORTGROUP" },
	{ "[user a]\nnetworks=red/",
	  "line 2: 'red/' is no network: it is NAME, or NAME/PORTGROUP" },
	{ "[user a]\n[group a]\n[user a]", "line 3: [user a] stands twice (first in line 1)" },
	{ "[user]", "line 1: this is not [user NAME] or [group NAME]: '[user]'" },
	{ "[user a", "line 1: this is not [user NAME] or [group NAME]: '[user a'" },
	{ "[users a]", "line 1: this is not [user NAME] or [group NAME]: '[users a]'" },
	{ "[", "line 1: this is not [user NAME] or [group NAME]: '['" },
};

static void what_cannot_be_understood_gives_nothing_and_is_told(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(wrongs); i++) {
		AUTO_FREE char *copy = strdup(wrongs[i].text);
		struct access_rules rules = { 0 };
		AUTO_ERROR struct error err = ERROR_INIT;

		assert_true(access_rules_parse(copy, &rules, &err) < 0);
		assert_string_equal(error_text(&err), wrongs[i].error);
		assert_int_equal(rules.n_sections, 0);
	}
}

static void a_host_interface_has_a_name_that_one_can_have(void **state)
{
	AUTO_FREE char *text = strdup("[user a]\ninterfaces=a/b");
	struct access_rules rules = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;

	assert_true(access_rules_parse(text, &rules, &err) < 0);
	assert_non_null(strstr(error_text(&err), "line 2: 'a/b' is no host interface: "));
}

static void a_pattern_gives_what_it_names_and_nothing_else(void **state)
{
	AUTO(access_rules_done) struct access_rules rules = { 0 };
	const struct grant *grant;

	read_rules("[user a]\nnetworks=red green/web lab-*/* x*\ninterfaces=eth*\n"
		   "[user b]\nnetworks=*\ninterfaces=*\n[user c]\n",
		   &rules);
	grant = &rules.sections[0].grant;
	assert_true(grant_has_network(grant, "red") && grant_has_network(grant, "green") &&
		    grant_has_network(grant, "lab-1") && grant_has_network(grant, "xyz"));
	assert_false(grant_has_network(grant, "redder") || grant_has_network(grant, "lab") ||
		     grant_has_network(grant, "*") || grant_has_network(grant, ""));
	assert_true(grant_has_portgroup(grant, "red", NULL) &&
		    grant_has_portgroup(grant, "green", "web") &&
		    grant_has_portgroup(grant, "lab-1", "any"));
	assert_false(grant_has_portgroup(grant, "red", "web") ||
		     grant_has_portgroup(grant, "green", NULL) ||
		     grant_has_portgroup(grant, "green", "webs") ||
		     grant_has_portgroup(grant, "lab-1", NULL));
	assert_true(grant_has_interface(grant, "eth1"));
	assert_false(grant_has_interface(grant, "br0") || grant_has_interface(grant, NULL));
	grant = &rules.sections[1].grant;
	assert_true(grant_has_portgroup(grant, "red", NULL) && grant_has_interface(grant, NULL));
	assert_false(grant_has_portgroup(grant, "red", "web"));
	grant = &rules.sections[2].grant;
	assert_false(grant_has_network(grant, "red") || grant_has_interface(grant, "eth1"));
}

static void several_grants_give_what_each_gives(void **state)
{
	AUTO(access_rules_done) struct access_rules rules = { 0 };
	AUTO(grant_done) struct grant grant = { 0 };

	read_rules("[user a]\nnetworks=red\nports=2\nretarget=yes\n[group "
		   "b]\nnetworks=green\nports=1\n",
		   &rules);
	assert_int_equal(grant_add(&grant, &rules.sections[0].grant), 0);
	assert_int_equal(grant_add(&grant, &rules.sections[1].grant), 0);
	assert_true(grant_has_network(&grant, "red") && grant_has_network(&grant, "green"));
	assert_int_equal(grant.ports, 2);
	assert_true(grant.retarget && !grant.manage);
}

static void the_example_that_is_installed_can_be_read(void **state)
{
	AUTO(access_rules_done) struct access_rules rules = { 0 };
	const char *project = getenv("VIFD_SOURCE");
	AUTO_FREE char *path = text_format("%s/data/access.conf", project ? project : ".");
	AUTO_FREE char *text = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;
	size_t size;

	assert_success(&err, file_read(path, SIZE_MAX / 4, &text, &size, &err));
	assert_success(&err, access_rules_parse(text, &rules, &err));
	assert_int_equal(rules.n_sections, 4);
	assert_true(grant_has_portgroup(&rules.sections[0].grant, "lab", "web"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_is_read),
		cmocka_unit_test(what_cannot_be_understood_gives_nothing_and_is_told),
		cmocka_unit_test(a_host_interface_has_a_name_that_one_can_have),
		cmocka_unit_test(a_pattern_gives_what_it_names_and_nothing_else),
		cmocka_unit_test(several_grants_give_what_each_gives),
		cmocka_unit_test(the_example_that_is_installed_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
