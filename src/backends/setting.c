/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "backends/kinds.h"
#include "backends/setting.h"
#include "util/cleanup.h"

/* --- known, and not supported yet --- */

static int not_supported(const char *what, struct error *err)
{
	return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED, "%s is not supported yet", what);
}

static bool virtualport_is_asked(const struct actual *actual)
{
	return actual->virtualport.type != VIRTUALPORT_NONE;
}

static unsigned virtualport_line(const struct actual *actual)
{
	return actual->virtualport.line;
}

static int virtualport_check(const struct actual *actual, const struct carries *carries,
			     struct error *err)
{
	(void)carries;
	return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
			 "<virtualport type='%s'>, which a switch has to be told of, is not "
			 "supported yet",
			 virtualport_type_name(actual->virtualport.type));
}

static const struct setting setting_virtualport = {
	.name = "<virtualport>",
	.is_asked = virtualport_is_asked,
	.line = virtualport_line,
	.check = virtualport_check,
};

/* --- all of them, in the order of their steps --- */

static const struct setting *const settings[] = {
	&setting_virtualport, &setting_rate,          &setting_floor,
	&setting_vlan,        &setting_filter,        &setting_security,
	&setting_isolation,   &setting_address_table, &setting_relay,
};

static const struct carries *carries_of(const struct actual *actual)
{
	return host_side_of(actual)->carries(actual);
}

static int setting_check(const struct setting *setting, const struct actual *actual,
			 const struct carries *carries, struct error *err)
{
	if (setting->check)
		return setting->check(actual, carries, err);
	return not_supported(setting->name, err);
}

int settings_check(const struct actual *actual, struct error *err)
{
	const struct carries *carries = carries_of(actual);

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		unsigned line = settings[i]->line ? settings[i]->line(actual) : 0;
		int r = 0;

		if (settings[i]->is_asked(actual))
			r = setting_check(settings[i], actual, carries, err);
		if (r < 0 && line)
			error_prefix(err, "line %u: ", line);
		if (r < 0)
			return r;
	}
	return 0;
}

int settings_steps(const struct setting_place *place, enum setting_when when, struct plan *plan)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(settings); i++)
		if (settings[i]->steps)
			r = settings[i]->steps(place, when, plan);
	return r;
}

int settings_restore(const struct asker *asker, struct plan *plan)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(settings); i++)
		if (settings[i]->restore)
			r = settings[i]->restore(asker, plan);
	return r;
}

struct bridge_port settings_bridge_port(const struct actual *actual)
{
	struct bridge_port port = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		if (settings[i]->bridge_port)
			settings[i]->bridge_port(actual, &port);
	return port;
}

static bool setting_holds(const struct setting *setting, const struct actual *actual,
			  const struct carries *carries)
{
	return setting->is_asked(actual) && setting_check(setting, actual, carries, NULL) == 0;
}

void settings_describe(const struct actual *actual, struct text *text)
{
	const struct carries *carries = carries_of(actual);

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		if (settings[i]->adds && setting_holds(settings[i], actual, carries))
			text_add(text, ", %s", settings[i]->adds);
}

struct traffic settings_traffic(const struct actual *actual, const struct network *network)
{
	struct traffic traffic = host_side_of(actual)->traffic(actual, network);
	const struct carries *carries = carries_of(actual);

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		if (settings[i]->change_traffic && setting_holds(settings[i], actual, carries))
			settings[i]->change_traffic(&traffic);
	return traffic;
}
