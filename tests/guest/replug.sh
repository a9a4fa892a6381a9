# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Direct ports whose host interface goes and comes back: the guest gets its NIC anew, by QMP.

world_and_host() {
	host host
	switch world
	start_vifd
}

# All ports have this state.
has_state() {
	jq -e --arg state "$1" 'all(.[]; .state == $state)' <<<"$(vif list --json)" >/dev/null
}

# A NIC that was plugged while the guest ran is not set up by its init.
guest_set_up_nic() {
	guest_run "$1" "for n in 1 2 3 4 5 6 7 8 9 10; do
		[ -e /sys/class/net/eth0 ] && break
		sleep 0.2
	done
	ip link set eth0 up && ip address add $2 broadcast + dev eth0" || fail "guest $1 has no NIC"
}

# lose_and_return MACHINE: a guest with a direct NIC that loses its host interface and gets it back.
lose_and_return() {
	world_and_host
	nic host eth1 world p1
	guest_start one host 10.9.0.11/24 --nic dev=eth1,mode=bridge,type=direct,mac=52:54:00:00:00:11 -- -machine "$1,accel=tcg"
	guest_wait one
	guest_ping one 10.9.0.1
	ip -n host link delete eth1
	wait_until 5 has_state waiting
	nic host eth1 world p1
	wait_until 15 has_state connected
	guest_set_up_nic one 10.9.0.11/24
	expect_equal "$(guest_run one 'cat /sys/class/net/eth0/address')" 52:54:00:00:00:11
	guest_ping one 10.9.0.1
}

test_a_direct_nic_of_a_pc_comes_back_with_its_host_interface() {
	lose_and_return pc
}

test_a_direct_nic_of_a_q35_comes_back_with_its_host_interface() {
	lose_and_return q35
}

# On pcie.0 nothing could be plugged: a root port has been kept.
test_a_direct_nic_comes_when_its_host_interface_does() {
	world_and_host
	guest_start one host - --wait --nic dev=eth1,mode=bridge,type=direct -- -machine q35,accel=tcg
	guest_wait one
	expect_failure guest_run one 'test -e /sys/class/net/eth0'
	wait_until 5 has_state waiting
	nic host eth1 world p1
	wait_until 15 has_state connected
	guest_set_up_nic one 10.9.0.11/24
	guest_ping one 10.9.0.1
}

# A guest that boots forgets that it was asked to let its NIC go.
test_a_guest_that_boots_meanwhile_gets_its_nic_too() {
	world_and_host
	nic host eth1 world p1
	guest_start one host 10.9.0.11/24 --nic dev=eth1,mode=bridge,type=direct -- -machine q35,accel=tcg
	wait_until 5 has_state connected
	sleep 0.5
	ip -n host link delete eth1
	wait_until 5 has_state waiting
	nic host eth1 world p1
	wait_until 25 has_state connected
	guest_wait one
	guest_set_up_nic one 10.9.0.11/24
	guest_ping one 10.9.0.1
}

# QEMU serves one client at a time, and a guest lets one NIC go after the other.
test_all_direct_nics_of_a_guest_come_back() {
	local n
	world_and_host
	nic host eth1 world p1
	local -a nics=()
	for n in 1 2 3 4 5; do
		nics+=(--nic "dev=eth1,mode=bridge,type=direct,alias=net$n")
	done
	guest_start one host 10.9.0.11/24,-,-,-,- "${nics[@]}"
	guest_wait one
	guest_ping one 10.9.0.1
	ip -n host link delete eth1
	wait_until 5 has_state waiting
	nic host eth1 world p1
	wait_until 25 has_state connected
	# shellcheck disable=SC2016 # the guest expands it
	guest_run one 'for n in 1 2 3 4 5 6 7 8 9 10; do
		[ $(ls -d /sys/class/net/eth* | wc -l) = 5 ] && exit 0
		sleep 0.5
	done
	exit 1' || fail "the guest has only $(guest_run one 'ls /sys/class/net')"
}

# timeout: 120
test_a_nic_that_flaps_is_there_in_the_end() {
	local pause
	world_and_host
	nic host eth1 world p1
	guest_start one host 10.9.0.11/24 --nic dev=eth1,mode=bridge,type=direct -- -machine pc,accel=tcg
	guest_wait one
	for pause in 0.01 0.05 0.1 0.15 0.2 0.25 0.3 0.4 0.6 1; do
		ip -n host link delete eth1
		sleep 0.01
		nic host eth1 world p1
		sleep "$pause"
	done
	wait_until 15 has_state connected
	guest_set_up_nic one 10.9.0.11/24
	guest_ping one 10.9.0.1
	expect_equal "$(guest_run one 'ls -d /sys/class/net/eth* | wc -l')" 1
}

test_a_nic_that_comes_back_has_the_mtu_that_it_had() {
	world_and_host
	nic host eth1 world p1
	ip -n world link set p1 mtu 9000
	ip -n host link set eth1 mtu 9000
	guest_start one host 10.9.0.11/24 --nic dev=eth1,mode=bridge,type=direct
	guest_wait one
	expect_equal "$(guest_run one 'cat /sys/class/net/eth0/mtu')" 9000
	ip -n host link delete eth1
	wait_until 5 has_state waiting
	ip -n host link add eth1 mtu 9000 up type veth peer name p1 netns world
	ip -n world link set p1 mtu 9000 master br0 up
	wait_until 15 has_state connected
	guest_set_up_nic one 10.9.0.11/24
	expect_equal "$(guest_run one 'cat /sys/class/net/eth0/mtu')" 9000
}
