# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Who reaches whom: what `vif check` says of it, beside what two stand-ins (harness/standin.sh), the host and
# the world find out.

# Those are 10.9.0.11 and 10.9.0.12, 10.9.0.2 and 10.9.0.1.
host_on() {
	usual_nics 2
	[ "$1" = eth1 ] || host_bridge host "$1" eth1
	ip -n host address add 10.9.0.2/24 dev "$1"
	start_vifd
}

# two_guests SPEC [SPEC]: and what is said of the second.
two_guests() {
	standin_start one 10.9.0.11 "$1"
	standin_asks two 10.9.0.12 10.9.0.11 "${2-$1}"
}

no_guests() {
	standin_stop one
	standin_stop two
	wait_until 5 is_without_ports host
}

host_is_answered() {
	ip -n host neighbour flush all
	on host busybox ping -c 1 -W 1 10.9.0.11 >/dev/null
}

# Within some of the questions that the stand-in asks.
guest_is_answered() {
	: >"$T/standin/two"
	sleep 0.5
	grep -q 'answer from' "$T/standin/two"
}

# expect_reach yes|no CONDITION: the first may take a moment after a change.
expect_reach() {
	if [ "$1" = yes ]; then
		wait_until 5 "$2"
	else
		expect_failure "$2"
	fi
}

said() {
	vif check --json "$SPEC" | jq -r --arg key "$1" '.[$key]'
}

# expect_as_said REFLECTED: with a switch that sends frames back (yes) or not (no).
expect_as_said() {
	local guest=no host=no
	case $(said forwards) in
	kernel) guest=yes ;;
	switch) guest=$1 ;;
	esac
	case $(said host-reaches) in
	yes) host=yes ;;
	if-reflected) host=$1 ;;
	esac
	expect_reach "$guest" guest_is_answered
	expect_reach "$host" host_is_answered
	expect_equal "$(said world)" direct
	expect_answer 10.9.0.11
}

test_what_is_said_of_a_host_interface_is_so() {
	local mode
	host_on eth1
	for mode in bridge vepa private; do
		SPEC=dev=eth1,mode=$mode
		two_guests "$SPEC"
		expect_as_said no
		hairpin world p1 on
		expect_as_said yes
		hairpin world p1 off
		no_guests
	done
}

# Others stand elsewhere then, and are met outside. Nobody else gets what comes back.
test_what_is_said_of_passthrough_is_so() {
	host_on eth1
	SPEC=dev=eth1,mode=passthrough
	expect_equal "$(said forwards) $(said host-reaches) $(said world)" "switch no direct"
	two_guests "$SPEC" dev=eth2,mode=bridge
	expect_reach yes guest_is_answered
	hairpin world p1 on
	expect_reach no host_is_answered
	expect_answer 10.9.0.11
	no_guests
}

test_what_is_said_of_a_bridge_is_so() {
	host_on br1
	SPEC=bridge=br1
	two_guests "$SPEC"
	expect_as_said no
	no_guests
	printf '%s\n' "<interface type='bridge'>" "  <source bridge='br1'/>" "  <port isolated='yes'/>" "</interface>" >"$T/isolated.xml"
	SPEC=$T/isolated.xml
	two_guests "$SPEC"
	expect_as_said no
	no_guests
}

# First who reaches whom, then what it becomes, then the plan.
test_check_begins_with_who_reaches_whom_and_ends_with_the_plan() {
	host_on br1
	expect_ok vif check dev=eth2
	expect_match "other guests on eth2: only where the switch behind it sends frames back (mode vepa, as dev= alone means; *
this host: it and the guest do not reach each other on eth2, unless that switch sends frames back; on a bridge they do
the world: by eth2, *

vif0: a tap wired to a macvlan on eth2, mode vepa, *

  1. create tap vif0*set vif0 up*" "$OUT"
	expect_ok vif check bridge=br1
	expect_match "other guests on br1: reached
this host: reached, where it has an address on br1
the world: by eth1, a port of br1, as a machine of its own there

vif0: *" "$OUT"
	expect_json '.reach | length == 3' vif check --json bridge=br1
	# What cannot be plugged reaches nobody.
	expect_error "host interface eth7 does not exist" vif check dev=eth7
	expect_equal "$OUT" ""
}
