/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "model/security.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/parse.h"

static const char *const ip_names[] = {
	[SECURITY_IP_NO] = "no",
	[SECURITY_IP_LIST] = "list",
	[SECURITY_IP_LEARN] = "learn",
};
_Static_assert(ARRAY_SIZE(ip_names) == SECURITY_IP_COUNT, "every way has a name");

const char *security_ip_name(enum security_ip ip)
{
	return ip_names[ip];
}

int security_ip_parse(const char *text, enum security_ip *ret_ip)
{
	int ip = name_index(ip_names, SECURITY_IP_COUNT, text);

	if (ip < 0)
		return ip;
	*ret_ip = ip;
	return 0;
}

static bool address_pair_equal(const struct security_address *a, const struct security_address *b)
{
	return a->prefix == b->prefix && address_equal(&a->address, &b->address);
}

int security_add(struct security *security, const struct address *address, unsigned prefix)
{
	const struct security_address new = { *address, prefix };
	struct security_address *slot;
	size_t n = 0;

	for (size_t i = 0; i < security->n_addresses; i++) {
		if (address_pair_equal(&security->addresses[i], &new))
			return 0;
		n += security->addresses[i].address.family == address->family;
	}
	if (n >= SECURITY_ADDRESSES_MAX)
		return -E2BIG;
	slot = array_add(&security->addresses, &security->n_addresses, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = new;
	return 0;
}

bool security_has_group(const struct security *security, const char *name)
{
	for (size_t i = 0; i < security->n_groups; i++)
		if (!strcmp(security->groups[i], name))
			return true;
	return false;
}

int security_add_group(struct security *security, const char *name)
{
	char **slot;

	if (security_has_group(security, name))
		return 0;
	if (security->n_groups >= SECURITY_GROUPS_MAX)
		return -E2BIG;
	slot = array_add(&security->groups, &security->n_groups, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = strdup(name);
	if (!*slot) {
		security->n_groups--;
		return -ENOMEM;
	}
	return 0;
}

static void drop_groups(struct security *security)
{
	for (size_t i = 0; i < security->n_groups; i++)
		free(security->groups[i]);
	free(security->groups);
	security->groups = NULL;
	security->n_groups = 0;
}

int security_copy_groups(struct security *security, const struct security *from)
{
	drop_groups(security);
	security->no_groups = from->no_groups;
	for (size_t i = 0; i < from->n_groups; i++)
		if (security_add_group(security, from->groups[i]) < 0)
			return -ENOMEM;
	return 0;
}

int security_validate(const struct security *security, struct error *err)
{
	if (security->n_groups > 0 && security->no_groups)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "line %u: <vif:security groups='no'> can name no groups",
				 security->line);
	if (security->n_addresses > 0 && security->ip == SECURITY_IP_NO)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "line %u: <vif:security ip='no'> can list no addresses",
				 security->line);
	return 0;
}

static enum tristate merged_tristate(const struct security *const *sources, size_t n, size_t offset,
				     enum tristate otherwise)
{
	for (size_t i = 0; i < n; i++) {
		const void *field = (const char *)sources[i] + offset;
		const enum tristate *value = field;

		if (sources[i] && *value != TRISTATE_UNSET)
			return *value;
	}
	return otherwise;
}

/* Who lists addresses and says no more means that these are the ones. */
static enum security_ip ip_of(const struct security *security)
{
	return security->ip == SECURITY_IP_UNSET && security->n_addresses > 0 ? SECURITY_IP_LIST
									      : security->ip;
}

static int merge_groups(const struct security *const *sources, size_t n, struct security *merged)
{
	for (size_t i = 0; i < n; i++)
		if (sources[i] && (sources[i]->n_groups > 0 || sources[i]->no_groups)) {
			if (security_copy_groups(merged, sources[i]) < 0)
				return -ENOMEM;
			break;
		}
	merged->no_groups = false;
	return 0;
}

static int merge_lists(const struct security *const *sources, size_t n, struct security *merged)
{
	const struct security *listed = NULL;

	for (size_t i = n; i-- > 0;) {
		if (!sources[i])
			continue;
		if (ip_of(sources[i]) != SECURITY_IP_UNSET)
			merged->ip = ip_of(sources[i]);
		if (sources[i]->broadcast)
			merged->broadcast = sources[i]->broadcast;
		if (sources[i]->n_addresses > 0)
			listed = sources[i];
	}
	for (size_t i = 0; listed && merged->ip > SECURITY_IP_NO && i < listed->n_addresses; i++)
		if (security_add(merged, &listed->addresses[i].address,
				 listed->addresses[i].prefix) < 0)
			return -ENOMEM;
	return 0;
}

#define MERGED(field, otherwise) \
	merged_tristate(sources, n_sources, offsetof(struct security, field), otherwise)

int security_merge(const struct security *const *sources, size_t n_sources, bool managed,
		   struct security *ret_merged)
{
	struct security merged = { .ip = SECURITY_IP_NO };

	for (size_t i = 0; i < n_sources; i++)
		merged.set = merged.set || (sources[i] && sources[i]->set);
	if (!merged.set && !managed) {
		*ret_merged = (struct security){ 0 };
		return 0;
	}
	merged.mac = MERGED(mac, TRISTATE_YES);
	merged.dhcp_server = MERGED(dhcp_server, TRISTATE_NO);
	merged.ra = MERGED(ra, TRISTATE_NO);
	merged.other = MERGED(other, TRISTATE_YES);
	merged.optional = MERGED(optional, merged.set ? TRISTATE_NO : TRISTATE_YES);
	merged.set = true;
	if (merge_lists(sources, n_sources, &merged) < 0 ||
	    merge_groups(sources, n_sources, &merged) < 0) {
		security_done(&merged);
		return -ENOMEM;
	}
	*ret_merged = merged;
	return 0;
}

bool security_checks(const struct security *security)
{
	return security->set && (security->mac == TRISTATE_YES || security->ip > SECURITY_IP_NO ||
				 security->dhcp_server == TRISTATE_NO ||
				 security->ra == TRISTATE_NO || security->other == TRISTATE_NO ||
				 security->broadcast > 0 || security->n_groups > 0);
}

static void print_addresses(const struct security *security, struct text *text)
{
	bool learns = security->ip == SECURITY_IP_LEARN;
	size_t n = security->n_addresses;

	text_add(text, "only ");
	for (size_t i = 0; i < n; i++) {
		const struct security_address *address = &security->addresses[i];
		char bytes[ADDRESS_TEXT_SIZE];

		address_format(&address->address, bytes);
		text_add(text, "%s%s", i == 0 ? "" : i + 1 < n || learns ? ", " : " and ", bytes);
		if (address->prefix != address_bits(&address->address))
			text_add(text, "/%u", address->prefix);
	}
	if (learns)
		text_add(text, "%sthe addresses that the network gives", n > 0 ? " and " : "");
	else if (n == 0)
		text_add(text, "the link-local address");
}

void security_print(const struct security *security, struct text *text)
{
	const char *next = "";

	if (!security_checks(security))
		return;
	if (security->mac == TRISTATE_YES) {
		text_add(text, "only the guest's MAC");
		next = "; ";
	}
	if (security->ip > SECURITY_IP_NO) {
		text_add(text, "%s", next);
		print_addresses(security, text);
		next = "; ";
	}
	if (security->dhcp_server == TRISTATE_NO) {
		text_add(text, "%sno DHCP answers", next);
		next = "; ";
	}
	if (security->ra == TRISTATE_NO) {
		text_add(text, "%sno router advertisements", next);
		next = "; ";
	}
	if (security->other == TRISTATE_NO) {
		text_add(text, "%sonly IPv4, IPv6 and ARP", next);
		next = "; ";
	}
	if (security->broadcast > 0) {
		text_add(text, "%s%u broadcasts a second", next, security->broadcast);
		next = "; ";
	}
	if (security->n_groups > 0)
		text_add(text, "%sonly what %s allow%s: ", next,
			 security->n_groups > 1 ? "these groups" : "this group",
			 security->n_groups > 1 ? "" : "s");
	for (size_t i = 0; i < security->n_groups; i++)
		text_add(text, "%s%s", i ? ", " : "", security->groups[i]);
}

int security_copy(const struct security *security, struct security *ret_copy)
{
	struct security copy = *security;

	copy.addresses = NULL;
	copy.n_addresses = 0;
	copy.groups = NULL;
	copy.n_groups = 0;
	for (size_t i = 0; i < security->n_addresses; i++)
		if (security_add(&copy, &security->addresses[i].address,
				 security->addresses[i].prefix) < 0) {
			security_done(&copy);
			return -ENOMEM;
		}
	if (security_copy_groups(&copy, security) < 0) {
		security_done(&copy);
		return -ENOMEM;
	}
	*ret_copy = copy;
	return 0;
}

bool security_equal(const struct security *a, const struct security *b)
{
	if (a->set != b->set || a->mac != b->mac || a->ip != b->ip ||
	    a->dhcp_server != b->dhcp_server || a->ra != b->ra || a->other != b->other ||
	    a->broadcast != b->broadcast || a->optional != b->optional ||
	    a->n_addresses != b->n_addresses || a->n_groups != b->n_groups ||
	    a->no_groups != b->no_groups)
		return false;
	for (size_t i = 0; i < a->n_groups; i++)
		if (strcmp(a->groups[i], b->groups[i]) != 0)
			return false;
	for (size_t i = 0; i < a->n_addresses; i++)
		if (!address_pair_equal(&a->addresses[i], &b->addresses[i]))
			return false;
	return true;
}

void security_done(struct security *security)
{
	free(security->addresses);
	drop_groups(security);
	*security = (struct security){ 0 };
}
