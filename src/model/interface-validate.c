/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What must hold for an interface whatever the host. The rules of libvirt that
 * fail a definition or the start of a guest, as far as the interface alone shows
 * them; what depends on the network that it names is resolve's to judge.
 */
#include <net/if.h>
#include <string.h>

#include "model/interface.h"
#include "util/parse.h"
#include "util/text.h"

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
	AUTO_FREE char *sentence = text_format("%s '%s' %s", what, value, why);

	if (!sentence)
		return error_oom(err);
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
	const char *wrong = ifname_wrong(name);

	return wrong ? invalid_value(err, line, what, name, wrong) : 0;
}

/* A name may hold one %d, which becomes a number when the port is plugged. */
static int validate_target(const struct interface *interface, struct error *err)
{
	const char *wrong = interface->target ? ifname_template_wrong(interface->target) : NULL;

	if (!wrong)
		return 0;
	return invalid_value(err, line_of(interface, interface->target_line), "target name",
			     interface->target, wrong);
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
	if (interface->queues > 1 && !interface_is_virtio(interface))
		return invalid_value(err, line_of(interface, interface->driver_line), "model",
				     model, "has one queue; queues= needs a virtio model");
	if (interface->driver == DRIVER_VHOST && !interface_is_virtio(interface))
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

/* Several queues are of a tap, a macvtap, or another process's rings. */
static bool type_has_queues(enum interface_type type)
{
	static const bool has[INTERFACE_TYPE_COUNT] = {
		[INTERFACE_NETWORK] = true,   [INTERFACE_DIRECT] = true,
		[INTERFACE_BRIDGE] = true,    [INTERFACE_ETHERNET] = true,
		[INTERFACE_VHOSTUSER] = true, [INTERFACE_VDPA] = true,
	};

	return has[type];
}

static int not_with_type(const struct interface *interface, unsigned line, const char *what,
			 struct error *err)
{
	return invalid_value(err, line_of(interface, line), what,
			     interface_type_name(interface->type), "is not possible");
}

static int validate_queues(const struct interface *interface, struct error *err)
{
	if (interface->queues < 2 || type_has_queues(interface->type))
		return 0;
	return not_with_type(interface, interface->driver_line, "queues= with type", err);
}

/* A network completes it, perhaps with its type; else it says all that the switch is told. */
static int validate_virtualport(const struct interface *interface, struct error *err)
{
	const struct virtualport *port = &interface->virtualport;

	if (port->type == VIRTUALPORT_NONE)
		return 0;
	switch (interface->type) {
	case INTERFACE_NETWORK:
		return virtualport_validate(port, false, err);
	case INTERFACE_DIRECT:
	case INTERFACE_BRIDGE:
	case INTERFACE_HOSTDEV:
		if (port->type == VIRTUALPORT_TYPELESS)
			return not_with_type(interface, port->line,
					     "<virtualport> without a type, with interface type",
					     err);
		return virtualport_validate(port, true, err);
	default:
		return not_with_type(interface, port->line, "<virtualport> with interface type",
				     err);
	}
}

static int validate_bandwidth(const struct interface *interface, struct error *err)
{
	return bandwidth_validate(&interface->bandwidth, interface->type == INTERFACE_NETWORK, err);
}

/* It is a property of a port of a Linux bridge, which has no virtualport. */
static int validate_isolated(const struct interface *interface, struct error *err)
{
	if (interface->isolated != TRISTATE_YES)
		return 0;
	if (interface->type != INTERFACE_NETWORK && interface->type != INTERFACE_BRIDGE)
		return not_with_type(interface, interface->isolated_line,
				     "<port isolated='yes'/> with interface type", err);
	if (interface->virtualport.type != VIRTUALPORT_NONE)
		return invalid(err, line_of(interface, interface->isolated_line),
			       "<port isolated='yes'/> is not possible beside a <virtualport>");
	return 0;
}

int interface_validate(const struct interface *interface, struct error *err)
{
	static int (*const checks[])(const struct interface *, struct error *) = {
		validate_source,    validate_mac,      validate_target, validate_model,
		validate_numbers,   validate_alias,    validate_queues, validate_virtualport,
		validate_bandwidth, validate_isolated,
	};

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		int r = checks[i](interface, err);

		if (r < 0)
			return r;
	}
	return 0;
}
