# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Ports that are plugged before what they stand on exists, and what is taken for the same interface.

# pool NAME ELEMENT… DEV…: defines and starts a network, mode bridge, with these devices; ELEMENT is other XML.
pool() {
	local name=$1 dev
	shift
	{
		echo "<network xmlns:vif='urn:vifd:1'><name>$name</name>"
		while [[ $1 == '<'* ]]; do
			echo "$1"
			shift
		done
		echo "<forward mode='bridge'>"
		for dev; do
			echo "<interface dev='$dev'/>"
		done
		echo "</forward></network>"
	} >"$T/$name.xml"
	expect_ok vif network define "$T/$name.xml"
	expect_ok vif network start "$name"
}

# --- deferred start ------------------------------------------------------------------

test_a_port_may_wait_for_its_nic() {
	usual_host 1
	snapshot "$T/empty"
	standin_start one 10.9.0.11 dev=eth5,mode=bridge,wait
	expect_state "$PORT" waiting "host interface eth5 does not exist"
	expect_equal "$(our_links)" "$PORT"
	nic host eth5 world p5
	expect_on "$PORT" eth5
	expect_answer 10.9.0.11
	standin_stop one
	no_nic host eth5
	wait_until 5 is_without_ports host
	snapshot "$T/end"
	expect_same "$T/empty" "$T/end"
}

test_it_says_so_by_option_by_spec_and_by_file() {
	usual_host 1
	expect_ok vif plug dev=eth5,target=red0 --wait
	expect_match "red0 is waiting: host interface eth5 does not exist" "$OUT"
	expect_ok vif plug dev=eth5,target=blue0,wait
	expect_ok vif plug - <<-'END'
		<interface type='direct'>
		  <source dev='eth5' mode='bridge' startupPolicy='optional'/>
		  <target dev='green0'/>
		</interface>
	END
	expect_json 'length == 3 and all(.state == "waiting" and .reason == "host interface eth5 does not exist")' vif list --json
	# As mandatory as without.
	sed "s/optional/mandatory/" >"$T/guest.xml" <<-'END'
		<interface type='direct'><source dev='eth5' mode='bridge' startupPolicy='optional'/></interface>
	END
	expect_unchanged expect_error "host interface eth5 does not exist" vif plug "$T/guest.xml"
	expect_unchanged expect_error "host interface eth5 does not exist" vif plug dev=eth5
	nic host eth5 world p5
	for port in red0 blue0 green0; do
		expect_on $port eth5
		unplug $port
	done
}

test_vif_check_tells_that_it_would_wait() {
	usual_host 1
	expect_unchanged expect_ok vif check dev=eth5,wait
	expect_match "*it waits: host interface eth5 does not exist*" "$OUT"
}

# A NIC that its driver has just made is down, and nobody else may be there to set it up.
test_a_nic_that_comes_down_is_set_up() {
	usual_host 1
	standin_start one 10.9.0.11 dev=eth5,mode=bridge,wait
	ip -n world link add p5 type veth peer name eth5 netns host
	ip -n world link set p5 master br0 up
	expect_on "$PORT" eth5
	expect_link eth5 '.flags | index("UP") != null'
	expect_answer 10.9.0.11
}

test_a_port_may_wait_for_its_bridge() {
	usual_host 1
	standin_start one 10.9.0.11 bridge=br5,wait
	expect_state "$PORT" waiting "bridge br5 does not exist"
	expect_link "$PORT" '.flags | index("UP") == null'
	nic host eth5 world p5
	host_bridge host br5 eth5
	expect_on_bridge "$PORT" br5
	expect_answer 10.9.0.11
}

test_a_port_may_wait_for_its_networks_pool() {
	usual_host 1
	pool red eth5 eth6
	standin_start one 10.9.0.11 network=red,wait
	expect_state "$PORT" waiting \
		"network 'red' has no interface for this guest: host interface eth5 does not exist; host interface eth6 does not exist"
	kill_vifd
	start_vifd
	expect_state "$PORT" waiting "network 'red' has no interface*"
	nic host eth6 world p6
	expect_on "$PORT" eth6
	expect_answer 10.9.0.11
	# It stays where it is.
	nic host eth5 world p5
	sleep 0.2
	expect_on "$PORT" eth6
}

test_a_port_may_wait_for_its_networks_bridge() {
	usual_host 1
	echo "<network><name>red</name><forward mode='bridge'/><bridge name='br5'/></network>" >"$T/red.xml"
	expect_ok vif network define "$T/red.xml"
	expect_ok vif network start red
	plug network=red --wait
	expect_state "$PORT" waiting "bridge br5 does not exist"
	host_bridge host br5
	expect_on_bridge "$PORT" br5
	unplug "$PORT"
}

# It waits for what may come, not for somebody to think better of it.
test_it_waits_for_no_misfit_and_no_network() {
	usual_host 1
	host_bridge host br1 eth1
	expect_unchanged expect_error "eth1 cannot carry a macvlan: it is a port of bridge br1" vif plug dev=eth1 --wait
	expect_unchanged expect_error "lo cannot carry a macvlan: it is the loopback device" vif plug dev=lo --wait
	expect_unchanged expect_error "eth1 is not a Linux bridge*" vif plug bridge=eth1 --wait
	expect_unchanged expect_error "network 'red' does not exist" vif plug network=red --wait
	expect_ok vif network define - <<-'END'
		<network><name>red</name><forward mode='bridge'><interface dev='eth1'/><interface dev='eth7'/></forward></network>
	END
	expect_unchanged expect_error "network 'red' is not active (vif network start red)" vif plug network=red --wait
	expect_ok vif network start red
	expect_unchanged expect_error "network 'red' has no interface for this guest: *" vif plug network=red --wait
}

test_a_direct_port_waits_only_for_a_vmm_that_opens_it_by_name() {
	usual_host 1
	expect_ok vif plug dev=eth5,type=direct,mode=bridge --wait
	expect_state vif0 waiting "host interface eth5 does not exist"
	no_link vif0 || fail "there is a vif0 already"
	nic host eth5 world p5
	expect_state vif0 connected
	expect_link vif0 '.linkinfo.info_kind == "macvtap" and .link == "eth5"'
	unplug vif0
	# shellcheck disable=SC1083 # {fd} is for vif run
	expect_unchanged expect_error "host interface eth7 does not exist; a direct port cannot wait for it*" \
		vif run --nic dev=eth7,type=direct,wait -- true {fd}
}

# --- pools ------------------------------------------------------------------------------

test_of_a_pool_another_interface_is_taken_if_the_network_says_so() {
	usual_host 1
	nic host eth2 world p2
	pool red "<vif:pool failover='yes'/>" eth1 eth2
	standin_start one 10.9.0.11 network=red
	expect_on "$PORT" eth1
	expect_answer 10.9.0.11
	no_nic host eth1
	expect_on "$PORT" eth2
	expect_answer 10.9.0.11
	# Not back: that would cut the guest off once more.
	nic host eth1 world p1
	sleep 0.2
	expect_on "$PORT" eth2

	no_nic host eth1
	no_nic host eth2
	expect_state "$PORT" waiting "network 'red' has no interface for this guest: *"
	nic host eth1 world p1
	expect_on "$PORT" eth1
	expect_answer 10.9.0.11
}

test_of_a_pool_no_other_interface_is_taken_unasked() {
	usual_host 1
	nic host eth2 world p2
	pool red eth1 eth2
	plug network=red
	expect_on "$PORT" eth1
	no_nic host eth1
	expect_state "$PORT" waiting "host interface eth1 does not exist"
	nic host eth1 world p1
	expect_on "$PORT" eth1
	unplug "$PORT"
}

test_the_ports_of_a_lost_interface_are_spread_over_the_pool() {
	local i
	usual_host 1
	nic host eth2 world p2
	nic host eth3 world p3
	pool red "<vif:pool failover='yes'/>" eth1 eth2 eth3
	for ((i = 0; i < 6; i++)); do
		plug network=red
	done
	no_nic host eth1
	wait_until 5 all_connected
	expect_equal "$(vif list --json | jq -r '.[].dev' | sort | uniq -c | xargs)" "3 eth2 3 eth3"
	for ((i = 0; i < 6; i++)); do
		expect_wired vif$i
		unplug vif$i
	done
}

all_connected() {
	vif list --json | jq -e 'all(.state == "connected")' >/dev/null
}

# --- the same interface ---------------------------------------------------------------------

test_an_interface_may_be_known_by_its_address() {
	local xml
	usual_host 1
	nic host eth5 world p5
	ip -n host link set eth5 address 02:00:00:5f:05:05
	xml="<interface type='direct' xmlns:vif='urn:vifd:1'>
		<source dev='nic0' mode='bridge' vif:mac='02:00:00:5f:05:05'/><mac address='52:54:00:00:00:01'/></interface>"
	plug - <<<"$xml"
	expect_on "$PORT" eth5
	no_nic host eth5
	expect_state "$PORT" waiting "no host interface has the address 02:00:00:5f:05:05"

	# Neither another one of that name, nor a guest's device that has the address.
	nic host nic0 world p6
	ip -n host link add link eth1 name foreign0 address 02:00:00:5f:05:05 type macvlan mode bridge
	sleep 0.2
	expect_state "$PORT" waiting "no host interface has the address 02:00:00:5f:05:05"

	nic host lan9 world p9
	ip -n host link set lan9 address 02:00:00:5f:05:05
	expect_on "$PORT" lan9
	unplug "$PORT"
	plug dev=nic0,mode=bridge,dev-mac=02:00:00:5f:05:05
	expect_on "$PORT" lan9
	unplug "$PORT"
}

test_an_interface_may_be_known_by_an_alternative_name() {
	usual_host 1
	ip -n host link property add dev eth1 altname uplink
	plug dev=uplink,mode=bridge
	wait_until 5 port_is "$PORT" '.state == "connected" and .dev == "uplink"'
	expect_equal "$(link "$(side_of "$PORT")" .link)" eth1
	no_nic host eth1
	expect_state "$PORT" waiting "host interface uplink does not exist"
	nic host eth2 world p2
	ip -n host link property add dev eth2 altname uplink
	expect_state "$PORT" connected
	expect_equal "$(link "$(side_of "$PORT")" .link)" eth2
	unplug "$PORT"
}

# --- in each other's way ---------------------------------------------------------------------

test_of_two_ports_with_one_address_the_second_follows_the_first() {
	usual_host 1
	plug dev=eth5,mode=bridge,mac=52:54:00:00:00:01,target=red0 --guest one --wait
	plug dev=eth5,mode=bridge,mac=52:54:00:00:00:01,target=blue0 --guest two --wait
	nic host eth5 world p5
	expect_on red0 eth5
	expect_state blue0 waiting "MAC address 52:54:00:00:00:01 is already in use on eth5 by red0 (port of guest one)"
	unplug red0
	expect_on blue0 eth5
	unplug blue0
}

test_passthrough_waits_until_its_nic_is_free() {
	usual_host 1
	plug dev=eth5,mode=bridge,target=red0 --guest one --wait
	plug dev=eth5,mode=passthrough,target=blue0 --wait
	# It comes down: both set it up, and the one that fails does not set it down again.
	ip -n world link add p5 type veth peer name eth5 netns host
	ip -n world link set p5 master br0 up
	expect_on red0 eth5
	expect_state blue0 waiting "passthrough takes eth5 alone, but it already carries red0 (port of guest one)"
	expect_link eth5 '.flags | index("UP") != null'
	unplug red0
	expect_on blue0 eth5
	unplug blue0
}

test_a_foreign_macvlan_that_goes_makes_room() {
	usual_host 1
	plug dev=eth5,mode=passthrough --wait
	kill -STOP "$(vifd_pid)"
	nic host eth5 world p5
	ip -n host link add link eth5 name foreign0 type macvlan mode bridge
	kill -CONT "$(vifd_pid)"
	expect_state "$PORT" waiting "passthrough takes eth5 alone, but it already carries foreign0 (a macvlan that is not vifd's)"
	ip -n host link del foreign0
	expect_on "$PORT" eth5
	unplug "$PORT"
}

test_a_nic_that_becomes_a_bridges_port_is_waited_for() {
	usual_host 1
	plug dev=eth5,mode=bridge --wait
	host_bridge host br5
	kill -STOP "$(vifd_pid)"
	nic host eth5 world p5
	bridge_port host eth5 br5
	kill -CONT "$(vifd_pid)"
	expect_state "$PORT" waiting "eth5 cannot carry a macvlan: it is a port of bridge br5"
	ip -n host link set eth5 nomaster
	expect_on "$PORT" eth5
	unplug "$PORT"
}
