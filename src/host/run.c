/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "host/run.h"
#include "util/array.h"

void run_done(struct run *run)
{
	apply_result_done(&run->result);
	free(run->made);
	free(run->marks);
}

int run_reserve_fds(int **fds, size_t n_fds, size_t n, struct error *err)
{
	int *more = reallocarray(*fds, n_fds + n, sizeof(**fds));

	if (!more)
		return error_oom(err);
	*fds = more;
	return 0;
}

int run_note_made(struct run *run, const char *name, int ifindex, struct error *err)
{
	struct link_ref *ref = array_add(&run->made, &run->n_made, sizeof(*ref));

	if (!ref)
		return error_oom(err);
	link_ref_set(ref, name, ifindex);
	return 0;
}

int run_find_link(const struct run *run, const struct link_ref *ref, int *ret_ifindex,
		  struct error *err)
{
	if (ref->ifindex > 0) {
		*ret_ifindex = ref->ifindex;
		return 0;
	}
	for (size_t i = run->n_made; i-- > 0;) {
		if (strcmp(run->made[i].name, ref->name) != 0)
			continue;
		*ret_ifindex = run->made[i].ifindex;
		return 0;
	}
	if (netlink_ifindex(run->apply->netlink, ref->name, ret_ifindex) < 0)
		return error_set(err, -ENODEV, ERROR_NO_SUCH_DEVICE, "there is no link %s",
				 ref->name);
	return 0;
}

int run_find_other(const struct run *run, const struct link_ref *ref, int *ret_ifindex,
		   struct error *err)
{
	int expected, now, r;

	r = run_find_link(run, ref, &expected, err);
	if (r < 0)
		return r;
	r = netlink_ifindex(run->apply->netlink, ref->name, &now);
	if (r < 0 || now != expected)
		return error_set(err, -ENODEV, ERROR_NO_SUCH_DEVICE,
				 r < 0 ? "%s has gone meanwhile"
				       : "%s has been replaced by another link",
				 ref->name);
	*ret_ifindex = expected;
	return 0;
}
