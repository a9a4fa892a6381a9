/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan: what would be changed on a host, as data.
 *
 * A plan is an ordered list of steps. A step is an action and what undoes it:
 * actions too, in the order in which they are to be done; none where nothing
 * needs to be undone, because the undo of an earlier step takes it along.
 * resolve makes plans, apply runs
 * them, plan_print() shows them; nobody else looks inside: what it does is told
 * by plan_effect().
 *
 * Actions name links by name. A host interface that already existed when the
 * plan was made is named by its ifindex too, so that a rename or a successor
 * of the same name cannot be hit by mistake. Strings are bounded by the
 * kernel's own limits, so a step owns no memory; a list of addresses is the actual's
 * that the plan was made for.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "model/facts.h"
#include "model/interface.h"
#include "model/mac.h"
#include "model/security.h"
#include "model/tunnel.h"
#include "model/uuid.h"
#include "model/vlan.h"
#include "util/cleanup.h"
#include "util/text.h"

enum action_kind {
	ACTION_ADD_MACVTAP,  /* made down, tagged, allmulticast on, no IPv6 address generation */
	ACTION_OPEN_MACVTAP, /* its queues, for the VMM */
	ACTION_ADD_MACVLAN,  /* as ADD_MACVTAP, and no ARP: a live port's host side; or host_ip */
	ACTION_SET_MODE,     /* of a macvlan or macvtap; not from or to passthrough */
	ACTION_WIRE,    /* tap and macvlan, both directions; replaces what was wired to the tap */
	ACTION_UNWIRE,  /* the tap from whatever it was wired to */
	ACTION_ADD_TAP, /* made down, tagged; opens its queues; IPv6 addresses only with host_ip */
	ACTION_REMAKE_TAP,  /* a tap that was deleted, on the fds that were held of it */
	ACTION_PERSIST_TAP, /* the tap stays when its fds are closed, and they are closed */
	ACTION_OPEN_VHOST,  /* /dev/vhost-net, once a queue */
	ACTION_SET_MAC,
	ACTION_SET_MTU,
	ACTION_SET_UP,
	ACTION_SET_DOWN,
	ACTION_SET_MASTER,
	ACTION_CLEAR_MASTER,
	ACTION_SET_BRIDGE_PORT, /* its flags; the bridge forgets what it had learned there */
	ACTION_FILTER_VLANS,    /* a bridge keeps each VLAN to the ports that are in it */
	ACTION_END_FILTER_VLANS,
	ACTION_SET_VLANS,     /* those that a bridge has the link in */
	ACTION_ADD_STATIC,    /* an address into the bridge's table, on the link, for good */
	ACTION_DELETE_STATIC, /* an absent one counts as deleted */
	ACTION_ADD_BRIDGE,    /* made down, tagged */
	ACTION_SET_BRIDGE,
	ACTION_ADD_ADDRESS,    /* IPv6: without duplicate address detection */
	ACTION_DELETE_ADDRESS, /* an absent one counts as deleted, and so with a route */
	ACTION_ADD_ROUTE,
	ACTION_DELETE_ROUTE,
	ACTION_SET_SYSCTL,
	ACTION_SILENCE,        /* the link: no IP addresses, and none of IPv6 made by itself */
	ACTION_SWITCH_SERVICE, /* of the network whose bridge the link is */
	ACTION_SET_GUARD,      /* rules for what the guest sends and gets by the link */
	ACTION_CLEAR_GUARD,    /* and what was learned is forgotten */
	ACTION_SET_RATE,       /* of what goes out by the link */
	ACTION_SET_FLOOR, /* a part of that is kept for an address; nothing where it has no rate */
	ACTION_CLEAR_FLOOR, /* one that is not there is cleared */
	ACTION_CLEAR_RATE,  /* it goes out at once; one that has none counts as cleared */
	ACTION_ADD_IFB,     /* made up, tagged: for DETOUR */
	ACTION_DETOUR,      /* what comes in by the link goes out by the ifb first */
	ACTION_END_DETOUR,  /* one that has none has ended */
	ACTION_ADD_VXLAN,   /* made down, tagged, no IPv6 address generation */
	ACTION_SET_REMOTES, /* the hosts that a vxlan sends to, and no others */
	ACTION_DELETE_LINK, /* an absent link counts as deleted */
	ACTION_CLOSE_FDS,   /* those that the plan opened */
	ACTION_KIND_COUNT,
};

/* What a network has besides links. */
enum service_kind {
	SERVICE_FIREWALL,
	SERVICE_DNSMASQ,
	SERVICE_COUNT,
};

/* A link by name; ifindex 0 where the plan itself makes it. */
struct link_ref {
	char name[IFNAMSIZ];
	int ifindex;
};

enum {
	SYSCTL_NAME_SIZE = sizeof("net/ipv6/conf//disable_ipv6") + IFNAMSIZ,
};

struct action {
	enum action_kind kind;
	struct link_ref link;  /* the subject of all but OPEN_VHOST, CLOSE_FDS and SET_SYSCTL */
	struct link_ref other; /* ADD_MACV*, ADD_VXLAN: the host interface; *_MASTER: the bridge;
			   WIRE: the macvlan; DETOUR: the ifb */
	struct mac mac;        /* ADD_*, REMAKE_TAP, SET_MAC, DELETE_STATIC, SET_FLOOR */
	enum direct_mode mode; /* ADD_MACV*, SET_MODE */
	unsigned mtu;          /* SET_MTU; ADD_*, REMAKE_TAP: 0 leaves the kernel's choice */
	unsigned queues;       /* ADD_TAP, REMAKE_TAP, OPEN_* */
	bool vnet_hdr;         /* ADD_TAP, REMAKE_TAP, OPEN_MACVTAP */
	bool host_ip; /* ADD_TAP, REMAKE_TAP, ADD_MACVLAN, CLEAR_RATE: the host's stack uses it */
	struct bandwidth_limit limit;   /* SET_RATE: the average is set; SET_FLOOR: the floor */
	bool shared;                    /* SET_RATE: it can have floors */
	unsigned class_id;              /* *_FLOOR */
	uid_t owner;                    /* ADD_TAP, REMAKE_TAP: who may open it by its name */
	struct bridge_port bridge_port; /* SET_BRIDGE_PORT */
	struct bridge_settings bridge;  /* ADD_BRIDGE, SET_BRIDGE */
	struct {
		struct vlan asked;   /* borrowed of an actual, as below */
		uint16_t pvid;       /* where none is asked: the bridge's default */
	} vlans;                     /* SET_VLANS */
	const struct tunnel *tunnel; /* ADD_VXLAN, SET_REMOTES: borrowed of a network */
	char tag[ALTNAME_SIZE];      /* ADD_*, REMAKE_TAP: alternative name */
	struct {
		struct address address; /* *_ADDRESS; *_ROUTE: the destination */
		unsigned prefix;
		struct address gateway; /* *_ROUTE */
		unsigned metric;
	} ip;
	struct {
		char path[SYSCTL_NAME_SIZE]; /* under /proc/sys */
		int value;
	} sysctl; /* SET_SYSCTL */
	struct {
		enum service_kind name;
		bool on;
	} service; /* SWITCH_SERVICE */
	struct {
		struct security security; /* its addresses are borrowed of an actual, … */
		struct vlan vlan;         /* … and so its tags, … */
		struct filter_ref filter; /* … and so all of this */
		struct uuid identity;     /* what is learned and counted is kept under it */
		bool macvtap;             /* else the link is a tap */
	} guard;                          /* *_GUARD */
};

struct plan_step {
	struct action action;
	size_t first_undo; /* in the plan's undos */
	size_t n_undos;
};

struct plan {
	struct plan_step *steps;
	size_t n_steps;
	struct action *undos; /* of all steps */
	size_t n_undos;
};

/* Appends a step without link and undo; NULL when out of memory. Valid until the next one. */
struct plan_step *plan_add(struct plan *plan, enum action_kind kind);

/*
 * Appends an undo to the last step: its action as it is now, but of that kind,
 * for the caller to change. NULL when out of memory. Valid until the next one.
 */
struct action *plan_undo(struct plan *plan, enum action_kind kind);

/* "packet filter", … */
const char *service_name(enum service_kind service);

/* Nothing is to be done. */
bool plan_is_empty(const struct plan *plan);

/* Is there a step that deletes that link? */
bool plan_deletes(const struct plan *plan, int ifindex);

/* What a plan does to the guest of its port. */
struct plan_effect {
	bool connects; /* it comes to a network; other steps are adjustments */
	bool cuts;     /* it is cut off until the plan is done: the old side has to go first */
	bool opens;    /* the VMM has new queues to take */
	bool silences; /* the host has IP on a device of the guest's, and is to lose it */
};

struct plan_effect plan_effect(const struct plan *plan);

/* "  1. create … \n       undo: delete vif0\n" for each step, an undo a line. */
void plan_print(const struct plan *plan, struct text *text);

/* "create …; set …": without undos, no line break. */
void plan_print_line(const struct plan *plan, struct text *text);

void link_ref_set(struct link_ref *ref, const char *name, int ifindex);
void plan_done(struct plan *plan);
#define AUTO_PLAN AUTO(plan_done)
