/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <string.h>

#include "formats/access-conf.h"
#include "util/array.h"
#include "util/parse.h"
#include "util/text.h"

static const char heading_form[] = "[user NAME] or [group NAME]";

/* What is read: the section that its lines belong to, and where each key of it stands. */
struct reading {
	struct access_rules rules;
	unsigned line;
	unsigned said[8];
};

static int wrong(const struct reading *reading, struct error *err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int wrong(const struct reading *reading, struct error *err, const char *format, ...)
{
	AUTO_FREE char *text = NULL;
	va_list args;

	va_start(args, format);
	text = text_format_va(format, args);
	va_end(args);
	return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "line %u: %s", reading->line,
			 text ?: "it cannot be read");
}

/* --- values ------------------------------------------------------------------ */

static int read_networks(struct reading *reading, char *value, struct grant *grant,
			 struct error *err)
{
	char *word;

	while ((word = strsep(&value, " \t,"))) {
		const char *slash = strchr(word, '/');

		if (!*word)
			continue;
		if (slash && (slash == word || !slash[1]))
			return wrong(reading, err,
				     "'%s' is no network: it is NAME, or NAME/PORTGROUP", word);
		if (grant_add_network(grant, word) < 0)
			return error_oom(err);
	}
	return 0;
}

static int read_interfaces(struct reading *reading, char *value, struct grant *grant,
			   struct error *err)
{
	char *word;

	while ((word = strsep(&value, " \t,"))) {
		if (!*word)
			continue;
		if (!ifname_is_valid(word))
			return wrong(reading, err, "'%s' is no host interface: %s", word,
				     ifname_wrong(word));
		if (grant_add_interface(grant, word) < 0)
			return error_oom(err);
	}
	return 0;
}

static int read_ports(struct reading *reading, char *value, struct grant *grant, struct error *err)
{
	uint32_t number;

	if (parse_u32(value, 0, GRANT_PORTS_MAX, &number) < 0)
		return wrong(reading, err, "ports is a number from 0 to %d, not '%s'",
			     GRANT_PORTS_MAX, value);
	grant->ports = number;
	return 0;
}

static int read_flag(struct reading *reading, const char *name, const char *value, bool *ret_flag,
		     struct error *err)
{
	if (parse_yes_no(value, ret_flag) < 0)
		return wrong(reading, err, "%s is yes or no, not '%s'", name, value);
	return 0;
}

static int read_retarget(struct reading *reading, char *value, struct grant *grant,
			 struct error *err)
{
	return read_flag(reading, "retarget", value, &grant->retarget, err);
}

static int read_manage(struct reading *reading, char *value, struct grant *grant, struct error *err)
{
	return read_flag(reading, "manage", value, &grant->manage, err);
}

static int read_look(struct reading *reading, char *value, struct grant *grant, struct error *err)
{
	return read_flag(reading, "look", value, &grant->look, err);
}

static const struct {
	const char *name;
	int (*read)(struct reading *reading, char *value, struct grant *grant, struct error *err);
} keys[] = {
	{ "networks", read_networks }, { "interfaces", read_interfaces }, { "ports", read_ports },
	{ "retarget", read_retarget }, { "manage", read_manage },         { "look", read_look },
};
static const char keys_text[] = "networks, interfaces, ports, retarget, manage or look";
_Static_assert(ARRAY_SIZE(keys) <= ARRAY_SIZE(((struct reading *)NULL)->said), "one for each key");

/* --- lines ------------------------------------------------------------------- */

static int read_key(struct reading *reading, char *line, struct error *err)
{
	char *equals = strchr(line, '='), *name;
	struct access_section *section;
	size_t i = 0;

	if (!equals)
		return wrong(reading, err, "'%s' is neither key=value nor %s", line, heading_form);
	*equals = '\0';
	name = line_trim(line);
	while (i < ARRAY_SIZE(keys) && strcmp(keys[i].name, name) != 0)
		i++;
	if (i == ARRAY_SIZE(keys))
		return wrong(reading, err, "there is no setting '%s': it is %s", name, keys_text);
	if (reading->rules.n_sections == 0)
		return wrong(reading, err, "%s stands before the first %s", name, heading_form);
	if (reading->said[i])
		return wrong(reading, err, "%s stands twice (first in line %u)", name,
			     reading->said[i]);
	reading->said[i] = reading->line;
	section = &reading->rules.sections[reading->rules.n_sections - 1];
	return keys[i].read(reading, line_trim(equals + 1), &section->grant, err);
}

/* The name in "[WORD NAME]", if it is that word; inside the line, which is changed. */
static char *heading_name(char *line, const char *word)
{
	size_t length = strlen(line), n = strlen(word);

	if (line[length - 1] != ']' || strncmp(line + 1, word, n) != 0 || !line_blank(line[1 + n]))
		return NULL;
	line[length - 1] = '\0';
	return line_trim(line + 1 + n);
}

static const struct access_section *find(const struct access_rules *rules, bool is_group,
					 const char *name)
{
	for (size_t i = 0; i < rules->n_sections; i++)
		if (rules->sections[i].is_group == is_group &&
		    !strcmp(rules->sections[i].name, name))
			return &rules->sections[i];
	return NULL;
}

static int read_heading(struct reading *reading, char *line, struct error *err)
{
	char *user = heading_name(line, "user");
	char *name = user ?: heading_name(line, "group");
	const struct access_section *other;
	struct access_section *section;

	if (!name || !*name || strpbrk(name, " \t[]"))
		return wrong(reading, err, "this is not %s: '%s'", heading_form, line);
	other = find(&reading->rules, !user, name);
	if (other)
		return wrong(reading, err, "[%s %s] stands twice (first in line %u)",
			     user ? "user" : "group", name, other->line);
	section = array_add(&reading->rules.sections, &reading->rules.n_sections, sizeof(*section));
	if (!section)
		return error_oom(err);
	*section = (struct access_section){
		.is_group = !user,
		.name = strdup(name),
		.line = reading->line,
		.grant.ports = GRANT_PORTS_USUAL,
	};
	memset(reading->said, 0, sizeof(reading->said));
	return section->name ? 0 : error_oom(err);
}

int access_rules_parse(char *text, struct access_rules *ret_rules, struct error *err)
{
	struct reading reading = { 0 };
	char *line;
	int r = 0;

	while (r == 0 && (line = strsep(&text, "\n"))) {
		reading.line++;
		line = line_trim(line);
		if (!*line || *line == '#')
			continue;
		r = *line == '[' ? read_heading(&reading, line, err)
				 : read_key(&reading, line, err);
	}
	if (r < 0)
		access_rules_done(&reading.rules);
	else
		*ret_rules = reading.rules;
	return r;
}

const struct access_section *access_rules_group(const struct access_rules *rules, const char *name)
{
	return find(rules, true, name);
}

void access_rules_done(struct access_rules *rules)
{
	for (size_t i = 0; i < rules->n_sections; i++) {
		free(rules->sections[i].name);
		grant_done(&rules->sections[i].grant);
	}
	free(rules->sections);
	*rules = (struct access_rules){ 0 };
}
