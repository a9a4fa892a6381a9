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
	const struct interface_kind *kind = interface_kind(interface->type);
	unsigned line = line_of(interface, interface->source_line);
	const char *source;

	if (!kind->source)
		return 0;
	source = *(char *const *)(const void *)((const char *)interface + kind->source_at);
	if (!source) {
		AUTO_FREE char *sentence = text_format("interface type='%s' needs <source %s=>",
						       kind->name, kind->source);

		return sentence ? invalid(err, line, sentence) : error_oom(err);
	}
	return kind->source_is ? validate_ifname(source, line, kind->source_is, err) : 0;
}

static int not_with_type(const struct interface *interface, unsigned line, const char *what,
			 struct error *err)
{
	return invalid_value(err, line_of(interface, line), what,
			     interface_type_name(interface->type), "is not possible");
}

static int validate_queues(const struct interface *interface, struct error *err)
{
	if (interface->queues < 2 || interface_kind(interface->type)->queues)
		return 0;
	return not_with_type(interface, interface->driver_line, "queues= with type", err);
}

/* A network completes it, perhaps with its type; else it says all that the switch is told. */
static int validate_virtualport(const struct interface *interface, struct error *err)
{
	const struct interface_kind *kind = interface_kind(interface->type);
	const struct virtualport *port = &interface->virtualport;

	if (port->type == VIRTUALPORT_NONE)
		return 0;
	if (!kind->virtualport)
		return not_with_type(interface, port->line, "<virtualport> with interface type",
				     err);
	if (port->type == VIRTUALPORT_TYPELESS && !kind->portable)
		return not_with_type(interface, port->line,
				     "<virtualport> without a type, with interface type", err);
	return virtualport_validate(port, !kind->portable, err);
}

static int validate_bandwidth(const struct interface *interface, struct error *err)
{
	return bandwidth_validate(&interface->bandwidth, interface_kind(interface->type)->portable,
				  err);
}

/* It is a property of a port of a Linux bridge, which has no virtualport. */
static int validate_isolated(const struct interface *interface, struct error *err)
{
	if (interface->isolated != TRISTATE_YES)
		return 0;
	if (!interface_kind(interface->type)->isolation)
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
