/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One of the texts for dnsmasq while it is made, a line at a time. For use inside
 * formats/ only.
 */
#pragma once

#include "model/kept.h"
#include "util/error.h"
#include "util/text.h"

struct page {
	struct text text;
	struct error *err;
	bool no_resolv; /* one of the author's options says so */
};

/*
 * Appends a line. Refused by a sentence: one with a control character, and one that
 * is longer than what dnsmasq reads at a time.
 */
int page_add(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Appends the lines of <dnsmasq:options> that were kept of a network. An option that is not known
 * to be harmless is refused by its name.
 */
int dnsmasq_options_add(struct page *page, const struct kept_list *kept);
