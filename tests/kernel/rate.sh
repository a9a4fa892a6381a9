# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# <bandwidth>: what of TCP comes through, counted at its ends; and that limits stay. The figures are far below what any
# machine can: how fast it is does not matter.

# shellcheck source=tests/harness/load.sh
. "$VIFD_SOURCE/tests/harness/load.sh"

readonly RATE=2560                # KiB/s: 21 Mbit/s
readonly LIMITED=inbound=$RATE,outbound=$((RATE * 2))

usual() {
	usual_nics 2
	host_bridge host br1 eth2
	start_vifd
}

# limit_of DEVICE: "RATE CEIL" of what goes out by it, as tc(8) says; empty: none.
limit_of() {
	ip netns exec "$HOST" tc class show dev "$1" 2>/dev/null | sed -n 's/^class htb.* rate \([^ ]*\) ceil \([^ ]*\) .*/\1 \2/p'
}

# has_limit DEVICE RATE [PEAK]: KiB/s
has_limit() {
	[ "$(limit_of "$1")" = "$(($2 * 8192 / 1000))Kbit $((${3-$2} * 8192 / 1000))Kbit" ]
}

expect_limit() {
	has_limit "$@" || fail "what goes out by $1 is limited to '$(limit_of "$1")' instead of $2 KiB/s"
}

is_unlimited() {
	[ -z "$(limit_of "$1")" ]
}

detours() {
	[[ " $(wires_of "$1" | xargs) " = *" $1-r "* ]]
}

pings() {
	ip netns exec world ping -q -c 1 -W 1 10.9.0.7 >/dev/null
}

flows_as_limited() {
	local flows
	for flows in "$@"; do
		load_flow guest 10.9.0.1 "$flows" world
		load_settles $((RATE * 2))
		load_end
		load_flow world 10.9.0.7 "$flows" guest
		load_settles $RATE
		load_end
	done
}

test_a_live_port_has_its_limits_both_ways() {
	usual
	load_guest guest 10.9.0.7 "dev=eth1,mode=bridge,$LIMITED"
	expect_limit "$PORT" $RATE
	expect_limit "$PORT-0" $((RATE * 2))
	wait_until 5 pings
	flows_as_limited 1 8
	standin_stop guest
}

test_a_live_port_has_its_limits_again_after_its_nic_was_lost_and_after_each_retarget() {
	usual
	load_guest guest 10.9.0.7 "dev=eth1,mode=bridge,$LIMITED"
	no_nic host eth1
	expect_state "$PORT" waiting
	nic host eth1 world p1
	expect_on "$PORT" eth1
	expect_limit "$PORT-0" $((RATE * 2))
	wait_until 5 pings
	flows_as_limited 1
	expect_ok vif retarget "$PORT" bridge=br1
	expect_limit "$PORT-r" $((RATE * 2))
	detours "$PORT" || fail "no detour on a bridge"
	expect_ok vif retarget "$PORT" dev=eth1,mode=bridge
	no_link "$PORT-r" || fail "the ifb is left"
	expect_limit "$PORT-2" $((RATE * 2))
	wait_until 5 pings
	flows_as_limited 1
	expect_failure grep -q "the limit of port" "$T/host/vifd.log"
	standin_stop guest
}

test_a_guest_of_plain_frames_and_one_on_a_bridge_have_theirs() {
	usual
	load_guest guest 10.9.0.7 "bridge=br1,$LIMITED,mac=52:54:00:00:00:07,security=mac" plain
	wait_until 5 pings
	flows_as_limited 1 8
	standin_stop guest
}

test_a_direct_port_has_its_limits() {
	local mode
	usual
	for mode in vepa passthrough; do
		load_guest guest 10.9.0.7 "dev=eth1,type=direct,mode=$mode,mac=52:54:00:00:00:07,$LIMITED"
		wait_until 5 pings
		flows_as_limited 1
		standin_stop guest
		wait_until 5 is_without_held_ports host
		ip netns del guest
	done
}

test_a_burst_below_a_frame_stops_nothing() {
	usual
	load_guest guest 10.9.0.7 "dev=eth1,mode=bridge,inbound=$RATE,$RATE,1,outbound=$((RATE * 2)),0,1"
	wait_until 5 pings
	flows_as_limited 1
	standin_stop guest
}

test_limits_that_somebody_takes_off_or_changes_are_put_right() {
	usual
	vif monitor --json >"$T/events" 2>/dev/null &
	plug "dev=eth1,mode=bridge,$LIMITED"
	ip netns exec host tc qdisc del dev "$PORT" root
	wait_until 5 has_limit "$PORT" $RATE
	ip netns exec host tc class change dev "$PORT-0" parent 7669: classid 7669:1 htb rate 1mbit
	wait_until 5 has_limit "$PORT-0" $((RATE * 2))
	ip netns exec host tc qdisc replace dev "$PORT" root pfifo
	wait_until 5 has_limit "$PORT" $RATE
	wait_until 5 grep -q '"port-rate"' "$T/events"
	unplug "$PORT"
	plug "bridge=br1,$LIMITED"
	ip netns exec host tc filter del dev "$PORT" ingress
	wait_until 5 detours "$PORT"
	ip -n host link del "$PORT-r"
	wait_until 5 has_limit "$PORT-r" $((RATE * 2))
	wait_until 5 detours "$PORT"
	unplug "$PORT"
	kill %1
}

test_limits_are_there_after_a_restart_and_nobody_elses_queue_is_touched() {
	usual
	ip netns exec host tc qdisc add dev eth1 root handle 5: tbf rate 900mbit burst 64k latency 50ms
	plug "dev=eth1,mode=bridge,$LIMITED"
	local live=$PORT bridged
	plug "bridge=br1,outbound=700,900,50"
	bridged=$PORT
	kill_vifd
	ip netns exec host tc qdisc del dev "$live" root
	ip -n host link del "$bridged-r"
	start_vifd
	expect_limit "$live" $RATE
	expect_limit "$live-0" $((RATE * 2))
	expect_limit "$bridged-r" 700 900
	detours "$bridged" || fail "no detour"
	expect_match "*qdisc tbf 5: root*" "$(ip netns exec host tc qdisc show dev eth1)"
	unplug "$live"
	unplug "$bridged"
	plug dev=eth1,mode=bridge
	ip netns exec host tc qdisc replace dev "$PORT" root handle 7: tbf rate 10mbit burst 64k latency 50ms
	kill_vifd
	start_vifd
	expect_match "*qdisc tbf 7: root*" "$(ip netns exec host tc qdisc show dev "$PORT")"
	unplug "$PORT"
}

# --- vif set ------------------------------------------------------------------------

test_what_is_set_while_a_guest_runs_is_done_at_once_and_stays() {
	usual
	load_guest guest 10.9.0.7 "dev=eth1,mode=bridge"
	wait_until 5 pings
	expect_ok vif set "$PORT" inbound=$RATE outbound=$((RATE * 2))
	expect_equal "$OUT" "port $PORT is set: inbound=$RATE outbound=$((RATE * 2))"
	flows_as_limited 1
	expect_ok vif set --json "$PORT" inbound=1000,2000
	expect_limit "$PORT" 1000 2000
	expect_limit "$PORT-0" $((RATE * 2))
	kill_vifd
	start_vifd
	expect_limit "$PORT" 1000 2000
	expect_ok vif set "$PORT" inbound=0 outbound=0
	is_unlimited "$PORT" || fail "inbound is limited"
	is_unlimited "$PORT-0" || fail "outbound is limited"
	wait_until 5 pings
	standin_stop guest
}

# A guest's own ping as well: what comes back to it is not enough.
is_cut_off() {
	! ip netns exec world ping -q -c 1 -W 0.3 10.9.0.7 >/dev/null &&
		! ip netns exec guest ping -q -c 1 -W 0.3 10.9.0.1 >/dev/null
}

is_down() {
	! link "$1" '.flags | join(" ")' | grep -qw UP
}

test_a_link_is_set_down_and_up_while_its_guest_runs() {
	local spec
	usual
	for spec in dev=eth1,mode=bridge bridge=br1 dev=eth1,type=direct,mode=bridge; do
		ip -n world neighbour flush all
		load_guest guest 10.9.0.7 "$spec"
		wait_until 5 pings
		expect_ok vif set "$PORT" link=down
		is_down "$PORT" || fail "$PORT is up"
		is_cut_off || fail "frames pass on $spec"
		expect_json ".note | test(\"its link is down as asked\")" vif show --json "$PORT"
		kill_vifd
		ip -n host link set "$PORT" up
		start_vifd
		is_down "$PORT" || fail "$PORT is up after a restart"
		ip -n host link set "$PORT" up
		wait_until 5 is_down "$PORT"
		expect_ok vif set "$PORT" link=up inbound=500
		wait_until 5 pings
		expect_equal "$(vif show --json "$PORT" | jq .note)" null
		standin_stop guest
		wait_until 5 is_without_held_ports host
		ip netns del guest
	done
	plug bridge=br1,link=down
	is_down "$PORT" || fail "$PORT is up"
	unplug "$PORT"
}

test_what_cannot_be_set_changes_nothing() {
	usual
	plug "bridge=br1,$LIMITED"
	expect_unchanged expect_error "'colour' is nothing that can be set while a guest runs (inbound= outbound= vlan= security= group= isolated= link=)" \
		vif set "$PORT" colour=blue
	expect_unchanged expect_error "inbound='fast' is not average*" vif set "$PORT" outbound=7 inbound=fast
	expect_unchanged expect_error "'vlan' is given twice" vif set "$PORT" vlan=7 vlan=8
	expect_unchanged expect_error "bandwidth floor= is possible only*" vif set "$PORT" inbound=10,0,0,5
	expect_usage vif set "$PORT"
	expect_ok vif set "$PORT" isolated=yes vlan=10+20 security=mac outbound=0
	expect_equal "$(ip netns exec host bridge -d -j link show dev "$PORT" | jq '.[0].isolated')" true
	expect_match "*only the guest's MAC*" "$(vif security show "$PORT")"
	no_link "$PORT-r" || fail "the ifb is left"
	expect_ok vif set "$PORT" isolated=no vlan=no security=no
	expect_equal "$(ip netns exec host bridge -d -j link show dev "$PORT" | jq '.[0].isolated')" false
	expect_equal "$(vif security show "$PORT")" "$PORT: nothing of what its guest sends is checked"
	unplug "$PORT"
	plug dev=eth1,mode=bridge,outbound=500
	expect_unchanged expect_error "<port isolated='yes'/> with interface type 'direct' is not possible" \
		vif set "$PORT" isolated=yes outbound=70
	expect_limit "$PORT-0" 500
	unplug "$PORT"
}

# groups NAME=INBOUND…: the network "red" on br1 with those portgroups; the first is the default.
groups() {
	local word default=" default='yes'"
	{
		echo "<network><name>red</name><forward mode='bridge'/><bridge name='br1'/>"
		for word; do
			group "${word%=*}" "${word#*=}" "$default"
			default=
		done
		echo "</network>"
	} >"$T/red.xml"
	expect_ok vif network define "$T/red.xml"
}

group() {
	local limit="<bandwidth><inbound average='$2'/></bandwidth>"
	echo "<portgroup name='$1'${3-}>${2:+$limit}</portgroup>"
}

test_a_portgroups_changed_limit_reaches_its_ports() {
	local named default own
	usual
	groups blue=1000 green=
	expect_ok vif network start red
	plug network=red,portgroup=green
	named=$PORT
	plug network=red
	default=$PORT
	plug network=red,inbound=700
	own=$PORT
	expect_limit "$default" 1000
	expect_ok vif network update red modify portgroup "$(group green 2000)"
	expect_limit "$named" 2000
	groups green=3000 blue=4000
	expect_limit "$named" 3000
	# It has the portgroup that it was plugged with, whichever is the default now.
	expect_limit "$default" 4000
	expect_limit "$own" 700
	grep -q "port $default is set: its portgroup has another <bandwidth>" "$T/host/vifd.log"
	kill_vifd
	start_vifd
	expect_limit "$default" 4000
	groups green= blue=4000
	is_unlimited "$named" || fail "a limit is left"
	expect_limit "$default" 4000
	unplug "$named"
	unplug "$default"
	unplug "$own"
}

# --- networks that vifd makes ----------------------------------------------------------------

# home_network [INBOUND [OUTBOUND]]: defines it, with those attributes.
home_network() {
	{
		echo "<network>"
		echo "  <name>home</name>"
		echo "  <bridge name='home0'/>"
		echo "  <bandwidth>"
		[ -z "${1-}" ] || echo "    <inbound $1/>"
		[ -z "${2-}" ] || echo "    <outbound $2/>"
		echo "  </bandwidth>"
		echo "  <ip address='192.168.99.1' netmask='255.255.255.0'/>"
		echo "</network>"
	} >"$T/home.xml"
	expect_ok vif network define "$T/home.xml"
}

# kept: the classes of the bridge, a line "ID RATE CEIL" each.
kept() {
	ip netns exec host tc class show dev home0 | sed -n 's/^class htb 7669:\([0-9a-f]*\) .*rate \([^ ]*\) ceil \([^ ]*\) .*/\1 \2 \3/p' | sort
}

# keeps ID RATE CEIL: KiB/s
keeps() {
	grep -qx "$1 $(($2 * 8192 / 1000))Kbit $(($3 * 8192 / 1000))Kbit" <<<"$(kept)"
}

expect_keeps() {
	keeps "$@" || fail "not $*: $(kept)"
}

is_unkept() {
	! grep -q "^$1 " <<<"$(kept)"
}

home_is_whole() {
	keeps 1 $RATE $RATE && keeps 2 $RATE $RATE && has_limit home0-r $((RATE * 2)) && detours home0
}

test_a_network_that_vifd_makes_has_its_own_limits_both_ways() {
	need nft
	usual_host 1
	home_network "average='$RATE'" "average='$((RATE * 2))'"
	expect_ok vif network start home
	load_guest guest 192.168.99.7 network=home
	load_flow host 192.168.99.7 1 guest
	load_settles $RATE
	load_end
	load_flow guest 192.168.99.1 8 host
	load_settles $((RATE * 2))
	load_end
	ip netns exec host tc qdisc del dev home0 root
	wait_until 5 home_is_whole
	ip -n host link del home0-r
	wait_until 5 home_is_whole
	ip -n host link del home0
	wait_until 5 home_is_whole
	kill_vifd
	ip netns exec host tc qdisc del dev home0 root
	start_vifd
	home_is_whole || fail "not there after a restart: $(kept)"
	# While it runs.
	home_network "average='1000' peak='3000'"
	expect_match "*bandwidth*" "$OUT"
	expect_keeps 1 1000 3000
	no_link home0-r || fail "what its guests send is limited still"
	home_network "" "average='700'"
	is_unkept 1 || fail "what its guests get is limited still: $(kept)"
	has_limit home0-r 700 || fail "not limited: $(limit_of home0-r)"
	standin_stop guest
	wait_until 5 is_without_held_ports host
	expect_ok vif network stop home
	no_link home0-r || fail "the ifb is left"
}

test_a_guest_has_its_floor_whatever_others_get() {
	need nft
	usual_host 1
	home_network "average='$((RATE * 2))'"
	expect_ok vif network start home
	load_guest one 192.168.99.7 "network=home,inbound=0,0,0,$((RATE * 3 / 2))"
	local kept_one=$PORT
	load_guest two 192.168.99.8 network=home
	load_flow host 192.168.99.8 4 two
	load_flow host 192.168.99.7 1 one
	load_settles $((RATE * 3 / 2))
	load_end
	load_flow host 192.168.99.7 1 one
	load_settles $((RATE * 2))
	load_end
	standin_stop two
	wait_until 5 is_gone "$PORT"
	# What is promised already cannot be promised again.
	expect_unchanged expect_error "*: bandwidth floor='$((RATE / 2 + 1))' cannot be had: the inbound average of network 'home' is $((RATE * 2)) KiB/s, and $((RATE * 3 / 2)) KiB/s of it are kept for other ports" \
		vif plug "network=home,inbound=100,0,0,$((RATE / 2 + 1))"
	plug "network=home,inbound=1000,0,0,$((RATE / 2))"
	expect_keeps 3 $((RATE * 3 / 2)) $((RATE * 2))
	expect_keeps 4 $((RATE / 2)) $((RATE * 2))
	expect_limit "$PORT" 1000
	ip netns exec host tc filter del dev home0 parent 7669: handle 800::3 prio 30313 u32
	wait_until 5 floor_is_reached 3
	ip netns exec host tc qdisc del dev home0 root
	wait_until 5 keeps 4 $((RATE / 2)) $((RATE * 2))
	wait_until 5 floor_is_reached 3
	expect_ok vif set "$PORT" inbound=1000,0,0,200
	expect_keeps 4 200 $((RATE * 2))
	kill_vifd
	ip netns exec host tc qdisc del dev home0 root
	start_vifd
	expect_keeps 4 200 $((RATE * 2))
	expect_keeps 3 $((RATE * 3 / 2)) $((RATE * 2))
	expect_ok vif set "$PORT" inbound=1000
	is_unkept 4 || fail "a floor is left: $(kept)"
	unplug "$PORT"
	expect_unchanged expect_error "*bandwidth 'floor' needs a network with forward mode nat, route, open or none, and this is *" \
		vif retarget "$kept_one" dev=eth1,mode=bridge
	sed 's/>home</>away</; s/home0/away0/; s/168.99/168.98/' "$T/home.xml" >"$T/away.xml"
	expect_ok vif network define "$T/away.xml"
	expect_ok vif network start away
	expect_ok vif retarget "$kept_one" network=away
	is_unkept 3 || fail "a floor is left: $(kept)"
	expect_match "*class htb 7669:3 *" "$(ip netns exec host tc class show dev away0)"
	standin_stop one
	wait_until 5 is_without_held_ports host
	home_network
	expect_match "*bandwidth*" "$OUT"
	plug network=home
	wait_until 5 is_without_carrier home0
	expect_unchanged expect_error "bandwidth 'floor' needs a network with <bandwidth><inbound average=>, of which it is a part, and network 'home' has none" \
		vif set "$PORT" inbound=0,0,0,5
	unplug "$PORT"
	expect_ok vif network stop home
	expect_ok vif network stop away
}

is_gone() {
	! vif show "$1" >/dev/null 2>&1
}

# The kernel tells of it up to a second later.
is_without_carrier() {
	[[ $(ip -n host link show dev "$1") == *NO-CARRIER* ]]
}

floor_is_reached() {
	grep -q "fh 800::$1 .*flowid 7669:$1" <<<"$(ip netns exec host tc filter show dev home0 parent 7669:)"
}
