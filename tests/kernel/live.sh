# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Live ports: what they stand on goes, comes back, changes; the guest keeps its tap. Each is looked at with
# iproute2, and by a stand-in (harness/standin.sh) that answers the world's pings.

MAC=52:54:00:00:00:01

is_up() {
	expect_link "$1" '.flags | index("UP") != null'
}

has_mtu() {
	[ "$(link "$1" .mtu)" = "$2" ]
}

is_wired() {
	(expect_wired "$1") 2>/dev/null
}

# --- the host interface -----------------------------------------------------------

test_a_nic_that_goes_and_comes_finds_its_ports_again() {
	local mode tap
	usual_host 1
	for mode in bridge vepa private passthrough; do
		standin_start one 10.9.0.11 "dev=eth1,mode=$mode,mac=$MAC"
		expect_answer 10.9.0.11
		tap=$(ifindex "$PORT")

		no_nic host eth1
		expect_state "$PORT" waiting "host interface eth1 does not exist"
		expect_equal "$(our_links)" "$PORT"
		expect_equal "$(ifindex "$PORT")" "$tap"
		is_up "$PORT"
		expect_no_answer 10.9.0.11

		nic host eth1 world p1
		expect_on "$PORT" eth1
		expect_answer 10.9.0.11
		expect_equal "$(ifindex "$PORT")" "$tap"
		expect_equal "$(link "$(side_of "$PORT")" .address)" $MAC
		expect_equal "$(link "$(side_of "$PORT")" .linkinfo.info_data.mode)" "${mode/passthrough/passthru}"
		standin_stop one
		wait_until 5 is_without_ports host
	done
}

test_everything_is_as_before_when_the_nic_is_back() {
	usual_host 1
	ip -n host link set eth1 address 02:00:00:5f:01:01
	plug "dev=eth1,mode=bridge,mac=$MAC,mtu=1400"
	snapshot "$T/before"
	for _ in 1 2 3; do
		no_nic host eth1
		expect_state "$PORT" waiting
		nic host eth1 world p1
		ip -n host link set eth1 address 02:00:00:5f:01:01
		expect_on "$PORT" eth1
		wait_until 5 is_like "$T/before"
	done
	unplug "$PORT"
}

# The name is another interface's by then: what the port stood on is what counts.
test_a_rename_is_followed() {
	local side
	usual_host 1
	standin_start one 10.9.0.11 dev=eth1,mode=bridge
	side=$(ifindex "$(side_of "$PORT")")
	ip -n host link set eth1 down
	ip -n host link set eth1 name lan0
	ip -n host link set lan0 up
	expect_on "$PORT" lan0
	expect_equal "$(ifindex "$(side_of "$PORT")")" "$side"
	expect_answer 10.9.0.11

	nic host eth1 world p2
	kill_vifd
	start_vifd
	expect_on "$PORT" lan0
	expect_equal "$(ifindex "$(side_of "$PORT")")" "$side"

	no_nic host lan0
	expect_state "$PORT" waiting "host interface lan0 does not exist"
	nic host lan0 world p1
	expect_on "$PORT" lan0
	expect_answer 10.9.0.11
}

# rename_up NAME NEW: an old kernel renames nothing that is up.
rename_up() {
	printf 'link set %s\n' "$1 down" "$1 name $2" "$2 up" | ip -n host -batch -
}

test_a_tap_that_somebody_renames_is_the_ports_still() {
	usual_host 1
	standin_start one 10.9.0.11 dev=eth1,mode=bridge
	rename_up "$PORT" other
	expect_json '.ifname == "other" and .mtu == 1500 and .state == "connected"' vif show --json "$PORT"
	expect_answer 10.9.0.11
	expect_error "*a process holds the tap of port $PORT open*" vif unplug "$PORT"
	kill_vifd
	start_vifd
	expect_json '.ifname == "other" and .mtu == 1500' vif show --json "$PORT"
	# Its queues were found: so a tap that is deleted comes back under the guest.
	ip -n host link del other
	wait_until 5 has_link "$PORT"
	expect_answer 10.9.0.11
	standin_stop one
	wait_until 5 is_without_held_ports host
}

test_a_rename_while_vifd_is_away_is_followed() {
	usual_host 1
	standin_start one 10.9.0.11 dev=eth1,mode=bridge
	stop_vifd
	ip -n host link set eth1 down
	ip -n host link set eth1 name lan0
	ip -n host link set lan0 up
	start_vifd
	expect_on "$PORT" lan0
	expect_answer 10.9.0.11
}

test_two_nics_that_swap_names_keep_their_ports() {
	local red blue
	host host
	switch red 10.9.0.1/24
	switch blue 10.9.0.1/24
	nic host eth1 red p1
	nic host eth2 blue p1
	start_vifd
	standin_start one 10.9.0.11 dev=eth1,mode=bridge,target=red0
	standin_start two 10.9.0.12 dev=eth2,mode=bridge,target=blue0
	red=$(ifindex "$(side_of red0)")
	blue=$(ifindex "$(side_of blue0)")
	ip -n host link set eth1 down
	ip -n host link set eth2 down
	ip -n host link set eth1 name tmp0
	ip -n host link set eth2 name eth1
	ip -n host link set tmp0 name eth2
	ip -n host link set eth1 up
	ip -n host link set eth2 up
	expect_on red0 eth2
	expect_on blue0 eth1
	expect_equal "$(ifindex "$(side_of red0)")" "$red"
	expect_equal "$(ifindex "$(side_of blue0)")" "$blue"
	expect_answer 10.9.0.11 red
	expect_answer 10.9.0.12 blue
	expect_no_answer 10.9.0.11 blue
}

# What moves away leaves its macvlans, and they work again when it is back: nothing is made anew.
test_a_nic_that_is_moved_to_another_namespace_and_back() {
	local side
	usual_host 1
	ip netns add elsewhere
	standin_start one 10.9.0.11 dev=eth1,mode=bridge
	side=$(ifindex "$(side_of "$PORT")")
	ip -n host link set eth1 netns elsewhere
	expect_state "$PORT" waiting "host interface eth1 is in another network namespace"
	expect_equal "$(ifindex "$(side_of "$PORT")")" "$side"

	# Also for a vifd that did not see it go.
	kill_vifd
	start_vifd
	expect_state "$PORT" waiting "host interface eth1 is in another network namespace"

	ip -n elsewhere link set eth1 netns host
	ip -n host link set eth1 up
	expect_on "$PORT" eth1
	expect_equal "$(ifindex "$(side_of "$PORT")")" "$side"
	expect_answer 10.9.0.11
}

# It was deleted there: the macvlan goes with it, and another interface of that name is as good.
test_a_nic_that_is_moved_away_and_deleted_there() {
	usual_host 1
	ip netns add elsewhere
	standin_start one 10.9.0.11 dev=eth1,mode=bridge
	ip -n host link set eth1 netns elsewhere
	expect_state "$PORT" waiting "*in another network namespace"
	no_nic elsewhere eth1
	expect_state "$PORT" waiting "host interface eth1 does not exist"
	nic host eth1 world p1
	expect_on "$PORT" eth1
	expect_answer 10.9.0.11
}

test_the_ports_follow_the_mtu_of_the_nic() {
	local mtu port device
	usual_host 1
	plug dev=eth1,mode=bridge
	plug dev=eth1,mode=bridge,mtu=1300
	plug dev=eth1,mode=bridge,type=direct
	for mtu in 1400 1200 1500; do
		ip -n host link set eth1 mtu $mtu
		for device in vif0 vif0-0 vif2; do
			wait_until 5 has_mtu $device $mtu
		done
		for device in vif1 vif1-0; do
			wait_until 5 has_mtu $device $((mtu < 1300 ? mtu : 1300))
		done
	done
	for port in vif0 vif1 vif2; do
		port_is $port '.state == "connected"'
		unplug $port
	done
}

test_carrier_loss_is_no_loss() {
	usual_host 1
	standin_start one 10.9.0.11 dev=eth1,mode=bridge
	snapshot "$T/before"
	ip -n world link set p1 down
	sleep 0.2
	port_is "$PORT" '.state == "connected"'
	expect_wired "$PORT"
	ip -n world link set p1 up
	wait_until 5 is_operational host eth1
	expect_answer 10.9.0.11
	wait_until 5 is_operational host "$(side_of "$PORT")"
	snapshot "$T/after"
	expect_same "$T/before" "$T/after"
}

# A VLAN's, bond's or any other device's port is no special case; a bridge is what every kernel has.
test_a_port_on_a_device_of_software() {
	usual_host 1
	host_bridge host br1 eth1
	standin_start one 10.9.0.11 dev=br1,mode=bridge
	expect_on "$PORT" br1
	expect_answer 10.9.0.11
	ip -n host link del br1
	expect_state "$PORT" waiting "host interface br1 does not exist"
	host_bridge host br1 eth1
	expect_on "$PORT" br1
	expect_answer 10.9.0.11
}

# --- the macvlan and its wires ----------------------------------------------------------

test_a_macvlan_that_somebody_deletes_is_made_again() {
	usual_host 1
	standin_start one 10.9.0.11 dev=eth1,mode=private
	snapshot "$T/before"
	ip -n host link del "$(side_of "$PORT")"
	wait_until 5 is_wired "$PORT"
	wait_until 5 is_like "$T/before"
	expect_answer 10.9.0.11
}

test_a_macvlan_that_somebody_changes_is_changed_back() {
	local side
	usual_host 1
	standin_start one 10.9.0.11 dev=eth1,mode=bridge
	snapshot "$T/before"
	side=$(side_of "$PORT")
	ip -n host link set "$side" type macvlan mode private
	wait_until 5 is_like "$T/before"
	ip -n host link set "$side" address 52:54:00:00:00:99
	wait_until 5 is_like "$T/before"
	ip -n host link set "$side" down
	wait_until 5 is_like "$T/before"
	ip -n host link set "$side" mtu 1300
	wait_until 5 is_like "$T/before"
	ip -n host link set "$PORT" mtu 1300
	wait_until 5 is_like "$T/before"
	ip -n host link set "$PORT" down
	wait_until 5 is_like "$T/before"
	expect_answer 10.9.0.11
}

test_a_restart_wires_anew_what_somebody_took_apart() {
	local qdisc
	usual_host 1
	standin_start one 10.9.0.11 dev=eth1,mode=bridge
	for qdisc in "dev $PORT clsact" "dev $(side_of "$PORT") ingress"; do
		# shellcheck disable=SC2086 # words
		ip netns exec host tc qdisc del $qdisc
		expect_no_answer 10.9.0.11
		stop_vifd
		start_vifd
		expect_on "$PORT" eth1
		expect_answer 10.9.0.11
	done
}

# --- bridges -------------------------------------------------------------------------------

bridge_host() {
	usual_nics 1
	host_bridge host br1 eth1
	start_vifd
}

test_a_bridge_that_is_deleted_and_made_again_finds_its_taps() {
	local tap
	bridge_host
	standin_start one 10.9.0.11 "bridge=br1,mac=$MAC"
	expect_answer 10.9.0.11
	tap=$(ifindex "$PORT")
	ip -n host link del br1
	expect_state "$PORT" waiting "bridge br1 does not exist"
	expect_link "$PORT" '.flags | index("UP") == null'
	expect_equal "$(ifindex "$PORT")" "$tap"
	host_bridge host br1 eth1
	expect_on_bridge "$PORT" br1
	expect_equal "$(ifindex "$PORT")" "$tap"
	expect_answer 10.9.0.11
}

# A tap that is up and on no bridge hands the guest's frames to the host itself.
test_while_its_bridge_is_gone_a_guest_does_not_reach_the_host() {
	bridge_host
	ip -n host address add 10.9.0.50/32 dev lo

	# On a tap on nothing it does: the host answers for its address on any interface.
	standin_asks control 10.9.0.12 10.9.0.50 ethernet
	wait_until 5 grep -q "answer from" "$T/standin/control"
	standin_stop control
	wait_until 5 is_without_ports host

	standin_asks one 10.9.0.11 10.9.0.50 bridge=br1
	wait_until 5 port_is "$PORT" '.state == "connected"'
	ip netns exec host sysctl -qw net.ipv4.conf.br1.arp_ignore=8
	sleep 0.2
	: >"$T/standin/one"
	ip -n host link del br1
	expect_state "$PORT" waiting
	: >"$T/standin/one"
	sleep 0.5
	expect_equal "$(<"$T/standin/one")" ""

	# Nor one that waits from the beginning.
	standin_asks two 10.9.0.13 10.9.0.50 bridge=br7,wait
	expect_state "$PORT" waiting
	sleep 0.5
	expect_equal "$(<"$T/standin/two")" ready
}

test_a_tap_that_leaves_its_bridge_is_put_back() {
	bridge_host
	standin_start one 10.9.0.11 bridge=br1
	snapshot "$T/before"
	ip -n host link set "$PORT" nomaster
	wait_until 5 is_like "$T/before"
	ip -n host link add br2 type bridge
	ip -n host link set "$PORT" master br2
	wait_until 5 is_on_bridge "$PORT" br1
	ip -n host link del br2
	wait_until 5 is_like "$T/before"
	# Its VMM may do so too, by SIOCSIFHWADDR.
	ip -n host link set "$PORT" address 02:00:00:00:00:01
	wait_until 5 is_like "$T/before"
	expect_answer 10.9.0.11
}

is_on_bridge() {
	[ "$(link "$1" .master)" = "$2" ]
}

test_a_bridge_that_is_renamed_keeps_its_taps() {
	bridge_host
	standin_start one 10.9.0.11 bridge=br1
	ip -n host link set br1 down
	ip -n host link set br1 name lan1
	ip -n host link set lan1 up
	wait_until 5 port_is "$PORT" '.state == "connected" and .bridge == "lan1"'
	expect_equal "$(link "$PORT" .master)" lan1
	expect_answer 10.9.0.11
}

test_taps_follow_the_mtu_of_their_bridge() {
	local mtu
	bridge_host
	plug bridge=br1
	for mtu in 1400 1500; do
		ip -n host link set br1 mtu $mtu
		wait_until 5 has_mtu "$PORT" $mtu
	done
	unplug "$PORT"
}

# --- the tap ---------------------------------------------------------------------------------

test_a_tap_that_somebody_deletes_is_made_again_under_its_guest() {
	local spec
	usual_host 1
	nic host eth2 world p2
	host_bridge host br1 eth2
	for spec in dev=eth1,mode=bridge dev=eth1,mode=bridge,queues=3 bridge=br1 dev=eth1,mode=bridge,model=virtio,mtu=1400; do
		standin_start one 10.9.0.11 "$spec,mac=$MAC"
		expect_answer 10.9.0.11
		snapshot "$T/before"
		ip -n host link del "$PORT"
		wait_until 5 is_like "$T/before"
		expect_state "$PORT" connected
		expect_answer 10.9.0.11
		standin_stop one
		wait_until 5 is_without_ports host
	done
}

# The dups of the guest's queues went with the vifd before; the next one gets them back from the guest.
test_a_restarted_vifd_can_make_a_deleted_tap_again_too() {
	local how
	usual_host 1
	standin_start one 10.9.0.11 dev=eth1,mode=bridge,queues=2
	standin_start two 10.9.0.12 dev=eth1,mode=bridge
	snapshot "$T/before"
	for how in stop_vifd kill_vifd; do
		$how
		start_vifd
		vif list >/dev/null # answered when vifd has taken back what it holds
		ip -n host link del vif0
		ip -n host link del vif1
		wait_until 5 is_like "$T/before"
		expect_answer 10.9.0.11
		expect_answer 10.9.0.12
	done
}

# vifd's own dup must not keep the port of a guest that has closed its tap.
test_the_end_of_a_guest_is_the_end_of_its_port() {
	usual_host 1
	standin_start one 10.9.0.11 dev=eth1,mode=bridge
	kill_vifd
	start_vifd
	standin_stop one
	wait_until 5 is_without_ports host
}

test_a_tap_that_a_guest_holds_is_not_unplugged() {
	usual_host 1
	standin_start one 10.9.0.11 dev=eth1,mode=bridge
	expect_unchanged expect_error "a process holds the tap of port $PORT open; *" vif unplug "$PORT"
	expect_answer 10.9.0.11
	expect_ok vif unplug --force "$PORT"
	wait_until 5 is_without_ports host
}

test_a_tap_that_a_guest_opened_by_its_name_is_not_unplugged() {
	usual_host 1
	plug dev=eth1,mode=bridge
	standin_open one 10.9.0.11 "$PORT"
	expect_answer 10.9.0.11
	expect_unchanged expect_error "a process holds the tap of port $PORT open; *" vif unplug "$PORT"
	no_nic host eth1
	expect_state "$PORT" waiting
	nic host eth1 world p1
	expect_on "$PORT" eth1
	expect_answer 10.9.0.11
	standin_stop one
	wait_until 5 has_no_carrier "$PORT"
	unplug "$PORT"
}

has_no_carrier() {
	[ "$(link "$1" '.flags | index("LOWER_UP") == null')" = true ]
}

# --- direct ports ------------------------------------------------------------------------------

test_a_direct_port_for_a_vmm_that_opens_it_by_name_is_made_again_with_the_nic() {
	usual_host 1
	plug "dev=eth1,mode=bridge,mac=$MAC,type=direct"
	no_nic host eth1
	expect_state "$PORT" waiting "host interface eth1 does not exist"
	no_link "$PORT"
	nic host eth1 world p1
	expect_state "$PORT" connected
	expect_link "$PORT" '.linkinfo.info_kind == "macvtap" and .link == "eth1"'
	expect_equal "$(link "$PORT" .address)" $MAC
	unplug "$PORT"
}

# A macvtap cannot be given to a guest that runs, but by QMP.
test_a_direct_port_that_cannot_be_handed_over_says_so() {
	usual_host 1
	standin_start one 10.9.0.11 dev=eth1,mode=bridge,type=direct
	expect_answer 10.9.0.11
	no_nic host eth1
	expect_state "$PORT" waiting "host interface eth1 does not exist"
	nic host eth1 world p1
	expect_state "$PORT" failed "its macvtap was lost with eth1, and its VMM cannot be given a new one: *"
	no_link "$PORT"
	standin_stop one
	wait_until 5 is_without_ports host
}

# --- what is told -----------------------------------------------------------------------------

# taken N: so many events tell that a guest's address was taken.
taken() {
	[ "$(grep -c '"port-mac-taken"' "$T/events")" = "$1" ]
}

test_a_nic_that_takes_its_guests_mac_is_told() {
	local monitor spec base n=0
	usual_nics 1
	host_bridge host br1
	start_vifd
	exec_on host vif monitor --json >"$T/events" &
	monitor=$!
	sleep 0.3
	# One that has the address by rights is not.
	plug dev=eth1,mode=passthrough,mac=52:54:00:00:00:07
	expect_equal "$(link eth1 .address)" 52:54:00:00:00:07
	unplug "$PORT"
	for spec in dev=eth1,mode=bridge dev=eth1,mode=bridge,type=direct bridge=br1; do
		base=${spec%%,*} base=${base#*=}
		plug "$spec,mac=52:54:00:00:00:07"
		ip -n host link set "$base" address 52:54:00:00:00:07
		wait_until 5 taken $((n += 1))
		expect_match "*$PORT: $base has taken the MAC address of its guest, 52:54:00:00:00:07*" "$(tail -n 1 "$T/events")"
		# It is told once each time.
		ip -n host link set "$base" mtu 1400
		ip -n host link set "$base" address 52:54:00:00:00:01
		ip -n host link set "$base" address 52:54:00:00:00:07
		wait_until 5 taken $((n += 1))
		ip -n host link set "$base" address 52:54:00:00:00:01
		unplug "$PORT"
	done
	taken "$n"
	kill "$monitor"
	wait "$monitor" || true
}

test_monitor_tells_causes_and_outages() {
	local monitor
	usual_host 1
	exec_on host vif monitor --json >"$T/events" &
	monitor=$!
	sleep 0.3
	plug dev=eth1,mode=bridge
	no_nic host eth1
	expect_state "$PORT" waiting
	sleep 0.2
	nic host eth1 world p1
	expect_state "$PORT" connected
	unplug "$PORT"
	wait_until 2 grep -q port-gone "$T/events"
	kill "$monitor"
	expect_equal "$(jq -r .event "$T/events" | xargs)" "port-connected port-waiting port-connected port-gone"
	jq -e -s 'all(.cause | length > 5)' "$T/events" >/dev/null || fail "$(<"$T/events")"
	jq -e -s '.[1].cause == "host interface eth1 does not exist"' "$T/events" >/dev/null
	# It was cut off for a fifth of a second at least, and for no minute.
	jq -e -s '.[2]."outage-usec" | . >= 200000 and . < 60000000' "$T/events" >/dev/null || fail "$(<"$T/events")"
	jq -e -s '.[0] | has("outage-usec") | not' "$T/events" >/dev/null || fail "$(<"$T/events")"
}

test_the_table_tells_why_a_port_waits_and_how_long_it_was_cut_off() {
	usual_host 1
	plug dev=eth1,mode=bridge
	no_nic host eth1
	expect_state "$PORT" waiting
	expect_ok vif list
	expect_match "*$PORT*waiting*eth1*host interface eth1 does not exist*" "$OUT"
	nic host eth1 world p1
	expect_state "$PORT" connected
	expect_json '."outage-usec" > 0' vif show --json "$PORT"
	expect_ok vif list
	expect_match "*$PORT*connected*eth1*" "$OUT"
	unplug "$PORT"
}

# --- many at once --------------------------------------------------------------------------------

plug_many() {
	local i
	for ((i = 0; i < $1; i++)); do
		vif plug dev=eth1,mode=bridge >/dev/null
	done
}

unplug_all() {
	local port
	for port in $(vif list --json | jq -r '.[].name'); do
		vif unplug "$port" >"$T/unplug.$port" 2>&1 &
	done
	wait_until 20 is_without_ports host
}

# Each port is told of once an outage: a burst of messages is one pass.
test_a_hundred_ports_come_back_with_their_nic() {
	local port
	usual_host 1
	plug_many 100
	: >"$T/host/vifd.log"
	no_nic host eth1
	wait_until 20 all_are waiting
	nic host eth1 world p1
	wait_until 20 all_are connected
	expect_equal "$(grep -c '^port vif[0-9]* waits:' "$T/host/vifd.log")" 100
	expect_equal "$(grep -c '^port vif[0-9]* is connected again' "$T/host/vifd.log")" 100
	expect_equal "$(our_links | wc -l)" 200
	for port in vif0 vif42 vif99; do
		expect_wired $port
	done
	unplug_all
}

all_are() {
	vif list --json | jq -e --arg state "$1" 'length == 100 and all(.state == $state)' >/dev/null
}

# vifd sleeps while the kernel tells more than its socket holds: what it was told is worth nothing, and the
# host has changed meanwhile.
test_lost_messages_lead_to_a_fresh_look() {
	local i
	usual_host 1
	nic host eth2 world p2
	standin_start one 10.9.0.11 dev=eth1,mode=bridge
	standin_start two 10.9.0.12 dev=eth2,mode=bridge
	plug bridge=br7 --wait
	plug dev=eth9 --wait
	kill -STOP "$(vifd_pid)"
	no_nic host eth1
	ip -n host link add noise up type bridge
	for ((i = 0; i < 12000; i++)); do
		echo "link set noise alias a$i"
	done >"$T/noise"
	ip -n host -batch "$T/noise"
	nic host eth1 world p1
	no_nic host eth2
	host_bridge host br7
	ip -n host link del noise
	kill -CONT "$(vifd_pid)"
	expect_on vif0 eth1
	expect_state vif1 waiting "host interface eth2 does not exist"
	wait_until 5 port_is vif2 '.state == "connected" and .bridge == "br7"'
	expect_equal "$(link vif2 .master)" br7
	expect_state vif3 waiting "host interface eth9 does not exist"
	expect_match "*the kernel's messages came faster than they were read: reading all links anew*" "$(<"$T/host/vifd.log")"
	expect_answer 10.9.0.11
	nic host eth2 world p2
	expect_on vif1 eth2
	expect_answer 10.9.0.12
	unplug vif2
	unplug vif3
}

# --- vifd ends in the middle -----------------------------------------------------------------------

test_vifd_may_be_away_while_the_nic_goes_and_comes() {
	usual_host 1
	standin_start one 10.9.0.11 dev=eth1,mode=bridge
	# while it goes
	kill_vifd
	no_nic host eth1
	start_vifd
	expect_state "$PORT" waiting "host interface eth1 does not exist"
	# while it is gone
	kill_vifd
	start_vifd
	expect_state "$PORT" waiting "host interface eth1 does not exist"
	# while it comes
	kill_vifd
	nic host eth1 world p1
	start_vifd
	expect_on "$PORT" eth1
	expect_answer 10.9.0.11
	# all the time
	kill_vifd
	no_nic host eth1
	nic host eth1 world p1
	start_vifd
	expect_on "$PORT" eth1
	expect_answer 10.9.0.11
}

test_vifd_may_be_away_while_the_bridge_goes_and_comes() {
	bridge_host
	standin_start one 10.9.0.11 bridge=br1
	kill_vifd
	ip -n host link del br1
	start_vifd
	expect_state "$PORT" waiting "bridge br1 does not exist"
	expect_link "$PORT" '.flags | index("UP") == null'
	kill_vifd
	host_bridge host br1 eth1
	start_vifd
	expect_on_bridge "$PORT" br1
	expect_answer 10.9.0.11
}

test_a_port_that_waits_outlives_vifd() {
	usual_host 1
	standin_start one 10.9.0.11 dev=eth7,mode=bridge,wait
	expect_state "$PORT" waiting "host interface eth7 does not exist"
	kill_vifd
	start_vifd
	expect_state "$PORT" waiting "host interface eth7 does not exist"
	nic host eth7 world p7
	expect_on "$PORT" eth7
	expect_answer 10.9.0.11
}
