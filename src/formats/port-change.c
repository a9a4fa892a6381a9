/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "formats/bandwidth.h"
#include "formats/port-change.h"
#include "formats/security.h"
#include "util/cleanup.h"
#include "util/parse.h"
#include "util/text.h"

struct change_key {
	const char *name;
	/* 0, -EINVAL or -ENOMEM. */
	int (*read)(struct interface *interface, const char *value);
	size_t noted_at; /* in struct port_change */
	const char *expected;
};

static int read_limit(struct interface *interface, struct bandwidth_limit *limit, const char *value)
{
	int r = bandwidth_limit_from_spec(value, limit);

	interface->bandwidth.set = bandwidth_limits(&interface->bandwidth);
	return r;
}

static int read_inbound(struct interface *interface, const char *value)
{
	return read_limit(interface, &interface->bandwidth.inbound, value);
}

static int read_outbound(struct interface *interface, const char *value)
{
	return read_limit(interface, &interface->bandwidth.outbound, value);
}

/* One tag, or several of a trunk. */
static int read_vlan(struct interface *interface, const char *value)
{
	AUTO(vlan_done) struct vlan vlan = { 0 };
	AUTO_FREE char *copy = strdup(value);
	char *rest = copy, *word;
	uint32_t tag;

	if (!copy)
		return -ENOMEM;
	while (!streq(value, "no") && (word = strsep(&rest, "+"))) {
		if (parse_u32(word, 1, VLAN_ID_MAX - 1, &tag) < 0)
			return -EINVAL;
		if (vlan_add_tag(&vlan, (uint16_t)tag) < 0)
			return -ENOMEM;
	}
	vlan.trunk = vlan.n_tags > 1;
	vlan_done(&interface->vlan);
	interface->vlan = vlan;
	vlan = (struct vlan){ 0 };
	return 0;
}

static int read_security(struct interface *interface, const char *value)
{
	int r = security_from_spec(value, &interface->security);

	return r == -ENOMEM || r == 0 ? r : -EINVAL;
}

static int read_groups(struct interface *interface, const char *value)
{
	int r = security_groups_from_spec(value, &interface->security);

	return r == -ENOMEM || r == 0 ? r : -EINVAL;
}

static int read_isolated(struct interface *interface, const char *value)
{
	if (!streq(value, "yes") && !streq(value, "no"))
		return -EINVAL;
	interface->isolated = streq(value, "yes") ? TRISTATE_YES : TRISTATE_NO;
	return 0;
}

static int read_link(struct interface *interface, const char *value)
{
	return link_state_parse(value, &interface->link);
}

#define NOTES(field) offsetof(struct port_change, field)

static const struct change_key keys[] = {
	{ "inbound", read_inbound, NOTES(bandwidth), bandwidth_limit_expected },
	{ "outbound", read_outbound, NOTES(bandwidth), bandwidth_limit_expected },
	{ "vlan", read_vlan, NOTES(vlan),
	  "is neither no nor a number from 1 to 4094, or several joined by '+'" },
	{ "security", read_security, NOTES(security),
	  "is neither one of no, mac, learn nor a list of addresses joined by '+'" },
	{ "group", read_groups, NOTES(security), security_groups_expected },
	{ "isolated", read_isolated, NOTES(isolated), "is not one of yes, no" },
	{ "link", read_link, NOTES(link), "is not one of up, down" },
};

static int unknown(const char *word, struct error *err)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *list = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		text_add(&text, "%s%s=", i ? " " : "", keys[i].name);
	if (text_take(&text, &list) < 0)
		return error_oom(err);
	return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
			 "'%s' is nothing that can be set while a guest runs (%s)", word, list);
}

static int read_word(struct interface *interface, struct port_change *change, unsigned *seen,
		     char *word, struct error *err)
{
	char *value = strchr(word, '=');
	size_t i;
	int r;

	if (value)
		*value++ = '\0';
	for (i = 0; i < ARRAY_SIZE(keys) && !streq(keys[i].name, word); i++)
		;
	if (i == ARRAY_SIZE(keys))
		return unknown(word, err);
	if (!value || !*value)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "'%s' needs a value", word);
	if (*seen & 1U << i)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "'%s' is given twice", word);
	*seen |= 1U << i;
	r = keys[i].read(interface, value);
	if (r == -ENOMEM)
		return error_oom(err);
	if (r < 0)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "%s='%s' %s", word, value,
				 keys[i].expected);
	*(bool *)((char *)change + keys[i].noted_at) = true;
	return 0;
}

int port_change_read(const char *words, struct interface *interface, struct port_change *ret_change,
		     struct error *err)
{
	AUTO_FREE char *copy = strdup(words);
	struct port_change change = { 0 };
	char *rest = copy, *word;
	unsigned seen = 0;
	int r = copy ? 0 : error_oom(err);

	while (r == 0 && (word = strsep(&rest, " ")))
		if (*word)
			r = read_word(interface, &change, &seen, word, err);
	if (r == 0 && !seen)
		r = error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "nothing is to be set");
	if (r == 0)
		r = interface_validate(interface, err);
	if (r == 0)
		*ret_change = change;
	return r;
}
