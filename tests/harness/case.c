/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <string.h>

#include "case.h"
#include "formats/bandwidth.h"
#include "formats/interface-xml.h"
#include "formats/network-xml.h"
#include "formats/networkport-xml.h"
#include "resolve/reach.h"
#include "formats/nft-ruleset.h"
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
	struct text network, interface, active;
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

static int network_bridge_tag(struct loader *l, struct host_link *link, const char *text)
{
	char tag[ALTNAME_SIZE];
	struct uuid uuid;

	snprintf(tag, sizeof(tag), "vif-net-%s", text);
	if (!network_tag_parse(tag, &uuid))
		return case_error(l, "not a uuid, or a uuid and -rate, -host:", text);
	return host_link_add_altname(link, tag);
}

static int bridge_delay(struct host_link *link, const char *value)
{
	uint32_t seconds;
	int r = parse_u32(value, 0, 1000, &seconds);

	if (r == 0)
		link->bridge.delay_csec = 100 * seconds;
	return r;
}

static int bridge_ipv6(struct loader *l, const struct host_link *link, const char *value)
{
	struct host_ip *ip = &l->test->facts.ip;
	struct host_ipv6 *ipv6 = array_add(&ip->ipv6, &ip->n_ipv6, sizeof(*ipv6));

	if (!ipv6)
		return -ENOMEM;
	*ipv6 = (struct host_ipv6){ .ifindex = link->ifindex, .disabled = !strcmp(value, "off") };
	if (!strcmp(value, "auto"))
		ipv6->autoconf = ipv6->accept_ra = ipv6->hears_routers = true;
	return 0;
}

/* The VLAN of a port of a bridge that filters them. */
static int link_vlan(struct host_link *link, const char *value)
{
	struct vlan_range range = { .pvid = true, .untagged = true };
	uint32_t tag;

	if (parse_u32(value, 1, VLAN_ID_MAX, &tag) < 0)
		return -EINVAL;
	range.first = range.last = (uint16_t)tag;
	return vlan_set_add(&link->vlans, range);
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
	if ((value = value_of(word, "net")))
		return network_bridge_tag(l, link, value);
	if ((value = value_of(word, "vni"))) {
		link->vxlan_port = TUNNEL_PORT;
		return parse_u32(value, 1, TUNNEL_ID_MAX, &link->vxlan_id);
	}
	if ((value = value_of(word, "delay")))
		return bridge_delay(link, value);
	if ((value = value_of(word, "ipv6")))
		return bridge_ipv6(l, link, value);
	if (!strcmp(word, "stp"))
		return link->bridge.stp = true, 0;
	if (!strcmp(word, "filters-vlans"))
		return link->filters_vlans = link->knows_vlans = true, link->default_pvid = 1, 0;
	if (!strcmp(word, "knows-vlans"))
		return link->knows_vlans = true, link->default_pvid = 1, 0;
	if ((value = value_of(word, "access")))
		return link_vlan(link, value);
	if (!strcmp(word, "isolated"))
		return link->bridge_port.isolated = true, 0;
	if (!strcmp(word, "reflecting"))
		return link->bridge_port.reflects = true, 0;
	if (!strcmp(word, "fixed"))
		return link->bridge_port.no_learning = link->bridge_port.no_flood = true, 0;
	if ((value = value_of(word, "mode"))) {
		link->mode_known = true;
		return direct_mode_parse(value, &link->mode);
	}
	return case_error(l, "unknown word", word);
}

/* ADDRESS/PREFIX */
static int parse_subnet(struct loader *l, const char *text, struct address *ret_address,
			unsigned *ret_prefix)
{
	AUTO_FREE char *copy = strdup(text);
	char *slash = copy ? strchr(copy, '/') : NULL;

	if (!slash)
		return case_error(l, "not address/prefix:", text);
	*slash = '\0';
	if (address_parse(copy, ret_address) < 0 ||
	    parse_u32(slash + 1, 0, address_bits(ret_address), ret_prefix) < 0)
		return case_error(l, "not address/prefix:", text);
	return 0;
}

static int address_line(struct loader *l, char **words, size_t n)
{
	struct host_ip *ip = &l->test->facts.ip;
	struct host_address address = { 0 }, *slot;
	int r;

	if (n != 3)
		return case_error(l, "link and address/prefix are missing:", words[0]);
	r = link_reference(l, words[1], &address.ifindex);
	if (r == 0)
		r = parse_subnet(l, words[2], &address.address, &address.prefix);
	if (r < 0)
		return r;
	slot = array_add(&ip->addresses, &ip->n_addresses, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = address;
	return 0;
}

static int listen_line(struct loader *l, char **words, size_t n)
{
	struct host_sockets *sockets = &l->test->sockets;
	struct host_socket *socket;
	uint32_t port;

	if (n != 5 || parse_u32(words[3], 1, UINT16_MAX, &port) < 0)
		return case_error(l, "protocol, address, port and holder are missing:", words[0]);
	socket = array_add(&sockets->items, &sockets->n, sizeof(*socket));
	if (!socket)
		return -ENOMEM;
	socket->udp = !strcmp(words[1], "udp");
	socket->port = (uint16_t)port;
	socket->holder = strdup(words[4]);
	if (!socket->holder)
		return -ENOMEM;
	return address_parse(words[2], &socket->address) < 0
		       ? case_error(l, "not an address:", words[2])
		       : 0;
}

static int route_word(struct loader *l, struct host_route *route, const char *word)
{
	const char *value;

	if (!strcmp(word, "fragile"))
		return route->fragile = true, 0;
	if ((value = value_of(word, "via")) && address_parse(value, &route->gateway) == 0)
		return 0;
	if ((value = value_of(word, "metric")) &&
	    parse_u32(value, 0, UINT32_MAX, &route->metric) == 0)
		return 0;
	return case_error(l, "bad value in", word);
}

static int route_line(struct loader *l, char **words, size_t n)
{
	struct host_ip *ip = &l->test->facts.ip;
	struct host_route route = { 0 }, *slot;
	int r;

	if (n < 3)
		return case_error(l, "link and destination are missing:", words[0]);
	r = link_reference(l, words[1], &route.ifindex);
	if (r == 0)
		r = parse_subnet(l, words[2], &route.destination, &route.prefix);
	for (size_t i = 3; r == 0 && i < n; i++)
		r = route_word(l, &route, words[i]);
	if (r < 0)
		return r;
	slot = array_add(&ip->routes, &ip->n_routes, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = route;
	return 0;
}

static int forwarding_line(struct loader *l, char **words, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (!strcmp(words[i], "ipv4"))
			l->test->facts.ip.forward_ipv4 = true;
		else if (!strcmp(words[i], "ipv6"))
			l->test->facts.ip.forward_ipv6 = true;
		else
			return case_error(l, "no protocol:", words[i]);
	}
	return 0;
}

static int no_ipv6_line(struct loader *l, char **words, size_t n)
{
	l->test->facts.ip.has_ipv6 = false;
	return 0;
}

/* Lines about the host that are not about one link. */
static const struct {
	const char *word;
	int (*read)(struct loader *l, char **words, size_t n);
} host_words[] = {
	{ "address", address_line },       { "listen", listen_line },   { "route", route_line },
	{ "forwarding", forwarding_line }, { "no-ipv6", no_ipv6_line },
};

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
	for (size_t i = 0; i < ARRAY_SIZE(host_words); i++)
		if (!strcmp(words[0], host_words[i].word))
			return host_words[i].read(l, words, n);
	link.ifindex = FIRST_IFINDEX + (int)l->test->facts.n_links;
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
	/* That of a port's own device is as it should be, unless it is said. */
	if (mac_is_zero(&link.mac) && (link.n_altnames == 0 || !strcmp(link.kind, "bridge")))
		link.mac = (struct mac){ { 2, 0, 0, 0, 0, (uint8_t)link.ifindex } };
	return facts_put(&l->test->facts, &link);
}

static int actual_vlan(struct actual *actual, const char *value)
{
	uint32_t tag;
	int r = parse_u32(value, 1, VLAN_ID_MAX, &tag);

	return r < 0 ? r : vlan_add_tag(&actual->vlan, (uint16_t)tag);
}

/* on=DEV, bridge=, mode=, inbound=, …: what the record says where the devices do not. */
static int port_word(struct loader *l, struct port *port, const char *word)
{
	struct actual *actual = &port->actual;
	const char *value;

	if ((value = value_of(word, "on"))) {
		actual->type = INTERFACE_DIRECT;
		actual->dev = strdup(value);
		return actual->dev ? 0 : -ENOMEM;
	}
	if ((value = value_of(word, "bridge"))) {
		actual->type = INTERFACE_BRIDGE;
		actual->bridge = strdup(value);
		return actual->bridge ? 0 : -ENOMEM;
	}
	if ((value = value_of(word, "mode")))
		return direct_mode_parse(value, &actual->mode);
	if ((value = value_of(word, "virtualport")))
		return virtualport_type_parse(value, &actual->virtualport.type);
	if ((value = value_of(word, "inbound")))
		return bandwidth_limit_from_spec(value, &actual->bandwidth.inbound);
	if ((value = value_of(word, "outbound")))
		return bandwidth_limit_from_spec(value, &actual->bandwidth.outbound);
	if ((value = value_of(word, "vlan")))
		return actual_vlan(actual, value);
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

	port->type = side == PORT_SIDE_GUEST ? PORT_TYPE_DIRECT : PORT_TYPE_LIVE;
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

static const char *const verbs[] = {
	[CASE_PLUG] = "active",
	[CASE_START] = "start",
	[CASE_REPAIR] = "repair",
	[CASE_STOP] = "stop",
};
_Static_assert(ARRAY_SIZE(verbs) == CASE_VERB_COUNT, "every verb has its word");

static int network_words(struct loader *l, char **words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int verb = name_index(verbs, CASE_VERB_COUNT, words[i]);

		if (verb >= 0)
			l->test->verb = (enum case_verb)verb;
		else if (!strcmp(words[i], "inactive"))
			l->test->network_inactive = true;
		else if (!strcmp(words[i], "rewrite"))
			l->test->rewrite = true;
		else if (!strcmp(words[i], "dnsmasq"))
			l->test->dnsmasq = true;
		else if (!strcmp(words[i], "force"))
			l->test->force = true;
		else
			return case_error(l, "unknown word", words[i]);
	}
	return 0;
}

/* The end of a section "active" is the beginning of the next one. */
static int take_active(struct loader *l)
{
	char **slot;

	if (l->xml != &l->active)
		return 0;
	slot = array_add(&l->test->active_xml, &l->test->n_active, sizeof(*slot));
	return slot ? text_take(&l->active, slot) : -ENOMEM;
}

static int section_line(struct loader *l, char *line)
{
	char *words[WORDS_MAX];
	size_t n = split(line + strlen("---"), words);

	if (take_active(l) < 0)
		return -ENOMEM;
	l->in_host = false;
	l->xml = NULL;
	if (n == 0)
		return case_error(l, "a section needs a name:", line);
	if (!strcmp(words[0], "host")) {
		l->in_host = true;
	} else if (!strcmp(words[0], "port")) {
		return port_line(l, words + 1, n - 1);
	} else if (!strcmp(words[0], "network")) {
		l->xml = &l->network;
		l->has_network = true;
		return network_words(l, words + 1, n - 1);
	} else if (!strcmp(words[0], "active")) {
		l->xml = &l->active;
	} else if (!strcmp(words[0], "interface")) {
		l->test->by_name = n > 1 && !strcmp(words[1], "by-name");
		l->xml = &l->interface;
	} else if (!strcmp(words[0], "retarget") && n > 1) {
		snprintf(l->test->retarget, sizeof(l->test->retarget), "%s", words[1]);
	} else if (!strcmp(words[0], "strict")) {
		l->test->strict = true;
	} else if (!strcmp(words[0], "actual")) {
		l->test->shows_actual = true;
	} else if (!strcmp(words[0], "reach")) {
		l->test->shows_reach = true;
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
			return take_active(l);
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
	test.facts.has_ip = true;
	test.facts.ip.has_ipv6 = true;
	r = load_lines(&loader);
	if (r == 0)
		r = record_devices(&test);
	if (r == 0 && loader.has_network)
		r = text_take(&loader.network, &test.network_xml);
	if (r == 0)
		r = text_take(&loader.interface, &test.interface_xml);
	text_done(&loader.network);
	text_done(&loader.interface);
	text_done(&loader.active);
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
	for (size_t i = 0; i < test->n_active; i++)
		free(test->active_xml[i]);
	free(test->active_xml);
	host_sockets_done(&test->sockets);
}

static const char port_uuid[] = "11111111-2222-4333-8444-555555555555";
static const struct mac made_up_mac = { { 0x52, 0x54, 0, 0xaa, 0xbb, 0xcc } };

/* What the documents of a case say. */
struct documents {
	struct interface *interface;
	struct network *network;
};

static void documents_done(struct documents *documents)
{
	interface_free(documents->interface);
	network_free(documents->network);
}

static int documents_read(const struct test_case *test, struct documents *documents,
			  struct error *err)
{
	int r = interface_from_xml(test->interface_xml, strlen(test->interface_xml),
				   "interface.xml", &documents->interface, err);

	if (r == 0 && test->network_xml)
		r = network_from_xml(test->network_xml, strlen(test->network_xml), "network.xml",
				     &documents->network, err);
	if (r == 0 && !documents->interface->has_mac) {
		documents->interface->mac = made_up_mac;
		documents->interface->has_mac = true;
	}
	return r;
}

static struct resolve_request request_of(const struct test_case *test,
					 const struct documents *documents)
{
	struct resolve_request request = {
		.interface = documents->interface,
		.by_name = test->by_name,
		.network = documents->network,
		.network_active = !test->network_inactive,
		.facts = &test->facts,
		.ports = (const struct port *const *)test->ports,
		.n_ports = test->n_ports,
		.strict = test->strict,
	};

	(void)uuid_parse(port_uuid, &request.uuid);
	return request;
}

static const struct port *port_of(const struct test_case *test, const char *name)
{
	for (size_t i = 0; i < test->n_ports; i++)
		if (streq(test->ports[i]->name, name))
			return test->ports[i];
	return NULL;
}

int case_decide(const struct test_case *test, struct resolution *ret_resolution, struct error *err)
{
	AUTO(documents_done) struct documents documents = { 0 };
	struct resolve_request request;
	int r = documents_read(test, &documents, err);

	if (r < 0)
		return r;
	request = request_of(test, &documents);
	if (!*test->retarget)
		return resolve_plug(&request, ret_resolution, err);
	request.port = port_of(test, test->retarget);
	if (!request.port)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "no port above is %s",
				 test->retarget);
	request.uuid = request.port->uuid;
	return resolve_retarget(&request, ret_resolution, err);
}

int case_reach(const struct test_case *test, const struct resolution *resolution, char **ret_text,
	       struct error *err)
{
	AUTO(documents_done) struct documents documents = { 0 };
	struct text text = TEXT_INIT;
	AUTO_FREE char *sentences = NULL;
	struct resolve_request request;
	struct traffic traffic;
	int r = documents_read(test, &documents, err);

	if (r < 0)
		return r;
	request = request_of(test, &documents);
	if (reach_of(&request, resolution, &traffic, &sentences) < 0)
		return error_oom(err);
	text_add(&text, "%sforwards %s, host-reaches %s, world %s\n", sentences,
		 forwarder_name(traffic.forwards), host_reach_name(traffic.reach),
		 world_reach_name(traffic.world));
	return text_take(&text, ret_text) < 0 ? error_oom(err) : 0;
}

static int (*const network_verbs[])(const struct network_request *request,
				    struct network_resolution *ret_resolution,
				    struct error *err) = {
	[CASE_PLUG] = NULL,
	[CASE_START] = network_resolve_start,
	[CASE_REPAIR] = network_resolve_repair,
	[CASE_STOP] = network_resolve_stop,
};
_Static_assert(ARRAY_SIZE(network_verbs) == CASE_VERB_COUNT, "every verb has its function");

static const char network_uuid[] = "22222222-3333-4444-8555-666666666666";

static int network_of(const char *xml, struct network **ret_network, struct error *err)
{
	AUTO(network_freep) struct network *network = NULL;
	int r;

	r = network_from_xml(xml, strlen(xml), "network.xml", &network, err);
	if (r == 0 && !network->has_uuid)
		r = uuid_parse(network_uuid, &network->uuid);
	if (r < 0)
		return r;
	network->has_uuid = true;
	*ret_network = take_ptr(network);
	return 0;
}

static int decide_among(const struct test_case *test, const struct network *network,
			struct network **active, struct network_resolution *ret_resolution,
			struct error *err)
{
	const struct network_request request = {
		.network = network,
		.facts = &test->facts,
		.active = (const struct network *const *)active,
		.n_active = test->n_active,
		.firewall = nft_ruleset_is_needed(network),
		.dnsmasq = test->dnsmasq,
		.rewrite = test->rewrite,
		.sockets = &test->sockets,
		.force = test->force,
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < test->n_active; i++)
		r = network_of(test->active_xml[i], &active[i], err);
	return r < 0 ? r : network_verbs[test->verb](&request, ret_resolution, err);
}

int case_decide_network(const struct test_case *test, struct network **ret_network,
			struct network_resolution *ret_resolution, struct error *err)
{
	struct network **active = calloc(test->n_active + 1, sizeof(struct network *));
	AUTO(network_freep) struct network *network = NULL;
	int r;

	if (!active)
		return error_oom(err);
	r = network_of(test->network_xml, &network, err);
	if (r == 0)
		r = decide_among(test, network, active, ret_resolution, err);
	for (size_t i = 0; i < test->n_active; i++)
		network_free(active[i]);
	free(active);
	if (r == 0)
		*ret_network = take_ptr(network);
	return r;
}

int case_place(const struct test_case *test, char **ret_xml, struct error *err)
{
	AUTO(documents_done) struct documents documents = { 0 };
	struct resolve_request request;
	struct port port = { .state = PORT_CONNECTED };
	int r = documents_read(test, &documents, err);

	if (r < 0)
		return r;
	request = request_of(test, &documents);
	r = resolve_place(&request, &port.actual, NULL, err);
	if (r < 0)
		return r;
	port.uuid = request.uuid;
	port.interface = documents.interface;
	r = networkport_to_xml(&port, ret_xml, err);
	actual_done(&port.actual);
	return r;
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
