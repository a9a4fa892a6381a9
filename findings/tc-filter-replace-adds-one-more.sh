#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One would guess: `tc filter replace … prio 1 u32 …`, run again, leaves one filter, as `tc qdisc replace` leaves one qdisc.
# What happens: without a handle each run adds one more; with `handle 800::1` it replaces.
# A user meets it: in scripts that wire a tap to another device and are run at every change. The first filter stays the
#   one that counts: the new target gets nothing, and the chain grows with each run.
# shellcheck source=findings/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
packages iproute2=6.1.0-3 busybox-static=1:1.35.0-4+deb12u1+b1

ip netns add peer
ip link add eth1 type veth peer name eth0 netns peer
ip link set eth1 up
ip -n peer link set eth0 up
ip -n peer address add 192.0.2.1/24 dev eth0
for target in old new; do
	ip link add "$target" type veth peer name "$target-end"
	ip link set "$target" up
	ip link set "$target-end" up
done
tc qdisc add dev eth1 clsact

# replace TARGET [WORD…]: frames that come from eth1 go to it.
replace() {
	local target=$1
	shift
	tc filter replace dev eth1 ingress protocol all prio 1 "$@" u32 match u32 0 0 action mirred egress redirect dev "$target"
}

targets() {
	tc filter show dev eth1 ingress | sed -n 's/.*Redirect to device \([^)]*\)).*/\1/p' | xargs
}

# The frames that each has got, in the order of `targets`.
counts() {
	tc -s filter show dev eth1 ingress | sed -n 's/.*Sent [0-9]* bytes \([0-9]*\) pkt.*/\1/p' | xargs
}

ask() {
	ip netns exec peer busybox arping -c 1 -w 1 -I eth0 192.0.2.9 >/dev/null || true
	[[ "$(counts)" == *[1-9]* ]]
}

replace old
replace new
seen "filters: to $(targets)"
expect "the second replace has added a filter" [ "$(targets)" = "old new" ]
wait_until 20 ask
seen "frames: $(counts)"
expect "the old one gets the frames" grep -q '^[1-9][0-9]* 0$' <<<"$(counts)"
tc filter del dev eth1 ingress
replace old handle 800::1
replace new handle 800::1
seen "filters with a handle: to $(targets)"
expect "with a handle there is one, the new" [ "$(targets)" = new ]
