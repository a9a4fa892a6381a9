/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "resolve/resolution.h"

/*
 * The first name of a template, which holds one %d, that is free; counted from
 * `first`. -EEXIST if none is.
 */
int name_first_free(const char *template, unsigned first,
		    bool (*is_free)(const void *userdata, const char *name), const void *userdata,
		    char ret_name[static IFNAMSIZ], struct error *err);

/*
 * Chooses the device's name: the one asked for if nothing on the host has it,
 * or the first free one of its template; "vif%d" where none was asked for.
 */
int name_choose(const struct resolve_request *request, char ret_name[static IFNAMSIZ],
		struct error *err);
