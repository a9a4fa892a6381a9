/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The filter is one table for all networks: switching it on or off for one is
 * writing it anew, with or without that one.
 */
#include "host/apply.h"
#include "life/firewall.h"
#include "life/life.h"
#include "life/network-dnsmasq.h"
#include "life/network-steps.h"

/* What the hooks are about. */
struct service {
	struct network_entry *entry;
	const struct network *network; /* with its bridge's name */
};

static int do_firewall(void *userdata, bool on, struct error *err)
{
	const struct service *service = userdata;

	return firewall_write(service->entry->runtime->manager->life->firewall,
			      on ? service->network : NULL, service->entry, err);
}

static int do_dnsmasq(void *userdata, bool on, struct error *err)
{
	const struct service *service = userdata;

	if (on)
		return network_dnsmasq_serve(service->entry, service->network, err);
	return network_dnsmasq_end(service->entry, err);
}

static struct apply_services services_of(struct service *service)
{
	return (struct apply_services){
		.userdata = service,
		.switch_service = { [SERVICE_FIREWALL] = do_firewall,
				    [SERVICE_DNSMASQ] = do_dnsmasq },
	};
}

int network_run_plan(struct network_entry *entry, const struct network *network,
		     const struct plan *plan, struct apply_result *ret_result, struct error *err)
{
	struct service service = { entry, network };
	const struct apply_services services = services_of(&service);
	int r;

	r = apply_run(&entry->runtime->manager->apply, plan, NULL, &services, ret_result, err);
	if (r < 0)
		error_prefix(err, "network '%s': ", network->name);
	return r;
}

int network_run_plan_for_good(struct network_entry *entry, const struct plan *plan,
			      struct error *err)
{
	AUTO_APPLY_RESULT struct apply_result result = APPLY_RESULT_INIT;

	return network_run_plan(entry, entry->started, plan, &result, err);
}

void network_undo_plan(struct network_entry *entry, const struct network *network,
		       const struct plan *plan, struct apply_result *result)
{
	struct service service = { entry, network };
	const struct apply_services services = services_of(&service);

	apply_undo(&entry->runtime->manager->apply, plan, &services, result);
}
