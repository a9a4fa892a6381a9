/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The methods: everything that can be asked of vifd, once.
 *
 * No bus and no client appears here; bus.c adapts, and says who calls
 * (access.h). A method that fails has changed nothing. What is answered are
 * records, which are good until the next call. What each method means is
 * written in api/io.github.vifd.Manager.xml.
 */
#pragma once

#include "formats/dhcp-leases.h"
#include "formats/network-update.h"
#include "life/manager.h"
#include "life/network-start.h"
#include "life/release.h"
#include "methods/access.h"
#include "methods/doctor.h"
#include "methods/records.h"
#include "model/network-diff.h"
#include "resolve/capabilities.h"
#include "resolve/resolve.h"

struct define_answer {
	char *name;
	const char *outcome;      /* a constant: see the interface's description */
	struct network_diff diff; /* of a network that is active: what takes effect when */
	struct changes_record changes;
};
void define_answer_done(struct define_answer *answer);

/* The answer is good until this returns, and NULL where error says why there is none. */
typedef void (*define_callback)(void *userdata, const struct define_answer *answer,
				const struct error *error);

/*
 * `force`, here, in a start and in an update: what the network takes from the host is meant to be
 * taken, if it is root who says so (resolve/takeover.h). On success the callback is told, before
 * this returns or later, what has become of it: a network that runs may need another dnsmasq.
 */
int method_define_network(const struct caller *caller, struct manager *manager, const char *xml,
			  const char *source, bool force, define_callback callback, void *userdata,
			  struct error *err);

/* Where a part of a network is changed: neither is both, as far as they exist. */
struct update_options {
	bool live;   /* the network as it runs */
	bool config; /* the definition */
	bool force;  /* take away what is in use, too */
};

struct update_answer {
	bool live, config; /* where it was changed */
	char *key;         /* what was meant: a host interface's name, a portgroup's, … */
	char *users;       /* ports that keep what was taken away, for a sentence; or NULL */
	struct update_record record;
};
void update_answer_done(struct update_answer *answer);

typedef void (*update_callback)(void *userdata, const struct update_answer *answer,
				const struct error *error);

/* Changes one part, in both places or in none. The callback is as in method_start_network(). */
int method_update_network(const struct caller *caller, struct manager *manager, const char *name,
			  const struct network_update *update, const struct update_options *options,
			  update_callback callback, void *userdata, struct error *err);

/*
 * Defines the network "default" on a subnet that is free here (resolve/network-default.h). The
 * callback is as in method_start_network().
 */
int method_define_default(const struct caller *caller, struct manager *manager,
			  define_callback callback, void *userdata, struct error *err);
int method_undefine_network(const struct caller *caller, struct manager *manager, const char *name,
			    struct error *err);

/*
 * What a method found to be in use may be of a guest that has ended: its port is on its way out for
 * some milliseconds. Then `waiter` is told when that is over, and the method is worth another
 * try. `unsettled`: it has failed with ERROR_UNSETTLED, and the waiter is told when the next of the
 * networks that are being started, changed or stopped is done. False: there is nothing to wait for.
 */
bool method_wait(struct manager *manager, bool unsettled, struct waiter *waiter);

/* error is NULL where it is started; the record is good until this returns. */
typedef void (*started_callback)(void *userdata, const struct started_record *started,
				 const struct error *error);

/* On success `callback` is told, before this returns or later, how the start has ended. */
int method_start_network(const struct caller *caller, struct manager *manager, const char *name,
			 const struct network_start_options *options, started_callback callback,
			 void *userdata, struct error *err);

/* error is NULL where it is done. */
typedef void (*done_callback)(void *userdata, const struct error *error);

/* As method_start_network(). */
int method_stop_network(const struct caller *caller, struct manager *manager, const char *name,
			done_callback callback, void *userdata, struct error *err);
/* `force`: started at boot it takes what is the host's, if it is root who says so. */
int method_set_network_autostart(const struct caller *caller, struct manager *manager,
				 const char *name, bool autostart, bool force, struct error *err);

struct networks_answer {
	struct network_record *items;
	size_t n;
};
void networks_answer_done(struct networks_answer *answer);
int method_list_networks(const struct caller *caller, struct manager *manager,
			 struct networks_answer *ret_answer, struct error *err);

/* The DHCP leases of a network that are not over. */
struct leases_answer {
	struct lease_record *items;
	size_t n;
	struct dhcp_leases leases;
};
void leases_answer_done(struct leases_answer *answer);
int method_list_leases(const struct caller *caller, struct manager *manager, const char *name,
		       struct leases_answer *ret_answer, struct error *err);
int method_get_network_xml(const struct caller *caller, struct manager *manager, const char *name,
			   char **ret_xml, struct error *err);

struct filter_answer {
	char *name;
	const char *outcome; /* a constant: see the interface's description */
};
void filter_answer_done(struct filter_answer *answer);
int method_define_filter(const struct caller *caller, struct manager *manager, const char *xml,
			 const char *source, struct filter_answer *ret_answer, struct error *err);
int method_undefine_filter(const struct caller *caller, struct manager *manager, const char *name,
			   struct error *err);

struct filters_answer {
	struct filter_record *items;
	size_t n;
};
void filters_answer_done(struct filters_answer *answer);
int method_list_filters(const struct caller *caller, struct manager *manager,
			struct filters_answer *ret_answer, struct error *err);
int method_get_filter_xml(const struct caller *caller, struct manager *manager, const char *name,
			  char **ret_xml, struct error *err);

struct group_answer {
	char *name;
	const char *outcome; /* as filter_answer's */
};
void group_answer_done(struct group_answer *answer);
int method_define_group(const struct caller *caller, struct manager *manager, const char *xml,
			const char *source, struct group_answer *ret_answer, struct error *err);
int method_undefine_group(const struct caller *caller, struct manager *manager, const char *name,
			  struct error *err);
/* *ret_n: how many it lists now. The lists end with NULL, or are NULL. */
int method_change_group_members(const struct caller *caller, struct manager *manager,
				const char *name, char *const *added, char *const *removed,
				size_t *ret_n, struct error *err);

struct groups_answer {
	struct group_record *items;
	size_t n;
};
void groups_answer_done(struct groups_answer *answer);
int method_list_groups(const struct caller *caller, struct manager *manager,
		       struct groups_answer *ret_answer, struct error *err);
int method_get_group_xml(const struct caller *caller, struct manager *manager, const char *name,
			 char **ret_xml, struct error *err);

struct plug_options {
	const char *guest; /* or NULL */
	pid_t pid;         /* 0: nobody */
	bool by_name;
	bool wait;       /* may wait for what does not exist yet, whatever the XML says */
	const char *qmp; /* the VMM's QMP socket, or NULL */
	bool has_owner;  /* else its device is the pid's user's, or the caller's */
	uid_t owner;     /* who may open its device by the name, besides root */
};

struct plug_answer {
	struct port_record port;
	struct apply_result result; /* its fds go to the VMM */
};
void plug_answer_done(struct plug_answer *answer);

/* Connects. */
int method_plug(const struct caller *caller, struct manager *manager, const char *xml,
		const char *source, const struct plug_options *options,
		struct plug_answer *ret_answer, struct error *err);

/* May the caller have descriptors that a plug of his has opened? */
int method_take_descriptors(const struct caller *caller, struct error *err);

/* On success `callback` is told when the port is gone. */
int method_unplug(const struct caller *caller, struct manager *manager, const char *port,
		  bool force, release_callback callback, void *userdata, struct error *err);

/*
 * Gives the port the source of another interface while its guest runs; where
 * that cannot be had, the port stays as it is.
 */
int method_retarget(const struct caller *caller, struct manager *manager, const char *port,
		    const char *xml, const char *source, struct port_record *ret_port,
		    struct error *err);

/* Changes settings of a port while its guest runs (formats/port-change.h): all or none. */
int method_set(const struct caller *caller, struct manager *manager, const char *port,
	       const char *words, struct port_record *ret_port, struct error *err);

struct ports_answer {
	struct port_record *items;
	size_t n;
};
void ports_answer_done(struct ports_answer *answer);
int method_list_ports(const struct caller *caller, struct manager *manager,
		      struct ports_answer *ret_answer, struct error *err);

/* What the port's guard would do with a packet (model/try-packet.h). */
int method_try_packet(const struct caller *caller, struct manager *manager, const char *port,
		      const char *words, struct try_record *ret_record, struct error *err);
int method_get_port(const struct caller *caller, struct manager *manager, const char *port,
		    struct port_record *ret_port, struct error *err);
/* The interface with what it has become; the caller's. */
int method_get_port_xml(const struct caller *caller, struct manager *manager, const char *port,
			char **ret_xml, struct error *err);
/* As libvirt's <networkport>; the caller's. */
int method_get_network_port_xml(const struct caller *caller, struct manager *manager,
				const char *port, char **ret_xml, struct error *err);

/* What method_plug() would do, and what there is to choose from. */
struct check_answer {
	struct check_record record;
	struct resolution resolution;             /* where the plug would succeed */
	struct interface *interface;              /* NULL: it cannot be read */
	struct actual actual;                     /* of one that cannot be plugged */
	struct network_capabilities capabilities; /* of the network, for this interface */
	struct traffic traffic;
	char *reach, *summary, *plan;
	struct error error; /* why it cannot be plugged */
};
void check_answer_done(struct check_answer *answer);

/* Fails only where there is no answer at all: that it cannot be plugged is one. */
int method_check(const struct caller *caller, struct manager *manager, const char *xml,
		 const char *source, const struct plug_options *options,
		 struct check_answer *ret_answer, struct error *err);

/* What a network offers to a plain interface, of all networks, by name. */
struct capabilities_answer {
	struct capabilities_record record;
	struct network_capabilities *networks; /* what the record borrows from */
	size_t n_networks;
};
void capabilities_answer_done(struct capabilities_answer *answer);
int method_capabilities(const struct caller *caller, struct manager *manager,
			struct capabilities_answer *ret_answer, struct error *err);

/* May the caller be told of events (events.h)? */
int method_subscribe(const struct caller *caller, struct error *err);

/* `record` lasts as long as the call; NULL where error says why. */
typedef void (*probe_callback)(void *userdata, const struct far_end_record *record,
			       const struct error *error);

/*
 * What is at the other end of a host interface: asked there, which takes some seconds. On success
 * the callback is called once, later.
 */
int method_probe(const struct caller *caller, struct manager *manager, const char *dev,
		 probe_callback callback, void *userdata, struct error *err);

/* As probe_callback. */
typedef void (*diagnose_callback)(void *userdata, const struct diagnosis_record *record,
				  const struct error *error);

/*
 * Why the port's guest has no network. It watches for up to three seconds, and changes nothing. On
 * success the callback is called once, later.
 */
int method_diagnose(const struct caller *caller, struct manager *manager, const char *port,
		    diagnose_callback callback, void *userdata, struct error *err);

/* What this host's kernel and programs can do: as doctor_ask(). */
int method_doctor(const struct caller *caller, struct doctor *doctor, doctor_callback callback,
		  void *userdata, struct error *err);
