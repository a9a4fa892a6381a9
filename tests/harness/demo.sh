#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The demo: two guests on one network, from nothing to nothing; meanwhile the host's NIC is taken away from
# under them, one of them moves to another NIC, and one pretends to be the other. `./dev demo` builds what it needs and calls it.
#
# It runs in a sandbox, so the machine's own network is not touched. Inside are two
# network namespaces: `host`, whose NIC eth1 is one end of a veth, and `switch`,
# the world at the other end. Each command is shown as one would type it on a real
# host; only the namespace's `ip netns exec host` is left out.
set -eEuo pipefail

here=$(dirname "$(readlink -f "$0")")
VIFD_SOURCE=$(dirname "$(dirname "$here")")
VIFD_BUILD=$VIFD_SOURCE/build
export VIFD_SOURCE VIFD_BUILD
[ $$ = 1 ] || exec "$here/sandbox" "$0"

T=/run/vifd-demo
mkdir "$T"
# shellcheck source=tests/harness/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/harness/guest.sh
. "$here/guest.sh"
trap 'echo "the demo stopped at line $LINENO: $BASH_COMMAND" >&2' ERR

if [ -t 1 ]; then
	bold=$'\e[1m' plain=$'\e[0m'
else
	bold='' plain=''
fi

say() {
	printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}

# Shows a command and runs it on the host, its answer indented.
show() {
	echo "  # $*"
	on host "$@" 2>&1 | sed 's/^/  /'
}

links() {
	ip -n host -br link | awk '{sub("@.*", "", $1); print $1}' | sort
}

# ping_from GUEST ADDRESS WHOM
ping_from() {
	echo "  $1# ping -c 3 $2        ($3)"
	guest_run "$1" "ping -c 3 -i 0.2 $2" | sed -n 's/^/  /; /seq=\|loss/p'
}

# Where the switch sends what is for guest two.
knows_two() {
	ip -n switch neighbour show 10.9.0.12 | sed 's/ [A-Z]*$//; s/^/  /'
}

both_are() {
	[ "$(vif list --json | jq --arg state "$1" '[.[] | select(.state == $state)] | length')" = 2 ]
}

# vif monitor in the background; monitor_tell shows what it has told since the last time.
monitor_start() {
	exec_on host vif monitor >"$T/events" 2>/dev/null &
	MONITOR=$!
	TOLD=0
	sleep 0.3
}

monitor_tell() {
	tail -n +$((TOLD + 1)) "$T/events" | sed 's/^/  /'
	TOLD=$(wc -l <"$T/events")
}

monitor_stop() {
	kill "$MONITOR"
	wait "$MONITOR" || true
}

begin=$SECONDS
say "A host with one NIC, eth1; behind it a switch, 10.9.0.1."
host host
switch switch
nic host eth1 switch port1
links >"$T/links-before"
show ip -br link

say "A network: its guests share eth1 as if they had NICs of their own (macvlan, mode bridge)."
cat >"$T/lab.xml" <<'END'
<network>
  <name>lab</name>
  <forward mode='bridge'>
    <interface dev='eth1'/>
  </forward>
</network>
END
sed 's/^/  /' "$T/lab.xml"
cd "$T"
show vif network define lab.xml
show vif network start lab
show vif network list

say "What would happen to a guest on it? Nothing is done yet."
show vif check network=lab

say "Two guests. vif run plugs a port, then becomes the VMM, with the port's file descriptors."
echo -e "  # vif run --guest one --nic network=lab,security=10.9.0.11 -- qemu-system-x86_64 -m 128 -kernel … &
  # vif run --guest two --nic network=lab -- qemu-system-x86_64 -m 128 -kernel … &"
guest_start one host 10.9.0.11/24 --nic network=lab,security=10.9.0.11
guest_start two host 10.9.0.12/24 --nic network=lab
guest_wait one two
echo "  both have booted"
show vif list

say "They talk, to the world and to each other."
ping_from one 10.9.0.1 "the switch"
ping_from two 10.9.0.1 "the switch"
ping_from one 10.9.0.12 "the other guest"

say "Guest one may send from 10.9.0.11 only. It says by ARP that it is guest two; the switch does not hear it."
knows_two | tee "$T/neighbour"
echo "  one# ip address add 10.9.0.12/32 dev eth0; arping -U -c 3 -I eth0 10.9.0.12"
guest_run one "ip address add 10.9.0.12/32 dev eth0; arping -U -c 3 -I eth0 10.9.0.12; ip address del 10.9.0.12/32 dev eth0" >/dev/null
knows_two | cmp "$T/neighbour" -
echo "  switch# ip neighbour show 10.9.0.12        (it is guest two's as before)"
PORT=$(vif list --json | jq -r '.[] | select(.guest == "one").name')
show vif security show "$PORT"
vif show --json "$PORT" | jq -e 'any(.dropped[]; .rule == "arp" and .frames >= 3)' >/dev/null

say "Now the host's NIC is deleted under the running guests, and is there again two seconds later."
monitor_start
echo "  one# ping -i 0.5 10.9.0.1 &"
guest_run one "ping -i 0.5 -c 16 10.9.0.1 >/tmp/ping 2>&1 &"
sleep 1
echo "  # ip link delete eth1"
ip -n switch link delete port1
wait_until 5 both_are waiting
show vif list
sleep 2
echo "  # ip link add eth1 …"
nic host eth1 switch port1
wait_until 5 both_are connected
show vif list
sleep 3
echo "  What guest one saw of it: a gap in its pings."
guest_run one "cat /tmp/ping" | sed -n 's/^/  /; /seq=/p'
echo "  What vif monitor told, with the time for which each was cut off:"
monitor_tell

say "Guest two moves to another NIC, eth2, while it runs. The new place is complete before the old one goes."
nic host eth2 switch port2
PORT=$(vif list --json | jq -r '.[] | select(.guest == "two").name')
show vif retarget "$PORT" dev=eth2,mode=bridge
show vif list
ping_from two 10.9.0.1 "the switch, by eth2"
ping_from one 10.9.0.12 "the other guest, through the switch now"
monitor_tell
ip -n switch link delete port2
monitor_stop

say "One is shut down, one is killed. Their ports go with them."
guest_stop one
guest_kill two
wait_until 5 is_without_ports host
show vif list
show vif network stop lab
show vif network undefine lab
show ip -br link
links >"$T/links-after"
cmp "$T/links-before" "$T/links-after"
end_daemons
expect_nothing_left
expect_no_process
say "Nothing is left: the links of the host are those from before. ($((SECONDS - begin)) s)"
