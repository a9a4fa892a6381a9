# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# vifd as its unit has it, under a systemd of the test's own: whatever the unit takes away, each kind of port and
# network is still served, and what vifd does not need is not there.

# shellcheck source=tests/harness/systemd.sh
. "$VIFD_SOURCE/tests/harness/systemd.sh"

# The unit as it is installed, but for where the program lies.
unit_files() {
	mkdir -p "$T/units" /run/vifd-build
	# The build may lie in a home, which the unit hides.
	mount --bind "$VIFD_BUILD" /run/vifd-build
	SYSTEMD_FOLDERS=/run/vifd-build
	cp "$VIFD_SOURCE/data/vifd.socket" "$T/units/"
	sed "s|@vifd@|/run/vifd-build/src/daemon/vifd|" "$VIFD_SOURCE/data/vifd.service.in" >"$T/units/vifd.service"
	# A sanitizer looks for leaks by ptrace(2), and reports to where the unit may not write.
	cat >>"$T/units/vifd.service" <<-END
		[Service]
		Environment=ASAN_OPTIONS=detect_leaks=0:exitcode=99 UBSAN_OPTIONS=halt_on_error=1:exitcode=99
		StandardError=append:/run/vifd.log
	END
}

unit_host() {
	need dnsmasq nft
	usual_nics 2
	host_bridge host br1 eth2
	unit_files
	systemd_start "$T/units/vifd.socket" "$T/units/vifd.service"
	systemd_run systemctl start vifd.socket vifd.service || fail "vifd does not start: $(cat /run/vifd.log)"
}

unit_vif() {
	systemd_run /run/vifd-build/src/cli/vif "$@"
}

# What the command finds in vifd's folders.
unit_eyes() {
	nsenter --target "$(unit_pid)" --mount --pid --net -- \
		setpriv --bounding-set=-all --inh-caps=-all "$@"
}

# The number that the process has out here.
unit_pid() {
	local pid
	for pid in $(ip netns pids host); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != vifd ] || echo "$pid"
	done
}

unit_status() {
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$(unit_pid)/status"
}

unit_port_is() {
	unit_vif list --json | jq -e --arg port "$1" ".[] | select(.name == \$port) | $2" >/dev/null
}

unit_restart() {
	systemd_run systemctl restart vifd.service || fail "vifd does not start again: $(cat /run/vifd.log)"
}

lab_network() {
	cat >"$T/lab.xml" <<-END
		<network><name>lab</name><forward mode='nat'/><bridge name='lab0'/>
		<ip address='192.168.77.1' netmask='255.255.255.0'>
		<dhcp><range start='192.168.77.2' end='192.168.77.99'/></dhcp></ip></network>
	END
	expect_ok unit_vif network define "$T/lab.xml"
	expect_ok unit_vif network start lab
	expect_ok unit_vif network autostart lab
}

test_the_unit_serves_each_kind_of_port_and_network() {
	local port
	unit_host
	lab_network
	expect_ok unit_vif plug dev=eth1,mode=bridge,target=live0
	expect_ok unit_vif plug dev=eth1,mode=bridge,type=direct,target=direct0
	expect_ok unit_vif plug bridge=br1,target=bridge0,security=10.9.0.12
	expect_ok unit_vif plug network=lab,target=nat0
	for port in live0 direct0 bridge0 nat0; do
		wait_until 10 unit_port_is "$port" '.state == "connected"'
	done
	expect_equal "$(link direct0 .linkinfo.info_kind)" macvtap
	expect_wired live0
	expect_equal "$(link bridge0 .master) $(link nat0 .master)" "br1 lab0"
	on host tc -j filter show dev bridge0 ingress | jq -e 'any(.options.prog.name == "vif_from_guest")' >/dev/null ||
		fail "bridge0 is not guarded"
	expect_match "*lab0*" "$(on host nft list table inet vifd)"
	expect_equal "$(on host cat /proc/sys/net/ipv4/ip_forward)" 1
	expect_equal "$(dnsmasqs | wc -l)" 1
	unit_restart
	for port in live0 direct0 bridge0 nat0; do
		wait_until 10 unit_port_is "$port" '.state == "connected"'
		expect_ok unit_vif unplug "$port"
	done
	expect_ok unit_vif network stop lab
	expect_equal "$(dnsmasqs)" ""
	systemd_stop
}

is_told_ready() {
	grep -qx ready "$T/held.out"
}

test_the_unit_takes_a_tap_back_from_its_vmm_after_a_restart() {
	local user
	for user in 0 65534; do
		[ "$user" != 0 ] || unit_host
		: >"$T/held.out"
		# shellcheck disable=SC1083 # {mac} and {fds} are for vif run
		systemd_run /run/vifd-build/src/cli/vif run --guest held --nic dev=eth1,mode=bridge,target=held0 -- \
			setpriv --reuid=$user --clear-groups /run/vifd-build/tests/harness/standin {mac} 10.9.0.7 {fds} >"$T/held.out" 2>&1 &
		wait_until 10 is_told_ready
		unit_restart
		ip -n host link del held0
		wait_until 10 unit_port_is held0 '.state == "connected"'
		expect_answer 10.9.0.7
		ip netns pids host | while read -r pid; do
			[ "$(cat "/proc/$pid/comm")" != standin ] || kill -KILL "$pid"
		done
		wait_until 10 no_link held0
	done
	systemd_stop
}

# Its folder and socket are its user's alone. It greets as QEMU does, and what it hears is in $T/vmms/own.heard.
test_the_unit_speaks_to_the_vmm_of_a_user() {
	need socat
	unit_host
	on host ip link add br0 type bridge
	on host ip link set br0 up
	install -d -m 700 -o 1000 "$T/vmms"
	printf '%s\n' '#!/bin/sh' "echo '{\"QMP\": {}}'" "cat >$T/vmms/own.heard" >"$T/vmms/own.sh"
	chown 1000 "$T/vmms/own.sh"
	chmod 700 "$T/vmms/own.sh"
	# shellcheck disable=SC2016 # for that shell
	systemd_run setpriv --reuid=1000 --clear-groups sh -c 'umask 077; echo $$ >"$1.pid"
		exec socat "UNIX-LISTEN:$1,fork" "EXEC:$1.sh"' - "$T/vmms/own" || true &
	wait_until 5 test -S "$T/vmms/own"
	expect_ok unit_vif plug bridge=br0,follow-link --pid "$(<"$T/vmms/own.pid")" --qmp "$T/vmms/own"
	wait_until 10 grep -sq qmp_capabilities "$T/vmms/own.heard"
	systemd_run kill "$(<"$T/vmms/own.pid")"
	wait_until 10 no_link vif0
	systemd_stop
}

# Lines of what the unit gives, as the kernel names them.
unit_capabilities() {
	sed -n '/^CapabilityBoundingSet=/,/[^\\]$/p' "$VIFD_SOURCE/data/vifd.service.in" |
		sed 's/^CapabilityBoundingSet=//; s/\\$//' | tr -s ' \t' '\n' | sed '/^$/d' | tr '[:upper:]' '[:lower:]' | sort
}

test_the_unit_leaves_vifd_what_it_names_and_nothing_else() {
	local path
	need capsh
	unit_host
	expect_equal "$(capsh --decode="$(unit_status CapBnd)" | sed 's/.*=//' | tr ',' '\n' | sort)" "$(unit_capabilities)"
	expect_equal "$(unit_status CapEff)" "$(unit_status CapBnd)"
	expect_equal "$(unit_status NoNewPrivs) $(unit_status Seccomp)" "1 2"
	for path in /usr /etc /var /proc/sys/kernel/hostname /sys/kernel/mm/ksm/run; do
		expect_failure unit_eyes test -w "$path"
	done
	for path in /run/vifd /run/vifd-folders /etc/vifd /proc/sys/net/ipv4/ip_forward; do
		expect_ok unit_eyes test -w "$path"
	done
	systemd_stop
}

test_the_unit_is_as_closed_as_it_can_be() {
	local exposure
	need systemd-analyze
	sed 's|@vifd@|/usr/sbin/vifd|' "$VIFD_SOURCE/data/vifd.service.in" >"$T/vifd.service"
	systemd-analyze security --help | grep -q -- --offline || skip "this systemd-analyze does not look at files"
	run systemd-analyze security --offline=true --no-pager "$T/vifd.service"
	exposure=$(sed -n 's/.*Overall exposure level for vifd.service: \([0-9.]*\).*/\1/p' <<<"$OUT")
	[ -n "$exposure" ] || skip "systemd-analyze does not say: $ERR"
	awk -v exposure="$exposure" 'BEGIN { exit !(exposure <= 4) }' || fail "exposure $exposure: $OUT"
	note "exposure $exposure"
}
