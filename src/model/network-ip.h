/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a network that vifd makes itself has of IP: its own addresses, DHCP,
 * TFTP, static routes, NAT, names. Libvirt's <ip>, <route>, <forward><nat>,
 * <domain> and <dns> as data; see libvirt's formatnetwork.
 *
 * "Said" is kept beside "meant" where libvirt writes out what its user said:
 * netmask= or prefix= of <ip> and <route>.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/dhcp.h"
#include "model/tristate.h"
#include "util/error.h"

struct network_ip {
	struct address address; /* of the host on this network; family 0: none */
	struct address netmask; /* as said; family 0: prefix or nothing was said */
	unsigned prefix;        /* what holds, by netmask, prefix or class */
	enum tristate local_ptr;
	unsigned line;
	bool has_prefix; /* prefix= was said */
	bool dhcp;       /* <dhcp> is there and holds something */
	char *family;    /* as said: "ipv4", "ipv6"; or NULL */
	char *tftp_root;
	struct dhcp_range *ranges;
	size_t n_ranges;
	struct dhcp_host *hosts;
	size_t n_hosts;
	char *bootfile;
	char *bootserver;
};

struct network_route {
	char *family; /* as said; or NULL */
	struct address address;
	struct address netmask; /* as said; family 0 */
	bool has_prefix;
	unsigned prefix; /* what holds */
	struct address gateway;
	unsigned metric; /* 0: none said */
	unsigned line;
};

/* <forward><nat>. */
struct network_nat {
	bool set;
	enum tristate ipv6;
	struct address first; /* the addresses that guests' are translated to; family 0: none */
	struct address last;
	bool has_ports;
	uint16_t first_port;
	uint16_t last_port;
	unsigned line;
};

struct network_domain {
	char *name; /* NULL: no <domain> */
	enum tristate local_only;
	enum tristate register_;
	unsigned line;
};

struct dns_forwarder {
	struct address address; /* family 0: none */
	unsigned port;          /* 0: 53 */
	char *domain;
	unsigned line;
};

struct dns_txt {
	char *name;
	char *value;
	unsigned line;
};

struct dns_srv {
	char *service;
	char *protocol;
	char *domain;
	char *target;
	bool has_port, has_priority, has_weight;
	uint16_t port, priority, weight;
	unsigned line;
};

struct dns_host {
	struct address address;
	char **names;
	size_t n_names;
	unsigned line;
};

struct network_dns {
	bool set;
	enum tristate enable;
	enum tristate forward_plain_names;
	bool host_file; /* <dns vif:hosts='yes'>: names of the host's /etc/hosts are answered */
	struct dns_forwarder *forwarders;
	size_t n_forwarders;
	struct dns_txt *txts;
	size_t n_txts;
	struct dns_srv *srvs;
	size_t n_srvs;
	struct dns_host *hosts;
	size_t n_hosts;
	unsigned line;
};

/*
 * The prefix of an <ip> or <route> that says none: 64 in IPv6, in IPv4 that of the
 * address's class (RFC 791). -EINVAL for an address of class D or E.
 */
int address_default_prefix(const struct address *address, unsigned *ret_prefix);

/* Each frees what is inside and makes it as new. */
void network_ip_done(struct network_ip *ip);
void network_route_done(struct network_route *route);
void network_domain_done(struct network_domain *domain);
void dns_txt_done(struct dns_txt *txt);
void dns_srv_done(struct dns_srv *srv);
void dns_host_done(struct dns_host *host);
void network_dns_done(struct network_dns *dns);
