# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a scenario test is written with.
#
# A test is a bash function `test_CLAIM` in tests/kernel/*.sh or
# tests/guest/*.sh. tests/run starts each one in a sandbox of its own
# (harness/sandbox: new process, mount and network namespaces), so a test can
# neither see nor harm the machine, and nothing of it outlives it. Inside:
#
#	host NAME			a machine that runs vifd: a network namespace with its own
#					runtime and configuration folders
#	switch NAME [ADDRESS/LEN]	the world outside: a namespace with a bridge `br0`
#	nic HOST IF SWITCH PORT		a host interface: a veth pair; its other end, PORT, is a port
#					of the switch's bridge
#	no_nic HOST IF			takes it away, its other end too
#
#	host_bridge HOST BRIDGE IF…	a bridge of the host itself
#
# Bridges have a fixed MAC: otherwise it changes with their ports, and what
# the guests have learned of it goes stale in the middle of a test. Host interfaces
# and bridges get no IPv6 address by themselves, so that two snapshots of an
# unchanged host are equal and the address that a port got by mistake stands out.
#
# The first host is the one that vif, start_vifd and the expectations work on;
# use_host changes it. Shell options are `set -eE`: the first command that fails
# ends the test, and the trap says where.

# Set by harness/sandbox: the test's folder (on a tmpfs), the programs' folders and the sources.
: "${T:?}" "${VIFD_BUILD:?}" "${VIFD_SOURCE:?}"

HOST=
PORT=
HOSTS=()
SWITCHES=()
declare -A VIFD_PID=()

PATH=$VIFD_BUILD/src/cli:$VIFD_BUILD/src/daemon:$PATH

# --- verdicts ---------------------------------------------------------------

# Where in the test's own file we are, for messages.
test_position() {
	local i
	for ((i = 1; i < ${#BASH_SOURCE[@]}; i++)); do
		case ${BASH_SOURCE[i]} in
		*/harness/*) ;;
		*)
			echo "${BASH_SOURCE[i]#"$VIFD_SOURCE"/}:${BASH_LINENO[i - 1]}"
			return
			;;
		esac
	done
	echo "harness"
}

fail() {
	trap - ERR
	echo "$(test_position): $*" >&2
	exit 1
}

# Ends the test as skipped. The reason is printed by the runner.
skip() {
	trap - ERR
	echo "$*" >"$T/skip"
	exit 77
}

# What the runner is to print behind a test that passes: counts.
note() {
	echo "$*" | tee "$T/note"
}

# need PROGRAM…: skips where one is not installed.
need() {
	local program
	for program; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
}

# --- hosts, switches, host interfaces ---------------------------------------

host() {
	local name=$1
	ip netns add "$name"
	ip -n "$name" link set lo up
	mkdir -p "$T/$name/run" "$T/$name/etc"
	HOSTS+=("$name")
	[ -n "$HOST" ] || HOST=$name
}

use_host() {
	HOST=$1
}

switch() {
	local name=$1 address=${2:-10.9.0.1/24}
	ip netns add "$name"
	ip netns exec "$name" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	ip -n "$name" link set lo up
	ip -n "$name" link add br0 address 02:00:00:5f:00:01 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
	ip -n "$name" address add "$address" dev br0
	ip -n "$name" link set br0 up
	SWITCHES+=("$name")
}

# As on a real host it gets its name, as everything, while it is down: vifd sets it up as soon as it knows it.
nic() {
	local host=$1 interface=$2 switch=$3 port=$4
	ip -n "$switch" link add "$port" type veth peer name "nic-$interface" netns "$host"
	ip -n "$switch" link set "$port" master br0 up
	printf 'link set %s\n' "nic-$interface addrgenmode none" "nic-$interface name $interface" "$interface up" |
		ip -n "$host" -batch -
	wait_until 5 is_operational "$host" "$interface"
}

no_nic() {
	ip -n "$1" link del "$2"
}

# The kernel tells of a new carrier with some delay.
is_operational() {
	[ "$(ip -n "$1" -j link show dev "$2" | jq -r '.[0].operstate')" = UP ]
}

# host_bridge HOST BRIDGE [IF…]: a bridge of the host's own, with these host interfaces as its ports.
host_bridge() {
	local host=$1 bridge=$2 interface
	shift 2
	ip -n "$host" link add "$bridge" address 02:00:00:5f:00:02 type bridge forward_delay 0
	ip -n "$host" link set "$bridge" addrgenmode none up
	for interface; do
		bridge_port "$host" "$interface" "$bridge"
	done
}

# bridge_port HOST IF BRIDGE: makes the interface a port of that bridge.
bridge_port() {
	ip -n "$1" link set "$2" master "$3"
	wait_until 5 is_operational "$1" "$3"
}

# hairpin SWITCH PORT on|off: does the switch send frames back to where they came from (802.1Qbg reflective relay)?
hairpin() {
	ip netns exec "$1" bridge link set dev "$2" hairpin "$3"
}

# on HOST COMMAND…: runs a program there, with the folders of that host's vifd. exec_on becomes it: in
# the background `$!` is then the program itself.
on() {
	(exec_on "$@")
}

exec_on() {
	local name=$1
	shift
	VIFD_RUNTIME_DIR=$T/$name/run VIFD_CONFIG_DIR=$T/$name/etc VIFD_DATA_DIR=$VIFD_SOURCE/data VIFD=${VIFD-$VIFD_BUILD/src/daemon/vifd} \
		exec ip netns exec "$name" "$@"
}

vif() {
	on "$HOST" vif "$@"
}

# as_nobody COMMAND…: on the host, as a user without any privilege.
as_nobody() {
	as_user 65534 --clear-groups "$@"
}

# as_member UID COMMAND…: as a user who is in the group vifd. Before vifd is asked: group_vifd.
as_member() {
	local uid=$1
	shift
	as_user "$uid" --groups=4242 "$@"
}

# as_user UID GROUPS COMMAND…: the build may lie where only its owner may look; others get it at another place.
as_user() {
	local uid=$1 groups=$2
	shift 2
	if [ ! -d /run/vifd-build ]; then
		mkdir /run/vifd-build
		mount --bind "$VIFD_BUILD" /run/vifd-build
	fi
	PATH=/run/vifd-build/src/cli:/run/vifd-build/src/daemon:/run/vifd-build/tests/harness:$PATH on "$HOST" \
		setpriv --reuid="$uid" --regid="$uid" "$groups" --inh-caps=-all "$@"
}

# There is a group vifd, with the id 4242.
group_vifd() {
	{
		cat /etc/group
		echo "vifd:x:4242:"
	} >"$T/group"
	mount --bind "$T/group" /etc/group
}

# access_conf LINE…: the host's access.conf, in one step.
access_conf() {
	printf '%s\n' "$@" >"$(config_dir)/access.conf.new"
	mv "$(config_dir)/access.conf.new" "$(config_dir)/access.conf"
}

runtime_dir() {
	echo "$T/$HOST/run"
}

config_dir() {
	echo "$T/$HOST/etc"
}

# --- vifd ---------------------------------------------------------------------

is_listening() {
	[ -n "$(on "$HOST" ss -xlH src "$T/$HOST/run/bus" 2>/dev/null)" ]
}

# start_vifd [OPTION…]: returns when it serves, which is after it has put right what it found. $VIFD_WRAPPER is put in
# front of the command. Where OPTION is another level of its log, it returns as soon as it listens.
start_vifd() {
	local log=$T/$HOST/vifd.log
	VIFD_LOG_START=$(stat -c %s "$log" 2>/dev/null || echo 0)
	# shellcheck disable=SC2086 # a wrapper is words
	exec_on "$HOST" ${VIFD_WRAPPER-} vifd --log-level=debug "$@" >>"$log" 2>&1 &
	VIFD_PID[$HOST]=$!
	case " $* " in
	*" --log-level="*) wait_until 10 vifd_is_or_ended is_listening ;;
	*) wait_until 10 vifd_is_or_ended says_that_it_serves ;;
	esac
	kill -0 "${VIFD_PID[$HOST]}" 2>/dev/null || fail "vifd ended at its start: $(tail -n 3 "$log")"
}

vifd_is_or_ended() {
	"$@" || ! kill -0 "${VIFD_PID[$HOST]}" 2>/dev/null
}

says_that_it_serves() {
	tail -c "+$((VIFD_LOG_START + 1))" "$T/$HOST/vifd.log" | grep -q "^vifd serves"
}

vifd_pid() {
	echo "${VIFD_PID[$HOST]}"
}

# Asks vifd to end and expects that it does so without complaint.
stop_vifd() {
	local pid=${VIFD_PID[$HOST]} status=0
	unset "VIFD_PID[$HOST]"
	kill -TERM "$pid"
	wait "$pid" || status=$?
	[ "$status" = 0 ] || fail "vifd ended with status $status: $(tail -n 3 "$T/$HOST/vifd.log")"
}

kill_vifd() {
	local pid=${VIFD_PID[$HOST]}
	unset "VIFD_PID[$HOST]"
	kill -KILL "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
}

# The pids of vifd on the host, whoever started it.
vifd_pids() {
	local pid
	for pid in $(ip netns pids "$HOST"); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" = vifd ] && echo "$pid"
	done
	return 0
}

# usual_nics N: a host with the NICs eth1 to ethN, on a switch.
usual_nics() {
	local i
	host host
	switch world
	for ((i = 1; i <= $1; i++)); do
		nic host "eth$i" world "p$i"
	done
}

# usual_host N [OPTION…]: the same, where vifd runs.
usual_host() {
	usual_nics "$1"
	start_vifd "${@:2}"
}

# uuid_of NAME: always the same for a name.
uuid_of() {
	printf '3a7b1c62-93e3-4c4c-a3d6-%s' "$(printf '%s' "$1" | md5sum | cut -c 1-12)"
}

# network_file NAME MODE [DEV…]: writes $T/NAME.xml, a network with that pool.
network_file() {
	local name=$1 mode=$2
	shift 2
	{
		echo "<network>"
		echo "  <name>$name</name>"
		echo "  <uuid>$(uuid_of "$name")</uuid>"
		echo "  <forward mode='$mode'>"
		[ $# = 0 ] || printf "    <interface dev='%s'/>\n" "$@"
		echo "  </forward>"
		echo "</network>"
	} >"$T/$name.xml"
}

# run_network NAME MODE [DEV…]: defined and started.
run_network() {
	network_file "$@"
	expect_ok vif network define "$T/$1.xml"
	expect_ok vif network start "$1"
}

# plug SPEC-OR-FILE [OPTION…]: plugs a port that the test expects to get; its name is in $PORT.
plug() {
	expect_ok vif plug --json "$@"
	PORT=$(jq -r .name <<<"$OUT")
	has_link "$PORT" || fail "vif plug $* answers $OUT, but there is no link $PORT"
}

unplug() {
	expect_ok vif unplug "$1"
	no_link "$1" || fail "vif unplug $1 has left the link"
}

# port_is PORT FILTER: vif says so of the port.
port_is() {
	vif list --json | jq -e --arg port "$1" ".[] | select(.name == \$port) | $2" >/dev/null
}

# expect_state PORT STATE [REASON]: soon; the reason is a pattern, as in expect_error.
expect_state() {
	wait_until 10 port_is "$1" ".state == \"$2\""
	[ $# = 2 ] || expect_match "$3" "$(vif list --json | jq -r --arg port "$1" '.[] | select(.name == $port).reason')"
}

# expect_on PORT DEV: soon the live port is connected, on that interface, by one macvlan that is wired both ways.
expect_on() {
	wait_until 10 port_is "$1" ".state == \"connected\" and .dev == \"$2\""
	expect_equal "$(link "$(side_of "$1")" .link)" "$2"
	expect_wired "$1"
}

# expect_on_bridge PORT BRIDGE: soon it is connected, as a port of that bridge and nothing else.
expect_on_bridge() {
	wait_until 10 port_is "$1" ".state == \"connected\" and .bridge == \"$2\""
	expect_equal "$(link "$1" .master)" "$2"
	expect_equal "$(side_of "$1")$(wires_of "$1")" ""
}

# A process that does nothing but live: a VMM to tie ports to. Its pid is in $IDLER.
start_idler() {
	sleep 1000 &
	IDLER=$!
}

stop_idler() {
	kill -KILL "$IDLER" 2>/dev/null || true
	wait "$IDLER" 2>/dev/null || true
}

# system_bus: a D-Bus system bus of the sandbox's own, on which everybody may do everything.
system_bus() {
	mkdir -p /run/dbus
	cat >"$T/bus.conf" <<-'END'
		<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
		<busconfig>
		  <type>system</type>
		  <listen>unix:path=/run/dbus/system_bus_socket</listen>
		  <auth>EXTERNAL</auth>
		  <policy context="default">
		    <allow user="*"/><allow own="*"/><allow send_destination="*"/><allow send_type="method_call"/>
		    <allow receive_type="method_call"/><allow receive_type="method_return"/>
		    <allow receive_type="error"/><allow receive_type="signal"/>
		  </policy>
		</busconfig>
	END
	dbus-daemon --config-file="$T/bus.conf" --nofork --nopidfile &
	SYSTEM_BUS=$!
	wait_until 10 test -S /run/dbus/system_bus_socket
}

end_system_bus() {
	kill -TERM "$SYSTEM_BUS"
	wait "$SYSTEM_BUS" || true
}

# --- expectations -------------------------------------------------------------

# wait_until SECONDS COMMAND…: until the command succeeds; fails the test after that time. On a machine
# that is emulated whole (harness/nested) a second is longer: VIFD_PATIENCE of them.
wait_until() {
	local seconds=$1 end
	shift
	end=$((${EPOCHREALTIME/./} + seconds * ${VIFD_PATIENCE-1} * 1000000))
	until "$@"; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || fail "not within $seconds s: $*"
		sleep 0.02
	done
}

# Runs a command, leaving its answer in $OUT, $ERR and $STATUS.
run() {
	STATUS=0
	"$@" >"$T/out" 2>"$T/err" || STATUS=$?
	OUT=$(<"$T/out")
	ERR=$(<"$T/err")
}

expect_ok() {
	run "$@"
	[ "$STATUS" = 0 ] || fail "'$*' failed with status $STATUS: $ERR"
}

# `! command` never ends a test, whatever it answers; this does.
expect_failure() {
	run "$@"
	[ "$STATUS" != 0 ] || fail "'$*' succeeded: $OUT"
}

# expect_error SENTENCE COMMAND…: the command exits 1 and says exactly this, on one line. SENTENCE is
# a pattern of the shell (`*` for any words); without wildcards it is the exact text.
expect_error() {
	expect_failed_with 1 "$@"
}

# expect_misunderstood SENTENCE COMMAND…: so, but the command line itself is wrong: status 2.
expect_misunderstood() {
	expect_failed_with 2 "$@"
}

# expect_failed_with STATUS SENTENCE COMMAND…
expect_failed_with() {
	local status=$1 sentence=$2
	shift 2
	run "$@"
	[ "$STATUS" = "$status" ] || fail "'$*' exited with $STATUS instead of $status: $OUT $ERR"
	# shellcheck disable=SC2053 # it is a pattern
	[[ $ERR == "vif: "$sentence ]] || fail "'$*' said '$ERR', expected 'vif: $sentence'"
	[[ $ERR != *$'\n'* ]] || fail "'$*' said more than one line: $ERR"
}

# expect_usage COMMAND…: the command line itself is wrong.
expect_usage() {
	run "$@"
	[ "$STATUS" = 2 ] || fail "'$*' exited with $STATUS instead of 2: $OUT $ERR"
	[ -n "$ERR" ] || fail "'$*' did not say what is wrong"
}

# expect_json FILTER COMMAND…: the command succeeds, and the jq filter answers true.
expect_json() {
	local filter=$1
	shift
	expect_ok "$@"
	jq -e "$filter" <<<"$OUT" >/dev/null || fail "'$*': not true that $filter: $OUT"
}

expect_equal() {
	[ "$1" = "$2" ] || fail "expected '$2', found '$1'"
}

# expect_match PATTERN TEXT: of the shell, as in expect_error.
expect_match() {
	# shellcheck disable=SC2053 # it is a pattern
	[[ $2 == $1 ]] || fail "'$2' is not like '$1'"
}

# expect_same FILE FILE: two snapshots are equal.
expect_same() {
	diff -u "$1" "$2" || fail "$1 and $2 differ"
}

# --- what the kernel says -----------------------------------------------------

# link NAME FILTER: a property of a link of the host, as iproute2 sees it.
link() {
	ip -n "$HOST" -d -j link show dev "$1" | jq -r ".[0] | $2"
}

ifindex() {
	link "$1" .ifindex
}

has_link() {
	ip -n "$HOST" link show dev "$1" >/dev/null 2>&1
}

no_link() {
	! has_link "$1"
}

expect_link() {
	local value
	has_link "$1" || fail "there is no link $1"
	value=$(link "$1" "$2")
	[ "$value" = true ] || fail "link $1: not true that $2: $(ip -n "$HOST" -d -j link show dev "$1")"
}

# The devices of ours on the host: those with an alternative name vif-UUID.
our_links() {
	ip -n "${1:-$HOST}" -j link | jq -r '.[] | select(any(.altnames // [] | .[]; startswith("vif-"))) | .ifname' | sort
}

# Of those, the devices that guests hold: a tap, or a direct port's macvtap.
guest_devices() {
	ip -n "${1:-$HOST}" -j link | jq -r '.[] | select(any(.altnames // [] | .[]; test("^vif-.{36}$"))) | .ifname' | sort
}

# side_of PORT: its device on the host interface: the macvlan behind a live port's tap, or a direct port's macvtap itself.
side_of() {
	ip -n "$HOST" -d -j link | jq -r --arg port "$1" '
		(.[] | select(.ifname == $port).altnames[0]) as $tag | .[] |
		select(.linkinfo.info_kind == "macvlan" or .linkinfo.info_kind == "macvtap") |
		select(any(.altnames // [] | .[]; startswith($tag))) | .ifname'
}

# wires_of DEVICE: the devices that get what comes in on this one.
wires_of() {
	ip netns exec "$HOST" tc filter show dev "$1" ingress |
		sed -n 's/.*Egress Redirect to device \([^)]*\)).*/\1/p'
}

# expect_wired PORT: its tap and one macvlan lead to each other and to nothing else.
expect_wired() {
	local side
	side=$(side_of "$1")
	[ "$(wc -w <<<"$side")" = 1 ] || fail "port $1 stands on '$side' instead of one macvlan"
	expect_equal "$(wires_of "$1")" "$side"
	expect_equal "$(wires_of "$side")" "$1"
}

# The ports on record, by their files.
our_ports() {
	local dir=$T/${1:-$HOST}/run/ports file
	for file in "$dir"/*.xml; do
		[ ! -e "$file" ] || basename "$file" .xml
	done
}

# The pids of dnsmasq on the host, whoever started it.
dnsmasqs() {
	local pid
	for pid in $(ip netns pids "$HOST"); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != dnsmasq ] || echo "$pid"
	done
}

# snapshot FILE: the host as it is now: links, addresses, bridge ports, wires and vifd's files. What changes by
# itself is left out: counters, ages, a bridge's offload limits that follow its ports, and whether the
# kernel has looked at the carrier of a new link, or of a tap that nobody holds, yet.
snapshot() {
	{
		ip -n "$HOST" -d -j link | jq -S 'sort_by(.ifname)[] | del(.stats, .stats64, .tso_max_size) |
			del(.linkinfo.info_data?["gc_timer", "hello_timer", "fdb_n_learned"]) |
			.operstate |= sub("UNKNOWN"; "UP") |
			if .linkinfo.info_kind? == "tun" then .operstate = "-" | .flags -= ["NO-CARRIER", "LOWER_UP"] else . end'
		ip -n "$HOST" -j address | jq -S 'sort_by(.ifname)[] | {ifname, addr_info: [.addr_info[]? | del(.valid_life_time, .preferred_life_time, .tentative)]}'
		ip netns exec "$HOST" bridge -d -j link | jq -S 'sort_by(.ifname)[]'
		wires
		(cd "$T/$HOST" && find run etc ! -name lock ! -name bus ! -name autostarted ! -name vifd.log -printf '%y %m %p -> %l\n' | sort -k3)
		(cd "$T/$HOST" && find run etc -type f -name '*.xml' -exec sha256sum {} + | sort -k2)
	} >"$1"
}

# is_like SNAPSHOT: the host is as it was then, but for devices and wires that were made anew.
is_like() {
	local numbers='/"ifindex":/d; /"link_index":/d; s/ ([0-9]*)$//'
	snapshot "$T/now"
	diff -u <(sed "$numbers" "$1") <(sed "$numbers" "$T/now") >"$T/unlike"
}

expect_like() {
	is_like "$1" || fail "the host is not as it was: $(<"$T/unlike")"
}

# Lines `DEVICE -> DEVICE (ID)` of all that is wired on the host; a wire that is made anew has another id.
wires() {
	local device
	ip netns exec "$HOST" tc qdisc show | awk '$2 == "ingress" || $2 == "clsact" {print $5}' | sort | while read -r device; do
		ip netns exec "$HOST" tc filter show dev "$device" ingress | awk -v device="$device" '
			match($0, /Redirect to device [^)]*/) {target = substr($0, RSTART + 19, RLENGTH - 19)}
			target && /index/ {print device, "->", target, "(" $2 ")"; target = ""}'
	done
}

# expect_unchanged COMMAND…: whatever the command answers, the host is as before.
expect_unchanged() {
	snapshot "$T/before"
	"$@"
	snapshot "$T/after"
	expect_same "$T/before" "$T/after"
}

# --- the end of a test --------------------------------------------------------

# By then the test has ended its guests and released its ports: nothing of vifd is left on any host.
expect_nothing_left() {
	local name left
	for name in "${HOSTS[@]}"; do
		left=$(our_links "$name")
		[ -z "$left" ] || fail "left behind on $name: link $left"
		left=$(our_ports "$name")
		[ -z "$left" ] || fail "left behind on $name: record of port $left"
		left=$(find "$T/$name/run" -name '*.xml.*' -o -name '.*.xml*' -o -name '*tmp*')
		[ -z "$left" ] || fail "left behind on $name: $left"
	done
}

# Ends what the harness started, and an idle vifd that `vif` started.
end_daemons() {
	local name pid
	for name in "${HOSTS[@]}"; do
		HOST=$name
		if [ -n "${VIFD_PID[$name]-}" ]; then
			stop_vifd
		fi
		for pid in $(vifd_pids); do
			kill -TERM "$pid"
			wait_until 5 has_ended "$pid"
		done
	done
}

has_ended() {
	! kill -0 "$1" 2>/dev/null
}

# Processes in the sandbox that are not the harness's own.
stray_processes() {
	local pid command
	for pid in $(cd /proc && echo [0-9]*); do
		[ "$pid" != 1 ] || continue
		[ "$pid" != "$BASHPID" ] || continue
		command=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") || continue
		[ -z "$command" ] || echo "$pid ($command)"
	done
}

expect_no_process() {
	local left
	left=$(stray_processes)
	[ -z "$left" ] || fail "left behind: process $left"
}

# Reports of the sanitizers fail a test whose commands all did what was expected. One that says alone that a
# thread could not be looked at is of a program that the test killed while it looked for leaks.
expect_no_report() {
	local report
	for report in "$T"/sanitizer.*; do
		[ -e "$report" ] || return 0
		grep -qv '^==[0-9]*==Unable to get registers from thread [0-9]*\.$' "$report" || continue
		cat "$report" >&2
		fail "a sanitizer has complained"
	done
}
