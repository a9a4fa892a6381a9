/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/socket.h>

#include "host/host-ip.h"
#include "life/deafness.h"
#include "life/life.h"
#include "resolve/deaf-links.h"
#include "util/array.h"
#include "util/log.h"
#include "util/text.h"

struct deafness {
	int *told; /* ifindexes; one that hears again or has gone is taken out */
	size_t n_told;
	char *problem; /* of those that are in use; or NULL */
};

struct ifindexes {
	int *items;
	size_t n;
};

static void ifindexes_done(struct ifindexes *set)
{
	free(set->items);
}

static bool ifindexes_add(struct ifindexes *set, int ifindex)
{
	int *item = array_add(&set->items, &set->n, sizeof(*item));

	if (item)
		*item = ifindex;
	return item;
}

/* One that is on its way up or down, too. */
static bool needs_forwarding(const struct network_entry *entry)
{
	return entry->started && network_needs_forwarding(entry->started, AF_INET6);
}

static bool any_needs_forwarding(const struct registry *registry)
{
	for (size_t i = 0; i < registry->n_networks; i++)
		if (needs_forwarding(registry->networks[i]))
			return true;
	return false;
}

static bool was_told(const struct deafness *deafness, int ifindex)
{
	for (size_t i = 0; i < deafness->n_told; i++)
		if (deafness->told[i] == ifindex)
			return true;
	return false;
}

static bool is_in_use(const struct facts *facts, int ifindex)
{
	const struct host_link *link = facts_get(facts, ifindex);

	return link && link->up && link->carrier;
}

static void deafness_set_told(struct deafness *deafness, struct ifindexes *told)
{
	free(deafness->told);
	deafness->n_told = told->n;
	deafness->told = take_ptr(told->items);
}

/* A sentence, the caller's; NULL where there is none, or no memory. */
static char *say(const struct facts *facts, const struct ifindexes *links)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	char *sentence = NULL;

	if (deaf_links_say(facts, links->items, links->n, &text))
		(void)text_take(&text, &sentence);
	return sentence;
}

static void deafness_tell(struct deafness *deafness, const struct facts *facts,
			  const struct ifindexes *deaf)
{
	AUTO(ifindexes_done) struct ifindexes told = { 0 }, used = { 0 }, fresh = { 0 };
	AUTO_FREE char *news = NULL;
	bool noted = true;

	for (size_t i = 0; noted && i < deaf->n; i++) {
		int ifindex = deaf->items[i];
		bool is_used = is_in_use(facts, ifindex), is_old = was_told(deafness, ifindex);

		if (is_used)
			noted = ifindexes_add(&used, ifindex);
		if (noted && is_used && !is_old)
			noted = ifindexes_add(&fresh, ifindex);
		if (noted && (is_used || is_old))
			noted = ifindexes_add(&told, ifindex);
	}
	if (!noted)
		return;
	news = say(facts, &fresh);
	if (news)
		log_warning("%s", news);
	deafness_set_told(deafness, &told);
	deafness->problem = say(facts, &used);
}

void deafness_look(struct manager *manager)
{
	struct deafness *deafness = manager->life->deafness;
	const struct facts *facts = watch_facts(manager->watch);
	AUTO(ifindexes_done) struct ifindexes deaf = { 0 };

	free(take_ptr(deafness->problem));
	if (!any_needs_forwarding(&manager->registry))
		deafness_set_told(deafness, &deaf);
	else if (host_ip_find_deaf(facts, &deaf.items, &deaf.n, NULL) == 0)
		deafness_tell(deafness, facts, &deaf);
}

void deafness_note_told(struct manager *manager)
{
	AUTO(ifindexes_done) struct ifindexes deaf = { 0 };

	if (host_ip_find_deaf(watch_facts(manager->watch), &deaf.items, &deaf.n, NULL) == 0)
		deafness_set_told(manager->life->deafness, &deaf);
}

const char *deafness_problem(const struct manager *manager, const struct network_entry *entry)
{
	return needs_forwarding(entry) ? manager->life->deafness->problem : NULL;
}

int deafness_new(struct deafness **ret_deafness, struct error *err)
{
	struct deafness *deafness = calloc(1, sizeof(*deafness));

	if (!deafness)
		return error_oom(err);
	*ret_deafness = deafness;
	return 0;
}

void deafness_free(struct deafness *deafness)
{
	if (!deafness)
		return;
	free(deafness->told);
	free(deafness->problem);
	free(deafness);
}
