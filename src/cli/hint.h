/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What helps, behind a sentence of vifd's. vifd knows what is wrong; who asks,
 * and what was probably meant, is known here.
 */
#pragma once

#include "cli/verb.h"

/* May ask a connected vifd for names. Leaves the error as it is where nothing is known. */
void hint_add(struct cli *cli, struct error *err);
