/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The processes that serve networks: which they are, and how they end.
 *
 * dnsmasq binds its sockets, writes its pid file and only then lets the process that was started
 * end. So the process that serves is never a child of vifd: it leaves no zombie, and it does not
 * notice when vifd is replaced. Which process it is: the one in the pid file, as long as its
 * command line names our configuration. The pid file belongs to the user that dnsmasq becomes; so
 * it is only asked, never believed. From then on a pidfd stands for it, and signals go there.
 *
 * One that was still on its way, when its start was given up or vifd was killed, is in no pid
 * file. It is found by its command line, in this network namespace.
 *
 * Nothing here waits, but dnsmasq_sweep().
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* pidfd -1: there is none. */
struct dnsmasq_process {
	pid_t pid;
	int pidfd;
};

#define DNSMASQ_PROCESS_NONE ((struct dnsmasq_process){ .pidfd = -1 })

void dnsmasq_process_done(struct dnsmasq_process *process);

/* The one that serves the network of that name from this folder; -ESRCH if there is none. */
int dnsmasq_process_find(const char *folder, const char *network,
			 struct dnsmasq_process *ret_process);

/* Any that serves it or is on its way to, wherever it is written; looks at all of the host's. */
int dnsmasq_process_find_stray(const char *folder, const char *network,
			       struct dnsmasq_process *ret_process);

int dnsmasq_process_signal(const struct dnsmasq_process *process, int number);

/*
 * For the start of vifd, before anything is asked for: ends the processes in the folder that
 * serve none of the networks, and those that were still on their way; removes files of networks
 * that are not wanted, but the leases. Waits for them, half a second at most each of a few times.
 */
void dnsmasq_sweep(const char *folder, bool (*is_wanted)(void *userdata, const char *network),
		   void *userdata);
