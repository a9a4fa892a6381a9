/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In place of the guard, in a vifd that is built without it. */
#include "kernel/guard.h"

static int not_built(struct error *err)
{
	return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
			 "this vifd was built without guards (meson: -Dguard=enabled)");
}

const char *guard_rule_name(unsigned rule)
{
	return NULL;
}

int guard_open(struct netlink *nl, const int *links, size_t n_links, struct guard **ret_guard,
	       struct error *err)
{
	return not_built(err);
}

void guard_close(struct guard *guard)
{
}

int guard_set(struct guard *guard, struct netlink *nl, int ifindex, const char *name,
	      enum guard_side side, const struct guard_rules *rules, struct error *err)
{
	return not_built(err);
}

int guard_set_redirect(struct guard *guard, int ifindex, int target, struct error *err)
{
	return not_built(err);
}

int guard_clear(struct guard *guard, struct netlink *nl, int ifindex, const char *name,
		enum guard_side side, struct error *err)
{
	return not_built(err);
}

void guard_forget_link(struct guard *guard, int ifindex)
{
}

void guard_forget(struct guard *guard, const uint8_t identity[static 16])
{
}

int guard_read(struct guard *guard, int ifindex, struct guard_counts *ret_counts, struct error *err)
{
	return not_built(err);
}

int guard_set_filter(struct guard *guard, struct netlink *nl, int ifindex, const char *name,
		     enum guard_side side, const struct guard_filter *filter, struct error *err)
{
	return not_built(err);
}

int guard_set_members(struct guard *guard, uint32_t number, const struct guard_address *addresses,
		      size_t n, struct error *err)
{
	return not_built(err);
}

void guard_forget_members(struct guard *guard, uint32_t number)
{
}

int guard_news_fd(struct guard *guard)
{
	return -1;
}

void guard_read_news(struct guard *guard)
{
}

int guard_read_hits(struct guard *guard, int ifindex, enum guard_direction direction,
		    uint64_t *ret_hits, size_t n, struct error *err)
{
	return not_built(err);
}

int guard_try(struct guard *guard, int ifindex, enum guard_direction direction, const void *frame,
	      size_t size, unsigned *ret_rule, uint32_t *ret_end, struct error *err)
{
	return not_built(err);
}

int guard_promote(struct guard *guard, int ifindex, const char *name, struct error *err)
{
	return not_built(err);
}

enum guard_place guard_find(struct netlink *nl, int ifindex, enum guard_side side)
{
	return GUARD_PLACE_NONE;
}
