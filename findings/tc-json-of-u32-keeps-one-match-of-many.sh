#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One would guess: `tc -j filter show` tells the matches of a u32 filter as a list, as the text has a line for each.
# What happens: each match is a member `match` of the same object, so that a program that reads JSON is left with the last
#   one, without an error. What the text says of each stays: value, mask, offset.
# A user meets it: with a check that compares what is installed with what was meant. A filter of a subnet, a host and a port
#   reads as one of the port alone.
# shellcheck source=findings/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
packages iproute2=6.1.0-3 jq=1.6-2.1+deb12u3 libjq1=1.6-2.1+deb12u3 libonig5=6.9.8-1

ip link add v0 type veth peer name v1
tc qdisc add dev v0 ingress
tc filter add dev v0 ingress protocol ip pref 1 u32 match ip src 192.0.2.0/24 match ip dst 198.51.100.7/32 \
	match ip dport 53 0xffff flowid 1:7

text=$(tc filter show dev v0 ingress | grep -c '^ *match')
tc -j filter show dev v0 ingress >filters
names=$(grep -o '"match":' filters | wc -l)
read_by_program=$(jq -c '[.[].options.match? | select(.)]' filters)
seen "the text has $text matches, the JSON $names members of the name match, a reader of it $read_by_program"
expect "the text has all three" [ "$text" = 3 ]
expect "so has the JSON, under one name" [ "$names" = 3 ]
expect "a reader keeps one" [ "$(jq length <<<"$read_by_program")" = 1 ]
expect "the last one" [ "$(jq -r '.[0].value' <<<"$read_by_program")" = 35 ]
