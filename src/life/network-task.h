/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tasks: what is being done with a network and waits for its dnsmasq, or for firewalld. One at a
 * time.
 */
#pragma once

#include "life/network-runtime.h"
#include "life/waiters.h"

/* Goes on with the task: now, or when the network's dnsmasq is as it should be. */
void network_task_wait(struct network_entry *entry, struct network_task *task);

/* The dnsmasq is, or cannot be. False: there is no task that waits for it. */
bool network_task_go_on(struct network_entry *entry, const struct error *error);

/* vifd ends. */
void network_tasks_cancel(struct manager *manager);

/*
 * Calls gone() from the event loop, once, when one of the tasks that there are is over. False where
 * there are none: then nothing is called.
 */
bool network_tasks_await(struct manager *manager, struct waiter *waiter);
