# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Clients without manners (harness/rude.c): what they may cost, and that those who may change anything do not
# notice them.

usual() {
	group_vifd
	host host
	# What the sanitizer keeps of freed memory would be counted too.
	ASAN_OPTIONS=${ASAN_OPTIONS-}:quarantine_size_mb=1:thread_local_quarantine_size_kb=64 start_vifd
}

# rude AS-WHOM… WHAT [N]: in the background; what it says is in $T/rude.${#RUDES[@]}.
rude() {
	local said=$T/rude.$((${#RUDES[@]} + 1))
	: >"$said"
	"$@" >"$said" 2>&1 &
	RUDES+=($!)
}
RUDES=()

# The last one says this (a pattern), in one line or more.
rude_says() {
	wait_until 30 has_said "$T/rude.${#RUDES[@]}" "$1"
}

has_said() {
	# shellcheck disable=SC2053 # it is a pattern
	[[ $(<"$1") == $2 ]]
}

end_rude() {
	kill -KILL "${RUDES[@]}" 2>/dev/null || true
	wait "${RUDES[@]}" 2>/dev/null || true
	RUDES=()
}

vifd_rss_mb() {
	awk '/^VmRSS/ {print int($2 / 1024)}' "/proc/$(vifd_pid)/status"
}

vifd_descriptors() {
	local -a fds=("/proc/$(vifd_pid)/fd/"*)
	echo "${#fds[@]}"
}

vifd_has_descriptors() {
	[ "$(vifd_descriptors)" = "$1" ]
}

# Ticks of 10 ms that vifd has used so far.
vifd_ticks() {
	awk '{print $14 + $15}' "/proc/$(vifd_pid)/stat"
}

# expect_within MSEC COMMAND…
expect_within() {
	local most=$1 begin=${EPOCHREALTIME/./} took
	shift
	expect_ok "$@"
	took=$(((${EPOCHREALTIME/./} - begin) / 1000))
	[ "$took" -le "$most" ] || fail "'$*' took $took ms"
}

log_lines() {
	grep -c "$1" "$T/host/vifd.log" || true
}

test_answers_that_nobody_reads_take_no_memory() {
	local before
	usual
	before=$(vifd_rss_mb)
	rude as_nobody rude unread 80000
	sleep 2
	expect_within 2000 vif list
	[ "$(vifd_rss_mb)" -lt $((before + 60)) ] || fail "$before MB, then $(vifd_rss_mb) MB"
	end_rude
}

# timeout: 180
test_events_that_a_stranger_does_not_read_end_his_connection_and_nobody_elses() {
	local i
	usual
	network_file red bridge
	expect_ok vif network define "$T/red.xml"
	rude as_nobody rude monitors 20
	rude_says 20
	rude as_member 65533 rude monitors 20
	rude_says 20
	as_nobody vif monitor --json >"$T/events" &
	RUDES+=($!)
	wait_until 5 vifd_has_clients 41
	# What the kernel holds of them is bounded: it doubles what it is asked for.
	expect_equal "$(on host ss -xmH state connected src "$T/host/run/bus" | grep -o 'tb[0-9]*' | sort | uniq -c | xargs)" \
		"21 tb131072 20 tb524288"
	for ((i = 0; i < 300; i++)); do
		on host "$VIFD_BUILD/tests/harness/ask" StartNetwork s red
		on host "$VIFD_BUILD/tests/harness/ask" StopNetwork s red
	done >/dev/null
	# One that reads has them all.
	wait_until 5 has_lines 600 "$T/events"
	wait_until 5 vifd_has_clients 21
	end_rude
}

vifd_has_clients() {
	[ "$(on host ss -xH state connected src "$T/host/run/bus" | wc -l)" = "$1" ]
}

has_lines() {
	[ "$(wc -l <"$2")" = "$1" ]
}

test_one_user_cannot_take_all_connections_and_is_told_why() {
	usual
	rude as_nobody rude connect 300
	rude_says "256 served, 44 told: the user with the id 65534 has 256 connections to vifd already, and may not have more"
	expect_equal "$(log_lines "refused a client")" 1
	expect_error "the user with the id 65534 has 256 connections*" as_nobody vif list
	rude as_user 60001 --clear-groups rude connect 300
	rude_says "256 served, 44 told: *"
	rude as_user 60002 --clear-groups rude connect 3
	rude_says "0 served, 3 told: vifd has 512 connections, and none left for others than root and the group vifd"
	expect_within 2000 vif list
	expect_within 2000 as_member 65533 vif list
	rude as_member 65533 rude connect 600
	rude_says "448 served, 152 told: vifd has 960 connections, and none left for this user"
	expect_within 2000 vif list
	expect_equal "$(log_lines "refused a client")" 1
	end_rude
	wait_until 5 vifd_has_clients 0
	expect_ok as_nobody vif list
}

test_strangers_leave_descriptors_for_ports() {
	host host
	VIFD_WRAPPER="prlimit --nofile=160" start_vifd
	rude as_nobody rude connect 100
	rude_says "11 served, * told: vifd has 11 connections, and none left for others than root and the group vifd"
	plug ethernet
	unplug "$PORT"
	end_rude
}

test_without_descriptors_vifd_waits_without_turning_and_serves_when_there_are_some() {
	local ticks
	host host
	VIFD_WRAPPER="prlimit --nofile=48" start_vifd
	rude on host "$VIFD_BUILD/tests/harness/rude" silent 60
	rude_says silent
	ticks=$(vifd_ticks)
	sleep 2
	ticks=$(($(vifd_ticks) - ticks))
	[ "$ticks" -lt 20 ] || fail "vifd has used $ticks ticks of 200 for nothing"
	expect_equal "$(log_lines "Too many open files")" 1
	end_rude
	expect_ok vif list
}

test_messages_that_are_too_long_are_answered_and_not_kept() {
	local i before
	usual
	rude as_nobody rude large 20000
	rude_says "refused: a message of yours may have at most 16384 bytes*goes on"
	rude as_nobody rude large 16000
	rude_says "answered*goes on"
	rude on host "$VIFD_BUILD/tests/harness/rude" large 1000000
	rude_says "answered*goes on"
	rude on host "$VIFD_BUILD/tests/harness/rude" large 2000000
	rude_says "refused: a message of yours may have at most 1114112 bytes*goes on"
	before=$(vifd_rss_mb)
	for i in 1 2 3 4 5; do
		rude as_nobody rude endless
		rude on host "$VIFD_BUILD/tests/harness/rude" endless
	done
	expect_within 2000 vif list
	sleep 1
	[ "$(vifd_rss_mb)" -lt $((before + 60)) ] || fail "$before MB, then $(vifd_rss_mb) MB"
	end_rude
}

test_descriptors_of_clients_end_their_connection_and_do_not_stay() {
	local before
	usual
	before=$(vifd_descriptors)
	rude as_nobody rude descriptors 100
	rude_says "hung up"
	rude on host "$VIFD_BUILD/tests/harness/rude" descriptors 100
	rude_says "hung up"
	wait_until 5 vifd_has_descriptors "$before"
	end_rude
}

test_doctor_runs_once_for_all_who_ask_and_no_unplug_waits_for_it() {
	usual
	plug ethernet
	rude as_nobody rude doctor 1000
	sleep 0.5
	expect_within 3000 vif unplug "$PORT"
	expect_within 5000 vif doctor
	end_rude
}

# Documents that take long to read, asked for without end: who may change anything comes before.
test_strangers_who_check_without_end_are_served_last() {
	local i ticks
	usual
	for ((i = 0; i < 10; i++)); do
		rude as_nobody rude slow 16000
		rude as_nobody rude slow 900000
	done
	sleep 0.5
	# All of them have a quarter of vifd's time.
	ticks=$(vifd_ticks)
	sleep 2
	ticks=$(($(vifd_ticks) - ticks))
	[ "$ticks" -lt 80 ] || fail "strangers have $ticks ticks of 200"
	plug ethernet
	expect_within 3000 vif unplug "$PORT"
	expect_within 3000 as_member 65533 vif list
	expect_ok as_nobody vif list
	end_rude
}

# expect_end_soon: after SIGTERM.
expect_end_soon() {
	local pid begin=${EPOCHREALTIME/./} took
	pid=$(vifd_pid)
	unset "VIFD_PID[host]"
	kill -TERM "$pid"
	wait "$pid" || fail "vifd ended with status $?"
	took=$(((${EPOCHREALTIME/./} - begin) / 1000))
	[ "$took" -lt 1000 ] || fail "it took $took ms"
}

test_sigterm_ends_vifd_within_a_second_whatever_clients_do() {
	usual
	rude as_nobody rude unread 80000
	rude on host "$VIFD_BUILD/tests/harness/rude" unread 80000
	rude as_nobody rude silent 50
	rude as_nobody rude doctor 100
	rude as_nobody rude check 1000000
	rude as_nobody rude endless
	sleep 1
	expect_end_soon
	end_rude
}
