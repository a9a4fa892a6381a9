/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A network: a named definition on one host, how guests reach the world here.
 *
 * It is libvirt's <network> as data; see libvirt's formatnetwork. Unset is
 * NULL, 0 or the first value, as in struct interface.
 */
#pragma once

#include <stdbool.h>

#include "model/interface.h"
#include "model/kept.h"
#include "model/uuid.h"
#include "util/error.h"

/* <forward mode=>. The first five are networks that vifd would make itself. */
enum forward_mode {
	FORWARD_ISOLATED, /* no <forward> element, or mode='none' */
	FORWARD_NAT,
	FORWARD_ROUTE,
	FORWARD_OPEN,
	FORWARD_BRIDGE,
	FORWARD_VEPA,
	FORWARD_PRIVATE,
	FORWARD_PASSTHROUGH,
	FORWARD_HOSTDEV,
	FORWARD_MODE_COUNT,
};

/* One host interface of the pool (<forward><interface dev=/>). */
struct pool_entry {
	char *dev;
	struct mac mac; /* vif:mac=: the one of that permanent address, whatever its name */
	bool has_mac;
	unsigned line;
};

struct network {
	char *name;
	unsigned name_line;
	struct uuid uuid;
	bool has_uuid;
	enum forward_mode forward;
	unsigned forward_line;
	char *bridge; /* <bridge name=> */
	unsigned bridge_line;
	bool failover; /* <vif:pool failover='yes'/>: when a port's interface goes, another takes it */
	struct pool_entry *pool;
	size_t n_pool;
	enum port_type port_type; /* <vif:port type=>: for interfaces that say nothing */
	struct kept_list kept;
};

const char *forward_mode_name(enum forward_mode mode);
int forward_mode_parse(const char *text, enum forward_mode *ret_mode); /* 0 or -EINVAL */

/*
 * The mode of the macvtaps of a network whose guests are on a pool; false for
 * a network of another kind (a bridge, one that vifd makes itself).
 */
bool network_direct_mode(const struct network *network, enum direct_mode *ret_mode);

/* Copies dev; line as in the document. 0 or -ENOMEM. */
int network_pool_add(struct network *network, const char *dev, unsigned line);

/* What must hold whatever the host; errors as interface_validate(). */
int network_validate(const struct network *network, struct error *err);

struct network *network_new(void);
void network_free(struct network *network);
DEFINE_FREEP(struct network, network_free);
