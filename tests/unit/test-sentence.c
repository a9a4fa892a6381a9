/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testing.h"

#include <stdlib.h>
#include <time.h>

#include "cli/client.h"
#include "cli/sentence.h"

enum {
	NO_OUTAGE = -1,
	STRINGS_MAX = 8,
};

/* A record of strings, and outage-usec if it is not NO_OUTAGE. */
struct example {
	const char *strings[STRINGS_MAX][2];
	int64_t outage_usec;
	const char *text;
};

static struct vif_record *example_record(const struct example *example)
{
	struct vif_record *record = vif_record_new();

	assert_non_null(record);
	for (size_t i = 0; i < STRINGS_MAX && example->strings[i][0]; i++)
		assert_int_equal(vif_record_set_string(record, example->strings[i][0],
						       example->strings[i][1]),
				 0);
	if (example->outage_usec != NO_OUTAGE)
		assert_int_equal(vif_record_set_number(record, "outage-usec",
						       (uint64_t)example->outage_usec),
				 0);
	return record;
}

static void assert_sentence(const struct example *example,
			    int (*function)(const struct vif_record *, char **, struct error *))
{
	AUTO(vif_record_freep) struct vif_record *record = example_record(example);
	AUTO_FREE char *text = NULL;
	struct error err = ERROR_INIT;

	assert_success(&err, function(record, &text, &err));
	assert_string_equal(text, example->text);
}

static void a_plug_tells_where_the_port_is_or_what_it_waits_for(void **state)
{
	static const struct example examples[] = {
		{ { { "name", "vif0" },
		    { "state", "connected" },
		    { "dev", "eth1" },
		    { "guest", "web" },
		    { "mac", "52:54:00:00:00:01" } },
		  NO_OUTAGE,
		  "vif0 is connected to eth1 for web, MAC 52:54:00:00:00:01" },
		{ { { "name", "vif0" }, { "bridge", "br0" }, { "mac", "52:54:00:00:00:01" } },
		  NO_OUTAGE,
		  "vif0 is connected to br0, MAC 52:54:00:00:00:01" },
		{ { { "name", "vif0" },
		    { "dev", "eth1" },
		    { "mac", "52:54:00:00:00:01" },
		    { "note", "eth1 has no carrier" } },
		  NO_OUTAGE,
		  "vif0 is connected to eth1, MAC 52:54:00:00:00:01; eth1 has no carrier" },
		{ { { "name", "vif0" }, { "state", "connected" }, { "mac", "52:54:00:00:00:01" } },
		  NO_OUTAGE,
		  "vif0 is connected, MAC 52:54:00:00:00:01" },
		{ { { "name", "vif0" },
		    { "state", "waiting" },
		    { "dev", "eth1" },
		    { "guest", "web" },
		    { "reason", "there is no host interface eth1" } },
		  NO_OUTAGE,
		  "vif0 for web is waiting: there is no host interface eth1" },
		{ { { "name", "vif0" }, { "state", "waiting" } },
		  NO_OUTAGE,
		  "vif0 is waiting: vifd does not say for what" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(examples); i++)
		assert_sentence(&examples[i], sentence_plugged);
}

static void a_retarget_tells_the_new_side_and_the_cut(void **state)
{
	static const struct example examples[] = {
		{ { { "name", "vif0" }, { "dev", "eth2" }, { "mode", "private" } },
		  412,
		  "vif0 is on eth2 now in private mode; its guest was cut off for 0.41 ms" },
		{ { { "name", "vif0" }, { "bridge", "br0" } }, NO_OUTAGE, "vif0 is on br0 now" },
		{ { { "name", "vif0" }, { "dev", "eth2" }, { "note", "eth2 has no carrier" } },
		  NO_OUTAGE,
		  "vif0 is on eth2 now; eth2 has no carrier" },
		{ { { "name", "vif0" } },
		  0,
		  "vif0 is on nothing now; its guest was cut off for "
		  "0.00 ms" },
		{ { { "name", "vif0" },
		    { "state", "waiting" },
		    { "dev", "eth2" },
		    { "reason", "there is no host interface eth2" } },
		  412,
		  "vif0 is waiting: there is no host interface eth2" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(examples); i++)
		assert_sentence(&examples[i], sentence_retargeted);
}

static void an_event_is_a_line_with_its_cause_and_cut(void **state)
{
	static const struct example examples[] = {
		{ { { "event", "port-connected" },
		    { "port", "vif0" },
		    { "network", "red" },
		    { "text", "port vif0 is connected" },
		    { "cause", "eth1 came back" } },
		  12345,
		  "1970-01-01 00:00:00.000  port-connected  vif0  port vif0 is connected (eth1 "
		  "came back; cut off for 12.3 ms)" },
		{ { { "event", "port-waiting" },
		    { "port", "vif0" },
		    { "text", "port vif0 is waiting" },
		    { "cause", "eth1 went away" } },
		  NO_OUTAGE,
		  "1970-01-01 00:00:00.000  port-waiting  vif0  port vif0 is waiting (eth1 went "
		  "away)" },
		{ { { "event", "port-failed" },
		    { "port", "vif0" },
		    { "text", "port vif0 failed: out of luck" },
		    { "cause", "out of luck" } },
		  NO_OUTAGE,
		  "1970-01-01 00:00:00.000  port-failed  vif0  port vif0 failed: out of luck" },
		{ { { "event", "port-retargeted" }, { "port", "vif0" }, { "text", "moved" } },
		  1250000,
		  "1970-01-01 00:00:00.000  port-retargeted  vif0  moved (cut off for 1.25 s)" },
		{ { { "event", "network-started" }, { "network", "red" }, { "text", "it runs" } },
		  NO_OUTAGE,
		  "1970-01-01 00:00:00.000  network-started  red  it runs" },
		{ { { "cause", "a (b)" } }, NO_OUTAGE, "1970-01-01 00:00:00.000  -  -   (a (b))" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(examples); i++)
		assert_sentence(&examples[i], line_of_event);
}

static void the_time_of_an_event_is_local_and_has_milliseconds(void **state)
{
	AUTO(vif_record_freep) struct vif_record *event = vif_record_new();
	AUTO_FREE char *line = NULL;
	struct error err = ERROR_INIT;

	assert_int_equal(vif_record_set_number(event, "time", UINT64_C(1700000000123999)), 0);
	assert_int_equal(setenv("TZ", "XST-1", true), 0);
	tzset();
	assert_success(&err, line_of_event(event, &line, &err));
	assert_string_equal(line, "2023-11-14 23:13:20.123  -  -  ");
	assert_int_equal(setenv("TZ", "UTC", true), 0);
	tzset();
}

static void assert_defined(const char *outcome, const char *const *now, const char *const *later,
			   const char *in_use, const char *wanted)
{
	AUTO(vif_record_freep) struct vif_record *answer = vif_record_new();
	AUTO_FREE char *text = NULL;
	struct error err = ERROR_INIT;

	assert_int_equal(vif_record_set_string(answer, "name", "red"), 0);
	assert_int_equal(vif_record_set_string(answer, "outcome", outcome), 0);
	assert_int_equal(now ? vif_record_set_strings(answer, "now", now) : 0, 0);
	assert_int_equal(later ? vif_record_set_strings(answer, "later", later) : 0, 0);
	assert_int_equal(in_use ? vif_record_set_string(answer, "in-use", in_use) : 0, 0);
	assert_success(&err, sentence_defined(answer, &text, &err));
	assert_string_equal(text, wanted);
}

static void a_definition_tells_what_takes_effect_when(void **state)
{
	static const char *const none[] = { NULL }, *const pool[] = { "pool", NULL };
	static const char *const two[] = { "forward mode", "mtu", NULL };

	assert_defined("defined", NULL, NULL, NULL, "network red is defined");
	assert_defined("replaced", NULL, NULL, NULL, "network red is replaced");
	assert_defined("unchanged", NULL, NULL, NULL, "network red is defined like this already");
	assert_defined("replaced-active", NULL, NULL, NULL,
		       "network red is replaced; it runs like this already");
	assert_defined("replaced-active", pool, two, NULL,
		       "network red is replaced; now, for new ports: pool; at its next start: "
		       "forward mode, mtu");
	assert_defined("replaced-active", none, pool, "eth1 is used by vif0",
		       "network red is replaced; at its next start: pool (eth1 is used by vif0)");
}

static void an_update_tells_where_it_was_made_and_who_keeps_what(void **state)
{
	static const struct {
		bool live, config;
		const char *in_use, *text;
	} examples[] = {
		{ true, true, NULL,
		  "network red is updated, as it runs and in its definition: eth2" },
		{ true, false, "vif0 (web)",
		  "network red is updated as it runs: eth2; it stays with vif0 (web)" },
		{ false, true, NULL, "network red is updated in its definition: eth2" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(examples); i++) {
		AUTO(vif_record_freep) struct vif_record *answer = vif_record_new();
		const char *in_use = examples[i].in_use;
		AUTO_FREE char *text = NULL;
		struct error err = ERROR_INIT;

		assert_int_equal(vif_record_set_string(answer, "name", "red"), 0);
		assert_int_equal(vif_record_set_string(answer, "key", "eth2"), 0);
		assert_int_equal(vif_record_set_boolean(answer, "live", examples[i].live), 0);
		assert_int_equal(vif_record_set_boolean(answer, "config", examples[i].config), 0);
		if (in_use)
			assert_int_equal(vif_record_set_string(answer, "in-use", in_use), 0);
		assert_success(&err, sentence_updated(answer, &text, &err));
		assert_string_equal(text, examples[i].text);
	}
}

static void a_duration_has_about_three_digits(void **state)
{
	static const struct {
		uint64_t usec;
		const char *text;
	} cases[] = {
		{ 0, "0.00 ms" },      { 45, "0.04 ms" },
		{ 994, "0.99 ms" },    { 1000, "1.0 ms" },
		{ 12345, "12.3 ms" },  { 999949, "999.9 ms" },
		{ 1000000, "1.00 s" }, { 59990000, "59.99 s" },
		{ 60000000, "60 s" },  { UINT64_MAX, "18446744073709 s" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[DURATION_SIZE];

		duration_print(cases[i].usec, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void what_is_not_asked_for_is_no_option(void **state)
{
	AUTO(vif_record_freep) struct vif_record *options = NULL;
	struct error err = ERROR_INIT;

	assert_success(&err, plug_options(&(struct plug_request){ 0 }, &options, &err));
	assert_int_equal(vif_record_size(options), 0);
}

static void every_option_of_a_plug_is_sent(void **state)
{
	const struct plug_request request = {
		.guest = "web", .pid = 42, .by_name = true, .wait = true, .qmp = "/run/web.qmp"
	};
	AUTO(vif_record_freep) struct vif_record *options = NULL;
	struct error err = ERROR_INIT;

	assert_success(&err, plug_options(&request, &options, &err));
	assert_int_equal(vif_record_size(options), 5);
	assert_string_equal(vif_record_string(options, "guest"), "web");
	assert_int_equal(vif_record_number(options, "pid"), 42);
	assert_true(vif_record_boolean(options, "by-name"));
	assert_true(vif_record_boolean(options, "wait"));
	assert_string_equal(vif_record_string(options, "qmp"), "/run/web.qmp");
}

static void a_relative_socket_is_made_absolute(void **state)
{
	AUTO(vif_record_freep) struct vif_record *options = NULL;
	AUTO_FREE char *folder = getcwd(NULL, 0), *wanted = NULL;
	struct error err = ERROR_INIT;

	assert_true(asprintf(&wanted, "%s/a/web.qmp", folder) > 0);
	assert_success(&err,
		       plug_options(&(struct plug_request){ .qmp = "a/web.qmp" }, &options, &err));
	assert_string_equal(vif_record_string(options, "qmp"), wanted);
}

static int use_utc(void **state)
{
	(void)setenv("TZ", "UTC", true);
	tzset();
	return 0;
}

/* main() of the command has them; nothing here looks a verb up. */
const struct verb *const verbs[] = { NULL };

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plug_tells_where_the_port_is_or_what_it_waits_for),
		cmocka_unit_test(a_retarget_tells_the_new_side_and_the_cut),
		cmocka_unit_test(an_event_is_a_line_with_its_cause_and_cut),
		cmocka_unit_test(the_time_of_an_event_is_local_and_has_milliseconds),
		cmocka_unit_test(a_definition_tells_what_takes_effect_when),
		cmocka_unit_test(an_update_tells_where_it_was_made_and_who_keeps_what),
		cmocka_unit_test(a_duration_has_about_three_digits),
		cmocka_unit_test(what_is_not_asked_for_is_no_option),
		cmocka_unit_test(every_option_of_a_plug_is_sent),
		cmocka_unit_test(a_relative_socket_is_made_absolute),
	};

	return cmocka_run_group_tests(tests, use_utc, NULL);
}
