/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
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
	char digits[16], *first = digits + sizeof(digits);

	do
		*--first = (char)('0' + side % 10);
	while (side /= 10);
	*--first = '-';
	port_tag(uuid, tag);
	tag += PORT_TAG_SIZE - 1;
	memcpy(tag, first, (size_t)(digits + sizeof(digits) - first));
	tag[digits + sizeof(digits) - first] = '\0';
}

static const char rate_suffix[] = "-rate";

void port_rate_tag(const struct uuid *uuid, char tag[static PORT_SIDE_TAG_SIZE])
{
	port_tag(uuid, tag);
	memcpy(tag + PORT_TAG_SIZE - 1, rate_suffix, sizeof(rate_suffix));
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
		*ret_side = PORT_SIDE_GUEST;
	else if (streq(rest, rate_suffix))
		*ret_side = PORT_SIDE_RATE;
	else if (*rest == '-' && parse_u32(rest + 1, 0, UINT32_MAX, &side) == 0)
		*ret_side = side;
	else
		return false;
	return uuid_parse(uuid, ret_uuid) == 0;
}

const struct mac *port_mac(const struct port *port)
{
	return port->has_guest_mac ? &port->guest_mac : &port->interface->mac;
}

bool actual_is_exclusive(const struct actual *actual)
{
	return actual->mode == DIRECT_PASSTHROUGH ||
	       (actual->mode == DIRECT_PRIVATE && actual->virtualport.type == VIRTUALPORT_8021QBH);
}

bool actual_equal(const struct actual *a, const struct actual *b)
{
	return a->type == b->type && a->mode == b->mode && streq(a->dev, b->dev) &&
	       a->has_dev_mac == b->has_dev_mac && mac_equal(&a->dev_mac, &b->dev_mac) &&
	       streq(a->bridge, b->bridge) && a->managed == b->managed &&
	       a->mac_table_manager == b->mac_table_manager && a->reflects == b->reflects &&
	       streq(a->portgroup, b->portgroup) && a->trust_rx_filters == b->trust_rx_filters &&
	       a->isolated == b->isolated && virtualport_equal(&a->virtualport, &b->virtualport) &&
	       bandwidth_equal(&a->bandwidth, &b->bandwidth) && vlan_equal(&a->vlan, &b->vlan) &&
	       filter_ref_equal(&a->filter, &b->filter) &&
	       security_equal(&a->security, &b->security);
}

static int copy_string(const char *from, char **ret_copy)
{
	*ret_copy = from ? strdup(from) : NULL;
	return from && !*ret_copy ? -ENOMEM : 0;
}

int actual_copy(const struct actual *actual, struct actual *ret_actual)
{
	struct actual copy = *actual;
	int r;

	copy.vlan = (struct vlan){ 0 };
	copy.filter = (struct filter_ref){ 0 };
	copy.security = (struct security){ 0 };
	copy.bridge = copy.portgroup = NULL;
	r = copy_string(actual->dev, &copy.dev);
	if (r == 0)
		r = copy_string(actual->bridge, &copy.bridge);
	if (r == 0)
		r = copy_string(actual->portgroup, &copy.portgroup);
	if (r == 0)
		r = vlan_copy(&actual->vlan, &copy.vlan);
	if (r == 0)
		r = filter_ref_copy(&actual->filter, &copy.filter);
	if (r == 0)
		r = security_copy(&actual->security, &copy.security);
	if (r < 0) {
		actual_done(&copy);
		return r;
	}
	*ret_actual = copy;
	return 0;
}

void actual_done(struct actual *actual)
{
	free(actual->dev);
	free(actual->bridge);
	free(actual->portgroup);
	vlan_done(&actual->vlan);
	security_done(&actual->security);
	filter_ref_done(&actual->filter);
	*actual = (struct actual){ 0 };
}

static void owner_done(struct owner *owner)
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
