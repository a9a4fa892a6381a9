/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Model and kernel each have their own words for a macvlan's mode, for what a
 * bridge does, for an address: here each is translated, in both directions.
 */
#pragma once

#include "kernel/link.h"
#include "kernel/rate.h"
#include "model/address.h"
#include "model/bandwidth.h"
#include "model/facts.h"
#include "model/interface.h"

/* MACVLAN_MODE_*. */
unsigned words_kernel_mode(enum direct_mode mode);

/* False for a mode that is none of ours: 'source'. */
bool words_model_mode(unsigned kernel_mode, enum direct_mode *ret_mode);

struct bridge_port_flags words_kernel_port(struct bridge_port port);
struct bridge_port words_model_port(struct bridge_port_flags flags);

/* 0 or -ENOMEM. The array has as many as the set. */
int words_kernel_vlans(const struct vlan_set *set, struct bridge_vlans **ret_vlans);
/* Of a message about a port. 0 or -ENOMEM. */
int words_model_vlans(const struct link_view *view, struct vlan_set *ret_set);

struct bridge_options words_kernel_bridge(struct bridge_settings settings);
struct bridge_settings words_model_bridge(struct bridge_options options);

/* Bytes in the order of the net, as in struct address. */
void words_kernel_address(const struct address *address, uint8_t ret_bytes[static 16]);
struct address words_model_address(int family, const uint8_t bytes[static 16]);

/* From KiB/s and KiB: bytes. */
uint64_t words_kernel_bytes(uint64_t kibibytes);
struct rate_limit words_kernel_rate(const struct bandwidth_limit *limit);
