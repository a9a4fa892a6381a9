/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <vif:forward proto='tcp' port='8080' to='192.168.122.10' to-port='80'/> in <forward>:
 * what reaches the host at that port goes to a guest. Copied by assignment.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/host-ip.h"

enum forward_protocol {
	FORWARD_TCP,
	FORWARD_UDP,
	FORWARD_PROTOCOL_COUNT,
};

struct port_forward {
	enum forward_protocol protocol;
	struct address address; /* of the host, that it is for; family 0: each */
	uint16_t port;
	struct address to; /* the guest */
	uint16_t to_port;
	unsigned line;
};

const char *forward_protocol_name(enum forward_protocol protocol);
int forward_protocol_parse(const char *text,
			   enum forward_protocol *ret_protocol); /* 0 or -EINVAL */

/* By the host's port; those for each of its addresses first. */
int port_forward_compare(const struct port_forward *a, const struct port_forward *b);

/*
 * Is there a packet that both are for? Addresses of guests of different
 * families mean packets of different families.
 */
bool port_forward_clash(const struct port_forward *a, const struct port_forward *b);

/*
 * Would it take packets that the socket gets? None to a loopback address: those stay
 * the host's own.
 */
bool port_forward_takes(const struct port_forward *forward, const struct host_socket *socket);

/*
 * "192.168.122.10" or "192.168.122.10:80", "fd00::10" or "[fd00::10]:80", also
 * "[fd00::10]"; without a port *ret_port is 0. 0 or -EINVAL.
 */
int address_port_parse(const char *text, struct address *ret_address, uint16_t *ret_port);
