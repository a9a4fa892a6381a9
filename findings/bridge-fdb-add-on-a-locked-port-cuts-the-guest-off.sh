#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One would guess: on a locked port (`bridge link set dev P locked on`) `bridge fdb add MAC dev P master` lets the guest with
#   that address in.
# What happens: without a word of its kind the entry is a *local* one, as if the address were the port's own: the guest
#   stays out, and what is sent to it ends in the host. `static`, `dynamic` or `extern_learn` let it in.
# A user meets it: with guests that may have the address on record alone. Nothing complains, and `bridge fdb show` says
#   `permanent`, which one takes for "stays".
# shellcheck source=findings/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
packages iproute2=6.1.0-3 busybox-static=1:1.35.0-4+deb12u1+b1

ip link add br0 type bridge
ip address add 192.0.2.1/24 dev br0
ip link set br0 up
guest red 02:00:00:00:00:01 br0
ip -n red address add 192.0.2.2/24 dev eth0
bridge link set dev red locked on learning off

answers() {
	ip netns exec red busybox ping -c 1 -W 1 192.0.2.1 >/dev/null
}

refused() {
	! answers
}

expect "without an entry the guest is out" refused
bridge fdb add 02:00:00:00:00:01 dev red master
seen "$(bridge fdb show dev red | grep 02:00:00:00:00:01)"
expect "the entry is a permanent one" grep -q permanent <<<"$(bridge fdb show dev red | grep 02:00:00:00:00:01)"
expect "with it the guest is still out" refused
bridge fdb del 02:00:00:00:00:01 dev red master
bridge fdb add 02:00:00:00:00:01 dev red master static
seen "$(bridge fdb show dev red | grep 02:00:00:00:00:01)"
expect "a static entry lets it in" wait_until 5 answers
