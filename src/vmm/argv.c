/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vmm/argv.h"

int argv_add(struct argv *argv, struct text *text, struct error *err)
{
	AUTO_FREE char *item = NULL;
	char **grown;

	if (text_take(text, &item) < 0)
		return error_oom(err);
	grown = reallocarray(argv->items, argv->n + 2, sizeof(*grown));
	if (!grown)
		return error_oom(err);
	grown[argv->n++] = take_ptr(item);
	grown[argv->n] = NULL;
	argv->items = grown;
	return 0;
}

void argv_free(char **argv)
{
	for (char **a = argv; a && *a; a++)
		free(*a);
	free(argv);
}
