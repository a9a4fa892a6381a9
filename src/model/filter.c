/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "model/filter.h"
#include "util/array.h"
#include "util/parse.h"

int filter_ref_add(struct filter_ref *ref, const char *name, const char *value)
{
	struct filter_parameter *parameter;

	parameter = array_add(&ref->parameters, &ref->n_parameters, sizeof(*parameter));
	if (!parameter)
		return -ENOMEM;
	parameter->name = strdup(name);
	parameter->value = strdup(value);
	return parameter->name && parameter->value ? 0 : -ENOMEM;
}

int filter_ref_copy(const struct filter_ref *ref, struct filter_ref *ret_ref)
{
	struct filter_ref copy = { .line = ref->line };
	int r = 0;

	if (ref->filter) {
		copy.filter = strdup(ref->filter);
		r = copy.filter ? 0 : -ENOMEM;
	}
	for (size_t i = 0; i < ref->n_parameters && r == 0; i++)
		r = filter_ref_add(&copy, ref->parameters[i].name, ref->parameters[i].value);
	if (r < 0) {
		filter_ref_done(&copy);
		return r;
	}
	*ret_ref = copy;
	return 0;
}

bool filter_ref_equal(const struct filter_ref *a, const struct filter_ref *b)
{
	if (!streq(a->filter, b->filter) || a->n_parameters != b->n_parameters)
		return false;
	for (size_t i = 0; i < a->n_parameters; i++)
		if (!streq(a->parameters[i].name, b->parameters[i].name) ||
		    !streq(a->parameters[i].value, b->parameters[i].value))
			return false;
	return true;
}

void filter_ref_done(struct filter_ref *ref)
{
	free(ref->filter);
	for (size_t i = 0; i < ref->n_parameters; i++) {
		free(ref->parameters[i].name);
		free(ref->parameters[i].value);
	}
	free(ref->parameters);
	*ref = (struct filter_ref){ 0 };
}
