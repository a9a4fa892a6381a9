# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# `vif probe`: each thing that it tells, at a switch that is made to be so.

# The gateway is 10.9.0.1, on the switch in `world`.
host_and_gateway() {
	usual_nics 1
	ip -n host address add 10.9.0.2/24 dev eth1
	ip -n host route add default via 10.9.0.1
	start_vifd
}

# filter RULE: what does not come through the switch's port.
filter() {
	ip netns exec world nft "table netdev w { chain c { type filter hook ingress device p1 priority 0; $1; }; }"
}

# neighbour ADDRESS: another machine on the switch.
neighbour() {
	ip netns add neighbour
	SWITCHES+=(neighbour)
	ip -n world link add pn type veth peer name n0 netns neighbour
	ip -n world link set pn master br0 up
	ip -n neighbour address add "$1/24" dev n0
	ip -n neighbour link set n0 up
}

# dhcp_server NAMESPACE IF FROM TO [OPTION…]: its pid is in $!.
dhcp_server() {
	ip netns exec "$1" dnsmasq --no-daemon --conf-file=/dev/null --port=0 --bind-interfaces --interface="$2" \
		--dhcp-range="$3,$4" --dhcp-leasefile="$T/$1.leases" --pid-file "${@:5}" 2>"$T/$1.log" &
	wait_until 5 grep -qs 'DHCP, IP range' "$T/$1.log"
}

# send BYTES…: a frame to eth1, in hexadecimal, from the switch's port.
send() {
	local bytes=$*
	printf '%b' "$(sed -E 's/ *([0-9a-f]{2})/\\x\1/g' <<<"$bytes")" | ip netns exec world socat -u STDIN INTERFACE:p1
}

# tagged_frames TCI…
tagged_frames() {
	local tci
	for tci; do
		send ff ff ff ff ff ff 02 00 00 00 00 09 81 00 "$tci" 88 b6 "$(printf '00 %.0s' {1..46})"
	done
}

# TLVs: chassis (a MAC), port and system by name, 120 s, EVB with a relay that is on.
lldp_frame() {
	send 01 80 c2 00 00 0e 02 00 00 00 00 09 88 cc 02 07 04 02 00 00 00 00 09 04 09 05 67 65 2d 30 2f 30 2f 31 \
		06 02 00 78 0a 03 73 77 31 fe 09 00 80 c2 0d 03 00 00 00 00 00 00
}

# meanwhile COMMAND…: again and again while vif probe runs.
meanwhile() {
	while kill -0 "$PROBE" 2>/dev/null; do
		"$@"
		sleep 0.1
	done
}

# probe_while COMMAND…
probe_while() {
	vif probe eth1 --json >"$T/answer" &
	PROBE=$!
	meanwhile "$@"
	wait "$PROBE"
	OUT=$(cat "$T/answer")
}

# told KEY: of the answer.
told() {
	jq -c "if has(\"$1\") then .[\"$1\"] else \"-\" end" <<<"$OUT"
}

expect_told() {
	expect_equal "$(told "$1")" "$2"
}

test_a_plain_switch() {
	host_and_gateway
	snapshot "$T/before"
	expect_ok vif probe eth1 --json
	expect_told dev '"eth1"'
	expect_told reflects false
	expect_told says-reflects '"-"'
	expect_told second-mac true
	expect_told mtu 1500
	expect_told gateway '"10.9.0.1"'
	expect_told dhcp-servers '[]'
	expect_told duplicates '[]'
	expect_told vlans '[]'
	[ "$(told time)" -gt 1700000000000000 ] || fail "no time: $OUT"
	snapshot "$T/after"
	expect_same "$T/before" "$T/after"
	expect_ok vif probe eth1
	expect_match '*guests on eth1 in vepa mode do not reach each other*' "$OUT"
	expect_match '*packets of up to 1500 bytes pass to 10.9.0.1 and back*' "$OUT"
}

test_a_switch_that_reflects() {
	host_and_gateway
	hairpin world p1 on
	expect_ok vif probe eth1 --json
	expect_told reflects true
	expect_told second-mac true
}

# As Wi-Fi does, or a switch's port with one address allowed.
test_a_switch_that_lets_one_address_pass() {
	host_and_gateway
	filter "ether saddr != $(ip -n host -json link show eth1 | jq -r '.[0].address') drop"
	expect_ok vif probe eth1 --json
	expect_told second-mac false
	expect_told mtu 1500
	expect_ok vif probe eth1
	expect_match "*frames pass for no other address than the one of eth1*" "$OUT"
}

# Between the host and its gateway less passes than the host interface is said to carry.
test_a_way_that_is_narrower_than_the_nic() {
	host_and_gateway
	filter 'ip length > 1413 drop'
	expect_ok vif probe eth1 --json
	expect_told mtu 1413
	expect_ok vif probe eth1
	expect_match "*though eth1 has mtu 1500: give guests <mtu size='1413'/>*" "$OUT"
}

test_nobody_answers() {
	usual_nics 1
	start_vifd
	expect_ok vif probe eth1 --json
	expect_told second-mac '"-"'
	expect_told mtu '"-"'
	expect_told gateway '"-"'
	expect_ok vif probe eth1
	expect_match '*is not known: no gateway and no DHCP server has answered*' "$OUT"
}

test_a_dhcp_server_and_one_more() {
	local servers
	need dnsmasq
	host_and_gateway
	neighbour 10.9.0.3
	dhcp_server world br0 10.9.0.50 10.9.0.59
	servers=$!
	dhcp_server neighbour n0 10.9.0.60 10.9.0.69 --no-ping
	servers+=" $!"
	expect_ok vif probe eth1 --json
	expect_equal "$(jq -c '[."dhcp-servers"[].address] | sort' <<<"$OUT")" '["10.9.0.1","10.9.0.3"]'
	expect_told second-mac true
	# shellcheck disable=SC2086 # words
	kill $servers
	# shellcheck disable=SC2086 # words
	wait $servers || true
}

test_an_address_that_somebody_else_has() {
	local mac
	host_and_gateway
	neighbour 10.9.0.2
	mac=$(ip -n neighbour -json link show n0 | jq -r '.[0].address')
	expect_ok vif probe eth1 --json
	expect_equal "$(jq -c .duplicates <<<"$OUT")" "[{\"address\":\"10.9.0.2\",\"mac\":\"$mac\"}]"
}

test_frames_of_vlans_that_come() {
	host_and_gateway
	# Priority 5 is none of the VLAN's number.
	probe_while tagged_frames "a0 07" "0f fe"
	expect_told vlans '["7","4094"]'
}

# As switches do, but more often than every 30 s.
test_a_switch_that_speaks_of_itself() {
	host_and_gateway
	probe_while lldp_frame
	expect_told switch '"sw1"'
	expect_told switch-port '"ge-0/0/1"'
	expect_told says-reflects true
	expect_told reflects false
}

test_what_cannot_be_asked() {
	host_and_gateway
	host_bridge host br0
	expect_failure vif probe eth9
	expect_match '*host interface eth9 does not exist*' "$ERR"
	expect_failure vif probe br0
	expect_match '*br0 has no other end*' "$ERR"
	ip -n host link set eth1 down
	expect_failure vif probe eth1
	expect_match '*eth1 is down, and nothing can be asked on it; *ip link set eth1 up* helps' "$ERR"
}

test_several_ask_at_once_and_one_goes_away() {
	local pid
	host_and_gateway
	vif probe eth1 --json >"$T/first" &
	pid=$!
	vif probe eth1 --json >/dev/null &
	sleep 0.3
	kill -KILL $! 2>/dev/null || true
	expect_ok vif probe eth1 --json
	wait "$pid"
	expect_equal "$(jq -c .time "$T/first")" "$(told time)"
}

test_vifd_ends_meanwhile() {
	host_and_gateway
	vif probe eth1 >"$T/out" 2>&1 &
	sleep 0.5
	stop_vifd
	! wait $! || fail "it was answered: $(cat "$T/out")"
	expect_match '*vifd*' "$(cat "$T/out")"
}
