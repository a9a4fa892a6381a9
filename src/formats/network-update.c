/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A section is a row: which element its fragments are, which list of the network
 * they belong to, and which entry of the list a fragment means. The commands are
 * the same for all: read the fragment, find what matches, change the list, and
 * ask network_validate() about the whole.
 *
 * Rules that are not obvious are libvirt's, so that one script does for both:
 * only portgroups, hosts of DHCP and hosts and texts of DNS can be modified; a
 * record of DNS matches by the attributes that the fragment has, and must be the only one.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "formats/network-node.h"
#include "formats/network-update.h"
#include "util/array.h"
#include "util/parse.h"
#include "util/text.h"

enum {
	ENTRIES_MAX = 4096, /* of a list: the document has to be read again */
};

static const char *const command_names[] = {
	[UPDATE_ADD_LAST] = "add",
	[UPDATE_ADD_FIRST] = "add-first",
	[UPDATE_MODIFY] = "modify",
	[UPDATE_DELETE] = "delete",
};
_Static_assert(ARRAY_SIZE(command_names) == UPDATE_COMMAND_COUNT, "every command has a name");

/* An entry of any section. */
union fragment {
	struct pool_entry entry;
	struct port_forward forward;
	struct portgroup portgroup;
	struct dhcp_host host;
	struct dhcp_range range;
	struct dns_host dns_host;
	struct dns_txt txt;
	struct dns_srv srv;
};

/* A list of the network: what array_add() needs. */
struct list {
	void *array; /* the address of the pointer */
	size_t *n;
};

struct section {
	const char *name;
	const char *element;
	bool modifiable;
	size_t size;
	int (*read)(struct xml *xml, const struct xml_item *item, union fragment *ret);
	void (*done)(void *entry);
	/* The list that the fragment belongs to. */
	int (*find_list)(struct network *network, const struct network_update *update,
			 const union fragment *fragment, struct list *ret, struct error *err);
	/* Is the entry the one that the fragment, of the same section, means? */
	bool (*matches)(const void *entry, const union fragment *fragment,
			enum update_command command);
	/* What is meant, in words: the caller's to free; NULL when out of memory. */
	char *(*key)(const union fragment *fragment);
	/* What a new one has of the entry that it matches; NULL where that is its key. */
	char *(*clash)(const void *entry, const union fragment *fragment);
};

/* --- <interface> of the pool --- */

static int read_entry(struct xml *xml, const struct xml_item *item, union fragment *ret)
{
	return pool_entry_read(xml, item, &ret->entry);
}

static void entry_done(void *entry)
{
	struct pool_entry *pool_entry = entry;

	free(pool_entry->dev);
}

static int find_pool(struct network *network, const struct network_update *update,
		     const union fragment *fragment, struct list *ret, struct error *err)
{
	*ret = (struct list){ &network->pool, &network->n_pool };
	return 0;
}

static bool entry_matches(const void *entry, const union fragment *fragment,
			  enum update_command command)
{
	const struct pool_entry *pool_entry = entry;

	return streq(pool_entry->dev, fragment->entry.dev);
}

static char *entry_key(const union fragment *fragment)
{
	return strdup(fragment->entry.dev);
}

/* --- <vif:forward> --- */

static int read_forward(struct xml *xml, const struct xml_item *item, union fragment *ret)
{
	return port_forward_read(xml, item, &ret->forward);
}

static void forward_done(void *entry)
{
}

static int find_forwards(struct network *network, const struct network_update *update,
			 const union fragment *fragment, struct list *ret, struct error *err)
{
	*ret = (struct list){ &network->forwards, &network->n_forwards };
	return 0;
}

/* A new one may have no packets in common with another; an old one is known by less. */
static bool forward_matches(const void *entry, const union fragment *fragment,
			    enum update_command command)
{
	const struct port_forward *a = entry, *b = &fragment->forward;

	if (command != UPDATE_DELETE)
		return port_forward_clash(a, b);
	return a->protocol == b->protocol && a->port == b->port &&
	       (!b->address.family || address_equal(&a->address, &b->address)) &&
	       (!b->to.family || address_equal(&a->to, &b->to));
}

static char *forward_key(const union fragment *fragment)
{
	return text_format("%s %u", forward_protocol_name(fragment->forward.protocol),
			   fragment->forward.port);
}

/* --- <portgroup> --- */

static int read_group(struct xml *xml, const struct xml_item *item, union fragment *ret)
{
	return portgroup_read(xml, item, &ret->portgroup);
}

static void group_done(void *entry)
{
	portgroup_done(entry);
}

static int find_groups(struct network *network, const struct network_update *update,
		       const union fragment *fragment, struct list *ret, struct error *err)
{
	*ret = (struct list){ &network->portgroups, &network->n_portgroups };
	return 0;
}

static bool group_matches(const void *entry, const union fragment *fragment,
			  enum update_command command)
{
	const struct portgroup *portgroup = entry;

	return streq(portgroup->name, fragment->portgroup.name);
}

static char *group_key(const union fragment *fragment)
{
	return strdup(fragment->portgroup.name);
}

/* --- <host> and <range> of <dhcp> --- */

static bool has_family(const struct network_ip *ip, int family)
{
	return family == 0 || ip->address.family == family;
}

/*
 * The <ip> with that index. Without one, or where that has the other family, the
 * one of the family that has <dhcp>, of which there can be one, or the first.
 */
static int find_ip(struct network *network, const struct network_update *update, int family,
		   struct network_ip **ret, struct error *err)
{
	struct network_ip *first = NULL;
	int index = update->parent_index;

	if (index >= 0 && (size_t)index >= network->n_ips)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "network '%s' has no <ip> with index %d", network->name, index);
	if (index >= 0 && has_family(&network->ips[index], family)) {
		*ret = &network->ips[index];
		return 0;
	}
	for (size_t i = 0; i < network->n_ips; i++) {
		struct network_ip *ip = &network->ips[i];

		if (!has_family(ip, family))
			continue;
		if (!first ||
		    (first->n_ranges + first->n_hosts == 0 && ip->n_ranges + ip->n_hosts > 0))
			first = ip;
	}
	if (!first)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "network '%s' has no <ip> that this could belong to",
				 network->name);
	*ret = first;
	return 0;
}

static int read_host(struct xml *xml, const struct xml_item *item, union fragment *ret)
{
	int r = dhcp_host_read(xml, item, &ret->host);
	const struct dhcp_host *host = &ret->host;

	if (r < 0 || host->has_mac || host->id || host->name || host->address.family)
		return r;
	return xml_error(xml, item->line, ERROR_INVALID_ARGUMENT,
			 "<host> needs a mac, an id, a name or an ip");
}

static void host_done(void *entry)
{
	dhcp_host_done(entry);
}

/* Of a host that has no address: an id is IPv6's, a mac IPv4's. */
static int family_of(const struct dhcp_host *host)
{
	if (host->address.family)
		return host->address.family;
	return host->id ? AF_INET6 : host->has_mac ? AF_INET : 0;
}

static int find_hosts(struct network *network, const struct network_update *update,
		      const union fragment *fragment, struct list *ret, struct error *err)
{
	struct network_ip *ip;
	int r = find_ip(network, update, family_of(&fragment->host), &ip, err);

	if (r == 0)
		*ret = (struct list){ &ip->hosts, &ip->n_hosts };
	return r;
}

static bool shares(const struct dhcp_host *a, const struct dhcp_host *b, enum dhcp_host_key key)
{
	return dhcp_host_has(a, key) && dhcp_host_compare(a, b, key) == 0;
}

/*
 * A new one may share nothing with another. One that is modified is known by what it is called,
 * for its address may be what changes. One that is deleted has all that is said.
 */
static bool host_matches(const void *entry, const union fragment *fragment,
			 enum update_command command)
{
	const struct dhcp_host *a = entry, *b = &fragment->host;
	int end = command == UPDATE_MODIFY ? DHCP_HOST_IP : DHCP_HOST_KEY_COUNT;
	bool any = false, all = true;

	for (int key = 0; key < end; key++) {
		any |= shares(a, b, key);
		all &= !dhcp_host_has(b, key) || shares(a, b, key);
	}
	return command == UPDATE_DELETE ? all : any;
}

static char *host_key(const union fragment *fragment)
{
	int key = DHCP_HOST_MAC;

	while (key < DHCP_HOST_IP && !dhcp_host_has(&fragment->host, key))
		key++;
	return dhcp_host_value(&fragment->host, key);
}

static char *host_clash(const void *entry, const union fragment *fragment)
{
	int key = DHCP_HOST_MAC;

	while (key < DHCP_HOST_IP && !shares(entry, &fragment->host, key))
		key++;
	return dhcp_host_describe_clash(&fragment->host, entry, key);
}

static int read_range(struct xml *xml, const struct xml_item *item, union fragment *ret)
{
	return dhcp_range_read(xml, item, &ret->range);
}

static void range_done(void *entry)
{
}

static int find_ranges(struct network *network, const struct network_update *update,
		       const union fragment *fragment, struct list *ret, struct error *err)
{
	struct network_ip *ip;
	int r = find_ip(network, update, fragment->range.start.family, &ip, err);

	if (r == 0)
		*ret = (struct list){ &ip->ranges, &ip->n_ranges };
	return r;
}

static bool range_matches(const void *entry, const union fragment *fragment,
			  enum update_command command)
{
	const struct dhcp_range *range = entry;

	return address_equal(&range->start, &fragment->range.start) &&
	       address_equal(&range->end, &fragment->range.end);
}

static char *range_key(const union fragment *fragment)
{
	char start[ADDRESS_TEXT_SIZE], end[ADDRESS_TEXT_SIZE];

	address_format(&fragment->range.start, start);
	address_format(&fragment->range.end, end);
	return text_format("%s - %s", start, end);
}

/* --- <host>, <txt>, <srv> of <dns> --- */

static int read_dns_host(struct xml *xml, const struct xml_item *item, union fragment *ret)
{
	int r = dns_host_read(xml, item, &ret->dns_host);

	if (r < 0 || ret->dns_host.address.family || ret->dns_host.n_names > 0)
		return r;
	return xml_error(xml, item->line, ERROR_INVALID_ARGUMENT,
			 "<host> needs an ip or a <hostname>");
}

static void dns_host_free_inside(void *entry)
{
	dns_host_done(entry);
}

static int find_dns_hosts(struct network *network, const struct network_update *update,
			  const union fragment *fragment, struct list *ret, struct error *err)
{
	*ret = (struct list){ &network->dns.hosts, &network->dns.n_hosts };
	return 0;
}

/* Names of DNS are compared as it compares them (RFC 4343). NULL is only NULL's. */
static bool same_name(const char *a, const char *b)
{
	return a && b ? !strcasecmp(a, b) : a == b;
}

static const char *shared_name(const struct dns_host *a, const struct dns_host *b)
{
	for (size_t i = 0; i < a->n_names; i++)
		for (size_t j = 0; j < b->n_names; j++)
			if (same_name(a->names[i], b->names[j]))
				return a->names[i];
	return NULL;
}

static bool same_address(const struct dns_host *a, const struct dns_host *b)
{
	return a->address.family && address_equal(&a->address, &b->address);
}

/* One name may have an address of each family. */
static bool dns_host_matches(const void *entry, const union fragment *fragment,
			     enum update_command command)
{
	const struct dns_host *a = entry, *b = &fragment->dns_host;

	if (b->address.family && b->address.family != a->address.family)
		return false;
	return same_address(b, a) || shared_name(a, b);
}

static char *dns_host_key(const union fragment *fragment)
{
	const struct dns_host *host = &fragment->dns_host;
	char address[ADDRESS_TEXT_SIZE];

	address_format(&host->address, address);
	return strdup(host->address.family ? address : host->names[0]);
}

static char *dns_host_clash(const void *entry, const union fragment *fragment)
{
	const struct dns_host *a = entry, *b = &fragment->dns_host;
	char holder[ADDRESS_TEXT_SIZE], address[ADDRESS_TEXT_SIZE];

	address_format(&a->address, holder);
	address_format(&b->address, address);
	if (same_address(a, b) || !shared_name(a, b))
		return text_format("<host ip='%s'> is there already", holder);
	return text_format("<host ip='%s'> has the hostname '%s' of <host ip='%s'>", address,
			   shared_name(a, b), holder);
}

static int read_txt(struct xml *xml, const struct xml_item *item, union fragment *ret)
{
	int r = dns_txt_read(xml, item, &ret->txt);

	if (r < 0 || ret->txt.name)
		return r;
	return xml_error(xml, item->line, ERROR_INVALID_ARGUMENT,
			 "<txt> lacks the attribute 'name'");
}

static void txt_done(void *entry)
{
	dns_txt_done(entry);
}

static int find_txts(struct network *network, const struct network_update *update,
		     const union fragment *fragment, struct list *ret, struct error *err)
{
	*ret = (struct list){ &network->dns.txts, &network->dns.n_txts };
	return 0;
}

static bool txt_matches(const void *entry, const union fragment *fragment,
			enum update_command command)
{
	const struct dns_txt *txt = entry;

	return same_name(txt->name, fragment->txt.name);
}

static char *txt_key(const union fragment *fragment)
{
	return strdup(fragment->txt.name);
}

static int read_srv(struct xml *xml, const struct xml_item *item, union fragment *ret)
{
	int r = dns_srv_read(xml, item, &ret->srv);

	if (r < 0 || ret->srv.service || ret->srv.protocol)
		return r;
	return xml_error(xml, item->line, ERROR_INVALID_ARGUMENT,
			 "<srv> needs a service or a protocol");
}

static void srv_done(void *entry)
{
	dns_srv_done(entry);
}

static int find_srvs(struct network *network, const struct network_update *update,
		     const union fragment *fragment, struct list *ret, struct error *err)
{
	*ret = (struct list){ &network->dns.srvs, &network->dns.n_srvs };
	return 0;
}

static bool srv_matches(const void *entry, const union fragment *fragment,
			enum update_command command)
{
	const struct dns_srv *a = entry, *b = &fragment->srv;

	return (!b->service || same_name(a->service, b->service)) &&
	       (!b->protocol || same_name(a->protocol, b->protocol)) &&
	       (!b->domain || same_name(a->domain, b->domain)) &&
	       (!b->target || same_name(a->target, b->target)) &&
	       (!b->port || a->port == b->port) && (!b->priority || a->priority == b->priority) &&
	       (!b->weight || a->weight == b->weight);
}

static char *srv_key(const union fragment *fragment)
{
	const struct dns_srv *srv = &fragment->srv;
	if (!srv->service || !srv->protocol)
		return strdup(srv->service ? srv->service : srv->protocol);
	return text_format("%s/%s", srv->service, srv->protocol);
}

/* --- all sections --- */

static const struct section sections[] = {
	[UPDATE_FORWARD_INTERFACE] = { "forward-interface", "interface", false,
				       sizeof(struct pool_entry), read_entry, entry_done, find_pool,
				       entry_matches, entry_key },
	[UPDATE_FORWARD] = { "forward", "vif:forward", true, sizeof(struct port_forward),
			     read_forward, forward_done, find_forwards, forward_matches,
			     forward_key },
	[UPDATE_PORTGROUP] = { "portgroup", "portgroup", true, sizeof(struct portgroup), read_group,
			       group_done, find_groups, group_matches, group_key },
	[UPDATE_IP_DHCP_HOST] = { "ip-dhcp-host", "host", true, sizeof(struct dhcp_host), read_host,
				  host_done, find_hosts, host_matches, host_key, host_clash },
	[UPDATE_IP_DHCP_RANGE] = { "ip-dhcp-range", "range", false, sizeof(struct dhcp_range),
				   read_range, range_done, find_ranges, range_matches, range_key },
	[UPDATE_DNS_HOST] = { "dns-host", "host", true, sizeof(struct dns_host), read_dns_host,
			      dns_host_free_inside, find_dns_hosts, dns_host_matches, dns_host_key,
			      dns_host_clash },
	[UPDATE_DNS_TXT] = { "dns-txt", "txt", true, sizeof(struct dns_txt), read_txt, txt_done,
			     find_txts, txt_matches, txt_key },
	[UPDATE_DNS_SRV] = { "dns-srv", "srv", false, sizeof(struct dns_srv), read_srv, srv_done,
			     find_srvs, srv_matches, srv_key },
};
_Static_assert(ARRAY_SIZE(sections) == UPDATE_SECTION_COUNT, "every section has its row");

const char *update_command_name(enum update_command command)
{
	return command_names[command];
}

const char *update_section_name(enum update_section section)
{
	return sections[section].name;
}

int update_command_parse(const char *text, enum update_command *ret_command)
{
	int command = streq(text, "add-last")
			      ? UPDATE_ADD_LAST
			      : name_index(command_names, UPDATE_COMMAND_COUNT, text);

	if (command < 0)
		return command;
	*ret_command = command;
	return 0;
}

int update_section_parse(const char *text, enum update_section *ret_section)
{
	for (int section = 0; section < UPDATE_SECTION_COUNT; section++)
		if (streq(text, sections[section].name)) {
			*ret_section = section;
			return 0;
		}
	return -EINVAL;
}

/* --- the commands --- */

/* One update on its way. */
struct change {
	const struct network *network;
	const struct section *section;
	enum update_command command;
	union fragment fragment;
	char *key;
	struct list list;
};

static void change_done(struct change *change)
{
	change->section->done(&change->fragment);
	free(change->key);
}

static char *entry_at(const struct change *change, size_t i)
{
	return *(char **)change->list.array + i * change->section->size;
}

/* *ret_index: the first entry that matches. Returns how many do. */
static size_t count_matches(const struct change *change, size_t *ret_index)
{
	size_t count = 0;

	for (size_t i = 0; i < *change->list.n; i++)
		if (change->section->matches(entry_at(change, i), &change->fragment,
					     change->command) &&
		    count++ == 0)
			*ret_index = i;
	return count;
}

/* The list takes what the fragment has. */
static void move_in(struct change *change, size_t i)
{
	memcpy(entry_at(change, i), &change->fragment, change->section->size);
	change->fragment = (union fragment){ 0 };
}

static int is_there(const struct change *change, size_t index, struct error *err)
{
	const struct section *section = change->section;
	AUTO_FREE char *clash = NULL;

	if (!section->clash)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "network '%s' has a <%s> already that matches '%s'",
				 change->network->name, section->element, change->key);
	clash = section->clash(entry_at(change, index), &change->fragment);
	if (!clash)
		return error_oom(err);
	return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "network '%s': %s",
			 change->network->name, clash);
}

static int add(struct change *change, struct error *err)
{
	size_t index, size = change->section->size;

	if (count_matches(change, &index) > 0)
		return is_there(change, index, err);
	if (*change->list.n >= ENTRIES_MAX)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "network '%s' has %d entries of <%s> already, and can have no "
				 "more",
				 change->network->name, ENTRIES_MAX, change->section->element);
	if (!array_add(change->list.array, change->list.n, size))
		return error_oom(err);
	index = *change->list.n - 1;
	if (change->command == UPDATE_ADD_FIRST) {
		memmove(entry_at(change, 1), entry_at(change, 0), index * size);
		index = 0;
	}
	move_in(change, index);
	return 0;
}

/* The one entry that is meant. */
static int find(const struct change *change, size_t *ret_index, struct error *err)
{
	size_t count = count_matches(change, ret_index);

	if (count == 0)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "network '%s' has no <%s> that matches '%s'",
				 change->network->name, change->section->element, change->key);
	if (count > 1)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "network '%s' has %zu of <%s> that match '%s'; add what "
				 "tells them apart",
				 change->network->name, count, change->section->element,
				 change->key);
	return 0;
}

static int modify(struct change *change, struct error *err)
{
	size_t index;
	int r = find(change, &index, err);

	if (r < 0)
		return r;
	change->section->done(entry_at(change, index));
	move_in(change, index);
	return 0;
}

static int delete (struct change *change, struct error *err)
{
	size_t index;
	int r = find(change, &index, err);

	if (r < 0)
		return r;
	change->section->done(entry_at(change, index));
	memmove(entry_at(change, index), entry_at(change, index + 1),
		(*change->list.n - index - 1) * change->section->size);
	(*change->list.n)--;
	return 0;
}

static int read_fragment(const struct network_update *update, struct change *change,
			 struct error *err)
{
	struct xml_rule rule = { .name = change->section->element };
	AUTO_XML struct xml xml;
	struct xml_item item;
	int r = xml_parse(&xml, update->xml, strlen(update->xml), update->source, rule.name, err);

	if (r < 0)
		return r;
	item = (struct xml_item){
		.rule = &rule,
		.element = xml.root,
		.name = rule.name,
		.line = xml_line(xml.root),
	};
	r = change->section->read(&xml, &item, &change->fragment);
	if (r < 0)
		return r;
	change->key = change->section->key(&change->fragment);
	return change->key ? 0 : error_oom(err);
}

static int apply(struct change *change, struct error *err)
{
	switch (change->command) {
	case UPDATE_MODIFY:
		return modify(change, err);
	case UPDATE_DELETE:
		return delete (change, err);
	default:
		return add(change, err);
	}
}

/* What the readers set beside the lists. */
static void settle(struct network *network)
{
	for (size_t i = 0; i < network->n_ips; i++) {
		struct network_ip *ip = &network->ips[i];

		ip->dhcp = ip->n_ranges > 0 || ip->n_hosts > 0 || ip->bootfile;
	}
	network->dns.set = network->dns.set || network->dns.n_hosts > 0 ||
			   network->dns.n_txts > 0 || network->dns.n_srvs > 0;
}

/* The lines that the network's parts have are of another document than the fragment's. */
static int validate(const struct network *network, struct error *err)
{
	AUTO_ERROR struct error error = ERROR_INIT;
	int r = network_validate(network, &error), length = 0;
	const char *sentence = error_text(&error);

	if (r < 0) {
		sscanf(sentence, "line %*u: %n", &length);
		error_set(err, r, error.kind, "%s", sentence + length);
	}
	return r;
}

static int update_network(struct network *network, const struct network_update *update,
			  struct change *change, struct error *err)
{
	int r = read_fragment(update, change, err);

	if (r < 0)
		return r;
	r = change->section->find_list(network, update, &change->fragment, &change->list, err);
	if (r == 0)
		r = apply(change, err);
	if (r < 0)
		return r;
	settle(network);
	return validate(network, err);
}

int network_update(struct network *network, const struct network_update *update, char **ret_key,
		   struct error *err)
{
	struct change change = {
		.network = network,
		.section = &sections[update->section],
		.command = update->command,
	};
	int r;

	if (update->command == UPDATE_MODIFY && !change.section->modifiable)
		return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
				 "an entry of section %s cannot be modified, only added or deleted",
				 change.section->name);
	r = update_network(network, update, &change, err);
	if (r == 0 && ret_key)
		*ret_key = take_ptr(change.key);
	change_done(&change);
	return r;
}
