/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "kernel/filter-chain.h"
#include "kernel/netlink.h"
#include "util/array.h"

/* The families through which a guest's IP goes. */
static const struct {
	uint8_t number;
	const char *name;
} families[] = {
	{ NFPROTO_INET, "inet" },
	{ NFPROTO_IPV4, "ip" },
	{ NFPROTO_IPV6, "ip6" },
};

/* A base chain of the two hooks, as it is found. */
struct base {
	struct filter_chain chain;
	uint8_t family;
	bool drops;
};

struct bases {
	struct base *items;
	size_t n;
};

static const char *family_name(uint8_t number)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (families[i].number == number)
			return families[i].name;
	return NULL;
}

static struct nlmsghdr *put_request(struct netlink *nl, unsigned type, uint8_t family)
{
	struct nlmsghdr *nlh = netlink_message(nl, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), 0);
	struct nfgenmsg *info = mnl_nlmsg_put_extra_header(nlh, sizeof(*info));

	info->nfgen_family = family;
	info->version = NFNETLINK_V0;
	return nlh;
}

static bool is_answer(const struct nlmsghdr *nlh, unsigned type)
{
	return nlh->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | type) &&
	       mnl_nlmsg_get_payload_len(nlh) >= sizeof(struct nfgenmsg);
}

static uint8_t family_of(const struct nlmsghdr *nlh)
{
	return ((const struct nfgenmsg *)mnl_nlmsg_get_payload(nlh))->nfgen_family;
}

static void get_text(const struct nlattr *attr, char text[static FILTER_NAME_SIZE])
{
	if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0)
		snprintf(text, FILTER_NAME_SIZE, "%s", mnl_attr_get_str(attr));
}

static uint32_t get_be32(const struct nlattr *attr)
{
	return mnl_attr_validate(attr, MNL_TYPE_U32) == 0 ? ntohl(mnl_attr_get_u32(attr)) : 0;
}

/* --- chains ------------------------------------------------------------------- */

/* The hook's number, or -1. */
static int hook_of(const struct nlattr *hook)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, hook)
	{
		if (mnl_attr_get_type(attr) == NFTA_HOOK_HOOKNUM)
			return (int)get_be32(attr);
	}
	return -1;
}

static bool parse_chain(const struct nlmsghdr *nlh, struct base *ret_base)
{
	struct base base = { .family = family_of(nlh) };
	const struct nlattr *attr;
	int hook = -1;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
	{
		switch (mnl_attr_get_type(attr)) {
		case NFTA_CHAIN_TABLE:
			get_text(attr, base.chain.table);
			break;
		case NFTA_CHAIN_NAME:
			get_text(attr, base.chain.name);
			break;
		case NFTA_CHAIN_HOOK:
			hook = hook_of(attr);
			break;
		case NFTA_CHAIN_POLICY:
			base.drops = get_be32(attr) == NF_DROP;
			break;
		}
	}
	base.chain.family = family_name(base.family);
	base.chain.forward = hook == NF_INET_FORWARD;
	*ret_base = base;
	return base.chain.family && (hook == NF_INET_LOCAL_IN || hook == NF_INET_FORWARD);
}

static int find_bases(struct netlink *nl, struct bases *bases, struct error *err)
{
	struct base base, *slot;
	int r;

	put_request(nl, NFT_MSG_GETCHAIN, NFPROTO_UNSPEC);
	r = netlink_dump(nl, err);
	if (r < 0)
		return r;
	for (const struct nlmsghdr *nlh = NULL; (nlh = netlink_answer_next(nl, nlh));) {
		if (!is_answer(nlh, NFT_MSG_NEWCHAIN) || !parse_chain(nlh, &base))
			continue;
		slot = array_add(&bases->items, &bases->n, sizeof(*slot));
		if (!slot)
			return error_oom(err);
		*slot = base;
	}
	return 0;
}

/* --- rules ---------------------------------------------------------------------- */

static int dump_rules(struct netlink *nl, const struct base *base, bool of_chain, struct error *err)
{
	struct nlmsghdr *nlh = put_request(nl, NFT_MSG_GETRULE, base->family);

	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, base->chain.table);
	if (of_chain)
		mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, base->chain.name);
	return netlink_dump(nl, err);
}

static const struct nlattr *find_attr(const struct nlattr *nest, unsigned type)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		if (mnl_attr_get_type(attr) == type)
			return attr;
	}
	return NULL;
}

/* EXPR_DATA → IMMEDIATE_DATA → DATA_VERDICT → VERDICT_CODE */
static bool is_drop(const struct nlattr *data)
{
	static const uint16_t path[] = { NFTA_IMMEDIATE_DATA, NFTA_DATA_VERDICT,
					 NFTA_VERDICT_CODE };

	for (size_t i = 0; data && i < ARRAY_SIZE(path); i++)
		data = find_attr(data, path[i]);
	return data && get_be32(data) == NF_DROP;
}

/* Does the rule drop or reject whatever comes? Then it compares nothing. */
static bool drops_all(const struct nlattr *expressions)
{
	const struct nlattr *expression;
	bool drops = false;

	mnl_attr_for_each_nested(expression, expressions)
	{
		const struct nlattr *name = find_attr(expression, NFTA_EXPR_NAME);
		const struct nlattr *data = find_attr(expression, NFTA_EXPR_DATA);
		const char *text = name ? mnl_attr_get_str(name) : "";

		if (!strcmp(text, "reject") ||
		    (!strcmp(text, "immediate") && data && is_drop(data)))
			drops = true;
		else if (strcmp(text, "counter") != 0 && strcmp(text, "log") != 0)
			return false;
	}
	return drops;
}

static const struct nlattr *rule_attr(const struct nlmsghdr *nlh, unsigned type)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) == type)
			return attr;
	}
	return NULL;
}

/* By the chain's last rule. */
static int look_at_last(struct netlink *nl, struct base *base, struct error *err)
{
	const struct nlattr *expressions = NULL;
	int r = dump_rules(nl, base, true, err);

	if (r < 0)
		return r;
	for (const struct nlmsghdr *nlh = NULL; (nlh = netlink_answer_next(nl, nlh));)
		if (is_answer(nlh, NFT_MSG_NEWRULE))
			expressions = rule_attr(nlh, NFTA_RULE_EXPRESSIONS);
	base->drops = expressions && drops_all(expressions);
	return 0;
}

/* The value that a cmp expression compares with; NULL: it is none. */
static const struct nlattr *cmp_value(const struct nlattr *data)
{
	data = find_attr(data, NFTA_CMP_DATA);
	return data ? find_attr(data, NFTA_DATA_VALUE) : NULL;
}

static bool is_ifname_key(const struct nlattr *data)
{
	const struct nlattr *key = find_attr(data, NFTA_META_KEY);
	uint32_t number = key ? get_be32(key) : NFT_META_LEN;

	return number == NFT_META_IIFNAME || number == NFT_META_OIFNAME;
}

/*
 * Calls back with each value that a name of an interface is compared with: 16 bytes, a string
 * with its end, or what all meant names begin with. True: it is the one.
 */
static bool find_ifname(const struct nlattr *expressions,
			bool (*callback)(void *userdata, const char *value, size_t size),
			void *userdata)
{
	const struct nlattr *expression;
	bool loaded = false;

	mnl_attr_for_each_nested(expression, expressions)
	{
		const struct nlattr *name = find_attr(expression, NFTA_EXPR_NAME);
		const struct nlattr *data = find_attr(expression, NFTA_EXPR_DATA);
		const struct nlattr *value = NULL;

		if (!name || !data)
			continue;
		if (loaded && !strcmp(mnl_attr_get_str(name), "cmp"))
			value = cmp_value(data);
		if (value && callback(userdata, mnl_attr_get_payload(value),
				      mnl_attr_get_payload_len(value)))
			return true;
		loaded = !strcmp(mnl_attr_get_str(name), "meta") && is_ifname_key(data);
	}
	return false;
}

static bool value_means(void *userdata, const char *value, size_t size)
{
	char field[FILTER_IFNAME_SIZE] = "";

	memcpy(field, userdata, strnlen(userdata, sizeof(field) - 1));
	return size > 0 && size <= sizeof(field) && !memcmp(value, field, size);
}

/* Cuts it off at its end. */
static bool value_copy(void *userdata, const char *value, size_t size)
{
	snprintf(userdata, FILTER_IFNAME_SIZE, "%.*s", (int)size, value);
	return true;
}

/* A comment is data of the rule's; where iptables-restore has been at work, it is in a match. */
static bool find_mark(const struct nlmsghdr *nlh, const char *prefix,
		      char mark[static FILTER_MARK_SIZE])
{
	const char *end = (const char *)nlh + nlh->nlmsg_len;
	const char *found = memmem(nlh, nlh->nlmsg_len, prefix, strlen(prefix));

	if (!found)
		return false;
	snprintf(mark, FILTER_MARK_SIZE, "%.*s", (int)(end - found), found);
	return true;
}

static bool is_marked(const char *mark, const char *tag, bool forward)
{
	size_t length = tag ? strlen(tag) : 0;

	return tag && !strncmp(mark, tag, length) && mark[length] == ' ' &&
	       !strncmp(mark + length + 1, forward ? "forward" : "input",
			strlen(forward ? "forward" : "input"));
}

/* The chains that others keep for rules of their host's owner; the first counts. */
static const struct {
	const char *name;
	bool forward;
} entries[] = {
	{ "DOCKER-USER", true },     { "ufw-user-forward", true }, { "ufw6-user-forward", true },
	{ "ufw-user-input", false }, { "ufw6-user-input", false },
};

/* The chain that the verdict of an expression leads to; NULL: none. */
static const char *verdict_chain(const struct nlattr *data)
{
	static const uint16_t path[] = { NFTA_IMMEDIATE_DATA, NFTA_DATA_VERDICT,
					 NFTA_VERDICT_CHAIN };

	for (size_t i = 0; data && i < ARRAY_SIZE(path); i++)
		data = find_attr(data, path[i]);
	return data && mnl_attr_validate(data, MNL_TYPE_NUL_STRING) == 0 ? mnl_attr_get_str(data)
									 : NULL;
}

/* One that nothing leads to is what somebody has left behind. */
static void look_for_entry(const struct nlattr *expressions, const struct base *base, size_t *entry)
{
	const struct nlattr *expression;

	mnl_attr_for_each_nested(expression, expressions)
	{
		const struct nlattr *name = find_attr(expression, NFTA_EXPR_NAME);
		const char *chain = NULL;

		if (name && !strcmp(mnl_attr_get_str(name), "immediate"))
			chain = verdict_chain(find_attr(expression, NFTA_EXPR_DATA));
		for (size_t i = 0; chain && i < *entry; i++)
			if (entries[i].forward == base->chain.forward &&
			    !strcmp(entries[i].name, chain))
				*entry = i;
	}
}

/* All rules of the table: what is jumped to may be anywhere in it. */
static int look_at_table(struct netlink *nl, struct base *base,
			 const struct filter_question *question, bool *ret_named, struct error *err)
{
	char *ifname = (char *)question->ifname;
	int r = dump_rules(nl, base, false, err);
	size_t entry = ARRAY_SIZE(entries);
	char mark[FILTER_MARK_SIZE];

	*ret_named = false;
	if (r < 0)
		return r;
	for (const struct nlmsghdr *nlh = NULL; (nlh = netlink_answer_next(nl, nlh));) {
		const struct nlattr *expressions;

		if (!is_answer(nlh, NFT_MSG_NEWRULE))
			continue;
		expressions = rule_attr(nlh, NFTA_RULE_EXPRESSIONS);
		if (find_mark(nlh, question->prefix, mark))
			base->chain.marked |= is_marked(mark, question->tag, base->chain.forward);
		else if (expressions && ifname)
			*ret_named |= find_ifname(expressions, value_means, ifname);
		if (expressions)
			look_for_entry(expressions, base, &entry);
	}
	snprintf(base->chain.entry, sizeof(base->chain.entry), "%s",
		 entry < ARRAY_SIZE(entries) ? entries[entry].name : base->chain.name);
	return 0;
}

static int judge(struct netlink *nl, struct base *base, const struct filter_question *question,
		 struct error *err)
{
	bool named = false;
	int r = base->drops ? 0 : look_at_last(nl, base, err);

	if (r == 0 && base->drops)
		r = look_at_table(nl, base, question, &named, err);
	base->drops &= !named;
	return r;
}

static int fail(struct error *failure, struct error *err)
{
	int r = failure->code;

	error_prefix(failure, "cannot look at the host's packet filters: ");
	error_move(err, failure);
	return r;
}

int filter_chain_dump(const struct filter_question *question,
		      void (*callback)(void *userdata, const struct filter_chain *chain),
		      void *userdata, struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	AUTO(netlink_closep) struct netlink *nl = NULL;
	struct bases bases = { 0 };
	int r = netlink_open(NETLINK_NETFILTER, &nl, &failure);

	if (r == 0)
		r = find_bases(nl, &bases, &failure);
	for (size_t i = 0; r == 0 && i < bases.n; i++) {
		r = judge(nl, &bases.items[i], question, &failure);
		if (r == 0 && bases.items[i].drops)
			callback(userdata, &bases.items[i].chain);
	}
	free(bases.items);
	return r < 0 ? fail(&failure, err) : 0;
}

/* --- marks ------------------------------------------------------------------------ */

static void read_mark(const struct nlmsghdr *nlh, struct filter_mark *mark)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
	{
		switch (mnl_attr_get_type(attr)) {
		case NFTA_RULE_TABLE:
			get_text(attr, mark->table);
			break;
		case NFTA_RULE_CHAIN:
			get_text(attr, mark->chain);
			break;
		case NFTA_RULE_HANDLE:
			if (mnl_attr_validate(attr, MNL_TYPE_U64) == 0)
				mark->handle = be64toh(mnl_attr_get_u64(attr));
			break;
		case NFTA_RULE_EXPRESSIONS:
			find_ifname(attr, value_copy, mark->ifname);
			break;
		}
	}
}

int filter_mark_dump(const char *prefix,
		     void (*callback)(void *userdata, const struct filter_mark *mark),
		     void *userdata, struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	AUTO(netlink_closep) struct netlink *nl = NULL;
	int r = netlink_open(NETLINK_NETFILTER, &nl, &failure);

	if (r == 0) {
		put_request(nl, NFT_MSG_GETRULE, NFPROTO_UNSPEC);
		r = netlink_dump(nl, &failure);
	}
	if (r < 0)
		return fail(&failure, err);
	for (const struct nlmsghdr *nlh = NULL; (nlh = netlink_answer_next(nl, nlh));) {
		struct filter_mark mark = { 0 };

		if (!is_answer(nlh, NFT_MSG_NEWRULE) || !find_mark(nlh, prefix, mark.text))
			continue;
		mark.family = family_name(family_of(nlh));
		read_mark(nlh, &mark);
		if (mark.family && mark.handle)
			callback(userdata, &mark);
	}
	return 0;
}
