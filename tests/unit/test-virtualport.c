/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The merge of three <virtualport>s, case by case: what vifd makes of them by
 * default, and what where `strict`.
 *
 * A virtualport is written as its type ("typeless" for none stated) and its
 * fields; "" is no virtualport. An answer that begins with '!' is an error.
 */
#include "testing.h"

#include "model/virtualport.h"
#include "util/parse.h"
#include "util/text.h"

#define ID "09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f"
#define OTHER_ID "11111111-8b5c-4eeb-8f00-d84eaa0aaa4f"
#define FULL "802.1Qbg managerid=11 typeid=1193047 typeidversion=2"
#define FULL_ID FULL " instanceid=" ID
#define FULL_GENERATED FULL " instanceid=generated"

static const char generated_text[] = "aaaaaaaa-0000-4000-8000-000000000001";

static const struct merge_case {
	const char *name, *interface, *portgroup, *network;
	const char *merged;
	const char *strict; /* NULL: the same */
} cases[] = {
	{ "nothing anywhere", "", "", "", "none", NULL },
	{ "the interface has all", FULL_ID, "", "", FULL_ID, NULL },
	{ "the network has all", "", "", FULL, FULL_GENERATED, NULL },
	{ "the portgroup has all", "", FULL, "", FULL_GENERATED, NULL },
	{ "the interface states the type only", "802.1Qbg", "", FULL, FULL_GENERATED, NULL },
	{ "split three ways", "typeless managerid=11", "typeless typeidversion=2",
	  "802.1Qbg typeid=1193047", FULL_GENERATED, NULL },
	{ "the same everywhere", FULL, FULL, FULL, FULL_GENERATED, NULL },
	{ "interface against network: managerid", "typeless managerid=12", "", FULL,
	  "!the virtualport's managerid is '12' in the interface and '11' in network 'n'", NULL },
	{ "interface against network: typeid", "typeless typeid=1", "", FULL,
	  "!the virtualport's typeid is '1' in the interface and '1193047' in network 'n'", NULL },
	{ "interface against network: typeidversion", "typeless typeidversion=9", "", FULL,
	  "!the virtualport's typeidversion is '9' in the interface and '2' in network 'n'", NULL },
	{ "interface against network: instanceid", "typeless instanceid=" OTHER_ID, "", FULL_ID,
	  "!the virtualport's instanceid is '" OTHER_ID "' in the interface and '" ID
	  "' in network 'n'",
	  NULL },
	{ "interface against portgroup", "typeless typeid=1", "typeless typeid=22", FULL,
	  "!the virtualport's typeid is '1' in the interface and '22' in portgroup 'p'",
	  "!the virtualport's typeid is '1193047' in network 'n' and '22' in portgroup 'p'" },
	{ "the interface says what the portgroup says, not the network", "typeless typeid=22",
	  "typeless typeid=22", FULL,
	  "802.1Qbg managerid=11 typeid=22 typeidversion=2 instanceid=generated",
	  "!the virtualport's typeid is '1193047' in network 'n' and '22' in portgroup 'p'" },
	{ "the interface says what the network says, not the portgroup", "typeless typeid=1193047",
	  "typeless typeid=22", FULL,
	  "!the virtualport's typeid is '1193047' in the interface and '22' in portgroup 'p'",
	  "!the virtualport's typeid is '1193047' in network 'n' and '22' in portgroup 'p'" },
	{ "instanceid in the network only", "", "", FULL_ID, FULL_ID, NULL },
	{ "portgroup against network: typeid", "", "typeless typeid=22", FULL,
	  "802.1Qbg managerid=11 typeid=22 typeidversion=2 instanceid=generated",
	  "!the virtualport's typeid is '1193047' in network 'n' and '22' in portgroup 'p'" },
	{ "typeid of interface and portgroup, none of network", "typeless typeid=22",
	  "typeless typeid=22", "802.1Qbg managerid=11 typeidversion=2",
	  "802.1Qbg managerid=11 typeid=22 typeidversion=2 instanceid=generated", NULL },
	{ "interface against network: type", "802.1Qbh profileid=x", "", FULL,
	  "!the virtualport's type is '802.1Qbh' in the interface and '802.1Qbg' in network 'n'",
	  NULL },
	{ "interface against portgroup: type", "802.1Qbh profileid=x", FULL, "",
	  "!the virtualport's type is '802.1Qbh' in the interface and '802.1Qbg' in portgroup 'p'",
	  NULL },
	{ "portgroup against network: type", "", "802.1Qbh profileid=x", FULL,
	  "802.1Qbh profileid=x",
	  "!the virtualport's type is '802.1Qbg' in network 'n' and '802.1Qbh' in portgroup 'p'" },
	{ "a field of the network's type is not for the portgroup's", "", "802.1Qbh",
	  "openvswitch profileid=o", "!missing profileid in <virtualport type='802.1Qbh'>",
	  "!the virtualport's type is 'openvswitch' in network 'n' and '802.1Qbh' in portgroup "
	  "'p'" },
	{ "the type on the portgroup, all else on the interface",
	  "typeless managerid=11 typeid=1193047 typeidversion=2", "802.1Qbg", "", FULL_GENERATED,
	  NULL },
	{ "a field that the type does not use: profileid", "typeless profileid=x", "", FULL,
	  FULL_GENERATED, NULL },
	{ "fields that the type does not use: of 802.1Qbg",
	  "typeless managerid=11 typeid=1193047 typeidversion=2", "", "802.1Qbh profileid=p",
	  "802.1Qbh profileid=p", NULL },
	{ "interface against network: profileid", "typeless profileid=x", "",
	  "802.1Qbh profileid=p",
	  "!the virtualport's profileid is 'x' in the interface and 'p' in network 'n'", NULL },
	{ "the same profileid", "typeless profileid=p", "", "802.1Qbh profileid=p",
	  "802.1Qbh profileid=p", NULL },
	{ "no managerid", "802.1Qbg typeid=1 typeidversion=2", "", "",
	  "!missing managerid in <virtualport type='802.1Qbg'>", NULL },
	{ "no typeid", "802.1Qbg managerid=1 typeidversion=2", "", "",
	  "!missing typeid in <virtualport type='802.1Qbg'>", NULL },
	{ "no typeidversion", "802.1Qbg managerid=1 typeid=2", "", "",
	  "!missing typeidversion in <virtualport type='802.1Qbg'>", NULL },
	{ "no profileid", "802.1Qbh", "", "", "!missing profileid in <virtualport type='802.1Qbh'>",
	  NULL },
	{ "no interfaceid", "midonet", "", "",
	  "!missing interfaceid in <virtualport type='midonet'>", NULL },
	{ "typeless, and nothing else", "typeless managerid=11 typeid=1193047 typeidversion=2", "",
	  "", "typeless managerid=11 typeid=1193047 typeidversion=2", NULL },
	{ "typeless and empty", "typeless", "", "", "typeless", NULL },
	{ "all three typeless", "typeless managerid=11", "typeless managerid=12",
	  "typeless typeid=3", "typeless managerid=11", NULL },
	{ "typeless around an interface that says nothing", "", "typeless managerid=12", "", "none",
	  NULL },
	{ "openvswitch gets an interfaceid", "openvswitch", "", "",
	  "openvswitch interfaceid=generated", NULL },
	{ "both ids on an interface: the one of the switch is taken",
	  "typeless instanceid=" ID " interfaceid=" OTHER_ID, "", "openvswitch profileid=o",
	  "openvswitch interfaceid=" OTHER_ID " profileid=o", NULL },
	{ "the portgroup's profile before the network's", "", "typeless profileid=p",
	  "openvswitch profileid=o", "openvswitch interfaceid=generated profileid=p",
	  "!the virtualport's profileid is 'o' in network 'n' and 'p' in portgroup 'p'" },
};

static struct virtualport virtualport_of(const char *text)
{
	AUTO_FREE char *copy = strdup(text);
	struct virtualport port = { 0 };
	char *rest = copy, *word;

	word = strsep(&rest, " ");
	if (!strcmp(word, "typeless"))
		port.type = VIRTUALPORT_TYPELESS;
	else if (*word)
		assert_int_equal(virtualport_type_parse(word, &port.type), 0);
	while ((word = strsep(&rest, " "))) {
		const char *name = strsep(&word, "=");
		unsigned field = 0;

		while (strcmp(virtualport_field_name(field), name) != 0)
			assert_true(++field < VIRTUALPORT_FIELD_COUNT);
		assert_int_equal(virtualport_set(&port, field, word), 0);
	}
	return port;
}

static char *text_of(const struct virtualport *port)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	char *string;

	text_add(&text, "%s",
		 port->type == VIRTUALPORT_TYPELESS ? "typeless"
						    : virtualport_type_name(port->type));
	for (unsigned field = 0; field < VIRTUALPORT_FIELD_COUNT; field++) {
		char value[VIRTUALPORT_VALUE_SIZE];

		if (!port->has[field])
			continue;
		virtualport_format(port, field, value);
		text_add(&text, " %s=%s", virtualport_field_name(field),
			 strcmp(value, generated_text) ? value : "generated");
	}
	assert_int_equal(text_take(&text, &string), 0);
	return string;
}

static char *merge(const struct merge_case *c, bool strict)
{
	const struct virtualport interface = virtualport_of(c->interface);
	const struct virtualport portgroup = virtualport_of(c->portgroup);
	const struct virtualport network = virtualport_of(c->network);
	const struct virtualport_source sources[] = {
		{ &interface, "the interface" },
		{ &portgroup, "portgroup 'p'" },
		{ &network, "network 'n'" },
	};
	AUTO_ERROR struct error err = ERROR_INIT;
	struct virtualport merged, untouched;
	struct uuid generated;
	char *answer;

	memset(&untouched, 0xa5, sizeof(untouched));
	merged = untouched;
	assert_int_equal(uuid_parse(generated_text, &generated), 0);
	if (virtualport_merge(&sources[0], &sources[1], &sources[2], strict, &generated, &merged,
			      &err) == 0)
		return text_of(&merged);
	assert_int_equal(err.kind, ERROR_INVALID_ARGUMENT);
	assert_memory_equal(&merged, &untouched, sizeof(merged));
	assert_true(asprintf(&answer, "!%s", error_text(&err)) > 0);
	return answer;
}

static void every_merge_is_as_written(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_FREE char *merged = merge(&cases[i], false), *strict = merge(&cases[i], true);
		const char *expected = cases[i].strict ? cases[i].strict : cases[i].merged;

		if (strcmp(merged, cases[i].merged) != 0)
			fail_msg("%s: %s", cases[i].name, merged);
		if (strcmp(strict, expected) != 0)
			fail_msg("%s, strict: %s", cases[i].name, strict);
	}
}

/* Whatever is merged, it says itself when it is the interface's own. */
static void what_was_merged_merges_to_itself(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_FREE char *merged = merge(&cases[i], false), *again = NULL;
		struct merge_case c = { .interface = merged, .portgroup = "", .network = "" };
		char *generated = strstr(merged, "generated");

		if (*merged == '!' || generated || !strcmp(merged, "none"))
			continue;
		again = merge(&c, true);
		assert_string_equal(again, merged);
	}
}

static void numbers_are_read_in_any_base_and_within_their_bounds(void **state)
{
	static const struct {
		enum virtualport_field field;
		const char *text;
		int expected;
		uint32_t number;
	} values[] = {
		{ VIRTUALPORT_MANAGERID, "0xff", 0, 255 },
		{ VIRTUALPORT_MANAGERID, "256", -ERANGE, 0 },
		{ VIRTUALPORT_MANAGERID, "010", 0, 8 },
		{ VIRTUALPORT_MANAGERID, "-1", -ERANGE, 0 },
		{ VIRTUALPORT_MANAGERID, "", -EINVAL, 0 },
		{ VIRTUALPORT_MANAGERID, " 1", -EINVAL, 0 },
		{ VIRTUALPORT_MANAGERID, "1x", -EINVAL, 0 },
		{ VIRTUALPORT_TYPEID, "0xffffff", 0, 0xffffff },
		{ VIRTUALPORT_TYPEID, "16777216", -ERANGE, 0 },
		{ VIRTUALPORT_TYPEID, "99999999999999999999999", -ERANGE, 0 },
		{ VIRTUALPORT_TYPEIDVERSION, "255", 0, 255 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		struct virtualport port = { 0 };

		assert_int_equal(virtualport_set(&port, values[i].field, values[i].text),
				 values[i].expected);
		assert_int_equal(port.has[values[i].field], values[i].expected == 0);
		assert_int_equal(port.numbers[values[i].field], values[i].number);
	}
}

static void a_profile_has_1_to_39_characters(void **state)
{
	struct virtualport port = { 0 };
	char text[VIRTUALPORT_PROFILE_SIZE + 1];

	memset(text, 'x', sizeof(text));
	text[VIRTUALPORT_PROFILE_SIZE] = '\0';
	assert_int_equal(virtualport_set(&port, VIRTUALPORT_PROFILEID, text), -ERANGE);
	assert_int_equal(virtualport_set(&port, VIRTUALPORT_PROFILEID, ""), -EINVAL);
	assert_false(port.has[VIRTUALPORT_PROFILEID]);
	text[VIRTUALPORT_PROFILE_SIZE - 1] = '\0';
	assert_int_equal(virtualport_set(&port, VIRTUALPORT_PROFILEID, text), 0);
	assert_string_equal(port.profile_id, text);
}

static void a_stated_type_has_only_its_own_fields(void **state)
{
	struct virtualport port = virtualport_of("802.1Qbh profileid=p");
	AUTO_ERROR struct error err = ERROR_INIT;

	assert_success(&err, virtualport_validate(&port, true, &err));
	assert_int_equal(virtualport_set(&port, VIRTUALPORT_TYPEID, "1"), 0);
	port.line = 7;
	assert_error(&err, virtualport_validate(&port, false, &err), ERROR_INVALID_ARGUMENT,
		     "line 7: extra typeid unsupported in <virtualport type='802.1Qbh'>");
	port.type = VIRTUALPORT_TYPELESS;
	assert_success(&err, virtualport_validate(&port, false, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_merge_is_as_written),
		cmocka_unit_test(what_was_merged_merges_to_itself),
		cmocka_unit_test(numbers_are_read_in_any_base_and_within_their_bounds),
		cmocka_unit_test(a_profile_has_1_to_39_characters),
		cmocka_unit_test(a_stated_type_has_only_its_own_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
