/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the host is called: the kernel says when that changes.
 */
#pragma once

#include <systemd/sd-event.h>

#include "util/error.h"

struct host_name;

/*
 * `changed` is called in the event loop when uname(2) has another node name than before. On a
 * kernel that does not tell, the name of now holds, and the log says so.
 */
int host_name_new(sd_event *event, void (*changed)(void *userdata), void *userdata,
		  struct host_name **ret_host_name, struct error *err);

void host_name_free(struct host_name *host_name);
DEFINE_FREEP(struct host_name, host_name_free);
