/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/if_link.h>
#include <string.h>

#include "host/words.h"
#include "util/array.h"

static const unsigned modes[] = {
	[DIRECT_VEPA] = MACVLAN_MODE_VEPA,
	[DIRECT_BRIDGE] = MACVLAN_MODE_BRIDGE,
	[DIRECT_PRIVATE] = MACVLAN_MODE_PRIVATE,
	[DIRECT_PASSTHROUGH] = MACVLAN_MODE_PASSTHRU,
};
_Static_assert(ARRAY_SIZE(modes) == DIRECT_MODE_COUNT, "every mode has its number");

unsigned words_kernel_mode(enum direct_mode mode)
{
	return modes[mode];
}

bool words_model_mode(unsigned kernel_mode, enum direct_mode *ret_mode)
{
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (modes[i] != kernel_mode)
			continue;
		*ret_mode = (enum direct_mode)i;
		return true;
	}
	return false;
}

struct bridge_port_flags words_kernel_port(struct bridge_port port)
{
	return (struct bridge_port_flags){
		.isolated = port.isolated,
		.learning = !port.no_learning,
		.unicast_flood = !port.no_flood,
		.hairpin = port.reflects,
	};
}

struct bridge_port words_model_port(struct bridge_port_flags flags)
{
	return (struct bridge_port){
		.isolated = flags.isolated,
		.no_learning = !flags.learning,
		.no_flood = !flags.unicast_flood,
		.reflects = flags.hairpin,
	};
}

int words_kernel_vlans(const struct vlan_set *set, struct bridge_vlans **ret_vlans)
{
	struct bridge_vlans *vlans = calloc(set->n + 1, sizeof(*vlans));

	if (!vlans)
		return -ENOMEM;
	for (size_t i = 0; i < set->n; i++)
		vlans[i] = (struct bridge_vlans){
			.first = set->ranges[i].first,
			.last = set->ranges[i].last,
			.pvid = set->ranges[i].pvid,
			.untagged = set->ranges[i].untagged,
		};
	*ret_vlans = vlans;
	return 0;
}

int words_model_vlans(const struct link_view *view, struct vlan_set *ret_set)
{
	AUTO(vlan_set_done) struct vlan_set set = { 0 };
	const struct nlattr *at = NULL;
	struct bridge_vlans vlans;

	while (bridge_vlan_next(view, &at, &vlans)) {
		const struct vlan_range range = { vlans.first, vlans.last, vlans.pvid,
						  vlans.untagged };

		if (vlan_set_add(&set, range) < 0)
			return -ENOMEM;
	}
	*ret_set = set;
	set = (struct vlan_set){ 0 };
	return 0;
}

struct bridge_options words_kernel_bridge(struct bridge_settings settings)
{
	return (struct bridge_options){
		.stp = settings.stp,
		.forward_delay_csec = settings.delay_csec,
	};
}

struct bridge_settings words_model_bridge(struct bridge_options options)
{
	return (struct bridge_settings){
		.stp = options.stp,
		.delay_csec = options.forward_delay_csec,
	};
}

void words_kernel_address(const struct address *address, uint8_t ret_bytes[static 16])
{
	memcpy(ret_bytes, address->bytes, sizeof(address->bytes));
}

struct address words_model_address(int family, const uint8_t bytes[static 16])
{
	struct address address = { .family = family };

	memcpy(address.bytes, bytes, sizeof(address.bytes));
	return address;
}

/* What is more than can be counted in bytes is no limit. */
uint64_t words_kernel_bytes(uint64_t kibibytes)
{
	enum { KIB = 1024 };

	return kibibytes > UINT64_MAX / KIB ? UINT64_MAX : kibibytes * KIB;
}

struct rate_limit words_kernel_rate(const struct bandwidth_limit *limit)
{
	return (struct rate_limit){
		.rate = words_kernel_bytes(limit->average),
		.peak = words_kernel_bytes(limit->peak),
		.burst = words_kernel_bytes(limit->burst),
	};
}
