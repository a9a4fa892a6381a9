#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One would guess: `address=/db.example/10.9.9.9` makes dnsmasq the one who answers for that name, so that guests that ask
#   for its IPv6 address are told that it has none.
# What happens: only IPv4 is answered here. Every other type goes to the servers outside, and what they say is told the guest:
#   it gets an address of another machine. `local=/db.example/` beside it keeps the rest here.
# A user meets it: a name is bent to an internal address, and guests with IPv6 go past it; and the name is told outside.
# shellcheck source=findings/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
packages dnsmasq-base=2.90-4~deb12u2 busybox-static=1:1.35.0-4+deb12u1+b1

# server LISTEN OPTION…
server() {
	local listen=$1
	shift
	dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --bind-interfaces --listen-address="$listen" \
		--user=root --pid-file= --log-facility="$T/log" --log-queries "$@" &
}

# asked SERVER TYPE: the addresses that it answers.
asked() {
	busybox nslookup -type="$2" db.example "$1" 2>/dev/null | sed -n '/^Name/,$s/^Address: *//p' | xargs
}

server 127.0.0.1 --host-record=db.example,192.0.2.77,2001:db8::77
server 127.0.0.2 --address=/db.example/10.9.9.9 --server=127.0.0.1
server 127.0.0.3 --address=/db.example/10.9.9.9 --local=/db.example/ --server=127.0.0.1
up() {
	[ "$(asked 127.0.0.1 a)$(asked 127.0.0.2 a)$(asked 127.0.0.3 a)" = 192.0.2.7710.9.9.910.9.9.9 ]
}
expect "IPv4 is answered as the option says" wait_until 5 up
seen "AAAA with address= alone: '$(asked 127.0.0.2 aaaa)'; with local= beside it: '$(asked 127.0.0.3 aaaa)'"
expect "IPv6 is answered by the server outside" [ "$(asked 127.0.0.2 aaaa)" = 2001:db8::77 ]
expect "with local= it is not" [ "$(asked 127.0.0.3 aaaa)" = "" ]
