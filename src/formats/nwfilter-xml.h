/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvirt's <filter> and struct nwfilter.
 *
 * All of libvirt's is understood. What libvirt drops in silence is refused with its line, because a
 * rule without one of its conditions is another rule: an attribute that the protocol does not have,
 * a second protocol in a rule, a condition that is given twice, a mask or an end of a range without
 * what it belongs to. One thing is as surprising here as there: where srcportstart is negated,
 * dstportstart is, too.
 *
 * Source of names, values and rules: libvirt's formatnwfilter and nwfilter.rng.
 */
#pragma once

#include <stddef.h>

#include "model/nwfilter.h"
#include "util/error.h"

/* As interface_from_xml(); *ret passed nwfilter_validate(), and may have no uuid. */
int nwfilter_from_xml(const char *text, size_t size, const char *source, struct nwfilter **ret,
		      struct error *err);

/* As interface_to_xml(). Comments of the document are not kept. */
int nwfilter_to_xml(const struct nwfilter *filter, char **ret_xml, struct error *err);

/* A copy, whose lines are those of the canonical form, nwfilter_to_xml(). */
int nwfilter_copy(const struct nwfilter *filter, struct nwfilter **ret_copy, struct error *err);
