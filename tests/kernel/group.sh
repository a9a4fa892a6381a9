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
		stopped udp in 80
		stopped tcp out 53
		stopped udp out 54
		stopped tcp in 22
		expect_ok vif group add-member admins 10.9.0.1
		reaches tcp in 22 || fail "$place: a new member does not pass"
		expect_ok vif group remove-member admins 10.9.0.1
		stopped tcp in 22
		[ "$(dropped "$PORT" in-default)" -gt 0 ] || fail "not counted: $(vif security show "$PORT")"
		[ "$(dropped "$PORT" out-default)" -gt 0 ] || fail "not counted: $(vif security show "$PORT")"

		# What another has defined reaches it, or nobody.
		group ping "<rule direction='in' protocol='tcp' port='82'/>"
		reaches tcp in 82 || fail "$place: a new rule is not in force"
		stopped icmp in 1
		group ping "<rule direction='in' protocol='icmp' type='8'/>"
		reaches icmp in 1 || fail "$place: an old rule is not in force again"
		stopped tcp in 82

		kill_vifd
		reaches tcp in 80 || fail "$place: not without vifd"
		stopped tcp in 82
		start_vifd
		expect_state "$PORT" connected
		reaches tcp in 80 || fail "$place: not with the next vifd"
		stopped tcp in 82
		expect_ok vif set "$PORT" group=ping
		reaches icmp in 1 || fail "$place: not after vif set"
		stopped tcp in 80
		expect_ok vif set "$PORT" group=no
		passes tcp in 82
		standin_stop guest
		wait_until 5 is_without_ports host
		ip netns del guest
	done
}
