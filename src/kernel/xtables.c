/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A table comes as one piece of memory, rule behind rule; a hook has a first rule in it and, at the
 * "underflow", its policy. The two families differ in the size of a rule's head, and where in it
 * stands what.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include "kernel/xtables.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"

enum {
	NAMES_MAX_BYTES = 64 << 10,
	TABLE_MAX_BYTES = 64 << 20,
	ATTEMPTS = 3, /* its size may change between the two questions */
};

static const char table_name[] = "filter";

/* Both families have struct ipt_getinfo, and ipt_get_entries but for the entries. */
_Static_assert(sizeof(struct ipt_getinfo) == sizeof(struct ip6t_getinfo), "one for both");
_Static_assert(offsetof(struct ipt_get_entries, entrytable) ==
		       offsetof(struct ip6t_get_entries, entrytable),
	       "one for both");

static const struct family {
	const char *name;
	const char *names; /* of the tables that are there */
	int af, level, protocol, get_info, get_entries;
	size_t head_size; /* of a rule: its matches begin behind */
	size_t what_size; /* of what it compares of each packet, at its begin */
	size_t target_at, next_at;
	size_t iniface_at, outiface_at, inmask_at, outmask_at;
} families[] = {
	{ "ip", "/proc/thread-self/net/ip_tables_names", AF_INET, IPPROTO_IP, IPPROTO_RAW,
	  IPT_SO_GET_INFO, IPT_SO_GET_ENTRIES, sizeof(struct ipt_entry), sizeof(struct ipt_ip),
	  offsetof(struct ipt_entry, target_offset), offsetof(struct ipt_entry, next_offset),
	  offsetof(struct ipt_ip, iniface), offsetof(struct ipt_ip, outiface),
	  offsetof(struct ipt_ip, iniface_mask), offsetof(struct ipt_ip, outiface_mask) },
	{ "ip6", "/proc/thread-self/net/ip6_tables_names", AF_INET6, IPPROTO_IPV6, IPPROTO_RAW,
	  IP6T_SO_GET_INFO, IP6T_SO_GET_ENTRIES, sizeof(struct ip6t_entry), sizeof(struct ip6t_ip6),
	  offsetof(struct ip6t_entry, target_offset), offsetof(struct ip6t_entry, next_offset),
	  offsetof(struct ip6t_ip6, iniface), offsetof(struct ip6t_ip6, outiface),
	  offsetof(struct ip6t_ip6, iniface_mask), offsetof(struct ip6t_ip6, outiface_mask) },
};

static const struct {
	const char *name;
	unsigned hook;
} chains[] = {
	{ "INPUT", NF_INET_LOCAL_IN },
	{ "FORWARD", NF_INET_FORWARD },
};

struct table {
	const struct family *family;
	struct ipt_getinfo info;
	char *rules;
	size_t size;
};

static void table_done(struct table *table)
{
	free(table->rules);
}

/* --- rules ---------------------------------------------------------------------- */

static size_t offset_at(const struct table *table, size_t rule, size_t at)
{
	uint16_t offset;

	memcpy(&offset, table->rules + rule + at, sizeof(offset));
	return offset;
}

/* Is there a whole rule at that place, and where does the next one begin? */
static bool rule_check(const struct table *table, size_t rule, size_t *ret_next)
{
	const struct family *family = table->family;
	size_t target, next;

	if (rule > table->size || table->size - rule < family->head_size)
		return false;
	target = offset_at(table, rule, family->target_at);
	next = offset_at(table, rule, family->next_at);
	if (target < family->head_size || next < target + sizeof(struct xt_standard_target) ||
	    next > table->size - rule)
		return false;
	*ret_next = rule + next;
	return true;
}

/* The kernel's own comparison, ifname_compare_aligned(). A mask of zeros compares nothing. */
static bool compares_with(const char *name, const char *mask, const char *ifname)
{
	char wanted[IFNAMSIZ] = "";

	memcpy(wanted, ifname, strnlen(ifname, sizeof(wanted) - 1));
	for (size_t i = 0; i < sizeof(wanted); i++)
		if ((name[i] ^ wanted[i]) & mask[i])
			return false;
	return *mask != 0;
}

static bool rule_names(const struct table *table, size_t rule, const char *ifname)
{
	const struct family *family = table->family;
	const char *what = table->rules + rule;

	return compares_with(what + family->iniface_at, what + family->inmask_at, ifname) ||
	       compares_with(what + family->outiface_at, what + family->outmask_at, ifname);
}

static bool rule_is_for_all(const struct table *table, size_t rule)
{
	const char *what = table->rules + rule;

	if (offset_at(table, rule, table->family->target_at) != table->family->head_size)
		return false;
	for (size_t i = 0; i < table->family->what_size; i++)
		if (what[i])
			return false;
	return true;
}

static bool rule_drops(const struct table *table, size_t rule)
{
	struct xt_standard_target target;

	memcpy(&target, table->rules + rule + offset_at(table, rule, table->family->target_at),
	       sizeof(target));
	target.target.u.user.name[sizeof(target.target.u.user.name) - 1] = '\0';
	if (!*target.target.u.user.name)
		return target.verdict == -NF_DROP - 1;
	return !strcmp(target.target.u.user.name, "REJECT");
}

/* --- chains ----------------------------------------------------------------------- */

static bool table_names(const struct table *table, const char *ifname)
{
	for (size_t rule = 0, next; rule_check(table, rule, &next); rule = next)
		if (rule_names(table, rule, ifname))
			return true;
	return false;
}

/* False: the hook is none of the table's, or what the kernel says of it makes no sense. */
static bool read_chain(const struct table *table, unsigned hook, struct xtables_chain *chain)
{
	size_t policy = table->info.underflow[hook], last = policy, next;

	if (!(table->info.valid_hooks & 1U << hook) || !rule_check(table, policy, &next))
		return false;
	for (size_t rule = table->info.hook_entry[hook]; rule < policy; rule = next) {
		if (!rule_check(table, rule, &next))
			return false;
		chain->n_rules++;
		last = rule;
	}
	chain->drops = rule_drops(table, policy) ||
		       (rule_is_for_all(table, last) && rule_drops(table, last));
	return true;
}

static int get(int fd, const struct family *family, int what, void *data, socklen_t size)
{
	return getsockopt(fd, family->level, what, data, &size) < 0 ? -errno : 0;
}

static int read_rules(int fd, struct table *table)
{
	size_t head = offsetof(struct ipt_get_entries, entrytable);
	AUTO_FREE struct ipt_get_entries *entries = NULL;
	int r;

	memcpy(table->info.name, table_name, sizeof(table_name));
	r = get(fd, table->family, table->family->get_info, &table->info, sizeof(table->info));
	if (r < 0)
		return r;
	if (table->info.size > TABLE_MAX_BYTES)
		return -EFBIG;
	entries = calloc(1, head + table->info.size);
	if (!entries)
		return -ENOMEM;
	memcpy(entries->name, table_name, sizeof(table_name));
	entries->size = table->info.size;
	r = get(fd, table->family, table->family->get_entries, entries,
		(socklen_t)(head + table->info.size));
	if (r < 0)
		return r;
	table->rules = malloc(table->info.size + 1);
	if (!table->rules)
		return -ENOMEM;
	memcpy(table->rules, entries->entrytable, table->info.size);
	table->size = table->info.size;
	return 0;
}

static int read_table(struct table *table, struct error *err)
{
	AUTO_CLOSE int fd = socket(table->family->af, SOCK_RAW | SOCK_CLOEXEC,
				   table->family->protocol);
	int r = fd < 0 ? -errno : -EAGAIN;

	for (int i = 0; r == -EAGAIN && i < ATTEMPTS; i++)
		r = read_rules(fd, table);
	return r < 0 ? error_system(err, r, "cannot look at the table %s of %stables-legacy",
				    table_name, table->family->name)
		     : 0;
}

/* Names, a line each. Without the file there are none. */
static bool has_table(const struct family *family)
{
	AUTO_FREE char *names = NULL;
	char *rest = NULL;
	size_t size;

	if (file_read(family->names, NAMES_MAX_BYTES, &names, &size, NULL) < 0)
		return false;
	for (char *name = strtok_r(names, "\n", &rest); name; name = strtok_r(NULL, "\n", &rest))
		if (!strcmp(name, table_name))
			return true;
	return false;
}

int xtables_dump(const char *ifname,
		 void (*callback)(void *userdata, const struct xtables_chain *chain),
		 void *userdata, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		AUTO(table_done) struct table table = { .family = &families[i] };
		bool named;
		int r;

		if (!has_table(&families[i]))
			continue;
		r = read_table(&table, err);
		if (r < 0)
			return r;
		named = ifname && table_names(&table, ifname);
		for (size_t j = 0; j < ARRAY_SIZE(chains); j++) {
			struct xtables_chain chain = {
				.family = families[i].name,
				.name = chains[j].name,
				.forward = chains[j].hook == NF_INET_FORWARD,
				.named = named,
			};

			if (read_chain(&table, chains[j].hook, &chain))
				callback(userdata, &chain);
		}
	}
	return 0;
}
