/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which host interface of a network's pool a port gets. */
#pragma once

#include "backends/side.h"
#include "util/text.h"

struct pool_request {
	const struct network *network;
	const struct asker *asker;
	const struct actual *actual; /* all but the device */
	struct text *summary;        /* sentences about the choice are added */
};

/*
 * The least used interface that can carry the port, the first in the list on a
 * tie. The entry is the network's. ERROR_NO_SUCH_DEVICE where all are absent,
 * ERROR_IN_USE where one has to be free and none is: with who is in the way.
 */
int pool_choose(const struct pool_request *pool, const struct pool_entry **ret_entry,
		struct error *err);

/* Is the actual's interface one of the network's pool? */
bool pool_lists(const struct network *network, const struct actual *actual);
