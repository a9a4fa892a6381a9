# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The real udev and NetworkManager on the same host, with files that mean everything: what they do to the devices of
# vifd, and that what comes with vifd keeps them away.

usual() {
	need dnsmasq
	need nft
	usual_nics 1
	host_bridge host br1
	host_bridge host br2
}

# ports: each kind of device, with names of vifd's choice and of the user's.
ports() {
	echo "<network><name>red</name><forward mode='nat'/><bridge name='$1'/><ip address='192.168.99.1' netmask='255.255.255.0'/></network>" >"$T/red.xml"
	expect_ok vif network define "$T/red.xml"
	expect_ok vif network start red
	plug network=red
	plug bridge=br1
	plug dev=eth1,mode=bridge
	plug dev=eth1,mode=bridge,type=direct
	plug "<interface type='bridge'><source bridge='br2'/><target dev='lan7'/></interface>"
}

leave() {
	local port
	for port in $(vif list --json | jq -r '.[].name'); do
		unplug "$port"
	done
	expect_ok vif network stop red
	expect_ok vif network undefine red
}

# devices: what others might change of the devices of vifd's.
devices() {
	ip -n host -d -j address | jq -S '[.[] | select(any(.altnames // [] | .[]; startswith("vif-"))) |
		{ifname, address, mtu, master, up: (.flags | index("UP") != null), addr_info: [.addr_info[] | .local]}] | sort_by(.ifname)'
}

expect_devices_as_before() {
	devices >"$T/devices.now"
	expect_same "$T/devices" "$T/devices.now"
}

# --- udev -----------------------------------------------------------------------------

start_udevd() {
	# shellcheck disable=SC2016 # of the inner shell
	exec_on host unshare --mount sh -c '
		for dir in /etc/systemd/network /usr/lib/systemd/network; do
			[ ! -d $dir ] || mount -t tmpfs tmpfs $dir
		done
		exec "$1" --debug' sh "$udevd" >"$T/udevd.log" 2>&1 &
	UDEVD=$!
	wait_until 10 test -S /run/udev/control
}

# has_file DEVICE FILE: udev has applied it.
has_file() {
	grep -q "^$1: Config file /run/systemd/network/$2 is applied" "$T/udevd.log"
}

has_mtu_of() {
	[ "$(link "$1" .mtu)" = "$(link "$2" .mtu)" ]
}

test_udev_gives_devices_of_vifds_no_address_and_no_mtu_where_its_file_is_installed() {
	local device
	udevd=/lib/systemd/systemd-udevd
	[ -x $udevd ] || skip "systemd-udevd is not installed"
	usual
	mkdir -p /run/systemd/network /run/udev
	printf '[Match]\nOriginalName=*\n[Link]\nMTUBytes=1400\nMACAddressPolicy=persistent\n' >/run/systemd/network/10-all.link
	cp "$VIFD_SOURCE/data/00-vifd.link" /run/systemd/network/
	start_udevd
	start_vifd
	ports vifbr9
	for device in vif0 vif1 vif2 vif2-0 vif3 vifbr9; do
		wait_until 20 has_file $device 00-vifd.link
		expect_equal "$device $(link $device .mtu)" "$device 1500"
	done
	# A name that only the user knows: what udev does there is put back, as far as the port has a say.
	wait_until 20 has_file lan7 10-all.link
	wait_until 10 has_mtu_of lan7 br2
	expect_on_bridge lan7 br2
	expect_on vif2 eth1
	expect_equal "$(printf "%s\n" "$(link vif0 .address)" "$(link lan7 .address)" | sort)" "$(vif list --json | jq -r ".[] | select(.name == \"vif0\" or .name == \"lan7\") | \"fe\" + .mac[2:]" | sort)"
	leave
	kill -TERM "$UDEVD"
	wait "$UDEVD" || true
}

# --- NetworkManager ---------------------------------------------------------------------

# start_nm: with a connection for every ethernet device, and one for each tap; returns when the first is up on eth1.
start_nm() {
	local dir
	for dir in /etc/NetworkManager /var/lib/NetworkManager /usr/lib/NetworkManager/conf.d; do
		mount -t tmpfs tmpfs "$dir"
	done
	mkdir -p /etc/NetworkManager/system-connections
	cp "$VIFD_SOURCE/data/vifd-networkmanager.conf" /usr/lib/NetworkManager/conf.d/vifd.conf
	printf '[connection]\nid=all\ntype=ethernet\nautoconnect=true\n[ipv4]\nmethod=manual\naddresses=10.77.0.9/24\n[ipv6]\nmethod=disabled\n' \
		>/etc/NetworkManager/system-connections/all.nmconnection
	printf '[connection]\nid=taps\ntype=tun\nautoconnect=true\n[tun]\nmode=2\n[ipv4]\nmethod=manual\naddresses=10.78.0.9/24\n' \
		>/etc/NetworkManager/system-connections/taps.nmconnection
	chmod 600 /etc/NetworkManager/system-connections/*
	# Where /sys can be written it would wait for udev.
	exec_on host unshare --mount sh -c 'mount -o remount,bind,ro /sys; exec NetworkManager --no-daemon' >"$T/nm.log" 2>&1 &
	NM=$!
	wait_until 20 has_address eth1 10.77.0.9
}

has_address() {
	ip -n host -j address show dev "$1" | jq -e --arg a "$2" 'any(.[].addr_info[]; .local == $a)' >/dev/null
}

# nm_says DEVICE STATE
nm_says() {
	[ "$(on host nmcli -g GENERAL.STATE device show "$1" 2>/dev/null)" = "$2" ]
}

nm_knows() {
	[ -n "$(on host nmcli -g GENERAL.STATE device show "$1" 2>/dev/null)" ]
}

test_networkmanager_leaves_devices_of_vifds_as_they_are() {
	local device
	need NetworkManager nmcli dbus-daemon
	usual
	start_vifd
	ports virbr9
	devices >"$T/devices"
	system_bus
	start_nm
	for device in vif0 vif1 vif2 vif2-0 vif3; do
		wait_until 10 nm_says $device "10 (unmanaged)"
	done
	# Of other names: seen, and left as they are.
	wait_until 10 nm_says virbr9 "100 (connected (externally))"
	wait_until 10 nm_knows lan7
	expect_devices_as_before
	# One that is made under its eyes.
	plug "<interface type='bridge'><source bridge='br1'/><target dev='lan8'/></interface>"
	wait_until 10 nm_knows lan8
	expect_on_bridge lan8 br1
	unplug lan8
	kill -TERM "$NM"
	wait "$NM" || true
	expect_devices_as_before
	leave
	end_system_bus
}
