# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# How long guests are cut off when their host interface returns, beside the kernel's own work for it:
# one port, then 500 on one interface. All with real-time priority: what else the machine does is not
# the question.
bench() {
	local name
	host host
	switch world
	ip netns add bare
	# Their IPv6 would speak on each new host interface.
	for name in host bare; do
		ip netns exec "$name" sysctl -qw net.ipv6.conf.default.addr_gen_mode=1
	done
	VIFD_WRAPPER="chrt --rr 1" start_vifd --log-level=info
	on host chrt --rr 1 "$VIFD_BUILD/bench/outage" "${FLAPS:-200}" "${PORTS:-500}" "${FLAPS_OF_MANY:-9}"
	wait_until 30 has_no_ports
}

has_no_ports() {
	[ -z "$(our_ports)$(our_links)" ]
}
