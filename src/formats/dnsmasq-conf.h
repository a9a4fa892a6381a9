/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A network in dnsmasq's words: its configuration, and the files that this names, as
 * text.
 *
 * Three texts, because dnsmasq reads two of them again on SIGHUP and the first
 * one only at its start: `conf` (what needs a restart), `hosts` (DHCP hosts,
 * dhcp-hostsfile) and `names` (DNS hosts, addn-hosts).
 *
 * No value can end its option and begin another. A value that dnsmasq's format cannot hold
 * (a line break, a '/' in a domain) is refused. Only
 * <dnsmasq:option value=> is handed on as it is, a line of configuration, unless it would
 * have dnsmasq run programs or write files: that is refused (ERROR_NOT_SUPPORTED).
 *
 * Source of the options: dnsmasq(8).
 */
#pragma once

#include "model/network.h"
#include "util/error.h"

/* Does the network need a dnsmasq: for DHCP, DNS, TFTP or router advertisements? */
bool dnsmasq_is_needed(const struct network *network);

struct dnsmasq_place {
	const char *bridge; /* the network's, as it is */
	const char *folder; /* where the files are: FOLDER/NAME.hosts, .names, .leases, .pid */
	const char *user;   /* whom it becomes; or NULL */
	const char *group;  /* or NULL */
};

struct dnsmasq_texts {
	char *conf;
	char *hosts;
	char *names;
};

/* ERROR_INVALID_ARGUMENT for a value that dnsmasq's format cannot hold. Independent of the host. */
int dnsmasq_texts_make(const struct network *network, const struct dnsmasq_place *place,
		       struct dnsmasq_texts *ret_texts, struct error *err);
void dnsmasq_texts_done(struct dnsmasq_texts *texts);
