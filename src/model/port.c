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

void port_tag(const struct port *port, char tag[static PORT_TAG_SIZE])
{
	memcpy(tag, tag_prefix, sizeof(tag_prefix));
	uuid_format(&port->uuid, tag + sizeof(tag_prefix) - 1);
}

bool port_tag_parse(const char *altname, struct uuid *ret_uuid)
{
	if (strncmp(altname, tag_prefix, sizeof(tag_prefix) - 1) != 0)
		return false;
	return uuid_parse(altname + sizeof(tag_prefix) - 1, ret_uuid) == 0;
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
	free(port->error);
	owner_done(&port->owner);
	interface_free(port->interface);
	actual_done(&port->actual);
	free(port);
}
