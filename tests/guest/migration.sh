# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Live migration: one interface, two hosts, on each of them another red-network.
#
#	alpha	macvtaps of mode bridge on eth1; the switch's port p1
#	beta	a Linux bridge with eth1; the switch's port p2
#
# The guest has a TCP connection to the switch's own address all the time. What is said of its
# place is what the switch has learned from its frames.

GUEST_MAC=52:54:00:00:00:11

usual() {
	host alpha
	host beta
	switch world
	nic alpha eth1 world p1
	nic beta eth1 world p2
	host_bridge beta br1 eth1
	start_vifd
	use_host beta
	start_vifd
	red_network alpha "<forward mode='bridge'><interface dev='eth1'/></forward>"
	red_network beta "<forward mode='bridge'/><bridge name='br1'/>"
	cat >"$T/nic.xml" <<-END
		<interface type='network'>
		  <mac address='$GUEST_MAC'/>
		  <source network='red-network'/>
		  <model type='virtio'/>
		</interface>
	END
}

red_network() {
	use_host "$1"
	echo "<network><name>red-network</name>$2</network>" >"$T/$1.xml"
	expect_ok vif network define "$T/$1.xml"
	expect_ok vif network start red-network
}

# machine NAME HOST [QEMU-OPTION…]: the same machine each time.
machine() {
	local name=$1 host=$2
	shift 2
	# shellcheck disable=SC2046 # words
	guest_start "$name" "$host" 10.9.0.11/24 --nic "$T/nic.xml" -- $(qmp_socket "$name") "$@"
}

# expect_place PORT: of the switch, the guest's frames come from there.
expect_place() {
	wait_until 5 is_at "$1"
}

is_at() {
	[ "$(ip netns exec world bridge -j fdb show br br0 | jq -r --arg mac $GUEST_MAC '.[] | select(.mac == $mac).ifname')" = "$1" ]
}

has_qmp() {
	[ -S "$T/guest/$1/qmp" ] && [ "$(guest_qmp "$1" query-status | jq -r .status)" = "$2" ]
}

migration_is() {
	local status
	status=$(guest_qmp "$1" query-migrate | jq -r .status)
	[ "$status" != failed ] || fail "the migration of $1 failed: $(guest_qmp "$1" query-migrate)"
	[ "$status" = "$2" ]
}

# migrate FROM TO HOST OLD-PORT NEW-PORT: the guest FROM becomes TO on the host. While its memory is copied,
# and before, it does not notice the port that waits for it there. That port's name is then in $PORT.
migrate() {
	local from=$1 to=$2 host=$3 old=$4 new=$5 watcher
	exec_on world bridge monitor fdb >"$T/moves" 2>&1 &
	watcher=$!
	machine "$to" "$host" -incoming "unix:$T/guest/$to.incoming"
	wait_until 20 has_qmp "$to" inmigrate
	use_host "$host"
	PORT=$(vif list --json | jq -r --arg guest "$to" '.[] | select(.guest == $guest and .state == "connected").name')
	expect_link "$PORT" '.flags | index("UP") != null'
	guest_qmp "$from" migrate-set-parameters '{"max-bandwidth": 4000000}' >/dev/null
	guest_qmp "$from" migrate "{\"uri\": \"unix:$T/guest/$to.incoming\"}" >/dev/null
	wait_until 5 migration_is "$from" active
	ip netns exec world ping -q -c 30 -i 0.1 -W 1 10.9.0.11 >"$T/pings"
	expect_match "*30 packets transmitted, 30 received, 0% packet loss*" "$(<"$T/pings")"
	migration_is "$from" active || fail "the copy was over before the pings"
	expect_place "$old"
	if grep "$GUEST_MAC.* $new " "$T/moves"; then
		fail "a frame in the guest's name came from $host before the guest did"
	fi
	guest_qmp "$from" migrate-set-parameters '{"max-bandwidth": 1000000000}' >/dev/null
	wait_until 60 migration_is "$from" completed
	wait_until 5 has_qmp "$to" running
	expect_place "$new"
	# The watcher does see such frames.
	wait_until 5 grep -q "$GUEST_MAC.* $new " "$T/moves"
	kill "$watcher"
	wait "$watcher" || true
	flow_goes_on one
	guest_stop "$from"
}

# timeout: 400
test_a_guest_migrates_between_different_networks_of_one_name_and_back_and_keeps_its_connection() {
	usual
	machine one alpha
	guest_wait one
	use_host alpha
	expect_on vif0 eth1
	flow_start one world 10.9.0.1
	expect_place p1

	use_host beta
	expect_json '.state == "connected" and .actual == "bridge"' vif check --json "$T/nic.xml"
	migrate one two beta p1 p2
	expect_on_bridge "$PORT" br1
	wait_until 5 is_without_ports alpha

	use_host alpha
	expect_json '.state == "connected" and .actual == "direct"' vif check --json "$T/nic.xml"
	migrate two three alpha p2 p1
	expect_on "$PORT" eth1
	wait_until 5 is_without_ports beta
	flow_end one three
}

# What a manager asks of the host to go to, before anything is begun.
test_a_host_says_beforehand_why_the_guest_cannot_come() {
	usual
	use_host beta
	expect_ok vif check "$T/nic.xml"
	expect_ok vif network stop red-network
	expect_unchanged expect_error "network 'red-network' is not active (vif network start red-network)" \
		vif check "$T/nic.xml"
	expect_ok vif network undefine red-network
	expect_unchanged expect_error "network 'red-network' does not exist" vif check "$T/nic.xml"
	use_host alpha
	no_nic alpha eth1
	expect_unchanged expect_error "network 'red-network': host interface eth1 does not exist" vif check "$T/nic.xml"
}
