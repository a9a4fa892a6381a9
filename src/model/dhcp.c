/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/dhcp.h"
#include "util/cleanup.h"
#include "util/parse.h"
#include "util/text.h"

static const char *const lease_unit_names[] = {
	[LEASE_MINUTES] = "minutes",
	[LEASE_SECONDS] = "seconds",
	[LEASE_HOURS] = "hours",
};
_Static_assert(ARRAY_SIZE(lease_unit_names) == LEASE_UNIT_COUNT, "every unit has a name");

const char *lease_unit_name(enum lease_unit unit)
{
	return lease_unit_names[unit];
}

int lease_unit_parse(const char *text, enum lease_unit *ret_unit)
{
	int unit = name_index(lease_unit_names, LEASE_UNIT_COUNT, text);

	if (unit < 0)
		return unit;
	*ret_unit = unit;
	return 0;
}

static const char *const key_names[] = {
	[DHCP_HOST_MAC] = "mac",
	[DHCP_HOST_ID] = "id",
	[DHCP_HOST_NAME] = "name",
	[DHCP_HOST_IP] = "ip",
};
_Static_assert(ARRAY_SIZE(key_names) == DHCP_HOST_KEY_COUNT, "every key has a name");

const char *dhcp_host_key_name(enum dhcp_host_key key)
{
	return key_names[key];
}

bool dhcp_host_has(const struct dhcp_host *host, enum dhcp_host_key key)
{
	switch (key) {
	case DHCP_HOST_MAC:
		return host->has_mac;
	case DHCP_HOST_ID:
		return host->id;
	case DHCP_HOST_NAME:
		return host->name;
	default:
		return host->address.family;
	}
}

char *dhcp_host_value(const struct dhcp_host *host, enum dhcp_host_key key)
{
	char mac[MAC_TEXT_SIZE], address[ADDRESS_TEXT_SIZE];

	switch (key) {
	case DHCP_HOST_MAC:
		mac_format(&host->mac, mac);
		return strdup(mac);
	case DHCP_HOST_ID:
		return strdup(host->id ? host->id : "");
	case DHCP_HOST_NAME:
		return strdup(host->name ? host->name : "");
	default:
		address_format(&host->address, address);
		return strdup(address);
	}
}

static int compare_addresses(const struct address *a, const struct address *b)
{
	return a->family == b->family ? address_compare(a, b) : a->family - b->family;
}

int dhcp_host_compare(const struct dhcp_host *a, const struct dhcp_host *b, enum dhcp_host_key key)
{
	bool has_a = dhcp_host_has(a, key), has_b = dhcp_host_has(b, key);

	if (!has_a || !has_b)
		return has_a != has_b ? has_a - has_b : a < b ? -1 : a > b;
	switch (key) {
	case DHCP_HOST_MAC:
		return memcmp(&a->mac, &b->mac, sizeof(a->mac));
	case DHCP_HOST_ID:
		return strcmp(a->id, b->id);
	case DHCP_HOST_NAME:
		return strcasecmp(a->name, b->name);
	default:
		return compare_addresses(&a->address, &b->address);
	}
}

char *dhcp_host_describe(const struct dhcp_host *host, enum dhcp_host_key other)
{
	enum dhcp_host_key key = DHCP_HOST_MAC;
	AUTO_FREE char *value = NULL;

	while (key < DHCP_HOST_KEY_COUNT && (key == other || !dhcp_host_has(host, key)))
		key++;
	if (key == DHCP_HOST_KEY_COUNT)
		key = other;
	value = dhcp_host_value(host, key);
	return value ? text_format("<host %s='%s'>", key_names[key], value) : NULL;
}

char *dhcp_host_describe_clash(const struct dhcp_host *host, const struct dhcp_host *holder,
			       enum dhcp_host_key key)
{
	AUTO_FREE char *who = dhcp_host_describe(host, key), *whose = NULL, *value = NULL;

	whose = dhcp_host_describe(holder, key);
	value = dhcp_host_value(holder, key);
	if (!who || !whose || !value)
		return NULL;
	return text_format("%s has the %s '%s' of %s", who, key_names[key], value, whose);
}

void dhcp_host_done(struct dhcp_host *host)
{
	free(host->id);
	free(host->name);
	*host = (struct dhcp_host){ 0 };
}
