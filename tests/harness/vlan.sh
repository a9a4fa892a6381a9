# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Words for scenarios about VLANs: stand-ins for guests that ask one another, and what tags the world sees.

# shellcheck source=tests/harness/standin.sh
. "$VIFD_SOURCE/tests/harness/standin.sh"

# tags_of ADDRESS PORT: of the ARP frames from an address, as they reach that port of the world's switch: "vlan 10", or "bare".
tags_of() {
	local frames
	frames=$(timeout 10 ip netns exec world tcpdump -e -n -l -i "$2" "arp or (vlan and arp)" 2>/dev/null | grep -m 3 "tell $1" || true)
	if [ -z "$frames" ]; then
		echo none
	elif grep -q "vlan [0-9]*" <<<"$frames"; then
		grep -oE "vlan [0-9]+" <<<"$frames" | sort -u
	else
		echo bare
	fi
}

# asks NAME ADDRESS ASKED SPEC: a guest that asks for another one all the time.
asks() {
	standin_asks "$1" "$2" "$3" "$4"
}

hears() {
	grep -q "^answer from" "$T/standin/$1"
}

expect_deaf() {
	sleep 1
	if hears "$1"; then fail "$1 has an answer"; fi
}

# vlans_of PORT: "10P-" as PVID and untagged, "20", "30-32".
vlans_of() {
	on host bridge -compressvlans -j vlan show dev "$1" | jq -r '
		.[0].vlans // [] | map("\(.vlan)\(if .vlanEnd then "-\(.vlanEnd)" else "" end)" +
			((.flags // []) | (if index("PVID") then "P" else "" end) + (if index("Egress Untagged") then "u" else "" end))) |
		join(" ")'
}

has_vlans() {
	[ "$(vlans_of "$1")" = "$2" ]
}

port_of() {
	vif list --json | jq -r --arg guest "$1" '.[] | select(.guest == $guest).name'
}

no_guard() {
	[ -z "$(ip netns exec host tc filter show dev "$1" ingress 2>/dev/null)$(ip netns exec host tc filter show dev "$1" egress 2>/dev/null)" ]
}

has_guard() {
	! no_guard "$1"
}
