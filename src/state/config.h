/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The settings of vifd: CONFIG/vifd.conf, lines `key=value`. Empty lines and
 * those that begin with # say nothing. vifd(8) tells what there is.
 */
#pragma once

#include <stdbool.h>

#include "util/error.h"

struct config {
	bool strict; /* as in libvirt: no two virtualports of a port may contradict each other */
};

/*
 * Reads the file of that folder; what it does not say, or all where there is
 * none, is as by default. An error about what it says is "FILE:LINE: …".
 */
int config_read(const char *config_dir, struct config *ret_config, struct error *err);
