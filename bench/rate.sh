# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# shellcheck source=tests/harness/load.sh
. "$VIFD_SOURCE/tests/harness/load.sh"

# What of TCP comes through where <bandwidth> limits it: in percent of what a limit allows, counted in
# whole frames; for each kind of port, both directions, guests with large frames (GSO) and without.
# The first bytes, which the burst lets through, are not counted. A window that is out of 5 % is followed by
# another, at most two: a busy machine is out once, a limit that is wrong each time.

readonly RATES="2560 25600" # KiB/s: 21 and 210 Mbit/s

measure_flow() {
	local what=$1 from=$2 address=$3 flows=$4 to=$5 rate=$6 have
	load_flow "$from" "$address" "$flows" "$to"
	sleep 1.5
	printf '%-34s %5d KiB/s %2d flows' "$what" "$rate" "$flows"
	for _ in 1 2 3; do
		have=$(jq -n "$(load_rate) * 1514 / 1448 / $rate * 100")
		printf ' %6.1f %%' "$have"
		jq -en "$have < 95 or $have > 105" >/dev/null || break
	done
	printf '\n'
	load_end
}

# measure NAME SPEC PEER [plain]
measure() {
	local name=$1 spec=$2 peer=$3 plain=${4-} rate flows peer_address=10.9.0.1
	for rate in $RATES; do
		load_guest guest 10.9.0.7 "$spec,inbound=$rate,outbound=$rate" ${plain:+"$plain"}
		wait_until 10 ip netns exec guest ping -q -c 1 -W 1 $peer_address >/dev/null
		for flows in 1 8; do
			measure_flow "$name${plain:+, plain} sends" guest $peer_address $flows "$peer" "$rate"
			measure_flow "$name${plain:+, plain} gets" "$peer" 10.9.0.7 $flows guest "$rate"
		done
		standin_stop guest
		wait_until 5 is_without_held_ports host
		ip netns del guest
	done
}

bench() {
	local mode plain
	usual_nics 2
	host_bridge host br1 eth2
	start_vifd
	for plain in "" plain; do
		measure live dev=eth1 world $plain
		measure bridge bridge=br1 world $plain
		for mode in bridge vepa private passthrough; do
			measure "direct $mode" "dev=eth1,type=direct,mode=$mode" world $plain
		done
	done
}
