/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's arguments for a NIC whose tap or macvtap is handed over as open file descriptors. */
#pragma once

#include <stdbool.h>

#include "vmm/argv.h"
#include "vmm/command.h"

/* By the name of the program: qemu-system-*, qemu-kvm, kvm, in whatever folder. */
bool is_qemu(const char *program);

/*
 * Appends -netdev and -device. The device's id is the alias, else "net" and
 * the index; the netdev's is "host" and that. -EINVAL where the alias is no
 * id for QEMU, or the vhost descriptors are not as many as the queues.
 */
int qemu_add_nic(struct argv *argv, const struct vmm_nic *nic, size_t index, struct error *err);

/* "3:4"; also what {fds} becomes. */
void fds_print(const int *fds, size_t n, const char *separator, struct text *text);
