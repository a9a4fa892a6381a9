/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The queue is htb's: a class of it lets a frame go that is longer than what
 * is left in the bucket and is in debt for it, where tbf drops it. So no burst is
 * too small for a guest's 64 KiB frames.
 *
 * The bucket has to outlast the time until the kernel comes to look again, or it
 * flows over and the rate is not reached: BURST_USEC of the rate, on a busy host.
 *
 * Behind the class frames wait in a fifo that is limited in bytes: as long as its
 * default is, 1000 of a guest's large frames, an answer would come after seconds.
 */
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "kernel/rate-htb.h"

enum {
	TICK_NSEC = 64,      /* of psched, since Linux 2.6.31 */
	BURST_USEC = 10000,  /* of the rate are the least bucket */
	BURST_MIN = 3028,    /* bytes: two frames */
	QUEUE_USEC = 100000, /* of the rate may wait */
	QUEUE_MIN = 256 << 10,
	QUEUE_MAX = 64 << 20,
	QUANTUM = 60000, /* bytes; a class that is served at others' cost has them in turn */
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

uint32_t rate_bucket(uint64_t rate, uint64_t bytes)
{
	long double nsec;

	bytes = max_u64(max_u64(bytes, BURST_MIN), bytes_in(rate, BURST_USEC));
	nsec = (long double)bytes * (long double)sec_nsec / (long double)rate;
	if (nsec > (long double)bucket_max_nsec)
		nsec = (long double)bucket_max_nsec;
	return (uint32_t)(nsec / TICK_NSEC);
}

/* Its own rate where a peak would be lower; the rest of what the kernel wants is derived. */
struct rate_class rate_class_of(const struct rate_limit *limit)
{
	uint64_t peak = max_u64(limit->peak, limit->rate);

	return (struct rate_class){
		.rate = limit->rate,
		.ceil = peak,
		.buffer = rate_bucket(limit->rate, limit->burst),
		/* Without a peak the whole burst may go at once. */
		.cbuffer = rate_bucket(peak, limit->peak ? 0 : limit->burst),
	};
}

static uint32_t queue_limit(const struct rate_limit *limit)
{
	uint64_t bytes = max_u64(bytes_in(limit->rate, QUEUE_USEC), QUEUE_MIN);

	return (uint32_t)min_u64(max_u64(bytes, min_u64(limit->burst, QUEUE_MAX)), QUEUE_MAX);
}

struct nlmsghdr *rate_message(struct netlink *nl, uint16_t type, uint16_t flags, int ifindex,
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

void rate_add_root(struct netlink *nl, int ifindex, unsigned default_class)
{
	const struct tc_htb_glob glob = { .version = 3,
					  .rate2quantum = 10,
					  .defcls = default_class };
	struct nlmsghdr *nlh = rate_message(nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, ifindex,
					    TC_H_ROOT, RATE_ROOT);
	struct nlattr *options;

	mnl_attr_put_strz(nlh, TCA_KIND, "htb");
	options = mnl_attr_nest_start(nlh, TCA_OPTIONS);
	mnl_attr_put(nlh, TCA_HTB_INIT, sizeof(glob), &glob);
	mnl_attr_nest_end(nlh, options);
}

void rate_add_class(struct netlink *nl, uint16_t flags, int ifindex, uint32_t parent, unsigned id,
		    const struct rate_class *class)
{
	const struct tc_htb_opt parameters = {
		.rate = { .rate = (uint32_t)min_u64(class->rate, UINT32_MAX),
			  .linklayer = TC_LINKLAYER_ETHERNET },
		.ceil = { .rate = (uint32_t)min_u64(class->ceil, UINT32_MAX),
			  .linklayer = TC_LINKLAYER_ETHERNET },
		.buffer = class->buffer,
		.cbuffer = class->cbuffer,
		.quantum = QUANTUM,
	};
	struct nlmsghdr *nlh = rate_message(nl, RTM_NEWTCLASS, flags, ifindex, parent,
					    RATE_ROOT | id);
	struct nlattr *options;

	mnl_attr_put_strz(nlh, TCA_KIND, "htb");
	options = mnl_attr_nest_start(nlh, TCA_OPTIONS);
	mnl_attr_put(nlh, TCA_HTB_PARMS, sizeof(parameters), &parameters);
	mnl_attr_put_u64(nlh, TCA_HTB_RATE64, class->rate);
	mnl_attr_put_u64(nlh, TCA_HTB_CEIL64, class->ceil);
	mnl_attr_nest_end(nlh, options);
}

void rate_add_fifo(struct netlink *nl, int ifindex, unsigned id, const struct rate_limit *limit)
{
	const struct tc_fifo_qopt fifo = { .limit = queue_limit(limit) };
	struct nlmsghdr *nlh = rate_message(nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, ifindex,
					    RATE_ROOT | id, RATE_FIFO + (id << 16));

	mnl_attr_put_strz(nlh, TCA_KIND, "bfifo");
	mnl_attr_put(nlh, TCA_OPTIONS, sizeof(fifo), &fifo);
}

int rate_fail(const char *name, int r, struct error *failure, struct error *err)
{
	if (r == -ENOENT)
		return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
				 "cannot limit what goes out by %s: this kernel has no htb "
				 "(modprobe sch_htb)",
				 name);
	error_prefix(failure, "cannot limit what goes out by %s: ", name);
	error_move(err, failure);
	return r;
}

int rate_make(struct netlink *nl, int ifindex, struct error *err)
{
	int r = netlink_run(nl, err);

	if (r < 0 && netlink_message_error(nl, 0) == 0) {
		rate_message(nl, RTM_DELQDISC, 0, ifindex, TC_H_ROOT, RATE_ROOT);
		(void)netlink_run(nl, NULL);
	}
	return r;
}

static uint64_t rate_or(const struct nlattr *wide, uint32_t rate)
{
	return wide && mnl_attr_get_payload_len(wide) >= sizeof(uint64_t) ? mnl_attr_get_u64(wide)
									  : rate;
}

static void read_options(const struct nlattr *options, struct rate_class *class)
{
	const struct nlattr *rate = NULL, *ceil = NULL, *option;
	const struct tc_htb_opt *have = NULL;

	mnl_attr_for_each_nested(option, options)
	{
		switch (mnl_attr_get_type(option)) {
		case TCA_HTB_PARMS:
			if (mnl_attr_get_payload_len(option) >= sizeof(*have))
				have = mnl_attr_get_payload(option);
			break;
		case TCA_HTB_RATE64:
			rate = option;
			break;
		case TCA_HTB_CEIL64:
			ceil = option;
			break;
		default:
			break;
		}
	}
	if (!have)
		return;
	class->rate = rate_or(rate, have->rate.rate);
	class->ceil = rate_or(ceil, have->ceil.rate);
	class->buffer = have->buffer;
	class->cbuffer = have->cbuffer;
}

int rate_each_class(struct netlink *nl, int ifindex,
		    int (*on_class)(void *userdata, unsigned id, const struct rate_class *class),
		    void *userdata, struct error *err)
{
	const struct nlmsghdr *nlh = NULL;
	const struct nlattr *attr;
	int r;

	rate_message(nl, RTM_GETTCLASS, 0, ifindex, TC_H_UNSPEC, 0);
	r = netlink_dump(nl, err);
	while (r == 0 && (nlh = netlink_answer_next(nl, nlh))) {
		const struct tcmsg *tc = mnl_nlmsg_get_payload(nlh);
		struct rate_class class = { 0 };

		if (nlh->nlmsg_type != RTM_NEWTCLASS ||
		    mnl_nlmsg_get_payload_len(nlh) < sizeof(*tc) ||
		    TC_H_MAJ(tc->tcm_handle) != RATE_ROOT)
			continue;
		mnl_attr_for_each(attr, nlh, sizeof(*tc))
		{
			if (mnl_attr_get_type(attr) == TCA_OPTIONS)
				read_options(attr, &class);
		}
		r = on_class(userdata, TC_H_MIN(tc->tcm_handle), &class);
	}
	return r;
}
