# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Guests: QEMU with the image of guest-image.sh, started through `vif run`.
#
#	guest_start NAME HOST ADDRESS[,ADDRESS…] RUN-OPTION… [-- QEMU-OPTION…]
#	guest_wait NAME…		until they have booted
#	guest_run NAME COMMAND		a shell command in the guest: its output, its status
#	guest_ping NAME ADDRESS		an answer within 5 s
#	guest_no_ping NAME ADDRESS	no answer to three requests
#	guest_stop NAME, guest_kill NAME	by SIGTERM, by SIGKILL
#
#	flow_start NAME SWITCH ADDRESS	a TCP connection from the guest to the switch's address, that carries
#					data both ways (flow.c)
#	flow_goes_on NAME		it does, from now on
#	flow_end NAME [GUEST]		it has lost and changed no byte of both directions; GUEST: the name that
#					the guest has meanwhile
#
#	guest_qmp NAME COMMAND [ARGUMENTS]	what QMP answers; the guest has the QEMU-OPTIONs of qmp_socket
#
# Emulation (TCG) everywhere, so that a test takes the same way on every machine. On a busy one the
# guest's test of its own timer fails by chance and leaves it without interrupts: no_timer_check.
# To the guest's commands leads its second serial port, a socket; its
# protocol is in guest-init.

GUEST_IMAGE=${GUEST_IMAGE:-$VIFD_SOURCE/build/guest}
declare -A GUEST_PID=()
GUEST_COMMANDS=0

# The words of a QEMU command line, but for its NICs. Sets QEMU.
qemu_command() {
	local dir=$1 addresses=$2
	shift 2
	# shellcheck disable=SC2054 # commas are QEMU's
	QEMU=(qemu-system-x86_64 -machine pc,accel=tcg -cpu max -m 128 -nodefaults -display none
		-no-reboot -kernel "$GUEST_IMAGE/kernel" -initrd "$GUEST_IMAGE/initramfs"
		-append "console=ttyS0 quiet panic=-1 mitigations=off nokaslr no_timer_check vifd.ip=$addresses"
		-serial "file:$dir/console"
		-chardev "socket,id=commands,path=$dir/commands,server=on,wait=off" -serial chardev:commands
		"$@")
}

guest_start() {
	local name=$1 host=$2 addresses=$3 dir=$T/guest/$1
	local -a options=()
	shift 3
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	[ $# = 0 ] || shift
	mkdir -p "$dir"
	qemu_command "$dir" "$addresses" "$@"
	exec_on "$host" vif run --guest "$name" "${options[@]}" -- "${QEMU[@]}" >"$dir/output" 2>&1 &
	GUEST_PID[$name]=$!
}

guest_ready_or_ended() {
	grep -qs 'vifd guest is ready' "$T/guest/$1/console" || ! kill -0 "${GUEST_PID[$1]}" 2>/dev/null
}

guest_wait() {
	local name
	for name; do
		wait_until 60 guest_ready_or_ended "$name"
		kill -0 "${GUEST_PID[$name]}" 2>/dev/null ||
			fail "guest $name ended: $(<"$T/guest/$name/output")"
	done
}

guest_run() {
	local name=$1 command=$2 id line status='' answers requests pid
	id=$((GUEST_COMMANDS += 1))-$BASHPID
	coproc LINE { exec socat - "UNIX-CONNECT:$T/guest/$name/commands"; } 2>/dev/null
	pid=$LINE_PID answers=${LINE[0]} requests=${LINE[1]}
	echo "$id $(base64 -w 0 <<<"$command")" >&"$requests"
	while IFS= read -r -t 30 line <&"$answers"; do
		if [[ $line == "$id done "* ]]; then
			status=${line##* }
			break
		fi
		echo "$line"
	done
	kill "$pid"
	wait "$pid" 2>/dev/null || true
	[ -n "$status" ] || fail "guest $name does not answer '$command'"
	return "$status"
}

guest_ping() {
	local name=$1 address=$2
	shift 2
	guest_run "$name" "for n in 1 2 3 4 5; do ping -q -c 1 -W 1 $* $address && exit 0; done; exit 1" \
		>"$T/guest/$name/ping" || fail "no answer to guest $name's pings of $address: $(<"$T/guest/$name/ping")"
}

guest_no_ping() {
	local name=$1 address=$2
	if guest_run "$name" "ping -q -c 3 -W 1 $address" >"$T/guest/$name/ping"; then
		fail "guest $name got answers from $address: $(<"$T/guest/$name/ping")"
	fi
}

# guest_counter NAME PROTOCOL FIELD: of the guest's /proc/net/snmp, such as Icmp InEchos.
guest_counter() {
	guest_run "$1" "cat /proc/net/snmp" | awk -v protocol="$2:" -v field="$3" '
		$1 == protocol && !seen {for (i = 2; i <= NF; i++) column[$i] = i; seen = 1; next}
		$1 == protocol {print $(column[field])}'
}

guest_end() {
	local name=$1 signal=$2 pid=${GUEST_PID[$1]}
	unset "GUEST_PID[$name]"
	kill "-$signal" "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
}

guest_stop() {
	guest_end "$1" TERM
}

guest_kill() {
	guest_end "$1" KILL
}

declare -A FLOW_PID=()

flow_start() {
	local name=$1 switch=$2 address=$3 port=$((5000 + ${#FLOW_PID[@]})) dir=$T/guest/$1
	ip netns exec "$switch" "$VIFD_BUILD/tests/harness/flow" serve "$address" $port "$dir/flow.count" >"$dir/flow" &
	FLOW_PID[$name]=$!
	wait_until 5 test -s "$dir/flow.count"
	guest_run "$name" "flow call $address $port >/tmp/flow 2>&1 & echo \$! >/tmp/flow.pid"
	flow_goes_on "$name"
}

# That many bytes cannot all have been under way before.
flow_goes_on() {
	local count
	count=$(<"$T/guest/$1/flow.count")
	wait_until 20 flow_is_beyond "$1" $((count + 10000))
}

flow_is_beyond() {
	[ "$(<"$T/guest/$1/flow.count")" -gt "$2" ] || flow_has_ended "$1"
}

flow_has_ended() {
	kill -0 "${FLOW_PID[$1]}" 2>/dev/null && return 1
	fail "the connection of guest $1 has ended: $(<"$T/guest/$1/flow") $(guest_run "$1" 'cat /tmp/flow')"
}

flow_end() {
	local name=$1 guest=${2-$1} pid=${FLOW_PID[$1]}
	unset "FLOW_PID[$name]"
	# shellcheck disable=SC2016 # for the guest's shell
	guest_run "$guest" 'kill -TERM $(cat /tmp/flow.pid); while kill -0 $(cat /tmp/flow.pid) 2>/dev/null; do usleep 10000; done'
	wait "$pid" || fail "the connection of guest $name ended badly: $(<"$T/guest/$name/flow")"
	expect_match "* bytes, sum *" "$(<"$T/guest/$name/flow")"
	expect_equal "$(guest_run "$guest" 'cat /tmp/flow')" "$(<"$T/guest/$name/flow")"
}

qmp_socket() {
	echo "-qmp unix:$T/guest/$1/qmp,server=on,wait=off"
}

guest_qmp() {
	local name=$1 command=$2 arguments=${3-"{}"} line answer='' requests answers pid
	coproc LINE { exec socat - "UNIX-CONNECT:$T/guest/$name/qmp"; } 2>/dev/null
	pid=$LINE_PID answers=${LINE[0]} requests=${LINE[1]}
	echo '{"execute": "qmp_capabilities"}' >&"$requests"
	echo "{\"execute\": \"$command\", \"arguments\": $arguments, \"id\": \"test\"}" >&"$requests"
	while [ -z "$answer" ] && IFS= read -r -t 10 line <&"$answers"; do
		answer=$(jq -c 'select(.id == "test")' <<<"$line")
	done
	kill "$pid"
	wait "$pid" 2>/dev/null || true
	jq -ec 'select(has("return")).return' <<<"$answer" || fail "QMP of guest $name answers $command with '$answer'"
}

# At the end of a test: guests that still run are stopped, and their ports go with them.
end_guests() {
	local name
	[ "${#GUEST_PID[@]}" != 0 ] || return 0
	for name in "${!GUEST_PID[@]}"; do
		guest_stop "$name"
	done
	for name in "${HOSTS[@]}"; do
		wait_until 5 is_without_ports "$name"
	done
}

is_without_ports() {
	[ -z "$(our_links "$1")$(our_ports "$1")" ]
}
