/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What vifd tells of each kind of thing, as records (record.h).
 *
 * `const char *` borrows from what is told of, and lasts as long as that does
 * not change; all else is the record's own and ends with ..._done(). The keys
 * are described in api/io.github.vifd.Manager.xml; a test holds both to each other.
 */
#pragma once

#include <net/if.h>
#include "methods/record.h"
#include "model/address.h"
#include "model/mac.h"
#include "model/uuid.h"

/* What something was resolved to on this host. */
struct actual_record {
	const char *type;
	const char *dev;
	const char *mode;
	const char *bridge;
};

/* Who reaches whom. */
struct traffic_record {
	const char *forwards;
	const char *host_reaches;
	const char *world;
};

/* What a port's guard has dropped. */
struct drop_record {
	const char *rule;
	uint64_t frames;
};
extern const struct record_key drop_keys[];

/* What a port's guard would do with a packet. */
struct try_record {
	bool passes;
	const char *direction;
	const char *rule; /* who decided; "": nobody was asked */
	const char *packet;
	char *owned_rule, *owned_packet; /* what they point to */
};
extern const struct record_key try_keys[];
void try_record_done(struct try_record *record);

enum {
	NOTE_SIZE = 2 * IFNAMSIZ + sizeof("it is switched off at  (bridge link set dev  state 3)"),
};

struct port_record {
	const char *name;
	char uuid[UUID_TEXT_SIZE];
	const char *state;
	const char *reason;
	char note[NOTE_SIZE];
	const char *qmp;
	bool lower_up;
	const char *port_type;
	uint64_t outage_usec;
	const char *guest;
	uint32_t pid;
	uint32_t uid;
	uint32_t device_uid;
	bool by_name;
	const char *type;
	const char *network;
	const char *portgroup;
	struct actual_record actual;
	const char *ifname;
	char mac[MAC_TEXT_SIZE];
	char guest_mac[MAC_TEXT_SIZE];
	uint32_t mtu;
	uint32_t mtu_asked;
	uint32_t queues;
	const char *model;
	bool vhost;
	const char *alias;
	char **addresses;
	char **security;   /* what passes of what the guest sends, in words */
	const char *guard; /* how it is checked */
	char **learned;    /* addresses that it may use besides those */
	const char *filter;
	char **allowed;                   /* what its security groups let pass, in words */
	struct record_list dropped;       /* drop_record */
	struct filter_drop *filter_drops; /* what names the rules of its filter */
	size_t n_filter_drops;
};
extern const struct record_key port_keys[];
void port_record_done(struct port_record *record);

struct network_record {
	const char *name;
	char uuid[UUID_TEXT_SIZE];
	bool active;
	bool persistent;
	bool autostart, autostart_force;
	const char *forward;
	const char *bridge;
	char **pool;
	uint32_t ports;
	const char *problem;
};
extern const struct record_key network_keys[];
void network_record_done(struct network_record *record);

struct filter_record {
	const char *name;
	char uuid[UUID_TEXT_SIZE];
	const char *chain;
	bool shipped;
	uint32_t ports;
};
extern const struct record_key filter_keys[];

struct group_record {
	const char *name;
	uint32_t rules;
	uint32_t members; /* those of its ports, too */
	uint32_t ports;
};
extern const struct record_key group_keys[];

struct lease_record {
	char address[ADDRESS_TEXT_SIZE];
	char mac[MAC_TEXT_SIZE];
	const char *hostname;
	const char *client_id;
	uint64_t expiry;
	const char *port;
	const char *guest;
};
extern const struct record_key lease_keys[];

/* A network that was started. */
struct started_record {
	const char *name;
	char **summary;
};
extern const struct record_key started_keys[];
void started_record_done(struct started_record *record);

/* What a new definition changes of a network that runs. */
struct changes_record {
	char **now;
	char **later;
	const char *in_use;
};
extern const struct record_key changes_keys[];
void changes_record_done(struct changes_record *record);

struct update_record {
	const char *name;
	const char *key;
	bool live;
	bool config;
	const char *in_use;
};
extern const struct record_key update_keys[];

/* What a plug would do. */
struct check_record {
	bool ok;
	const char *error;
	const char *error_kind;
	const char *network;
	enum tristate network_exists;
	enum tristate network_active;
	const char *portgroup;
	enum tristate portgroup_exists;
	enum tristate exclusive;
	char **candidates;
	char **free;
	const char *ifname;
	const char *state;
	const char *reason;
	const char *port_type;
	struct actual_record actual;
	uint32_t mtu;
	enum tristate vhost;
	struct traffic_record traffic;
	char **reach;
	char **summary;
	const char *plan;
};
extern const struct record_key check_keys[];
void check_record_done(struct check_record *record);

/* A host interface of a network's pool. */
struct device_record {
	const char *dev;
	bool present;
	uint32_t used;
	bool free;
	const char *problem;
};
extern const struct record_key device_keys[];

/* What a network is good for. */
struct offer_record {
	const char *name;
	char uuid[UUID_TEXT_SIZE];
	bool active;
	const char *kind;
	const char *mode;
	const char *bridge;
	const char *port_type;
	const char *connection;
	struct traffic_record traffic;
	bool exclusive;
	bool may_wait;
	uint32_t ports;
	char **portgroups;
	const char *default_portgroup;
	char **pool;
	char **free;
	struct record_list devices; /* device_record */
	const char *problem;
};
extern const struct record_key offer_keys[];
void offer_record_done(struct offer_record *record);

/* What a host is good for. */
struct capabilities_record {
	const char *version;
	bool vhost_net;
	char **port_types;
	bool strict;
	struct record_list networks; /* offer_record */
};
extern const struct record_key capabilities_keys[];
void capabilities_record_done(struct capabilities_record *record);

/* Who answers somewhere. */
struct station_record {
	char address[ADDRESS_TEXT_SIZE];
	char mac[MAC_TEXT_SIZE];
};
extern const struct record_key station_keys[];

/* What is at the other end of a host interface. */
struct far_end_record {
	const char *dev;
	uint64_t time_usec;
	enum tristate reflects;
	enum tristate says_reflects;
	enum tristate second_mac;
	uint32_t mtu;
	char gateway[ADDRESS_TEXT_SIZE];
	struct record_list dhcp_servers; /* station_record */
	struct record_list duplicates;   /* station_record */
	char **vlans;
	const char *switch_name;
	const char *switch_port;
	char **summary;
};
extern const struct record_key far_end_keys[];
void far_end_record_done(struct far_end_record *record);

/* One station on the way of a guest's frames. */
struct way_record {
	const char *station;
	const char *verdict;
	const char *text;
	const char *remedy;
};
extern const struct record_key way_keys[];

/* Why a guest has no network. */
struct diagnosis_record {
	const char *port;
	const char *cause;
	const char *remedy;
	struct record_list stations; /* way_record */
};
extern const struct record_key diagnosis_keys[];
void diagnosis_record_done(struct diagnosis_record *record);

/* What a host has that vifd may need. */
struct feature_record {
	const char *name;
	const char *status;
	const char *detail;
	const char *purpose;
	char **serves; /* borrowed too */
	bool needed;
	const char *remedy;
};
extern const struct record_key feature_keys[];

struct event_record {
	uint64_t time_usec;
	const char *event;
	const char *text;
	const char *port;
	const char *network;
	const char *cause;
	uint64_t outage_usec;
};
extern const struct record_key event_keys[];

/* All of them by the names that the interface's description has for them. */
struct record_kind {
	const char *name;
	const struct record_key *keys;
};
extern const struct record_kind record_kinds[]; /* the end has no name */
