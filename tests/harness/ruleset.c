/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ruleset FILE…: the packet filter of these networks, for nft(8). Their bridges must have names. */
#include "networks.h"
#include "util/file.h"
#include "util/text.h"

static void fail(const struct error *err)
{
	fprintf(stderr, "ruleset: %s\n", error_text(err));
	exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	AUTO(networks_done) struct networks networks = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_FREE char *all = NULL, *ruleset = NULL;
	AUTO_TEXT struct text text = TEXT_INIT;

	for (int i = 1; i < argc; i++) {
		AUTO_FREE char *xml = NULL;
		size_t size;

		if (file_read(argv[i], 1 << 20, &xml, &size, &err) < 0)
			fail(&err);
		text_add(&text, "--- network\n%s\n", xml);
	}
	if (text_take(&text, &all) < 0 || networks_read(all, &networks, &err) < 0 ||
	    nft_ruleset_text(networks.items, networks.n, &ruleset, &err) < 0)
		fail(&err);
	fputs(ruleset, stdout);
	return EXIT_SUCCESS;
}
