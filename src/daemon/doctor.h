/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Doctor: what this host's kernel and programs can do for vifd, and what that
 * is good for. The kernel is asked by trying, in the worker.
 */
#pragma once

#include "daemon/manager.h"

struct doctor_feature {
	const char *name;
	bool ok;
	const char *detail;
	const char *purpose;
};

/* The features last as long as the call; none where `error` is not NULL. */
typedef void (*doctor_callback)(void *userdata, const struct doctor_feature *features, size_t n,
				const struct error *error);

/* Calls back later, once. */
int doctor_start(struct manager *manager, doctor_callback callback, void *userdata,
		 struct error *err);
