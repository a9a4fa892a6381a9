/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A port: one interface connected on this host.
 *
 *	state		the host has			what may come next
 *	connecting	a part of the plan, or all	connected, waiting, gone
 *	connected	all that the actual says	waiting, failed, removing
 *	waiting		the guest's side only; reason	connected, failed, removing
 *			says what is missing
 *	failed		less than that; reason says	connected, waiting, removing
 *			what went wrong
 *	removing	a part				gone
 *
 * A port's record is on disk before the first step of its plan, and goes after
 * the last step of its removal: whatever a crash leaves, the record names it.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/interface.h"
#include "model/network.h"
#include "model/uuid.h"

enum {
	GUEST_NAME_MAX = 255, /* bytes */
};

enum port_state {
	PORT_CONNECTING,
	PORT_CONNECTED,
	PORT_WAITING, /* its host interface is not there now */
	PORT_FAILED,
	PORT_REMOVING,
	PORT_STATE_COUNT,
};

/*
 * What an interface was resolved to on this host; <actual>. It is whole: what
 * the interface, its portgroup and its network say together.
 */
struct actual {
	enum interface_type type; /* never that of a network where it is set */
	char *dev; /* direct: the host interface; NULL while none of a pool was found */
	enum direct_mode mode;
	struct mac dev_mac; /* direct: the host interface is the one with this address */
	bool has_dev_mac;
	char *bridge; /* bridge */
	bool managed; /* the bridge is one that vifd made for its network */
	enum mac_table_manager mac_table_manager;
	bool reflects;   /* bridge: it sends frames back to where they came from */
	char *portgroup; /* the one that was used: named, or the default; or NULL */
	enum tristate trust_rx_filters;
	enum tristate isolated;
	unsigned isolated_line; /* in the interface that somebody asks for now; as the others' */
	struct virtualport virtualport;
	struct bandwidth bandwidth;
	struct vlan vlan;
	struct filter_ref filter;
	struct security security;
};

/* Of what of an actual its interface says something else now. */
struct port_change {
	bool bandwidth, vlan, security, isolated, link;
};

/*
 * Who uses the port. A pid is only a process together with its start time
 * (field 22 of /proc/PID/stat, in clock ticks since boot). pid 0: nobody known,
 * the port stays until it is unplugged.
 */
struct owner {
	char *guest; /* a name for people; or NULL */
	struct uuid guest_uuid;
	bool has_guest_uuid;
	pid_t pid;
	uint64_t start_time;
	uid_t uid;        /* of whoever plugged it */
	uid_t device_uid; /* who besides root may open its device by the name */
};

struct port {
	char *name; /* also its device's name */
	struct uuid uuid;
	enum port_state state;
	enum port_type type; /* live or direct */
	unsigned side;       /* counts the host sides that it has had: the tag of the wanted one */
	char *reason;        /* for waiting and failed */
	struct owner owner;
	char *qmp;            /* the VMM's QMP socket, where one is known; or NULL */
	bool by_name;         /* the VMM opens the device by name; else it was given fds */
	bool vhost;           /* it was given vhost-net fds too */
	struct mac guest_mac; /* that its guest has taken, and may; else the interface's */
	bool has_guest_mac;
	struct interface *interface;
	struct actual actual;
};

/* The address that its guest has. */
const struct mac *port_mac(const struct port *port);

const char *port_state_name(enum port_state state);
int port_state_parse(const char *text, enum port_state *ret_state); /* 0 or -EINVAL */

/*
 * The alternative names that tell devices of ours from foreign ones:
 * "vif-<uuid>" for the device that the guest holds, "vif-<uuid>-<side>" for
 * the macvlan behind a live port's tap, "vif-<uuid>-rate" for the device in which
 * what comes in by the guest's one waits its turn.
 */
enum {
	PORT_TAG_SIZE = sizeof("vif-") - 1 + UUID_TEXT_SIZE,
	PORT_SIDE_TAG_SIZE = PORT_TAG_SIZE + sizeof("-4294967295") - 1,
};
void port_tag(const struct uuid *uuid, char tag[static PORT_TAG_SIZE]);
void port_side_tag(const struct uuid *uuid, unsigned side, char tag[static PORT_SIDE_TAG_SIZE]);

void port_rate_tag(const struct uuid *uuid, char tag[static PORT_SIDE_TAG_SIZE]);

enum {
	PORT_SIDE_GUEST = -1,
	PORT_SIDE_RATE = -2, /* is no side of the port */
};

/* Is it an alternative name of one of these forms? Its uuid, and its side, or one of those. */
bool port_tag_parse(const char *altname, struct uuid *ret_uuid, int64_t *ret_side);

/*
 * Does the port take its host interface alone? Passthrough does, and private
 * with a virtualport of 802.1Qbh, whose switch knows one port a device.
 */
bool actual_is_exclusive(const struct actual *actual);

bool actual_equal(const struct actual *a, const struct actual *b);
int actual_copy(const struct actual *actual, struct actual *ret_actual); /* 0 or -ENOMEM */
void actual_done(struct actual *actual);
struct port *port_new(void);
void port_free(struct port *port);
DEFINE_FREEP(struct port, port_free);
