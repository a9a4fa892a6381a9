/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <string.h>

#include "case.h"
#include "formats/interface-xml.h"
#include "formats/network-xml.h"
#include "util/array.h"
#include "util/file.h"
#include "util/parse.h"
#include "util/text.h"

enum {
	CASE_MAX = 1 << 16,
	FIRST_IFINDEX = 2,
	WORDS_MAX = 16,
};

struct loader {
	const char *path;
	unsigned line;
	struct test_case *test;
	struct text *xml; /* of the section that is read now; NULL in others */
	struct text network, interface;
	bool has_network, in_host;
	struct error *err;
};

static int case_error(struct loader *l, const char *what, const char *value)
{
	return error_set(l->err, -EINVAL, ERROR_INVALID_ARGUMENT, "%s:%u: %s '%s'", l->path,
			 l->line, what, value);
}

static size_t split(char *line, char *words[static WORDS_MAX])
{
	char *rest = NULL;
	size_t n = 0;

	for (char *word = strtok_r(line, " \t", &rest); word && n < WORDS_MAX;
	     word = strtok_r(NULL, " \t", &rest))
		words[n++] = word;
	return n;
}

static const char *value_of(const char *word, const char *key)
{
	size_t length = strlen(key);

	return !strncmp(word, key, length) && word[length] == '=' ? word + length + 1 : NULL;
}

static int link_reference(struct loader *l, const char *name, int *ret_ifindex)
{
	const struct host_link *other = facts_find(&l->test->facts, name);

	if (!other)
		return case_error(l, "no link above has the name", name);
	*ret_ifindex = other->ifindex;
	return 0;
}

static int link_tag(struct loader *l, struct host_link *link, const char *uuid)
{
	char tag[ALTNAME_SIZE];
	struct uuid parsed;
	int64_t side;

	snprintf(tag, sizeof(tag), "vif-%s", uuid);
	if (!port_tag_parse(tag, &parsed, &side))
		return case_error(l, "not a uuid, or a uuid and a side:", uuid);
	return host_link_add_altname(link, tag);
}

static int link_word(struct loader *l, struct host_link *link, const char *word)
{
	const char *value;

	if (!strcmp(word, "up")) {
		link->up = link->carrier = true;
		return 0;
	}
	if ((value = value_of(word, "kind"))) {
		snprintf(link->kind, sizeof(link->kind), "%s", value);
		link->is_macvlan = !strcmp(value, "macvtap") || !strcmp(value, "macvlan");
		link->loopback = !strcmp(value, "loopback");
		return 0;
	}
	if ((value = value_of(word, "mac")))
		return mac_parse(value, &link->mac);
	if ((value = value_of(word, "mtu")))
		return parse_u32(value, 1, 65535, &link->mtu);
	if ((value = value_of(word, "on")))
		return link_reference(l, value, &link->lower);
	if ((value = value_of(word, "master")))
		return link_reference(l, value, &link->master);
	if ((value = value_of(word, "tag")))
		return link_tag(l, link, value);
	if ((value = value_of(word, "mode"))) {
		link->mode_known = true;
		return direct_mode_parse(value, &link->mode);
	}
	return case_error(l, "unknown word", word);
}

static int host_line(struct loader *l, char *line)
{
	char *words[WORDS_MAX];
	size_t n = split(line, words);
	struct host_link link = { .mtu = 1500 };
	int r = 0;

	if (n == 0)
		return 0;
	if (!strcmp(words[0], "vhost-net")) {
		l->test->facts.vhost_net = true;
		return 0;
	}
	link.ifindex = FIRST_IFINDEX + (int)l->test->facts.n_links;
	link.mac = (struct mac){ { 2, 0, 0, 0, 0, (uint8_t)link.ifindex } };
	snprintf(link.name, sizeof(link.name), "%s", words[0]);
	for (size_t i = 1; r == 0 && i < n; i++) {
		r = link_word(l, &link, words[i]);
		if (r < 0 && !l->err->code)
			r = case_error(l, "bad value in", words[i]);
	}
	if (r < 0) {
		host_link_done(&link);
		return r;
	}
	return facts_put(&l->test->facts, &link);
}

/* on=DEV, mode=, virtualport=, state=, type=: what the record says where the devices do not. */
static int port_word(struct loader *l, struct port *port, const char *word)
{
	struct actual *actual = &port->actual;
	const char *value;

	if ((value = value_of(word, "on"))) {
		actual->type = INTERFACE_DIRECT;
		actual->dev = strdup(value);
		return actual->dev ? 0 : -ENOMEM;
	}
	if ((value = value_of(word, "mode")))
		return direct_mode_parse(value, &actual->mode);
	if ((value = value_of(word, "virtualport")))
		return virtualport_type_parse(value, &actual->virtualport.type);
	if ((value = value_of(word, "state")))
		return port_state_parse(value, &port->state);
	if ((value = value_of(word, "type")))
		return port_type_parse(value, &port->type);
	port->owner.guest = strdup(word);
	return port->owner.guest ? 0 : -ENOMEM;
}

static int port_line(struct loader *l, char **words, size_t n)
{
	AUTO(port_freep) struct port *port = port_new();
	struct port **slot;

	if (!port || n < 2 || uuid_parse(words[1], &port->uuid) < 0)
		return case_error(l, "a port needs name and uuid:", n ? words[0] : "");
	port->name = strdup(words[0]);
	port->state = PORT_CONNECTED;
	port->type = PORT_TYPE_LIVE;
	port->interface = interface_new();
	for (size_t i = 2; i < n; i++)
		if (port_word(l, port, words[i]) < 0)
			return case_error(l, "bad value in", words[i]);
	slot = array_add(&l->test->ports, &l->test->n_ports, sizeof(*slot));
	if (!slot || !port->interface)
		return -ENOMEM;
	*slot = take_ptr(port);
	return 0;
}

/* The record of a port whose device is on the host says what that is. */
static int record_device(const struct facts *facts, const struct host_link *link, int64_t side,
			 struct port *port)
{
	const struct host_link *lower = facts_get(facts, link->lower);

	port->type = side < 0 ? PORT_TYPE_DIRECT : PORT_TYPE_LIVE;
	port->side = side < 0 ? 0 : (unsigned)side;
	if (!lower || port->actual.dev)
		return 0;
	port->actual.type = INTERFACE_DIRECT;
	port->actual.mode = link->mode;
	port->actual.dev = strdup(lower->name);
	return port->actual.dev ? 0 : -ENOMEM;
}

static int record_devices(struct test_case *test)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < test->facts.n_links; i++) {
		const struct host_link *link = &test->facts.links[i];
		struct uuid uuid;
		int64_t side;

		if (!link->is_macvlan || link->n_altnames == 0 ||
		    !port_tag_parse(link->altnames[0], &uuid, &side))
			continue;
		for (size_t j = 0; r == 0 && j < test->n_ports; j++)
			if (uuid_equal(&test->ports[j]->uuid, &uuid))
				r = record_device(&test->facts, link, side, test->ports[j]);
	}
	return r;
}

static int section_line(struct loader *l, char *line)
{
	char *words[WORDS_MAX];
	size_t n = split(line + strlen("---"), words);

	l->in_host = false;
	l->xml = NULL;
	if (n == 0)
		return case_error(l, "a section needs a name:", line);
	if (!strcmp(words[0], "host")) {
		l->in_host = true;
	} else if (!strcmp(words[0], "port")) {
		return port_line(l, words + 1, n - 1);
	} else if (!strcmp(words[0], "network")) {
		l->test->network_inactive = n > 1 && !strcmp(words[1], "inactive");
		l->xml = &l->network;
		l->has_network = true;
	} else if (!strcmp(words[0], "interface")) {
		l->test->by_name = n > 1 && !strcmp(words[1], "by-name");
		l->xml = &l->interface;
	} else {
		return case_error(l, "there is no section", words[0]);
	}
	return 0;
}

static int any_line(struct loader *l, char *line)
{
	if (!strncmp(line, "---", strlen("---")))
		return section_line(l, line);
	if (l->in_host)
		return host_line(l, line);
	if (l->xml)
		text_add(l->xml, "%s\n", line);
	return 0;
}

/* Up to the line "--- expect", which has to be there. */
static int load_lines(struct loader *l)
{
	static const char expect[] = "--- expect\n";
	const char *p = l->test->text;

	while (*p) {
		size_t length = strcspn(p, "\n");
		AUTO_FREE char *line = strndup(p, length);
		int r;

		l->line++;
		if (!strncmp(p, expect, strlen(expect))) {
			l->test->expect_at = p + strlen(expect) - l->test->text;
			return 0;
		}
		r = line ? any_line(l, line) : -ENOMEM;
		if (r < 0)
			return r;
		p += length + (p[length] == '\n');
	}
	return case_error(l, "there is no section", "expect");
}

int case_load(const char *path, struct test_case *ret_case, struct error *err)
{
	AUTO_CASE struct test_case test = { 0 };
	struct loader loader = { .path = path, .test = &test, .err = err };
	size_t size;
	int r;

	r = file_read(path, CASE_MAX, &test.text, &size, err);
	if (r < 0)
		return r;
	r = load_lines(&loader);
	if (r == 0)
		r = record_devices(&test);
	if (r == 0 && loader.has_network)
		r = text_take(&loader.network, &test.network_xml);
	if (r == 0)
		r = text_take(&loader.interface, &test.interface_xml);
	text_done(&loader.network);
	text_done(&loader.interface);
	if (r < 0)
		return r;
	*ret_case = test;
	test = (struct test_case){ 0 };
	return 0;
}

void case_done(struct test_case *test)
{
	for (size_t i = 0; i < test->n_ports; i++)
		port_free(test->ports[i]);
	free(test->ports);
	facts_done(&test->facts);
	free(test->text);
	free(test->network_xml);
	free(test->interface_xml);
}

static const char port_uuid[] = "11111111-2222-4333-8444-555555555555";
static const struct mac made_up_mac = { { 0x52, 0x54, 0, 0xaa, 0xbb, 0xcc } };

int case_decide(const struct test_case *test, struct resolution *ret_resolution, struct error *err)
{
	AUTO(interface_freep) struct interface *interface = NULL;
	AUTO(network_freep) struct network *network = NULL;
	struct resolve_request request = {
		.by_name = test->by_name,
		.network_active = !test->network_inactive,
		.facts = &test->facts,
		.ports = (const struct port *const *)test->ports,
		.n_ports = test->n_ports,
	};
	int r;

	r = uuid_parse(port_uuid, &request.uuid);
	if (r < 0)
		return r;
	r = interface_from_xml(test->interface_xml, strlen(test->interface_xml), "interface.xml",
			       &interface, err);
	if (r < 0)
		return r;
	if (test->network_xml)
		r = network_from_xml(test->network_xml, strlen(test->network_xml), "network.xml",
				     &network, err);
	if (r < 0)
		return r;
	if (!interface->has_mac) {
		interface->mac = made_up_mac;
		interface->has_mac = true;
	}
	request.interface = interface;
	request.network = network;
	return resolve_plug(&request, ret_resolution, err);
}

static int is_case(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".case");
}

char **case_list(const char *folder)
{
	struct dirent **entries = NULL;
	int n = scandir(folder, &entries, is_case, alphasort);
	char **paths = calloc(n > 0 ? (size_t)n + 1 : 1, sizeof(*paths));

	for (int i = 0; i < n; i++) {
		if (paths && asprintf(&paths[i], "%s/%s", folder, entries[i]->d_name) < 0)
			paths[i] = NULL;
		free(entries[i]);
	}
	free(entries);
	return paths;
}
