#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One would guess: `device "lan-uplink"` of a netdev chain takes an alternative name as ip(8) and tc(8) do, or refuses it.
# What happens: it is accepted and listed, and the chain never sees a frame: since Linux 6.16 a hook waits for a device
#   whose *name* that is. A chain for the same device by its name counts every one.
# A user meets it: where uplinks have a second name on every host (systemd.link's AlternativeName=, the tags that a
#   network manager puts on its devices), and a filter for guests' frames is written with it. It is loaded without a
#   word, and filters nothing.
# shellcheck source=findings/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
packages nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2 busybox-static=1:1.35.0-4+deb12u1+b1

ip netns add peer
ip link add eth1 type veth peer name eth0 netns peer
ip link property add dev eth1 altname lan-uplink
ip link set eth1 up
ip -n peer link set eth0 up
ip -n peer address add 192.0.2.1/24 dev eth0

chain() {
	nft add chain netdev t "$1" "{ type filter hook ingress device \"$2\" priority 0; }"
	nft add rule netdev t "$1" counter
}

counted() {
	nft list chain netdev t "$1" | sed -n 's/.*counter packets \([0-9]*\) .*/\1/p'
}

# ip(8) takes the other name; a kernel before 6.16 would have refused the chain.
ip link show dev lan-uplink >/dev/null
nft add table netdev t
chain by_name eth1
expect "nft accepts a hook on an alternative name" chain by_altname lan-uplink
expect "it is listed as asked for" grep -q 'device "lan-uplink"' <<<"$(nft list chain netdev t by_altname)"

frames_came() {
	ip netns exec peer busybox arping -c 1 -w 1 -I eth0 192.0.2.2 >/dev/null || true
	[ "$(counted by_name)" -ge 3 ]
}
wait_until 20 frames_came
seen "by name $(counted by_name) frames, by the alternative name $(counted by_altname)"
expect "the chain on the alternative name sees no frame" [ "$(counted by_altname)" = 0 ]
