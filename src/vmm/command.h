/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A VMM's command line, with the NICs put in.
 *
 * Two ways. Where an argument holds a placeholder, placeholders are replaced
 * and nothing else happens. Where none does and the program is QEMU, its
 * -netdev and -device arguments are appended. Everything else is an error:
 * the VMM would start without its NICs.
 *
 *	placeholder	becomes
 *	{fd}		the NIC's (first) file descriptor
 *	{fds} {fdlist}	all of them, as 3:4 and as 3,4
 *	{vhostfds}	those of vhost-net, as 5:6; an error where there are none
 *	{mac} {ifname}	the guest's MAC; the name of the host's device
 *	{mtu}		in bytes
 *
 * {fd} is the first NIC's, {fd:2} the second's. Braces of any other form stay as they
 * are, so that JSON and shell text pass.
 *
 * Nothing here blocks or touches the host. Functions return 0 or a negative
 * errno with *err set.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "util/error.h"
#include "vmm/argv.h"
#include "vmm/nic.h"

/*
 * Before anything is plugged: can this command be given n NICs? Then
 * wants_fds[i] says whether NIC i is handed over as file descriptors; one of
 * which only {ifname} (and {mac}, {mtu}) is asked will be opened by name.
 * wants_fds has n elements and is untouched on failure.
 */
int vmm_command_check(char *const *argv, size_t n, bool *wants_fds, struct error *err);

/*
 * After that: the new command, to be freed with argv_free(). argv ends with
 * NULL. QEMU gets a QMP socket at qmp_path, whichever way its NICs are put in;
 * others are not asked, and NULL is for none. A direct NIC without descriptors
 * waits for its host interface: it is left to be plugged by that socket, and an
 * error where there is none.
 */
int vmm_command_make(char *const *argv, const struct vmm_nic *nics, size_t n, const char *qmp_path,
		     char ***ret_argv, struct error *err);
