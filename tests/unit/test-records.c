/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <stdlib.h>
#include <systemd/sd-bus.h>

#include "testing.h"

#include "bus/bus-record.h"
#include "methods/records.h"
#include "util/array.h"
#include "util/file.h"
#include "util/strings.h"

/* --- the description of the interface -------------------------------------- */

enum {
	DESCRIPTION_MAX = 1 << 20,
};

struct row {
	char *key;
	char *type;
};

struct rows {
	struct row *items;
	size_t n;
};

static void rows_done(struct rows *rows)
{
	for (size_t i = 0; i < rows->n; i++) {
		free(rows->items[i].key);
		free(rows->items[i].type);
	}
	free(rows->items);
}

static char *read_description(void)
{
	const char *project = getenv("VIFD_SOURCE");
	AUTO_FREE char *path = NULL;
	char *text;
	size_t size;

	assert_true(asprintf(&path, "%s/api/io.github.vifd.Manager.xml", project ? project : ".") >
		    0);
	assert_int_equal(file_read(path, DESCRIPTION_MAX, &text, &size, NULL), 0);
	return text;
}

/*
 * The rows of "  record NAME…": lines of four spaces, the key, its type. Those that are
 * further to the right go on with the one before.
 */
static struct rows read_rows(const char *description, const char *record)
{
	AUTO(strings_freep) char **lines = strings_of_lines(description);
	struct rows rows = { 0 };
	bool inside = false;

	for (char **line = lines; *line; line++) {
		char name[64], key[64], type[16];
		struct row *row;

		if (sscanf(*line, "  record %63[a-z]", name) == 1 && (*line)[2] == 'r') {
			inside = !strcmp(name, record);
			continue;
		}
		if (strncmp(*line, "    ", 4) != 0)
			inside = false;
		if (!inside || (*line)[4] == ' ')
			continue;
		assert_int_equal(sscanf(*line, "%63s %15s", key, type), 2);
		row = array_add(&rows.items, &rows.n, sizeof(*row));
		*row = (struct row){ strdup(key), strdup(type) };
	}
	return rows;
}

static void every_key_is_described_and_every_described_key_is_told(void **state)
{
	AUTO_FREE char *description = read_description();

	for (const struct record_kind *kind = record_kinds; kind->name; kind++) {
		AUTO(rows_done) struct rows rows = read_rows(description, kind->name);
		size_t i = 0;

		for (const struct record_key *key = kind->keys; key->name; key++, i++) {
			if (i >= rows.n)
				fail_msg("record %s: %s is not described", kind->name, key->name);
			if (strcmp(rows.items[i].key, key->name) != 0 ||
			    strcmp(rows.items[i].type, bus_record_type(key->type)) != 0)
				fail_msg("record %s: %s %s is described, %s %s is told", kind->name,
					 rows.items[i].key, rows.items[i].type, key->name,
					 bus_record_type(key->type));
		}
		if (i < rows.n)
			fail_msg("record %s: %s is not told", kind->name, rows.items[i].key);
	}
}

static void every_described_record_is_one_that_is_told(void **state)
{
	AUTO_FREE char *description = read_description();
	AUTO(strings_freep) char **lines = strings_of_lines(description);

	for (char **line = lines; *line; line++) {
		const struct record_kind *kind = record_kinds;
		char name[64];

		if (strncmp(*line, "  record ", strlen("  record ")) != 0)
			continue;
		assert_int_equal(sscanf(*line, "  record %63[a-z]", name), 1);
		while (kind->name && strcmp(kind->name, name) != 0)
			kind++;
		if (!kind->name)
			fail_msg("there is no record %s", name);
	}
}

static void no_record_has_a_key_twice(void **state)
{
	for (const struct record_kind *kind = record_kinds; kind->name; kind++)
		for (const struct record_key *a = kind->keys; a->name; a++)
			for (const struct record_key *b = kind->keys; b < a; b++)
				if (!strcmp(a->name, b->name))
					fail_msg("record %s: %s is there twice", kind->name,
						 a->name);
}

/* --- on the wire ------------------------------------------------------------- */

/* The record as D-Bus has it, written down: keys, types and values. */
static sd_bus_message *write_record(const struct record_key *keys, const void *record)
{
	static sd_bus *bus;
	sd_bus_message *message;

	if (!bus) {
		int fds[2];

		/* A bus that nobody is at the other end of: only to make messages. */
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
		assert_true(sd_bus_new(&bus) >= 0);
		assert_true(sd_bus_set_fd(bus, fds[0], fds[0]) >= 0);
		assert_true(sd_bus_start(bus) >= 0);
	}
	assert_true(sd_bus_message_new_signal(bus, &message, "/x", "x.y", "Z") >= 0);
	assert_true(bus_append_record(message, keys, record) >= 0);
	assert_true(sd_bus_message_seal(message, 1, 0) >= 0);
	assert_true(sd_bus_message_rewind(message, 1) >= 0);
	return message;
}

/* Stands behind the key, before its value, of that type. */
static bool find_key(sd_bus_message *message, const char *wanted, const char *type)
{
	const char *key;

	assert_true(sd_bus_message_rewind(message, 1) >= 0);
	assert_true(sd_bus_message_enter_container(message, 'a', "{sv}") > 0);
	while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
		assert_true(sd_bus_message_read(message, "s", &key) > 0);
		if (!strcmp(key, wanted)) {
			assert_true(sd_bus_message_enter_container(message, 'v', type) > 0);
			return true;
		}
		assert_true(sd_bus_message_skip(message, "v") >= 0);
		assert_true(sd_bus_message_exit_container(message) >= 0);
	}
	return false;
}

static void what_does_not_apply_is_absent_and_a_count_of_none_is_told(void **state)
{
	const struct network_record record = { .name = "red" };
	AUTO(sd_bus_message_unrefp) sd_bus_message *message = NULL;
	const struct port_record port = { .name = "vif0" };
	uint32_t ports = 7;
	int active = 7;

	message = write_record(network_keys, &record);
	assert_true(find_key(message, "ports", "u"));
	assert_true(sd_bus_message_read(message, "u", &ports) > 0);
	assert_int_equal(ports, 0);
	assert_true(find_key(message, "active", "b"));
	assert_true(sd_bus_message_read(message, "b", &active) > 0);
	assert_int_equal(active, 0);
	assert_false(find_key(message, "bridge", "s"));
	assert_false(find_key(message, "uuid", "s"));
	assert_false(find_key(message, "pool", "as"));
	sd_bus_message_unref(message);
	message = write_record(port_keys, &port);
	assert_false(find_key(message, "pid", "u"));
	assert_false(find_key(message, "outage-usec", "t"));
}

static void a_flag_may_be_yes_no_or_absent(void **state)
{
	struct check_record record = {
		.network_exists = TRISTATE_YES,
		.network_active = TRISTATE_NO,
	};
	AUTO(sd_bus_message_unrefp) sd_bus_message *message = write_record(check_keys, &record);
	int flag;

	assert_true(find_key(message, "network-exists", "b"));
	assert_true(sd_bus_message_read(message, "b", &flag) > 0 && flag);
	assert_true(find_key(message, "network-active", "b"));
	assert_true(sd_bus_message_read(message, "b", &flag) > 0 && !flag);
	assert_false(find_key(message, "vhost", "b"));
}

static void a_list_is_told_whole_however_long_it_is(void **state)
{
	enum { LINES = 1000 };
	AUTO(strings_freep) char **read = NULL;
	AUTO(started_record_done)
	struct started_record record = {
		.name = "red",
		.summary = strings_new(LINES),
	};
	AUTO(sd_bus_message_unrefp) sd_bus_message *message = NULL;
	size_t n = 0;

	for (int i = 0; i < LINES; i++)
		assert_true(asprintf(&record.summary[i], "line %d", i) > 0);
	message = write_record(started_keys, &record);
	assert_true(find_key(message, "summary", "as"));
	assert_true(sd_bus_message_read_strv(message, &read) > 0);
	while (read[n])
		n++;
	assert_int_equal(n, LINES);
	assert_string_equal(read[LINES - 1], "line 999");
}

static void a_record_may_hold_records_of_which_there_may_be_none(void **state)
{
	struct device_record devices[] = { { .dev = "eth1", .used = 3 }, { .dev = "eth2" } };
	const struct offer_record offer = { .name = "red", .devices = { devices, 2 } };
	const struct offer_record empty = { .name = "red", .devices = { devices, 0 } };
	const struct offer_record none = { .name = "red" };
	AUTO(sd_bus_message_unrefp) sd_bus_message *message = write_record(offer_keys, &offer);

	assert_true(find_key(message, "devices", "aa{sv}"));
	assert_true(sd_bus_message_enter_container(message, 'a', "a{sv}") > 0);
	assert_true(sd_bus_message_skip(message, "a{sv}a{sv}") >= 0);
	assert_true(sd_bus_message_at_end(message, 0) > 0);
	sd_bus_message_unref(message);
	message = write_record(offer_keys, &empty);
	assert_true(find_key(message, "devices", "aa{sv}"));
	assert_true(sd_bus_message_enter_container(message, 'a', "a{sv}") > 0);
	assert_true(sd_bus_message_at_end(message, 0) > 0);
	sd_bus_message_unref(message);
	message = write_record(offer_keys, &none);
	assert_false(find_key(message, "devices", "aa{sv}"));
}

static void lines_are_taken_apart_whatever_stands_between_them(void **state)
{
	static const char *const texts[] = { "", "\n", "a", "a\n", "\n\na\nb\n\nc" };
	static const char *const wanted[] = { "", "", "a|", "a|", "a|b|c|" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		AUTO(strings_freep) char **lines = strings_of_lines(texts[i]);
		char joined[32] = "";

		for (char **line = lines; *line; line++) {
			strcat(joined, *line);
			strcat(joined, "|");
		}
		assert_string_equal(joined, wanted[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_described_and_every_described_key_is_told),
		cmocka_unit_test(every_described_record_is_one_that_is_told),
		cmocka_unit_test(no_record_has_a_key_twice),
		cmocka_unit_test(what_does_not_apply_is_absent_and_a_count_of_none_is_told),
		cmocka_unit_test(a_flag_may_be_yes_no_or_absent),
		cmocka_unit_test(a_list_is_told_whole_however_long_it_is),
		cmocka_unit_test(a_record_may_hold_records_of_which_there_may_be_none),
		cmocka_unit_test(lines_are_taken_apart_whatever_stands_between_them),
	};

	return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
