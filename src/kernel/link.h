/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Links: what the kernel has, and changes to it by rtnetlink.
 *
 * Every function that changes a link takes its ifindex, which is exact, and
 * its name, which is only for the sentence of a failure. Each is one
 * request; a failed one leaves the host as it was.
 *
 * Sources: rtnetlink(7), include/uapi/linux/if_link.h, net/core/rtnetlink.c.
 */
#pragma once

#include <linux/if_link.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/netlink.h"

enum {
	LINK_FLAG_CARRIER = 1 << 16, /* IFF_LOWER_UP, of a header that excludes <net/if.h> */
};

/* What a bridge does with its port; IFLA_BRPORT_* of the same names. */
struct bridge_port_flags {
	bool isolated;
	bool learning;
	bool unicast_flood;
	bool hairpin; /* IFLA_BRPORT_MODE */
};

/* Of a new port. */
#define BRIDGE_PORT_FLAGS_INIT \
	((struct bridge_port_flags){ .learning = true, .unicast_flood = true })

/* Of a bridge itself; IFLA_BR_* of the same names. */
struct bridge_options {
	bool stp;
	unsigned forward_delay_csec; /* with stp the kernel keeps it within 2 and 30 s */
};

/*
 * One link in a netlink message. Pointers point into the message and are valid
 * as long as that is: in a callback until it returns, after link_get() until
 * the next request on the same struct netlink.
 */
struct link_view {
	int ifindex;
	const char *name;
	const char *kind;        /* IFLA_INFO_KIND; "" for hardware */
	const uint8_t *mac;      /* 6 bytes; NULL where the link has no Ethernet address */
	const uint8_t *perm_mac; /* 6 bytes, what the hardware has in itself; NULL if it has none */
	unsigned flags;          /* IFF_UP, LINK_FLAG_CARRIER, … */
	unsigned mtu;            /* bytes */
	const char *qdisc;       /* what goes out by it waits there: "htb"; "" if unknown */
	uint8_t operstate;       /* RFC 2863, IF_OPER_* */
	bool makes_ipv6;         /* IPv6 addresses of its own, when it is up */
	uint16_t vxlan_port;     /* of a vxlan: of UDP */
	unsigned group;
	int lower;             /* IFLA_LINK: ifindex of what it stands on; 0 = nothing */
	int lower_netnsid;     /* the namespace `lower` is in; -1 = this one */
	int master;            /* ifindex; 0 = none */
	unsigned macvlan_mode; /* MACVLAN_MODE_* of a macvlan or macvtap; 0 = none or unknown */
	unsigned n_queues;     /* of a multi-queue tap: attached ones, switched off or not */
	uint32_t vxlan_id;     /* of a vxlan */
	struct bridge_options bridge;         /* of a bridge */
	bool filters_vlans;                   /* of a bridge: its ports are in VLANs of its own */
	bool knows_vlans;                     /* of a bridge: it can, in this kernel */
	uint16_t default_pvid;                /* of a bridge: the VLAN of a new port; 0 = none */
	struct bridge_port_flags bridge_port; /* where the master is a bridge */
	bool held_back; /* there: its spanning tree does not let its frames pass */
	bool disabled;  /* there: it is switched off; as long as it is without carrier it is, too */

	/* A filter, queue or class of tc's was deleted or changed: only the ifindex is true. */
	bool tc_changed;

	/* An address, not the link: only ifindex and family are set. */
	bool address_new, address_gone;
	int family; /* AF_INET or AF_INET6 */

	/* A bridge's message about its port: only these, ifindex, name and master are set. */
	bool port_only;
	const struct nlattr *vlans; /* bridge_vlan_next() */

	bool deleted;    /* RTM_DELLINK: this is what the link was; then, if it moved away: */
	int new_netnsid; /* where to; -1 = it did not move, or to where we cannot see */
	int new_ifindex; /* its ifindex there, 0 = unknown */

	const struct nlattr *properties;
};

/* VLANs that a port of a bridge is in; BRIDGE_VLAN_INFO_PVID and _UNTAGGED. */
struct bridge_vlans {
	uint16_t first, last;
	bool pvid, untagged;
};

/*
 * The VLANs of a message about a port, range by range, in order: `at` is NULL before the first.
 * False behind the last. A bridge says them in each message about a port that it has.
 */
bool bridge_vlan_next(const struct link_view *view, const struct nlattr **at,
		      struct bridge_vlans *ret_vlans);

/* The i-th alternative name, or NULL behind the last. */
const char *link_view_altname(const struct link_view *view, unsigned i);

/* Reads one RTM_NEWLINK or RTM_DELLINK. False if it is not a whole one about a netdev. */
bool link_view_parse(const struct nlmsghdr *nlh, struct link_view *ret_view);

typedef void (*link_callback)(void *userdata, const struct link_view *view);

/* Calls back for each link of the namespace, in the kernel's order. */
int link_dump(struct netlink *nl, link_callback callback, void *userdata, struct error *err);

/* Calls back for each port of all bridges, as the bridges tell of them: port_only, with VLANs. */
int link_dump_ports(struct netlink *nl, link_callback callback, void *userdata, struct error *err);

/* -ENODEV if there is none. */
int link_get(struct netlink *nl, int ifindex, struct link_view *ret_view, struct error *err);

struct macvlan_spec {
	const char *kind; /* "macvtap" or "macvlan" */
	const char *name;
	const char *altname; /* or NULL */
	int lower;           /* ifindex of the host interface */
	const char *lower_name;
	unsigned mode;      /* MACVLAN_MODE_* */
	const uint8_t *mac; /* 6 bytes; NULL for the kernel's choice. Passthrough ignores it */
	unsigned mtu;       /* bytes; 0 for that of the host interface */
	bool host_ip;       /* it is the host's own stack that speaks on it */
};

/*
 * Makes a macvtap or macvlan: down, all multicast on, no IPv6 address
 * generation, and a macvlan without ARP: the host's stack is not to speak on
 * it; with host_ip it is as the kernel makes it. One sendmsg(2), so that a
 * process that is killed leaves all of it, tagged, or nothing. The ifindex is
 * one of netlink_reserve_ifindex().
 */
int link_add_macvlan(struct netlink *nl, const struct macvlan_spec *spec, int *ret_ifindex,
		     struct error *err);

struct bridge_spec {
	const char *name;
	const char *altname; /* or NULL */
	const uint8_t *mac;  /* 6 bytes; it stays, whatever ports come */
	unsigned mtu;        /* bytes; it stays too. 0: the least of its ports' */
	struct bridge_options options;
};

/* Makes a bridge: down. One sendmsg(2), as link_add_macvlan(). */
int link_add_bridge(struct netlink *nl, const struct bridge_spec *spec, int *ret_ifindex,
		    struct error *err);

/*
 * Makes an ifb, which is for tc_detour(): up, no IPv6 address generation. One sendmsg(2), as
 * link_add_macvlan(). A kernel that loads its module for that may make an ifb0 and ifb1 too.
 */
int link_add_ifb(struct netlink *nl, const char *name, const char *altname, int *ret_ifindex,
		 struct error *err);

struct vxlan_spec {
	const char *name;
	const char *altname;
	const uint8_t *group; /* 4 or 16 bytes of a multicast address; NULL: vxlan_peers_set() */
	int family;           /* of all outer addresses: AF_INET or AF_INET6 */
	int lower;            /* ifindex of what it is sent by; 0: as the host routes */
	unsigned mtu;         /* bytes; 0 for the kernel's choice */
	uint32_t id;
	uint16_t port; /* of UDP */
	bool learning;
};

/* Makes a vxlan: down, no IPv6 address generation. One sendmsg(2), as link_add_macvlan(). */
int link_add_vxlan(struct netlink *nl, const struct vxlan_spec *spec, int *ret_ifindex,
		   struct error *err);

/* All of them; not undone where it fails half way. */
int link_set_bridge(struct netlink *nl, int ifindex, const char *name,
		    const struct bridge_options *options, struct error *err);

/* A bridge of a kernel that has no such thing stays as it is, and nothing is said of that. */
int link_filter_vlans(struct netlink *nl, int ifindex, const char *name, bool on,
		      struct error *err);

/* What a link that was made otherwise (a tap) still lacks, in one request. */
struct link_setup {
	const char *altname; /* or NULL */
	const uint8_t *mac;  /* 6 bytes, or NULL */
	unsigned mtu;        /* bytes; 0 leaves it */
	bool no_ipv6;        /* no IPv6 address generation */
	bool no_arp;
};

/* Not undone where it fails half way: the caller deletes the link then. */
int link_setup(struct netlink *nl, int ifindex, const char *name, const struct link_setup *setup,
	       struct error *err);

/* The link should be down. -EEXIST if another link has the name. */
int link_set_name(struct netlink *nl, int ifindex, const char *name, const char *new_name,
		  struct error *err);
int link_set_mac(struct netlink *nl, int ifindex, const char *name, const uint8_t mac[static 6],
		 struct error *err);
int link_set_mtu(struct netlink *nl, int ifindex, const char *name, unsigned mtu,
		 struct error *err);

/*
 * Changes a macvlan or macvtap in place; no frame is lost. The kernel refuses
 * to change from or to passthrough (-EINVAL). -EMEDIUMTYPE: it is neither.
 */
int link_set_macvlan_mode(struct netlink *nl, int ifindex, const char *name, unsigned mode,
			  struct error *err);
/* On a macvlan, setting up is when the kernel finds that its address is taken. */
int link_set_up(struct netlink *nl, int ifindex, const char *name, struct error *err);
int link_set_down(struct netlink *nl, int ifindex, const char *name, struct error *err);
int link_set_master(struct netlink *nl, int ifindex, const char *name, int master,
		    const char *master_name, struct error *err);
int link_clear_master(struct netlink *nl, int ifindex, const char *name, struct error *err);
int link_disable_ipv6(struct netlink *nl, int ifindex, const char *name, struct error *err);
int link_set_group(struct netlink *nl, int ifindex, const char *name, unsigned group,
		   struct error *err);

/* Waits for the kernel to forget the link (RCU): about 18 ms. -ENODEV if it is gone already. */
int link_delete(struct netlink *nl, int ifindex, const char *name, struct error *err);

/*
 * Deletes all links of a group, at 0.2 ms each instead of 18. A group without
 * links is deleted already: 0. The kernel refuses group 0, which is everybody's.
 */
int link_delete_group(struct netlink *nl, unsigned group, struct error *err);
