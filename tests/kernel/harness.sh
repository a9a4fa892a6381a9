# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The harness itself: what the other scenarios rely on.

test_a_host_reaches_its_switch() {
	host h
	switch world
	nic h eth1 world p1
	ip -n h address add 10.9.0.2/24 dev eth1
	on h ping -q -c 1 -W 2 10.9.0.1
}

test_hosts_see_only_their_own_devices() {
	host h1
	host h2
	ip -n h1 link add d0 type bridge
	expect_equal "$(on h1 ls /sys/class/net)" $'d0\nlo'
	expect_equal "$(on h2 ls /sys/class/net)" lo
}

test_a_snapshot_does_not_change_by_itself() {
	host h
	switch world
	nic h eth1 world p1
	expect_unchanged sleep 0.5
}

test_a_snapshot_shows_a_change_of_a_link() {
	host h
	ip -n h link add d0 type bridge
	snapshot "$T/one"
	ip -n h link set d0 allmulticast on
	snapshot "$T/two"
	expect_failure cmp "$T/one" "$T/two"
}

test_a_process_that_is_left_behind_is_found() {
	sleep 100 &
	[[ $(stray_processes) == *sleep* ]]
	kill $!
	wait $! || true
	expect_equal "$(stray_processes)" ""
}

test_a_device_that_is_left_behind_is_found() {
	host h
	ip -n h link add d0 type bridge
	ip -n h link property add dev d0 altname vif-3a7b1c62-93e3-4c4c-a3d6-4d86ae3e4b0e
	expect_equal "$(our_links)" d0
	if (expect_nothing_left) 2>/dev/null; then
		fail "a device of ours went unseen"
	fi
	ip -n h link del d0
	expect_nothing_left
}
