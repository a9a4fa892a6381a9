/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of sides and the settings that there are, each defined in the file of its name. */
#pragma once

struct guest_side;
struct host_side;
struct setting;

extern const struct guest_side guest_tap;
extern const struct guest_side guest_macvtap;

extern const struct host_side host_macvlan;
extern const struct host_side host_bridge;
extern const struct host_side host_none;

extern const struct setting setting_security;
extern const struct setting setting_filter;
extern const struct setting setting_vlan;
extern const struct setting setting_rate;
extern const struct setting setting_floor;
extern const struct setting setting_isolation;
extern const struct setting setting_address_table;
extern const struct setting setting_relay;
