/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A direction of a wire is a filter on a link's ingress that matches every
 * frame and redirects it to the other link's egress (mirred). It comes before
 * the link's own receive handler and before the host's stack. The qdisc is
 * "ingress", not "clsact": the latter has an egress hook too, that nobody
 * needs. One that is there already, of either kind, is used as it is: only the
 * filters' acknowledgements count, for a filter fails where its qdisc is not.
 *
 * Replacing. A u32 filter that exists is changed in place: NEWTFILTER with the
 * handle of the old node exchanges it for the new one by one pointer
 * (u32_replace_knode), so that each frame meets the one or the other. matchall
 * refuses that (EEXIST), so it has two places, of which the lower number is
 * asked first, and a change goes through all of these in one request:
 *
 *	state at rest		{           HIGH: old }
 *	add LOW: new		{ LOW: new, HIGH: old }		LOW counts
 *	delete HIGH		{ LOW: new            }
 *	add HIGH: new		{ LOW: new, HIGH: new }
 *	delete LOW		{           HIGH: new }
 *
 * The same four messages make the wire where there was none; the deletion that
 * then finds nothing is no failure. At no step does a frame find no filter, and
 * nothing has to be asked before.
 *
 * A filter whose target was deleted stays: mirred drops what it matches
 * (TC_ACT_SHOT), which is what is wanted while a port waits.
 *
 * The macvlan's direction comes first in the request, so that the answer to a
 * first frame finds its way back.
 *
 * Which classifier: u32 is in every distribution's kernel, and changing it is
 * one message. Kernels are built without it, then there is matchall. It is
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

#include "kernel/tc.h"

enum {
	/* Numbers that nobody else has a reason to use, so that the host's owner can filter before. */
	PRIORITY_LOW = 0x7669,
	PRIORITY_HIGH = 0x766a,
};

/* The first node of the table that the first u32 filter of a qdisc gets: 800::1 for tc(8). */
static const uint32_t u32_handle = 0x80000001;

/* A request being built, and which of its messages must succeed. */
struct wiring {
	struct netlink *nl;
	unsigned n;
	unsigned required; /* a bit for each message */
};

/* kind NULL: whatever kind it is of */
static struct nlmsghdr *add_message(struct wiring *wiring, uint16_t type, uint16_t flags,
				    const struct tcmsg *about, const char *kind)
{
	struct nlmsghdr *nlh = netlink_message(wiring->nl, type, flags);
	struct tcmsg *tc = mnl_nlmsg_put_extra_header(nlh, sizeof(*tc));

	*tc = *about;
	tc->tcm_family = AF_UNSPEC;
	if (kind)
		mnl_attr_put_strz(nlh, TCA_KIND, kind);
	wiring->n++;
	return nlh;
}

static void require_last(struct wiring *wiring)
{
	wiring->required |= 1U << (wiring->n - 1);
}

static struct tcmsg about_ingress(int ifindex)
{
	return (struct tcmsg){
		.tcm_ifindex = ifindex,
		.tcm_parent = TC_H_INGRESS,
		.tcm_handle = TC_H_MAKE(TC_H_INGRESS, 0),
	};
}

static void add_ingress(struct wiring *wiring, int ifindex)
{
	const struct tcmsg about = about_ingress(ifindex);

	add_message(wiring, RTM_NEWQDISC, NLM_F_CREATE, &about, "ingress");
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

static void add_redirect_u32(struct wiring *wiring, int from, int to)
{
	const struct tc_u32_sel everything = { .flags = TC_U32_TERMINAL };
	const struct tcmsg about = about_filter(from, PRIORITY_LOW, u32_handle);
	struct nlmsghdr *nlh = add_message(wiring, RTM_NEWTFILTER, NLM_F_CREATE, &about, "u32");
	struct nlattr *options = mnl_attr_nest_start(nlh, TCA_OPTIONS);

	mnl_attr_put(nlh, TCA_U32_SEL, sizeof(everything), &everything);
	put_redirect(nlh, TCA_U32_ACT, to);
	mnl_attr_nest_end(nlh, options);
	require_last(wiring);
}

static void add_matchall(struct wiring *wiring, int from, unsigned priority, int to)
{
	const struct tcmsg about = about_filter(from, priority, 1);
	struct nlmsghdr *nlh = add_message(wiring, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL,
					   &about, "matchall");
	struct nlattr *options = mnl_attr_nest_start(nlh, TCA_OPTIONS);

	put_redirect(nlh, TCA_MATCHALL_ACT, to);
	mnl_attr_nest_end(nlh, options);
	require_last(wiring);
}

static void delete_filter(struct wiring *wiring, int from, unsigned priority)
{
	const struct tcmsg about = about_filter(from, priority, 0);

	add_message(wiring, RTM_DELTFILTER, 0, &about, NULL);
}

static void add_redirect_matchall(struct wiring *wiring, int from, int to)
{
	add_matchall(wiring, from, PRIORITY_LOW, to);
	delete_filter(wiring, from, PRIORITY_HIGH);
	add_matchall(wiring, from, PRIORITY_HIGH, to);
	delete_filter(wiring, from, PRIORITY_LOW);
}

static void (*const add_redirect[])(struct wiring *wiring, int from, int to) = {
	[TC_CLASSIFIER_U32] = add_redirect_u32,
	[TC_CLASSIFIER_MATCHALL] = add_redirect_matchall,
};
_Static_assert(ARRAY_SIZE(add_redirect) == TC_CLASSIFIER_COUNT, "every classifier has its way");

/* The error of the first message that must succeed, or 0. */
static int first_required_error(const struct wiring *wiring)
{
	for (unsigned i = 0; i < wiring->n; i++) {
		int code = netlink_message_error(wiring->nl, i);

		if (code < 0 && (wiring->required & 1U << i))
			return code;
	}
	return 0;
}

/* The sentence is that of the request's first failure, which may have been the reason. */
static int run_wiring(struct wiring *wiring, struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	r = netlink_run(wiring->nl, &failure);
	if (r == 0)
		return 0;
	if (netlink_failed(wiring->nl) >= 0) {
		r = first_required_error(wiring);
		if (r == 0)
			return 0;
		failure.code = r;
	}
	error_move(err, &failure);
	return r;
}

int tc_wire_by(struct netlink *nl, enum tc_classifier classifier, int tap, const char *tap_name,
	       int macvlan, const char *macvlan_name, struct error *err)
{
	struct wiring wiring = { .nl = nl };
	int r;

	add_ingress(&wiring, macvlan);
	add_redirect[classifier](&wiring, macvlan, tap);
	add_ingress(&wiring, tap);
	add_redirect[classifier](&wiring, tap, macvlan);
	r = run_wiring(&wiring, err);
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

		r = tc_wire_by(nl, i, tap, tap_name, macvlan, macvlan_name, &failure);
		if (r == 0)
			known = i + 1;
		else if (r != -ENOENT || i + 1 == TC_CLASSIFIER_COUNT || known)
			error_move(err, &failure);
		else
			continue;
		break;
	}
	return r;
}

/*
 * Filters before the qdisc, which may be a clsact of somebody else and then
 * stays. Where there is no such filter (ENOENT) or no qdisc (EINVAL) the
 * tap is unwired already.
 */
int tc_unwire(struct netlink *nl, int tap, const char *tap_name, struct error *err)
{
	const struct tcmsg about = about_ingress(tap);
	AUTO_ERROR struct error failure = ERROR_INIT;
	struct wiring wiring = { .nl = nl };
	int r;

	delete_filter(&wiring, tap, PRIORITY_LOW);
	delete_filter(&wiring, tap, PRIORITY_HIGH);
	add_message(&wiring, RTM_DELQDISC, 0, &about, "ingress");
	r = netlink_run(nl, &failure);
	if (r == 0 || r == -ENOENT || r == -EINVAL)
		return 0;
	error_prefix(&failure, "cannot unwire %s: ", tap_name);
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
	struct wiring wiring = { .nl = nl };
	int r;

	add_message(&wiring, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, &about, "noqueue");
	r = netlink_run(nl, &failure);
	if (r == 0 || r == -EOPNOTSUPP)
		return 0;
	error_prefix(&failure, "cannot take away the queue of %s: ", tap_name);
	error_move(err, &failure);
	return r;
}
