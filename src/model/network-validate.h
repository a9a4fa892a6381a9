/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of network_validate(); for use by its files only. */
#pragma once

#include "model/network.h"

/* Sets "line N: sentence", or the sentence where the line is 0. Returns -EINVAL. */
int network_invalid(struct error *err, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * *ret: the first element of the array that is equal to an earlier one, *ret_earlier; NULL:
 * none. 0 or -ENOMEM.
 */
int network_find_repeated(const void *array, size_t n, size_t size,
			  int (*compare)(const void *a, const void *b), const void **ret,
			  const void **ret_earlier);

/*
 * Why a guest of the subnet cannot have the address, as the words before the subnet: "is the
 * host's own address in". NULL: it can.
 */
const char *network_not_a_guests(const struct network *network, const struct network_ip *ip,
				 const struct address *address);

/* <ip>, <route>, …, <vif:host-access>. Each: 0, or a negative errno with err set. */
int network_validate_nat(const struct network *network, struct error *err);
int network_validate_dhcp(const struct network *network, const struct network_ip *ip,
			  struct error *err);
int network_validate_ips(const struct network *network, struct error *err);
int network_validate_routes(const struct network *network, struct error *err);
int network_validate_dns(const struct network *network, struct error *err);
int network_validate_forwards(const struct network *network, struct error *err);
int network_validate_access(const struct network *network, struct error *err);
int network_validate_tunnel(const struct network *network, struct error *err);
