/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The methods: everything that can be asked of vifd, once.
 *
 * No bus and no client appears here; bus.c adapts. A method that fails has
 * changed nothing. api/io.github.vifd.Manager.xml says what each means.
 */
#pragma once

#include "daemon/manager.h"
#include "formats/dhcp-leases.h"
#include "daemon/release.h"
#include "formats/network-update.h"
#include "model/network-diff.h"
#include "resolve/capabilities.h"
#include "resolve/resolve.h"

struct define_answer {
	char *name;
	const char *outcome;      /* a constant: see the interface's description */
	struct network_diff diff; /* of a network that is active: what takes effect when */
};
void define_answer_done(struct define_answer *answer);

int method_define_network(struct manager *manager, const char *xml, const char *source,
			  struct define_answer *ret_answer, struct error *err);

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
};
void update_answer_done(struct update_answer *answer);

/* Changes one part, in both places or in none. */
int method_update_network(struct manager *manager, const char *name,
			  const struct network_update *update, const struct update_options *options,
			  struct update_answer *ret_answer, struct error *err);

/* Defines the network "default" on a subnet that is free here (resolve/network-default.h). */
int method_define_default(struct manager *manager, struct define_answer *ret_answer,
			  struct error *err);
int method_undefine_network(struct manager *manager, const char *name, struct error *err);
/* *ret_summary: what to know of it, sentences, a line each; the caller's. NULL: not wanted. */
int method_start_network(struct manager *manager, const char *name, char **ret_summary,
			 struct error *err);
int method_stop_network(struct manager *manager, const char *name, struct error *err);
int method_set_network_autostart(struct manager *manager, const char *name, bool autostart,
				 struct error *err);
/* The DHCP leases of a network that are not over; the caller's. */
int method_list_leases(struct manager *manager, const char *name, struct dhcp_leases *ret_leases,
		       struct error *err);
int method_get_network_xml(struct manager *manager, const char *name, char **ret_xml,
			   struct error *err);

struct plug_options {
	const char *guest; /* or NULL */
	pid_t pid;         /* 0: nobody */
	bool by_name;
	bool wait;       /* may wait for what does not exist yet, whatever the XML says */
	const char *qmp; /* the VMM's QMP socket, or NULL */
};

/*
 * Connects. *ret_entry stays the registry's; *ret_result is the caller's (its
 * fds go to the VMM).
 */
int method_plug(struct manager *manager, const char *xml, const char *source,
		const struct plug_options *options, struct port_entry **ret_entry,
		struct apply_result *ret_result, struct error *err);

/* On success `callback` is told when the port is gone. */
int method_unplug(struct manager *manager, const char *port, bool force, release_callback callback,
		  void *userdata, struct error *err);

/*
 * Gives the port the source of another interface while its guest runs; where
 * that cannot be had, the port stays as it is.
 */
int method_retarget(struct manager *manager, const char *port, const char *xml, const char *source,
		    struct port_entry **ret_entry, struct error *err);

int method_get_port(struct manager *manager, const char *port, struct port_entry **ret_entry,
		    struct error *err);

/* What method_plug() would do, and what there is to choose from. */
struct check_answer {
	bool ok; /* else it is not known what is not set */
	struct resolution resolution;
	struct interface *interface; /* NULL: it cannot be read */
	const struct network_entry
		*network; /* the registry's; NULL: none is named, or it does not exist */
	bool has_actual;  /* of one that cannot be plugged */
	struct actual actual;
	struct network_capabilities capabilities; /* of the network, for this interface */
};
void check_answer_done(struct check_answer *answer);

/* On failure *answer (which begins as { 0 }) tells what is known all the same. */
int method_check(struct manager *manager, const char *xml, const char *source,
		 const struct plug_options *options, struct check_answer *answer,
		 struct error *err);

/* What a network offers to a plain interface. */
struct capabilities_answer {
	const struct network_entry *entry; /* the registry's */
	struct network_capabilities capabilities;
};

/* One a network, by name: an array for capabilities_free(). */
int method_capabilities(struct manager *manager, struct capabilities_answer **ret_answers,
			size_t *ret_n, struct error *err);
void capabilities_free(struct capabilities_answer *answers, size_t n);
