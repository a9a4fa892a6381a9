/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every *.case file in firewall/: networks in, the packet filter out, compared with
 * the text that the file holds. UPDATE_GOLDEN=1 writes what came out into the
 * files instead; the diff is then to be read.
 */
#include "golden.h"
#include "networks.h"

static const char expect[] = "--- expect\n";

static char *answer(const char *text)
{
	AUTO(networks_done) struct networks networks = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	char *string = NULL;

	if (networks_read(text, &networks, &err) < 0)
		fail_msg("%s", error_text(&err));
	if (nft_ruleset_text(networks.items, networks.n, &string, &err) < 0)
		assert_true(asprintf(&string, "%s: %s\n", error_kind_name(err.kind),
				     error_text(&err)) > 0);
	return string;
}

static void case_is_as_written(void **state)
{
	AUTO_FREE char *text = NULL, *got = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;
	const char *path = *state;
	char *at;
	size_t size;

	if (file_read(path, 1 << 20, &text, &size, &err) < 0)
		fail_msg("%s", error_text(&err));
	at = strstr(text, expect);
	if (!at)
		fail_msg("%s: has no line '--- expect'", path);
	at += strlen(expect);
	got = answer(text);
	golden_compare(path, text, (size_t)(at - text), got);
}

int main(void)
{
	return golden_run("firewall", FIREWALL_FOLDER, case_is_as_written);
}
