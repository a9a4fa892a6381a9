# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Guests whose ports are guarded: what the tests of security, filters and groups have in common. The guests are stand-ins
# (standin.sh).
#
#	usual				a host with eth1, and br1 on eth2, and vifd
#	standin_as NAME MAC ADDRESS SPEC	a guest that answers as MAC, whatever its port's definition says, and asks for
#					the world; its port is $PORT
#	is_unknown ADDRESS		nobody in the world has heard of it
#	dropped PORT RULE		how many frames of the port a rule has dropped
#	drops PORT RULE [MORE-THAN]

# shellcheck source=tests/harness/standin.sh
. "$VIFD_SOURCE/tests/harness/standin.sh"

# shellcheck disable=SC2034 # the tests'
MAC=52:54:00:00:00:01
# shellcheck disable=SC2034 # the tests'
OTHER=52:54:00:00:00:99

usual() {
	usual_nics 2
	host_bridge host br1 eth2
	start_vifd
}

standin_as() {
	local name=$1 mac=$2 address=$3 spec=$4
	# shellcheck disable=SC1083 # {fds} is for vif run
	standin_run "$name" vif run --guest "$name" --nic "$spec" -- standin "$mac" "$address" {fds} 10.9.0.1
	# shellcheck disable=SC2034 # the test's
	PORT=$(vif list --json | jq -r --arg guest "$name" '.[] | select(.guest == $guest).name')
}

is_unknown() {
	[ -z "$(ip -n world neigh show "$1" nud reachable nud stale nud delay nud probe)" ]
}

dropped() {
	vif show --json "$1" | jq --arg rule "$2" '[.dropped // [] | .[] | select(.rule == $rule).frames] | add // 0'
}

drops() {
	[ "$(dropped "$1" "$2")" -gt "${3:-0}" ]
}
