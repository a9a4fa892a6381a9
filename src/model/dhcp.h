/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a network's DHCP gives out: libvirt's <range> and <host> of <dhcp>, with their <lease>.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/address.h"
#include "model/mac.h"

enum lease_unit {
	LEASE_MINUTES, /* libvirt's default, which it writes out */
	LEASE_SECONDS,
	LEASE_HOURS,
	LEASE_UNIT_COUNT,
};

struct lease {
	bool set;
	uint64_t expiry; /* in `unit`; 0: for ever */
	enum lease_unit unit;
};

struct dhcp_range {
	struct address start;
	struct address end;
	struct lease lease;
	unsigned line;
};

/* A guest that always gets the same. */
struct dhcp_host {
	struct mac mac;
	bool has_mac;
	char *id; /* as client_id_format() writes it; or NULL */
	char *name;
	struct address address; /* family 0: none */
	struct lease lease;
	unsigned line;
};

/* What a host is known by, in its document's words; no two of a subnet share one. */
enum dhcp_host_key {
	DHCP_HOST_MAC,
	DHCP_HOST_ID,
	DHCP_HOST_NAME,
	DHCP_HOST_IP,
	DHCP_HOST_KEY_COUNT,
};

const char *lease_unit_name(enum lease_unit unit);
int lease_unit_parse(const char *text, enum lease_unit *ret_unit); /* 0 or -EINVAL */

/* As its attribute is named: "mac", "id", "name", "ip". */
const char *dhcp_host_key_name(enum dhcp_host_key key);
bool dhcp_host_has(const struct dhcp_host *host, enum dhcp_host_key key);
/* Its value as text, the caller's to free; NULL when out of memory. */
char *dhcp_host_value(const struct dhcp_host *host, enum dhcp_host_key key);

/*
 * As memcmp(3), by one key. Those that do not have it come first and are all different. Values are
 * compared, however they were spelled: names without regard to case, as DNS does (RFC 4343).
 */
int dhcp_host_compare(const struct dhcp_host *a, const struct dhcp_host *b, enum dhcp_host_key key);

/* "<host ip='10.0.0.5'>": by its first key but `other`. The caller's to free, or NULL. */
char *dhcp_host_describe(const struct dhcp_host *host, enum dhcp_host_key other);

/* "<host mac='…'> has the ip '10.0.0.5' of <host mac='…'>". The caller's to free, or NULL. */
char *dhcp_host_describe_clash(const struct dhcp_host *host, const struct dhcp_host *holder,
			       enum dhcp_host_key key);

/* Frees what is inside and makes it as new. */
void dhcp_host_done(struct dhcp_host *host);
