/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The placeholders of command.h in the arguments of a VMM. */
#pragma once

#include <stdbool.h>

#include "util/text.h"
#include "vmm/nic.h"

bool placeholders_occur(char *const *argv);

/*
 * -EINVAL where a placeholder names a NIC that is not there, or a NIC is named
 * by none. wants_fds as in vmm_command_check().
 */
int placeholders_check(char *const *argv, size_t n, bool *wants_fds, struct error *err);

/* Appends the argument, filled, to the text. */
int placeholders_fill(const char *argument, const struct vmm_nic *nics, size_t n, struct text *text,
		      struct error *err);
