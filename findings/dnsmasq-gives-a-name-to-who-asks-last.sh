#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One would guess: the second guest that calls itself `web` gets an address without that name; the first one has it.
# What happens: the name goes to who has asked last. The first one loses it, without a line in the log that says so; at its
#   next renewal it takes it back, and so on.
# A user meets it: with guests that were cloned and still have the template's host name. The name leads to one of them, and
#   to another one some minutes later, as their leases are renewed.
# shellcheck source=findings/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
packages dnsmasq-base=2.90-4~deb12u2 busybox-static=1:1.35.0-4+deb12u1+b1

ip link add br0 type bridge
ip address add 192.0.2.1/24 dev br0
ip link set br0 up
guest one 02:00:00:00:00:01 br0
guest two 02:00:00:00:00:02 br0
dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --interface=br0 --except-interface=lo \
	--bind-dynamic --dhcp-range=192.0.2.10,192.0.2.99 --domain=lab --user=root --pid-file= \
	--dhcp-leasefile="$T/leases" --log-facility="$T/log" &
server_is_up() {
	grep -q 'IP range' "$T/log" 2>/dev/null
}
wait_until 5 server_is_up

# lease GUEST: gets, or gets again, its address; its name is web.
lease() {
	ip netns exec "$1" busybox udhcpc -i eth0 -n -q -x hostname:web -s /bin/true >/dev/null 2>&1
}

# The last part of the MAC of who has the name.
holder() {
	awk '$4 == "web" {print substr($2, 16)}' "$T/leases"
}

lease one
seen "one has asked: the name is with $(holder)"
expect "the first one has the name" [ "$(holder)" = 01 ]
lease two
seen "two has asked: the name is with $(holder)"
expect "the second one has taken it away" [ "$(holder)" = 02 ]
lease one
seen "one has asked again: the name is with $(holder)"
expect "the first one takes it back" [ "$(holder)" = 01 ]
expect "the log has no word of it" [ "$(grep -ciE 'not giving|already|conflict|duplicate' "$T/log")" = 0 ]
