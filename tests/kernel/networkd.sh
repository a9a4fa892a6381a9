# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The real systemd-networkd on the same host, with a file that matches every link: what it would do to the devices of
# vifd, and what of that is seen afterwards. No udev runs here; without it, with /sys read-only, networkd waits for none.

usual() {
	networkd=/lib/systemd/systemd-networkd
	[ -x $networkd ] || skip "systemd-networkd is not installed"
	need dnsmasq
	need nft
	usual_host 1
	host_bridge host br1
	plug bridge=br1
	plug dev=eth1,mode=bridge
	plug dev=eth1,mode=bridge,type=direct
	echo "<network><name>red</name><forward mode='nat'/><bridge name='virbr9'/><ip address='192.168.99.1' netmask='255.255.255.0'/></network>" >"$T/red.xml"
	expect_ok vif network define "$T/red.xml"
	expect_ok vif network start red
	plug network=red
}

# start_networkd [FILE…]: with these files and the catch-all, and no other; returns when it has taken eth1 for its own.
start_networkd() {
	mkdir -p /run/systemd/network
	printf '[Match]\nName=*\n[Network]\nDHCP=yes\n' >/run/systemd/network/90-all.network
	[ $# = 0 ] || cp "$@" /run/systemd/network/
	# shellcheck disable=SC2016 # of the inner shell
	exec_on host env SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console unshare --mount sh -c '
		for dir in /etc/systemd/network /usr/lib/systemd/network; do
			[ ! -d $dir ] || mount -t tmpfs tmpfs $dir
		done
		mount -o remount,bind,ro /sys
		exec "$1"' sh "$networkd" >"$T/networkd.log" 2>&1 &
	NETWORKD=$!
	wait_until 10 networkd_serves_or_ended
	kill -0 "$NETWORKD" 2>/dev/null || skip "systemd-networkd does not run here: $(tail -n 1 "$T/networkd.log")"
}

networkd_serves_or_ended() {
	! kill -0 "$NETWORKD" 2>/dev/null || networkd_has "eth1: .*configuring"
}

networkd_has() {
	grep -q "^$1" "$T/networkd.log"
}

stop_networkd() {
	kill -TERM "$NETWORKD"
	wait "$NETWORKD" || true
}

leave() {
	local port
	for port in $(vif list --json | jq -r '.[].name'); do
		unplug "$port"
	done
	expect_ok vif network stop red
}

# expect_doctor STATUS DETAIL
expect_doctor() {
	run vif doctor -v --json
	expect_equal "$(jq -r '.[] | select(.name == "networkd-files") | .status + " " + .detail' <<<"$OUT")" "$1 $2"
}

# is_silent DEVICE…: the host has no address there, and gets none by itself.
is_silent() {
	local device
	for device; do
		[ "$(ip -n host -j address show dev "$device" | jq '.[0].addr_info | length')" = 0 ] || return
		[ "$(link "$device" .inet6_addr_gen_mode)" = none ] || return
	done
}

has_no_ipv6() {
	[ "$(ip netns exec host cat "/proc/sys/net/ipv6/conf/$1/disable_ipv6")" = 1 ]
}

test_networkd_leaves_alone_what_is_vifds_where_its_file_is_installed() {
	local device
	usual
	start_networkd "$VIFD_SOURCE/data/00-vifd.network"
	for device in vif0 vif1 vif1-0 vif2 vif3 virbr9; do
		wait_until 10 networkd_has "$device: State changed: .* -> unmanaged"
	done
	stop_networkd
	if grep "port .* is connected again" "$T/host/vifd.log"; then
		fail "there was something to put back"
	fi
	expect_equal "$(link vif0 .master) $(link vif3 .master)" "br1 virbr9"
	is_silent vif0 vif1 vif1-0 vif2 vif3 || fail "$(ip -n host address)"
	has_no_ipv6 virbr9 || fail "virbr9 has IPv6"
	expect_doctor yes ""
	expect_match '*192.168.99.1/24*' "$(ip -n host address show dev virbr9)"
	leave
}

test_what_networkd_does_all_the_same_is_put_back() {
	usual
	start_networkd
	wait_until 10 networkd_has "vif2: .*configuring"
	wait_until 10 grep -q "port vif0 is connected again" "$T/host/vifd.log"
	expect_on_bridge vif0 br1
	expect_on_bridge vif3 virbr9
	expect_on vif1 eth1
	wait_until 10 is_silent vif0 vif1 vif1-0 vif2 vif3
	grep -q "port vif1: another program gave the host IP addresses" "$T/host/vifd.log"
	expect_doctor no "/run/systemd/network/90-all.network matches vifd's devices"
	# One that is made under its eyes.
	plug bridge=br1
	plug dev=eth1,mode=bridge
	wait_until 10 networkd_has "$PORT-0: .*configuring"
	wait_until 10 is_silent vif4 "$PORT" "$PORT-0"
	expect_on_bridge vif4 br1
	stop_networkd
	start_networkd
	wait_until 10 networkd_has "vif2: .*configuring"
	expect_on_bridge vif0 br1
	wait_until 10 is_silent vif0 vif1 vif1-0 vif2 vif3 vif4
	stop_networkd
	leave
}

# By hand: networkd does it too.
test_ipv6_that_others_switch_on_at_a_networks_bridge_is_switched_off_again() {
	usual
	has_no_ipv6 virbr9 || fail "virbr9 has IPv6"
	ip netns exec host sysctl -qw net.ipv6.conf.virbr9.disable_ipv6=0
	ip -n host address add fe80::9/64 dev virbr9 nodad
	wait_until 5 has_no_ipv6 virbr9
	wait_until 5 grep -q "network red is repaired" "$T/host/vifd.log"
	leave
}
