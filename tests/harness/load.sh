# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Loads: TCP through ports, as much as goes (load.c).
#
#	load_guest NAME ADDRESS SPEC [plain] [RUN-OPTION…]	a guest whose machine is the network namespace NAME
#	load_flow FROM TO-ADDRESS FLOWS TO			TCP from a namespace to one that has the address
#	load_end						ends what load_flow began
#	load_rate						KiB/s of TCP's bytes that arrive, over 2 s from now on
#	load_settles RATE [SECONDS]				at most SECONDS until they are those of that limit:
#								frames of RATE KiB/s, 5 % more or less

# shellcheck source=tests/harness/standin.sh
. "$VIFD_SOURCE/tests/harness/standin.sh"

LOAD_PIDS=()
LOAD_PORT=5000

load_guest() {
	local name=$1 address=$2 spec=$3 plain=
	shift 3
	if [ "${1-}" = plain ]; then
		plain=plain
		shift
	fi
	ip netns add "$name"
	# shellcheck disable=SC1083 # {fds} is for vif run
	standin_run "$name" vif run --guest "$name" --nic "$spec" "$@" -- load guest "$name" eth0 {fds} $plain
	# shellcheck disable=SC2034 # the test's
	PORT=$(vif list --json | jq -r --arg guest "$name" '.[] | select(.guest == $guest).name')
	ip netns exec "$name" sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	ip -n "$name" link set eth0 address "$(vif show --json "$PORT" | jq -r .mac)"
	ip -n "$name" link set eth0 txqueuelen 1000 up
	ip -n "$name" address add "$address/24" dev eth0
}

load_flow() {
	local from=$1 address=$2 flows=$3 to=$4
	LOAD_PORT=$((LOAD_PORT + 1))
	LOAD_FILE=$T/load
	rm -f "$LOAD_FILE"
	ip netns exec "$to" load sink "$address" "$LOAD_PORT" "$LOAD_FILE" &
	LOAD_PIDS+=($!)
	wait_until 5 test -s "$LOAD_FILE"
	ip netns exec "$from" load send "$address" "$LOAD_PORT" "$flows" &
	LOAD_PIDS+=($!)
}

load_end() {
	[ "${#LOAD_PIDS[@]}" != 0 ] || return 0
	kill "${LOAD_PIDS[@]}" 2>/dev/null || true
	wait "${LOAD_PIDS[@]}" 2>/dev/null || true
	LOAD_PIDS=()
}

# Of sums, so that no moment counts: the first burst does, in the first two seconds.
load_rate() {
	local first second
	read -ra first <"$LOAD_FILE"
	sleep 2
	read -ra second <"$LOAD_FILE"
	local bytes=$((10#${second[0]} - 10#${first[0]})) usec=$((10#${second[1]} - 10#${first[1]}))
	echo $((usec > 0 ? bytes * 1000000 / usec / 1024 : 0))
}

# 1448 bytes of each frame's 1514 are TCP's to carry.
load_is() {
	local wanted=$(($1 * 1448 / 1514)) have
	have=$(load_rate)
	LOAD_SEEN="$have of $wanted KiB/s"
	((have * 100 >= wanted * 95 && have * 100 <= wanted * 105))
}

load_settles() {
	wait_until "${2-20}" load_is "$1" || fail "limited to $1 KiB/s: ${LOAD_SEEN-}"
}
