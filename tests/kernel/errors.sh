# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Errors that a person understands. Each is tested by its sentence, which names
# the culprit, and each leaves the host as it was: links, addresses, files.

usual() {
	usual_nics 2
	host_bridge host br1
	start_vifd
}

# refused SENTENCE COMMAND…
refused() {
	expect_unchanged expect_error "$@"
}

# Both say it: the one that would do it, and the one that only tells.
refused_plug() {
	local sentence=$1
	shift
	refused "$sentence" vif plug "$@"
	refused "$sentence" vif check "$@"
}

# Not understood, so nobody is asked.
misunderstood_plug() {
	local sentence=$1
	shift
	expect_unchanged expect_misunderstood "$sentence" vif plug "$@"
	expect_unchanged expect_misunderstood "$sentence" vif check "$@"
}

# A live port and a direct one have the same needs. Of the sentence, MACV is what either makes there.
refused_both() {
	refused_plug "${1//MACV/macvlan}" "$2,type=live"
	refused_plug "${1//MACV/macvtap}" "$2,type=direct"
}

# --- the host ------------------------------------------------------------------

test_a_host_interface_that_does_not_exist() {
	usual
	refused_both "host interface eth7 does not exist" dev=eth7
	refused_plug "bridge br7 does not exist" bridge=br7
}

test_a_host_interface_that_is_a_port_of_a_bridge() {
	usual
	bridge_port host eth1 br1
	refused_both "eth1 cannot carry a MACV: it is a port of bridge br1" dev=eth1
}

test_a_host_interface_that_carries_an_ipvlan() {
	usual
	ip -n host link add ipvl0 link eth1 type ipvlan 2>/dev/null || skip "this kernel has no ipvlan"
	refused_both "eth1 cannot carry a MACV: it already carries an ipvlan, ipvl0" dev=eth1
}

test_a_bridge_that_is_none() {
	usual
	refused_plug "eth1 is not a Linux bridge*" bridge=eth1
}

test_the_loopback_device() {
	usual
	refused_both "lo cannot carry a MACV: it is the loopback device" dev=lo
}

test_passthrough_beside_another_port() {
	local type
	usual
	start_idler
	for type in live direct; do
		plug dev=eth1,mode=bridge,type=$type,target=red0 --pid "$IDLER" --guest red
		refused_both "passthrough takes eth1 alone, but it already carries red0 (port of guest red)" dev=eth1,mode=passthrough
		unplug red0
		plug dev=eth1,mode=passthrough,type=$type,target=red0 --pid "$IDLER" --guest red
		refused_both "eth1 is taken alone (passthrough) by red0 (port of guest red)" dev=eth1,mode=bridge
		unplug red0
	done
	stop_idler
}

test_passthrough_beside_somebody_elses_macvlan() {
	usual
	ip -n host link add link eth1 name foreign0 type macvlan mode bridge
	refused_both "passthrough takes eth1 alone, but it already carries foreign0 (a macvlan that is not vifd's)" dev=eth1,mode=passthrough
}

test_a_mac_address_that_is_in_use_on_the_interface() {
	local type
	usual
	for type in live direct; do
		plug dev=eth1,mode=bridge,mac=52:54:00:00:00:01,target=red0,type=$type --guest red
		refused_both "MAC address 52:54:00:00:00:01 is already in use on eth1 by red0 (port of guest red)" \
			dev=eth1,mode=bridge,mac=52:54:00:00:00:01
		# Elsewhere it may be.
		plug dev=eth2,mode=bridge,mac=52:54:00:00:00:01,type=$type
		unplug "$PORT"
		unplug red0
	done
}

test_the_mac_address_of_the_interface_itself() {
	usual
	local mac
	mac=$(link eth1 .address)
	refused_both "MAC address $mac is that of eth1 itself; only passthrough can share it" "dev=eth1,mac=$mac"
}

test_an_mtu_above_that_of_the_interface() {
	usual
	refused_both "MTU 9000 is more than the 1500 of host interface eth1" dev=eth1,mtu=9000
}

test_a_device_name_that_is_taken() {
	usual
	refused_both "device name 'eth2' is taken by a *" dev=eth1,target=eth2
	plug ethernet,target=blue0
	refused_both "device name 'blue0' is taken by *" dev=eth1,target=blue0
	unplug blue0
}

test_vhost_where_there_is_none() {
	usual
	[ ! -e /dev/vhost-net ] || skip "this host has /dev/vhost-net"
	refused_both "*driver=vhost needs /dev/vhost-net, which this host does not have" dev=eth1,driver=vhost
}

test_a_process_that_does_not_exist() {
	usual
	refused "there is no process 4194000" vif plug dev=eth1 --pid 4194000
}

# --- words -----------------------------------------------------------------------

test_a_mac_address_that_no_guest_can_have() {
	usual
	misunderstood_plug "*MAC address '01:00:5e:00:00:01' is multicast; a guest needs a unicast address" dev=eth1,mac=01:00:5e:00:00:01
	misunderstood_plug "*mac='52:54:00:00:00' is not a MAC address*" dev=eth1,mac=52:54:00:00:00
}

test_names_that_no_device_can_have() {
	usual
	misunderstood_plug "*'a-name-of-16-char' is too long; a device's name has at most 15 characters" dev=eth1,target=a-name-of-16-char
	misunderstood_plug "*'a/b' is not a name that a device can have" dev=eth1,target=a/b
	misunderstood_plug "*'a%db%d' may hold one %d and no other '%'" dev=eth1,target=a%db%d
}

test_numbers_out_of_range() {
	usual
	misunderstood_plug "*queues='257' is not a number from 1 to 256" dev=eth1,queues=257
	misunderstood_plug "*queues='0' is not a number from 1 to 256" dev=eth1,queues=0
	misunderstood_plug "*mtu='67' is not a number from 68 to 65535" dev=eth1,mtu=67
	misunderstood_plug "*queues=2 needs a virtio model, not model=e1000" dev=eth1,model=e1000,queues=2
}

test_specs_that_cannot_be_read() {
	usual
	misunderstood_plug "*'colour' is not a key (keys: *)" dev=eth1,colour=red
	misunderstood_plug "*mode='sideways' is not one of vepa, bridge, private, passthrough" dev=eth1,mode=sideways
	misunderstood_plug "*'dev' and 'bridge' are two sources; it can have one" dev=eth1,bridge=br1
	misunderstood_plug "*no source is given: network=, dev=, bridge= or ethernet" mode=vepa
	misunderstood_plug "*'mac' is given twice" dev=eth1,mac=52:54:00:00:00:01,mac=52:54:00:00:00:02
	misunderstood_plug "nosuchfile is neither a file nor a SPEC*" nosuchfile
	misunderstood_plug "*type='lively' is not one of direct, live" dev=eth1,type=lively
}

# --- files -----------------------------------------------------------------------

# refused_file SENTENCE LINE…: the sentence follows the file's name and a colon.
refused_file() {
	local sentence=$1
	shift
	printf '%s\n' "$@" >"$T/guest.xml"
	refused_plug "$T/guest.xml:$sentence" "$T/guest.xml"
}

test_files_that_cannot_be_read() {
	usual
	mkdir "$T/folder.xml"
	refused_plug "*$T/folder.xml*Is a directory*" "$T/folder.xml"
	# Root reads everything; nobody does not.
	echo "<interface/>" >"$T/secret.xml"
	chmod 600 "$T/secret.xml"
	refused "*$T/secret.xml*Permission denied*" as_nobody vif check "$T/secret.xml"
}

test_files_that_are_not_xml() {
	usual
	refused_file "2:*: not XML: *" "<interface type='direct'>" "  <source dev='eth1'></sauce>" "</interface>"
	refused_file "1:*: not XML: *" "type: direct"
}

test_files_with_another_root() {
	usual
	refused_file "1: the root element is <domain>, not <interface>" "<domain/>"
}

test_files_that_lack_something() {
	usual
	refused_file "3: <source> lacks the attribute 'dev'" "<interface type='direct'>" "" "  <source mode='vepa'/>" "</interface>"
	refused_file "1: <interface type='direct'> lacks the element <source>" "<interface type='direct'>" "</interface>"
	# libvirt's meaning of no type.
	refused_file "1: <interface type='user'> is kept, and is not something that vifd connects" "<interface>" "</interface>"
}

test_files_with_values_out_of_range() {
	usual
	refused_file "2: *sideways*" "<interface type='direct'>" "  <source dev='eth1' mode='sideways'/>" "</interface>"
	refused_file "3: *257*" "<interface type='direct'>" "  <source dev='eth1'/>" "  <driver queues='257'/>" "</interface>"
	refused_file "3: *is multicast*" "<interface type='direct'>" "  <source dev='eth1'/>" "  <mac address='01:00:5e:00:00:01'/>" "</interface>"
}

test_files_with_what_is_not_supported() {
	usual
	refused_file "1: <interface type='vhostuser'> is kept, and is not something that vifd connects" \
		"<interface type='vhostuser'>" "  <source type='unix' path='/run/x' mode='client'/>" "</interface>"
	refused_file "3: <script> in <interface> is not supported yet" \
		"<interface type='ethernet'>" "  <target dev='web0'/>" "  <script path='/bin/true'/>" "</interface>"
	printf '%s\n' "<interface type='direct'>" "  <source dev='eth1'/>" \
		"  <bandwidth><inbound average='100' floor='5'/></bandwidth>" "</interface>" >"$T/guest.xml"
	refused_plug "$T/guest.xml:3: bandwidth floor= is possible only in <inbound> of an interface of type='network'" \
		"$T/guest.xml"
}

# --- networks --------------------------------------------------------------------

red() {
	cat >"$T/red.xml" <<-END
		<network>
		  <name>red</name>
		  <uuid>3a7b1c62-93e3-4c4c-a3d6-4d86ae3e4b0e</uuid>
		  <forward mode='bridge'><interface dev='eth1'/></forward>
		</network>
	END
	expect_ok vif network define "$T/red.xml"
}

test_a_network_that_does_not_exist() {
	usual
	refused_plug "network 'red' does not exist" network=red
	refused "network 'red' does not exist" vif network start red
	refused "network 'red' does not exist" vif network stop red
	refused "network 'red' does not exist" vif network show red
	refused "network 'red' does not exist" vif network undefine red
	refused "network 'red' does not exist" vif network autostart red
}

test_a_network_that_is_not_active() {
	usual
	red
	refused_plug "network 'red' is not active (vif network start red)" network=red
	refused "network 'red' is not active" vif network stop red
}

test_a_network_that_is_active_already() {
	usual
	red
	expect_ok vif network start red
	refused "network 'red' is already active" vif network start red
}

test_a_network_that_is_defined_with_another_uuid() {
	usual
	red
	sed 's/3a7b1c62/ffffffff/' "$T/red.xml" >"$T/other.xml"
	refused "$T/other.xml: network 'red' is already defined with another uuid, 3a7b1c62-93e3-4c4c-a3d6-4d86ae3e4b0e" \
		vif network define "$T/other.xml"
	sed 's/<name>red/<name>blue/' "$T/red.xml" >"$T/blue.xml"
	refused "$T/blue.xml: uuid 3a7b1c62-93e3-4c4c-a3d6-4d86ae3e4b0e is already that of network 'red'" \
		vif network define "$T/blue.xml"
}

test_a_network_that_is_in_use() {
	usual
	red
	expect_ok vif network start red
	refused "cannot undefine network 'red': it is active (vif network stop red)" vif network undefine red
	plug network=red
	refused "cannot stop network 'red': 1 port uses it (vif list)" vif network stop red
	refused "cannot undefine network 'red': 1 port uses it (vif list)" vif network undefine red
	unplug "$PORT"
	expect_ok vif network stop red
	expect_ok vif network undefine red
}

test_a_network_whose_interfaces_cannot_serve() {
	usual
	cat >"$T/red.xml" <<-END
		<network>
		  <name>red</name>
		  <forward mode='bridge'><interface dev='eth7'/><interface dev='eth1'/></forward>
		</network>
	END
	expect_ok vif network define "$T/red.xml"
	expect_ok vif network start red
	bridge_port host eth1 br1
	refused_both "network 'red' has no interface for this guest: host interface eth7 does not exist; eth1 cannot carry a MACV: it is a port of bridge br1" \
		network=red
}

# --- ports -------------------------------------------------------------------------

test_a_port_that_does_not_exist() {
	usual
	refused "there is no port 'vif7'" vif unplug vif7
	refused "there is no port 'vif7'" vif show vif7
}

test_a_tap_that_somebody_holds_open() {
	usual
	plug bridge=br1,model=e1000
	exec_on host socat -u "TUN,tun-name=$PORT,tun-type=tap,iff-no-pi" /dev/null &
	wait_until 5 has_carrier "$PORT"
	refused "a process holds the tap of port $PORT open; *" vif unplug "$PORT"
	kill $!
	wait $! || true
	wait_until 5 has_no_carrier "$PORT"
	unplug "$PORT"
}

has_carrier() {
	[ "$(link "$1" '.flags | index("LOWER_UP") != null')" = true ]
}

has_no_carrier() {
	! has_carrier "$1"
}

# --- who may, and whom to ask ------------------------------------------------------

test_nobody_may_look_but_not_change() {
	usual
	plug dev=eth1
	expect_json 'length == 1' as_nobody vif list --json
	refused "*root and the members of the group vifd*" as_nobody vif plug dev=eth1
	refused "*root and the members of the group vifd*" as_nobody vif unplug "$PORT"
	red
	refused "*root and the members of the group vifd*" as_nobody vif network start red
	refused "*root and the members of the group vifd*" as_nobody vif network define "$T/red.xml"
	refused "*root and the members of the group vifd*" as_nobody vif network undefine red
	unplug "$PORT"
}

test_without_a_daemon_nobody_is_told_so() {
	usual
	stop_vifd
	refused "*vifd*" as_nobody vif list
	refused "*vifd*" as_nobody vif plug dev=eth1
}

test_a_daemon_that_cannot_be_started_is_reported() {
	usual
	stop_vifd
	VIFD=/nonexistent/vifd refused "*cannot start vifd: *\$VIFD*/nonexistent/vifd*" vif list
}

test_a_wrong_command_line_is_told_apart() {
	usual
	expect_usage vif
	expect_usage vif frobnicate
	expect_usage vif plug
	expect_usage vif plug --no-such-option dev=eth1
	expect_usage vif run --nic dev=eth1
	expect_usage vif network
	expect_usage vif network frobnicate
}

test_programs_get_errors_as_json_too() {
	usual
	run vif plug --json dev=eth7
	expect_equal "$STATUS" 1
	jq -e '.. | strings | select(test("host interface eth7 does not exist"))' <<<"$OUT" >/dev/null || fail "$OUT"
	jq -e '.. | strings | select(. == "NoSuchDevice")' <<<"$OUT" >/dev/null || fail "$OUT"
}
