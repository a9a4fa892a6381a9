/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Port security: what a guest may send. <vif:security>, on an interface, a
 * portgroup and a network.
 *
 * Each says some of it; together they are whole (security_merge). What nobody says
 * is the default: only the guest's own MAC, any IP address, no answers of a DHCP
 * server, no router advertisements, any protocol, any number of broadcasts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/address.h"
#include "model/tristate.h"
#include "util/error.h"
#include "util/text.h"

enum security_ip {
	SECURITY_IP_UNSET,
	SECURITY_IP_NO,    /* addresses are not looked at */
	SECURITY_IP_LIST,  /* only the listed ones */
	SECURITY_IP_LEARN, /* those, and what DHCP gives and the guest makes itself (IPv6) */
	SECURITY_IP_COUNT,
};

enum {
	SECURITY_ADDRESSES_MAX = 31, /* of a family; one is left for the link-local one */
	SECURITY_BROADCAST_MAX = 1000000,
	SECURITY_GROUPS_MAX = 16,
};

struct security_address {
	struct address address;
	unsigned prefix; /* all of the net are the guest's */
};

struct security {
	bool set;                  /* anything is said */
	enum tristate mac;         /* only the guest's own MAC: in Ethernet, ARP, ND */
	enum security_ip ip;       /* only its own addresses: in IPv4, ARP, IPv6, ND */
	enum tristate dhcp_server; /* it may answer as a DHCP server */
	enum tristate ra;          /* it may be a router to others: advertisements, redirects */
	enum tristate other;       /* it may speak more than IPv4, IPv6 and ARP */
	unsigned broadcast;     /* so many broadcasts, multicasts and ARP a second; 0: unset, any */
	enum tristate optional; /* a host that cannot check it goes without */
	struct security_address *addresses;
	size_t n_addresses;
	char **groups; /* security groups by name: what one of them allows passes (model/group.h) */
	size_t n_groups;
	bool no_groups; /* none, whatever others say */
	unsigned line;
};

const char *security_ip_name(enum security_ip ip);                 /* NULL for unset */
int security_ip_parse(const char *text, enum security_ip *ret_ip); /* 0 or -EINVAL */

/* An address that is there already is added. -E2BIG, -ENOMEM. */
int security_add(struct security *security, const struct address *address, unsigned prefix);

/* One that is there already is added. -E2BIG, -ENOMEM. */
int security_add_group(struct security *security, const char *name);
bool security_has_group(const struct security *security, const char *name);
/* Those of `from`, in the place of those that were: 0 or -ENOMEM. */
int security_copy_groups(struct security *security, const struct security *from);

/*
 * What must hold for one element alone: addresses only where they are checked,
 * and as many as there is room for. "line N: …".
 */
int security_validate(const struct security *security, struct error *err);

/*
 * The whole of what several say, the most particular first; NULL for one that is
 * not there. `managed`: the network is one of vifd's own, which has the defaults,
 * optional, where nobody says anything. Addresses are those of the first that lists
 * any, and so groups. 0 or -ENOMEM.
 */
int security_merge(const struct security *const *sources, size_t n_sources, bool managed,
		   struct security *ret_merged);

/* Is there anything to check? Of what was merged. */
bool security_checks(const struct security *security);

/*
 * What passes, of what was merged, in words: "only the guest's MAC; only 10.7.0.2 and
 * what it is given; no DHCP answers; …"; nothing where nothing is checked.
 */
void security_print(const struct security *security, struct text *text);

int security_copy(const struct security *security, struct security *ret_copy); /* 0 or -ENOMEM */
bool security_equal(const struct security *a, const struct security *b);       /* lines aside */
void security_done(struct security *security);
