/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers of the kernel under /proc/sys; those in net/ are of the calling
 * thread's network namespace. A name is a path there, "net/ipv4/ip_forward":
 * with slashes, because the name of a link may hold dots.
 */
#pragma once

#include "util/error.h"

/* -ENOENT where the kernel has none such (no IPv6, say, or no such link). */
int sysctl_read(const char *name, int *ret_value, struct error *err);
int sysctl_write(const char *name, int value, struct error *err);
