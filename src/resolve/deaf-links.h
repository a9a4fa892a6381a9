/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Links that would believe router advertisements and do not where the host
 * forwards IPv6 (accept_ra is 1), in a sentence.
 */
#pragma once

#include "model/facts.h"
#include "util/text.h"

/* Names them, and says what helps; false, and nothing, where none of them is among the facts. */
bool deaf_links_say(const struct facts *facts, const int *ifindexes, size_t n, struct text *text);
