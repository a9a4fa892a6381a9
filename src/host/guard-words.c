/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "host/guard-words.h"

_Static_assert((int)SECURITY_ADDRESSES_MAX < (int)GUARD_RULES_ADDRESSES_MAX,
	       "there is room for the link-local address");

/* RFC 4291, appendix A. */
static struct guard_address link_local(const uint8_t mac[static 6])
{
	return (struct guard_address){
		.family = AF_INET6,
		.bytes = { 0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe,
			   mac[3], mac[4], mac[5] },
		.prefix = 128,
	};
}

static void put_vlan(const struct vlan *vlan, struct guard_rules *rules)
{
	if (vlan->n_tags == 0)
		return;
	rules->vlan = vlan->trunk ? GUARD_RULES_SOME_VLANS : GUARD_RULES_ONE_VLAN;
	rules->tags = vlan->tags;
	rules->n_tags = vlan->n_tags;
	rules->native = vlan->trunk ? 0 : vlan->tags[0];
	if (vlan->native != VLAN_NATIVE_NONE)
		rules->native = vlan->native_tag;
	rules->native_tagged = vlan->native == VLAN_NATIVE_TAGGED;
}

struct guard_rules
guard_words_rules(const struct action *action,
		  struct guard_address addresses[static 2 * (SECURITY_ADDRESSES_MAX + 1)])
{
	const struct security *security = &action->guard.security;
	struct guard_rules rules = {
		.mac_only = security->mac == TRISTATE_YES,
		.ip_only = security->ip > SECURITY_IP_NO,
		.learn = security->ip == SECURITY_IP_LEARN,
		.no_dhcp_server = security->dhcp_server == TRISTATE_NO,
		.no_ra = security->ra == TRISTATE_NO,
		.no_other = security->other == TRISTATE_NO,
		.broadcast = security->broadcast,
		.addresses = addresses,
	};

	memcpy(rules.identity, action->guard.identity.bytes, sizeof(rules.identity));
	memcpy(rules.mac, action->mac.bytes, sizeof(rules.mac));
	put_vlan(&action->guard.vlan, &rules);
	addresses[rules.n_addresses++] = link_local(rules.mac);
	for (size_t i = 0; i < security->n_addresses; i++) {
		const struct security_address *from = &security->addresses[i];
		struct guard_address *to = &addresses[rules.n_addresses++];

		*to = (struct guard_address){ .family = from->address.family,
					      .prefix = from->prefix };
		memcpy(to->bytes, from->address.bytes, sizeof(to->bytes));
	}
	return rules;
}
