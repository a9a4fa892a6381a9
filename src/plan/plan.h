/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan: what would be changed on a host, as data.
 *
 * A plan is an ordered list of steps. A step is an action and its undo, which
 * is an action too (or ACTION_NONE where nothing needs to be undone, because
 * the undo of an earlier step takes it along). resolve makes plans, apply runs
 * them, plan_print() shows them; nobody else looks inside: what it does is told
 * by plan_effect().
 *
 * Actions name links by name. A host interface that already existed when the
 * plan was made is named by its ifindex too, so that a rename or a successor
 * of the same name cannot be hit by mistake. Strings are bounded by the
 * kernel's own limits, so a step owns no memory.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "model/facts.h"
#include "model/interface.h"
#include "model/mac.h"
#include "util/cleanup.h"
#include "util/text.h"

enum action_kind {
	ACTION_NONE,
	ACTION_ADD_MACVTAP,  /* made down, tagged, allmulticast on, no IPv6 address generation */
	ACTION_OPEN_MACVTAP, /* its queues, for the VMM */
	ACTION_ADD_MACVLAN,  /* as ADD_MACVTAP, and no ARP: the host side of a live port */
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
	ACTION_ADD_STATIC,      /* an address into the bridge's table, on the link, for good */
	ACTION_DELETE_STATIC,   /* an absent one counts as deleted */
	ACTION_ADD_BRIDGE,      /* made down, tagged */
	ACTION_SET_BRIDGE,
	ACTION_ADD_ADDRESS,    /* IPv6: without duplicate address detection */
	ACTION_DELETE_ADDRESS, /* an absent one counts as deleted, and so with a route */
	ACTION_ADD_ROUTE,
	ACTION_DELETE_ROUTE,
	ACTION_SET_SYSCTL,
	ACTION_FIREWALL_ON, /* of the network whose bridge the link is, as the next three */
	ACTION_FIREWALL_OFF,
	ACTION_DNSMASQ_ON,
	ACTION_DNSMASQ_OFF,
	ACTION_DELETE_LINK, /* an absent link counts as deleted */
	ACTION_CLOSE_FDS,   /* those that the plan opened */
	ACTION_KIND_COUNT,
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
	struct link_ref link; /* the subject of all but OPEN_VHOST, CLOSE_FDS and SET_SYSCTL */
	struct link_ref
		other;  /* ADD_MACV*: the host interface; *_MASTER: the bridge; WIRE: the macvlan */
	struct mac mac; /* ADD_*, REMAKE_TAP, SET_MAC, DELETE_STATIC */
	enum direct_mode mode; /* ADD_MACV*, SET_MODE */
	unsigned mtu;          /* SET_MTU; ADD_*, REMAKE_TAP: 0 leaves the kernel's choice */
	unsigned queues;       /* ADD_TAP, REMAKE_TAP, OPEN_* */
	bool vnet_hdr;         /* ADD_TAP, REMAKE_TAP, OPEN_MACVTAP */
	bool host_ip;          /* ADD_TAP, REMAKE_TAP: the host's stack will use it */
	struct bridge_port bridge_port; /* SET_BRIDGE_PORT */
	struct bridge_settings bridge;  /* ADD_BRIDGE, SET_BRIDGE */
	struct address address;         /* *_ADDRESS; *_ROUTE: the destination */
	unsigned prefix;                /* of it */
	struct address gateway;         /* *_ROUTE */
	unsigned metric;                /* *_ROUTE */
	char sysctl[SYSCTL_NAME_SIZE];  /* SET_SYSCTL: a path under /proc/sys */
	int value;                      /* SET_SYSCTL */
	char tag[ALTNAME_SIZE];         /* ADD_*, REMAKE_TAP: alternative name */
};

struct plan_step {
	struct action action;
	struct action undo;
};

struct plan {
	struct plan_step *steps;
	size_t n_steps;
};

/* Appends a step with neither link nor undo set; NULL when out of memory. */
struct plan_step *plan_add(struct plan *plan, enum action_kind kind);

/* Nothing is to be done. */
bool plan_is_empty(const struct plan *plan);

/* Is there a step that deletes that link? */
bool plan_deletes(const struct plan *plan, int ifindex);

/* What a plan does to the guest of its port. */
struct plan_effect {
	bool connects; /* it comes to a network; other steps are adjustments */
	bool cuts;     /* it is cut off until the plan is done: the old side has to go first */
	bool opens;    /* the VMM has new queues to take */
};

struct plan_effect plan_effect(const struct plan *plan);

/* "  1. create … \n       undo: delete vif0\n" for each step. */
void plan_print(const struct plan *plan, struct text *text);

/* "create …; set …": without undos, no line break. */
void plan_print_line(const struct plan *plan, struct text *text);

void link_ref_set(struct link_ref *ref, const char *name, int ifindex);
void plan_done(struct plan *plan);
#define AUTO_PLAN AUTO(plan_done)
