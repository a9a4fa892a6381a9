# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Packet filters by name: what is kept, what ports do with them, and that a change reaches all who have one.
# The guest is a stand-in that answers ARP and pings for an address (tests/harness/standin.sh).

# shellcheck source=tests/harness/guarded.sh
. "$VIFD_SOURCE/tests/harness/guarded.sh"

# filter NAME RULES…: defines it.
filter() {
	local name=$1
	shift
	printf '%s\n' "<filter name='$name'>" "$@" "</filter>" >"$T/$name.xml"
	expect_ok vif filter define "$T/$name.xml"
}

NO_PING="<rule action='drop' direction='in'><icmp type='8'/></rule>"

NOTHING_ELSE="<rule action='drop' direction='inout' priority='900'><all/></rule>"

test_filters_are_kept_and_those_of_vifd_come_back() {
	host host
	start_vifd
	expect_ok vif filter list --json
	expect_equal "$(jq -r '.[].name' <<<"$OUT" | grep -c .)" "$(find "$VIFD_SOURCE/data/filters" -name '*.xml' | wc -l)"
	expect_equal "$(jq -r '.[] | select(.name == "clean-traffic").shipped' <<<"$OUT")" true
	filter clean-traffic "$NO_PING"
	expect_equal "$OUT" "filter clean-traffic is defined"
	expect_ok vif filter define "$T/clean-traffic.xml"
	expect_equal "$OUT" "filter clean-traffic is unchanged"
	stop_vifd
	start_vifd
	expect_ok vif filter show clean-traffic
	[[ $OUT == *"<icmp type='8'/>"* ]] || fail "$OUT"
	expect_ok vif filter undefine clean-traffic
	[ ! -e "$T/host/etc/filters/clean-traffic.xml" ] || fail "its file is still there"
	expect_ok vif filter show clean-traffic
	[[ $OUT == *"filter='no-mac-spoofing'"* ]] || fail "$OUT"
	expect_error "filter 'clean-traffic' comes with vifd: it can be defined otherwise, and not undefined" \
		vif filter undefine clean-traffic
	expect_error "there is no filter 'none'" vif filter undefine none
	expect_error "there is no filter 'none'" vif filter show none
}

test_what_a_port_cannot_have_is_refused_and_changes_nothing() {
	usual
	printf '%s\n' "<filter name='a'>" "<filterref filter='b'/></filter>" >"$T/a.xml"
	printf '%s\n' "<filter name='b'>" "<filterref filter='a'/></filter>" >"$T/b.xml"
	expect_ok vif filter define "$T/a.xml"
	expect_error "$T/b.xml:2: filter 'b' refers to 'a', which refers to it" vif filter define "$T/b.xml"
	filter limit "<rule action='drop' direction='out'><tcp connlimit-above='2'/></rule>"
	expect_unchanged expect_error "'bridge=br1,filter=limit': filter 'limit', line 3: <tcp connlimit-above=> cannot be done by vifd's guard" \
		vif plug bridge=br1,filter=limit
	expect_unchanged expect_error "'bridge=br1,filter=none': there is no filter 'none'" vif plug bridge=br1,filter=none
	expect_unchanged expect_error "'bridge=br1,filter=a': filter 'a', line 3: there is no filter 'b'" vif plug bridge=br1,filter=a
	filter port "<rule action='drop' direction='out'><udp dstportstart='\$PORT'/></rule>"
	expect_unchanged expect_error "'bridge=br1,filter=port': filter 'port', line 3: \$PORT has no value: the interface's <filterref> needs <parameter name='PORT' value='…'/>" \
		vif plug bridge=br1,filter=port
	expect_ok vif plug bridge=br1,filter=port,filter.PORT=53,filter.PORT=54,target=vif0
	expect_ok vif show --xml vif0
	[[ $OUT == *"<parameter name='PORT' value='53'/>"*"<parameter name='PORT' value='54'/>"* ]] || fail "$OUT"
	expect_error "filter 'port' is in use: port vif0 has it (and 0 more)" vif filter undefine port
	expect_ok vif unplug vif0
	expect_ok vif filter undefine port
}

test_clean_traffic_lets_the_guest_speak_for_itself_only_on_each_kind_of_port() {
	local place port
	usual
	for place in dev=eth1 dev=eth1,mode=bridge,type=direct bridge=br1; do
		standin_start one 10.9.0.11 "$place,mac=$MAC,filter=clean-traffic,filter.IP=10.9.0.11"
		expect_answer 10.9.0.11
		standin_stop one
		wait_until 5 is_without_ports host
		ip -n world neigh flush all
		standin_as evil $MAC 10.9.0.12 "$place,mac=$MAC,filter=clean-traffic,filter.IP=10.9.0.11"
		expect_no_answer 10.9.0.12
		port=$(vif list --json | jq -r '.[0].name')
		expect_ok vif security show "$port"
		[[ $OUT == *"filter   clean-traffic"*" by no-arp-ip-spoofing:5"* ]] || fail "$OUT"
		is_unknown 10.9.0.12 || fail "$place: the world knows 10.9.0.12"
		standin_stop evil
		wait_until 5 is_without_ports host
		standin_as evil $OTHER 10.9.0.11 "$place,mac=$MAC,filter=clean-traffic,filter.IP=10.9.0.11"
		expect_no_answer 10.9.0.11
		is_unknown 10.9.0.11 || fail "$place: the world knows 10.9.0.11 of another guest"
		standin_stop evil
		wait_until 5 is_without_ports host
	done
}

test_a_change_of_a_filter_reaches_running_ports_or_none() {
	local place port
	usual
	for place in dev=eth1 dev=eth1,mode=bridge,type=direct bridge=br1; do
		filter base
		filter mine "<filterref filter='base'/>"
		standin_start one 10.9.0.11 "$place,mac=$MAC,filter=mine"
		expect_answer 10.9.0.11
		filter base "$NO_PING"
		expect_equal "$OUT" "filter base is replaced"
		expect_no_answer 10.9.0.11
		printf '%s\n' "<filter name='base'>" "<rule action='drop' direction='out'><tcp connlimit-above='2'/></rule></filter>" >"$T/bad.xml"
		port=$(vif list --json | jq -r '.[0].name')
		expect_error "port $port could not have it: filter 'base', line 3: <tcp connlimit-above=> cannot be done by vifd's guard" \
			vif filter define "$T/bad.xml"
		expect_no_answer 10.9.0.11
		stop_vifd
		start_vifd
		expect_no_answer 10.9.0.11
		# An answer goes out to what was let in, but nothing comes in that the guest has not asked for.
		filter base "<rule action='accept' direction='in'><icmp/></rule>" "$NOTHING_ELSE"
		expect_answer 10.9.0.11
		filter base "<rule action='accept' direction='out'><icmp/></rule>" "$NOTHING_ELSE"
		expect_no_answer 10.9.0.11
		filter base
		expect_answer 10.9.0.11
		standin_stop one
		wait_until 5 is_without_ports host
	done
}

# CTRL_IP_LEARNING=any is what holds where nothing is said; the guest cannot take another address later, with dhcp not one at all.
test_an_address_that_is_not_given_is_the_first_that_the_guest_sends_from() {
	local place
	usual
	for place in dev=eth1,mode=bridge bridge=br1; do
		expect_ok vif plug "$place,mac=$MAC,filter=clean-traffic,target=vif0"
		standin_open one 10.9.0.11 vif0
		expect_answer 10.9.0.11
		expect_match "*10.9.0.11*" "$(vif security show vif0)"
		standin_stop one
		standin_open two 10.9.0.12 vif0
		expect_no_answer 10.9.0.12
		standin_stop two
		kill_vifd
		start_vifd
		standin_open one 10.9.0.11 vif0
		expect_answer 10.9.0.11
		standin_stop one
		expect_ok vif unplug vif0
	done
	expect_ok vif plug "dev=eth1,mode=bridge,mac=$MAC,filter=clean-traffic,filter.CTRL_IP_LEARNING=dhcp,target=vif0"
	standin_open one 10.9.0.11 vif0
	expect_no_answer 10.9.0.11
	standin_stop one
	expect_ok vif unplug vif0
}
