/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A network: a named definition on one host, how guests reach the world here.
 *
 * It is libvirt's <network> as data; see libvirt's formatnetwork. Unset is
 * NULL, 0 or the first value, as in struct interface.
 */
#pragma once

#include <stdbool.h>

#include "model/bandwidth.h"
#include "model/interface.h"
#include "model/kept.h"
#include "model/network-ip.h"
#include "model/port-forward.h"
#include "model/tristate.h"
#include "model/tunnel.h"
#include "model/uuid.h"
#include "model/virtualport.h"
#include "model/vlan.h"
#include "util/error.h"

/* <forward mode=>. The first four are networks that vifd makes itself. */
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

/* One virtual function of the pool, by its place (<forward><address type='pci'/>). */
struct pool_function {
	uint16_t domain;
	uint8_t bus;
	uint8_t slot;
	uint8_t function;
	unsigned line;
};

/* A class of connections to the network: settings for the ports that name it. */
struct portgroup {
	char *name;
	bool is_default; /* for interfaces that name none */
	enum tristate trust_rx_filters;
	struct virtualport virtualport;
	struct bandwidth bandwidth;
	struct vlan vlan;
	struct security security;
	unsigned line;
};

/* Who fills the bridge's table of addresses. */
enum mac_table_manager {
	MAC_TABLE_UNSET, /* means the kernel */
	MAC_TABLE_KERNEL,
	MAC_TABLE_LIBVIRT, /* vifd, from the ports' definitions: no learning, no flooding */
	MAC_TABLE_MANAGER_COUNT,
};

/* <bridge>: of a network that vifd makes itself, or a host's own bridge. */
struct network_bridge {
	char *name; /* may hold one %d where vifd makes it */
	enum tristate stp;
	bool has_delay;
	unsigned long delay; /* seconds */
	char *zone;          /* firewalld's */
	enum mac_table_manager mac_table_manager;
	unsigned line;
};

/* A host interface behind which guests of another host are, in mode VEPA: a port of the bridge. */
struct network_relay {
	char *dev;
	unsigned line;
};

/* An address of the host among the guests that stand on its interface, and whom it reaches so. */
enum {
	HOST_ACCESSES_MAX = 16,
};

struct host_access {
	struct address address;
	unsigned prefix;
	unsigned line;
};

struct network {
	char *name;
	unsigned name_line;
	struct uuid uuid;
	bool has_uuid;

	bool has_forward; /* <forward> is there */
	enum forward_mode forward;
	unsigned forward_line;
	char *forward_managed; /* as said: yes, no; hostdev only */
	struct network_nat nat;
	struct port_forward *forwards;
	size_t n_forwards;
	char *pf; /* <forward><pf dev=>: the pool is its virtual functions */
	unsigned pf_line;
	struct pool_entry *pool;
	size_t n_pool;
	struct pool_function *functions; /* hostdev only */
	size_t n_functions;
	struct host_access *accesses; /* <vif:host-access>: mode bridge, with a pool of one */
	size_t n_accesses;

	struct network_bridge bridge;
	struct tunnel tunnel;         /* <vif:tunnel>: a port of the bridge */
	struct network_relay *relays; /* <vif:reflective-relay dev=/> */
	size_t n_relays;
	bool failover; /* <vif:pool failover='yes'/>: a port whose interface goes gets another */
	bool reflects_ports; /* <vif:reflective-relay/>: the guests' ports */
	bool open_firewall;  /* <vif:firewall open=>: what others' filters drop of it passes */
	unsigned open_firewall_line;
	unsigned reflects_line;
	unsigned mtu; /* bytes; 0 unset */
	unsigned mtu_line;
	struct mac mac; /* of the bridge */
	bool has_mac;
	unsigned mac_line;

	/* For the ports of the network. */
	enum port_type port_type; /* <vif:port type=>: for interfaces that say nothing */
	enum tristate trust_rx_filters;
	enum tristate isolated;
	struct virtualport virtualport;
	struct vlan vlan;
	struct security security;
	struct bandwidth bandwidth; /* of the bridge as a whole, not of a port */
	struct portgroup *portgroups;
	size_t n_portgroups;

	enum tristate ipv6; /* between guests, without an address of the host */
	struct network_ip *ips;
	size_t n_ips;
	struct network_route *routes;
	size_t n_routes;
	struct network_domain domain;
	struct network_dns dns;

	struct kept_list kept;
};

const char *forward_mode_name(enum forward_mode mode);
int forward_mode_parse(const char *text, enum forward_mode *ret_mode); /* 0 or -EINVAL */

/*
 * The mode of the macvtaps of a network whose guests are on a pool; false for
 * a network of another kind (a bridge, one that vifd makes itself).
 */
bool network_direct_mode(const struct network *network, enum direct_mode *ret_mode);

/* Is it a network that vifd makes itself: a bridge of its own, with addresses? */
bool network_is_managed(const struct network *network);

/* Is there anything that vifd makes or sets when it is started? */
bool network_has_plan(const struct network *network);

/* Has it an address of that family (AF_INET, AF_INET6)? */
bool network_has_address_of(const struct network *network, int family);

/* Does the host have to forward for it: is it one that vifd makes itself, not isolated? */
bool network_needs_forwarding(const struct network *network, int family);

const char *mac_table_manager_name(enum mac_table_manager manager); /* NULL for unset */

/* Copies dev; line as in the document. 0 or -ENOMEM. */
int network_pool_add(struct network *network, const char *dev, unsigned line);

/* By name; NULL if there is none such. */
const struct portgroup *network_portgroup(const struct network *network, const char *name);
/* The one for interfaces that name none; NULL if there is none. */
const struct portgroup *network_default_portgroup(const struct network *network);
void portgroup_done(struct portgroup *portgroup);

/* What must hold whatever the host; errors as interface_validate(). */
int network_validate(const struct network *network, struct error *err);

/*
 * Can vifd serve it, now that it is to be started? ERROR_NOT_SUPPORTED names
 * what it cannot, as interface_check_served().
 */
int network_check_served(const struct network *network, struct error *err);

struct network *network_new(void);
void network_free(struct network *network);
DEFINE_FREEP(struct network, network_free);
