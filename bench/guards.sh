# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# What a guard costs a plug, and new rules for many.
bench() {
	usual_nics 1
	host_bridge host br1
	# As on a host with other ports: the first filter of all makes the kernel change its own code.
	on host tc qdisc add dev lo clsact
	on host tc filter add dev lo ingress protocol all prio 1 u32 match u32 0 0 flowid 1:1
	on host tc filter add dev lo egress protocol all prio 1 u32 match u32 0 0 flowid 1:1
	start_vifd --log-level=warning
	on host "$VIFD_BUILD/bench/guards" "${ROUNDS-100}" "$(vifd_pid)"
}
