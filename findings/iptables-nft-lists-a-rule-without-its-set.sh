#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One would guess: where iptables-nft cannot show a rule that nft has put into one of its chains it says so, as it does for
#   `ct mark`: "is incompatible, use 'nft' tool".
# What happens: a match against a set is left out, and the rest is listed, with status 0. `iifname { "a", "b" } drop` is
#   `-j DROP`. What iptables-nft-save has written, iptables-nft-restore takes: then the rule drops everything.
# A user meets it: with a rule of his own in DOCKER-USER or a chain of ufw's, and rules that are saved and restored at boots.
# shellcheck source=findings/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
packages iptables=1.8.9-2 libxtables12=1.8.9-2 libip4tc2=1.8.9-2 libip6tc2=1.8.9-2 libnfnetlink0=1.0.2-2 \
	libnetfilter-conntrack3=1.0.9-3 nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2 \
	busybox-static=1:1.35.0-4+deb12u1+b1
export XTABLES_LIBDIR=$ROOT/usr/lib/x86_64-linux-gnu/xtables

passes() {
	busybox ping -c 1 -W 1 127.0.0.1 >/dev/null 2>&1
}

iptables-nft -N MINE
iptables-nft -A INPUT -j MINE
nft add rule ip filter MINE iifname '{ "a", "b" }' drop
listed=$(iptables-nft -S MINE | tail -n 1)
seen "nft has '$(nft list chain ip filter MINE 2>/dev/null | sed -n 's/^\t*\(iifname.*\)/\1/p')', iptables-nft '$listed'"
expect "the rule is listed without its match" [ "$listed" = "-A MINE -j DROP" ]
expect "what comes in by lo passes" passes
iptables-nft-save >rules
iptables-nft-restore <rules
seen "after save and restore nft has '$(nft list chain ip filter MINE 2>/dev/null | grep -o '[a-z].*drop')'"
expect "after save and restore it does not" eval '! passes'

nft flush ruleset
iptables-nft -N MINE
nft add rule ip filter MINE ct mark 1 accept
said=$(iptables-nft -S MINE 2>&1) && status=0 || status=$?
seen "of ct mark it says: $said"
expect "of another match it says that it cannot" [ "$status" = 1 ]
