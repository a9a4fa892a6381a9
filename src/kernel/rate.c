/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/rate-htb.h"
#include "kernel/rate.h"

/* -ENOENT: there is no limit of ours. */
static int change(struct netlink *nl, int ifindex, const struct rate_limit *limit)
{
	const struct rate_class class = rate_class_of(limit);

	rate_add_class(nl, 0, ifindex, RATE_ROOT, RATE_WHOLE, &class);
	rate_add_fifo(nl, ifindex, RATE_WHOLE, limit);
	return netlink_run(nl, NULL);
}

static int make(struct netlink *nl, int ifindex, const struct rate_limit *limit, struct error *err)
{
	const struct rate_class class = rate_class_of(limit);

	rate_add_root(nl, ifindex, RATE_WHOLE);
	rate_add_class(nl, NLM_F_CREATE, ifindex, RATE_ROOT, RATE_WHOLE, &class);
	rate_add_fifo(nl, ifindex, RATE_WHOLE, limit);
	return rate_make(nl, ifindex, err);
}

int rate_set(struct netlink *nl, int ifindex, const char *name, const struct rate_limit *limit,
	     struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	if (change(nl, ifindex, limit) == 0)
		return 0;
	r = make(nl, ifindex, limit, &failure);
	return r < 0 ? rate_fail(name, r, &failure, err) : 0;
}

/* ENOENT, EINVAL: the link has another queue, or none. */
int rate_clear(struct netlink *nl, int ifindex, const char *name, bool noqueue, struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	rate_message(nl, RTM_DELQDISC, 0, ifindex, TC_H_ROOT, RATE_ROOT);
	r = netlink_run(nl, &failure);
	if (r == 0 && noqueue) {
		mnl_attr_put_strz(rate_message(nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE,
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

static int on_whole(void *userdata, unsigned id, const struct rate_class *class)
{
	struct rate_class *whole = userdata;

	if (id == RATE_WHOLE)
		*whole = *class;
	return 0;
}

bool rate_is_set(struct netlink *nl, int ifindex, const struct rate_limit *limit)
{
	const struct rate_class wanted = rate_class_of(limit);
	struct rate_class whole = { 0 };

	return rate_each_class(nl, ifindex, on_whole, &whole, NULL) == 0 &&
	       whole.rate == wanted.rate && whole.ceil == wanted.ceil;
}
