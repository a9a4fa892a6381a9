/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/access-conf.h"
#include "fuzz.h"

/* A file that is refused gives nothing; what one gives can be asked. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct access_rules rules = { 0 };
	struct error err = ERROR_INIT;
	char *text = strndup((const char *)data, size);
	int r = access_rules_parse(text, &rules, &err);

	PROMISE(r == 0 || (rules.n_sections == 0 && !strncmp(error_text(&err), "line ", 5)));
	for (size_t i = 0; i < rules.n_sections; i++) {
		const struct grant *grant = &rules.sections[i].grant;

		PROMISE(*rules.sections[i].name);
		PROMISE(grant->n_networks > 0 || !grant_has_network(grant, "red"));
		PROMISE(!grant_has_portgroup(grant, "red", "web") ||
			grant_has_network(grant, "red"));
	}
	access_rules_done(&rules);
	error_done(&err);
	free(text);
	return 0;
}
