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
	usual_nics 1
	ip -n host address add 10.9.0.2/24 dev eth1
	ip -n host address add fd09::2/64 dev eth1 nodad
	# For others' packets a host looks for neighbours with this one only.
	ip -n host address add fe80::2/64 dev eth1 nodad
	ip netns exec world sysctl -qw net.ipv6.conf.br0.disable_ipv6=0
	ip -n world address add fd09::1/64 dev br0 nodad
	# shellcheck disable=SC2016 # socat sets it
	ip netns exec world socat TCP4-LISTEN:7000,reuseaddr,fork SYSTEM:'echo $SOCAT_PEERADDR' 2>"$T/server" &
	SERVERS=$!
	# shellcheck disable=SC2016
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

	expect_ok vif network update home add ip-dhcp-host "<host mac='$(mac_of 01)' name='one' ip='192.168.99.201'/>"
	expect_equal "$(guest_lease one)" 192.168.99.201
	resolves two one 192.168.99.201
	finish home other
}

test_guests_of_isolated_route_and_open_networks() {
	local alone routed free routed6 name
	usual
	virtual_network cellar 192.168.97 fd00:97
	virtual_network street 192.168.96 fd00:96 "<forward mode='route'/>"
	virtual_network field 192.168.95 fd00:95 "<forward mode='open'/>"
	# The world knows the way back; to the isolated one, too.
	for name in 97 96 95; do
		ip -n world route add "192.168.$name.0/24" via 10.9.0.2
		ip -n world route add "fd00:$name::/64" via fd09::2
	done
	virtual_guest alone cellar 01
	virtual_guest routed street 02
	virtual_guest free field 03
	standin_start mate 192.168.97.20 network=cellar
	guest_wait alone routed free
	alone=$(guest_lease alone)
	routed=$(guest_lease routed)
	free=$(guest_lease free)
	expect_lease alone cellar "$(mac_of 01)" "$alone"
	expect_lease routed street "$(mac_of 02)" "$routed"
	expect_lease free field "$(mac_of 03)" "$free"
	for name in alone routed free; do
		resolves "$name" "$name" "${!name}"
		guest_serve "$name"
	done

	expect_equal "$(guest_run alone "ip route | grep -c ^default || true")" 0
	guest_run alone "ip route add default via 192.168.97.1"
	guest_ping alone 192.168.97.1
	guest_ping alone 192.168.97.20
	expect_equal "$(call_from host "$alone" 80)" alone
	guest_call_fails alone 10.9.0.1
	guest_call_fails alone "$routed" 80
	guest_call_fails alone "$free" 80
	expect_match "fd00:97:*" "$(guest_address6 alone)"
	guest_ping alone fd00:97::1

	for name in routed free; do
		guest_calls "$name" 10.9.0.1 "${!name}"
		expect_equal "$(call_from world "${!name}" 80)" "$name"
		guest_call_fails "$name" "$alone" 80
	done
	guest_calls routed "$free" free 80
	guest_calls free "$routed" routed 80
	expect_failure call_from world "$alone" 80
	expect_match "*Connection refused*" "$ERR"

	routed6=$(guest_address6 routed)
	expect_match "fd00:96:*" "$routed6"
	guest_ping routed fd09::1
	expect_equal "$(call_from world "[$routed6]" 80)" routed
	expect_failure call_from world "[$(guest_address6 alone)]" 80
	standin_stop mate
	finish cellar street field
}

# as_before: the guest's connection goes on; it has its port, address and name server, and its port is forwarded.
as_before() {
	flow_goes_on one
	expect_json "length == 1 and .[0].name == \"$PORT\" and .[0].state == \"connected\" and .[0].bridge == \"vifbr0\"" \
		vif list --json
	expect_equal "$(guest_lease one)" 192.168.99.200
	resolves one printer 192.168.99.77
	expect_equal "$(call_from world 10.9.0.2 8080)" one
	guest_calls one 10.9.0.1 10.9.0.2
	flow_goes_on one
}

is_served() {
	[ -n "$(dnsmasqs)" ] && [ "$(dnsmasqs)" != "$1" ]
}

has_rules() {
	on host nft list table inet vifd 2>/dev/null | cmp -s - "$T/rules"
}

bridge_is_other_than() {
	has_link vifbr0 && [ "$(ifindex vifbr0)" != "$1" ] && [ "$(link "$PORT" .master)" = vifbr0 ]
}

test_a_guest_keeps_its_connections_when_parts_of_its_network_are_taken_away() {
	local pid bridge
	usual
	virtual_network home 192.168.99 fd00:99 "<forward mode='nat'>
		<vif:forward proto='tcp' port='8080' to='192.168.99.200' to-port='80'/></forward>" \
		"<host mac='$(mac_of 01)' name='one' ip='192.168.99.200'/>" \
		"<dns><host ip='192.168.99.77'><hostname>printer</hostname></host></dns>"
	virtual_guest one home 01
	guest_wait one
	PORT=$(vif list --json | jq -r '.[0].name')
	expect_equal "$(guest_lease one)" 192.168.99.200
	guest_serve one
	guest_calls one 10.9.0.1 10.9.0.2
	flow_start one world 10.9.0.1
	on host nft list table inet vifd >"$T/rules"
	as_before

	pid=$(dnsmasqs)
	kill -9 "$pid"
	wait_until 5 is_served "$pid"
	as_before

	bridge=$(ifindex vifbr0)
	ip -n host link delete vifbr0
	wait_until 5 bridge_is_other_than "$bridge"
	as_before

	kill_vifd
	flow_goes_on one
	start_vifd
	as_before
	flow_end one

	# Without rules the kernel takes answers to translated packets for its own and resets their connections:
	# those that no vifd is fast enough for.
	flow_start one host 192.168.99.1
	on host nft flush ruleset
	wait_until 5 has_rules
	as_before

	kill_vifd
	bridge=$(ifindex vifbr0)
	pid=$(dnsmasqs)
	kill -9 "$pid"
	on host nft flush ruleset
	ip -n host link delete vifbr0
	start_vifd
	wait_until 5 bridge_is_other_than "$bridge"
	wait_until 5 is_served "$pid"
	has_rules
	as_before

	flow_end one
	finish home
}
