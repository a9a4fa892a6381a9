# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Switches learn where a guest is, without its help.

# Does the switch know the address behind that port of it?
learned() {
	[ "$(ip netns exec world bridge -j fdb show br br0 | jq -r --arg mac "$2" 'first(.[] | select(.mac == $mac) | .ifname)')" = "$1" ]
}

lose_nic() {
	ip -n host link del "$1"
	wait_until 5 is_in_state waiting "${@:2}"
}

is_in_state() {
	local state=$1 port
	shift
	for port; do
		[ "$(vif show --json "$port" | jq -r .state)" = "$state" ] || return 1
	done
}

# Frames that have come to a link since it is there.
received() {
	ip -n host -s -j link show dev "$1" | jq '.[0].stats64.rx.packets'
}

test_the_switch_learns_of_a_guest_when_the_host_interface_returns() {
	local mode
	usual_host 1
	for mode in vepa bridge private passthrough; do
		plug "dev=eth1,mode=$mode,mac=52:54:00:00:00:01"
		lose_nic eth1 "$PORT"
		nic host eth1 world p2
		wait_until 5 learned p2 52:54:00:00:00:01
		lose_nic eth1 "$PORT"
		nic host eth1 world p1
		wait_until 5 learned p1 52:54:00:00:00:01
		unplug "$PORT"
	done
}

test_it_is_told_when_there_is_a_carrier_not_before() {
	usual_host 1
	plug dev=eth1,mac=52:54:00:00:00:01
	lose_nic eth1 "$PORT"
	ip -n world link add p1 type veth peer name eth1 netns host
	ip -n world link set p1 master br0
	wait_until 5 is_in_state connected "$PORT"
	sleep 0.2
	! learned p1 52:54:00:00:00:01 || fail "the switch knows a guest behind a port that is down"
	ip -n world link set p1 up
	wait_until 5 learned p1 52:54:00:00:00:01
	unplug "$PORT"
}

test_other_guests_of_the_host_interface_are_not_bothered() {
	local ports=()
	usual_host 1
	for i in 1 2 3; do
		plug "dev=eth1,mode=bridge,mac=52:54:00:00:00:0$i"
		ports+=("$PORT")
	done
	lose_nic eth1 "${ports[@]}"
	nic host eth1 world p1
	for i in 1 2 3; do
		wait_until 5 learned p1 "52:54:00:00:00:0$i"
		expect_equal "$(received "${ports[i - 1]}-0")" 0
	done
	for PORT in "${ports[@]}"; do
		unplug "$PORT"
	done
}

test_a_bridge_of_the_host_learns_too() {
	usual_host 1
	host_bridge host br1
	plug bridge=br1,mac=52:54:00:00:00:01
	ip -n host link del br1
	wait_until 5 is_in_state waiting "$PORT"
	host_bridge host br1 eth1
	wait_until 5 learned p1 52:54:00:00:00:01
	unplug "$PORT"
}
