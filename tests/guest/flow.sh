# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A guest never loses its NIC: a TCP connection of a running guest, with data in both ways, goes through
# all that happens to what its NIC stands on. The world sends back what it gets; at the end the sums of
# what was sent and what came back are equal, and it was one connection all the time.

world() {
	host host
	switch world
	nic host eth1 world p1
	start_vifd
	echo_start
}

# The world's side: what comes goes back.
echo_start() {
	exec_on world socat TCP-LISTEN:7000,fork,reuseaddr EXEC:cat &
	ECHO=$!
	wait_until 5 world_listens
}

world_listens() {
	[ -n "$(on world ss -tlnH sport = :7000)" ]
}

# flow_start RUN-OPTION…: a guest with a connection that carries a line every 10 ms. Sets PORT.
flow_start() {
	guest_start one host 10.9.0.11/24 "$@"
	guest_wait one
	flow_connect
}

flow_connect() {
	# shellcheck disable=SC2016 # the guest's variables
	guest_run one '(n=0; until [ -e /tmp/stop ]; do n=$((n + 1)); echo "$n $(cat /proc/uptime) of the flow"
		usleep 10000; done | tee /tmp/sent | nc 10.9.0.1 7000 >/tmp/got; echo done >/tmp/end) >/dev/null 2>&1 &'
	wait_until 10 flow_has_grown 1
	PORT=$(vif list --json | jq -r '.[0].name')
}

flow_lines() {
	guest_run one 'wc -l </tmp/got'
}

flow_has_grown() {
	[ "$(flow_lines)" -gt "$1" ]
}

# The connection is alive: more comes back than had when this began.
flow_goes_on() {
	local lines
	lines=$(flow_lines)
	wait_until 30 flow_has_grown "$((lines + 5))"
}

flow_end() {
	local sent got
	flow_goes_on
	guest_run one 'touch /tmp/stop'
	wait_until 30 guest_run one '[ -e /tmp/end ]'
	sent=$(guest_run one 'md5sum </tmp/sent')
	got=$(guest_run one 'md5sum </tmp/got')
	expect_equal "$got" "$sent"
	expect_equal "$(guest_run one 'grep -c "of the flow" /tmp/sent')" "$(flow_lines)"
	expect_equal "$(guest_counter one Tcp ActiveOpens)" 1
	guest_kill one
	kill "$ECHO"
	wait "$ECHO" || true
}

port_is() {
	vif list --json | jq -e --arg state "$1" 'length == 1 and .[0].state == $state' >/dev/null
}

nic_goes() {
	ip -n world link delete p1
	wait_until 10 port_is waiting
}

nic_returns() {
	nic host eth1 world p1
	wait_until 10 port_is connected
}

test_a_connection_survives_a_hundred_losses_of_the_nic() {
	local n
	world
	flow_start --nic dev=eth1,mode=bridge
	for ((n = 1; n <= 100; n++)); do
		ip -n world link delete p1
		nic host eth1 world p1
		[ $((n % 10)) != 0 ] || flow_goes_on
	done
	flow_end
}

test_a_connection_survives_the_nic_under_other_names() {
	world
	nic host eth2 world p2
	flow_start --nic dev=eth1,mode=bridge
	ip -n host link set eth1 name lan0
	flow_goes_on
	expect_json '.[0].dev == "lan0"' vif list --json
	ip -n host link set lan0 name eth1

	# Two NICs swap their names.
	ip -n host link set eth1 name other
	ip -n host link set eth2 name eth1
	ip -n host link set other name eth2
	flow_goes_on
	expect_json '.[0].dev == "eth2"' vif list --json
	flow_end
}

test_a_connection_survives_the_nic_being_away_in_another_namespace() {
	local ifindex
	world
	ip netns add away
	flow_start --nic dev=eth1,mode=bridge
	ifindex=$(link "$PORT-0" .ifindex)
	ip -n host link set eth1 netns away
	wait_until 10 port_is waiting
	ip -n away link set eth1 netns host
	ip -n host link set eth1 up
	wait_until 10 port_is connected
	expect_equal "$(link "$PORT-0" .ifindex)" "$ifindex"
	flow_end
	ip netns delete away
}

host_bridge() {
	ip -n host link add br1 address 02:00:00:5f:00:02 type bridge stp_state 0 forward_delay 0
	ip -n host link set eth2 master br1
	ip -n host link set br1 up
}

test_a_connection_survives_a_new_bridge() {
	world
	nic host eth2 world p2
	host_bridge
	flow_start --nic bridge=br1
	ip -n host link delete br1
	wait_until 10 port_is waiting
	host_bridge
	wait_until 10 port_is connected
	flow_end
}

test_a_guest_starts_before_its_nic_exists() {
	host host
	switch world
	start_vifd
	echo_start
	guest_start one host 10.9.0.11/24 --wait --nic dev=eth1,mode=bridge
	guest_wait one
	expect_json 'length == 1 and .[0].state == "waiting"' vif list --json
	guest_no_ping one 10.9.0.1
	nic_returns
	guest_ping one 10.9.0.1
	flow_connect
	flow_end
}

test_a_connection_survives_retargets_of_all_kinds() {
	world
	nic host eth2 world p2
	nic host eth3 world p3
	hairpin world p2 on
	flow_start --nic dev=eth1,mode=bridge
	expect_ok vif retarget "$PORT" dev=eth2,mode=vepa
	flow_goes_on
	expect_ok vif retarget "$PORT" dev=eth2,mode=private
	flow_goes_on
	expect_ok vif retarget "$PORT" dev=eth3,mode=passthrough
	flow_goes_on
	expect_ok vif retarget "$PORT" dev=eth1,mode=bridge
	flow_goes_on
	host_bridge
	expect_ok vif retarget "$PORT" bridge=br1
	flow_goes_on
	expect_ok vif retarget "$PORT" dev=eth3,mode=vepa
	flow_end
}

test_a_connection_survives_the_deletion_of_the_guests_tap() {
	world
	flow_start --nic dev=eth1,mode=bridge
	ip -n host link delete "$PORT"
	flow_goes_on
	ip -n host link delete "$PORT-0"
	flow_goes_on
	expect_json 'length == 1 and .[0].state == "connected"' vif list --json
	flow_end
}

test_a_connection_survives_vifd_killed_in_each_of_these_moments() {
	local other
	world
	nic host eth2 world p2
	flow_start --nic dev=eth1,mode=bridge

	# While the NIC is away.
	nic_goes
	kill_vifd
	nic host eth1 world p1
	start_vifd
	wait_until 10 port_is connected
	flow_goes_on

	# While it goes, and while it returns.
	ip -n world link delete p1 &
	other=$!
	kill_vifd
	wait "$other"
	nic host eth1 world p1 &
	other=$!
	start_vifd
	kill_vifd
	wait "$other"
	start_vifd
	wait_until 10 port_is connected
	flow_goes_on

	# In the middle of a retarget.
	VIFD=/nonexistent vif retarget "$PORT" dev=eth2,mode=bridge >/dev/null 2>&1 &
	other=$!
	kill_vifd
	wait "$other" || true
	start_vifd
	wait_until 10 port_is connected
	flow_goes_on

	# And a tap that is deleted afterwards is made again on the queues that were taken back.
	ip -n host link delete "$PORT"
	flow_end
}
