#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One would guess: the comment of an nft rule in a chain of iptables is the same comment for both programs, since iptables-nft
#   lists it as `-m comment --comment`, and it is there after save and restore.
# What happens: iptables-nft-restore makes a match of its own of it. iptables-nft goes on to list it; nft lists the rule
#   without a comment, in text and in JSON.
# A user meets it: with a program that finds its own rules by their comments (`nft -a list`, then `delete rule … handle`). After
#   an iptables-restore by somebody it finds none, and puts them there once more.
# shellcheck source=findings/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
packages iptables=1.8.9-2 libxtables12=1.8.9-2 libip4tc2=1.8.9-2 libip6tc2=1.8.9-2 libnfnetlink0=1.0.2-2 \
	libnetfilter-conntrack3=1.0.9-3 nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2
export XTABLES_LIBDIR=$ROOT/usr/lib/x86_64-linux-gnu/xtables

# by_iptables, by_nft: how many comments each of them lists.
by_iptables() {
	iptables-nft -S MINE | grep -c -e '--comment mine'
}

by_nft() {
	nft list chain ip filter MINE 2>/dev/null | grep -c 'comment "mine"'
}

iptables-nft -N MINE
nft add rule ip filter MINE iifname '"br0"' accept comment '"mine"'
expect "both list the comment" [ "$(by_iptables) $(by_nft)" = "1 1" ]
iptables-nft-save >rules
iptables-nft-restore <rules
seen "after save and restore: $(nft list chain ip filter MINE 2>/dev/null | grep -o 'iifname.*')"
expect "after save and restore iptables lists it alone" [ "$(by_iptables) $(by_nft || true)" = "1 0" ]
expect "in JSON there is none either" [ "$(nft -j list chain ip filter MINE 2>/dev/null | grep -c '"comment": *"mine"')" = 0 ]
