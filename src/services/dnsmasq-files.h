/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files of a network's dnsmasq: what stands in them, and for whom.
 *
 * In the folder: NAME.conf, .hosts, .names, .servers, .pid and .leases. dnsmasq reads some of them
 * without privileges: its user must be able to enter the folder.
 *
 * The first line of the configuration is a comment with the index of the bridge: dnsmasq binds
 * its DHCP socket to the device, and does not always notice that it is another one now. A bridge
 * of the same name that was made anew is therefore a difference in the configuration like any
 * other, for the vifd that made it as for the next one.
 */
#pragma once

#include <stdbool.h>

#include "formats/dnsmasq-conf.h"

enum {
	DNSMASQ_FILE_MAX = 16 * 1024 * 1024, /* bytes of one of them that are read */
};

/* The caller's to free; NULL when out of memory. */
char *dnsmasq_path(const char *folder, const char *network, const char *suffix);

/* The name of the network whose configuration this file is, the caller's; NULL for other files. */
char *dnsmasq_network_of(const char *file);

/* What the network's files are to be, in a folder that is there. */
int dnsmasq_files_make(const char *folder, const struct network *network, const char *bridge,
		       const struct name_servers *servers, struct dnsmasq_texts *ret_texts,
		       struct error *err);

/* Is the configuration on disk this one? */
bool dnsmasq_files_have_conf(const char *folder, const char *network,
			     const struct dnsmasq_texts *texts);

/* All of them; those that it reads again on SIGHUP. */
int dnsmasq_files_write(const char *folder, const char *network, const struct dnsmasq_texts *texts,
			struct error *err);
int dnsmasq_files_write_lists(const char *folder, const char *network,
			      const struct dnsmasq_texts *texts, struct error *err);

/* All but leases. */
void dnsmasq_files_remove(const char *folder, const char *network);

/* Do both ask for the same of what it reads again on SIGHUP? */
bool dnsmasq_lists_equal(const struct dnsmasq_texts *a, const struct dnsmasq_texts *b);

/* Its file of leases in the folder (formats/dhcp-leases.h); the caller's to free, or NULL. */
char *dnsmasq_leases_path(const char *folder, const char *network);
