/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whom the host asks for names: its resolv.conf, read once for all networks and watched.
 *
 * Each dnsmasq could read it by itself; but then a link to nowhere, as there is before the
 * host's own resolver has started, keeps it from starting and guests from their addresses, and
 * each takes one of root's inotify instances.
 */
#pragma once

#include <systemd/sd-event.h>

#include "formats/resolv-conf.h"
#include "util/error.h"

struct resolver;

/*
 * `changed` is called in the event loop when the servers are others than before; path and userdata
 * have to outlive it. A file that is not there yet, behind links or not, has no servers and is
 * waited for. Where nothing can be watched, what is there now holds, and the log says so.
 */
int resolver_new(sd_event *event, const char *path, void (*changed)(void *userdata), void *userdata,
		 struct resolver **ret_resolver, struct error *err);

/* As they are now; borrowed, at the same place as long as the resolver is there. */
const struct name_servers *resolver_servers(const struct resolver *resolver);

void resolver_free(struct resolver *resolver);
DEFINE_FREEP(struct resolver, resolver_free);
