#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One would guess: `nft -j list ruleset` is what `nft -j -f` takes, as it is with the text: a copy to go back to.
# What happens: three common things are refused as a whole ruleset: a base chain of a netdev table, a set that was declared with
#   typeof, a map to address and port. Where nothing is refused, something may be lost: a table that was dormant comes back
#   awake, and its rules act. The text of the same ruleset goes both ways.
# A user meets it: with a program that keeps rulesets as JSON because that is easy to read; it finds out on the day that it
#   restores one.
# shellcheck source=findings/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
packages nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2 \
	busybox-static=1:1.35.0-4+deb12u1+b1

ip link add v0 type veth peer name v1

# copy: lists the ruleset as text and as JSON, flushes, loads the JSON; the sentence of a refusal is on `refusal`.
copy() {
	nft list ruleset >text
	nft -j list ruleset >json
	nft flush ruleset
	nft -j -f json 2>refusal
}

# by_text: the text that was listed is taken, and gives the same text.
by_text() {
	nft flush ruleset
	nft -f text && nft list ruleset | cmp -s - text
}

# refused WHAT: the JSON of what is on stdin is not taken; its text is.
refused() {
	nft flush ruleset
	nft -f -
	expect "the JSON of $1 is refused" eval '! copy'
	seen "$(head -n 1 refusal)"
	expect "its text is taken" by_text
}

refused "a netdev chain" <<'END'
table netdev t {
	chain c {
		type filter hook ingress device "v0" priority 0
		arp operation reply drop
	}
}
END
refused "a set with typeof" <<'END'
table ip t {
	set s {
		typeof vlan id
		elements = { 1, 2 }
	}
}
END
refused "a map to address and port" <<'END'
table ip t {
	map m {
		type inet_service : ipv4_addr . inet_service
		elements = { 80 : 192.0.2.1 . 8080 }
	}
}
END

nft flush ruleset
nft -f - <<'END'
table ip t {
	flags dormant
	chain c {
		type filter hook input priority 0
		drop
	}
}
END
passes() {
	busybox ping -c 1 -W 1 127.0.0.1 >/dev/null 2>&1
}
expect "a dormant table drops nothing" passes
expect "its JSON is taken" copy
seen "after that the table has $(nft list table ip t | grep -c dormant) lines with dormant"
expect "and it drops" eval '! passes'
