/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A NIC in QEMU's words: its ids, and the arguments of netdev_add and device_add
 * as JSON objects. A command line says the same (qemu.c prints it from these
 * objects), so that a NIC that is replaced is the one that was there before.
 *
 * The ids are what a NIC is found by later: device "<ID>", netdev "host<ID>",
 * root port "<ID>-port". ID is the alias. Without one it is the port's name; a name that
 * is no id gets "nic-" in front, and '_' for each character that no id may have.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "util/error.h"

/* A port as its VMM sees it. All is borrowed from the caller. */
struct vmm_nic {
	const char *name;   /* the port's */
	const char *ifname; /* the host's device */
	const char *mac;
	const char *model; /* as in the interface: "virtio", "e1000e", … */
	const char *alias; /* or NULL */
	unsigned mtu;      /* bytes; 0 is unknown */
	bool direct;       /* its descriptors die with its host interface: only another NIC helps */
	const int *fds;
	size_t n_fds; /* one a queue; 0 while it waits for its host interface */
	const int *vhost_fds;
	size_t n_vhost_fds; /* n_fds or 0 */
};

/* -EINVAL where the alias is no id for QEMU. */
int vmm_nic_id(const struct vmm_nic *nic, char **ret_id, struct error *err);

/* -EINVAL where the descriptors are not what a netdev can be made of. */
int vmm_nic_check_fds(const struct vmm_nic *nic, struct error *err);

/* Is the model a device of PCI Express, which a pcie-root-port is made for? */
bool vmm_nic_is_express(const struct vmm_nic *nic);

/*
 * The arguments; NULL when out of memory, else the caller's. fds and vhost_fds
 * name the descriptors, joined by ':'; vhost_fds is NULL where there are none.
 * Where the device is to be plugged ("bus", "addr") is for the caller to add.
 */
json_t *vmm_nic_netdev(const struct vmm_nic *nic, const char *id, const char *fds,
		       const char *vhost_fds);
json_t *vmm_nic_device(const struct vmm_nic *nic, const char *id);
