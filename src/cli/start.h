/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A vifd for those who have none running. */
#pragma once

#include "util/error.h"

/*
 * Starts a vifd that leaves when it is idle, and waits until it is ready or, where
 * another one was faster, has left again. It is nobody's child and holds none
 * of the caller's files; its log is vifd.log in the runtime folder (which is
 * made where it is missing). On failure none of ours runs, and the sentence ends
 * with the last line of its log.
 */
int daemon_start(const char *runtime_dir, struct error *err);
