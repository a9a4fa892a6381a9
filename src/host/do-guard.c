/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guard of what a VMM holds (kernel/guard.h), from what the model says of a port.
 *
 * It is loaded when the first port needs it. What an earlier vifd has left on the
 * ports' devices is taken over then, wherever it is.
 */
#include <string.h>

#include "host/apply.h"
#include "host/guard-program.h"
#include "host/guard-words.h"
#include "host/run.h"
#include "kernel/link.h"
#include "model/port.h"
#include "util/array.h"
#include "util/log.h"

struct ours {
	int *links;
	size_t n;
};

static void note_ours(void *userdata, const struct link_view *view)
{
	struct ours *ours = userdata;
	const char *altname;

	for (unsigned i = 0; (altname = link_view_altname(view, i)); i++) {
		struct uuid uuid;
		int64_t side;
		int *slot;

		if (!port_tag_parse(altname, &uuid, &side) || side != PORT_SIDE_GUEST)
			continue;
		slot = array_add(&ours->links, &ours->n, sizeof(*slot));
		if (slot)
			*slot = view->ifindex;
		return;
	}
}

static int need_guard(struct apply *apply, struct error *err)
{
	struct ours ours = { 0 };
	int r;

	if (apply->guard)
		return 0;
	(void)link_dump(apply->netlink, note_ours, &ours, NULL); /* without it counts begin anew */
	r = guard_open(apply->netlink, ours.links, ours.n, &apply->guard, err);
	free(ours.links);
	return r;
}

/* It asks for what is learned, where it needs that: then the guard learns. */
static int make_program(const struct apply *apply, const struct port_filter_use *use,
			struct guard_program *ret_program, struct error *err)
{
	AUTO(packet_filter_done) struct packet_filter filter = { 0 };
	int r = port_filter_compile(use, &apply->names, &filter, err);

	if (r < 0)
		return r;
	return guard_program_init(&filter, ret_program) < 0 ? error_oom(err) : 0;
}

static enum guard_side side_of(bool macvtap)
{
	return macvtap ? GUARD_SIDE_MACVTAP : GUARD_SIDE_TAP;
}

int apply_set_filter(struct apply *apply, int ifindex, const char *name, bool macvtap,
		     const struct port_filter_use *use, struct error *err)
{
	AUTO(guard_program_done) struct guard_program program = { 0 };
	int r;

	if (!apply->guard)
		return -ENOENT;
	r = make_program(apply, use, &program, err);
	if (r == 0)
		r = guard_set_filter(apply->guard, apply->netlink, ifindex, name, side_of(macvtap),
				     &program.filter, err);
	return r;
}

static int set_guard(struct run *run, const struct action *action, int ifindex, struct error *err)
{
	struct guard_address addresses[2 * (SECURITY_ADDRESSES_MAX + 1)];
	struct guard_rules rules = guard_words_rules(action, addresses);
	AUTO(guard_program_done) struct guard_program program = { 0 };
	const struct port_filter_use use = { &action->guard.filter, &action->guard.security,
					     &action->mac };
	struct apply *apply = run->apply;
	int r;

	r = need_guard(apply, err);
	if (r == 0 && port_filter_is_asked(&use)) {
		r = make_program(apply, &use, &program, err);
		rules.filter = &program.filter;
	}
	if (r == 0)
		r = guard_set(apply->guard, apply->netlink, ifindex, action->link.name,
			      side_of(action->guard.macvtap), &rules, err);
	return r;
}

static int do_set_guard(struct run *run, const struct action *action, int ifindex,
			struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r = set_guard(run, action, ifindex, &failure);

	if (r == 0)
		return 0;
	if (action->guard.security.optional == TRISTATE_YES && action->guard.vlan.n_tags == 0 &&
	    !action->guard.filter.filter) {
		log_warning("what %s sends is not checked: %s", action->link.name,
			    error_text(&failure));
		return 0;
	}
	error_prefix(&failure, "cannot check what %s sends: ", action->link.name);
	error_move(err, &failure);
	return r;
}

static int do_clear_guard(struct run *run, const struct action *action, int ifindex,
			  struct error *err)
{
	enum guard_side side = side_of(action->guard.macvtap);
	struct apply *apply = run->apply;
	int r;

	/* An earlier vifd may have left one. */
	if (!apply->guard && guard_find(apply->netlink, ifindex, side) == GUARD_PLACE_NONE)
		return 0;
	r = need_guard(apply, err);
	if (r < 0)
		return r;
	guard_forget(apply->guard, action->guard.identity.bytes);
	return guard_clear(apply->guard, apply->netlink, ifindex, action->link.name, side, err);
}

int apply_read_guard(struct apply *apply, int ifindex, struct guard_counts *ret_counts)
{
	return apply->guard ? guard_read(apply->guard, ifindex, ret_counts, NULL) : -ENOENT;
}

int apply_read_filter(struct apply *apply, int ifindex, bool from_guest, uint64_t *ret_hits,
		      size_t n)
{
	if (!apply->guard)
		return -ENOENT;
	return guard_read_hits(apply->guard, ifindex,
			       from_guest ? GUARD_FROM_GUEST : GUARD_TO_GUEST, ret_hits, n, NULL);
}

int apply_set_members(struct apply *apply, uint32_t number, const struct group_member *members,
		      size_t n, struct error *err)
{
	AUTO_FREE struct guard_address *addresses = NULL;

	if (!apply->guard)
		return 0;
	addresses = calloc(n + 1, sizeof(*addresses));
	if (!addresses)
		return error_oom(err);
	for (size_t i = 0; i < n; i++) {
		addresses[i].family = members[i].address.family;
		addresses[i].prefix = members[i].prefix;
		memcpy(addresses[i].bytes, members[i].address.bytes, sizeof(addresses[i].bytes));
	}
	return guard_set_members(apply->guard, number, addresses, n, err);
}

void apply_forget_members(struct apply *apply, uint32_t number)
{
	if (apply->guard)
		guard_forget_members(apply->guard, number);
}

int apply_try(struct apply *apply, int ifindex, bool from_guest, const void *frame, size_t size,
	      struct apply_tried *ret_tried, struct error *err)
{
	struct guard_counts counts;
	unsigned rule;
	uint32_t end;
	int r;

	if (!apply->guard || guard_read(apply->guard, ifindex, &counts, NULL) < 0)
		return error_set(err, -ENOENT, ERROR_NOT_SUPPORTED,
				 "this host does not check what the guest sends");
	r = guard_try(apply->guard, ifindex, from_guest ? GUARD_FROM_GUEST : GUARD_TO_GUEST, frame,
		      size, &rule, &end, err);
	if (r < 0)
		return r;
	*ret_tried = (struct apply_tried){
		.passes = rule == GUARD_PASS,
		.by_filter = end != 0 && (rule == GUARD_PASS || rule == GUARD_FILTER),
		.rule = end & GUARD_END_RULE,
		.guard_rule = rule == GUARD_PASS ? "" : guard_rule_name(rule),
	};
	return 0;
}

void apply_forget_guard(struct apply *apply, const struct uuid *identity, int ifindex)
{
	if (!apply->guard)
		return;
	guard_forget(apply->guard, identity->bytes);
	if (ifindex)
		guard_forget_link(apply->guard, ifindex);
}

const struct doer do_guard[] = {
	{ ACTION_SET_GUARD, do_set_guard, .on_link = true },
	{ ACTION_CLEAR_GUARD, do_clear_guard, .on_link = true },
};
