/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 *	7669:1		the whole: its rate and its ceiling
 *	  7669:2	what nobody has for sure; where frames go that no filter knows
 *	  7669:ID	a share: its floor is its rate, the whole's ceiling its own
 *
 * A class may have the rate of its own whatever others send, and borrows from the whole what
 * is left over. So the rest has what the floors leave of the whole's rate, and nothing is
 * promised twice, unless the floors are more than that: the ceiling holds even then.
 *
 * What a share is comes from the kernel alone: the rest is worked out anew, of the classes that
 * there are, with each that comes or goes.
 *
 * A filter is known by its number in the table of the first u32 filter: 800::ID for tc(8).
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/rate-htb.h"
#include "kernel/rate-share.h"
#include "util/array.h"

enum {
	PRIORITY = 0x7669,
	TABLE = 0x80000000,
	REST_MIN = 1024, /* bytes a second: a class needs a rate */
	BATCH = 64,      /* messages of a request */
};

struct shares {
	struct rate_class whole;
	bool has_whole, has_rest;
	struct rate_share *items;
	size_t n;
};

static void shares_done(struct shares *shares)
{
	free(shares->items);
}

static int on_class(void *userdata, unsigned id, const struct rate_class *class)
{
	struct shares *shares = userdata;
	struct rate_share *share;

	if (id == RATE_WHOLE) {
		shares->whole = *class;
		shares->has_whole = true;
	} else if (id == RATE_REST) {
		shares->has_rest = true;
	} else {
		share = array_add(&shares->items, &shares->n, sizeof(*share));
		if (!share)
			return -ENOMEM;
		*share = (struct rate_share){ .id = id, .floor = class->rate };
	}
	return 0;
}

static struct rate_share *find(const struct shares *shares, unsigned id)
{
	for (size_t i = 0; i < shares->n; i++)
		if (shares->items[i].id == id)
			return &shares->items[i];
	return NULL;
}

/* -ENOENT: the link has no such rate. */
static int read_classes(struct netlink *nl, int ifindex, struct shares *shares)
{
	int r = rate_each_class(nl, ifindex, on_class, shares, NULL);

	if (r == 0 && (!shares->has_whole || !shares->has_rest))
		r = -ENOENT;
	return r;
}

static struct nlmsghdr *add_filter_message(struct netlink *nl, uint16_t type, uint16_t flags,
					   int ifindex, unsigned id)
{
	struct nlmsghdr *nlh = rate_message(nl, type, flags, ifindex, RATE_ROOT,
					    id ? TABLE | id : 0);
	struct tcmsg *tc = mnl_nlmsg_get_payload(nlh);

	tc->tcm_info = TC_H_MAKE((uint32_t)PRIORITY << 16, htons(ETH_P_ALL));
	return nlh;
}

static int read_filters(struct netlink *nl, int ifindex, struct shares *shares)
{
	const struct nlmsghdr *nlh = NULL;
	int r;

	add_filter_message(nl, RTM_GETTFILTER, 0, ifindex, 0);
	r = netlink_dump(nl, NULL);
	while (r == 0 && (nlh = netlink_answer_next(nl, nlh))) {
		const struct tcmsg *tc = mnl_nlmsg_get_payload(nlh);
		struct rate_share *share;

		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*tc))
			continue;
		share = find(shares, TC_U32_NODE(tc->tcm_handle));
		if (share)
			share->reached = true;
	}
	return r;
}

/* The address as the two words in which it stands, which begin 16 bytes before the IP header. */
static void add_filter(struct netlink *nl, int ifindex, const struct rate_share *share)
{
	const struct tc_u32_sel sel = { .flags = TC_U32_TERMINAL, .nkeys = 2 };
	struct tc_u32_key keys[2] = { { .mask = htonl(0xffff), .off = -16 },
				      { .mask = UINT32_MAX, .off = -12 } };
	uint8_t match[sizeof(sel) + sizeof(keys)];
	struct nlmsghdr *nlh = add_filter_message(nl, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL,
						  ifindex, share->id);
	struct nlattr *options;

	memcpy((uint8_t *)&keys[0].val + 2, share->mac, 2);
	memcpy(&keys[1].val, share->mac + 2, 4);
	memcpy(match, &sel, sizeof(sel));
	memcpy(match + sizeof(sel), keys, sizeof(keys));
	mnl_attr_put_strz(nlh, TCA_KIND, "u32");
	options = mnl_attr_nest_start(nlh, TCA_OPTIONS);
	mnl_attr_put_u32(nlh, TCA_U32_CLASSID, RATE_ROOT | share->id);
	mnl_attr_put(nlh, TCA_U32_SEL, sizeof(match), match);
	mnl_attr_nest_end(nlh, options);
}

static void add_share_class(struct netlink *nl, uint16_t flags, int ifindex,
			    const struct rate_class *whole, const struct rate_share *share)
{
	const struct rate_class class = {
		.rate = share->floor,
		.ceil = whole->ceil > share->floor ? whole->ceil : share->floor,
		.buffer = rate_bucket(share->floor, 0),
		.cbuffer = whole->cbuffer,
	};

	rate_add_class(nl, flags, ifindex, RATE_ROOT | RATE_WHOLE, share->id, &class);
}

/* What the floors leave; `but` is going, and `with` (or NULL) is coming. */
static void add_rest(struct netlink *nl, uint16_t flags, int ifindex, const struct shares *shares,
		     unsigned but, const struct rate_share *with)
{
	struct rate_class class = shares->whole;
	uint64_t sum = with ? with->floor : 0;

	for (size_t i = 0; i < shares->n; i++)
		if (shares->items[i].id != but)
			sum += shares->items[i].floor;
	class.rate = class.rate > sum + REST_MIN ? class.rate - sum : REST_MIN;
	class.buffer = rate_bucket(class.rate, 0);
	rate_add_class(nl, flags, ifindex, RATE_ROOT | RATE_WHOLE, RATE_REST, &class);
}

static int make(struct netlink *nl, int ifindex, const struct rate_limit *limit, struct error *err)
{
	const struct shares shares = { .whole = rate_class_of(limit) };

	rate_add_root(nl, ifindex, RATE_REST);
	rate_add_class(nl, NLM_F_CREATE, ifindex, RATE_ROOT, RATE_WHOLE, &shares.whole);
	add_rest(nl, NLM_F_CREATE, ifindex, &shares, 0, NULL);
	rate_add_fifo(nl, ifindex, RATE_REST, limit);
	return rate_make(nl, ifindex, err);
}

/* They have all a part of the new ceiling. */
static int change(struct netlink *nl, int ifindex, const struct shares *shares,
		  const struct rate_limit *limit)
{
	int r;

	rate_add_class(nl, 0, ifindex, RATE_ROOT, RATE_WHOLE, &shares->whole);
	add_rest(nl, 0, ifindex, shares, 0, NULL);
	rate_add_fifo(nl, ifindex, RATE_REST, limit);
	r = netlink_run(nl, NULL);
	for (size_t i = 0; r == 0 && i < shares->n; i++) {
		add_share_class(nl, 0, ifindex, &shares->whole, &shares->items[i]);
		if ((i + 1) % BATCH == 0 || i + 1 == shares->n)
			r = netlink_run(nl, NULL);
	}
	return r;
}

int rate_set_shared(struct netlink *nl, int ifindex, const char *name,
		    const struct rate_limit *limit, struct error *err)
{
	AUTO(shares_done) struct shares shares = { 0 };
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	r = read_classes(nl, ifindex, &shares);
	shares.whole = rate_class_of(limit);
	if (r == 0)
		r = change(nl, ifindex, &shares, limit);
	if (r == 0)
		return 0;
	r = make(nl, ifindex, limit, &failure);
	return r < 0 ? rate_fail(name, r, &failure, err) : 0;
}

static int end_share(struct netlink *nl, int ifindex, const struct shares *shares, unsigned id)
{
	int r;

	add_filter_message(nl, RTM_DELTFILTER, 0, ifindex, id);
	(void)netlink_run(nl, NULL);
	if (!find(shares, id))
		return 0;
	rate_message(nl, RTM_DELTCLASS, 0, ifindex, RATE_ROOT, RATE_ROOT | id);
	add_rest(nl, 0, ifindex, shares, id, NULL);
	r = netlink_run(nl, NULL);
	return r == -ENOENT ? 0 : r;
}

static int share_fail(const char *name, int r, struct error *failure, struct error *err)
{
	if (r == -ENOENT)
		return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
				 "cannot keep a part of what goes out by %s for a guest: this "
				 "kernel has no u32 classifier (modprobe cls_u32)",
				 name);
	error_prefix(failure, "cannot keep a part of what goes out by %s for a guest: ", name);
	error_move(err, failure);
	return r;
}

int rate_put_share(struct netlink *nl, int ifindex, const char *name,
		   const struct rate_share *share, struct error *err)
{
	AUTO(shares_done) struct shares shares = { 0 };
	AUTO_ERROR struct error failure = ERROR_INIT;
	const struct rate_limit limit = { .rate = share->floor };
	int r;

	r = read_classes(nl, ifindex, &shares);
	if (r < 0)
		return error_set(err, r, ERROR_SYSTEM,
				 "cannot keep a part of what goes out by %s for a guest: it is not "
				 "limited",
				 name);
	(void)end_share(nl, ifindex, &shares, share->id);
	add_rest(nl, 0, ifindex, &shares, share->id, share);
	add_share_class(nl, NLM_F_CREATE, ifindex, &shares.whole, share);
	rate_add_fifo(nl, ifindex, share->id, &limit);
	add_filter(nl, ifindex, share);
	r = netlink_run(nl, &failure);
	if (r == 0)
		return 0;
	if (netlink_message_error(nl, 1) == 0) {
		struct rate_share *slot = array_add(&shares.items, &shares.n, sizeof(*slot));

		if (slot)
			*slot = *share;
	}
	(void)end_share(nl, ifindex, &shares, share->id);
	return share_fail(name, r, &failure, err);
}

int rate_end_share(struct netlink *nl, int ifindex, const char *name, unsigned id,
		   struct error *err)
{
	AUTO(shares_done) struct shares shares = { 0 };
	int r;

	r = read_classes(nl, ifindex, &shares);
	if (r == 0)
		r = end_share(nl, ifindex, &shares, id);
	if (r == 0 || r == -ENOENT || r == -ENODEV)
		return 0;
	return error_system(err, r, "cannot give back a part of what goes out by %s", name);
}

int rate_read_shares(struct netlink *nl, int ifindex, struct rate_share **ret_shares, size_t *ret_n,
		     struct error *err)
{
	AUTO(shares_done) struct shares shares = { 0 };
	int r;

	r = read_classes(nl, ifindex, &shares);
	if (r == 0)
		r = read_filters(nl, ifindex, &shares);
	if (r < 0)
		return error_system(err, r, "cannot read who has a part of a rate");
	*ret_shares = take_ptr(shares.items);
	*ret_n = shares.n;
	return 0;
}

bool rate_is_shared(struct netlink *nl, int ifindex, const struct rate_limit *limit)
{
	const struct rate_class wanted = rate_class_of(limit);
	AUTO(shares_done) struct shares shares = { 0 };

	return read_classes(nl, ifindex, &shares) == 0 && shares.whole.rate == wanted.rate &&
	       shares.whole.ceil == wanted.ceil;
}
