#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One would guess: a macvlan follows the MTU of its NIC both ways, as it follows its carrier.
# What happens: lowering the NIC's MTU lowers the macvlan's, raising it again leaves that where it is. A bridge whose MTU
#   nobody has set follows its ports both ways.
# A user meets it: a NIC goes to 1400 for a moment (a driver reload, a tunnel, a mistake that is put right), and guests on
#   macvlans and macvtaps stay at 1400 until they are made anew; frames of 1500 bytes to them are lost.
# shellcheck source=findings/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
packages iproute2=6.1.0-3

ip link add eth1 type veth peer name eth2
ip link add link eth1 name guest0 type macvlan mode bridge
ip link add eth3 type veth peer name eth4
ip link add br0 type bridge
ip link set eth3 master br0

mtu() {
	cat "/sys/class/net/$1/mtu"
}

for nic in eth1 eth3; do
	ip link set "$nic" mtu 1400
done
seen "lowered: macvlan $(mtu guest0), bridge $(mtu br0)"
expect "both follow downwards" [ "$(mtu guest0) $(mtu br0)" = "1400 1400" ]
for nic in eth1 eth3; do
	ip link set "$nic" mtu 1500
done
seen "raised:  macvlan $(mtu guest0), bridge $(mtu br0)"
expect "the bridge follows upwards" [ "$(mtu br0)" = 1500 ]
expect "the macvlan does not" [ "$(mtu guest0)" = 1400 ]
