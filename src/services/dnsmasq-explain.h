/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What dnsmasq says when it does not start, in words that help.
 */
#pragma once

#include "util/error.h"

/*
 * dnsmasq's own sentence, `said`, has its name in front. The one about a taken port lacks by whom,
 * the one about an option has the number of a line in the configuration, which has to be on disk.
 */
int dnsmasq_explain(const char *folder, const char *network, const struct error *said,
		    struct error *err);
