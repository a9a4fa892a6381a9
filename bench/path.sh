# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# What each way of a guest's frames through the host costs.
bench() {
	local interface
	host host
	ip netns add world
	for interface in eth1 eth2; do
		ip -n world link add "$interface" type veth peer name "$interface" netns host
		ip netns exec world sysctl -qw "net.ipv6.conf.$interface.disable_ipv6=1"
		ip netns exec host sysctl -qw "net.ipv6.conf.$interface.disable_ipv6=1"
		ip -n world link set "$interface" up
		ip -n host link set "$interface" up
	done
	on host "$VIFD_BUILD/bench/path" /run/netns/world 5 16
}
