/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "host/host-filters.h"
#include "kernel/filter-chain.h"
#include "kernel/sysctl.h"
#include "kernel/xtables.h"
#include "model/network-tag.h"
#include "util/array.h"
#include "util/log.h"

struct reader {
	struct host_filters filters;
	bool failed; /* out of memory */
};

static void on_chain(void *userdata, const struct filter_chain *chain)
{
	struct reader *reader = userdata;
	struct host_filter *filter;

	filter = array_add(&reader->filters.items, &reader->filters.n, sizeof(*filter));
	if (!filter) {
		reader->failed = true;
		return;
	}
	filter->family = chain->family;
	filter->forward = chain->forward;
	filter->opened = chain->marked;
	snprintf(filter->table, sizeof(filter->table), "%s", chain->table);
	snprintf(filter->chain, sizeof(filter->chain), "%s", chain->name);
	snprintf(filter->entry, sizeof(filter->entry), "%s", chain->entry);
}

/* Whom its rules drop cannot be told by looking at it: that there are some is told. */
static void on_legacy(void *userdata, const struct xtables_chain *chain)
{
	struct reader *reader = userdata;
	struct host_filter *filter;

	if (chain->named || (!chain->drops && chain->n_rules == 0))
		return;
	filter = array_add(&reader->filters.items, &reader->filters.n, sizeof(*filter));
	if (!filter) {
		reader->failed = true;
		return;
	}
	filter->family = chain->family;
	filter->forward = chain->forward;
	filter->legacy = true;
	filter->unclear = !chain->drops;
	filter->n_rules = chain->n_rules;
	snprintf(filter->table, sizeof(filter->table), "filter");
	snprintf(filter->chain, sizeof(filter->chain), "%s", chain->name);
	snprintf(filter->entry, sizeof(filter->entry), "%s", chain->name);
}

int host_filters_read(const char *ifname, const struct uuid *network,
		      struct host_filters *ret_filters, struct error *err)
{
	struct filter_question question = { .ifname = ifname, .prefix = NETWORK_TAG_PREFIX };
	AUTO_ERROR struct error none = ERROR_INIT;
	struct reader reader = { 0 };
	char tag[NETWORK_TAG_SIZE];
	int bridged = 0, r;

	if (network) {
		network_tag(network, tag);
		question.tag = tag;
	}
	r = filter_chain_dump(&question, on_chain, &reader, err);
	/* What is known of nftables counts also where iptables-legacy cannot be asked. */
	if (r == 0 && xtables_dump(ifname, on_legacy, &reader, &none) < 0)
		log_debug("%s", error_text(&none));

	if (r < 0 || reader.failed) {
		host_filters_done(&reader.filters);
		return r < 0 ? r : error_oom(err);
	}
	(void)sysctl_read("net/bridge/bridge-nf-call-iptables", &bridged, NULL);
	reader.filters.bridged = bridged != 0;
	*ret_filters = reader.filters;
	return 0;
}
