/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * QEMU's arguments for NICs whose taps or macvtaps are handed over as open file
 * descriptors, and for the socket by which vifd talks to QEMU later (qmp.h).
 *
 * A direct NIC can be replaced while the guest runs only where its bus lets it
 * go. pci.0 of the machine "pc" does; pcie.0 of "q35" does not, so there each
 * direct NIC gets a pcie-root-port of its own. It does so where it waits for its
 * host interface too: the port is all of it that the guest has until then.
 */
#pragma once

#include <stdbool.h>

#include "vmm/argv.h"
#include "vmm/nic.h"

/* By the name of the program: qemu-system-*, qemu-kvm, kvm, in whatever folder. */
bool is_qemu(const char *program);

/* Do the arguments name q35 (or a versioned pc-q35-…) as the machine? */
bool qemu_has_machine_q35(char *const *argv);

/*
 * Appends -netdev and -device, and the root port where `root_port` says that
 * the machine needs one. index counts the NICs of the command from 0. -EINVAL
 * where the alias is no id for QEMU, or the descriptors cannot be used.
 */
int qemu_add_nic(struct argv *argv, const struct vmm_nic *nic, size_t index, bool root_port,
		 struct error *err);

/* Appends -qmp: QEMU makes a socket at the path and goes on without a client. */
int qemu_add_qmp(struct argv *argv, const char *path, struct error *err);

/* "3:4"; also what {fds} becomes. */
void fds_print(const int *fds, size_t n, const char *separator, struct text *text);
