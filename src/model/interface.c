/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <net/if.h>
#include <string.h>

#include "model/interface.h"
#include "util/parse.h"

static const char *const mode_names[] = {
	[DIRECT_VEPA] = "vepa",
	[DIRECT_BRIDGE] = "bridge",
	[DIRECT_PRIVATE] = "private",
	[DIRECT_PASSTHROUGH] = "passthrough",
};
_Static_assert(ARRAY_SIZE(mode_names) == DIRECT_MODE_COUNT, "every mode has a name");

static const char *const driver_names[] = {
	[DRIVER_QEMU] = "qemu",
	[DRIVER_VHOST] = "vhost",
};
_Static_assert(ARRAY_SIZE(driver_names) == DRIVER_NAME_COUNT, "every driver has a name");

static const char *const link_state_names[] = {
	[LINK_STATE_UP] = "up",
	[LINK_STATE_DOWN] = "down",
};
_Static_assert(ARRAY_SIZE(link_state_names) == LINK_STATE_COUNT, "every state has a name");

static const char *const port_type_names[] = {
	[PORT_TYPE_DIRECT] = "direct",
	[PORT_TYPE_LIVE] = "live",
};
_Static_assert(ARRAY_SIZE(port_type_names) == PORT_TYPE_COUNT, "every type has a name");

const char *direct_mode_name(enum direct_mode mode)
{
	return mode_names[mode];
}

const char *driver_name_text(enum driver_name driver)
{
	return driver_names[driver];
}

const char *link_state_name(enum link_state state)
{
	return link_state_names[state];
}

const char *port_type_name(enum port_type type)
{
	return port_type_names[type];
}

int direct_mode_parse(const char *text, enum direct_mode *ret_mode)
{
	int mode = name_index(mode_names, DIRECT_MODE_COUNT, text);

	if (mode < 0 && !strcmp(text, "passthru")) /* the kernel's and iproute2's word */
		mode = DIRECT_PASSTHROUGH;
	if (mode < 0)
		return mode;
	*ret_mode = mode;
	return 0;
}

int driver_name_parse(const char *text, enum driver_name *ret_driver)
{
	int driver = name_index(driver_names, DRIVER_NAME_COUNT, text);

	if (driver < 0)
		return driver;
	*ret_driver = driver;
	return 0;
}

int link_state_parse(const char *text, enum link_state *ret_state)
{
	int state = name_index(link_state_names, LINK_STATE_COUNT, text);

	if (state < 0)
		return state;
	*ret_state = state;
	return 0;
}

int port_type_parse(const char *text, enum port_type *ret_type)
{
	int type = name_index(port_type_names, PORT_TYPE_COUNT, text);

	if (type < 0)
		return type;
	*ret_type = type;
	return 0;
}

const char *interface_model(const struct interface *interface)
{
	return interface->model ? interface->model : "virtio";
}

unsigned interface_queues(const struct interface *interface)
{
	return interface->queues ? interface->queues : 1;
}

unsigned interface_guest_mtu(const struct interface *interface, unsigned device_mtu)
{
	if (interface->mtu && (interface->mtu < device_mtu || !device_mtu))
		return interface->mtu;
	return device_mtu;
}

bool interface_is_virtio(const struct interface *interface)
{
	const char *model = interface_model(interface);

	return !strcmp(model, "virtio") || !strncmp(model, "virtio-", strlen("virtio-"));
}

bool interface_has_vnet_hdr(const struct interface *interface)
{
	static const char *const others[] = { "e1000e", "igb", "vmxnet3" };
	const char *model = interface_model(interface);

	return interface_is_virtio(interface) || name_index(others, ARRAY_SIZE(others), model) >= 0;
}

/* "<script> in <interface>" or "<backend tap='…'>", as it was written. */
static int kept_not_served(const struct kept *item, struct error *err)
{
	const char *parent = *item->parent ? item->parent : "interface";

	if (item->value)
		error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
			  "<%s %s='%s'> is not supported yet", parent, item->name, item->value);
	else
		error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
			  "<%s> in <%s> is not supported yet", item->name, parent);
	if (item->line)
		error_prefix(err, "line %u: ", item->line);
	return -EOPNOTSUPP;
}

int interface_check_served(const struct interface *interface, struct error *err)
{
	if (!interface_kind(interface->type)->connects) {
		error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
			  "<interface type='%s'> is kept, and is not something that vifd connects",
			  interface_type_name(interface->type));
		if (interface->line)
			error_prefix(err, "line %u: ", interface->line);
		return -EOPNOTSUPP;
	}
	for (size_t i = 0; i < interface->kept.n; i++)
		if (interface->kept.items[i].matters)
			return kept_not_served(&interface->kept.items[i], err);
	return 0;
}

static void string_take(char **to, char **from)
{
	free(*to);
	*to = take_ptr(*from);
}

/*
 * What an interface says of its virtualport holds whatever the network: that is
 * what makes it portable. On a device or a bridge it is whole, and belongs to it.
 */
int interface_take_source(struct interface *to, struct interface *from)
{
	bool portable = interface_kind(to->type)->portable && interface_kind(from->type)->portable;
	int r = kept_take(&to->kept, &from->kept, "source");

	if (r < 0)
		return r;
	string_take(&to->network, &from->network);
	string_take(&to->portgroup, &from->portgroup);
	string_take(&to->dev, &from->dev);
	string_take(&to->bridge, &from->bridge);
	to->type = from->type;
	to->mode = from->mode;
	to->dev_mac = from->dev_mac;
	to->has_dev_mac = from->has_dev_mac;
	to->optional = from->optional;
	to->source_line = from->source_line;
	if (from->virtualport.type != VIRTUALPORT_NONE || !portable)
		to->virtualport = from->virtualport;
	if (from->vlan.n_tags > 0) {
		vlan_done(&to->vlan);
		to->vlan = from->vlan;
		from->vlan = (struct vlan){ 0 };
	}
	if (from->security.set) {
		security_done(&to->security);
		to->security = from->security;
		from->security = (struct security){ 0 };
	}
	return 0;
}

struct interface *interface_new(void)
{
	return calloc(1, sizeof(struct interface));
}

void interface_free(struct interface *interface)
{
	if (!interface)
		return;
	free(interface->network);
	free(interface->portgroup);
	free(interface->dev);
	free(interface->bridge);
	free(interface->target);
	free(interface->model);
	free(interface->alias);
	vlan_done(&interface->vlan);
	security_done(&interface->security);
	filter_ref_done(&interface->filter);
	kept_done(&interface->kept);
	free(interface);
}
