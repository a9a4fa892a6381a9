/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The runtime of a port: what of it this process has, and the next vifd will
 * not find in the record. The registry's entry has the pointer; it is there as
 * long as the entry.
 */
#pragma once

#include "life/manager.h"

struct hand_over;
struct rx_filter;

struct port_runtime {
	struct manager *manager;
	int *fds; /* dups of its tap's queues, or NULL */
	size_t n_fds;
	struct tun_settings settings; /* what its VMM has set on the tap */
	bool rewire;                  /* how it is wired is not known yet */
	bool reopen;                  /* direct: its VMM does not hold the macvtap that is there */
	unsigned announce;            /* how often the switches are still to be told where it is */
	unsigned n_stale;             /* passes in a row that were decided on old facts */
	struct hand_over *hand_over;  /* to its VMM; or NULL */
	struct rx_filter *rx_filter;  /* what its guest says of its NIC, where trusted; or NULL */
	bool link_down;               /* what its guest was told of it last */
	bool floor_lost;              /* what is to be kept for it on its bridge is not */
	bool on_filter;               /* what it stands on filters VLANs */
	bool mac_taken;               /* what it stands on has the guest's own address */
	int promoted;                 /* ifindex of the tap whose guard is asked first */
	int pidfd;                    /* of its owner; -1 */
	sd_event_source *owner_exit;  /* fires when the owner ends */
};

/* Takes the port into the registry, also on failure (NULL). */
struct port_entry *port_entry_add(struct manager *manager, struct port *port);

/* Forgets the port: closes what is held of it. Nothing is being handed over to its VMM any more. */
void port_entry_remove(struct manager *manager, struct port_entry *entry);

/* Writes the record down; says so in the log where that fails. */
void port_entry_write(struct manager *manager, const struct port_entry *entry);

/* The same where only the state and its reason are others than in the record. */
void port_entry_write_state(struct manager *manager, const struct port_entry *entry);

/* Takes dups of a tap's queues, to be able to make it again. */
void port_entry_hold(struct port_entry *entry, const int *fds, size_t n_fds);

/*
 * Reads what the VMM has set on its tap, which goes with the tap: so while it
 * is there, whenever the kernel has told something of it.
 */
void port_entry_remember(struct port_entry *entry);

/* Another port at the same place whose guest has the same address; NULL: there is none. */
const struct port *port_find_twin(const struct manager *manager, const struct port_entry *entry);
