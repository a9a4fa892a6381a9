/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/nft-opening.h"
#include "host/host-filters.h"
#include "kernel/filter-chain.h"
#include "life/openings.h"
#include "model/network-tag.h"
#include "util/array.h"
#include "util/parse.h"

/* A rule that is there (it has a handle), or is to be put there. */
struct opening {
	struct filter_mark mark;
	bool wanted;
};

struct openings {
	struct opening *items;
	size_t n;
	size_t n_new;
	struct host_filters filters;
	struct text text; /* what is to be done, a command a line */
	bool failed;      /* no memory */
};

static void openings_done(struct openings *openings)
{
	free(openings->items);
	host_filters_done(&openings->filters);
	text_done(&openings->text);
}

static void on_mark(void *userdata, const struct filter_mark *mark)
{
	struct openings *openings = userdata;
	struct opening *opening = array_add(&openings->items, &openings->n, sizeof(*opening));

	if (opening)
		opening->mark = *mark;
	else
		openings->failed = true;
}

static bool is_same(const struct filter_mark *a, const struct filter_mark *b)
{
	return streq(a->family, b->family) && !strcmp(a->table, b->table) &&
	       !strcmp(a->chain, b->chain) && !strcmp(a->text, b->text) &&
	       !strcmp(a->ifname, b->ifname);
}

/* Of two that are the same one is too many. True: it was there. */
static bool find_wanted(struct openings *openings, const struct filter_mark *mark)
{
	for (size_t i = 0; i < openings->n; i++)
		if (is_same(&openings->items[i].mark, mark)) {
			openings->items[i].wanted = true;
			return true;
		}
	return false;
}

static void want(struct openings *openings, const struct nft_ruleset_network *network,
		 const struct host_filter *filter, unsigned i)
{
	struct filter_mark mark = { .family = filter->family };
	struct opening *opening;

	snprintf(mark.table, sizeof(mark.table), "%s", filter->table);
	snprintf(mark.chain, sizeof(mark.chain), "%s", filter->entry);
	snprintf(mark.ifname, sizeof(mark.ifname), "%s", network->bridge);
	nft_opening_mark(i, network->network, mark.text);
	if (find_wanted(openings, &mark))
		return;
	opening = array_add(&openings->items, &openings->n, sizeof(*opening));
	if (!opening) {
		openings->failed = true;
		return;
	}
	*opening = (struct opening){ mark, true };
	openings->n_new++;
	nft_opening_insert(i, network->network, network->bridge, filter, &openings->text);
}

static void want_all_of(struct openings *openings, const struct nft_ruleset_network *network)
{
	if (nft_ruleset_check_name(network->bridge, NULL) < 0)
		return;
	for (size_t i = 0; i < openings->filters.n; i++) {
		const struct host_filter *filter = &openings->filters.items[i];

		if (!host_filter_can_be_opened(filter) || !nft_opening_can_name(filter->table) ||
		    !nft_opening_can_name(filter->entry))
			continue;
		for (unsigned j = 0; j < NFT_OPENINGS; j++)
			if (nft_opening_is_wanted(j, network->network, &openings->filters, filter))
				want(openings, network, filter, j);
	}
}

/* What only begins as ours do is somebody else's. */
static bool is_to_go(const struct opening *opening, const struct elsewhere *elsewhere)
{
	char tag[NETWORK_TAG_SIZE];
	struct uuid uuid;

	snprintf(tag, sizeof(tag), "%.*s", (int)sizeof(tag) - 1, opening->mark.text);
	return !opening->wanted && opening->mark.text[strlen(tag)] == ' ' &&
	       network_tag_parse(tag, &uuid) && !elsewhere_has_network(elsewhere, &uuid);
}

static void unwant(struct openings *openings, const struct elsewhere *elsewhere)
{
	for (size_t i = 0; i < openings->n; i++) {
		const struct filter_mark *mark = &openings->items[i].mark;

		if (is_to_go(&openings->items[i], elsewhere) && nft_opening_can_name(mark->table) &&
		    nft_opening_can_name(mark->chain))
			nft_opening_delete(mark->family, mark->table, mark->chain, mark->handle,
					   &openings->text);
	}
}

static int decide(struct openings *openings, const struct elsewhere *elsewhere,
		  const struct nft_ruleset_network *networks, size_t n, struct error *err)
{
	int r = filter_mark_dump(NETWORK_TAG_PREFIX, on_mark, openings, err);

	if (r == 0 && n > 0)
		r = host_filters_read(NULL, NULL, &openings->filters, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		want_all_of(openings, &networks[i]);
	unwant(openings, elsewhere);
	return openings->failed ? error_oom(err) : 0;
}

/* Somebody's table may be his alone, or have gone meanwhile: then the others one by one. */
static int run_each(struct nft *nft, char *commands, struct error *err)
{
	struct error *first = err;
	int result = 0;

	for (char *line; (line = strsep(&commands, "\n"));) {
		int r = *line ? nft_run(nft, line, first) : 0;

		if (r < 0 && result == 0) {
			result = r;
			first = NULL;
		}
	}
	return result;
}

int openings_put(struct nft *nft, const struct elsewhere *elsewhere,
		 const struct nft_ruleset_network *networks, size_t n, size_t *ret_n_put,
		 struct error *err)
{
	AUTO(openings_done) struct openings openings = { 0 };
	AUTO_FREE char *commands = NULL;
	int r = decide(&openings, elsewhere, networks, n, err);

	if (r < 0)
		return r;
	if (text_take(&openings.text, &commands) < 0)
		return error_oom(err);
	if (*commands && nft_run(nft, commands, NULL) < 0)
		r = run_each(nft, commands, err);
	if (r < 0)
		error_prefix(err, "the packet filter of this host cannot be opened: ");
	*ret_n_put = openings.n_new;
	return r;
}
