/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The store: what vifd must not forget, as files that a person can read.
 *
 *	CONFIG/networks/NAME.xml		definitions; outlive the host
 *	CONFIG/networks/autostart/NAME.xml	links to those to be started at boot
 *	CONFIG/networks/autostart/NAME.force	of them those that take then what is the host's
 *	CONFIG/filters/NAME.xml			packet filters
 *	CONFIG/groups/NAME.xml			security groups
 *	DATA/filters/NAME.xml			those that come with vifd: only read
 *	RUNTIME/networks/NAME.xml		started networks
 *	RUNTIME/ports/NAME.xml			one a port, before its first step and after its last
 *	RUNTIME/dnsmasq/			of services/dnsmasq.h
 *	RUNTIME/autostarted			says that autostart was done since boot
 *
 * Writing is whole or not at all, and what its own reader would refuse is not written: the
 * error tells why. Loading reports a file that cannot be read
 * by its name, skips it and leaves it where it is.
 */
#pragma once

#include <stdint.h>

#include "model/group.h"
#include "model/network.h"
#include "model/nwfilter.h"
#include "model/port.h"
#include "util/file.h"

struct store {
	char *runtime_dir;
	char *config_dir;
	char *dnsmasq_dir; /* RUNTIME/dnsmasq: dnsmasq.h has its files there */
	char *data_dir;    /* what comes with vifd; NULL: nothing does */
};

/* Copies the names and makes the folders of the runtime side. */
int store_init(struct store *store, const char *runtime_dir, const char *config_dir,
	       struct error *err);
void store_done(struct store *store);

/*
 * Where what is written may have to be taken back, `ret_before` is what was there before
 * (util/file.h), for the caller to be done with; it may be NULL.
 */
int store_write_definition(const struct store *store, const struct network *network,
			   struct file_before *ret_before, struct error *err);
/* The file's name; the caller's. NULL when out of memory. */
char *store_definition_path(const struct store *store, const char *name);
int store_remove_definition(const struct store *store, const char *name, struct error *err);
/* Where it is not to be started there is no force either. */
int store_set_autostart(const struct store *store, const char *name, bool autostart, bool force,
			struct error *err);
bool store_get_autostart(const struct store *store, const char *name);
bool store_get_autostart_force(const struct store *store, const char *name);
int store_write_started(const struct store *store, const struct network *network,
			struct file_before *ret_before, struct error *err);
void store_remove_started(const struct store *store, const char *name);

int store_write_filter(const struct store *store, const struct nwfilter *filter,
		       struct file_before *ret_before, struct error *err);
int store_remove_filter(const struct store *store, const char *name, struct error *err);
int store_write_group(const struct store *store, const struct security_group *group,
		      struct error *err);
int store_remove_group(const struct store *store, const char *name, struct error *err);

/* Only what its reader takes is written: else the sentence says why it does not. */
int store_write_port(const struct store *store, const struct port *port,
		     struct file_before *ret_before, struct error *err);
/*
 * As that, for a port that store_write_port() has written as connecting and of which only the
 * state and the reason are others by now. A record that is read with that state is read with each
 * (tests/unit/test-formats-port.c, tests/fuzz/port.c), so without a reason it is not read again.
 */
int store_write_port_state(const struct store *store, const struct port *port, struct error *err);
void store_remove_port(const struct store *store, const char *name);
/* Is there a file for a port of that name, readable or not? */
bool store_has_port(const struct store *store, const char *name);

/* True once after each boot: the first call makes the mark. */
bool store_first_since_boot(const struct store *store);

/* How many could not be read: nobody knows. */
#define STORE_UNREADABLE SIZE_MAX

/*
 * Each calls `found` with every one that can be read; it takes the object. Returns
 * how many could not.
 */
size_t store_load_definitions(const struct store *store, void (*found)(struct network *, void *),
			      void *userdata);
size_t store_load_started(const struct store *store, void (*found)(struct network *, void *),
			  void *userdata);
size_t store_load_filters(const struct store *store, void (*found)(struct nwfilter *, void *),
			  void *userdata);
size_t store_load_shipped_filters(const struct store *store,
				  void (*found)(struct nwfilter *, void *), void *userdata);
size_t store_load_groups(const struct store *store, void (*found)(struct security_group *, void *),
			 void *userdata);
size_t store_load_ports(const struct store *store, void (*found)(struct port *, void *),
			void *userdata);

/* The same in the folder of another vifd: what was left half written stays there. */
size_t store_look_started(const struct store *store, void (*found)(struct network *, void *),
			  void *userdata);
size_t store_look_ports(const struct store *store, void (*found)(struct port *, void *),
			void *userdata);
