/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The queue is htb's, with one class: it lets a frame go that is longer than what
 * is left in the bucket and is in debt for it, where tbf drops it. So no burst is
 * too small for a guest's 64 KiB frames.
 *
 * The bucket has to outlast the time until the kernel comes to look again, or it
 * flows over and the rate is not reached: BURST_USEC of the rate, on a busy host.
 *
 * Behind the class frames wait in a fifo that is limited in bytes: as long as its
 * default is, 1000 of a guest's large frames, an answer would come after seconds.
 *
 * The handles are numbers that nobody else is likely to use. So a queue of ours is
 * known by them, and one of others with theirs is not changed but exchanged.
 */
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "kernel/link.h"
#include "kernel/rate.h"

enum {
	ROOT = 0x76690000,  /* 7669: for tc(8) */
	CLASS = 0x76690001, /* 7669:1 */
	FIFO = 0x766a0000,
	TICK_NSEC = 64,      /* of psched, since Linux 2.6.31 */
	BURST_USEC = 10000,  /* of the rate are the least bucket */
	BURST_MIN = 3028,    /* bytes: two frames */
	QUEUE_USEC = 100000, /* of the rate may wait */
	QUEUE_MIN = 256 << 10,
	QUEUE_MAX = 64 << 20,
	QUANTUM = 60000, /* bytes; between classes, and there are no two */
};
static const uint64_t sec_usec = 1000000, sec_nsec = 1000000000;
static const uint64_t bucket_max_nsec = 200ULL * 1000000000; /* 32 bits of ticks are 274 s */

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Bytes that pass in that time; rates that are too large for that are no limits. */
static uint64_t bytes_in(uint64_t rate, uint64_t usec)
{
	return rate / sec_usec * usec + rate % sec_usec * usec / sec_usec;
}

/* How long the bucket lasts: ticks. */
static uint32_t bucket(uint64_t rate, uint64_t bytes)
{
	long double nsec;

	bytes = max_u64(max_u64(bytes, BURST_MIN), bytes_in(rate, BURST_USEC));
	nsec = (long double)bytes * (long double)sec_nsec / (long double)rate;
	if (nsec > (long double)bucket_max_nsec)
		nsec = (long double)bucket_max_nsec;
	return (uint32_t)(nsec / TICK_NSEC);
}

/* Its own rate where a peak would be lower; the rest of what the kernel wants is derived. */
static struct tc_htb_opt class_options(const struct rate_limit *limit, uint64_t *ret_peak)
{
	uint64_t peak = max_u64(limit->peak, limit->rate);
	struct tc_htb_opt options = {
		.rate = { .rate = (uint32_t)min_u64(limit->rate, UINT32_MAX),
			  .linklayer = TC_LINKLAYER_ETHERNET },
		.ceil = { .rate = (uint32_t)min_u64(peak, UINT32_MAX),
			  .linklayer = TC_LINKLAYER_ETHERNET },
		.buffer = bucket(limit->rate, limit->burst),
		/* Without a peak the whole burst may go at once. */
		.cbuffer = bucket(peak, limit->peak ? 0 : limit->burst),
		.quantum = QUANTUM,
	};

	*ret_peak = peak;
	return options;
}

static uint32_t queue_limit(const struct rate_limit *limit)
{
	uint64_t bytes = max_u64(bytes_in(limit->rate, QUEUE_USEC), QUEUE_MIN);

	return (uint32_t)min_u64(max_u64(bytes, min_u64(limit->burst, QUEUE_MAX)), QUEUE_MAX);
}

static struct nlmsghdr *add_message(struct netlink *nl, uint16_t type, uint16_t flags, int ifindex,
				    uint32_t parent, uint32_t handle)
{
	struct nlmsghdr *nlh = netlink_message(nl, type, flags);
	struct tcmsg *tc = mnl_nlmsg_put_extra_header(nlh, sizeof(*tc));

	tc->tcm_family = AF_UNSPEC;
	tc->tcm_ifindex = ifindex;
	tc->tcm_parent = parent;
	tc->tcm_handle = handle;
	return nlh;
}

static void add_root(struct netlink *nl, int ifindex)
{
	const struct tc_htb_glob glob = { .version = 3, .rate2quantum = 10, .defcls = 1 };
	struct nlmsghdr *nlh = add_message(nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, ifindex,
					   TC_H_ROOT, ROOT);
	struct nlattr *options;

	mnl_attr_put_strz(nlh, TCA_KIND, "htb");
	options = mnl_attr_nest_start(nlh, TCA_OPTIONS);
	mnl_attr_put(nlh, TCA_HTB_INIT, sizeof(glob), &glob);
	mnl_attr_nest_end(nlh, options);
}

static void add_class(struct netlink *nl, uint16_t flags, int ifindex,
		      const struct rate_limit *limit)
{
	struct nlmsghdr *nlh = add_message(nl, RTM_NEWTCLASS, flags, ifindex, ROOT, CLASS);
	struct nlattr *options;
	struct tc_htb_opt class;
	uint64_t peak;

	class = class_options(limit, &peak);
	mnl_attr_put_strz(nlh, TCA_KIND, "htb");
	options = mnl_attr_nest_start(nlh, TCA_OPTIONS);
	mnl_attr_put(nlh, TCA_HTB_PARMS, sizeof(class), &class);
	mnl_attr_put_u64(nlh, TCA_HTB_RATE64, limit->rate);
	mnl_attr_put_u64(nlh, TCA_HTB_CEIL64, peak);
	mnl_attr_nest_end(nlh, options);
}

static void add_fifo(struct netlink *nl, int ifindex, const struct rate_limit *limit)
{
	const struct tc_fifo_qopt fifo = { .limit = queue_limit(limit) };
	struct nlmsghdr *nlh = add_message(nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, ifindex,
					   CLASS, FIFO);

	mnl_attr_put_strz(nlh, TCA_KIND, "bfifo");
	mnl_attr_put(nlh, TCA_OPTIONS, sizeof(fifo), &fifo);
}

/* -ENOENT: there is no limit of ours. */
static int change(struct netlink *nl, int ifindex, const struct rate_limit *limit)
{
	add_class(nl, 0, ifindex, limit);
	add_fifo(nl, ifindex, limit);
	return netlink_run(nl, NULL);
}

static int make(struct netlink *nl, int ifindex, const struct rate_limit *limit, struct error *err)
{
	int r;

	add_root(nl, ifindex);
	add_class(nl, NLM_F_CREATE, ifindex, limit);
	add_fifo(nl, ifindex, limit);
	r = netlink_run(nl, err);
	if (r < 0 && netlink_message_error(nl, 0) == 0) {
		add_message(nl, RTM_DELQDISC, 0, ifindex, TC_H_ROOT, ROOT);
		(void)netlink_run(nl, NULL);
	}
	return r;
}

int rate_set(struct netlink *nl, int ifindex, const char *name, const struct rate_limit *limit,
	     struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	if (change(nl, ifindex, limit) == 0)
		return 0;
	r = make(nl, ifindex, limit, &failure);
	if (r == 0)
		return 0;
	if (r == -ENOENT)
		return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
				 "cannot limit what goes out by %s: this kernel has no htb "
				 "(modprobe sch_htb)",
				 name);
	error_prefix(&failure, "cannot limit what goes out by %s: ", name);
	error_move(err, &failure);
	return r;
}

/* ENOENT, EINVAL: the link has another queue, or none. */
int rate_clear(struct netlink *nl, int ifindex, const char *name, bool noqueue, struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	add_message(nl, RTM_DELQDISC, 0, ifindex, TC_H_ROOT, ROOT);
	r = netlink_run(nl, &failure);
	if (r == 0 && noqueue) {
		mnl_attr_put_strz(add_message(nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE,
					      ifindex, TC_H_ROOT, 0),
				  TCA_KIND, "noqueue");
		r = netlink_run(nl, &failure);
	}
	if (r == 0 || r == -ENOENT || r == -EINVAL)
		return 0;
	error_prefix(&failure, "cannot end the limit of what goes out by %s: ", name);
	error_move(err, &failure);
	return r;
}

static bool class_is(const struct nlmsghdr *nlh, const struct rate_limit *limit)
{
	const struct tc_htb_opt *have = NULL;
	const struct nlattr *attr, *option;
	struct tc_htb_opt wanted;
	uint64_t peak;

	mnl_attr_for_each(attr, nlh,
			  sizeof(struct tcmsg)) if (mnl_attr_get_type(attr) == TCA_OPTIONS)
		mnl_attr_for_each_nested(
			option, attr) if (mnl_attr_get_type(option) == TCA_HTB_PARMS &&
					  mnl_attr_get_payload_len(option) >= sizeof(*have))
			have = mnl_attr_get_payload(option);
	wanted = class_options(limit, &peak);
	return have && have->rate.rate == wanted.rate.rate && have->ceil.rate == wanted.ceil.rate;
}

bool rate_is_set(struct netlink *nl, int ifindex, const struct rate_limit *limit)
{
	const struct nlmsghdr *nlh = NULL;

	add_message(nl, RTM_GETTCLASS, 0, ifindex, TC_H_UNSPEC, 0);
	if (netlink_dump(nl, NULL) < 0)
		return false;
	while ((nlh = netlink_answer_next(nl, nlh))) {
		const struct tcmsg *tc = mnl_nlmsg_get_payload(nlh);

		if (nlh->nlmsg_type == RTM_NEWTCLASS &&
		    mnl_nlmsg_get_payload_len(nlh) >= sizeof(*tc) && tc->tcm_handle == CLASS)
			return class_is(nlh, limit);
	}
	return false;
}
