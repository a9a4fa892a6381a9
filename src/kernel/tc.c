/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A direction of a wire is a filter on a link's ingress that matches every
 * frame and redirects it to the other link's egress (mirred). It comes before
 * the link's own receive handler and before the host's stack. The qdisc is
 * "ingress"; a tap's is "clsact", which has an egress hook too, for the guard. One
 * that is there already, of either kind, is used as it is: only the filters'
 * acknowledgements count, for a filter fails where its qdisc is not.
 *
 * Replacing. A u32 filter that exists is changed in place: NEWTFILTER with the
 * handle of the old node exchanges it for the new one by one pointer
 * (u32_replace_knode), so that each frame meets the one or the other, and fails
 * before that where the new target is not there. matchall refuses to be changed
 * (EEXIST), so it has two places, LOW and HIGH, of which the lower number is
 * asked first. The new filter is added in the place that is free, and only when
 * that is done the old one is deleted:
 *
 *	{ HIGH: old }	add LOW: new	{ LOW: new, HIGH: old }	delete HIGH
 *	{ LOW: old }	add HIGH: new	{ LOW: old, HIGH: new }	delete LOW
 *
 * Either way no frame finds no filter, wherever it ends; a process that ended
 * half way has left both, and HIGH is then what nobody asks and can be deleted.
 *
 * A filter whose target was deleted stays: mirred drops what it matches
 * (TC_ACT_SHOT), which is what is wanted while a port waits.
 *
 * Qdiscs are made while their link is down: for one that is up qdisc_graft()
 * takes the link's queues out of service and waits for RCU (dev_deactivate).
 * They are left when a wire goes, for the same reason.
 *
 * The macvlan's direction comes first, so that the answer to a first frame
 * finds its way back.
 *
 * A detour is a redirection of the same kind, behind a wire's: a tap has the one or
 * the other. An ifb gives each frame back to the link that it came in by, where it
 * is classified no second time (drivers/net/ifb.c). Its filter's handle is the kernel's
 * choice, because it depends on what there was before, so it is not changed in place.
 *
 * Which classifier: u32 is in every distribution's kernel, and both directions
 * are one request. Kernels are built without it, then there is matchall. It is
 * tried once, by the first wire of the process; what the answer was is not
 * going to change, so threads may find it out at the same time.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "kernel/tc.h"

enum {
	/* Numbers that nobody else is likely to use; the host's own filters can stand before. */
	PRIORITY_LOW = 0x7669,
	PRIORITY_HIGH = 0x766a,
	PRIORITY_DETOUR = 0x766b,
};

/* The first node of the table that the first u32 filter of a qdisc gets: 800::1 for tc(8). */
static const uint32_t u32_handle = 0x80000001;

/* The next message of the request. kind NULL: whatever kind it is of. */
static struct nlmsghdr *add_message(struct netlink *nl, uint16_t type, uint16_t flags,
				    const struct tcmsg *about, const char *kind)
{
	struct nlmsghdr *nlh = netlink_message(nl, type, flags);
	struct tcmsg *tc = mnl_nlmsg_put_extra_header(nlh, sizeof(*tc));

	*tc = *about;
	tc->tcm_family = AF_UNSPEC;
	if (kind)
		mnl_attr_put_strz(nlh, TCA_KIND, kind);
	return nlh;
}

static struct tcmsg about_ingress(int ifindex)
{
	return (struct tcmsg){
		.tcm_ifindex = ifindex,
		.tcm_parent = TC_H_INGRESS,
		.tcm_handle = TC_H_MAKE(TC_H_INGRESS, 0),
	};
}

static struct tcmsg about_filter(int ifindex, unsigned priority, uint32_t handle)
{
	return (struct tcmsg){
		.tcm_ifindex = ifindex,
		.tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
		.tcm_handle = handle,
		.tcm_info = TC_H_MAKE(priority << 16, htons(ETH_P_ALL)),
	};
}

/* The attribute `type`: a list of one action, to send out by `target` instead. */
static void put_redirect(struct nlmsghdr *nlh, uint16_t type, int target)
{
	const struct tc_mirred redirect = {
		.action = TC_ACT_STOLEN,
		.eaction = TCA_EGRESS_REDIR,
		.ifindex = (uint32_t)target,
	};
	struct nlattr *list = mnl_attr_nest_start(nlh, type);
	struct nlattr *first = mnl_attr_nest_start(nlh, 1);
	struct nlattr *options;

	mnl_attr_put_strz(nlh, TCA_ACT_KIND, "mirred");
	options = mnl_attr_nest_start(nlh, TCA_ACT_OPTIONS);
	mnl_attr_put(nlh, TCA_MIRRED_PARMS, sizeof(redirect), &redirect);
	mnl_attr_nest_end(nlh, options);
	mnl_attr_nest_end(nlh, first);
	mnl_attr_nest_end(nlh, list);
}

/* Every filter has its qdisc before it in the request, as run_filters() expects. */
static struct nlmsghdr *add_filter(struct netlink *nl, uint16_t flags, const struct tcmsg *about,
				   const char *kind)
{
	const struct tcmsg ingress = about_ingress(about->tcm_ifindex);

	add_message(nl, RTM_NEWQDISC, NLM_F_CREATE, &ingress, "ingress");
	return add_message(nl, RTM_NEWTFILTER, NLM_F_CREATE | flags, about, kind);
}

/*
 * Runs a request of n times a qdisc and its filter. The sentence is that of the
 * first failure, which is the reason where a filter had no qdisc.
 */
static int run_filters(struct netlink *nl, unsigned n, struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r, code = 0;

	r = netlink_run(nl, &failure);
	if (r == 0)
		return 0;
	for (unsigned i = 0; code == 0 && i < n; i++)
		code = netlink_message_error(nl, 2 * i + 1);
	if (netlink_failed(nl) >= 0 && code == 0)
		return 0;
	if (code < 0)
		failure.code = r = code;
	error_move(err, &failure);
	return r;
}

static void add_u32(struct netlink *nl, int from, int to, uint32_t handle)
{
	const struct tc_u32_sel everything = { .flags = TC_U32_TERMINAL };
	const struct tcmsg about = about_filter(from, PRIORITY_LOW, handle);
	struct nlmsghdr *nlh = add_filter(nl, 0, &about, "u32");
	struct nlattr *options = mnl_attr_nest_start(nlh, TCA_OPTIONS);

	mnl_attr_put(nlh, TCA_U32_SEL, sizeof(everything), &everything);
	put_redirect(nlh, TCA_U32_ACT, to);
	mnl_attr_nest_end(nlh, options);
}

/* The filter of that priority; 0 where there is none. Tables have no number of a node. */
static uint32_t find_u32(struct netlink *nl, int from, unsigned priority)
{
	const struct tcmsg about = about_filter(from, priority, 0);
	const struct nlmsghdr *nlh = NULL;

	add_message(nl, RTM_GETTFILTER, 0, &about, NULL);
	if (netlink_dump(nl, NULL) < 0)
		return 0;
	while ((nlh = netlink_answer_next(nl, nlh))) {
		const struct tcmsg *tc = mnl_nlmsg_get_payload(nlh);

		if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(*tc) &&
		    tc->tcm_info >> 16 == priority && TC_U32_NODE(tc->tcm_handle))
			return tc->tcm_handle;
	}
	return 0;
}

/* A tap that has a detour has that one's table as its first: then the kernel numbers the filter. */
static int wire_u32(struct netlink *nl, int tap, int macvlan, struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	add_u32(nl, macvlan, tap, u32_handle);
	add_u32(nl, tap, macvlan, u32_handle);
	r = run_filters(nl, 2, &failure);
	if (r < 0 && r != -ENOENT && tc_find_detour(nl, tap)) {
		uint32_t handle = find_u32(nl, tap, PRIORITY_LOW);

		add_u32(nl, macvlan, tap, u32_handle);
		add_u32(nl, tap, macvlan, handle);
		return run_filters(nl, 2, err);
	}
	if (r < 0)
		error_move(err, &failure);
	return r;
}

static int run_matchall(struct netlink *nl, int from, unsigned priority, int to, struct error *err)
{
	const struct tcmsg about = about_filter(from, priority, 1);
	struct nlmsghdr *nlh = add_filter(nl, NLM_F_EXCL, &about, "matchall");
	struct nlattr *options = mnl_attr_nest_start(nlh, TCA_OPTIONS);

	put_redirect(nlh, TCA_MATCHALL_ACT, to);
	mnl_attr_nest_end(nlh, options);
	return run_filters(nl, 1, err);
}

static void add_deletion(struct netlink *nl, int from, unsigned priority)
{
	const struct tcmsg about = about_filter(from, priority, 0);

	add_message(nl, RTM_DELTFILTER, 0, &about, NULL);
}

/* One that is not there is deleted. */
static void run_deletion(struct netlink *nl, int from, unsigned priority)
{
	add_deletion(nl, from, priority);
	(void)netlink_run(nl, NULL);
}

static int redirect_matchall(struct netlink *nl, int from, int to, struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	r = run_matchall(nl, from, PRIORITY_LOW, to, &failure);
	if (r == 0) {
		run_deletion(nl, from, PRIORITY_HIGH);
		return 0;
	}
	if (r != -EEXIST) {
		error_move(err, &failure);
		return r;
	}
	run_deletion(nl, from, PRIORITY_HIGH);
	r = run_matchall(nl, from, PRIORITY_HIGH, to, err);
	if (r == 0)
		run_deletion(nl, from, PRIORITY_LOW);
	return r;
}

static int wire_matchall(struct netlink *nl, int tap, int macvlan, struct error *err)
{
	int r;

	r = redirect_matchall(nl, macvlan, tap, err);
	return r < 0 ? r : redirect_matchall(nl, tap, macvlan, err);
}

static int (*const wire[])(struct netlink *nl, int tap, int macvlan, struct error *err) = {
	[TC_CLASSIFIER_U32] = wire_u32,
	[TC_CLASSIFIER_MATCHALL] = wire_matchall,
};
_Static_assert(ARRAY_SIZE(wire) == TC_CLASSIFIER_COUNT, "every classifier has its way");

int tc_wire_by(struct netlink *nl, enum tc_classifier classifier, int tap, const char *tap_name,
	       int macvlan, const char *macvlan_name, struct error *err)
{
	int r;

	r = wire[classifier](nl, tap, macvlan, err);
	if (r < 0)
		error_prefix(err, "cannot wire %s and %s: ", tap_name, macvlan_name);
	return r;
}

int tc_wire(struct netlink *nl, int tap, const char *tap_name, int macvlan,
	    const char *macvlan_name, struct error *err)
{
	static _Atomic unsigned known; /* 0, or 1 + the classifier that this kernel has */
	unsigned first = known ? known - 1 : 0;
	int r = 0;

	for (unsigned i = first; i < TC_CLASSIFIER_COUNT; i++) {
		AUTO_ERROR struct error failure = ERROR_INIT;
		bool last = known || i + 1 == TC_CLASSIFIER_COUNT;

		r = tc_wire_by(nl, i, tap, tap_name, macvlan, macvlan_name, &failure);
		if (r == -ENOENT && !last)
			continue; /* no such classifier */
		if (r == 0)
			known = i + 1;
		else
			error_move(err, &failure);
		break;
	}
	return r;
}

/* Where there is no such filter (ENOENT) or no qdisc (EINVAL) the tap is unwired already. */
int tc_unwire(struct netlink *nl, int tap, const char *tap_name, struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	add_deletion(nl, tap, PRIORITY_LOW);
	add_deletion(nl, tap, PRIORITY_HIGH);
	r = netlink_run(nl, &failure);
	if (r == 0 || r == -ENOENT || r == -EINVAL)
		return 0;
	error_prefix(&failure, "cannot unwire %s: ", tap_name);
	error_move(err, &failure);
	return r;
}

/* EINVAL: there is one of the other kind already. */
int tc_make_ready(struct netlink *nl, int ifindex, const char *name, bool egress, struct error *err)
{
	const struct tcmsg about = about_ingress(ifindex);
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	add_message(nl, RTM_NEWQDISC, NLM_F_CREATE, &about, egress ? "clsact" : "ingress");
	r = netlink_run(nl, &failure);
	if (r == 0 || r == -EINVAL || r == -ENOENT || r == -EOPNOTSUPP)
		return 0;
	error_prefix(&failure, "cannot make %s ready to be wired: ", name);
	error_move(err, &failure);
	return r;
}

/* A kernel without CONFIG_NET_SCHED (EOPNOTSUPP) has no queue to take away. */
int tc_set_noqueue(struct netlink *nl, int tap, const char *tap_name, struct error *err)
{
	const struct tcmsg about = {
		.tcm_ifindex = tap,
		.tcm_parent = TC_H_ROOT,
	};
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	add_message(nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, &about, "noqueue");
	r = netlink_run(nl, &failure);
	if (r == 0 || r == -EOPNOTSUPP)
		return 0;
	error_prefix(&failure, "cannot take away the queue of %s: ", tap_name);
	error_move(err, &failure);
	return r;
}

static void add_detour_u32(struct netlink *nl, int from, int to)
{
	const struct tc_u32_sel everything = { .flags = TC_U32_TERMINAL };
	const struct tcmsg about = about_filter(from, PRIORITY_DETOUR, 0);
	struct nlmsghdr *nlh = add_message(nl, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, &about,
					   "u32");
	struct nlattr *options = mnl_attr_nest_start(nlh, TCA_OPTIONS);

	mnl_attr_put(nlh, TCA_U32_SEL, sizeof(everything), &everything);
	put_redirect(nlh, TCA_U32_ACT, to);
	mnl_attr_nest_end(nlh, options);
}

static void add_detour_matchall(struct netlink *nl, int from, int to)
{
	const struct tcmsg about = about_filter(from, PRIORITY_DETOUR, 1);
	struct nlmsghdr *nlh = add_message(nl, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, &about,
					   "matchall");
	struct nlattr *options = mnl_attr_nest_start(nlh, TCA_OPTIONS);

	put_redirect(nlh, TCA_MATCHALL_ACT, to);
	mnl_attr_nest_end(nlh, options);
}

int tc_detour(struct netlink *nl, int ifindex, const char *name, int ifb, const char *ifb_name,
	      struct error *err)
{
	static void (*const ways[])(struct netlink * nl, int from, int to) = {
		[TC_CLASSIFIER_U32] = add_detour_u32,
		[TC_CLASSIFIER_MATCHALL] = add_detour_matchall,
	};
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	_Static_assert(ARRAY_SIZE(ways) == TC_CLASSIFIER_COUNT, "every classifier has its way");
	if (tc_find_detour(nl, ifindex) == ifb)
		return 0;
	r = tc_make_ready(nl, ifindex, name, true, err);
	if (r < 0)
		return r;
	run_deletion(nl, ifindex, PRIORITY_DETOUR);
	for (unsigned i = 0; i < ARRAY_SIZE(ways); i++) {
		error_done(&failure);
		ways[i](nl, ifindex, ifb);
		r = netlink_run(nl, &failure);
		if (r != -ENOENT)
			break; /* else there is no such classifier */
	}
	if (r < 0) {
		error_prefix(&failure, "cannot send what comes in by %s through %s: ", name,
			     ifb_name);
		error_move(err, &failure);
	}
	return r;
}

int tc_end_detour(struct netlink *nl, int ifindex, const char *name, struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	add_deletion(nl, ifindex, PRIORITY_DETOUR);
	r = netlink_run(nl, &failure);
	if (r == 0 || r == -ENOENT || r == -EINVAL)
		return 0;
	error_prefix(&failure, "cannot end the detour of what comes in by %s: ", name);
	error_move(err, &failure);
	return r;
}

static const struct nlattr *find_nested(const struct nlattr *list, uint16_t type)
{
	const struct nlattr *attr;

	if (list)
		mnl_attr_for_each_nested(attr,
					 list) if (mnl_attr_get_type(attr) == type) return attr;
	return NULL;
}

/* Where the filter's action sends what it matches; 0 where it does not. */
static int redirect_target(const struct nlmsghdr *nlh)
{
	static const uint16_t actions[] = {
		[TC_CLASSIFIER_U32] = TCA_U32_ACT,
		[TC_CLASSIFIER_MATCHALL] = TCA_MATCHALL_ACT,
	};
	const struct nlattr *attr, *options = NULL, *parameters = NULL;
	const struct tc_mirred *mirred;

	mnl_attr_for_each(attr, nlh, sizeof(struct tcmsg)) if (mnl_attr_get_type(attr) ==
							       TCA_OPTIONS) options = attr;
	for (unsigned i = 0; !parameters && i < ARRAY_SIZE(actions); i++) {
		const struct nlattr *first = find_nested(find_nested(options, actions[i]), 1);

		parameters = find_nested(find_nested(first, TCA_ACT_OPTIONS), TCA_MIRRED_PARMS);
	}
	if (!parameters || mnl_attr_get_payload_len(parameters) < sizeof(*mirred))
		return 0;
	mirred = mnl_attr_get_payload(parameters);
	return (int)mirred->ifindex;
}

int tc_find_detour(struct netlink *nl, int ifindex)
{
	const struct tcmsg about = about_filter(ifindex, PRIORITY_DETOUR, 0);
	const struct nlmsghdr *nlh = NULL;
	int target = 0;

	add_message(nl, RTM_GETTFILTER, 0, &about, NULL);
	if (netlink_dump(nl, NULL) < 0)
		return 0;
	while (target == 0 && (nlh = netlink_answer_next(nl, nlh))) {
		const struct tcmsg *tc = mnl_nlmsg_get_payload(nlh);

		if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(*tc) &&
		    tc->tcm_info >> 16 == PRIORITY_DETOUR)
			target = redirect_target(nlh);
	}
	return target;
}
