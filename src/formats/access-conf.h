/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * access.conf: who may use what, as text. vif-access(5) tells what there is.
 *
 * Lines `key=value`, of the [user NAME] or [group NAME] above them; empty lines and those that
 * begin with # say nothing.
 */
#pragma once

#include "model/grant.h"
#include "util/error.h"

/* To whom the grant is given; names are not looked up here. */
struct access_section {
	bool is_group;
	char *name;
	unsigned line;
	struct grant grant;
};

/* A zeroed one has no section. */
struct access_rules {
	struct access_section *sections;
	size_t n_sections;
};

/* Reads it all, or nothing: "line N: …". The text is changed. */
int access_rules_parse(char *text, struct access_rules *ret_rules, struct error *err);

const struct access_section *access_rules_group(const struct access_rules *rules, const char *name);

void access_rules_done(struct access_rules *rules);
