/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "life/life.h"
#include "life/network-task.h"

void network_task_wait(struct network_entry *entry, struct network_task *task)
{
	if (network_is_settling(entry))
		entry->runtime->task = task;
	else
		task->over(entry, task, NULL);
}

bool network_task_go_on(struct network_entry *entry, const struct error *error)
{
	struct manager *manager = entry->runtime->manager;
	struct network_task *task = take_ptr(entry->runtime->task);

	if (!task)
		return false;
	task->over(entry, task, error);
	waiters_tell(&manager->life->network_waiters);
	return true;
}

void network_tasks_cancel(struct manager *manager)
{
	for (size_t i = 0; i < manager->registry.n_networks; i++) {
		struct network_entry *entry = manager->registry.networks[i];
		struct network_task *task = take_ptr(entry->runtime->task);
		AUTO_ERROR struct error err = ERROR_INIT;

		if (!task)
			continue;
		error_set(&err, -ECANCELED, ERROR_SYSTEM,
			  "vifd has ended before the network was %s", task->being);
		task->cancel(entry, task, &err);
	}
}

bool network_tasks_await(struct manager *manager, struct waiter *waiter)
{
	for (size_t i = 0; i < manager->registry.n_networks; i++) {
		if (!manager->registry.networks[i]->runtime->task)
			continue;
		waiter_join(&manager->life->network_waiters, waiter);
		return true;
	}
	return false;
}
