/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/writer.h"

DEFINE_FREEP(struct vif_record, vif_record_free);

struct sink {
	FILE *out;
	char *text;
	size_t size;
	struct writer writer;
};

static void sink_open(struct sink *sink, const struct writer_kind *kind)
{
	*sink = (struct sink){ 0 };
	sink->out = open_memstream(&sink->text, &sink->size);
	assert_non_null(sink->out);
	writer_init(&sink->writer, kind, sink->out);
}

static void sink_expect(struct sink *sink, const char *wanted)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	assert_int_equal(writer_finish(&sink->writer, &err), 0);
	assert_int_equal(fclose(sink->out), 0);
	assert_string_equal(sink->text, wanted);
	free(sink->text);
}

static struct vif_record *port_record(void)
{
	static const char *const pool[] = { "eth0", "eth1", NULL };
	struct vif_record *record = vif_record_new();

	assert_non_null(record);
	assert_int_equal(vif_record_set_string(record, "name", "vif0"), 0);
	assert_int_equal(vif_record_set_number(record, "mtu", 1500), 0);
	assert_int_equal(vif_record_set_boolean(record, "vhost", true), 0);
	assert_int_equal(vif_record_set_strings(record, "pool", pool), 0);
	return record;
}

static const struct column columns[] = {
	{ "PORT", { "name" } },
	{ "HOST", { "bridge", "pool" } },
	{ "MTU", { "mtu" } },
};

static void a_table_is_as_wide_as_its_cells(void **state)
{
	AUTO(vif_record_freep) struct vif_record *first = port_record(), *second = vif_record_new();
	struct vif_record *const records[] = { first, second, NULL };
	struct sink sink;

	assert_int_equal(vif_record_set_string(second, "name", "a-longer-name"), 0);
	assert_int_equal(vif_record_set_string(second, "bridge", "br0"), 0);
	sink_open(&sink, &writer_text);
	writer_table(&sink.writer, columns, ARRAY_SIZE(columns), records);
	sink_expect(&sink, "PORT           HOST       MTU\n"
			   "vif0           eth0,eth1  1500\n"
			   "a-longer-name  br0        -\n");
}

static void a_table_of_nothing_has_its_titles(void **state)
{
	struct vif_record *const none[] = { NULL };
	struct sink sink;

	sink_open(&sink, &writer_text);
	writer_table(&sink.writer, columns, ARRAY_SIZE(columns), none);
	sink_expect(&sink, "PORT  HOST  MTU\n");
	sink_open(&sink, &writer_json);
	writer_table(&sink.writer, columns, ARRAY_SIZE(columns), none);
	sink_expect(&sink, "[]\n");
}

static void characters_are_counted_and_not_bytes(void **state)
{
	AUTO(vif_record_freep) struct vif_record *record = vif_record_new();
	struct vif_record *const records[] = { record, NULL };
	struct sink sink;

	assert_int_equal(vif_record_set_string(record, "name", "größe"), 0);
	sink_open(&sink, &writer_text);
	writer_table(&sink.writer, columns, ARRAY_SIZE(columns), records);
	sink_expect(&sink, "PORT   HOST  MTU\n"
			   "größe  -     -\n");
}

static void a_record_is_a_line_a_key(void **state)
{
	AUTO(vif_record_freep) struct vif_record *record = port_record();
	struct sink sink;

	sink_open(&sink, &writer_text);
	writer_record(&sink.writer, record);
	sink_expect(&sink, "name   vif0\n"
			   "mtu    1500\n"
			   "vhost  yes\n"
			   "pool   eth0,eth1\n");
}

static void programs_get_whole_records_with_their_types(void **state)
{
	AUTO(vif_record_freep) struct vif_record *record = port_record();
	struct vif_record *const records[] = { record, NULL };
	struct sink sink;

	sink_open(&sink, &writer_json);
	writer_record(&sink.writer, record);
	writer_table(&sink.writer, columns, ARRAY_SIZE(columns), records);
	writer_answer(&sink.writer, record, "for people");
	sink_expect(
		&sink,
		"{\"name\":\"vif0\",\"mtu\":1500,\"vhost\":true,\"pool\":[\"eth0\",\"eth1\"]}\n"
		"[{\"name\":\"vif0\",\"mtu\":1500,\"vhost\":true,\"pool\":[\"eth0\",\"eth1\"]}]\n"
		"{\"name\":\"vif0\",\"mtu\":1500,\"vhost\":true,\"pool\":[\"eth0\",\"eth1\"]}\n");
}

static void an_answer_ends_its_line_once(void **state)
{
	AUTO(vif_record_freep) struct vif_record *record = port_record();
	struct sink sink;

	sink_open(&sink, &writer_text);
	writer_answer(&sink.writer, record, "vif0 is gone");
	writer_answer(&sink.writer, record, "<network>\n\t<name/>\n");
	sink_expect(&sink, "vif0 is gone\n<network>\n\t<name/>\n");
}

static void a_terminal_is_not_given_orders(void **state)
{
	AUTO(vif_record_freep) struct vif_record *record = vif_record_new();
	struct sink sink;

	assert_int_equal(vif_record_set_string(record, "guest", "\033[31mred\nvif9  \177"), 0);
	sink_open(&sink, &writer_text);
	writer_record(&sink.writer, record);
	writer_answer(&sink.writer, record, "guest \033[31mred");
	sink_expect(&sink, "guest  \\x1b[31mred\\nvif9  \\x7f\nguest \\x1b[31mred\n");
}

static void a_failure_is_an_object_for_programs_only(void **state)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct sink sink;

	(void)error_set(&err, -ENODEV, ERROR_NO_SUCH_DEVICE, "host interface eth7 does not exist");
	sink_open(&sink, &writer_json);
	writer_fail(&sink.writer, &err);
	sink_expect(&sink, "{\"error\":\"host interface eth7 does not "
			   "exist\",\"error-kind\":\"NoSuchDevice\"}\n");
	sink_open(&sink, &writer_text);
	writer_fail(&sink.writer, &err);
	sink_expect(&sink, "");
}

static void a_failure_after_an_answer_adds_nothing(void **state)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct vif_record *const none[] = { NULL };
	struct sink sink;

	(void)error_set(&err, -ENODEV, ERROR_NO_SUCH_DEVICE, "eth7");
	sink_open(&sink, &writer_json);
	writer_table(&sink.writer, columns, ARRAY_SIZE(columns), none);
	writer_fail(&sink.writer, &err);
	sink_expect(&sink, "[]\n");
}

static void a_failure_with_odd_bytes_is_still_json(void **state)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct sink sink;

	(void)error_set(&err, -ENOENT, ERROR_SYSTEM, "cannot read \xff.xml");
	sink_open(&sink, &writer_json);
	writer_fail(&sink.writer, &err);
	sink_expect(&sink, "{\"error\":\"cannot read \\\\xff.xml\",\"error-kind\":\"System\"}\n");
}

static void output_that_does_not_get_out_is_an_error(void **state)
{
	AUTO(vif_record_freep) struct vif_record *record = port_record();
	static const struct writer_kind *const kinds[] = { &writer_text, &writer_json };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		AUTO_ERROR struct error err = ERROR_INIT;
		FILE *full = fopen("/dev/full", "we");
		struct writer writer;

		assert_non_null(full);
		writer_init(&writer, kinds[i], full);
		writer_record(&writer, record);
		assert_int_equal(writer_finish(&writer, &err), -ENOSPC);
		assert_string_equal(error_text(&err),
				    "cannot write the output: No space left on device");
		(void)fclose(full);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_is_as_wide_as_its_cells),
		cmocka_unit_test(a_table_of_nothing_has_its_titles),
		cmocka_unit_test(characters_are_counted_and_not_bytes),
		cmocka_unit_test(a_record_is_a_line_a_key),
		cmocka_unit_test(programs_get_whole_records_with_their_types),
		cmocka_unit_test(an_answer_ends_its_line_once),
		cmocka_unit_test(a_terminal_is_not_given_orders),
		cmocka_unit_test(a_failure_is_an_object_for_programs_only),
		cmocka_unit_test(a_failure_after_an_answer_adds_nothing),
		cmocka_unit_test(a_failure_with_odd_bytes_is_still_json),
		cmocka_unit_test(output_that_does_not_get_out_is_an_error),
	};

	return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
