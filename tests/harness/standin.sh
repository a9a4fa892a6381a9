# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Stand-ins: processes that hold a port's tap as a VMM does, and answer ARP and pings (standin.c).
#
#	standin_start NAME ADDRESS SPEC [RUN-OPTION…]	through `vif run`, given fds; until it answers for itself
#	standin_open NAME ADDRESS PORT			opens the tap of a port that was plugged
#	standin_asks NAME ADDRESS ASKED SPEC		as standin_start, and asks for another address all the time
#	standin_stop NAME
#	expect_answer ADDRESS [SWITCH]	the stand-in of that address answers a ping from the switch
#	expect_no_answer ADDRESS [SWITCH]
#
# A stand-in that is started has its port's name in $PORT.

declare -A STANDIN_PID=()

PATH=$VIFD_BUILD/tests/harness:$PATH

standin_run() {
	local name=$1
	shift
	mkdir -p "$T/standin"
	: >"$T/standin/$name"
	exec_on "$HOST" "$@" >"$T/standin/$name" 2>&1 &
	STANDIN_PID[$name]=$!
	wait_until 10 standin_is_ready_or_ended "$name"
	kill -0 "${STANDIN_PID[$name]}" 2>/dev/null || fail "stand-in $name ended: $(<"$T/standin/$name")"
}

standin_is_ready_or_ended() {
	grep -qx ready "$T/standin/$1" || ! kill -0 "${STANDIN_PID[$1]}" 2>/dev/null
}

standin_asks() {
	local name=$1 address=$2 asked=$3 spec=$4
	shift 4
	# shellcheck disable=SC1083 # {mac} and {fds} are for vif run
	standin_run "$name" vif run --guest "$name" --nic "$spec" "$@" -- standin {mac} "$address" {fds} ${asked:+"$asked"}
	# shellcheck disable=SC2034 # the test's
	PORT=$(vif list --json | jq -r --arg guest "$name" '.[] | select(.guest == $guest).name')
}

standin_start() {
	local name=$1 address=$2
	shift 2
	standin_asks "$name" "$address" "" "$@"
}

standin_open() {
	standin_run "$1" standin "$(vif show --json "$3" | jq -r .mac)" "$2" "$3"
}

standin_stop() {
	local pid=${STANDIN_PID[$1]}
	unset "STANDIN_PID[$1]"
	kill -KILL "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
}

# Also of one that the test has ended a moment ago the port may still be on its way out.
end_standins() {
	local name
	for name in "${!STANDIN_PID[@]}"; do
		standin_stop "$name"
	done
	for name in "${HOSTS[@]}"; do
		[ -z "${VIFD_PID[$name]-}" ] || wait_until 5 is_without_held_ports "$name"
	done
}

# Ports that a stand-in was given and has left; others are the test's own to unplug, or a guest's, which ends later.
is_without_held_ports() {
	local pid
	for pid in $(sed -nE 's/.*<owner.* pid=.([0-9]+).*/\1/p' "$T/$1/run/ports/"*.xml 2>/dev/null || true); do
		kill -0 "$pid" 2>/dev/null || return 1
	done
}

answers() {
	ip netns exec "$2" ping -q -c 1 -W 1 "$1" >/dev/null
}

# What is on its way while a wire changes is lost, as on any wire: a second request may be needed.
expect_answer() {
	local switch=${2:-world}
	wait_until 5 answers "$1" "$switch"
}

expect_no_answer() {
	local switch=${2:-world}
	if ip netns exec "$switch" ping -q -c 3 -i 0.1 -W 0.3 "$1" >/dev/null; then
		fail "$1 answers on $switch"
	fi
}
