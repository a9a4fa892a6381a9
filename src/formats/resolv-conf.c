/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "formats/resolv-conf.h"
#include "model/address.h"
#include "util/array.h"
#include "util/parse.h"

enum {
	SERVERS_MAX = 32,
};

static const char blanks[] = " \t\r";

/* An address; one that is good on a link only has that behind a '%'. */
static bool is_server(char *text)
{
	char *scope = strchr(text, '%');
	struct address address;
	bool is;

	if (scope)
		*scope = '\0';
	is = address_parse(text, &address) == 0;
	if (!scope)
		return is;
	*scope = '%';
	return is && address.family == AF_INET6 && ifname_is_valid(scope + 1) &&
	       !strpbrk(scope + 1, "\"\\#,@%");
}

static int add_server(struct name_servers *servers, char *text)
{
	char **slot;

	if (!is_server(text) || servers->n == SERVERS_MAX)
		return 0;
	slot = array_add(&servers->items, &servers->n, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = strdup(text);
	return *slot ? 0 : -ENOMEM;
}

static int read_line(struct name_servers *servers, char *line)
{
	char *rest = NULL, *keyword = strtok_r(line, blanks, &rest);
	char *value = keyword ? strtok_r(NULL, blanks, &rest) : NULL;

	if (!value || strcmp(keyword, "nameserver") != 0)
		return 0;
	return add_server(servers, value);
}

int resolv_conf_read(const char *text, struct name_servers *ret_servers)
{
	struct name_servers servers = { 0 };
	AUTO_FREE char *copy = strdup(text);
	char *rest = copy, *line;
	int r = copy ? 0 : -ENOMEM;

	while (r == 0 && (line = strsep(&rest, "\n")))
		r = read_line(&servers, line);
	if (r < 0) {
		name_servers_done(&servers);
		return r;
	}
	*ret_servers = servers;
	return 0;
}

void name_servers_done(struct name_servers *servers)
{
	for (size_t i = 0; i < servers->n; i++)
		free(servers->items[i]);
	free(servers->items);
	*servers = (struct name_servers){ 0 };
}
