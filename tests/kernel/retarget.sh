# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# vif retarget: a port that is connected moves, its guest stays.
#
# eth1 leads to the switch red and eth2 to blue, which are two networks: where
# the stand-in answers tells where it is. br1 is a bridge of the host, with eth3
# to the switch green.

usual() {
	host host
	switch red 10.9.0.1/24
	switch blue 10.9.0.1/24
	switch green 10.9.0.1/24
	nic host eth1 red p1
	nic host eth2 blue p1
	nic host eth3 green p1
	host_bridge host br1 eth3
	start_vifd
}

retarget() {
	expect_ok vif retarget "$@"
}

# expect_only_on SWITCH: of the three.
expect_only_on() {
	local switch
	expect_answer 10.9.0.11 "$1"
	for switch in red blue green; do
		[ $switch = "$1" ] || expect_no_answer 10.9.0.11 $switch
	done
}

mode_of() {
	link "$(side_of "$1")" .linkinfo.info_data.mode
}

# The stand-in moves along all of these. Its tap is the same all the time, and at each place it stands as if
# it had been plugged there.
test_a_port_moves_between_all_kinds_of_places() {
	local tap
	usual
	standin_start one 10.9.0.11 dev=eth1,mode=bridge
	tap=$(ifindex vif0)
	expect_only_on red

	retarget vif0 dev=eth2,mode=vepa
	expect_on vif0 eth2
	expect_equal "$(mode_of vif0)" vepa
	expect_only_on blue

	retarget vif0 bridge=br1
	expect_on_bridge vif0 br1
	expect_only_on green

	retarget vif0 dev=eth2,mode=passthrough
	expect_on vif0 eth2
	expect_equal "$(mode_of vif0)" passthru
	expect_only_on blue

	retarget vif0 ethernet
	expect_json '.[0] | .state == "connected" and .actual == "ethernet"' vif list --json
	expect_equal "$(link vif0 .master)$(side_of vif0)$(wires_of vif0)" null

	retarget vif0 dev=eth1,mode=private
	expect_on vif0 eth1
	expect_equal "$(mode_of vif0)" private
	expect_only_on red
	expect_equal "$(ifindex vif0)" "$tap"
	expect_equal "$(our_links | wc -l)" 2

	# Whatever it was, it comes back to where it is now.
	no_nic host eth1
	expect_state vif0 waiting "host interface eth1 does not exist"
	nic host eth1 red p1
	expect_on vif0 eth1
	expect_only_on red
}

test_what_was_moved_is_as_what_was_plugged_there() {
	local spec
	usual
	for spec in dev=eth1,mode=bridge dev=eth2,mode=passthrough bridge=br1 dev=eth2,mode=private; do
		plug "$spec,mac=52:54:00:00:00:01,target=red0"
		snapshot_of_moved "$T/plugged"
		unplug red0
		plug dev=eth1,mode=vepa,mac=52:54:00:00:00:01,target=red0
		[[ $spec == bridge* ]] || retarget red0 bridge=br1
		retarget red0 "$spec"
		wait_until 5 is_like_moved "$T/plugged"
		unplug red0
	done
}

# The macvlan's number counts the moves.
snapshot_of_moved() {
	snapshot "$1"
	sed -i '/ifindex/d; /link_index/d; s/ ([0-9]*)$//; s/red0-[0-9]*/red0-N/; s/\(vif-[0-9a-f-]\{36\}\)/vif-UUID/; s/vif-UUID-[0-9]*/vif-UUID-N/; /red0\.xml/d; /"tx_queue/d' "$1"
}

is_like_moved() {
	snapshot_of_moved "$T/moved"
	diff -u "$1" "$T/moved" >"$T/unlike"
}

# What the kernel can change in place is: not a frame is lost.
test_a_mode_is_changed_in_place() {
	local mode side
	usual
	standin_start one 10.9.0.11 dev=eth1,mode=bridge
	side=$(ifindex "$(side_of vif0)")
	wires >"$T/wires"
	for mode in vepa private bridge; do
		retarget vif0 "dev=eth1,mode=$mode"
		expect_equal "$(mode_of vif0)" $mode
		expect_equal "$(ifindex "$(side_of vif0)")" "$side"
		wires >"$T/wires.now"
		expect_same "$T/wires" "$T/wires.now"
		expect_json ".[0].mode == \"$mode\"" vif list --json
	done
	expect_only_on red
}

test_to_passthrough_on_the_same_nic_and_back() {
	local nic_mac
	usual
	nic_mac=$(link eth1 .address)
	standin_start one 10.9.0.11 dev=eth1,mode=bridge,mac=52:54:00:00:00:01
	retarget vif0 dev=eth1,mode=passthrough
	expect_on vif0 eth1
	expect_equal "$(mode_of vif0)" passthru
	expect_equal "$(link eth1 .address)" 52:54:00:00:00:01
	expect_only_on red
	retarget vif0 dev=eth1,mode=private
	expect_on vif0 eth1
	expect_equal "$(mode_of vif0)" private
	expect_equal "$(link eth1 .address)" "$nic_mac"
	expect_only_on red
}

test_to_where_it_is_already_changes_nothing() {
	usual
	standin_start one 10.9.0.11 dev=eth1,mode=bridge
	expect_unchanged retarget vif0 dev=eth1,mode=bridge
	expect_only_on red
	retarget vif0 bridge=br1
	snapshot "$T/before"
	retarget vif0 bridge=br1
	snapshot "$T/after"
	# The record counts the moves.
	expect_same <(grep -v 'vif0\.xml' "$T/before") <(grep -v 'vif0\.xml' "$T/after")
	expect_only_on green
}

network() {
	expect_ok vif network define - <<-END
		<network xmlns:vif='urn:vifd:1'><name>$1</name>$2</network>
	END
	expect_ok vif network start "$1"
}

test_from_network_to_network() {
	usual
	network lab "<forward mode='private'><interface dev='eth1'/></forward>"
	network yard "<forward mode='vepa'><interface dev='eth2'/></forward>"
	network hall "<forward mode='bridge'/><bridge name='br1'/>"
	standin_start one 10.9.0.11 network=lab
	expect_only_on red
	retarget vif0 network=yard
	expect_on vif0 eth2
	expect_equal "$(mode_of vif0)" vepa
	expect_only_on blue
	expect_json 'map({(.name): .ports}) | add == {lab: 0, yard: 1, hall: 0}' vif network list --json
	expect_ok vif network stop lab
	retarget vif0 network=hall
	expect_on_bridge vif0 br1
	expect_only_on green
	expect_error "cannot stop network 'hall': 1 port uses it (vif list)" vif network stop hall
}

test_where_it_was_moved_to_outlives_vifd() {
	usual
	standin_start one 10.9.0.11 dev=eth1,mode=bridge
	retarget vif0 dev=eth2,mode=private
	kill_vifd
	start_vifd
	expect_on vif0 eth2
	expect_equal "$(mode_of vif0)" private
	expect_only_on blue
	retarget vif0 bridge=br1
	kill_vifd
	no_nic host eth2
	start_vifd
	expect_on_bridge vif0 br1
	expect_only_on green
}

test_a_port_that_waits_can_be_moved_to_where_something_is() {
	usual
	standin_start one 10.9.0.11 dev=eth7,mode=bridge,wait
	expect_state vif0 waiting
	retarget vif0 dev=eth2,mode=bridge
	expect_on vif0 eth2
	expect_only_on blue
	no_nic host eth2
	expect_state vif0 waiting
	retarget vif0 bridge=br1
	expect_on_bridge vif0 br1
	expect_only_on green
	# What it waited for before is nothing to it now.
	nic host eth7 red p7
	nic host eth2 blue p1
	expect_on_bridge vif0 br1
	expect_only_on green
}

test_a_port_that_a_vmm_opened_by_name_can_be_moved() {
	usual
	plug dev=eth1,mode=bridge
	standin_open one 10.9.0.11 vif0
	expect_only_on red
	retarget vif0 dev=eth2,mode=bridge
	expect_on vif0 eth2
	expect_only_on blue
	retarget vif0 bridge=br1
	expect_on_bridge vif0 br1
	expect_only_on green
	standin_stop one
	wait_until 5 has_no_carrier vif0
	unplug vif0
}

has_no_carrier() {
	[ "$(link "$1" '.flags | index("LOWER_UP") == null')" = true ]
}

test_a_moved_port_can_be_moved_for_ever() {
	local i
	usual
	standin_start one 10.9.0.11 dev=eth1,mode=bridge
	for ((i = 0; i < 20; i++)); do
		retarget vif0 dev=eth2,mode=bridge
		retarget vif0 dev=eth1,mode=bridge
	done
	expect_on vif0 eth1
	expect_equal "$(our_links | wc -l)" 2
	expect_only_on red
}

test_monitor_tells_of_it() {
	local monitor
	usual
	plug dev=eth1,mode=bridge
	exec_on host vif monitor --json >"$T/events" &
	monitor=$!
	sleep 0.3
	retarget vif0 dev=eth2,mode=bridge
	retarget vif0 dev=eth2,mode=passthrough
	unplug vif0
	wait_until 2 grep -q port-gone "$T/events"
	kill "$monitor"
	expect_equal "$(jq -r .event "$T/events" | xargs)" "port-retargeted port-retargeted port-gone"
	# From one NIC to another the guest is cut off for no time; on one NIC for as long as the change takes.
	jq -e -s '.[0] | has("outage-usec") | not' "$T/events" >/dev/null || fail "$(<"$T/events")"
	jq -e -s '.[1]."outage-usec" | . > 0 and . < 10000000' "$T/events" >/dev/null || fail "$(<"$T/events")"
}

# --- what cannot be had ------------------------------------------------------------------

# refused SENTENCE SPEC: and the port is where it was, untouched.
refused() {
	expect_unchanged expect_error "$1" vif retarget vif0 "$2"
}

test_where_it_cannot_go_it_stays_where_it_is() {
	usual
	network lab "<forward mode='bridge'><interface dev='eth2'/></forward>"
	expect_ok vif network stop lab
	plug dev=eth2,mode=bridge,mac=52:54:00:00:00:02,target=blue0 --guest two
	standin_start one 10.9.0.11 dev=eth1,mode=bridge,mac=52:54:00:00:00:01,target=vif0
	for place in dev=eth1,mode=bridge bridge=br1 dev=eth1,mode=passthrough; do
		retarget vif0 "$place"
		refused "host interface eth7 does not exist" dev=eth7
		refused "host interface eth7 does not exist" dev=eth7,wait
		refused "bridge br7 does not exist" bridge=br7
		refused "eth1 is not a Linux bridge*" bridge=eth1
		refused "lo cannot carry a macvlan: it is the loopback device" dev=lo
		refused "eth3 cannot carry a macvlan: it is a port of bridge br1" dev=eth3
		refused "passthrough takes eth2 alone, but it already carries blue0 (port of guest two)" dev=eth2,mode=passthrough
		refused "network 'yard' does not exist" network=yard
		refused "network 'lab' is not active (vif network start lab)" network=lab
		expect_misunderstood "*no source is given: *" vif retarget vif0 mtu=1500
		expect_misunderstood "nosuchfile is neither a file nor a SPEC*" vif retarget vif0 nosuchfile
	done
	expect_only_on red
	ip -n host link add link eth2 name foreign0 address 52:54:00:00:00:01 type macvlan mode bridge
	refused "MAC address 52:54:00:00:00:01 is already in use on eth2 by foreign0 (a macvlan that is not vifd's)" dev=eth2
	expect_only_on red
	unplug blue0
}

test_it_changes_the_place_and_nothing_else() {
	usual
	standin_start one 10.9.0.11 dev=eth1,mode=bridge,mac=52:54:00:00:00:01,queues=2,mtu=1400,target=vif0,alias=net0
	refused "*a retarget changes what port vif0 stands on and cannot change its MAC address" dev=eth2,mac=52:54:00:00:00:02
	refused "*a retarget changes what port vif0 stands on and cannot change its number of queues" dev=eth2,queues=3
	refused "*a retarget changes what port vif0 stands on and cannot change its MTU" dev=eth2,mtu=1300
	refused "*a retarget changes what port vif0 stands on and cannot change its name" dev=eth2,target=vif1
	refused "*a retarget changes what port vif0 stands on and cannot change its model" dev=eth2,model=virtio-net-pci-non-transitional
	refused "*a retarget changes what port vif0 stands on and cannot change its alias" dev=eth2,alias=net1
	refused "*a retarget changes what port vif0 stands on and cannot change its type" dev=eth2,type=direct
	# What it has may be said.
	retarget vif0 dev=eth2,mode=bridge,mac=52:54:00:00:00:01,queues=2,mtu=1400,target=vif0,alias=net0,type=live,model=virtio
	expect_on vif0 eth2
	expect_only_on blue
}

test_ports_that_cannot_be_moved() {
	usual
	plug dev=eth1,mode=bridge,type=direct
	refused "port vif0 is a direct port: its guest holds the macvtap itself, which cannot be exchanged (type=live can)" dev=eth2
	unplug vif0
	expect_unchanged expect_error "there is no port 'vif7'" vif retarget vif7 dev=eth1
	expect_usage vif retarget
	expect_usage vif retarget vif7
	plug dev=eth1,mode=bridge,target=vif0
	refused_to_nobody
	unplug vif0
}

refused_to_nobody() {
	expect_unchanged expect_error "*root and the members of the group vifd*" as_nobody vif retarget vif0 dev=eth2
}

# The NIC's smaller MTU is its guest's problem, not a reason to stay: the guest's frames are cut by then.
test_to_a_nic_with_another_mtu() {
	usual
	ip -n host link set eth2 mtu 1400
	standin_start one 10.9.0.11 dev=eth1,mode=bridge
	retarget vif0 dev=eth2,mode=bridge
	expect_on vif0 eth2
	expect_equal "$(link vif0 .mtu)" 1400
	expect_equal "$(link "$(side_of vif0)" .mtu)" 1400
	expect_only_on blue
	retarget vif0 dev=eth1,mode=bridge
	expect_equal "$(link vif0 .mtu)" 1500
	expect_equal "$(link "$(side_of vif0)" .mtu)" 1500
	expect_only_on red
}
