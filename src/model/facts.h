/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Facts: what the host has now, as far as a decision needs it.
 *
 * A snapshot, filled by the daemon from a netlink dump (or by a test from
 * text), and only read by resolve.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/host-ip.h"
#include "model/interface.h"
#include "model/mac.h"
#include "model/vlan.h"
#include "util/cleanup.h"
#include "util/lookup.h"

enum {
	ALTNAME_SIZE = 128, /* ALTIFNAMSIZ */
	KIND_SIZE = 16,
};

/* What a bridge does with one of its ports. All false is what the kernel gives to a new one. */
struct bridge_port {
	bool isolated;    /* no frames between it and other isolated ports */
	bool no_learning; /* the addresses that frames come from are not noted */
	bool no_flood; /* frames to an address that the bridge does not know are not sent to it */
	bool reflects; /* frames to what is behind it are sent back there too: a VEPA's switch */
};

static inline bool bridge_port_equal(struct bridge_port a, struct bridge_port b)
{
	return a.isolated == b.isolated && a.no_learning == b.no_learning &&
	       a.no_flood == b.no_flood && a.reflects == b.reflects;
}

/* What a bridge does itself. */
struct bridge_settings {
	bool stp;
	unsigned delay_csec; /* before a new port forwards; with stp within 2 and 30 s */
};

static inline bool bridge_settings_equal(struct bridge_settings a, struct bridge_settings b)
{
	return a.stp == b.stp && a.delay_csec == b.delay_csec;
}

struct host_link {
	int ifindex;
	char name[IFNAMSIZ];
	char (*altnames)[ALTNAME_SIZE];
	size_t n_altnames;
	char kind[KIND_SIZE]; /* IFLA_INFO_KIND: "bridge", "macvtap", "tun", …; "" for hardware */
	struct mac mac;
	struct mac perm_mac; /* the permanent one of hardware, else all zero */
	bool away;           /* what it stands on is in another network namespace now */
	unsigned mtu;
	bool up;      /* IFF_UP: administratively */
	bool carrier; /* IFF_LOWER_UP */
	bool loopback;
	bool has_ip;     /* an IP address is on it */
	bool limited;    /* when it was last looked at: what goes out by it waits in htb */
	bool makes_ipv6; /* it makes IPv6 addresses of its own when it is up */
	int lower;       /* IFLA_LINK: what it stands on; 0 = nothing or in another netns */
	int master;      /* ifindex of the bridge, bond, … that it is a port of; 0 = none */
	struct bridge_port bridge_port; /* where that is a bridge */
	bool held_back;                 /* there: its spanning tree does not let its frames pass */
	bool disabled;                  /* there: it is switched off, or without carrier */
	struct bridge_settings bridge;  /* of a bridge */
	bool filters_vlans;             /* of a bridge: its ports are in VLANs of its own */
	bool knows_vlans;               /* of a bridge: it can, in this kernel */
	uint16_t default_pvid;          /* of a bridge: the VLAN of a new port; 0 none */
	struct vlan_set vlans;          /* where the master is a bridge: those that it has it in */
	uint32_t vxlan_id;              /* of a vxlan, and its port of UDP */
	uint16_t vxlan_port;
	bool is_macvlan; /* kind is macvlan or macvtap; then: */
	bool mode_known; /*   false for macvlan's mode 'source', which is none of ours */
	enum direct_mode mode;
};

struct facts {
	struct host_link *links;
	size_t n_links;
	struct lookup places;    /* in links, by ifindex */
	struct lookup names;     /* ifindexes, by name and alternative name */
	struct lookup addresses; /* ifindexes, by the address of their hardware */
	bool vhost_net;          /* /dev/vhost-net can be opened */
	bool has_ip;
	struct host_ip ip; /* read when a network needs it, not kept with every change */
};

/* By name, else by alternative name. NULL if the host has none such. */
const struct host_link *facts_find(const struct facts *facts, const char *name);
const struct host_link *facts_get(const struct facts *facts, int ifindex);

/*
 * By the address of its hardware, or what stands for that: of a device without
 * (a veth) the one it has. Of macvlans and taps none. The oldest, of several.
 */
const struct host_link *facts_find_address(const struct facts *facts, const struct mac *mac);

/*
 * Puts a link in the place of the one with its ifindex, or at the end. Takes
 * its altnames, on failure too (-ENOMEM). Pointers to links are void afterwards.
 */
int facts_put(struct facts *facts, struct host_link *link);
void facts_remove(struct facts *facts, int ifindex);
/* Where there is such a link; pointers to links stay valid. */
void facts_set_bridge_port(struct facts *facts, int ifindex, struct bridge_port port,
			   bool held_back, bool disabled);
/* Takes the set. */
void facts_set_vlans(struct facts *facts, int ifindex, struct vlan_set *vlans);
void facts_set_has_ip(struct facts *facts, int ifindex, bool has_ip);

/*
 * The link that is up and has no carrier, so that nothing comes to the world by `base`: itself,
 * or of a bridge one of the ports that are no taps, where none of these has one. NULL: no such.
 */
const struct host_link *facts_without_carrier(const struct facts *facts,
					      const struct host_link *base);

int host_link_add_altname(struct host_link *link, const char *altname); /* 0 or -ENOMEM */
bool host_link_equal(const struct host_link *a, const struct host_link *b);
void host_link_done(struct host_link *link);

void facts_done(struct facts *facts);
