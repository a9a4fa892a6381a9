# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# <vif:tunnel>: one network on two hosts, `one` (10.9.0.2 outside) and `two` (10.9.0.3). Host one gives the addresses.

# tunnel_network HOST ATTRIBUTES [CONTENT]: defined there.
tunnel_network() {
	use_host "$1"
	cat >"$T/red.xml" <<-END
		<network xmlns:vif='urn:vifd:1'>
		  <name>red</name>
		  <vif:tunnel type='vxlan' id='42' $2
		  ${3-}
		</network>
	END
	expect_ok vif network define "$T/red.xml"
}

dhcp="<ip address='10.50.0.1' prefix='24'><dhcp><range start='10.50.0.100' end='10.50.0.199'/></dhcp></ip>"

usual() {
	need dnsmasq
	need busybox
	switch world
	host one
	nic one eth1 world p1
	ip -n one address add 10.9.0.2/24 dev eth1
	host two
	nic two eth1 world p2
	ip -n two address add 10.9.0.3/24 dev eth1
	use_host one
	start_vifd
	use_host two
	start_vifd
}

two_hosts() {
	usual
	tunnel_network one "remote='10.9.0.3'/>" "$dhcp"
	expect_ok vif network start red
	expect_match "*viftun0: vxlan 42, the tunnel to 1 other host; guests have an MTU of 1450*" "$OUT"
	tunnel_network two "dev='eth1' remote='10.9.0.2'/>"
	expect_ok vif network start red
}

# is_answered GUEST: it gets answers to what it asks all the time, within some of its questions.
is_answered() {
	: >"$T/standin/$1"
	sleep 0.3
	grep -q '^answer' "$T/standin/$1"
}

sends_to() {
	[ "$(ip netns exec two bridge -j fdb show dev viftun0 | jq -r '[.[] | select(.mac == "00:00:00:00:00:00").dst] | sort | join(" ")')" = "$1" ]
}

# What a guest on host two asks for an address hears; the guest is a namespace behind the bridge.
lease() {
	ip netns add client
	ip -n client link add eth0 type veth peer name client netns two
	ip -n two link set client master vifbr0 up
	ip -n client link set eth0 up
	# shellcheck disable=SC2016 # what the client of DHCP sets
	printf '#!/bin/sh\n[ "$1" != bound ] || echo "$ip $mtu $serverid"\n' >"$T/lease"
	chmod +x "$T/lease"
	ip netns exec client busybox udhcpc -i eth0 -n -q -t 20 -T 1 -O mtu -s "$T/lease" 2>/dev/null
}

test_guests_of_two_hosts_are_on_one_network() {
	two_hosts
	standin_asks right 10.50.0.12 10.50.0.11 network=red
	expect_equal "$(link "$PORT" .mtu)" 1450
	use_host one
	standin_start left 10.50.0.11 "network=red,mac=52:54:00:00:00:11"
	wait_until 5 is_answered right
	expect_match "10.50.0.1?? 1450 10.50.0.1" "$(lease)"
	expect_link viftun0 '.mtu == 1450 and .master == "vifbr0"'

	# A guest that moves is found where it is then.
	standin_stop left
	wait_until 5 is_without_held_ports one
	standin_asks stays 10.50.0.13 10.50.0.11 network=red
	use_host two
	standin_start left 10.50.0.11 "network=red,mac=52:54:00:00:00:11"
	wait_until 5 is_answered stays
	wait_until 5 is_answered right

	standin_stop left
	standin_stop right
	standin_stop stays
	wait_until 5 is_without_held_ports one
	wait_until 5 is_without_held_ports two
	expect_ok vif network stop red
	no_link viftun0
	use_host one
	expect_ok vif network stop red
	no_link viftun0
}

test_a_tunnel_that_is_taken_away_comes_back() {
	two_hosts
	use_host one
	standin_start left 10.50.0.11 network=red
	use_host two
	standin_asks right 10.50.0.12 10.50.0.11 network=red
	wait_until 5 is_answered right
	ip -n two link delete viftun0
	wait_until 5 is_answered right
	ip -n two link set viftun0 nomaster
	wait_until 5 is_answered right
	ip -n two link set viftun0 down
	wait_until 5 is_answered right
	ip -n two link delete vifbr0
	wait_until 5 is_answered right
	kill_vifd
	ip netns exec two bridge fdb delete 00:00:00:00:00:00 dev viftun0 dst 10.9.0.2
	ip netns exec two bridge fdb append 00:00:00:00:00:00 dev viftun0 dst 10.9.0.77
	start_vifd
	wait_until 5 sends_to 10.9.0.2
	wait_until 5 is_answered right
	# The kernel takes it along with what it is sent by.
	no_nic two eth1
	wait_until 5 no_link viftun0
	nic two eth1 world p2
	ip -n two address add 10.9.0.3/24 dev eth1
	wait_until 5 is_answered right

	# Other hosts, while it runs.
	tunnel_network two "dev='eth1'><vif:remote address='10.9.0.98'/><vif:remote address='10.9.0.99'><vif:mac address='52:54:00:00:00:77'/></vif:remote></vif:tunnel>"
	expect_match "*tunnel's remotes*" "$OUT"
	sends_to "10.9.0.98 10.9.0.99"
	ip netns exec two bridge -j fdb show dev viftun0 | jq -e 'any(.[]; .mac == "52:54:00:00:00:77" and .dst == "10.9.0.99")' >/dev/null
	tunnel_network two "dev='eth1' remote='10.9.0.2'/>"
	sends_to 10.9.0.2
	wait_until 5 is_answered right
	standin_stop left
	standin_stop right
	wait_until 5 is_without_held_ports two
	expect_ok vif network stop red
	use_host one
	wait_until 5 is_without_held_ports one
	expect_ok vif network stop red
}

test_a_tunnel_that_cannot_be_had_is_told() {
	local holder
	usual
	tunnel_network two "dev='eth1' remote='10.9.0.2'/>" "<mtu size='1451'/>"
	expect_unchanged expect_error "network 'red': its <mtu size='1451'> does not fit through its tunnel: eth1 has an MTU of 1500, of which 50 go to the vxlan; 1450 fits" \
		vif network start red
	tunnel_network two "dev='eth1' remote='10.9.0.2'/>"
	ip -n two link add vx0 type vxlan id 42 dstport 4789
	expect_unchanged expect_error "network 'red': its tunnel cannot be vxlan 42: that is vx0 here, which vifd did not make" \
		vif network start red
	ip -n two link delete vx0
	# The port is somebody's: nothing is left of the start.
	exec_on two socat -u UDP4-RECV:4789 STDOUT >/dev/null 2>&1 &
	holder=$!
	wait_until 5 is_held
	expect_unchanged expect_error "network 'red': the UDP port of viftun0 is another program's: cannot set up viftun0: *" \
		vif network start red
	kill "$holder"
	wait "$holder" || true
	no_nic two eth1
	expect_ok vif network start red
	expect_match "*eth1 is not there now: the tunnel is made when it is*" "$OUT"
	nic two eth1 world p2
	wait_until 5 has_link viftun0
	expect_ok vif network stop red
	no_link viftun0
}

is_held() {
	[ -n "$(on two ss -lnuH 'sport = :4789')" ]
}
