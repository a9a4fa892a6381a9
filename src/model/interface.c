/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <net/if.h>
#include <string.h>

#include "model/interface.h"
#include "util/parse.h"

static const char *const type_names[] = {
	[INTERFACE_NETWORK] = "network", [INTERFACE_DIRECT] = "direct",
	[INTERFACE_BRIDGE] = "bridge",   [INTERFACE_ETHERNET] = "ethernet",
	[INTERFACE_USER] = "user",       [INTERFACE_VHOSTUSER] = "vhostuser",
	[INTERFACE_SERVER] = "server",   [INTERFACE_CLIENT] = "client",
	[INTERFACE_MCAST] = "mcast",     [INTERFACE_UDP] = "udp",
	[INTERFACE_NULL] = "null",       [INTERFACE_VDPA] = "vdpa",
	[INTERFACE_HOSTDEV] = "hostdev",
};
_Static_assert(ARRAY_SIZE(type_names) == INTERFACE_TYPE_COUNT, "every type has a name");

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

const char *interface_type_name(enum interface_type type)
{
	return type_names[type];
}

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

int interface_type_parse(const char *text, enum interface_type *ret_type)
{
	int type = name_index(type_names, INTERFACE_TYPE_COUNT, text);

	if (type < 0)
		return type;
	*ret_type = type;
	return 0;
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

static bool model_is_virtio(const char *model)
{
	return !strcmp(model, "virtio") || !strncmp(model, "virtio-", strlen("virtio-"));
}

bool interface_has_vnet_hdr(const struct interface *interface)
{
	static const char *const others[] = { "e1000e", "igb", "vmxnet3" };
	const char *model = interface_model(interface);

	return model_is_virtio(model) || name_index(others, ARRAY_SIZE(others), model) >= 0;
}

/* The element's own line, or that of the interface. */
static unsigned line_of(const struct interface *interface, unsigned line)
{
	return line ? line : interface->line;
}

/* "line 7: " or nothing. */
static int invalid(struct error *err, unsigned line, const char *sentence)
{
	error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "%s", sentence);
	if (line)
		error_prefix(err, "line %u: ", line);
	return -EINVAL;
}

static int invalid_value(struct error *err, unsigned line, const char *what, const char *value,
			 const char *why)
{
	AUTO_FREE char *sentence = NULL;

	if (asprintf(&sentence, "%s '%s' %s", what, value, why) < 0) {
		sentence = NULL;
		return error_oom(err);
	}
	return invalid(err, line, sentence);
}

static int validate_mac(const struct interface *interface, struct error *err)
{
	char text[MAC_TEXT_SIZE];

	if (!interface->has_mac || !mac_is_multicast(&interface->mac))
		return 0;
	mac_format(&interface->mac, text);
	return invalid_value(err, line_of(interface, interface->mac_line), "MAC address", text,
			     "is multicast; a guest needs a unicast address");
}

static int validate_ifname(const char *name, unsigned line, const char *what, struct error *err)
{
	if (strlen(name) >= IFNAMSIZ)
		return invalid_value(err, line, what, name,
				     "is too long; an interface name has at most 15 characters");
	if (!ifname_is_valid(name))
		return invalid_value(err, line, what, name, "is not a name that a device can have");
	return 0;
}

/* A name may hold one %d, which becomes a number when the port is plugged. */
static int validate_target(const struct interface *interface, struct error *err)
{
	unsigned line = line_of(interface, interface->target_line);
	const char *percent;

	if (!interface->target)
		return 0;
	percent = strchr(interface->target, '%');
	if (percent && (strncmp(percent, "%d", 2) != 0 || strchr(percent + 1, '%')))
		return invalid_value(err, line, "target name", interface->target,
				     "may hold one %d and no other '%'");
	return validate_ifname(interface->target, line, "target name", err);
}

/* libvirt's schema, and a letter first: it becomes an id of QEMU. */
static int validate_alias(const struct interface *interface, struct error *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *alias = interface->alias;

	if (!alias)
		return 0;
	if (!*alias || !strchr(letters, *alias) ||
	    alias[strspn(alias,
			 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")])
		return invalid_value(err, line_of(interface, interface->alias_line), "alias", alias,
				     "is not a letter followed by letters, digits, '_', '-', '.'");
	return 0;
}

static int validate_model(const struct interface *interface, struct error *err)
{
	const char *model = interface_model(interface);

	for (const char *p = model; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", *p))
			return invalid_value(err, line_of(interface, interface->model_line),
					     "model", model,
					     "may hold only letters, digits, '_' and '-'");
	if (interface->queues > 1 && !model_is_virtio(model))
		return invalid_value(err, line_of(interface, interface->driver_line), "model",
				     model, "has one queue; queues= needs a virtio model");
	if (interface->driver == DRIVER_VHOST && !model_is_virtio(model))
		return invalid_value(err, line_of(interface, interface->driver_line), "model",
				     model,
				     "cannot use vhost; driver name='vhost' needs a virtio model");
	return 0;
}

static int validate_numbers(const struct interface *interface, struct error *err)
{
	char value[16];

	if (interface->queues > INTERFACE_QUEUES_MAX) {
		snprintf(value, sizeof(value), "%u", interface->queues);
		return invalid_value(err, line_of(interface, interface->driver_line), "queues",
				     value, "is out of range (1 to 256)");
	}
	if (interface->mtu &&
	    (interface->mtu < INTERFACE_MTU_MIN || interface->mtu > INTERFACE_MTU_MAX)) {
		snprintf(value, sizeof(value), "%u", interface->mtu);
		return invalid_value(err, line_of(interface, interface->mtu_line), "MTU", value,
				     "is out of range (68 to 65535)");
	}
	return 0;
}

static int validate_source(const struct interface *interface, struct error *err)
{
	unsigned line = line_of(interface, interface->source_line);

	switch (interface->type) {
	case INTERFACE_NETWORK:
		if (!interface->network)
			return invalid(err, line,
				       "interface type='network' needs <source network=>");
		return 0;
	case INTERFACE_DIRECT:
		if (!interface->dev)
			return invalid(err, line, "interface type='direct' needs <source dev=>");
		return validate_ifname(interface->dev, line, "host interface", err);
	case INTERFACE_BRIDGE:
		if (!interface->bridge)
			return invalid(err, line, "interface type='bridge' needs <source bridge=>");
		return validate_ifname(interface->bridge, line, "bridge", err);
	case INTERFACE_ETHERNET:
	default:
		return 0;
	}
}

int interface_validate(const struct interface *interface, struct error *err)
{
	static int (*const checks[])(const struct interface *, struct error *) = {
		validate_source, validate_mac,     validate_target,
		validate_model,  validate_numbers, validate_alias,
	};

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		int r = checks[i](interface, err);

		if (r < 0)
			return r;
	}
	return 0;
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
	if (interface->type > INTERFACE_ETHERNET) {
		error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
			  "<interface type='%s'> is kept, and is not something that vifd connects",
			  type_names[interface->type]);
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

int interface_take_source(struct interface *to, struct interface *from)
{
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
	if (from->virtualport.type != VIRTUALPORT_NONE)
		to->virtualport = from->virtualport;
	if (from->vlan.n_tags > 0) {
		vlan_done(&to->vlan);
		to->vlan = from->vlan;
		from->vlan = (struct vlan){ 0 };
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
	filter_ref_done(&interface->filter);
	kept_done(&interface->kept);
	free(interface);
}
