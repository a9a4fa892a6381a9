# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Networks that vifd makes itself: what stands on the host, and what becomes of it.

usual() {
	need dnsmasq
	need nft
	host host
	switch world
	nic host eth1 world p1
	start_vifd
}

# virtual_network NAME SUBNET [ATTRIBUTES-OF-FORWARD]: defines and starts it; without them it is isolated.
virtual_network() {
	{
		echo "<network>"
		echo "  <name>$1</name>"
		[ -z "${3:-}" ] || echo "  <forward $3/>"
		echo "  <ip address='$2.1' netmask='255.255.255.0'>"
		echo "    <dhcp><range start='$2.2' end='$2.254'/></dhcp>"
		echo "  </ip>"
		echo "</network>"
	} >"$T/$1.xml"
	expect_ok vif network define "$T/$1.xml"
	expect_ok vif network start "$1"
}

dnsmasq_pid() {
	cat "$(runtime_dir)/dnsmasq/$1.pid"
}

dnsmasq_is_other_than() {
	local now
	now=$(dnsmasq_pid "$1" 2>/dev/null) && [ "$now" != "$2" ] && kill -0 "$now" 2>/dev/null
}

has_address() {
	on host ip -j address show dev "$1" | jq -e --arg a "$2" 'any(.[].addr_info[]; .local == $a)' >/dev/null
}

has_table() {
	on host nft list table inet vifd >/dev/null 2>&1
}

test_a_nat_network_is_made_and_taken_away() {
	usual
	snapshot "$T/before"
	virtual_network home 192.168.99 "mode='nat'"
	expect_equal "$(link vifbr0 .linkinfo.info_kind)" bridge
	has_address vifbr0 192.168.99.1
	on host nft -j list table inet vifd | jq -e . >/dev/null
	kill -0 "$(dnsmasq_pid home)"
	expect_equal "$(on host cat /proc/sys/net/ipv4/ip_forward)" 1
	plug network=home
	expect_on_bridge "$PORT" vifbr0
	unplug "$PORT"
	expect_ok vif network stop home
	no_link vifbr0
	expect_failure has_table
	expect_ok vif network undefine home
}

test_a_deleted_bridge_comes_back_with_its_ports() {
	usual
	virtual_network home 192.168.99 "mode='nat'"
	plug network=home
	on host ip link delete vifbr0
	wait_until 5 has_address vifbr0 192.168.99.1
	wait_until 5 expect_on_bridge "$PORT" vifbr0
	expect_state "$PORT" connected
	unplug "$PORT"
	expect_ok vif network stop home
}

test_a_flushed_ruleset_comes_back() {
	usual
	virtual_network home 192.168.99 "mode='nat'"
	on host nft list table inet vifd >"$T/rules"
	on host nft flush ruleset
	wait_until 5 has_table
	on host nft list table inet vifd | cmp - "$T/rules"
	expect_ok vif network stop home
}

test_an_address_that_was_taken_away_comes_back() {
	usual
	virtual_network home 192.168.99 "mode='nat'"
	on host ip address delete 192.168.99.1/24 dev vifbr0
	wait_until 5 has_address vifbr0 192.168.99.1
	expect_ok vif network stop home
}

test_a_killed_dnsmasq_comes_back() {
	local pid
	usual
	virtual_network home 192.168.99
	pid=$(dnsmasq_pid home)
	kill -9 "$pid"
	wait_until 5 dnsmasq_is_other_than home "$pid"
	expect_ok vif network stop home
}

test_a_network_outlives_vifd() {
	local pid index
	usual
	virtual_network home 192.168.99 "mode='nat'"
	pid=$(dnsmasq_pid home)
	index=$(ifindex vifbr0)
	kill_vifd
	start_vifd
	expect_equal "$(dnsmasq_pid home)" "$pid"
	kill -0 "$pid"
	expect_equal "$(ifindex vifbr0)" "$index"
	expect_json '.[0].active' vif network list --json
	expect_ok vif network stop home
	no_link vifbr0
}

test_what_was_taken_away_while_vifd_was_away_comes_back() {
	usual
	virtual_network home 192.168.99 "mode='nat'"
	kill_vifd
	kill "$(dnsmasq_pid home)"
	on host ip link delete vifbr0
	on host nft flush ruleset
	start_vifd
	wait_until 5 has_address vifbr0 192.168.99.1
	has_table
	kill -0 "$(dnsmasq_pid home)"
	expect_ok vif network stop home
}

# The guest is a namespace on the network's bridge; it listens on port 80.
forwarded_guest() {
	ip netns add web
	ip -n web link add eth0 type veth peer name web netns host
	ip -n host link set web master vifbr0 up
	ip -n web address add 192.168.99.10/24 dev eth0
	ip -n web link set eth0 up
	ip -n web route add default via 192.168.99.1
	ip -n host address add 10.9.0.2/24 dev eth1
}

# reaches VERDICT: what becomes of a connection from outside to port 8080 of the host.
reaches() {
	[[ "$("$VIFD_BUILD/tests/harness/reach" <<<"x tcp world - 0 web 10.9.0.2 8080:80")" == "x: "$1 ]]
}

test_a_port_is_forwarded_and_no_longer_while_the_network_runs() {
	usual
	virtual_network home 192.168.99 "mode='nat'"
	forwarded_guest
	wait_until 10 reaches rejected
	expect_ok vif network update home add forward "<forward proto='tcp' port='8080' to='192.168.99.10:80'/>"
	wait_until 5 reaches "passed from 10.9.0.1 port kept"
	expect_match "*<vif:forward * proto='tcp' port='8080' to='192.168.99.10' to-port='80'/>*" "$(vif network show home)"
	# Somebody's flush does not last.
	on host nft flush ruleset
	wait_until 5 reaches "passed from 10.9.0.1 port kept"
	expect_ok vif network update home delete forward "<forward proto='tcp' port='8080'/>"
	wait_until 5 reaches rejected
	expect_error "network 'home' has no <vif:forward> that matches 'tcp 8080'" \
		vif network update home delete forward "<forward proto='tcp' port='8080'/>"
	expect_ok vif network stop home
}
