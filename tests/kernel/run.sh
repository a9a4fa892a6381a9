# shellcheck shell=bash
# shellcheck disable=SC1083,SC2016 # {fd} and $0 are for others to fill in
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# vif run, with shells in the place of VMMs.

usual() {
	usual_host 1
	snapshot "$T/empty"
}

nothing_is_left() {
	wait_until 2 is_without_ports host
	snapshot "$T/end"
	expect_same "$T/empty" "$T/end"
}

test_the_vmm_gets_what_its_arguments_name() {
	local type
	usual
	for type in live direct; do
		expect_ok vif run --nic dev=eth1,mode=bridge,mac=52:54:00:00:00:01,mtu=1400,target=red0,type=$type -- \
			echo fd={fd} fds={fds} mac={mac} ifname={ifname} mtu={mtu}
		[[ $OUT =~ ^fd=([0-9]+)\ fds=([0-9]+)\ mac=52:54:00:00:00:01\ ifname=red0\ mtu=1400$ ]] || fail "$OUT"
		expect_equal "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
		nothing_is_left
	done
}

# The fds are those of the macvtap by its number, not by a name that another namespace may own.
test_the_fds_are_the_ports_device_and_do_not_block() {
	usual
	expect_ok vif run --nic dev=eth1,mode=bridge,type=direct -- sh -c '
		stat -L -c "%t:%T" /proc/self/fd/$0
		cat /sys/class/net/$1/tap*/dev
		grep flags /proc/self/fdinfo/$0' {fd} {ifname}
	local -a lines
	mapfile -t lines <<<"$OUT"
	expect_equal "$(printf '%d:%d' "0x${lines[0]%:*}" "0x${lines[0]#*:}")" "${lines[1]}"
	[ $((0${lines[2]##*[[:space:]]} & 04000)) != 0 ] || fail "the fd blocks: ${lines[2]}"
	nothing_is_left

	expect_ok vif run --nic dev=eth1,mode=bridge,target=red0 -- sh -c 'cat /proc/self/fdinfo/$0' {fd}
	expect_match $'*iff:\tred0*' "$OUT"
	[ $((0$(awk '$1 == "flags:" {print $2}' <<<"$OUT") & 04000)) != 0 ] || fail "the fd blocks: $OUT"
	nothing_is_left
}

test_the_vmm_gets_no_other_fds() {
	usual
	expect_ok vif run --nic dev=eth1 --nic dev=eth1,type=direct -- \
		sh -c 'for fd in /proc/$$/fd/*; do readlink $fd; done' {fd} {fd:2}
	if grep -E 'socket|anon_inode|pidfd' <<<"$OUT"; then
		fail "the VMM has inherited more than its port: $OUT"
	fi
	nothing_is_left
}

test_every_queue_has_an_fd() {
	local type
	usual
	for type in live direct; do
		expect_ok vif run --nic dev=eth1,queues=4,type=$type -- echo {fds}
		[[ $OUT =~ ^[0-9]+:[0-9]+:[0-9]+:[0-9]+$ ]] || fail "$OUT"
	done
	expect_ok vif run --nic ethernet,queues=3 -- echo {fds}
	[[ $OUT =~ ^[0-9]+:[0-9]+:[0-9]+$ ]] || fail "$OUT"
	nothing_is_left
}

test_the_vmm_is_the_process_that_was_started() {
	usual
	exec_on host vif run --guest red --nic dev=eth1 -- sh -c 'exec sleep 1000' {fd} &
	wait_until 5 has_link vif0
	wait_until 5 is_sleep $!
	expect_json ".[0] | .pid == $! and .guest == \"red\"" vif list --json
	kill -KILL $!
	wait_until 1 is_without_ports host
	wait $! 2>/dev/null || true
	nothing_is_left
}

is_sleep() {
	[ "$(cat "/proc/$1/comm")" = sleep ]
}

test_the_exit_status_is_the_vmms() {
	usual
	run vif run --nic dev=eth1 -- sh -c 'exit 42' {fd}
	expect_equal "$STATUS" 42
	nothing_is_left
}

test_a_vmm_that_cannot_be_run_is_named_and_leaves_no_port() {
	usual
	expect_failed_with 127 "the command no-such-vmm does not exist in any folder of \$PATH" \
		vif run --nic dev=eth1 -- no-such-vmm {fd}
	expect_failed_with 127 "the command ./no-such-vmm does not exist" vif run --nic dev=eth1 -- ./no-such-vmm {fd}
	expect_failed_with 126 "cannot run $T: Permission denied" vif run --nic dev=eth1 -- "$T" {fd}
	# Found, and it is known only when it is executed that it cannot be.
	printf '#!/no-such-interpreter\n' >"$T/script"
	chmod +x "$T/script"
	expect_failed_with 127 "cannot run $T/script: No such file or directory" vif run --nic dev=eth1 -- "$T/script" {fd}
	nothing_is_left
}

test_a_vmm_that_would_not_learn_of_its_nic_is_not_run() {
	usual
	expect_misunderstood "touch is not QEMU, so its arguments must say where the NIC goes: *" \
		vif run --nic dev=eth1 -- touch "$T/ran"
	[ ! -e "$T/ran" ] || fail "the VMM ran"
	nothing_is_left
}

test_when_the_last_nic_cannot_be_had_the_others_go_and_nothing_runs() {
	usual
	expect_error "*host interface eth7 does not exist" \
		vif run --nic dev=eth1 --nic dev=eth1,type=direct --nic dev=eth7 -- touch "$T/ran" {fd} {fd:2} {fd:3}
	[ ! -e "$T/ran" ] || fail "the VMM ran"
	nothing_is_left
}

test_a_tap_that_is_given_by_fd_is_not_persistent() {
	usual
	exec_on host vif run --nic ethernet -- sh -c 'exec sleep 1000' {fd} &
	wait_until 5 has_link vif0
	expect_link vif0 '.linkinfo.info_data.persist | not'
	kill -KILL $!
	wait_until 1 is_without_ports host
	wait $! 2>/dev/null || true
}

# What the VMM would be told, by a QEMU that only prints it.
test_qemu_is_told_about_every_nic() {
	usual
	mkdir "$T/bin"
	printf '#!/bin/sh\nfor word; do echo "$word"; done\n' >"$T/bin/qemu-system-x86_64"
	chmod +x "$T/bin/qemu-system-x86_64"
	PATH=$T/bin:$PATH
	expect_ok vif run --nic dev=eth1,mac=52:54:00:00:00:01 --nic ethernet,queues=2,mac=52:54:00:00:00:02 -- qemu-system-x86_64 -m 128
	expect_match $'*-m\n128*' "$OUT"
	expect_equal "$(grep -c -- '^-netdev$' <<<"$OUT")" 2
	expect_match '*virtio-net-pci*mac=52:54:00:00:00:01*' "$OUT"
	local second
	second=$(grep '^virtio-net-pci.*52:54:00:00:00:02' <<<"$OUT")
	expect_match '*mq=on*' "$second"
	expect_match '*vectors=6*' "$second"
	# Without /dev/vhost-net no word of vhost: some QEMU end at that.
	[ -e /dev/vhost-net ] || [[ $OUT != *vhost* ]] || fail "$OUT"
	nothing_is_left
}
