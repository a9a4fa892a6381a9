/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vhost-net: the kernel's data path for virtio-net, one open of its device for
 * each queue of a NIC.
 */
#pragma once

#include <stdbool.h>

#include "util/cleanup.h"
#include "util/error.h"

/* Can /dev/vhost-net be opened, here and now? (Opening it loads the module.) */
bool vhost_is_available(void);

/* Opens it n times into ret_fds, the caller's to close; none is open after a failure. */
int vhost_open(unsigned n, int *ret_fds, struct error *err);
