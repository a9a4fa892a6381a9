/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A kernel without nftables still has networks that need none: each that needs
 * it says so when it is started.
 */
#include <string.h>

#include "formats/nft-ruleset.h"
#include "kernel/nft.h"
#include "life/elsewhere.h"
#include "life/firewall.h"
#include "life/life.h"
#include "life/openings.h"
#include "util/log.h"

enum {
	CALM_USEC = 100000, /* a program that makes its rules anew does it in many steps */
};

struct firewall {
	struct manager *manager;
	struct nft *nft;         /* NULL: this kernel has no nftables */
	struct nft_watch *watch; /* NULL as nft */
	sd_event_source *source; /* somebody changed the packet filter */
	sd_event_source *calm;   /* others' filters are to be looked at; NULL: none ever was */
	struct log_limit failures;
	bool opened; /* there may be rules of ours in others' filters */
};

/* Those of the started networks that are to have a part of the filter. */
struct filtered {
	struct nft_ruleset_network *items;
	size_t n;
};

static void filtered_done(struct filtered *filtered)
{
	free(filtered->items);
}

static bool is_filtered(const struct network *network)
{
	return network && network_is_managed(network) && nft_ruleset_is_needed(network);
}

static bool is_opened(const struct network *network)
{
	return network && network_is_managed(network) && network->open_firewall;
}

static void take(struct filtered *filtered, const struct network *network)
{
	filtered->items[filtered->n++] = (struct nft_ruleset_network){ network,
								       network->bridge.name };
}

/* With and without: as firewall_write(). */
static int collect(const struct firewall *firewall, bool (*counts)(const struct network *),
		   const struct network *with, const struct network_entry *without,
		   struct filtered *ret_filtered, struct error *err)
{
	const struct registry *registry = &firewall->manager->registry;
	struct filtered filtered = { 0 };
	const struct network *const *others;
	size_t n_others;

	others = elsewhere_networks(firewall->manager->life->elsewhere, &n_others);
	filtered.items = calloc(registry->n_networks + n_others + 1, sizeof(*filtered.items));
	if (!filtered.items)
		return error_oom(err);
	for (size_t i = 0; i < registry->n_networks; i++)
		if (registry->networks[i] != without && counts(registry->networks[i]->started))
			take(&filtered, registry->networks[i]->started);
	for (size_t i = 0; i < n_others; i++)
		if (counts(others[i]))
			take(&filtered, others[i]);
	if (counts(with))
		take(&filtered, with);
	*ret_filtered = filtered;
	return 0;
}

static int write_table(struct firewall *firewall, const struct network *with,
		       const struct network_entry *without, struct error *err)
{
	AUTO(filtered_done) struct filtered filtered = { 0 };
	AUTO_FREE char *text = NULL;
	int r = collect(firewall, is_filtered, with, without, &filtered, err);

	if (r < 0)
		return r;
	if (filtered.n == 0 && (!firewall->nft || !nft_has_table(firewall->nft, "inet", "vifd")))
		return 0;
	if (!firewall->nft)
		return error_set(err, -EOPNOTSUPP, ERROR_SYSTEM,
				 "this kernel has no nftables (vif doctor)");
	r = nft_ruleset_text(filtered.items, filtered.n, &text, err);
	return r < 0 ? r : nft_run(firewall->nft, text, err);
}

/* How many rules were put. What cannot be opened ends no network: the log has it. */
static size_t open_others(struct firewall *firewall, const struct network *with,
			  const struct network_entry *without)
{
	AUTO(filtered_done) struct filtered filtered = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	size_t n_put = 0;
	int r = collect(firewall, is_opened, with, without, &filtered, &err);

	if (r == 0 && firewall->nft && (filtered.n > 0 || firewall->opened))
		r = openings_put(firewall->nft, firewall->manager->life->elsewhere, filtered.items,
				 filtered.n, &n_put, &err);
	firewall->opened = filtered.n > 0 || r < 0;
	if (r < 0)
		log_limited(&firewall->failures, LOG_WARNING, "%s", error_text(&err));
	return n_put;
}

int firewall_write(struct firewall *firewall, const struct network *with,
		   const struct network_entry *without, struct error *err)
{
	int r = write_table(firewall, with, without, err);

	if (r == 0)
		open_others(firewall, with, without);
	return r;
}

void firewall_open_others(struct firewall *firewall)
{
	open_others(firewall, NULL, NULL);
}

static int on_calm(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct firewall *firewall = userdata;
	const struct event event = {
		.name = "network-repaired",
		.cause = "somebody changed this host's packet filter",
	};
	size_t n = open_others(firewall, NULL, NULL);

	if (n > 0)
		events_tell(&firewall->manager->events, &event,
			    "the packet filter of this host was changed, and is opened again "
			    "(%zu rule%s)",
			    n, n == 1 ? "" : "s");
	return 0;
}

/* Once for all that somebody does within a moment. */
static void look_soon(struct firewall *firewall)
{
	int enabled = SD_EVENT_OFF, r = 0;

	if (!firewall->opened)
		return;
	if (firewall->calm)
		(void)sd_event_source_get_enabled(firewall->calm, &enabled);
	if (enabled != SD_EVENT_OFF)
		return;
	firewall->calm = sd_event_source_disable_unref(firewall->calm);
	r = sd_event_add_time_relative(firewall->manager->event, &firewall->calm, CLOCK_MONOTONIC,
				       CALM_USEC, 0, on_calm, firewall);
	if (r < 0)
		log_warning("cannot wait for the end of changes of the packet filter: %s",
			    strerror(-r));
}

static void write_again(struct firewall *firewall)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	const struct event event = {
		.name = "network-repaired",
		.cause = "somebody changed the packet filter's table",
	};

	if (write_table(firewall, NULL, NULL, &err) < 0)
		log_error("%s", error_text(&err));
	else
		events_tell(&firewall->manager->events, &event,
			    "the packet filter was changed, and is written again");
}

static int on_change(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct firewall *firewall = userdata;
	enum nft_news news = nft_watch_read(firewall->watch, firewall->nft, "vifd");

	if (news & NFT_NEWS_TABLE)
		write_again(firewall);
	if (news & NFT_NEWS_OTHERS)
		look_soon(firewall);
	return 0;
}

int firewall_new(struct manager *manager, struct firewall **ret_firewall, struct error *err)
{
	AUTO(firewall_freep) struct firewall *firewall = calloc(1, sizeof(*firewall));
	AUTO_ERROR struct error none = ERROR_INIT;
	int r = 0;

	if (!firewall)
		return error_oom(err);
	firewall->manager = manager;
	firewall->opened = true; /* by one that was killed */
	if (nft_open(&firewall->nft, &none) < 0 || nft_watch_open(&firewall->watch, &none) < 0)
		log_info("%s", error_text(&none));
	else
		r = sd_event_add_io(manager->event, &firewall->source,
				    nft_watch_fd(firewall->watch), EPOLLIN, on_change, firewall);
	if (r < 0)
		return error_system(err, r, "cannot watch the packet filter");
	*ret_firewall = take_ptr(firewall);
	return 0;
}

void firewall_free(struct firewall *firewall)
{
	if (!firewall)
		return;
	sd_event_source_disable_unref(firewall->source);
	sd_event_source_disable_unref(firewall->calm);
	nft_watch_close(firewall->watch);
	nft_close(firewall->nft);
	free(firewall);
}
