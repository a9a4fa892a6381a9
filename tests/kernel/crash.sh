# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# kill -9 of vifd at every step, and a kernel that refuses every step.
#
# The state of a host and of the runtime folder changes only by system calls, so a
# vifd that is killed right before each of the calls that change something has been
# killed in every state that there is. For each operation:
#
#	1. strace watches it once and lists those calls, thread by thread;
#	2. for each call in the list: a new vifd, the same operation, and strace kills
#	   vifd (all its threads) when it is about to make that call;
#	3. no guest's device that is up may be without its guard (they all ask for one),
#	   and the next vifd must leave what it finds in order: every port has its
#	   device and its record, every device and every record its port.
#
# That is some thousand starts of vifd: every VIFD_CRASH_STEP-th call of the list is taken, the 8th if
# that is not set, and each day others; VIFD_CRASH_STEP=1 is for all of them.
#
# A retarget is also made to fail at each of its requests to the kernel: the
# port has to be where it was, as it was.
#
# The plain vifd is as good as a sanitized one here, and twice as fast.

PATH=$VIFD_SOURCE/build/src/cli:$VIFD_SOURCE/build/src/daemon:$PATH
# A command that finds no vifd must not start one: we do.
export VIFD=/nonexistent

# What has to hold after each kill.
ORDER=expect_order

CHANGING=sendto,sendmsg,ioctl,openat,write,writev,pwrite64,ftruncate,fchmod,fchmodat,chmod
CHANGING+=,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,mknod,mknodat
CHANGING+=,symlink,symlinkat,link,linkat,bpf

usual() {
	need strace
	usual_nics 2
	host_bridge host br1
	mkdir -p "$(runtime_dir)/ports"
}

# The NUMBERth thread of vifd: 0 is the event loop, 1 the one that waits for the kernel.
thread() {
	# shellcheck disable=SC2012 # numbers
	ls "/proc/$(vifd_pid)/task" | sort -n | sed -n "$(($1 + 1))p"
}

# trace THREAD OPTION…: attaches strace to that thread alone.
trace() {
	local tid=$1
	shift
	strace -qq -p "$tid" -o "$T/strace" "$@" 2>"$T/strace.err" &
	STRACE=$!
	wait_until 5 is_traced "$tid"
}

is_traced() {
	! grep -qs '^TracerPid:[[:space:]]0$' "/proc/$(vifd_pid)/task/$1/status"
}

end_trace() {
	kill -INT "$STRACE" 2>/dev/null || true
	wait "$STRACE" 2>/dev/null || true
}

# Lines `SYSCALL N` for each call in $T/strace that changes something: its Nth call of that name. Of what is sent to
# clients only the first after a change counts: more of it leaves vifd's state as it was. The log changes
# nothing, nor do questions to the kernel (0x12: RTM_GETLINK).
points() {
	awk '{
		if (/^(---|\+\+\+)/) next # a signal
		name = $0
		sub(/\(.*/, "", name)
		n[name]++
		if (name == "openat" && !/O_CREAT/) next
		if (name == "write" && /^write\([0-9]+, "\\1\\0\\0\\0\\0\\0\\0\\0", 8\)/) next # an eventfd
		if (name == "bpf" && !/BPF_(MAP_(UPDATE|DELETE)_ELEM|PROG_(ATTACH|DETACH))/) next # loaded, asked
		if (/^write\(2, |SIOCG|TUNGET|nlmsg_type=(0x12|RTM_GETLINK)[ ,]/) next
		if (name == "sendmsg" && told) next
		told = name == "sendmsg"
		print name, n[name]
	}' "$T/strace"
}

# Everything that vifd knows has what it needs, and nothing else of ours is there.
expect_order() {
	local known
	expect_ok vif list --json
	known=$(jq -r '.[].name' <<<"$OUT" | sort)
	expect_equal "$(guest_devices)" "$known"
	expect_equal "$(our_ports | sort)" "$known"
	expect_sides
	expect_guarded
	jq -e 'all(.state == "connected")' <<<"$OUT" >/dev/null || fail "$OUT"
	expect_equal "$(find "$(runtime_dir)" -name '*.xml?*')" ""
}

# Whatever was killed: a device that a guest holds and that is up has its guard, on the way in from the guest.
expect_guarded() {
	local name hook
	for name in $(guest_devices); do
		[ -n "$(ip -n host link show up dev "$name" 2>/dev/null)" ] || continue
		hook=ingress
		[ "$(link "$name" .linkinfo.info_kind)" = tun ] || hook=egress
		ip netns exec host tc -j filter show dev "$name" $hook |
			jq -e 'any(.options.prog.name == "vif_from_guest")' >/dev/null || fail "$name is up and open"
	done
}

# Each port on a host interface has one device there, and it is the one that the guest's frames pass. One on a
# bridge has none, and is a port of that bridge.
expect_sides() {
	local name type place
	expect_equal "$(our_links | wc -l)" "$(jq '[.[] | if .dev and ."port-type" == "live" then 1, 1 else 1 end] | length' <<<"$OUT")"
	jq -r '.[] | "\(.name) \(if .dev then ."port-type" else "tap" end) \(.dev // .bridge)"' <<<"$OUT" |
		while read -r name type place; do
			case $type in
			tap) expect_equal "$(link "$name" .master) $(wires_of "$name")" "$place " ;;
			*) expect_equal "$(link "$(side_of "$name")" .link)" "$place" ;;&
			live) expect_wired "$name" ;;
			esac
		done
}

is_in_order() {
	($ORDER) 2>"$T/disorder"
}

# settle WHEN: what is out of order may take a moment to be put right.
settle() {
	local tries=0
	until is_in_order; do
		tries=$((tries + 1))
		[ "$tries" -lt 50 ] || fail "$1: $(<"$T/disorder")"
		sleep 0.05
	done
}

# The call as strace saw it in the first run.
describe() {
	grep "^$1(" "$T/calls.$3" | sed -n "$2p" | cut -c 1-150
}

# clear_up: after each round nothing of ours is left, by the ordinary ways.
clear_up() {
	local port
	[ -z "${IDLER-}" ] || stop_idler
	IDLER=
	for port in $(vif list --json | jq -r '.[].name'); do
		run vif unplug "$port"
	done
	wait_until 5 is_without_ports host
	stop_vifd
	expect_nothing_left
}

# some_of FILE: its lines, or as many of them as there is time for.
some_of() {
	local step=${VIFD_CRASH_STEP-8}
	awk -v step="$step" -v first=$((10#$(date +%j) % step)) 'NR % step == first' "$1"
}

# kill_at_every_step PREPARE OPERATION: both are functions.
kill_at_every_step() {
	local prepare=$1 operation=$2 thread call n killed=0 rounds=0
	for thread in 0 1; do
		start_vifd
		$prepare
		trace "$(thread $thread)" -e "trace=$CHANGING"
		$operation >"$T/operation" 2>&1 || fail "the operation itself fails: $(<"$T/operation")"
		end_trace
		points >"$T/points.$thread"
		cp "$T/strace" "$T/calls.$thread"
		clear_up
	done
	[ -s "$T/points.0" ] || fail "strace saw nothing"
	echo "$(wc -l <"$T/points.0") calls in the event loop, $(wc -l <"$T/points.1") in the other thread"

	for thread in 0 1; do
		while read -r call n; do
			rounds=$((rounds + 1))
			start_vifd
			$prepare
			trace "$(thread $thread)" -e "inject=$call:signal=KILL:when=$n"
			$operation >/dev/null 2>&1 || true
			end_trace
			# The calls of two runs need not be the same in number.
			end_vifd
			[ "$STATUS" != 137 ] || killed=$((killed + 1))
			expect_guarded
			start_vifd
			settle "killed before $call number $n of thread $thread, $(describe "$call" "$n" "$thread")"
			clear_up
		done < <(some_of "$T/points.$thread")
	done
	echo "$killed of $rounds rounds killed vifd"
	[ $((killed * 10)) -ge $((rounds * 9)) ] || [ $killed = $((rounds - 1)) ] || fail "only $killed of $rounds rounds killed vifd"
}

# Ends vifd if it was not killed. $STATUS is 0 or 137: one that is being killed may still look alive.
end_vifd() {
	local pid
	pid=$(vifd_pid)
	unset "VIFD_PID[$HOST]"
	STATUS=0
	kill -TERM "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || STATUS=$?
	[ "$STATUS" = 0 ] || [ "$STATUS" = 137 ] || fail "vifd ended with status $STATUS"
}

nothing() {
	:
}

plug_direct() {
	vif plug dev=eth1,mode=bridge,type=direct,security=mac
}

plug_live() {
	vif plug dev=eth1,mode=bridge,security=mac
}

plug_tap() {
	vif plug bridge=br1,security=mac
}

run_both() {
	vif run --nic dev=eth1,mode=bridge,type=direct,security=mac --nic dev=eth1,mode=bridge,security=mac \
		--nic bridge=br1,queues=2,security=mac \
		-- true '{fd}' '{fd:2}' '{fds:3}' && wait_until 5 is_without_ports_or_vifd
}

prepare_direct() {
	plug dev=eth1,mode=bridge,type=direct,security=mac
}

prepare_live() {
	plug dev=eth1,mode=bridge,security=mac
}

prepare_tap() {
	plug bridge=br1,security=mac
}

unplug_it() {
	vif unplug "$PORT"
}

prepare_guest() {
	start_idler
	plug dev=eth1,mode=bridge,type=direct,security=mac --pid "$IDLER"
	plug dev=eth1,mode=bridge,security=mac --pid "$IDLER"
	plug bridge=br1,security=mac --pid "$IDLER"
}

end_guest() {
	kill -KILL "$IDLER"
	wait_until 5 is_without_ports_or_vifd
}

is_without_ports_or_vifd() {
	! kill -0 "$(vifd_pid)" 2>/dev/null || is_without_ports host
}

prepare_outage() {
	prepare_live
	no_nic host eth1
	expect_state "$PORT" waiting
}

return_of_the_nic() {
	# Down, so that it is vifd that sets it up.
	ip -n world link add p1 type veth peer name eth1 netns host
	ip -n world link set p1 master br0 up
	wait_until 5 is_wired_or_without_vifd
}

is_wired_or_without_vifd() {
	! kill -0 "$(vifd_pid)" 2>/dev/null || (expect_wired "$PORT") 2>/dev/null
}

to_another_nic() {
	vif retarget "$PORT" dev=eth2,mode=bridge
}

to_passthrough() {
	vif retarget "$PORT" dev=eth1,mode=passthrough
}

to_a_bridge() {
	vif retarget "$PORT" bridge=br1
}

to_a_nic() {
	vif retarget "$PORT" dev=eth1,mode=bridge
}

define_and_start() {
	vif network define "$T/red.xml" && vif network start red && vif network autostart red &&
		vif network autostart --disable red && vif network stop red && vif network undefine red
}

# timeout: 180
test_killed_while_it_plugs_a_direct_port() {
	usual
	kill_at_every_step nothing plug_direct
}

# timeout: 180
test_killed_while_it_plugs_a_live_port() {
	usual
	kill_at_every_step nothing plug_live
}

# timeout: 180
test_killed_while_it_plugs_a_tap() {
	usual
	kill_at_every_step nothing plug_tap
}

# timeout: 300
test_killed_while_a_vmm_starts_and_ends() {
	usual
	kill_at_every_step nothing run_both
}

# timeout: 180
test_killed_while_it_unplugs_a_direct_port() {
	usual
	kill_at_every_step prepare_direct unplug_it
}

# timeout: 180
test_killed_while_it_unplugs_a_live_port() {
	usual
	kill_at_every_step prepare_live unplug_it
}

# timeout: 180
test_killed_while_it_unplugs_a_tap() {
	usual
	kill_at_every_step prepare_tap unplug_it
}

# timeout: 180
test_killed_while_it_cleans_up_behind_a_guest() {
	usual
	kill_at_every_step prepare_guest end_guest
}

# timeout: 180
test_killed_while_a_nic_returns() {
	usual
	kill_at_every_step prepare_outage return_of_the_nic
}

# timeout: 180
test_killed_while_a_port_moves_to_another_nic() {
	usual
	kill_at_every_step prepare_live to_another_nic
}

# timeout: 180
test_killed_while_a_port_moves_to_passthrough_on_its_nic() {
	usual
	kill_at_every_step prepare_live to_passthrough
}

# timeout: 180
test_killed_while_a_port_moves_to_a_bridge() {
	usual
	kill_at_every_step prepare_live to_a_bridge
}

# timeout: 180
test_killed_while_a_port_moves_from_a_bridge_to_a_nic() {
	usual
	kill_at_every_step prepare_tap to_a_nic
}

# fail_at_every_request PREPARE OPERATION: the stand-in that is moved has to be as it was.
fail_at_every_request() {
	local prepare=$1 operation=$2 n refused=0
	local -a requests
	usual
	start_vifd
	$prepare
	snapshot "$T/before"
	trace "$(thread 0)" -e trace=sendto
	$operation >"$T/operation" 2>&1 || fail "the operation itself fails: $(<"$T/operation")"
	end_trace
	# Some are not the kernel's: what a client says is passed on to where it is read.
	mapfile -t requests < <(grep '^sendto(' "$T/strace" | grep -n nlmsg_type | cut -d : -f 1)
	unplug "$PORT"
	for n in "${requests[@]}"; do
		$prepare
		snapshot "$T/before"
		trace "$(thread 0)" -e "inject=sendto:error=ENOMEM:when=$n"
		run $operation
		end_trace
		if [ "$STATUS" != 0 ]; then
			refused=$((refused + 1))
			expect_match "*Cannot allocate memory*" "$ERR"
			wait_until 2 is_like "$T/before"
		fi
		is_in_order || fail "after request $n failed ($ERR): $(<"$T/disorder")"
		unplug "$PORT"
	done
	echo "$refused of ${#requests[@]} requests were refused, and the port stayed"
	[ "${#requests[@]}" -ge 5 ] || fail "strace saw ${#requests[@]} requests"
	[ $((refused * 2)) -ge "${#requests[@]}" ] || fail "only $refused of ${#requests[@]} requests could be refused"
}

# timeout: 180
test_a_move_that_fails_on_its_way_ends_where_it_began() {
	fail_at_every_request prepare_live to_another_nic
}

# timeout: 180
test_a_move_to_passthrough_that_fails_on_its_way_ends_where_it_began() {
	fail_at_every_request prepare_live to_passthrough
}

# timeout: 180
test_a_move_to_a_bridge_that_fails_on_its_way_ends_where_it_began() {
	fail_at_every_request prepare_live to_a_bridge
}

# timeout: 180
test_a_move_from_a_bridge_that_fails_on_its_way_ends_where_it_began() {
	fail_at_every_request prepare_tap to_a_nic
}

prepare_network() {
	expect_ok vif network define "$T/red.xml"
	expect_ok vif network start red
	plug network=red
}

# Grows, shrinks by what is in use, and is defined anew.
update_network() {
	vif network update red add forward-interface "<interface dev='eth2'/>" &&
		vif network update red delete forward-interface "<interface dev='eth1'/>" --force &&
		vif network define "$T/red.xml"
}

# red_is_whole: each side has a pool that an update leaves or began with, and its port is where it was.
red_is_whole() {
	local file
	for file in "$(config_dir)/networks/red.xml" "$(runtime_dir)/networks/red.xml"; do
		expect_match "@(eth1|eth1 eth2|eth2)" \
			"$(sed -n "s/.*<interface dev='\([^']*\)'.*/\1/p" "$file" | paste -sd ' ')"
	done
	if grep -h skipped "$T/host/vifd.log"; then
		fail "a torn file was found"
	fi
	expect_equal "$(find "$(config_dir)" "$(runtime_dir)/networks" -type f ! -name red.xml)" ""
	expect_equal "$(link "$(side_of "$PORT")" .link)" eth1
}

# timeout: 480
test_killed_while_a_running_network_is_updated() {
	usual
	cat >"$T/red.xml" <<-'END'
		<network xmlns:vif='urn:vifd:1'>
		  <name>red</name>
		  <forward mode='passthrough'>
		    <interface dev='eth1'/>
		  </forward>
		  <vif:security mac='yes'/>
		</network>
	END
	clear_up() {
		red_is_whole
		unplug "$PORT"
		# Nothing was counted, so nothing is counted wrong: it is free for one, and for one only.
		if vif network show red | grep -q "dev='eth1'"; then
			plug network=red
			expect_equal "$(link "$(side_of "$PORT")" .link)" eth1
			unplug "$PORT"
		fi
		expect_ok vif network stop red
		expect_ok vif network undefine red
		stop_vifd
		expect_nothing_left
	}
	kill_at_every_step prepare_network update_network
}

# timeout: 180
test_killed_while_networks_change() {
	usual
	cat >"$T/red.xml" <<-'END'
		<network>
		  <name>red</name>
		  <forward mode='bridge'><interface dev='eth1'/></forward>
		</network>
	END
	# Whatever is left of it is whole: the next vifd reads it, and can end it.
	clear_up() {
		run vif network stop red
		run vif network undefine red
		expect_json 'length == 0' vif network list --json
		expect_equal "$(find "$(config_dir)" "$(runtime_dir)/networks" ! -type d)" ""
		if grep -h skipped "$T/host/vifd.log"; then
			fail "a torn file was found"
		fi
		stop_vifd
	}
	kill_at_every_step nothing define_and_start
}

virtual_network() {
	need dnsmasq
	need nft
	on host nft -f - <<-'END'
		table inet hostfw {
			chain forward { type filter hook forward priority 0; policy drop; }
		}
	END
	cat >"$T/red.xml" <<-'END'
		<network xmlns:vif='urn:vifd:1'>
		  <name>red</name>
		  <forward mode='nat'/>
		  <ip address='192.168.99.1' netmask='255.255.255.0'>
		    <dhcp><range start='192.168.99.2' end='192.168.99.254'/></dhcp>
		  </ip>
		  <vif:firewall open='yes'/>
		</network>
	END
	mkdir -p "$(config_dir)/networks"
	cp "$T/red.xml" "$(config_dir)/networks/"
}

# expect_order, of a network: it is there whole, or nothing of it is.
virtual_order() {
	expect_ok vif network list --json
	if [ "$(jq -c 'map(.active)' <<<"$OUT")" = "[true]" ]; then
		expect_link vifbr0 '(.flags | index("UP") != null) and (.altnames | length) == 1'
		expect_match "*192.168.99.1/24*" "$(ip -n host -4 -o address show dev vifbr0)"
		on host nft list chain inet vifd from-vifbr0 >/dev/null || fail "no packet filter"
		expect_equal "$(on host nft list table inet hostfw | grep -c 'vif-net-')" 2
		expect_equal "$(dnsmasqs)" "$(cat "$(runtime_dir)/dnsmasq/red.pid")"
		[ -n "$(dnsmasqs)" ] || fail "no dnsmasq"
	else
		nothing_of_it
	fi
	expect_equal "$(ip -n host -o link show type bridge | wc -l)" "$(jq 'map(select(.active)) | length + 1' <<<"$OUT")"
}

# But for br1, which is the host's own.
nothing_of_it() {
	if on host nft list table inet vifd >/dev/null 2>&1; then
		fail "the packet filter is left"
	fi
	if on host nft list table inet hostfw | grep 'vif-net-'; then
		fail "the host's filter is left open"
	fi
	expect_equal "$(dnsmasqs)" ""
	no_link vifbr0 || fail "the bridge is left"
	expect_equal "$(find "$(runtime_dir)/networks" "$(runtime_dir)/dnsmasq" ! -type d)" ""
}

kill_at_every_step_of_a_network() {
	# Also when dnsmasq was started and is not waited for yet.
	CHANGING+=,pidfd_open
	usual
	virtual_network
	ORDER=virtual_order
	clear_up() {
		if [ "$(vif network list --json | jq '.[0].active')" = true ]; then
			expect_ok vif network stop red
		fi
		nothing_of_it
		stop_vifd
		expect_nothing_left
	}
	kill_at_every_step "$@"
}

start_red() {
	vif network start red
}

prepare_red() {
	expect_ok start_red
}

stop_red() {
	vif network stop red
}

# timeout: 300
test_killed_while_it_starts_a_network_of_its_own() {
	kill_at_every_step_of_a_network nothing start_red
}

# timeout: 300
test_killed_while_it_stops_a_network_of_its_own() {
	kill_at_every_step_of_a_network prepare_red stop_red
}

# --- limits -----------------------------------------------------------------------------------

prepare_two() {
	plug dev=eth1,mode=bridge,security=mac
	plug bridge=br1,security=mac
}

set_both() {
	vif set vif0 inbound=700 outbound=900 && vif set vif1 inbound=700 outbound=900 link=down &&
		vif set vif1 outbound=0 link=up && vif set vif0 inbound=0
}

# said PORT DIRECTION WHAT: what its record says of that; "" for nothing.
said() {
	sed -n "s/.*<$2 .*$3='\([0-9]*\)'.*/\1/p" "$(runtime_dir)/ports/$1.xml" | sort -u
}

# rates DEVICE: of its classes, but for the network's whole and rest; "" where it has none.
rates() {
	ip netns exec host tc class show dev "$1" 2>/dev/null | sed -n "s/^class htb 7669:${2-1} .*rate \([^ ]*\) ceil.*/\1/p" | sort
}

# expect_said DEVICE KIB: its limit is that; "": it has none.
expect_said() {
	expect_equal "$(rates "$1")" "${2:+$(($2 * 8192 / 1000))Kbit}"
}

limits_order() {
	expect_equal "$(guest_devices | xargs)" "vif0 vif1"
	expect_equal "$(our_ports | xargs)" "vif0 vif1"
	expect_guarded
	expect_wired vif0
	expect_equal "$(link vif1 .master)" br1
	expect_said vif0 "$(said vif0 inbound average)"
	expect_said vif0-0 "$(said vif0 outbound average)"
	expect_said vif1 "$(said vif1 inbound average)"
	expect_said vif1-r "$(said vif1 outbound average)"
	expect_equal "$(wires_of vif1)" "$(said vif1 outbound average | sed 's/.*/vif1-r/')"
	expect_equal "$(our_links | xargs)" "vif0 vif0-0 vif1$(said vif1 outbound average | sed 's/.*/ vif1-r/')"
	if grep -q "<link state='down'/>" "$(runtime_dir)/ports/vif1.xml"; then
		expect_link vif1 '.flags | index("UP") == null'
	else
		expect_link vif1 '.flags | index("UP") != null'
	fi
}

# timeout: 300
test_killed_while_the_limits_and_the_link_of_ports_change() {
	ORDER=limits_order
	usual
	kill_at_every_step prepare_two set_both
}

prepare_home() {
	expect_ok vif network start home
}

have_a_floor() {
	vif plug network=home,inbound=0,0,0,625 && vif set vif0 inbound=0,0,0,375 && vif unplug vif0
}

# What the bridge keeps is what the ports' records say, and the network has its own.
floors_order() {
	local port floors=""
	for port in $(our_ports); do
		floors+="$(($(said "$port" inbound floor) * 8192 / 1000))Kbit"
	done
	expect_equal "$(rates home0 '[^12]')" "$floors"
	expect_equal "$(rates home0 1)" 8192Kbit
	expect_equal "$(guest_devices)" "$(our_ports)"
}

# timeout: 300
test_killed_while_a_port_gets_and_loses_its_floor() {
	need nft
	usual
	mkdir -p "$(config_dir)/networks"
	cat >"$(config_dir)/networks/home.xml" <<-'END'
		<network>
		  <name>home</name>
		  <bridge name='home0'/>
		  <bandwidth>
		    <inbound average='1000'/>
		  </bandwidth>
		  <ip address='192.168.99.1' netmask='255.255.255.0'/>
		</network>
	END
	clear_up() {
		if [ -n "$(our_ports)" ]; then
			unplug vif0
		fi
		expect_equal "$(rates home0 '[^12]')" ""
		expect_ok vif network stop home
		stop_vifd
		expect_nothing_left
	}
	ORDER=floors_order
	kill_at_every_step prepare_home have_a_floor
}

# --- groups and filters ---------------------------------------------------------------

define_group() {
	vif group define "<group name='web'>
		<rule direction='in' protocol='tcp' port='$1'/><rule direction='in' remote-group='web'/></group>"
}

define_filter() {
	vif filter define "<filter name='base'><rule action='drop' direction='in'><udp dstportstart='$1'/></rule></filter>"
}

prepare_group() {
	expect_ok define_group 80
	expect_ok define_filter 1
	plug dev=eth1,mode=bridge,group=web,filter=base
	plug bridge=br1,group=web,filter=base
}

change_group() {
	define_group 81 && vif group add-member web 10.0.0.9 && define_filter 2
}

# What the files say holds for both ports.
group_is_whole() {
	local port open closed
	expect_order
	open=$(sed -nE "s/.*protocol='tcp' port='([0-9]+)'.*/\1/p" "$(config_dir)/groups/web.xml")
	closed=$(sed -nE "s/.*<udp dstportstart='([0-9]+)'.*/\1/p" "$(config_dir)/filters/base.xml")
	for port in $(vif list --json | jq -r '.[].name'); do
		expect_equal "$(decided "$port" "tcp from 10.1.1.1 port $open")" passes
		expect_equal "$(decided "$port" "tcp from 10.1.1.1 port $((161 - open))")" dropped
		expect_equal "$(decided "$port" "udp from 10.0.0.9 port $closed")" dropped
		expect_equal "$(decided "$port" "udp from 10.0.0.9 port $((3 - closed))")" \
			"$(if grep -q 10.0.0.9 "$(config_dir)/groups/web.xml"; then echo passes; else echo dropped; fi)"
	done
	expect_equal "$(find "$(config_dir)/groups" "$(config_dir)/filters" -type f ! -name web.xml ! -name base.xml)" ""
}

decided() {
	vif security test "$1" "$2" | sed -n '2s/ *\([a-z]*\) .*/\1/p'
}

# timeout: 300
test_killed_while_a_group_and_a_filter_of_running_ports_change() {
	# Most of its calls only take counts of rules away.
	local VIFD_CRASH_STEP=${VIFD_CRASH_STEP-24}
	usual
	ORDER=group_is_whole
	kill_at_every_step prepare_group change_group
}
