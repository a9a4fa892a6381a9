/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A network in dnsmasq's words: its configuration, and the files that this names, as
 * text.
 *
 * Four texts, because dnsmasq reads three of them again on SIGHUP and the first
 * one only at its start: `conf` (what needs a restart), `hosts` (DHCP hosts,
 * dhcp-hostsfile), `names` (DNS hosts, addn-hosts) and `servers` (whom it asks, servers-file).
 *
 * dnsmasq reads none of the host's files by itself: the host's name servers are handed over, so
 * that no state of its resolver keeps guests from their addresses, and names of its /etc/hosts
 * are answered only where the network says so. The host's own name has the network's own address.
 *
 * No value can end its option and begin another. A value that dnsmasq's format cannot hold
 * (a line break, a '/' in a domain) is refused. Only
 * <dnsmasq:option value=> is handed on as it is, a line of configuration, where it is known to
 * be harmless (else ERROR_NOT_SUPPORTED).
 *
 * Source of the options: dnsmasq(8).
 */
#pragma once

#include "formats/resolv-conf.h"
#include "model/network.h"
#include "util/error.h"

/* Does the network need a dnsmasq: for DHCP, DNS, TFTP or router advertisements? */
bool dnsmasq_is_needed(const struct network *network);

/* What guests ask of it: the family is AF_INET or AF_INET6. */
bool dnsmasq_serves_dhcp(const struct network *network, int family);
bool dnsmasq_serves_dns(const struct network *network);
bool dnsmasq_serves_tftp(const struct network *network);

struct dnsmasq_place {
	const char *bridge;                 /* the network's, as it is */
	const char *folder;                 /* of the files: FOLDER/NAME.hosts and so on */
	const char *user;                   /* whom it becomes; or NULL */
	const char *group;                  /* or NULL */
	const char *host;                   /* the host's name; or NULL */
	const struct name_servers *servers; /* whom the host asks; or NULL */
};

struct dnsmasq_texts {
	char *conf;
	char *hosts;
	char *names;
	char *servers;
};

/* ERROR_INVALID_ARGUMENT for a value that dnsmasq cannot be told. The host is not looked at. */
int dnsmasq_texts_make(const struct network *network, const struct dnsmasq_place *place,
		       struct dnsmasq_texts *ret_texts, struct error *err);
void dnsmasq_texts_done(struct dnsmasq_texts *texts);
