/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an interface, its portgroup and its network say together. */
#pragma once

#include "resolve/resolution.h"

/*
 * An actual with what `place` says (host_side_place()) and all settings: portgroup,
 * virtualport, bandwidth, vlan, filter, trust, isolation. For an interface of a
 * network that network is there. The caller owns *ret_actual.
 *
 *	virtualport		all three (model/virtualport.h)
 *	bandwidth		interface, else portgroup; whole
 *	vlan, trust		interface, else portgroup, else network; whole
 *	isolated		interface, else network
 *	security		each part of it: interface, else portgroup, else network
 *	filter			interface
 *
 * Source: libvirt's formatnetwork, and what a libvirt answers.
 */
int merge_settings(const struct resolve_request *request, const struct actual *place,
		   struct actual *ret_actual, struct error *err);

/*
 * Puts "line N: " in front of an error about what the interface says there,
 * where somebody asks for the interface now. Hands r on.
 */
int merge_at_line(const struct resolve_request *request, unsigned line, int r, struct error *err);
