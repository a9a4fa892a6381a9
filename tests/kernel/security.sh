# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a guest may send. The guest is a stand-in that answers ARP and pings for an address: with the port's
# MAC and address it is heard in the world, with another one it is not, and the port has counted it.

# shellcheck source=tests/harness/guarded.sh
. "$VIFD_SOURCE/tests/harness/guarded.sh"

# tried KIND FRAMES RULE: for the test's output.
tried() {
	echo "# $1: $2: dropped by $3"
}

# expect_stopped RULE MAC ADDRESS SPEC: such a guest is not heard, and that rule has stopped it.
expect_stopped() {
	local rule=$1 mac=$2 address=$3 spec=$4
	ip -n world neigh flush all
	standin_as evil "$mac" "$address" "$spec"
	wait_until 5 drops "$PORT" "$rule"
	is_unknown "$address" || fail "$spec: the world knows $address"
	expect_no_answer "$address"
	tried "$spec" "$mac $address" "$rule"
	standin_stop evil
	wait_until 5 is_without_ports host
}

test_only_the_guests_own_addresses_are_heard_on_each_kind_of_port() {
	local place
	usual
	for place in dev=eth1,mode={bridge,vepa,private,passthrough} dev=eth1,mode={bridge,vepa,private,passthrough},type=direct bridge=br1; do
		standin_start one 10.9.0.11 "$place,mac=$MAC,security=10.9.0.11"
		expect_answer 10.9.0.11
		standin_stop one
		wait_until 5 is_without_ports host
		expect_stopped arp $MAC 10.9.0.12 "$place,mac=$MAC,security=10.9.0.11"
		expect_stopped mac $OTHER 10.9.0.11 "$place,mac=$MAC,security=10.9.0.11"
	done
}

# interface PLACE TYPE: $T/interface.xml, with all that can be checked, for the guest of tests/harness/hostile.h.
interface() {
	local source="<source dev='eth1' mode='$1'/>" kind=direct
	[ "$1" != br1 ] || source="<source bridge='br1'/>" kind=bridge
	cat >"$T/interface.xml" <<-END
		<interface type='$kind' xmlns:vif='urn:vifd:1'>
		  <mac address='52:54:00:11:22:33'/>
		  $source
		  <vif:port type='$2'/>
		  <vif:security other='no'><vif:address ip='10.7.0.2'/><vif:address ip='2001:db8::2'/></vif:security>
		</interface>
	END
}

# Whatever a VMM puts into its queue, with another MAC on the device: a table of tried and passed for each kind and mode.
# timeout: 180
test_what_a_hostile_vmm_sends_does_not_come_out() {
	local mode type port=p1
	usual
	for type in live direct; do
		for mode in bridge vepa private passthrough br1; do
			[ "$mode" != br1 ] || port=p2
			[ "$mode $type" != "br1 direct" ] || continue
			interface "$mode" $type
			# shellcheck disable=SC1083 # {fds} is for vif run
			run vif run --nic "$T/interface.xml" -- hostile {fds} /run/netns/world $port
			[ "$STATUS" = 0 ] || fail "$type, $mode: $OUT$ERR"
			echo "# $type, $mode: $(tail -n 1 <<<"$OUT")"
			wait_until 5 is_without_ports host
			port=p1
		done
	done
}

test_a_hostile_vmm_is_heard_without_security() {
	usual
	interface bridge live
	sed -i '/vif:security/d' "$T/interface.xml"
	# shellcheck disable=SC1083 # {fds} is for vif run
	expect_failure vif run --nic "$T/interface.xml" -- hostile {fds} /run/netns/world p1
	expect_match "*a router: passed*" "$OUT"
	wait_until 5 is_without_ports host
}

test_without_security_they_are_heard() {
	usual
	standin_as one $MAC 10.9.0.12 "bridge=br1,mac=$MAC"
	expect_answer 10.9.0.12
	expect_equal "$(vif security show "$PORT")" "$PORT: nothing of what its guest sends is checked"
	standin_stop one
}

# --- what comes and goes -------------------------------------------------------------

# The guard's program is there, where the guest's frames come by.
is_guarded() {
	local hook=ingress
	[ "$(link "$1" .linkinfo.info_kind)" = tun ] || hook=egress
	ip netns exec "$HOST" tc -j filter show dev "$1" $hook |
		jq -e 'any(.options.prog.name == "vif_from_guest" and .pref == 1)' >/dev/null
}

test_the_guard_outlives_the_nic_the_daemon_and_the_tap() {
	local before
	usual
	standin_as evil $OTHER 10.9.0.11 "dev=eth1,mode=bridge,mac=$MAC,security=10.9.0.11"
	wait_until 5 drops "$PORT" mac

	no_nic host eth1
	expect_state "$PORT" waiting
	is_guarded "$PORT" || fail "not guarded while it waits"
	nic host eth1 world p1
	expect_on "$PORT" eth1
	before=$(dropped "$PORT" mac)
	wait_until 5 drops "$PORT" mac "$before"

	kill_vifd
	is_guarded "$PORT" || fail "not guarded without vifd"
	start_vifd
	expect_on "$PORT" eth1
	[ "$(dropped "$PORT" mac)" -ge "$before" ] || fail "the next vifd counts anew"
	before=$(dropped "$PORT" mac)
	wait_until 5 drops "$PORT" mac "$before"

	ip -n host link del "$PORT"
	expect_on "$PORT" eth1
	is_guarded "$PORT" || fail "not guarded when it was made again"
	before=$(dropped "$PORT" mac)
	wait_until 5 drops "$PORT" mac "$before"
	is_unknown 10.9.0.11 || fail "the world has heard of it"
	standin_stop evil
}

test_the_guest_is_heard_after_all_of_that() {
	usual
	standin_start one 10.9.0.11 "dev=eth1,mode=bridge,security=10.9.0.11"
	no_nic host eth1
	expect_state "$PORT" waiting
	nic host eth1 world p1
	expect_on "$PORT" eth1
	expect_answer 10.9.0.11
	kill_vifd
	expect_answer 10.9.0.11
	start_vifd
	expect_on "$PORT" eth1
	expect_answer 10.9.0.11
	ip -n host link del "$PORT"
	expect_on "$PORT" eth1
	expect_answer 10.9.0.11
	standin_stop one
}

test_a_retarget_keeps_the_rules_or_brings_others() {
	usual
	standin_start one 10.9.0.11 "dev=eth1,mode=bridge,security=10.9.0.11"
	expect_ok vif retarget "$PORT" bridge=br1
	expect_on_bridge "$PORT" br1
	is_guarded "$PORT" || fail "not guarded on the bridge"
	expect_answer 10.9.0.11
	expect_ok vif retarget "$PORT" bridge=br1,security=10.9.0.12
	expect_no_answer 10.9.0.11
	expect_ok vif retarget "$PORT" dev=eth1,mode=bridge,security=no
	expect_failure is_guarded "$PORT"
	expect_answer 10.9.0.11
	standin_stop one
}

test_a_direct_port_is_guarded_by_the_next_vifd_too() {
	usual
	plug "dev=eth1,mode=bridge,type=direct,security=mac"
	is_guarded "$PORT" || fail "not guarded"
	kill_vifd
	start_vifd
	expect_state "$PORT" connected
	is_guarded "$PORT" || fail "not guarded after a restart"
	unplug "$PORT"
}

# --- who is asked first ---------------------------------------------------------------

checked_by() {
	[ "$(vif show --json "$1" | jq -r .guard)" = "$2" ]
}

test_a_wired_tap_is_guarded_by_tcx_where_the_kernel_has_it() {
	local before
	usual
	# Its status tells of all that a host may lack.
	run vif doctor --verbose --json
	jq -e 'any(.. | objects; .name? == "guard-tcx" and .status == "yes")' <<<"$OUT" >/dev/null || skip "no TCX here"
	standin_as evil $OTHER 10.9.0.11 "dev=eth1,mode=bridge,mac=$MAC,security=mac"
	wait_until 5 checked_by "$PORT" TCX
	is_guarded "$PORT" || fail "nothing is behind it"
	before=$(dropped "$PORT" mac)
	wait_until 5 drops "$PORT" mac "$before"
	is_unknown 10.9.0.11 || fail "the world has heard of it"
	standin_stop evil
	wait_until 5 is_without_ports host

	standin_start one 10.9.0.11 "dev=eth1,mode=bridge,mac=$MAC,security=mac"
	wait_until 5 checked_by "$PORT" TCX
	no_nic host eth1
	expect_state "$PORT" waiting
	nic host eth1 world p1
	expect_on "$PORT" eth1
	checked_by "$PORT" TCX || fail "TCX is lost with the NIC"
	expect_answer 10.9.0.11
	kill_vifd
	start_vifd
	expect_on "$PORT" eth1
	checked_by "$PORT" TCX || fail "TCX is lost with vifd"
	expect_answer 10.9.0.11
	expect_ok vif retarget "$PORT" bridge=br1
	expect_answer 10.9.0.11
	standin_stop one
}

test_a_guard_that_somebody_takes_off_is_put_there_again() {
	usual
	vif monitor --json >"$T/events" 2>/dev/null &
	standin_start one 10.9.0.11 "dev=eth1,mode=bridge,mac=$MAC,security=mac"
	ip netns exec host tc filter del dev "$PORT" ingress prio 1
	wait_until 5 is_guarded "$PORT"
	ip netns exec host tc qdisc del dev "$PORT" clsact
	wait_until 5 is_guarded "$PORT"
	expect_answer 10.9.0.11
	wait_until 5 grep -q '"port-guard"' "$T/events"
	standin_stop one

	plug dev=eth1,mode=bridge,type=direct,security=mac
	ip netns exec host tc filter del dev "$PORT" egress
	wait_until 5 is_guarded "$PORT"
	unplug "$PORT"
	kill %1
}

# --- whose it is ------------------------------------------------------------------------

test_networks_of_vifds_own_have_it_where_nobody_says_otherwise() {
	usual_host 1
	expect_ok vif network define --default
	expect_ok vif network start default
	plug network=default
	is_guarded "$PORT" || fail "not guarded"
	expect_equal "$(vif security show "$PORT")" "$PORT: what its guest sends is checked by tc
  passes   only the guest's MAC
           no DHCP answers
           no router advertisements
  dropped  nothing so far"
	unplug "$PORT"
	plug network=default,security=no
	expect_failure is_guarded "$PORT"
	unplug "$PORT"
	expect_ok vif network stop default
}

test_what_is_dropped_is_told_by_its_rule() {
	usual
	standin_as evil $MAC 10.9.0.12 "dev=eth1,mode=bridge,mac=$MAC,security=10.9.0.11"
	wait_until 5 drops "$PORT" arp
	expect_match "$PORT: what its guest sends is checked by *
  passes   only the guest's MAC
           only 10.9.0.11
           no DHCP answers
           no router advertisements
  dropped  * by arp" "$(vif security show "$PORT")"
	standin_stop evil
}

# --- hosts that cannot ----------------------------------------------------------------------

test_a_host_without_bpf_refuses_who_asks_and_serves_the_others() {
	usual_nics 1
	VIFD_WRAPPER="setpriv --bounding-set=-bpf,-sys_admin" start_vifd
	expect_error "cannot check what vif0 sends: cannot load the guard's program into the kernel: *" \
		vif plug dev=eth1,mode=bridge,security=mac
	no_link vif0 || fail "vif0 is left"
	plug dev=eth1,mode=bridge
	unplug "$PORT"
	expect_ok vif network define --default
	expect_ok vif network start default
	plug network=default
	expect_match "*is not checked, as this host cannot*" "$(vif security show "$PORT")"
	unplug "$PORT"
	expect_ok vif network stop default
}
