/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
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

/* The kernel compares names as they stand in a field of 16 bytes, or begin it. */
static int is_named(struct netlink *nl, const struct base *base, const char *ifname, bool *ret_is,
		    struct error *err)
{
	char field[FILTER_IFNAME_SIZE] = "";
	int r = dump_rules(nl, base, false, err);

	*ret_is = false;
	if (r < 0)
		return r;
	memcpy(field, ifname, strnlen(ifname, sizeof(field) - 1));
	for (const struct nlmsghdr *nlh = NULL; (nlh = netlink_answer_next(nl, nlh));)
		*ret_is |= memmem(nlh, nlh->nlmsg_len, field, sizeof(field)) != NULL;
	return 0;
}

static int judge(struct netlink *nl, struct base *base, const char *ifname, struct error *err)
{
	bool named = false;
	int r = base->drops ? 0 : look_at_last(nl, base, err);

	if (r == 0 && base->drops)
		r = is_named(nl, base, ifname, &named, err);
	base->drops &= !named;
	return r;
}

int filter_chain_dump(const char *ifname,
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
		r = judge(nl, &bases.items[i], ifname, &failure);
		if (r == 0 && bases.items[i].drops)
			callback(userdata, &bases.items[i].chain);
	}
	free(bases.items);
	if (r == 0)
		return 0;
	error_prefix(&failure, "cannot look at the host's packet filters: ");
	error_move(err, &failure);
	return r;
}
