# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A running guest and a TCP connection of it that outlives all that happens to the host's interfaces. Data
# goes both ways all the time, and no byte of it is lost or another in the end (harness/flow.c).

# guest_with NIC…: on host, eth1 leads to the switch world; the guest's first NIC has the connection.
guest_with() {
	local nic
	local -a options=()
	usual_nics 1
	snapshot "$T/empty"
	start_vifd
	for nic; do
		options+=(--nic "$nic")
	done
	guest_start one host 10.9.0.11/24 "${options[@]}"
	guest_wait one
	flow_start one world 10.9.0.1
}

nothing_is_left() {
	guest_stop one
	wait_until 5 is_without_ports host
}

test_the_nic_is_deleted_and_made_again_a_hundred_times() {
	local i
	guest_with dev=eth1,mode=bridge
	for ((i = 0; i < 20; i++)); do
		flap
	done >"$T/flaps"
	# As quick as it goes: vifd sees some of them only when the next is there already.
	for ((i = 0; i < 4; i++)); do
		ip -n world -batch "$T/flaps"
		flow_goes_on one
	done
	# One after the other.
	for ((i = 0; i < 20; i++)); do
		flap | ip -n world -batch -
		wait_until 5 is_wired vif0
	done
	expect_on vif0 eth1
	flow_goes_on one
	flow_end one
	nothing_is_left
}

# The lines of ip(8) for the NIC's end and beginning, from its other end.
flap() {
	echo "link del p1"
	echo "link add p1 type veth peer name eth1 netns host"
	echo "link set p1 master br0 up"
}

is_wired() {
	(expect_wired "$1") 2>/dev/null
}

test_the_nic_is_renamed_and_moved_to_a_namespace_and_back() {
	guest_with dev=eth1,mode=private
	ip -n host link set eth1 down
	ip -n host link set eth1 name lan0
	ip -n host link set lan0 up
	expect_on vif0 lan0
	flow_goes_on one

	ip netns add elsewhere
	ip -n host link set lan0 netns elsewhere
	expect_state vif0 waiting
	ip -n elsewhere link set lan0 netns host
	ip -n host link set lan0 up
	expect_on vif0 lan0
	flow_goes_on one
	flow_end one
}

test_two_nics_swap_their_names() {
	host host
	switch red 10.9.0.1/24
	switch blue 10.8.0.1/24
	nic host eth1 red p1
	nic host eth2 blue p1
	start_vifd
	guest_start one host 10.9.0.11/24 --nic dev=eth1,mode=bridge,target=red0
	guest_start two host 10.8.0.12/24 --nic dev=eth2,mode=bridge,target=blue0
	guest_wait one two
	flow_start one red 10.9.0.1
	flow_start two blue 10.8.0.1
	ip -n host link set eth1 down
	ip -n host link set eth2 down
	ip -n host link set eth1 name tmp0
	ip -n host link set eth2 name eth1
	ip -n host link set tmp0 name eth2
	ip -n host link set eth1 up
	ip -n host link set eth2 up
	expect_on red0 eth2
	expect_on blue0 eth1
	flow_goes_on one
	flow_goes_on two
	flow_end one
	flow_end two
}

test_the_bridge_is_deleted_and_made_again_and_the_tap_is_deleted() {
	usual_nics 1
	host_bridge host br1 eth1
	start_vifd
	guest_start one host 10.9.0.11/24 --nic bridge=br1
	guest_wait one
	flow_start one world 10.9.0.1

	# The first thing that happens: what the guest's driver has set on its tap is known already.
	ip -n host link del vif0
	flow_goes_on one
	expect_on_bridge vif0 br1

	ip -n host link del br1
	expect_state vif0 waiting "bridge br1 does not exist"
	host_bridge host br1 eth1
	expect_on_bridge vif0 br1
	flow_goes_on one
	flow_end one
}

test_a_guest_starts_before_its_nic_exists() {
	host host
	switch world
	start_vifd
	guest_start one host 10.9.0.11/24 --nic dev=eth1,mode=bridge,wait
	guest_wait one
	expect_state vif0 waiting "host interface eth1 does not exist"
	nic host eth1 world p1
	expect_on vif0 eth1
	flow_start one world 10.9.0.1

	# And its tap may be deleted, with more than one queue of the guest's on it.
	ip -n host link del vif0
	flow_goes_on one
	expect_on vif0 eth1
	flow_end one
}

test_a_guest_moves_between_modes_and_bridges() {
	local place
	guest_with dev=eth1,mode=bridge,queues=2
	nic host eth2 world p2
	nic host eth3 world p3
	host_bridge host br1 eth3
	for place in dev=eth1,mode=vepa dev=eth1,mode=private bridge=br1 dev=eth2,mode=private dev=eth2,mode=passthrough \
		bridge=br1 dev=eth1,mode=passthrough dev=eth1,mode=bridge; do
		expect_ok vif retarget vif0 "$place"
		flow_goes_on one
	done
	expect_on vif0 eth1
	flow_end one
	nothing_is_left
}

# Killed in the middle, started again afterwards: the guest does not notice more than without.
test_vifd_is_killed_in_each_of_these_moments() {
	local i
	# A command that finds no vifd must not start one: we do.
	export VIFD=/nonexistent
	guest_with dev=eth1,mode=bridge
	nic host eth2 world p2
	nic host eth3 world p3

	kill_vifd
	flow_goes_on one
	start_vifd
	flow_goes_on one

	# The NIC goes: killed while it goes, while it is gone, while it comes.
	no_nic host eth1 &
	kill_vifd
	wait $!
	start_vifd
	expect_state vif0 waiting
	kill_vifd
	nic host eth1 world p1
	start_vifd
	flow_goes_on one
	no_nic host eth1
	expect_state vif0 waiting
	nic host eth1 world p1 &
	kill_vifd
	wait $!
	start_vifd
	flow_goes_on one

	# It is renamed, and moved.
	kill_vifd
	ip -n host link set eth1 down
	ip -n host link set eth1 name lan0
	ip -n host link set lan0 up
	start_vifd
	expect_on vif0 lan0
	flow_goes_on one
	ip netns add elsewhere
	ip -n host link set lan0 netns elsewhere
	kill_vifd
	start_vifd
	expect_state vif0 waiting
	kill_vifd
	ip -n elsewhere link set lan0 netns host
	ip -n host link set lan0 up
	start_vifd
	expect_on vif0 lan0
	flow_goes_on one

	# It moves: tests/kernel/crash.sh kills at each step, here a guest sees some of them.
	host_bridge host br1 eth3
	for i in 0 1 2 3 4 5; do
		vif retarget vif0 "$([ $((i % 2)) = 0 ] && echo bridge=br1 || echo dev=eth2,mode=vepa)" >"$T/retarget" 2>&1 &
		sleep "0.00$i"
		kill_vifd
		wait $! || true
		start_vifd
		flow_goes_on one
	done
	expect_ok vif retarget vif0 bridge=br1

	# The bridge goes and comes.
	kill_vifd
	ip -n host link del br1
	start_vifd
	expect_state vif0 waiting "bridge br1 does not exist"
	kill_vifd
	host_bridge host br1 eth3
	start_vifd
	expect_on_bridge vif0 br1
	flow_goes_on one

	# Its tap is deleted under a vifd that has never seen another.
	ip -n host link del vif0
	flow_goes_on one
	flow_end one
	nothing_is_left
}

# With a name instead of fds: a VMM that knows no other way.
test_a_vmm_that_opens_its_tap_by_name_gets_the_same() {
	local dir=$T/guest/one
	usual_host 1
	plug dev=eth1,mode=bridge
	mkdir -p "$dir"
	qemu_command "$dir" 10.9.0.11/24 -netdev "tap,id=n0,ifname=$PORT,script=no,downscript=no" \
		-device "virtio-net-pci,netdev=n0,romfile=,mac=$(vif show --json "$PORT" | jq -r .mac)"
	exec_on host "${QEMU[@]}" >"$dir/output" 2>&1 &
	# shellcheck disable=SC2034,SC2154 # guest.sh's, by name
	GUEST_PID[one]=$!
	guest_wait one
	flow_start one world 10.9.0.1
	no_nic host eth1
	expect_state "$PORT" waiting
	nic host eth1 world p1
	flow_goes_on one
	expect_ok vif retarget "$PORT" dev=eth1,mode=passthrough
	flow_goes_on one
	flow_end one
	guest_stop one
	wait_until 5 unplugs "$PORT"
}

unplugs() {
	vif unplug "$1" 2>/dev/null
}

# Its guest sees its NIC go and another one come: with the same address, and as many queues.
test_a_direct_port_is_handed_over_when_its_nic_is_back() {
	usual_host 1
	guest_start one host 10.9.0.11/24 --nic dev=eth1,mode=bridge,type=direct,mac=52:54:00:00:00:01
	guest_wait one
	guest_ping one 10.9.0.1
	no_nic host eth1
	expect_state vif0 waiting "host interface eth1 does not exist"
	guest_no_ping one 10.9.0.1
	nic host eth1 world p1
	expect_state vif0 connected
	wait_until 10 guest_run one "test -e /sys/class/net/eth0"
	expect_equal "$(guest_run one 'cat /sys/class/net/eth0/address')" 52:54:00:00:00:01
	guest_run one "ip link set eth0 up; ip address add 10.9.0.11/24 dev eth0"
	guest_ping one 10.9.0.1
}

# A guest whose first NIC is to follow its host's, and whose second is not.
test_the_guests_link_follows_the_hosts_only_if_asked() {
	usual_host 1
	guest_start one host 10.9.0.11/24,- --nic dev=eth1,mode=bridge,follow-link --nic dev=eth1,mode=bridge
	guest_wait one
	guest_has_carriers "1 1"
	ip -n world link set p1 down
	wait_until 10 guest_has_carriers "0 1"
	ip -n world link set p1 up
	wait_until 10 guest_has_carriers "1 1"
	no_nic host eth1
	wait_until 10 guest_has_carriers "0 1"
	nic host eth1 world p1
	wait_until 10 guest_has_carriers "1 1"
	guest_ping one 10.9.0.1
}

guest_has_carriers() {
	[ "$(guest_run one 'cat /sys/class/net/eth?/carrier | xargs')" = "$1" ]
}
