/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A kernel without nftables still has networks that need none: each that needs
 * it says so when it is started.
 */
#include "life/elsewhere.h"
#include "life/life.h"
#include "formats/nft-ruleset.h"
#include "kernel/nft.h"
#include "life/firewall.h"
#include "util/log.h"

struct firewall {
	struct manager *manager;
	struct nft *nft;         /* NULL: this kernel has no nftables */
	struct nft_watch *watch; /* NULL as nft */
	sd_event_source *source; /* somebody changed the packet filter */
};

static bool is_filtered(const struct network *network)
{
	return network && network_is_managed(network) && nft_ruleset_is_needed(network);
}

int firewall_write(struct firewall *firewall, const struct network *with,
		   const struct network_entry *without, struct error *err)
{
	const struct registry *registry = &firewall->manager->registry;
	AUTO_FREE struct nft_ruleset_network *networks = NULL;
	AUTO_FREE char *text = NULL;
	const struct network *const *others;
	size_t n = 0, n_others;
	int r;

	others = elsewhere_networks(firewall->manager->life->elsewhere, &n_others);
	networks = calloc(registry->n_networks + n_others + 1, sizeof(*networks));
	if (!networks)
		return error_oom(err);
	for (size_t i = 0; i < registry->n_networks; i++) {
		const struct network *started = registry->networks[i]->started;

		if (registry->networks[i] != without && is_filtered(started))
			networks[n++] = (struct nft_ruleset_network){ started,
								      started->bridge.name };
	}
	for (size_t i = 0; i < n_others; i++)
		if (is_filtered(others[i]))
			networks[n++] = (struct nft_ruleset_network){ others[i],
								      others[i]->bridge.name };
	if (is_filtered(with))
		networks[n++] = (struct nft_ruleset_network){ with, with->bridge.name };
	if (n == 0 && (!firewall->nft || !nft_has_table(firewall->nft, "inet", "vifd")))
		return 0;
	if (!firewall->nft)
		return error_set(err, -EOPNOTSUPP, ERROR_SYSTEM,
				 "this kernel has no nftables (vif doctor)");
	r = nft_ruleset_text(networks, n, &text, err);
	return r < 0 ? r : nft_run(firewall->nft, text, err);
}

static int on_change(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct firewall *firewall = userdata;
	AUTO_ERROR struct error err = ERROR_INIT;
	const struct event event = {
		.name = "network-repaired",
		.cause = "somebody changed the packet filter's table",
	};

	if (!nft_watch_read(firewall->watch, firewall->nft, "vifd"))
		return 0;
	if (firewall_write(firewall, NULL, NULL, &err) < 0)
		log_error("%s", error_text(&err));
	else
		events_tell(&firewall->manager->events, &event,
			    "the packet filter was changed, and is written again");
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
	nft_watch_close(firewall->watch);
	nft_close(firewall->nft);
	free(firewall);
}
