/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testing.h"

#include "bus/turns.h"
#include "util/clock.h"

struct fixture {
	sd_event *event;
	struct turns *turns;
	char order[8]; /* who began, by name */
};

struct taker {
	struct turn turn;
	struct fixture *fixture;
	char name;
	uint64_t spends_usec;
};

static void fixture_open(struct fixture *f)
{
	*f = (struct fixture){ 0 };
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(turns_new(f->event, &f->turns, NULL), 0);
}

static void fixture_close(struct fixture *f)
{
	turns_free(f->turns);
	sd_event_unref(f->event);
}

static void begin(void *userdata)
{
	struct taker *taker = userdata;
	char *end = taker->fixture->order + strlen(taker->fixture->order);

	*end = taker->name;
	turns_spend(taker->fixture->turns, taker->spends_usec);
}

#define TAKER(fixture, name, spends)                      \
	{                                                 \
		{ .begin = begin }, fixture, name, spends \
	}

static bool take(struct taker *taker)
{
	taker->turn.userdata = taker;
	return turns_take(taker->fixture->turns, &taker->turn);
}

/* Runs the loop until nothing has happened for so long. */
static void run(struct fixture *f, uint64_t usec)
{
	while (sd_event_run(f->event, usec) > 0)
		continue;
}

static void who_comes_first_has_its_turn_at_once(void **state)
{
	struct fixture f;
	struct taker a = TAKER(&f, 'a', 0);

	fixture_open(&f);
	assert_true(take(&a));
	turns_spend(f.turns, 0);
	assert_true(take(&a));
	run(&f, 1000);
	assert_string_equal(f.order, "");
	fixture_close(&f);
}

static void after_a_turn_all_wait_three_times_as_long(void **state)
{
	struct fixture f;
	struct taker a = TAKER(&f, 'a', 0), b = TAKER(&f, 'b', 0);
	uint64_t start = clock_usec();

	fixture_open(&f);
	assert_true(take(&a));
	turns_spend(f.turns, 10000);
	assert_false(take(&b));
	assert_false(take(&b)); /* once is enough */
	run(&f, 100000);
	assert_string_equal(f.order, "b");
	assert_true(clock_usec() - start >= 30000);
	fixture_close(&f);
}

static void turns_are_taken_in_the_order_in_which_they_were_wanted(void **state)
{
	struct fixture f;
	struct taker a = TAKER(&f, 'a', 500), b = TAKER(&f, 'b', 500), c = TAKER(&f, 'c', 500);

	fixture_open(&f);
	turns_spend(f.turns, 1000);
	assert_false(take(&c));
	assert_false(take(&a));
	assert_false(take(&b));
	run(&f, 50000);
	assert_string_equal(f.order, "cab");
	/* The queue is as at the beginning. */
	turns_spend(f.turns, 1000);
	assert_false(take(&b));
	run(&f, 50000);
	assert_string_equal(f.order, "cabb");
	fixture_close(&f);
}

static void who_leaves_is_not_called_and_keeps_nobody_waiting(void **state)
{
	struct fixture f;
	struct taker a = TAKER(&f, 'a', 0), b = TAKER(&f, 'b', 0), c = TAKER(&f, 'c', 0);

	fixture_open(&f);
	turns_spend(f.turns, 1000);
	assert_false(take(&a));
	assert_false(take(&b));
	assert_false(take(&c));
	turns_leave(f.turns, &c.turn);
	turns_leave(f.turns, &a.turn);
	turns_leave(f.turns, &a.turn);
	assert_false(take(&c));
	run(&f, 50000);
	assert_string_equal(f.order, "bc");
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_comes_first_has_its_turn_at_once),
		cmocka_unit_test(after_a_turn_all_wait_three_times_as_long),
		cmocka_unit_test(turns_are_taken_in_the_order_in_which_they_were_wanted),
		cmocka_unit_test(who_leaves_is_not_called_and_keeps_nobody_waiting),
	};

	return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
