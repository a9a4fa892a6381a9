# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# `vif diagnose`: each cause that it knows is made under a running guest, found, and taken away again; a guest that is well
# is told so. The guests are stand-ins that ask for the world all the time.

# shellcheck source=tests/harness/guarded.sh
. "$VIFD_SOURCE/tests/harness/guarded.sh"

# asks NAME ADDRESS SPEC: a guest that asks for the world all the time; its port is $PORT.
asks() {
	standin_asks "$1" "$2" 10.9.0.1 "$3"
}

# finds PATTERN: soon, when vifd has seen what has changed; as the first sentence of the answer, and as what has failed.
finds() {
	wait_until 10 is_found "vif: $1"
	[ "$STATUS" = 1 ] || fail "status $STATUS for $1: $OUT"
	expect_match "${ERR#vif: }*" "${OUT%%$'\n'*}"
}

is_found() {
	run vif diagnose "$PORT"
	# shellcheck disable=SC2053 # it is a pattern
	[[ $ERR == $1 ]]
}

# is_well: nothing is found, and nothing that could be known is unknown.
is_well() {
	expect_json '(has("cause") | not) and all(.stations[]; .verdict == "works") and
		any(.stations[]; .text == "the guest sends")' vif diagnose "$PORT" --json
	expect_ok vif diagnose "$PORT"
	expect_match 'nothing is found that is in the way*' "$OUT"
}

on_link() {
	ip -n host link set "$@"
}

test_a_guest_that_is_well_is_told_so_on_each_kind_of_port() {
	usual
	asks live 10.9.0.11 dev=eth1,mode=bridge
	is_well
	asks direct 10.9.0.12 dev=eth1,mode=bridge,type=direct
	is_well
	asks bridge 10.9.0.13 bridge=br1
	is_well
	asks guarded 10.9.0.14 dev=eth1,mode=bridge,security=10.9.0.14
	is_well
	# The next vifd knows as much.
	stop_vifd
	start_vifd
	is_well
	# One that says nothing may be well or not.
	standin_start silent 10.9.0.15 dev=eth1,mode=bridge
	expect_json '(has("cause") | not) and any(.stations[]; .station == "guest" and .verdict == "unknown")' \
		vif diagnose "$PORT" --json
	expect_error "there is no port 'none'" vif diagnose none
	end_standins
}

test_what_cuts_off_a_guest_on_a_host_interface() {
	local mac
	usual
	asks one 10.9.0.11 dev=eth1,mode=bridge,mac=$MAC,mtu=1500
	expect_ok vif set "$PORT" link=down
	finds "the link of port $PORT is down, as was asked"
	expect_ok vif set "$PORT" link=up
	kill -STOP "${STANDIN_PID[one]}"
	finds "process ${STANDIN_PID[one]}, the VMM of port $PORT, is stopped"
	kill -CONT "${STANDIN_PID[one]}"
	on_link eth1 down
	finds "eth1 is down"
	on_link eth1 up
	ip -n world link set p1 down
	finds "eth1 has no carrier"
	ip -n world link set p1 up
	wait_until 5 is_operational host eth1
	on_link eth1 mtu 1400
	finds "eth1 has mtu 1400, less than the guest's 1500: longer frames are lost there"
	on_link eth1 mtu 1500
	mac=$(link eth1 .address)
	on_link eth1 address $MAC
	finds "eth1 has the guest's own address, $MAC, too"
	on_link eth1 address "$mac"
	expect_ok vif set "$PORT" outbound=1
	finds "what the guest sends is limited to 1 KiB/s"
	expect_ok vif set "$PORT" outbound=0
	on host tc filter add dev "$PORT" ingress pref 1 protocol all u32 match u32 0 0 action mirred egress redirect dev eth2
	finds "* frames of the guest arrived at $PORT, and none left by * behind it"
	on host tc filter del dev "$PORT" ingress pref 1
	wait_until 5 is_healthy
	no_nic host eth1
	finds "port $PORT waits: host interface eth1 does not exist"
	end_standins
}

is_healthy() {
	vif diagnose "$PORT" >/dev/null 2>&1
}

test_what_cuts_off_a_guest_on_a_bridge() {
	usual
	asks one 10.9.0.11 bridge=br1,mac=$MAC
	on host bridge link set dev "$PORT" state 0
	finds "$PORT is switched off at bridge br1"
	on host bridge link set dev "$PORT" state 1
	finds "*spanning tree*"
	on host bridge link set dev "$PORT" state 3
	on_link br1 down
	finds "*bridge br1 is down*"
	on_link br1 up
	on_link eth2 down
	finds "eth2 is down"
	on_link eth2 up
	ip -n world link set p2 down
	finds "eth2 has no carrier"
	ip -n world link set p2 up
	wait_until 5 is_operational host eth2
	wait_until 5 is_healthy
	if on host sysctl -qw net.bridge.bridge-nf-call-iptables=1 2>/dev/null; then
		on host nft 'table inet other { chain out { type filter hook forward priority 0; policy drop; }; }'
		finds "the packet filter of this host is in the way: chain out of table inet other drops * and to each other *"
		on host nft 'delete table inet other'
	fi
	standin_start two 10.9.0.12 "bridge=br1,mac=$MAC"
	finds "port $(vif list --json | jq -r '.[] | select(.guest == "one").name') there has the address $MAC too"
	end_standins
	# A tap that a VMM is to open by its name.
	plug bridge=br1
	finds "no process has $PORT open: the guest's VMM does not hold it"
	unplug "$PORT"
}

test_a_vlan_that_ends_at_the_bridge() {
	usual
	on host ip link set br1 type bridge vlan_filtering 1 2>/dev/null || skip "this kernel's bridges know no VLANs"
	asks one 10.9.0.11 bridge=br1,vlan=10
	finds "$PORT is in VLAN 10 of bridge br1, and eth2, by which that leads on, is not"
	on host bridge vlan add dev eth2 vid 10
	wait_until 5 is_healthy
	end_standins
}

# Its VMM has opened the tap by its name, and does not read.
test_a_guest_that_takes_nothing() {
	local pings
	usual
	plug dev=eth1,mode=bridge,mac=$MAC
	standin_open one 10.9.0.11 "$PORT"
	kill -STOP "${STANDIN_PID[one]}"
	on_link "$PORT" txqueuelen 2
	ip -n world neigh add 10.9.0.11 lladdr $MAC dev br0
	ip netns exec world ping -q -i 0.1 10.9.0.11 >/dev/null &
	pings=$!
	finds "the guest takes nothing: * frames for it were dropped at $PORT, which is full"
	kill "$pings"
	wait "$pings" || true
	end_standins
	unplug "$PORT"
}

# answer FILE: what is said to who asks, with its status.
answer() {
	local status=0
	vif diagnose "$PORT" >"$1" 2>&1 || status=$?
	echo "status $status" >>"$1"
}

test_who_asks_is_answered_whatever_happens_meanwhile() {
	local one two
	usual
	standin_start silent 10.9.0.11 dev=eth1,mode=bridge
	answer "$T/one" &
	one=$!
	answer "$T/two" &
	two=$!
	sleep 0.5
	standin_stop silent
	wait "$one" "$two"
	expect_equal "$(cat "$T/one" "$T/two")" "$(printf 'vif: the port has been unplugged meanwhile\nstatus 1\n%.0s' 1 2)"
	standin_start silent 10.9.0.11 dev=eth1,mode=bridge
	answer "$T/one" &
	one=$!
	sleep 0.5
	stop_vifd
	wait "$one"
	expect_match "vif: *status 1" "$(<"$T/one")"
	start_vifd
	end_standins
}

# The guard drops what has another address than the guest's.
test_a_guest_with_the_wrong_address() {
	usual
	standin_as wrong $OTHER 10.9.0.11 "dev=eth1,mode=bridge,mac=$MAC,security=10.9.0.11"
	finds "the guard drops what the guest sends: * frames by the rule mac in * s"
	standin_stop wrong
	standin_as wrong $MAC 10.9.0.12 "bridge=br1,mac=$MAC,security=10.9.0.11"
	finds "the guard drops what the guest sends: * frames by the rule arp in * s"
	end_standins
}

test_a_switch_that_lets_one_address_pass() {
	usual
	ip -n host address add 10.9.0.2/24 dev eth1
	ip -n host route add default via 10.9.0.1
	ip netns exec world nft "table netdev w { chain c { type filter hook ingress device p1 priority 0
		ether saddr != $(link eth1 .address) drop; }; }"
	asks one 10.9.0.11 dev=eth1,mode=bridge
	expect_ok vif probe eth1
	finds "at the other end of eth1 no other address passes than the one of eth1, as it was probed"
	end_standins
}

test_what_cuts_off_a_guest_of_a_network_of_ours() {
	need dnsmasq
	need nft
	usual_host 1
	cat >"$T/home.xml" <<-END
		<network>
		  <name>home</name>
		  <forward mode='nat'/>
		  <bridge name='virbr9'/>
		  <ip address='192.168.99.1' prefix='24'><dhcp><range start='192.168.99.2' end='192.168.99.9'/></dhcp></ip>
		</network>
	END
	expect_ok vif network define "$T/home.xml"
	expect_ok vif network start home
	standin_asks one 192.168.99.2 192.168.99.1 network=home,security=192.168.99.2
	expect_json '(has("cause") | not) and all(.stations[]; .verdict != "fails")' vif diagnose "$PORT" --json
	on host sysctl -qw net.ipv4.ip_forward=0
	finds "this host does not pass on IPv4: net.ipv4.ip_forward is 0"
	on host sysctl -qw net.ipv4.ip_forward=1
	on host nft 'table inet other { chain out { type filter hook forward priority 0; policy drop; }; }'
	finds "the packet filter of this host is in the way: chain out of table inet other drops what guests send through the host*"
	on host nft 'delete table inet other'
	on host nft 'table inet other { chain in { type filter hook input priority 0; policy drop; }; }'
	finds "the packet filter of this host is in the way: chain in of table inet other drops what guests ask of the host*"
	on host nft 'delete table inet other'
	end_standins
	expect_ok vif network stop home
}
