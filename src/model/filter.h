/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The packet filter that an interface asks for by name, with its parameters:
 * libvirt's <filterref>.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct filter_parameter {
	char *name;
	char *value;
};

struct filter_ref {
	char *filter; /* NULL: none */
	struct filter_parameter *parameters;
	size_t n_parameters;
	unsigned line;
};

int filter_ref_add(struct filter_ref *ref, const char *name, const char *value); /* 0 or -ENOMEM */
int filter_ref_copy(const struct filter_ref *ref, struct filter_ref *ret_ref);   /* 0 or -ENOMEM */
bool filter_ref_equal(const struct filter_ref *a, const struct filter_ref *b);
void filter_ref_done(struct filter_ref *ref);
