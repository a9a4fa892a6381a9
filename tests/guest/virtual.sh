# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Guests on networks that vifd makes: what they are given, whom they reach, and that it stays so.
#
# The world outside is 10.9.0.0/24 and fd09::/64 behind eth1; a server there answers each
# connection with its peer's address. It knows no way to a guest but those that a test gives it.
# Each refusal stands beside something that works from the same place.

usual() {
	need dnsmasq
	need nft
	host host
	switch world
	nic host eth1 world p1
	ip -n host address add 10.9.0.2/24 dev eth1
	ip -n host address add fd09::2/64 dev eth1 nodad
	ip netns exec world sysctl -qw net.ipv6.conf.br0.disable_ipv6=0
	ip -n world address add fd09::1/64 dev br0 nodad
	ip netns exec world socat TCP4-LISTEN:7000,reuseaddr,fork SYSTEM:'echo $SOCAT_PEERADDR' 2>"$T/server" &
	SERVERS=$!
	ip netns exec world socat TCP6-LISTEN:7000,ipv6only=1,reuseaddr,fork SYSTEM:'echo $SOCAT_PEERADDR' 2>"$T/server6" &
	SERVERS+=" $!"
	start_vifd
}

# finish NETWORK…: the guests end, their networks too, and nothing is left of those.
finish() {
	local name pid
	for name in "${!GUEST_PID[@]}"; do
		guest_stop "$name"
	done
	wait_until 5 has_no_port
	for name; do
		expect_ok vif network stop "$name"
	done
	expect_failure on host nft list table inet vifd
	expect_equal "$(our_links)$(dnsmasqs)" ""
	for pid in $SERVERS; do
		kill "$pid"
		wait "$pid" || true
	done
}

has_no_port() {
	[ "$(vif list --json | jq length)" = 0 ]
}

# The pids of dnsmasq on the host, whoever started it.
dnsmasqs() {
	local pid
	for pid in $(ip netns pids host); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != dnsmasq ] || echo "$pid"
	done
}

# virtual_network NAME SUBNET SUBNET6 [FORWARD-ELEMENT [DHCP-CONTENT [NETWORK-CONTENT]]]: defines and starts it.
# Its DHCP range is .100 to .150; IPv6 addresses are the guests' own choice.
virtual_network() {
	cat >"$T/$1.xml" <<-END_OF_NETWORK
		<network xmlns:vif='urn:vifd:1'>
		  <name>$1</name>
		  ${4-}
		  ${6-}
		  <ip address='$2.1' netmask='255.255.255.0'>
		    <dhcp><range start='$2.100' end='$2.150'/>${5-}</dhcp>
		  </ip>
		  <ip family='ipv6' address='$3::1' prefix='64'/>
		</network>
	END_OF_NETWORK
	expect_ok vif network define "$T/$1.xml"
	expect_ok vif network start "$1"
}

# virtual_guest NAME NETWORK LAST-BYTE-OF-MAC: boots; its name for DHCP is its name.
virtual_guest() {
	guest_start "$1" host - --nic "network=$2,mac=$(mac_of "$3")"
}

mac_of() {
	echo "52:54:00:00:00:$1"
}

# guest_lease NAME: the IPv4 address that DHCP gives it.
guest_lease() {
	guest_run "$1" "udhcpc -i eth0 -n -q -f -t 25 -T 1 -x hostname:$1 >/tmp/udhcpc 2>&1 || cat /tmp/udhcpc
		ip -4 -o address show dev eth0 | awk '{sub(\"/.*\", \"\", \$4); print \$4}'"
}

# guest_address6 NAME: the one it has made for itself of a router's advertisement.
guest_address6() {
	guest_run "$1" "for n in \$(seq 100); do
			ip -6 -o address show dev eth0 scope global | grep -v tentative | awk '{sub(\"/.*\", \"\", \$4); print \$4}' | grep . && exit 0
			usleep 200000
		done; ip -6 address; exit 1"
}

# guest_serve NAME: its name for who calls its port 80.
guest_serve() {
	guest_run "$1" "printf '#!/bin/sh\necho $1\n' >/tmp/serve; chmod +x /tmp/serve; nc -ll -p 80 -e /tmp/serve >/dev/null 2>&1 &"
	wait_until 5 guest_serves "$1"
}

guest_serves() {
	[ "$(guest_call "$1" 127.0.0.1 80)" = "$1" ]
}

# guest_call NAME ADDRESS [PORT]: what a server there says.
guest_call() {
	guest_run "$1" "nc -w 5 $2 ${3-7000} </dev/null"
}

guest_calls() {
	expect_equal "$(guest_call "$1" "$2" "${4-7000}")" "$3"
}

guest_call_fails() {
	expect_failure guest_call "$@"
	expect_equal "$OUT" "nc: can't connect to remote host ($2): Connection refused"
}

# call_from NAMESPACE ADDRESS PORT: the same.
call_from() {
	ip netns exec "$1" socat -T 5 - "TCP:$2:$3,connect-timeout=5" </dev/null
}

# resolves NAME WHAT ADDRESS: the network's server gives the guest this address, and no other.
resolves() {
	guest_run "$1" "nslookup -type=a $2" >"$T/guest/$1/nslookup" || fail "guest $1: $2: $(<"$T/guest/$1/nslookup")"
	expect_equal "$(sed -n '/^Name:/,$s/^Address: //p' "$T/guest/$1/nslookup" )" "$3"
}

# expect_lease NAME NETWORK MAC ADDRESS: vif says that it has it.
expect_lease() {
	expect_json "any(.address == \"$4\" and .mac == \"$3\" and .hostname == \"$1\" and .guest == \"$1\")" \
		vif network leases "$2" --json
	expect_json "any(.[]; .guest == \"$1\" and any(.addresses[]; . == \"$4\"))" vif list --json
}

# world_is_refused SUBNET GATEWAY ADDRESS: a call of the guest there, though the world knows a way.
world_is_refused() {
	ip -n world route add "$1" via "$2"
	expect_failure call_from world "$3" 80
	expect_match "*Connection refused*" "$ERR"
	ip -n world route del "$1" via "$2"
}

test_guests_of_nat_networks() {
	local two=192.168.99.200 one three one6 name
	usual
	virtual_network home 192.168.99 fd00:99 "<forward mode='nat'><nat ipv6='yes'/>
		<vif:forward proto='tcp' port='8080' to='$two' to-port='80'/></forward>" \
		"<host mac='$(mac_of 02)' name='two' ip='$two'/>" \
		"<dns><host ip='192.168.99.77'><hostname>printer</hostname></host></dns>"
	virtual_network other 192.168.98 fd00:98 "<forward mode='nat'/>"
	virtual_guest one home 01
	virtual_guest two home 02
	virtual_guest three other 03
	guest_wait one two three
	one=$(guest_lease one)
	expect_match "192.168.99.1[0-5]?" "$one"
	expect_equal "$(guest_lease two)" "$two"
	three=$(guest_lease three)
	expect_match "192.168.98.1[0-5]?" "$three"
	expect_lease one home "$(mac_of 01)" "$one"
	expect_lease two home "$(mac_of 02)" "$two"
	expect_lease three other "$(mac_of 03)" "$three"
	for name in one two three; do
		guest_serve "$name"
	done

	resolves one two "$two"
	resolves two one "$one"
	resolves one printer 192.168.99.77
	expect_failure guest_run one "nslookup -type=a three"
	guest_ping one 192.168.99.1
	guest_ping one "$two"
	guest_calls one "$two" two 80
	guest_ping one 10.9.0.1
	guest_calls one 10.9.0.1 10.9.0.2
	guest_calls three 10.9.0.1 10.9.0.2
	guest_call_fails one "$three" 80
	guest_call_fails three "$two" 80
	world_is_refused 192.168.99.0/24 10.9.0.2 "$two"

	one6=$(guest_address6 one)
	expect_match "fd00:99:*" "$one6"
	guest_ping one fd00:99::1
	guest_ping one fd09::1
	guest_calls one fd09::1 "[fd09:0000:0000:0000:0000:0000:0000:0002]"
	expect_json "any(.[]; .guest == \"one\" and any(.addresses[]; . == \"$one6\"))" vif list --json

	expect_equal "$(call_from world 10.9.0.2 8080)" two
	expect_equal "$(call_from host 10.9.0.2 8080)" two
	expect_failure call_from world 10.9.0.2 8081
	expect_ok vif network update home add forward \
		"<vif:forward xmlns:vif='urn:vifd:1' proto='tcp' port='8081' to='$one' to-port='80'/>"
	expect_equal "$(call_from world 10.9.0.2 8081)" one
	expect_equal "$(call_from world 10.9.0.2 8080)" two
	expect_ok vif network update home delete forward \
		"<vif:forward xmlns:vif='urn:vifd:1' proto='tcp' port='8080' to='$two' to-port='80'/>"
	expect_failure call_from world 10.9.0.2 8080
	expect_failure call_from host 10.9.0.2 8080
	expect_equal "$(call_from world 10.9.0.2 8081)" one
	finish home other
}
