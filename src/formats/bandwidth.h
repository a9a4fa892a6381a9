/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One direction of a <bandwidth> in a word: as virsh(1) takes it for domiftune. */
#pragma once

#include "model/bandwidth.h"

/*
 * "average[,peak[,burst[,floor]]]", KiB/s and KiB; 0 leaves out. "0" alone: none
 * is asked for. 0, or -EINVAL.
 */
int bandwidth_limit_from_spec(const char *value, struct bandwidth_limit *ret_limit);

/* What bandwidth_limit_from_spec() takes, for sentences: "'x' is …". */
extern const char bandwidth_limit_expected[];
