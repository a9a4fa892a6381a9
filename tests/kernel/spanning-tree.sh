# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Connected means that frames pass: bridges with spanning tree, that are down, NICs without carrier.

# spanning_bridge NAME DELAY: a bridge of the host, with spanning tree; DELAY in hundredths of a second.
spanning_bridge() {
	on host ip link add "$1" type bridge stp_state 1 forward_delay "$2"
	on host ip link set "$1" up
}

# guest_on TAP: somebody who has it open, as its VMM has. Its pid is in $GUEST.
guest_on() {
	exec_on host socat -u "TUN,tun-type=tap,tun-name=$1,iff-no-pi" OPEN:/dev/null &
	GUEST=$!
	wait_until 5 has_carrier "$1"
}

has_carrier() {
	link "$1" '.flags | contains(["LOWER_UP"])' | grep -q true
}

end_guest() {
	kill "$GUEST"
	wait "$GUEST" || true
}

bridge_state() {
	bridge -n host -d -j link show dev "$1" | jq -r '.[0].state'
}

is_told() {
	grep -q "$1" "$T/monitor"
}

monitor() {
	vif monitor --json >"$T/monitor" 2>/dev/null &
	MONITOR=$!
	wait_until 5 monitor_listens
}

# An event that it must tell.
monitor_listens() {
	vif network define "<network><name>heard$RANDOM</name><forward mode='open'/></network>" >/dev/null 2>&1
	[ -s "$T/monitor" ]
}

test_a_port_of_a_spanning_tree_is_connected_when_its_frames_pass() {
	usual_host 0
	spanning_bridge br1 200
	expect_ok vif check bridge=br1
	expect_match "*bridge br1 has spanning tree on: *pass after 4.00 s*" "$OUT"
	plug bridge=br1
	guest_on "$PORT"
	wait_until 2 port_waits "$PORT"
	expect_match "*spanning tree*4.00 s*" "$(vif list)"
	expect_failure test "$(bridge_state "$PORT")" = forwarding
	wait_until 8 port_is_connected "$PORT"
	expect_equal "$(bridge_state "$PORT")" forwarding
	end_guest
	unplug "$PORT"
}

port_state() {
	vif show "$1" --json | jq -r .state
}

port_is_connected() {
	[ "$(port_state "$1")" = connected ]
}

# The cut of a guest that is moved there lasts until then, and is told with its length.
test_a_move_to_a_spanning_tree_is_a_cut_of_its_delay() {
	local outage
	usual_host 0
	host_bridge host br0
	spanning_bridge br1 200
	plug bridge=br0
	guest_on "$PORT"
	wait_until 2 port_is_connected "$PORT"
	monitor
	expect_ok vif retarget "$PORT" bridge=br1
	expect_match "*waiting*spanning tree*" "$OUT"
	wait_until 3 is_told '"port-retargeted"'
	expect_failure grep -q "without a cut" "$T/monitor"
	wait_until 8 is_told '"port-connected"'
	outage=$(jq -r 'select(.event == "port-connected") | ."outage-usec"' "$T/monitor")
	if [ "$outage" -lt 3000000 ] || [ "$outage" -gt 7000000 ]; then
		fail "the cut was told as $outage microseconds"
	fi
	expect_ok vif retarget "$PORT" bridge=br0
	expect_equal "$(port_state "$PORT")" connected
	kill "$MONITOR"
	end_guest
	unplug "$PORT"
}

test_a_bridge_that_is_down_connects_nobody_until_it_is_set_up() {
	usual_host 0
	on host ip link add br0 type bridge
	expect_ok vif check bridge=br0
	expect_match "*bridge br0 is down (ip link set br0 up)*" "$OUT"
	plug bridge=br0
	expect_equal "$(port_state "$PORT")" waiting
	on host ip link set br0 up
	wait_until 5 port_is_connected "$PORT"
	on host ip link set br0 down
	wait_until 5 port_waits "$PORT"
	unplug "$PORT"
}

port_waits() {
	[ "$(port_state "$1")" = waiting ]
}

test_a_nic_without_carrier_is_named_at_check_and_in_the_list() {
	usual_host 1
	on world ip link set p1 down
	wait_until 5 nic_is_dead
	expect_ok vif check dev=eth1
	expect_match "*eth1 has no carrier: nothing passes as long as that lasts*" "$OUT"
	plug dev=eth1
	expect_equal "$(jq -r .note <<<"$OUT")" "eth1 has no carrier"
	expect_match "*eth1 has no carrier*" "$(vif list)"
	on world ip link set p1 up
	wait_until 5 list_is_quiet
	unplug "$PORT"
}

# The bridge itself has one as soon as a guest is on it, and its guests reach each other.
test_a_bridge_that_leads_to_a_nic_without_carrier_says_so() {
	usual_host 2
	host_bridge host br0 eth1 eth2
	on world ip link set p1 down
	wait_until 5 nic_is_dead
	expect_ok vif check bridge=br0
	[[ $OUT != *carrier* ]] || fail "eth2 has a carrier: $OUT"
	on world ip link set p2 down
	wait_until 5 checks_like "*eth? has no carrier: nothing beyond bridge br0 is reached as long as that lasts*"
	plug bridge=br0
	expect_match "eth? has no carrier" "$(jq -r .note <<<"$OUT")"
	guest_on "$PORT"
	expect_match "*eth? has no carrier*" "$(vif list)"
	on world ip link set p2 up
	wait_until 5 list_is_quiet
	end_guest
	unplug "$PORT"
	on host ip link add br1 up type bridge
	plug bridge=br1
	expect_equal "$(jq -r .note <<<"$OUT")" null # it leads nowhere on purpose
	unplug "$PORT"
}

checks_like() {
	# shellcheck disable=SC2053 # a pattern
	[[ $(vif check bridge=br0) == $1 ]]
}

nic_is_dead() {
	[ "$(link eth1 .operstate)" != UP ]
}

list_is_quiet() {
	[[ $(vif list) != *"no carrier"* ]]
}

# What vifd makes itself forwards at once, unless its definition asks for more by word.
test_a_network_of_vifds_own_has_spanning_tree_only_if_it_says_so() {
	usual_host 0
	expect_ok vif network define "<network><name>a</name><bridge name='bra'/><ip address='10.9.1.1' netmask='255.255.255.0'/></network>"
	expect_ok vif network define "<network><name>b</name><bridge name='brb' stp='on'/><ip address='10.9.2.1' netmask='255.255.255.0'/></network>"
	expect_ok vif network start a
	expect_match "*<bridge name='bra' stp='off' delay='0'/>*" "$(vif network show a --xml 2>/dev/null || vif network show a)"
	expect_equal "$(link bra .linkinfo.info_data.stp_state)" 0
	plug network=a
	guest_on "$PORT"
	expect_equal "$(bridge_state "$PORT")" forwarding
	expect_equal "$(port_state "$PORT")" connected
	end_guest
	unplug "$PORT"
	expect_ok vif network start b
	expect_match "*brb has spanning tree on, as its stp='on' asks: a guest's frames pass 4.00 s after*" "$OUT"
	expect_equal "$(link brb .linkinfo.info_data.stp_state)" 1
	expect_ok vif network stop a
	expect_ok vif network stop b
}

# The kernel takes the smallest MTU of a bridge's ports for the bridge.
test_one_guests_mtu_does_not_change_the_bridge_of_all() {
	usual_nics 1
	on world ip link set p1 mtu 9000
	on host ip link set eth1 mtu 9000
	host_bridge host br0 eth1
	start_vifd
	expect_equal "$(link br0 .mtu)" 9000
	expect_ok vif check --json bridge=br0,mtu=1500
	expect_equal "$(jq -r .mtu <<<"$OUT")" 1500
	plug bridge=br0,mtu=1500
	expect_equal "$(link br0 .mtu)" 9000
	expect_equal "$(link "$PORT" .mtu)" 9000
	port_is "$PORT" '."mtu-asked" == 1500 and .mtu == 1500'
	unplug "$PORT"
	expect_ok vif run --nic bridge=br0,mtu=1400 -- echo '{mtu}' '{fd}'
	expect_match "1400 *" "$OUT"
	expect_equal "$(link br0 .mtu)" 9000
	expect_ok vif run --nic bridge=br0 -- echo '{mtu}' '{fd}'
	expect_match "9000 *" "$OUT"
}

note_is() {
	# shellcheck disable=SC2053 # it is a pattern
	[[ $(vif show --json "$1" | jq -r '.note // "none"') == $2 ]]
}

test_what_keeps_frames_from_a_connected_port_is_named() {
	local first
	usual_host 0
	host_bridge host br0
	plug bridge=br0,mac=52:54:00:00:00:07
	first=$PORT
	guest_on "$first"
	wait_until 5 note_is "$first" none
	on host bridge link set dev "$first" state 0
	wait_until 5 note_is "$first" "it is switched off at br0 (bridge link set dev $first state 3)"
	on host bridge link set dev "$first" state 3
	wait_until 5 note_is "$first" none
	plug bridge=br0,mac=52:54:00:00:00:07
	note_is "$first" "port $PORT has its MAC address too" || fail "$(vif list)"
	note_is "$PORT" "port $first has its MAC address too" || fail "$(vif list)"
	unplug "$PORT"
	note_is "$first" none || fail "$(vif list)"
	ip -n host link set br0 address 52:54:00:00:00:07
	wait_until 5 note_is "$first" "br0 has its MAC address too"
	end_guest
	unplug "$first"
}
