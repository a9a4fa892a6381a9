/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/removal.h"
#include "kernel/link.h"

enum {
	/* "vif" in ASCII, 0: a number that nobody else has a reason to use. */
	GROUP_DOOMED = 0x76696600,
};

static int delete_singly(struct netlink *nl, const struct link_ref *links, size_t n_links,
			 struct error *err)
{
	int result = 0;

	for (size_t i = 0; i < n_links; i++) {
		AUTO_ERROR struct error failure = ERROR_INIT;
		int r = link_delete(nl, links[i].ifindex, links[i].name, &failure);

		if (r == 0 || r == -ENODEV)
			continue;
		if (result == 0)
			error_move(err, &failure);
		result = r;
	}
	return result;
}

/* One link in the group that cannot be deleted fails the whole group: then each for itself. */
int removal_run(struct netlink *nl, const struct link_ref *links, size_t n_links, struct error *err)
{
	if (n_links == 1)
		return delete_singly(nl, links, n_links, err);
	for (size_t i = 0; i < n_links; i++) {
		int r = link_set_group(nl, links[i].ifindex, links[i].name, GROUP_DOOMED, NULL);

		if (r < 0 && r != -ENODEV)
			return delete_singly(nl, links, n_links, err);
	}
	if (link_delete_group(nl, GROUP_DOOMED, NULL) < 0)
		return delete_singly(nl, links, n_links, err);
	return 0;
}
