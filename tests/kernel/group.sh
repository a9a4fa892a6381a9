# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Security groups: what is kept, what ports that are in them let pass, and that a change reaches all of them at once. The
# guest's machine is a network namespace (tests/harness/load.sh): what passes is tried by real sockets (reach).

# shellcheck source=tests/harness/load.sh
. "$VIFD_SOURCE/tests/harness/load.sh"
# shellcheck source=tests/harness/guarded.sh
. "$VIFD_SOURCE/tests/harness/guarded.sh"

# group NAME CONTENT…: defines it.
group() {
	local name=$1
	shift
	printf '%s\n' "<vif:group xmlns:vif='urn:vifd:1' name='$name'>" "$@" "</vif:group>" >"$T/$name.xml"
	expect_ok vif group define "$T/$name.xml"
}

# guest SPEC: its machine is the namespace guest, with the address 10.9.0.7; TCP port 80 is open, so is UDP 53 of the world.
guest() {
	load_guest guest 10.9.0.7 "$1,mac=$MAC"
	expect_ok true
}

# reaches PROTOCOL in|out PORT: from world to guest, or the other way.
reaches() {
	local protocol=$1 direction=$2 port=$3 probe
	probe="x $protocol world 10.9.0.1 0 guest 10.9.0.7 $port"
	[ "$direction" = in ] || probe="x $protocol guest 10.9.0.7 0 world 10.9.0.1 $port"
	[[ $(reach <<<"$probe") == "x: passed"* ]]
}

passes() {
	wait_until 3 reaches "$@" || fail "$* does not pass"
}

# Beside one that passes.
stopped() {
	! reaches "$@" || fail "$* passes"
}

WEB=("<rule direction='in' protocol='tcp' port='80-81'/>" "<rule direction='in' protocol='tcp' port='22' remote-group='admins'/>"
	"<rule direction='out' protocol='udp' port='53' remote='10.9.0.0/24'/>")

test_groups_are_kept_and_refused_while_they_are_in_use() {
	usual
	group admins
	expect_equal "$OUT" "security group admins is defined"
	group web "${WEB[@]}" "<member ip='10.7.0.1'/>"
	expect_ok vif group define "$T/web.xml"
	expect_equal "$OUT" "security group web is unchanged"
	expect_ok vif group add-member web 10.7.0.2 10.8.0.0/16 10.7.0.1
	expect_equal "$OUT" "security group web lists 3 members"
	expect_error "'10.8.0.0/33' is neither an IP address nor ADDRESS/PREFIX" vif group add-member web 10.7.0.3 10.8.0.0/33
	expect_ok vif group remove-member web 10.7.0.1 10.7.0.9
	stop_vifd
	start_vifd
	expect_ok vif group show web
	expect_equal "$OUT" "<vif:group xmlns:vif='urn:vifd:1' name='web'>
  <rule direction='in' protocol='tcp' port='80-81'/>
  <rule direction='in' protocol='tcp' port='22' remote-group='admins'/>
  <rule direction='out' protocol='udp' port='53' remote='10.9.0.0/24'/>
  <member ip='10.7.0.2'/>
  <member ip='10.8.0.0' prefix='16'/>
</vif:group>"
	plug bridge=br1,group=web+admins,security=10.7.0.5
	expect_ok vif group list --json
	expect_equal "$(jq -c '.[] | [.name, .rules, .members, .ports]' <<<"$OUT" | xargs)" "[admins,0,1,1] [web,3,3,1]"
	expect_error "security group 'web' is in use: port $PORT is in it (and 0 more)" vif group undefine web
	expect_ok vif show --xml "$PORT"
	[[ $OUT == *"<vif:group name='web'/>"*"<vif:group name='admins'/>"* ]] || fail "$OUT"
	unplug "$PORT"
	expect_error "security group 'admins' is in use: group 'web' refers to it" vif group undefine admins
	printf '%s\n' "<vif:group xmlns:vif='urn:vifd:1' name='web'>" "<rule direction='in' port='80'/></vif:group>" >"$T/bad.xml"
	expect_error "$T/bad.xml:2: <rule> has port= without protocol='tcp', 'udp', 'sctp' or 'dccp'" vif group define "$T/bad.xml"
	expect_unchanged expect_error "there is no security group 'none'" vif plug bridge=br1,group=none
	expect_unchanged expect_error "there is no security group 'none'" vif check bridge=br1,group=none
	expect_ok vif group undefine web
	expect_ok vif group undefine admins
	expect_error "there is no security group 'admins'" vif group undefine admins
	[ -z "$(ls "$T/host/etc/groups")" ] || fail "a file is left"
}

# says PACKET DECISION
says() {
	expect_ok vif security test "$PORT" "$1"
	expect_equal "$(tail -n 1 <<<"$OUT")" "  $2"
}

# timeout: 120
test_a_port_lets_pass_what_its_groups_allow_and_answers_on_each_kind_of_port() {
	local place
	usual
	group admins
	group web "${WEB[@]}"
	group ping "<rule direction='in' protocol='icmp' type='8'/>"
	for place in dev=eth1,mode=bridge dev=eth1,mode=bridge,type=direct bridge=br1; do
		guest "$place,group=web+ping"
		passes udp out 53 # the switch has seen it elsewhere
		passes tcp in 80
		passes icmp in 1
		stopped tcp in 82
		stopped tcp out 53
		says "tcp from 10.9.0.1 port 80" "passes by web:2"
		says "tcp from 10.9.0.1 port 22" "dropped by in-default"
		says "icmp from 10.9.0.1" "passes by ping:2"
		says "udp to 10.10.0.1 port 53" "dropped by out-default"
		says "udp to 255.255.255.255 port 67 source-port 68" "passes by dhcp"
		says "in udp from 10.9.0.1 port 68 source-port 67" "passes by dhcp"
		says "out udp to 10.9.0.1 port 68 source-port 67" "dropped by dhcp-server"
		expect_ok vif group add-member admins 10.9.0.1
		reaches tcp in 22 || fail "$place: a new member does not pass"
		expect_ok vif group remove-member admins 10.9.0.1
		stopped tcp in 22
		expect_match "$PORT: what its guest sends is checked by *
  passes   only the guest's MAC
           no DHCP answers
           no router advertisements
           only what these groups allow: web, ping
  allowed  in: tcp ports 80-81 (web:2)
           in: tcp port 22 from the group admins (web:3)
           out: udp port 53 to 10.9.0.0/24 (web:4)
           in: icmp type 8 (ping:2)
  dropped  * by out-default
           * by in-default" "$(vif security show "$PORT")"
		standin_stop guest
		wait_until 5 is_without_ports host
		ip netns del guest
	done
}

bytes() {
	cat "$T/bytes" 2>/dev/null || echo 0
}

flows() {
	local before
	before=$(bytes)
	wait_until 5 flows_since "$before"
}

flows_since() {
	[ "$(bytes)" -gt "$1" ]
}

# Nothing arrives for as long as thin TCP takes to try again twice.
is_cut() {
	local before
	before=$(bytes)
	sleep 0.5
	[ "$(bytes)" = "$before" ]
}

test_what_changes_reaches_the_port_and_its_connections_and_stays() {
	usual
	group admins
	group web "${WEB[@]}"
	group ping "<rule direction='in' protocol='icmp' type='8'/>"
	guest "dev=eth1,mode=bridge,group=web"
	passes udp out 53
	ip netns exec guest flow serve 10.9.0.7 80 "$T/bytes" >/dev/null 2>&1 &
	local ends=$!
	wait_until 5 test -s "$T/bytes"
	ip netns exec world flow call 10.9.0.7 80 >/dev/null 2>&1 &
	ends+=" $!"
	flows

	# Another definition: of a connection what it does not allow goes no further, and what it allows stays.
	group web "<rule direction='in' protocol='tcp' port='80'/>"
	flows
	group web "<rule direction='in' protocol='tcp' port='81'/>"
	wait_until 5 is_cut
	group web "${WEB[@]}"
	flows

	# Others end and come back.
	no_nic host eth1
	expect_state "$PORT" waiting
	nic host eth1 world p1
	expect_on "$PORT" eth1
	flows
	kill_vifd
	flows
	stopped tcp in 82
	start_vifd
	expect_on "$PORT" eth1
	flows
	stopped tcp in 82
	expect_ok vif retarget "$PORT" bridge=br1,group=web
	flows
	stopped tcp in 82

	# Other groups.
	expect_ok vif set "$PORT" group=web+ping
	flows
	expect_ok vif set "$PORT" group=ping
	wait_until 5 is_cut
	passes icmp in 1
	expect_error "there is no security group 'none'" vif set "$PORT" group=none
	wait_until 5 is_cut
	expect_ok vif set "$PORT" group=no
	flows
	passes tcp in 82
	# shellcheck disable=SC2086 # numbers
	kill $ends
	# shellcheck disable=SC2086 # numbers
	wait $ends || true
	standin_stop guest
}

test_the_addresses_of_a_groups_ports_are_its_members() {
	need busybox
	usual
	group web "<rule direction='in' protocol='tcp' port='80' remote-group='web'/>" "<rule direction='out' protocol='icmp'/>"
	guest "bridge=br1,group=web,security=10.9.0.7"
	local web_port=$PORT
	says "tcp from 10.9.0.8 port 80" "dropped by in-default"
	plug bridge=br1,group=web,security=10.9.0.8
	PORT=$web_port says "tcp from 10.9.0.8 port 80" "passes by web:2"
	expect_ok vif unplug "$PORT"
	wait_until 5 has_left "$web_port"
	plug bridge=br1,group=web,security=mac
	expect_json '.[0].members == 1' vif group list --json
	unplug "$PORT"
	standin_stop guest
	wait_until 5 is_without_ports host

	# What a server gives counts while the guest may use it.
	expect_ok vif network define --default
	expect_ok vif network start default
	ip netns del guest
	load_guest guest 192.0.2.7 "network=default,group=web,security=learn,mac=$MAC"
	expect_json '.[0].members == 0' vif group list --json
	# shellcheck disable=SC2016 # udhcpc's
	printf '#!/bin/sh\n[ "$1" != bound ] || ip address add "$ip/24" dev eth0\n' >"$T/udhcpc"
	chmod +x "$T/udhcpc"
	ip netns exec guest busybox udhcpc -f -q -n -t 10 -T 1 -i eth0 -s "$T/udhcpc" >/dev/null 2>&1
	local own
	own=$(ip -n guest -j addr show dev eth0 | jq -r '.[0].addr_info[] | select(.local | startswith("192.168")).local')
	wait_until 2 allows "tcp from $own port 80"
	standin_stop guest
	wait_until 5 has_no_port
	expect_ok vif network stop default
}

has_no_port() {
	[ "$(vif list --json | jq length)" = 0 ]
}

has_left() {
	PORT=$1 allows "tcp from 10.9.0.8 port 80" && return 1
	return 0
}

allows() {
	on host vif security test "$PORT" "$1" | grep -q "passes by web"
}
