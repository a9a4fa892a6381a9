/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "cli/client.h"
#include "cli/hint.h"
#include "util/nearest.h"
#include "util/parse.h"
#include "util/text.h"

static const char group_name[] = "vifd";

/* The name in quotes that the sentence is about; the caller's, NULL where there is none. */
static char *quoted_name(const struct error *err)
{
	const char *begin = strchr(error_text(err), '\'');
	const char *end = begin ? strchr(begin + 1, '\'') : NULL;

	return end ? strndup(begin + 1, (size_t)(end - begin - 1)) : NULL;
}

/* A port may be asked for by its guest's name, which is another one, and of several ports. */
static void hint_port(struct cli *cli, struct error *err)
{
	AUTO(vif_records_freep) struct vif_record **ports = NULL;
	AUTO_FREE char *word = quoted_name(err), *of_guest = NULL;
	struct nearest nearest = { .word = word };
	AUTO_TEXT struct text text = TEXT_INIT;

	if (!word || !cli->vif || vif_port_list(cli->vif, &ports, NULL) < 0)
		return;
	for (size_t i = 0; ports[i]; i++) {
		const char *name = vif_record_string(ports[i], "name") ?: "";

		nearest_try(&nearest, name);
		if (streq(vif_record_string(ports[i], "guest"), word))
			text_add(&text, " %s", name);
	}
	if (text_take(&text, &of_guest) < 0)
		return;
	if (*of_guest)
		error_suffix(err, "; guest %s has%s", word, of_guest);
	else if (nearest.name)
		error_suffix(err, "; did you mean %s?", nearest.name);
}

static void hint_network(struct cli *cli, struct error *err)
{
	AUTO(vif_records_freep) struct vif_record **networks = NULL;
	AUTO_FREE char *word = quoted_name(err);
	struct nearest nearest = { .word = word };

	if (!word || !cli->vif || vif_network_list(cli->vif, &networks, NULL) < 0)
		return;
	for (size_t i = 0; networks[i]; i++)
		nearest_try(&nearest, vif_record_string(networks[i], "name") ?: "");
	if (nearest.name)
		error_suffix(err, "; did you mean %s?", nearest.name);
}

static bool is_member(const struct group *group, const char *user)
{
	for (char *const *member = group->gr_mem; *member; member++)
		if (!strcmp(*member, user))
			return true;
	return false;
}

/* A member is one from the next login on. */
static void hint_permission(struct cli *cli, struct error *err)
{
	const struct passwd *user = getpwuid(geteuid());
	const struct group *group = getgrnam(group_name);

	if (!strstr(error_text(err), "the members of the group vifd"))
		return;
	if (!group)
		error_suffix(err, "; there is no such group yet: sudo systemd-sysusers");
	else if (user && is_member(group, user->pw_name))
		error_suffix(err, "; %s is one from the next login on, or now by: newgrp %s",
			     user->pw_name, group_name);
	else
		error_suffix(err, "; sudo usermod -aG %s %s makes one from the next login on",
			     group_name, user ? user->pw_name : "USER");
}

static const struct {
	enum error_kind kind;
	void (*add)(struct cli *cli, struct error *err);
} hints[] = {
	{ ERROR_NO_SUCH_PORT, hint_port },
	{ ERROR_NO_SUCH_NETWORK, hint_network },
	{ ERROR_PERMISSION, hint_permission },
};

void hint_add(struct cli *cli, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(hints); i++)
		if (hints[i].kind == err->kind)
			hints[i].add(cli, err);
}
