/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Errors at the face of the library: a struct vif_error from a kind and a
 * sentence. The kinds are util/error.h's.
 */
#pragma once

#include "util/error.h"
#include "vif/vif.h"

/*
 * Replaces *error (which may be NULL) and returns the negative errno that
 * stands for the kind, so that a function can end with it.
 */
int failure_set(struct vif_error *error, enum error_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

int failure_oom(struct vif_error *error);
