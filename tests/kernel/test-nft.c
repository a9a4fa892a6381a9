/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <fnmatch.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "kernel/nft.h"
#include "netns.h"
#include "util/text.h"

#define OURS                                                                               \
	"table inet vifd\ndelete table inet vifd\n"                                        \
	"table inet vifd { chain forward { type filter hook forward priority 0; ip daddr " \
	"10.0.0.1 accept; }; }\n"

struct lab {
	struct nft *nft;
	struct nft_watch *watch;
};

static void lab_done(struct lab *lab)
{
	nft_close(lab->nft);
	nft_watch_close(lab->watch);
}
#define AUTO_LAB AUTO(lab_done)

static void run(struct nft *nft, const char *commands)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (nft_run(nft, commands, &err) < 0)
		fail_msg("%s", error_text(&err));
}

/* The table is there, and the watch has read that it was made. */
static struct lab lab_open(void)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct lab lab = { 0 };

	if (nft_open(&lab.nft, &err) < 0 || nft_watch_open(&lab.watch, &err) < 0)
		fail_msg("%s", error_text(&err));
	run(lab.nft, OURS);
	nft_watch_read(lab.watch, lab.nft, "vifd");
	return lab;
}

static bool told(const struct lab *lab)
{
	return nft_watch_read(lab->watch, lab->nft, "vifd") & NFT_NEWS_TABLE;
}

static void a_ruleset_is_in_the_kernel_as_a_whole(void **state)
{
	AUTO_LAB struct lab lab = lab_open();

	shell("nft list table inet vifd | grep -q 'ip daddr 10.0.0.1 accept'");
	assert_true(nft_has_table(lab.nft, "inet", "vifd"));
	assert_false(nft_has_table(lab.nft, "ip", "vifd"));
	assert_false(nft_has_table(lab.nft, "inet", "other"));
}

/* nft's own words vary with its version. */
static void expect_error(const struct lab *lab, const char *commands, const char *pattern)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	assert_int_equal(nft_run(lab->nft, commands, &err), -EIO);
	assert_int_equal(err.kind, ERROR_SYSTEM);
	if (fnmatch(pattern, error_text(&err), 0) != 0)
		fail_msg("%s", error_text(&err));
}

static void what_nftables_refuses_is_one_sentence_and_nothing_of_it_is_done(void **state)
{
	AUTO_LAB struct lab lab = lab_open();

	expect_error(
		&lab,
		"add table inet fresh\nadd rule inet vifd forward nonsense\nadd table inet more\n",
		"nftables: syntax error, unexpected *, "
		"in \"add rule inet vifd forward nonsense\"");
	expect_error(&lab, "add table inet fresh\ndelete table inet none\n",
		     "nftables: Could not process rule: No such file or directory, "
		     "in \"delete table inet none\"");
	assert_false(nft_has_table(lab.nft, "inet", "fresh"));
	/* And what was said is not said again. */
	run(lab.nft, "add table inet fresh");
	assert_true(nft_has_table(lab.nft, "inet", "fresh"));
}

static void our_own_transactions_are_not_told(void **state)
{
	AUTO_LAB struct lab lab = lab_open();

	for (unsigned i = 0; i < 20; i++)
		run(lab.nft, OURS);
	assert_false(told(&lab));
	run(lab.nft, "delete table inet vifd");
	assert_false(told(&lab));
}

static void what_another_does_to_the_table_is_told_once(void **state)
{
	static const char *const deeds[] = {
		"flush ruleset",
		"delete table inet vifd",
		"flush table inet vifd",
		"flush chain inet vifd forward",
		"insert rule inet vifd forward drop",
		"add chain inet vifd more",
		"'add set inet vifd s { type ipv4_addr; }'",
	};
	AUTO_LAB struct lab lab = lab_open();

	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++) {
		struct pollfd item = { .fd = nft_watch_fd(lab.watch), .events = POLLIN };

		assert_int_equal(poll(&item, 1, 0), 0);
		shell("nft %s", deeds[i]);
		assert_int_equal(poll(&item, 1, 0), 1);
		if (!told(&lab))
			fail_msg("not told: %s", deeds[i]);
		assert_false(told(&lab));
		run(lab.nft, OURS);
		assert_false(told(&lab));
	}
}

static void a_change_between_two_of_our_own_is_told(void **state)
{
	AUTO_LAB struct lab lab = lab_open();

	run(lab.nft, OURS);
	shell("nft flush ruleset");
	run(lab.nft, OURS);
	assert_true(told(&lab));
	assert_false(told(&lab));
}

/* Others' tables change all the time, and a table of our name is not ours in every family. */
static void changes_of_other_tables_are_not_told(void **state)
{
	AUTO_LAB struct lab lab = lab_open();

	shell("nft add table inet other && nft add chain inet other forward");
	shell("nft add table ip vifd && nft add chain ip vifd forward && nft delete table ip vifd");
	shell("nft delete table inet other");
	assert_false(told(&lab));
}

static void lost_news_count_as_a_change(void **state)
{
	AUTO_LAB struct lab lab = lab_open();
	AUTO_FREE char *commands = NULL;
	struct text text = TEXT_INIT;

	text_add(&text, OURS);
	for (unsigned i = 0; i < 2000; i++)
		text_add(&text, "add rule inet vifd forward ip daddr 10.0.%u.%u accept\n", i / 250,
			 i % 250);
	assert_int_equal(text_take(&text, &commands), 0);
	for (unsigned i = 0; i < 10; i++)
		run(lab.nft, commands);
	assert_true(told(&lab));
	assert_false(told(&lab));
	shell("nft flush ruleset");
	assert_true(told(&lab));
}

static int is_case(const struct dirent *entry)
{
	const char *end = strrchr(entry->d_name, '.');

	return end && !strcmp(end, ".case");
}

/* Those of tests/golden/firewall that are rulesets; the others are errors. By the program nft. */
static void nft_takes_every_golden_ruleset(void **state)
{
	struct dirent **entries = NULL;
	int n = scandir(FIREWALL_FOLDER, &entries, is_case, alphasort), taken = 0;

	for (int i = 0; i < n; i++) {
		AUTO_FREE char *ruleset = NULL;

		assert_true(asprintf(&ruleset, "sed '1,/^--- expect$/d' %s/%s", FIREWALL_FOLDER,
				     entries[i]->d_name) > 0);
		free(entries[i]);
		if (!shell_try("%s | grep -q '^table'", ruleset))
			continue;
		/* Twice: the second one finds a table to replace. */
		shell("%s | nft -f - && %s | nft -f -", ruleset, ruleset);
		taken++;
	}
	free(entries);
	assert_true(taken >= 15);
}

#define TEST(name) cmocka_unit_test_setup(name, netns_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_ruleset_is_in_the_kernel_as_a_whole),
		TEST(what_nftables_refuses_is_one_sentence_and_nothing_of_it_is_done),
		TEST(our_own_transactions_are_not_told),
		TEST(what_another_does_to_the_table_is_told_once),
		TEST(a_change_between_two_of_our_own_is_told),
		TEST(changes_of_other_tables_are_not_told),
		TEST(lost_news_count_as_a_change),
		TEST(nft_takes_every_golden_ruleset),
	};

	netns_require();
	return cmocka_run_group_tests_name("nft", tests, NULL, NULL);
}
