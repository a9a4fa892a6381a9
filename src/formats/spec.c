/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "formats/bandwidth.h"
#include "formats/security.h"
#include "formats/spec.h"
#include "formats/xml-writer.h"
#include "util/nearest.h"
#include "model/nwfilter-value.h"
#include "util/parse.h"
#include "util/text.h"

/* What is being read. */
struct spec {
	struct interface *interface;
	const char *source; /* the key that gave it, once one did */
	unsigned seen;      /* bits by index into keys[] */
	struct error *err;
};

struct spec_key {
	const char *name;
	/* 0; -EINVAL where the value is not what `expected` says; another error, which is set. */
	int (*read)(struct spec *spec, const struct spec_key *key, const char *value);
	const char *expected;
	bool bare;                /* a word without a value */
	bool numbers;             /* of its value, which may hold commas between them */
	enum interface_type type; /* of a source */
	unsigned with;            /* the types of source that it goes with, as bits; 0: all */
	size_t offset;            /* read_string, read_source: of the char * */
};

static int read_string(struct spec *spec, const struct spec_key *key, const char *value)
{
	void *field = (char *)spec->interface + key->offset;
	char **slot = field;

	*slot = strdup(value);
	return *slot ? 0 : error_oom(spec->err);
}

static int read_source(struct spec *spec, const struct spec_key *key, const char *value)
{
	if (spec->source)
		return error_set(spec->err, -EEXIST, ERROR_INVALID_ARGUMENT,
				 "'%s' and '%s' are two sources; it can have one", spec->source,
				 key->name);
	spec->source = key->name;
	spec->interface->type = key->type;
	return key->type == INTERFACE_ETHERNET ? 0 : read_string(spec, key, value);
}

static int read_mode(struct spec *spec, const struct spec_key *key, const char *value)
{
	return direct_mode_parse(value, &spec->interface->mode);
}

static int read_mac(struct spec *spec, const struct spec_key *key, const char *value)
{
	int r = mac_parse(value, &spec->interface->mac);

	spec->interface->has_mac = r == 0 && !mac_is_zero(&spec->interface->mac);
	return r;
}

static int read_queues(struct spec *spec, const struct spec_key *key, const char *value)
{
	if (parse_u32(value, 1, INTERFACE_QUEUES_MAX, &spec->interface->queues) < 0)
		return -EINVAL;
	if (spec->interface->queues == 1)
		spec->interface->queues = 0;
	return 0;
}

static int read_mtu(struct spec *spec, const struct spec_key *key, const char *value)
{
	if (parse_u32(value, INTERFACE_MTU_MIN, INTERFACE_MTU_MAX, &spec->interface->mtu) < 0)
		return -EINVAL;
	return 0;
}

static int read_driver(struct spec *spec, const struct spec_key *key, const char *value)
{
	return driver_name_parse(value, &spec->interface->driver);
}

static int read_link(struct spec *spec, const struct spec_key *key, const char *value)
{
	return link_state_parse(value, &spec->interface->link);
}

static int read_type(struct spec *spec, const struct spec_key *key, const char *value)
{
	return port_type_parse(value, &spec->interface->port_type);
}

static int read_dev_mac(struct spec *spec, const struct spec_key *key, const char *value)
{
	spec->interface->has_dev_mac = true;
	return mac_parse_device(value, &spec->interface->dev_mac);
}

static int read_flag(struct spec *spec, const struct spec_key *key, const char *value)
{
	*(bool *)((char *)spec->interface + key->offset) = true;
	return 0;
}

static int read_yes(struct spec *spec, const struct spec_key *key, const char *value)
{
	void *field = (char *)spec->interface + key->offset;
	enum tristate *slot = field;

	*slot = TRISTATE_YES;
	return 0;
}

static int read_vlan(struct spec *spec, const struct spec_key *key, const char *value)
{
	uint32_t tag;

	if (parse_u32(value, 0, VLAN_ID_MAX, &tag) < 0)
		return -EINVAL;
	if (vlan_add_tag(&spec->interface->vlan, (uint16_t)tag) < 0)
		return error_oom(spec->err);
	return 0;
}

static int read_security(struct spec *spec, const struct spec_key *key, const char *value)
{
	int r = security_from_spec(value, &spec->interface->security);

	return r == -ENOMEM ? error_oom(spec->err) : r < 0 ? -EINVAL : 0;
}

static int read_groups(struct spec *spec, const struct spec_key *key, const char *value)
{
	int r = security_groups_from_spec(value, &spec->interface->security);

	return r == -ENOMEM ? error_oom(spec->err) : r < 0 ? -EINVAL : 0;
}

static int read_filter(struct spec *spec, const struct spec_key *key, const char *value)
{
	spec->interface->filter.filter = strdup(value);
	return spec->interface->filter.filter ? 0 : error_oom(spec->err);
}

static int read_limit(struct spec *spec, const struct spec_key *key, const char *value)
{
	void *field = (char *)spec->interface + key->offset;
	struct bandwidth_limit *limit = field;
	int r = bandwidth_limit_from_spec(value, limit);

	spec->interface->bandwidth.set |= r == 0 && limit->set;
	return r;
}

#define FIELD(name) .offset = offsetof(struct interface, name)
#define WITH(type) (1U << INTERFACE_##type)

static const struct spec_key keys[] = {
	{ "network", read_source, .type = INTERFACE_NETWORK, FIELD(network) },
	{ "dev", read_source, .type = INTERFACE_DIRECT, FIELD(dev) },
	{ "bridge", read_source, .type = INTERFACE_BRIDGE, FIELD(bridge) },
	{ "ethernet", read_source, .type = INTERFACE_ETHERNET, .bare = true },
	{ "portgroup", read_string, .with = WITH(NETWORK), FIELD(portgroup) },
	{ "mode", read_mode, "is not one of vepa, bridge, private, passthrough",
	  .with = WITH(DIRECT) },
	{ "mac", read_mac, "is not a MAC address (six pairs of hexadecimal digits)" },
	{ "target", read_string, FIELD(target) },
	{ "model", read_string, FIELD(model) },
	{ "queues", read_queues, "is not a number from 1 to 256" },
	{ "driver", read_driver, "is not one of qemu, vhost" },
	{ "mtu", read_mtu, "is not a number from 68 to 65535" },
	{ "link", read_link, "is not one of up, down" },
	{ "alias", read_string, FIELD(alias) },
	{ "type", read_type, "is not one of direct, live" },
	{ "dev-mac", read_dev_mac, "is not a MAC address that a device can have",
	  .with = WITH(DIRECT) },
	{ "vlan", read_vlan, "is not a number from 0 to 4095" },
	{ "security", read_security,
	  "is neither one of no, mac, learn nor a list of addresses joined by '+'" },
	{ "group", read_groups, security_groups_expected },
	{ "filter", read_filter },
	{ "inbound", read_limit, bandwidth_limit_expected, .numbers = true,
	  FIELD(bandwidth.inbound) },
	{ "outbound", read_limit, bandwidth_limit_expected, .numbers = true,
	  FIELD(bandwidth.outbound) },
	{ "isolated", read_yes, .bare = true, .with = WITH(NETWORK) | WITH(BRIDGE),
	  FIELD(isolated) },
	{ "trust", read_yes, .bare = true, FIELD(trust_rx_filters) },
	{ "wait", read_flag, .bare = true, .with = WITH(NETWORK) | WITH(DIRECT) | WITH(BRIDGE),
	  FIELD(optional) },
	{ "follow-link", read_flag, .bare = true, FIELD(follow_link) },
};
_Static_assert(ARRAY_SIZE(keys) <= 8 * sizeof(unsigned), "seen has a bit for every key");

static const struct spec_key *key_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

static int invalid(struct spec *spec, const char *name, const char *why)
{
	return error_set(spec->err, -EINVAL, ERROR_INVALID_ARGUMENT, "'%s' %s", name, why);
}

/* What a key is called elsewhere: by ip(8), by QEMU, by libvirt's elements. */
static const struct {
	const char *word;
	const char *key;
} other_words[] = {
	{ "iface", "dev" },   { "interface", "dev" }, { "nic", "dev" },     { "device", "dev" },
	{ "net", "network" }, { "br", "bridge" },     { "name", "target" }, { "ifname", "target" },
	{ "macaddr", "mac" }, { "address", "mac" },   { "tag", "vlan" },
};

/* What a command says beside the SPEC. */
static const char *const options[] = { "guest", "pid", "qmp" };

static int key_unknown(struct spec *spec, const char *word)
{
	struct nearest nearest = { .word = word };
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *list = NULL;

	if (name_index(options, ARRAY_SIZE(options), word) >= 0)
		return error_set(spec->err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "'%s' is not a key; it is an option, --%s", word, word);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		nearest_try(&nearest, keys[i].name);
		text_add(&text, "%s%s%s", i ? " " : "", keys[i].name, keys[i].bare ? "" : "=");
	}
	for (size_t i = 0; i < ARRAY_SIZE(other_words); i++)
		if (!strcmp(other_words[i].word, word))
			nearest.name = other_words[i].key;
	if (text_take(&text, &list) < 0)
		return error_oom(spec->err);
	return error_set(spec->err, -EINVAL, ERROR_INVALID_ARGUMENT,
			 "'%s' is not a key%s%s%s (keys: %s)", word,
			 nearest.name ? ", did you mean " : "", nearest.name ?: "",
			 nearest.name ? "?" : "", list);
}

static const char parameter_prefix[] = "filter.";

/* "filter.NAME=value": may stand more than once, as a list. */
static int read_parameter(struct spec *spec, const char *item, const char *name, const char *value)
{
	if (!value || !*value)
		return invalid(spec, item, "needs a value");
	if (!nwfilter_variable_name_is_valid(name))
		return invalid(spec, item, "names no variable of a filter: letters, digits and _");
	if (filter_ref_add(&spec->interface->filter, name, value) < 0)
		return error_oom(spec->err);
	return 0;
}

/* "key=value", or the bare word. */
static int read_item(struct spec *spec, char *item)
{
	char *value = strchr(item, '=');
	const struct spec_key *key;
	int r;

	if (value)
		*value++ = '\0';
	if (!strncmp(item, parameter_prefix, strlen(parameter_prefix)))
		return read_parameter(spec, item, item + strlen(parameter_prefix), value);
	key = key_find(item);
	if (!key)
		return key_unknown(spec, item);
	if (spec->seen & 1U << (key - keys))
		return invalid(spec, item, "is given twice");
	spec->seen |= 1U << (key - keys);
	if (key->bare && value)
		return invalid(spec, item, "takes no value");
	if (!key->bare && (!value || !*value))
		return invalid(spec, item, "needs a value");
	r = key->read(spec, key, value);
	if (r == -EINVAL)
		return error_set(spec->err, r, ERROR_INVALID_ARGUMENT, "%s='%s' %s", item, value,
				 key->expected);
	return r;
}

static int check_key(struct spec *spec, const struct spec_key *key)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *sources = NULL;
	const char *separator = "";

	if (!key->with || key->with & 1U << spec->interface->type)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].read == read_source && key->with & 1U << keys[i].type) {
			text_add(&text, "%s%s%s", separator, keys[i].name, keys[i].bare ? "" : "=");
			separator = " or ";
		}
	if (text_take(&text, &sources) < 0)
		return error_oom(spec->err);
	return error_set(spec->err, -EINVAL, ERROR_INVALID_ARGUMENT, "'%s' goes with %s only",
			 key->name, sources);
}

/* As interface_validate(), in the words of a SPEC. */
static int check_model(struct spec *spec)
{
	const struct interface *interface = spec->interface;

	if (interface_is_virtio(interface))
		return 0;
	if (interface->driver == DRIVER_VHOST)
		return error_set(spec->err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "driver=vhost needs a virtio model, not model=%s",
				 interface->model);
	if (interface->queues > 1)
		return error_set(spec->err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "queues=%u needs a virtio model, not model=%s", interface->queues,
				 interface->model);
	return 0;
}

/* What each item could not see. */
static int check(struct spec *spec)
{
	int r = 0;

	if (!spec->source)
		return error_set(spec->err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "no source is given: network=, dev=, bridge= or ethernet");
	if (spec->interface->filter.n_parameters && !spec->interface->filter.filter)
		return error_set(spec->err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "'filter.%s' goes with filter= only",
				 spec->interface->filter.parameters[0].name);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(keys); i++)
		if (spec->seen & 1U << i)
			r = check_key(spec, &keys[i]);
	if (r == 0)
		r = check_model(spec);
	return r == 0 ? interface_validate(spec->interface, spec->err) : r;
}

static bool is_text(const char *string)
{
	while (*string) {
		size_t length = (unsigned char)*string < 0x20 ? 0 : xml_char_length(string);

		if (length == 0)
			return false;
		string += length;
	}
	return true;
}

/* The next item: up to a comma, but for one that a number comes behind, where numbers may. */
static char *next_item(char **text)
{
	const struct spec_key *key = NULL;
	char *item = strsep(text, ","), *value = item ? strchr(item, '=') : NULL;

	if (value) {
		*value = '\0';
		key = key_find(item);
		*value = '=';
	}
	while (key && key->numbers && *text && **text >= '0' && **text <= '9') {
		(*text)[-1] = ',';
		strsep(text, ",");
	}
	return item;
}

static int read_spec(struct spec *spec, char *text)
{
	char *item;
	int r = 0;

	if (!*text)
		text = NULL;
	while (r == 0 && (item = next_item(&text)))
		r = *item ? read_item(spec, item)
			  : error_set(spec->err, -EINVAL, ERROR_INVALID_ARGUMENT,
				      "nothing stands before or after a comma");
	return r == 0 ? check(spec) : r;
}

int interface_from_spec(const char *spec, struct interface **ret, struct error *err)
{
	AUTO(interface_freep) struct interface *interface = interface_new();
	AUTO_FREE char *copy = strdup(spec);
	int r;

	if (!interface || !copy)
		return error_oom(err);
	/* It becomes XML, a name on the bus and a line of a log. */
	if (!is_text(spec))
		return error_set(
			err, -EINVAL, ERROR_INVALID_ARGUMENT,
			"the interface's SPEC is not UTF-8 text without control characters");
	r = read_spec(&(struct spec){ .interface = interface, .err = err }, copy);
	if (r < 0) {
		error_prefix(err, "'%s': ", spec);
		return r;
	}
	*ret = take_ptr(interface);
	return 0;
}
