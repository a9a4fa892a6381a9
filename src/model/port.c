/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/port.h"
#include "util/parse.h"

static const char tag_prefix[] = "vif-";

static const char *const state_names[] = {
	[PORT_CONNECTING] = "connecting", [PORT_CONNECTED] = "connected",
	[PORT_WAITING] = "waiting",       [PORT_FAILED] = "failed",
	[PORT_REMOVING] = "removing",
};
_Static_assert(ARRAY_SIZE(state_names) == PORT_STATE_COUNT, "every state has a name");

const char *port_state_name(enum port_state state)
{
	return state_names[state];
}

int port_state_parse(const char *text, enum port_state *ret_state)
{
	int state = name_index(state_names, PORT_STATE_COUNT, text);

	if (state < 0)
		return state;
	*ret_state = state;
	return 0;
}

void port_tag(const struct uuid *uuid, char tag[static PORT_TAG_SIZE])
{
	memcpy(tag, tag_prefix, sizeof(tag_prefix));
	uuid_format(uuid, tag + sizeof(tag_prefix) - 1);
}

void port_side_tag(const struct uuid *uuid, unsigned side, char tag[static PORT_SIDE_TAG_SIZE])
{
	port_tag(uuid, tag);
	snprintf(tag + PORT_TAG_SIZE - 1, PORT_SIDE_TAG_SIZE - (PORT_TAG_SIZE - 1), "-%u", side);
}

bool port_tag_parse(const char *altname, struct uuid *ret_uuid, int64_t *ret_side)
{
	char uuid[UUID_TEXT_SIZE];
	const char *rest;
	uint32_t side;

	if (strncmp(altname, tag_prefix, sizeof(tag_prefix) - 1) != 0 ||
	    strlen(altname) < PORT_TAG_SIZE - 1)
		return false;
	rest = altname + PORT_TAG_SIZE - 1;
	memcpy(uuid, altname + sizeof(tag_prefix) - 1, sizeof(uuid) - 1);
	uuid[sizeof(uuid) - 1] = '\0';
	if (*rest == '\0')
		*ret_side = -1;
	else if (*rest == '-' && parse_u32(rest + 1, 0, UINT32_MAX, &side) == 0)
		*ret_side = side;
	else
		return false;
	return uuid_parse(uuid, ret_uuid) == 0;
}

void actual_done(struct actual *actual)
{
	free(actual->dev);
	free(actual->bridge);
	*actual = (struct actual){ 0 };
}

void owner_done(struct owner *owner)
{
	free(owner->guest);
	*owner = (struct owner){ 0 };
}

struct port *port_new(void)
{
	return calloc(1, sizeof(struct port));
}

void port_free(struct port *port)
{
	if (!port)
		return;
	free(port->name);
	free(port->reason);
	free(port->qmp);
	owner_done(&port->owner);
	interface_free(port->interface);
	actual_done(&port->actual);
	free(port);
}
