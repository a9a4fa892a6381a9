/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An interface: what a guest's configuration asks for, portable between hosts.
 *
 * It is libvirt's <interface> as data. "Unset" is NULL for strings, 0 for
 * numbers and the first value of each enumeration, so a zeroed struct is an
 * empty interface. Lines are those of the document that it was read from (0
 * where there was none); errors about an interface name them.
 *
 * Source of names, values and defaults: libvirt's formatdomain, section
 * "Network interfaces".
 */
#pragma once

#include <stdbool.h>

#include "model/bandwidth.h"
#include "model/filter.h"
#include "model/kept.h"
#include "model/mac.h"
#include "model/security.h"
#include "model/tristate.h"
#include "model/virtualport.h"
#include "model/vlan.h"
#include "util/error.h"

enum interface_type {
	INTERFACE_NETWORK,
	INTERFACE_DIRECT,
	INTERFACE_BRIDGE,
	INTERFACE_ETHERNET,
	/* Kept and given back, not connected: what they say is in `kept`. */
	INTERFACE_USER,
	INTERFACE_VHOSTUSER,
	INTERFACE_SERVER,
	INTERFACE_CLIENT,
	INTERFACE_MCAST,
	INTERFACE_UDP,
	INTERFACE_NULL,
	INTERFACE_VDPA,
	INTERFACE_HOSTDEV,
	INTERFACE_TYPE_COUNT,
};

/* How macvtap forwards between guests (IFLA_MACVLAN_MODE). VEPA is libvirt's default. */
enum direct_mode {
	DIRECT_VEPA,
	DIRECT_BRIDGE,
	DIRECT_PRIVATE,
	DIRECT_PASSTHROUGH,
	DIRECT_MODE_COUNT,
};

enum driver_name {
	DRIVER_UNSET,
	DRIVER_QEMU,
	DRIVER_VHOST, /* vhost-net or an error */
	DRIVER_NAME_COUNT,
};

enum link_state {
	LINK_STATE_UNSET,
	LINK_STATE_UP,
	LINK_STATE_DOWN,
	LINK_STATE_COUNT,
};

/* What the guest's side of the port stands on: a tap that stays, or the macvtap itself. */
enum port_type {
	PORT_TYPE_UNSET,
	PORT_TYPE_DIRECT,
	PORT_TYPE_LIVE,
	PORT_TYPE_COUNT,
};

enum {
	INTERFACE_QUEUES_MAX = 256, /* MAX_MACVTAP_QUEUES and MAX_TAP_QUEUES, one per open */
	INTERFACE_MTU_MIN = 68,     /* RFC 791 */
	INTERFACE_MTU_MAX = 65535,
};

struct interface {
	enum interface_type type;
	unsigned line;

	struct mac mac;
	bool has_mac;
	unsigned mac_line;

	char *network; /* <source>: type='network' */
	char *portgroup;
	char *dev; /* type='direct' */
	enum direct_mode mode;
	struct mac dev_mac; /* <source vif:mac=>: the host interface of that permanent address, */
	bool has_dev_mac;   /*   whatever its name; dev is then the name to show */
	bool optional;      /* <source startupPolicy='optional'>: plugged also while it is absent */
	char *bridge;       /* type='bridge' */
	unsigned source_line;

	bool follow_link; /* <vif:link follow='yes'/>: the guest's link is as the host's carrier */

	char *target; /* wanted device name; may hold one %d */
	unsigned target_line;
	char *model; /* "virtio", "e1000e", …; unset means virtio */
	unsigned model_line;
	enum driver_name driver;
	unsigned queues; /* 0 means 1 */
	unsigned driver_line;
	enum link_state link;
	unsigned mtu; /* bytes; 0 means that of what it stands on */
	unsigned mtu_line;
	char *alias; /* the device's id in the VMM */
	unsigned alias_line;
	enum port_type port_type; /* <vif:port type=> */

	enum tristate trust_rx_filters; /* the guest may change its MAC and its filters */
	enum tristate isolated;         /* <port isolated=>: not to other isolated ports */
	unsigned isolated_line;
	struct virtualport virtualport;
	struct bandwidth bandwidth;
	struct vlan vlan;
	struct filter_ref filter;
	struct security security;

	struct kept_list kept;
};

/* What interfaces of a type may say, whatever the host. */
struct interface_kind {
	const char *name;
	bool connects;    /* vifd connects it; else it is kept and given back */
	bool portable;    /* each host's network says the rest */
	bool queues;      /* more than one */
	bool virtualport; /* whole, unless it is portable */
	bool isolation;
	const char *source;    /* the attribute of <source> that it needs; NULL: none */
	size_t source_at;      /* where struct interface has that */
	const char *source_is; /* of a source that is a device's name: what it is, for sentences */
};

const struct interface_kind *interface_kind(enum interface_type type);
const char *interface_type_name(enum interface_type type);
const char *direct_mode_name(enum direct_mode mode);
const char *driver_name_text(enum driver_name driver);
const char *link_state_name(enum link_state state);
const char *port_type_name(enum port_type type);

/* Each returns 0 or -EINVAL. direct_mode_parse also takes "passthru". */
int interface_type_parse(const char *text, enum interface_type *ret_type);
int direct_mode_parse(const char *text, enum direct_mode *ret_mode);
int driver_name_parse(const char *text, enum driver_name *ret_driver);
int link_state_parse(const char *text, enum link_state *ret_state);
int port_type_parse(const char *text, enum port_type *ret_type);

/* "virtio" where the interface names none. */
const char *interface_model(const struct interface *interface);
unsigned interface_queues(const struct interface *interface);

/*
 * What the guest is told, where its device on the host has that MTU (0: none is known). It may
 * have asked for less: on a bridge its device does not, because it is the bridge's.
 */
unsigned interface_guest_mtu(const struct interface *interface, unsigned device_mtu);
bool interface_is_virtio(const struct interface *interface);

/*
 * Can the model make use of a virtio-net header on each frame (offloads)?
 * The models are those for which libvirt sets IFF_VNET_HDR.
 */
bool interface_has_vnet_hdr(const struct interface *interface);

/*
 * What must hold whatever the host: the source that the type requires, a unicast
 * MAC, a model that can have the queues, a name that a netdev can have, an alias
 * that a VMM can have, an MTU in range; a virtualport where the type can have one,
 * and whole where no network completes it; isolation on a bridge or a network, and
 * not beside a virtualport; a guaranteed rate (floor) on a network.
 * 0, or an error whose sentence begins with "line N: " where the line is known (the
 * reader of a file puts the file's name in front).
 */
int interface_validate(const struct interface *interface, struct error *err);

/*
 * Can vifd serve it, now that it is to be plugged? What it only keeps and
 * gives back, and would have to act on, is named: ERROR_NOT_SUPPORTED, "line N: …".
 */
int interface_check_served(const struct interface *interface, struct error *err);

/*
 * Gives `to` the source of `from`: type, all of <source> (and so the portgroup),
 * and what was kept of it; its <virtualport>, <vlan> and <vif:security> where it has them. A
 * <virtualport> of `to` stays only from one network to another. What else stays of
 * `to` may not go with the new type: the result is the caller's to validate.
 * What `from` has afterwards is good for interface_free() only. 0, or -ENOMEM with
 * both as they were.
 */
int interface_take_source(struct interface *to, struct interface *from);

struct interface *interface_new(void); /* NULL when out of memory */
void interface_free(struct interface *interface);
DEFINE_FREEP(struct interface, interface_free);
