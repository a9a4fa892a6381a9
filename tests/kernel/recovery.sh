# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# How many guests use each host interface, after everything that can come between vifd and its guests. What vifd
# says is compared with what the kernel has.

# used NETWORK: "eth1=2 eth2=0", as vifd says.
used() {
	vif capabilities --json | jq -r --arg name "$1" \
		'[.networks[] | select(.name == $name).devices[] | "\(.dev)=\(.used)"] | join(" ")'
}

# macvlans DEV…: the same as the kernel has it, of devices with a tag of vifd's.
macvlans() {
	local dev
	for dev; do
		echo "$dev=$(ip -n host -d -j link | jq --arg dev "$dev" '[.[] | select(.link == $dev) |
			select(any(.altnames // [] | .[]; startswith("vif-")))] | length')"
	done | paste -sd ' '
}

# expect_use NETWORK DEV=COUNT…: vifd and the kernel say so, and the ports of the list are as many.
expect_use() {
	local name=$1
	shift
	wait_until 5 is_used "$name" "$*"
	expect_equal "$(macvlans "${@%=*}")" "$*"
}

is_used() {
	[ "$(used "$1")" = "$2" ]
}

# expect_ports NETWORK COUNT: as the lists have it.
expect_ports() {
	expect_equal "$(vif network list --json | jq --arg name "$1" '.[] | select(.name == $name).ports')" "$2"
	expect_equal "$(vif list --json | jq --arg name "$1" '[.[] | select(.network == $name)] | length')" "$2"
}

# guests: two with a pid of their own, one live and one direct, on red.
guests() {
	start_idler
	FIRST=$IDLER
	plug network=red --pid "$FIRST"
	start_idler
	SECOND=$IDLER
	plug network=red,type=direct --pid "$SECOND"
}

end_process() {
	kill -KILL "$1" 2>/dev/null || true
	wait "$1" 2>/dev/null || true
}

# dev_is PORT DEV: in the kernel, and as vifd has it.
expect_dev() {
	expect_equal "$(link "$(side_of "$1")" .link)" "$2"
	port_is "$1" ".dev == \"$2\" and .state == \"connected\"" || fail "$(vif list --json)"
}

# The situations that the design of network pools names.

test_1_a_guest_ends_while_vifd_runs() {
	usual_host 3
	run_network red passthrough eth1 eth2
	guests
	expect_use red eth1=1 eth2=1
	expect_ports red 2
	end_process "$FIRST"
	expect_use red eth1=0 eth2=1
	expect_ports red 1
	# It is free for the next one.
	plug network=red
	expect_dev "$PORT" eth1
	unplug "$PORT"
	end_process "$SECOND"
	expect_use red eth1=0 eth2=0
	expect_ports red 0
}

test_2_the_host_reboots() {
	local i
	usual_host 3
	run_network red passthrough eth1 eth2
	expect_ok vif network autostart red
	guests
	expect_use red eth1=1 eth2=1
	kill_vifd
	# Nothing outlives it but the configuration.
	end_process "$FIRST"
	end_process "$SECOND"
	find "$(runtime_dir)" -mindepth 1 -delete
	for i in 1 2 3; do
		no_nic host "eth$i"
	done
	ip -n host link del vif0
	for i in 1 2 3; do
		nic host "eth$i" world "p$i"
	done
	start_vifd
	expect_use red eth1=0 eth2=0
	expect_ports red 0
	plug network=red
	expect_dev "$PORT" eth1
	expect_use red eth1=1 eth2=0
	unplug "$PORT"
}

test_3a_vifd_restarts_while_the_guest_runs() {
	local how
	usual_host 3
	run_network red passthrough eth1 eth2
	guests
	for how in stop_vifd kill_vifd; do
		$how
		start_vifd
		expect_use red eth1=1 eth2=1
		expect_ports red 2
		expect_dev vif0 eth1
		expect_dev vif1 eth2
		expect_failure vif plug network=red
	done
	end_process "$FIRST"
	end_process "$SECOND"
	expect_use red eth1=0 eth2=0
}

test_3b_the_guest_ends_while_vifd_is_away() {
	usual_host 3
	run_network red passthrough eth1 eth2
	guests
	kill_vifd
	end_process "$FIRST"
	start_vifd
	expect_use red eth1=0 eth2=1
	expect_ports red 1
	plug network=red
	expect_dev "$PORT" eth1
	unplug "$PORT"
	end_process "$SECOND"
	expect_use red eth1=0 eth2=0
}

# Without descriptors nobody knows whether a guest has ended. Its port stays.
test_a_guest_that_cannot_be_looked_at_keeps_its_port() {
	local i descriptors
	usual_host 1
	start_idler
	for ((i = 0; i < 10; i++)); do
		plug dev=eth1 --pid "$IDLER"
	done
	kill_vifd
	our_links >"$T/links"
	# With the fewest it cannot even read its records, with the most it reads some.
	for ((descriptors = 26; descriptors < 50; descriptors += 3)); do
		VIFD_WRAPPER="prlimit --nofile=$descriptors" start_vifd
		kill_vifd
		our_links >"$T/links-after"
		expect_same "$T/links" "$T/links-after"
		! grep -q "^port vif.*: cannot .*: Too many open files; its guest's end will not be noticed" \
			"$T/host/vifd.log" || break
	done
	[ "$descriptors" -lt 50 ] || fail "no number of descriptors was too small for the guests"
	start_vifd
	expect_json 'length == 10 and all(.[]; .state == "connected")' vif list --json
	stop_idler
	wait_until 5 has_no_ports
}

has_no_ports() {
	[ -z "$(our_ports)" ]
}

test_shared_use_is_counted_again_after_a_restart_and_stays_balanced() {
	local i
	usual_host 3
	run_network red bridge eth1 eth2
	for i in 1 2 3; do
		plug network=red
	done
	expect_use red eth1=2 eth2=1
	kill_vifd
	start_vifd
	expect_use red eth1=2 eth2=1
	plug network=red
	expect_dev "$PORT" eth2
	for i in 0 1 2 3; do
		unplug "vif$i"
	done
	expect_use red eth1=0 eth2=0
}

# What happens to a network while nobody looks. In each case: the running ports keep their devices, nothing
# is given out twice, and the ports can be listed and unplugged.

# expect_kept: vif0 is on eth1 alone, whatever became of its network.
expect_kept() {
	expect_dev vif0 eth1
	expect_equal "$(macvlans eth1)" eth1=1
	expect_json 'length == 1 and .[0].name == "vif0" and .[0].network == "red"' vif list --json
	expect_ok vif show vif0
	expect_ok vif show vif0 --xml
	expect_error "*" vif plug dev=eth1,mode=passthrough
	expect_error "*" vif plug dev=eth1,mode=bridge
}

test_the_pool_of_the_running_network_is_edited_while_vifd_is_away() {
	usual_host 3
	run_network red passthrough eth1 eth2
	plug network=red
	kill_vifd
	network_file red passthrough eth3 eth2
	cp "$T/red.xml" "$(runtime_dir)/networks/red.xml"
	cp "$T/red.xml" "$(config_dir)/networks/red.xml"
	start_vifd
	expect_kept
	expect_use red eth3=0 eth2=0
	plug network=red
	expect_dev "$PORT" eth3
	# And back again, with the port still there: eth1 is not free.
	kill_vifd
	network_file red passthrough eth1 eth3
	cp "$T/red.xml" "$(runtime_dir)/networks/red.xml"
	start_vifd
	expect_use red eth1=1 eth3=1
	expect_failure vif plug network=red
	unplug vif1
	expect_kept
	unplug vif0
	expect_use red eth1=0 eth3=0
}

test_the_interface_is_given_to_another_network_while_vifd_is_away() {
	usual_host 3
	run_network red passthrough eth1 eth2
	plug network=red
	network_file blue passthrough eth1
	kill_vifd
	network_file red passthrough eth2
	cp "$T/red.xml" "$(runtime_dir)/networks/red.xml"
	cp "$T/blue.xml" "$(runtime_dir)/networks/blue.xml"
	cp "$T/blue.xml" "$(config_dir)/networks/blue.xml"
	start_vifd
	expect_kept
	expect_error "*vif0*" vif plug network=blue
	unplug vif0
	plug network=blue
	expect_dev "$PORT" eth1
	unplug "$PORT"
}

test_the_forward_mode_is_edited_while_vifd_is_away() {
	usual_host 3
	run_network red passthrough eth1 eth2
	plug network=red
	kill_vifd
	network_file red bridge eth1 eth2
	cp "$T/red.xml" "$(runtime_dir)/networks/red.xml"
	start_vifd
	expect_kept
	expect_equal "$(link "$(side_of vif0)" .linkinfo.info_data.mode)" passthru
	# A shared port never lands where one is alone.
	plug network=red
	expect_dev "$PORT" eth2
	unplug "$PORT"
	unplug vif0
}

test_the_network_is_stopped_by_hand_while_vifd_is_away() {
	usual_host 3
	run_network red passthrough eth1 eth2
	plug network=red
	kill_vifd
	rm "$(runtime_dir)/networks/red.xml"
	start_vifd
	expect_kept
	expect_json '.[0] | (.active | not) and .ports == 1' vif network list --json
	expect_error "network 'red' is not active*" vif plug network=red
	expect_ok vif network start red
	plug network=red
	expect_dev "$PORT" eth2
	expect_failure vif plug network=red
	unplug "$PORT"
	unplug vif0
}

test_the_network_is_undefined_by_hand_while_vifd_is_away() {
	usual_host 3
	run_network red passthrough eth1 eth2
	plug network=red
	kill_vifd
	rm "$(runtime_dir)/networks/red.xml" "$(config_dir)/networks/red.xml"
	start_vifd
	expect_kept
	expect_json 'length == 0' vif network list --json
	expect_error "network 'red' does not exist" vif plug network=red
	# Another one of that name gives nothing out that is used.
	run_network red passthrough eth1
	expect_error "*vif0*" vif plug network=red
	expect_use red eth1=1
	unplug vif0
	expect_use red eth1=0
}

test_a_file_of_a_network_that_cannot_be_read_costs_no_port_its_device() {
	usual_host 3
	run_network red passthrough eth1 eth2
	plug network=red
	kill_vifd
	echo "<network" >"$(runtime_dir)/networks/red.xml"
	echo "<network" >"$(config_dir)/networks/red.xml"
	start_vifd
	expect_kept
	grep -q "skipped a file: .*red.xml" "$T/host/vifd.log"
	unplug vif0
	expect_equal "$(macvlans eth1 eth2)" "eth1=0 eth2=0"
	rm "$(runtime_dir)/networks/red.xml" "$(config_dir)/networks/red.xml"
}

test_a_port_whose_interface_went_and_left_the_pool_finds_another_one() {
	usual_host 3
	run_network red bridge eth1
	plug network=red
	kill_vifd
	no_nic host eth1
	network_file red bridge eth2
	cp "$T/red.xml" "$(runtime_dir)/networks/red.xml"
	start_vifd
	expect_on vif0 eth2
	expect_use red eth2=1
	unplug vif0
}

# in_folder NAME COMMAND…: on the host, with another runtime folder and configuration.
in_folder() {
	local name=$1
	shift
	VIFD_RUNTIME_DIR=$T/$name/run VIFD_CONFIG_DIR=$T/$name/etc VIFD=$VIFD_BUILD/src/daemon/vifd \
		ip netns exec "$HOST" "$@"
}

ends_idle() {
	[ -z "$(vifd_pids)" ] || {
		kill "$(vifd_pids)"
		return 1
	}
}

# A command that only looks starts a vifd; it takes nothing of a guest's or a network's.
test_what_another_runtime_folder_has_here_is_left_alone() {
	local tap
	need dnsmasq
	need nft
	usual_host 1
	cat >"$T/home.xml" <<-'END'
		<network><name>home</name><forward mode='nat'/><bridge name='vifbr0'/>
		<ip address='192.168.99.1' netmask='255.255.255.0'/></network>
	END
	expect_ok vif network define "$T/home.xml"
	expect_ok vif network start home
	plug network=home
	tap=$PORT
	kill_vifd
	ip -n host -j -d link | jq -S 'map({ifname, ifindex, altnames})' >"$T/links"
	on host nft list table inet vifd >"$T/table"
	expect_ok in_folder other vif list
	expect_ok in_folder other vif network list
	wait_until 5 ends_idle
	ip -n host -j -d link | jq -S 'map({ifname, ifindex, altnames})' >"$T/links-after"
	expect_same "$T/links" "$T/links-after"
	on host nft list table inet vifd >"$T/table-after"
	expect_same "$T/table" "$T/table-after"
	start_vifd
	port_is "$tap" '.state == "connected"'
	# When the folder is gone, what it had is nobody's.
	kill_vifd
	kill "$(cat "$(runtime_dir)/dnsmasq/home.pid")"
	mv "$(runtime_dir)" "$T/moved"
	expect_ok in_folder other vif list
	wait_until 5 no_link vifbr0
	wait_until 5 no_link "$tap"
	wait_until 5 ends_idle
	mkdir "$(runtime_dir)"
	start_vifd
}
