# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Networks: definitions that last, networks that are started, and who uses them.

define_red() {
	network_file red "${1:-bridge}" eth1
	expect_ok vif network define "$T/red.xml"
}

test_a_network_is_defined_started_used_stopped_and_forgotten() {
	usual_host 2
	snapshot "$T/empty"
	define_red
	expect_json 'length == 1 and (.[0] | .name == "red" and .active == false and .persistent == true and .forward == "bridge")' \
		vif network list --json
	[ -s "$(config_dir)/networks/red.xml" ]
	expect_ok vif network start red
	expect_json '.[0].active' vif network list --json
	plug network=red
	expect_wired "$PORT"
	expect_equal "$(link "$(side_of "$PORT")" .link)" eth1
	expect_equal "$(link "$(side_of "$PORT")" .linkinfo.info_data.mode)" bridge
	expect_json '.[0].ports == 1' vif network list --json
	unplug "$PORT"
	expect_ok vif network stop red
	expect_ok vif network undefine red
	expect_json 'length == 0' vif network list --json
	# The folder stays; nothing in it does.
	expect_equal "$(find "$(config_dir)" "$(runtime_dir)/networks" -type f)" ""
}

test_every_direct_mode_reaches_its_guests() {
	local mode type
	usual_host 2
	for mode in bridge vepa private passthrough; do
		define_red $mode
		expect_ok vif network start red
		for type in live direct; do
			plug network=red,type=$type
			expect_equal "$(link "$(side_of "$PORT")" .linkinfo.info_data.mode)" "${mode/passthrough/passthru}"
			unplug "$PORT"
		done
		expect_ok vif network stop red
	done
}

test_a_network_may_say_that_its_ports_are_direct() {
	usual_host 2
	cat >"$T/red.xml" <<-'END'
		<network xmlns:vif='urn:vifd:1'>
		  <name>red</name>
		  <forward mode='bridge'><interface dev='eth1'/></forward>
		  <vif:port type='direct'/>
		</network>
	END
	expect_ok vif network define "$T/red.xml"
	expect_ok vif network start red
	plug network=red
	expect_link "$PORT" '.linkinfo.info_kind == "macvtap"'
	unplug "$PORT"
	# The interface has the last word.
	plug network=red,type=live
	expect_wired "$PORT"
	unplug "$PORT"
}

test_a_network_on_a_bridge_makes_taps() {
	usual_host 2
	host_bridge host br1
	cat >"$T/red.xml" <<-'END'
		<network>
		  <name>red</name>
		  <forward mode='bridge'/>
		  <bridge name='br1'/>
		</network>
	END
	expect_ok vif network define "$T/red.xml"
	expect_ok vif network start red
	plug network=red
	expect_equal "$(link "$PORT" .master)" br1
	unplug "$PORT"
}

test_a_pool_gives_its_least_used_interface() {
	usual_host 2
	network_file red bridge eth1 eth2
	expect_ok vif network define "$T/red.xml"
	expect_ok vif network start red
	plug network=red
	expect_equal "$(link "$(side_of "$PORT")" .link)" eth1
	plug network=red,type=direct
	expect_equal "$(link "$(side_of "$PORT")" .link)" eth2
	unplug vif0
	plug network=red,type=direct
	expect_equal "$(link "$(side_of "$PORT")" .link)" eth1
	unplug vif1
	plug network=red
	expect_equal "$(link "$(side_of "$PORT")" .link)" eth2
	unplug vif2
	unplug vif3
}

test_a_pool_passes_over_an_interface_that_is_not_there() {
	usual_host 2
	network_file red bridge eth7 eth2
	expect_ok vif network define "$T/red.xml"
	expect_ok vif network start red
	plug network=red
	expect_equal "$(link "$(side_of "$PORT")" .link)" eth2
	unplug "$PORT"
}

test_what_is_shown_defines_the_same_again() {
	usual_host 2
	define_red
	expect_ok vif network show red
	cp "$T/out" "$T/shown.xml"
	expect_match "*<name>red</name>*" "$OUT"
	expect_match "*<uuid>*</uuid>*" "$OUT"
	expect_ok vif network undefine red
	expect_ok vif network define "$T/shown.xml"
	expect_ok vif network show red
	expect_same "$T/shown.xml" "$T/out"
}

test_definitions_outlive_vifd() {
	usual_host 2
	define_red
	expect_ok vif network show red
	cp "$T/out" "$T/shown"
	stop_vifd
	start_vifd
	expect_ok vif network show red
	expect_same "$T/shown" "$T/out"
}

test_a_started_network_stays_as_it_was_started() {
	usual_host 2
	define_red
	expect_ok vif network start red
	network_file red vepa eth2
	expect_ok vif network define "$T/red.xml"
	plug network=red
	expect_equal "$(link "$(side_of "$PORT")" .link)" eth1
	unplug "$PORT"
	kill_vifd
	start_vifd
	plug network=red
	expect_equal "$(link "$(side_of "$PORT")" .link)" eth1
	unplug "$PORT"
	expect_ok vif network stop red
	expect_ok vif network start red
	plug network=red
	expect_equal "$(link "$(side_of "$PORT")" .link)" eth2
	unplug "$PORT"
}

test_autostart_says_when_it_takes_effect() {
	usual_host 1
	define_red
	[ -d /etc/systemd/system ] || skip "this host has no systemd"
	mount -t tmpfs tmpfs /etc/systemd/system
	expect_ok vif network autostart red
	expect_equal "$OUT" "network red is started when vifd first starts after a boot; that is at the boot itself after: systemctl enable vifd"
	mkdir /etc/systemd/system/multi-user.target.wants
	: >/etc/systemd/system/multi-user.target.wants/vifd.service
	expect_ok vif network autostart red
	expect_equal "$OUT" "network red is started with the host, from the next boot on"
	expect_ok vif network autostart red --disable
	expect_equal "$OUT" "network red is not started with the host any more"
	umount /etc/systemd/system
}

test_autostart_happens_once_a_boot() {
	usual_host 2
	define_red
	expect_ok vif network autostart red
	expect_json '.[0] | .autostart and (.active | not)' vif network list --json
	expect_equal "$(readlink "$(config_dir)/networks/autostart/red.xml")" ../red.xml

	# The machine is booted: the runtime folder is empty.
	stop_vifd
	find "$(runtime_dir)" -mindepth 1 -delete
	start_vifd
	expect_json '.[0].active' vif network list --json

	# vifd is only restarted: what the administrator stopped stays so.
	expect_ok vif network stop red
	stop_vifd
	start_vifd
	expect_json '.[0].active | not' vif network list --json
}

# Nobody reads an answer then, so the log has it; and before it is so.
test_what_an_autostart_costs_the_host_is_in_the_log() {
	usual_host 1
	on host sysctl -qw net.ipv6.conf.eth1.accept_ra=1
	cat >"$T/six.xml" <<-END
		<network>
		  <name>six</name>
		  <forward mode='open'/>
		  <ip family='ipv6' address='fd00:77::1' prefix='64'/>
		</network>
	END
	expect_ok vif network define "$T/six.xml"
	expect_ok vif network autostart six
	stop_vifd
	find "$(runtime_dir)" -mindepth 1 -delete
	start_vifd
	wait_until 5 grep -q "the host forwards IPv6 from now on" "$T/host/vifd.log"
	expect_match "*network 'six': eth1 will not believe router advertisements*the host forwards IPv6 from now on*" "$(<"$T/host/vifd.log")"
	expect_ok vif network stop six
	on host sysctl -qw net.ipv6.conf.all.forwarding=0
	# To whoever asks it is told too.
	expect_ok vif network start six
	expect_match "*eth1 will not believe router advertisements*sysctl -w net/ipv6/conf/eth1/accept_ra=2*" "$OUT"
	expect_ok vif network stop six
}

# deafness: what the list says of network six; empty where it has no problem.
deafness() {
	vif network list --json | jq -r '.[] | select(.name == "six").problem // ""'
}

is_deaf_to_routers() {
	[[ $(deafness) == "$1 will not believe router advertisements, as the host forwards IPv6: "*"\`sysctl -w net/ipv6/conf/${1%%,*}/accept_ra=2\` lets it" ]]
}

# times_told NAMES: how often the log says that of just these.
times_told() {
	grep -cE "^$1 will not believe router advertisements" "$T/host/vifd.log" || true
}

is_told() {
	[ "$(times_told "$1")" = "${2:-1}" ]
}

has_no_deafness() {
	[ -z "$(deafness)" ]
}

# conf LINK KEY VALUE
conf() {
	on host sysctl -qw "net.ipv6.conf.$1.$2=$3"
}

doctor_says() {
	expect_json ".[] | select(.name == \"router-advertisements\") | .status == \"$1\" and .detail == \"$2\"" vif doctor -v --json
}

test_a_host_interface_that_comes_when_the_host_forwards_and_would_believe_routers_is_told_of() {
	usual_host 1
	conf eth1 accept_ra 1
	conf default accept_ra 1
	cat >"$T/six.xml" <<-END
		<network>
		  <name>six</name>
		  <forward mode='open'/>
		  <ip family='ipv6' address='fd00:77::1' prefix='64'/>
		</network>
	END
	expect_ok vif network define "$T/six.xml"
	doctor_says yes ""
	expect_ok vif network start six
	is_deaf_to_routers eth1 || fail "$(deafness)"
	doctor_says no eth1
	conf eth1 accept_ra 0
	has_no_deafness || fail "$(deafness)"
	doctor_says yes ""

	# One that comes: in the log, in the list, and by the doctor.
	nic host eth2 world p2
	wait_until 5 is_told eth2
	is_deaf_to_routers eth2 || fail "$(deafness)"
	run vif network show six
	expect_match "vif: network 'six': eth2 will not believe router advertisements*" "$ERR"
	doctor_says no eth2

	# One that is there, but is given IPv6 only now.
	conf default disable_ipv6 1
	nic host eth3 world p3
	conf default disable_ipv6 0
	ip -n host link set eth3 addrgenmode eui64
	is_deaf_to_routers eth2 || fail "$(deafness)"
	conf eth3 disable_ipv6 0
	wait_until 5 is_told eth3
	is_deaf_to_routers "eth2, eth3" || fail "$(deafness)"

	# The remedy helps at once. It is told once of each, however often the link changes, and its carrier goes.
	conf eth3 accept_ra 2
	is_deaf_to_routers eth2 || fail "$(deafness)"
	on host ip link set eth2 down
	has_no_deafness || fail "$(deafness)"
	on host ip link set eth2 up
	wait_until 5 is_deaf_to_routers eth2
	expect_equal "$(times_told eth2) $(times_told eth3)" "1 1"
	# Of what the start told it is not told again.
	expect_equal "$(times_told eth1)" 0

	# What is not the host's own hears no routers: a guest's tap, a bridge's port, the network's bridge.
	plug network=six
	host_bridge host br5
	conf br5 accept_ra 0
	nic host eth4 world p4
	on host ip link set eth4 master br5
	is_deaf_to_routers eth2 || fail "$(deafness)"
	unplug "$PORT"

	# A vifd that was restarted knows of it, too.
	stop_vifd
	start_vifd
	wait_until 5 is_told eth2 2
	is_deaf_to_routers eth2 || fail "$(deafness)"

	# Nobody needs the host to forward: that it does is nobody's problem any more.
	expect_ok vif network stop six
	expect_equal "$(deafness)" ""
	doctor_says no eth2
}

test_a_network_that_is_not_to_autostart_does_not() {
	usual_host 2
	define_red
	expect_ok vif network autostart red
	expect_ok vif network autostart --disable red
	stop_vifd
	find "$(runtime_dir)" -mindepth 1 -delete
	start_vifd
	expect_json '.[0] | (.active | not) and (.autostart | not)' vif network list --json
}

test_a_definition_that_cannot_be_removed_keeps_its_autostart() {
	usual_host 2
	define_red
	expect_ok vif network autostart red
	rm "$(config_dir)/networks/red.xml"
	mkdir "$(config_dir)/networks/red.xml"
	expect_error "cannot remove */red.xml: Is a directory" vif network undefine red
	expect_equal "$(ls "$(config_dir)/networks/autostart")" red.xml
	expect_json '.[0].autostart' vif network list --json
	rmdir "$(config_dir)/networks/red.xml"
	expect_ok vif network undefine red
	expect_equal "$(ls "$(config_dir)/networks/autostart")" ""
}

test_a_full_disk_keeps_the_old_definition() {
	usual_host 2
	define_red
	cp "$(config_dir)/networks/red.xml" "$T/old.xml"
	stop_vifd
	# 64 KiB, all but a few bytes of it taken.
	mount -t tmpfs -o size=64k tmpfs "$(config_dir)"
	mkdir "$(config_dir)/networks"
	cp "$T/old.xml" "$(config_dir)/networks/red.xml"
	start_vifd
	head -c 65536 /dev/zero >"$(config_dir)/filler" 2>/dev/null || true
	network_file red vepa eth2
	expect_error "*No space left on device*" vif network define "$T/red.xml"
	expect_same "$T/old.xml" "$(config_dir)/networks/red.xml"
	expect_match "*mode='bridge'*" "$(vif network show red)"
	expect_equal "$(ls "$(config_dir)/networks")" red.xml
	stop_vifd
	umount "$(config_dir)"
}

test_a_port_is_shown_as_libvirts_networkport() {
	usual_host 2
	define_red vepa
	expect_ok vif network start red
	plug network=red --guest web
	expect_ok vif show "$PORT" --networkport
	expect_match "<networkport>*<name>web</name>*<plug type='direct' dev='eth1' mode='vepa'/>*</networkport>" "$OUT"
	expect_json '.xml | startswith("<networkport>")' vif show "$PORT" --networkport --json
	unplug "$PORT"
	plug ethernet
	expect_error "port $PORT is on no network, bridge or host interface: it has no <networkport>" \
		vif show "$PORT" --networkport
	unplug "$PORT"
}

# big_network NAME TEXT: in $T/NAME.xml, one with a description of that text.
big_network() {
	cat >"$T/$1.xml" <<-END
		<network>
		  <name>$1</name>
		  <description>$2</description>
		  <ip address='10.77.0.1' netmask='255.255.0.0'>
		    <dhcp><host mac='52:54:01:00:00:00' ip='10.77.200.100'/></dhcp>
		  </ip>
		</network>
	END
}

repeated() {
	awk -v text="$1" -v n="$2" 'BEGIN {while (n--) printf "%s", text}'
}

# What grows on its way to the file is refused before it is there: apostrophes, elements beside a uuid that is
# added, text that the reader counts as attributes.
test_what_would_not_be_read_again_is_refused() {
	usual_host 1
	big_network apostrophes "$(repeated "'" 250000)"
	expect_unchanged expect_error "network 'apostrophes', as it would be kept, could not be read again: the document is too large (1500*" \
		vif network define "$T/apostrophes.xml"
	{
		echo "<network><name>elements</name><forward mode='bridge'><interface dev='eth1'/></forward><metadata>"
		repeated "<x:a xmlns:x='urn:x'/>" 19995
		echo "</metadata></network>"
	} >"$T/elements.xml"
	expect_unchanged expect_error "network 'elements', as it would be kept, could not be read again: line *: there are too many elements (more than 20000)" \
		vif network define "$T/elements.xml"
	big_network attributes "<x:a xmlns:x='urn:x'>$(repeated '=&quot;' 1100)</x:a>"
	sed -i 's/description>/metadata>/g' "$T/attributes.xml"
	expect_unchanged expect_error "network 'attributes', as it would be kept, could not be read again: line *: an element has too many attributes (more than 1000)" \
		vif network define "$T/attributes.xml"
	expect_unchanged expect_error "'' is not a name that a guest can have: *" vif plug ethernet,target=tap1 --guest ""
}

# add_hosts NETWORK: one by one, until there is no room for another. The error is left in $ERR.
add_hosts() {
	local i
	for ((i = 1; i < 60; i++)); do
		run vif network update "$1" add ip-dhcp-host "<host mac='52:54:01:00:00:$(printf %02x "$i")' ip='10.77.200.$i'/>"
		[ "$STATUS" = 0 ] || return 0
	done
	fail "there is always room for another host"
}

test_updates_do_not_carry_a_network_over_what_is_read() {
	local hosts
	usual_host 1
	big_network big "$(repeated x 1046900)"
	expect_ok vif network define "$T/big.xml"
	expect_ok vif network start big
	plug network=big
	add_hosts big
	expect_match "vif: network 'big', as it would be kept, could not be read again: the document is too large (*" "$ERR"
	hosts=$(vif network show big | grep -c '<host ')
	kill_vifd
	start_vifd
	expect_json '.[0] | .name == "big" and .active and .ports == 1' vif network list --json
	expect_equal "$(vif network show big | grep -c '<host ')" "$hosts"
	unplug "$PORT"
	expect_ok vif network stop big
}

test_a_network_is_stopped_right_after_its_last_guest() {
	local i
	usual_host 1
	run_network red bridge eth1
	for ((i = 0; i < 20; i++)); do
		start_idler
		plug network=red --pid "$IDLER"
		plug network=red,type=direct --pid "$IDLER"
		stop_idler
		expect_ok vif network stop red
		expect_ok vif network start red
	done
	# But not under a guest that lives.
	plug network=red
	start_idler
	plug network=red --pid "$IDLER"
	stop_idler
	expect_error "cannot stop network 'red': 1 port uses it (vif list)" vif network stop red
	expect_json 'length == 1' vif list --json
	unplug "$(vif list --json | jq -r '.[0].name')"
	expect_ok vif network stop red
}

# Its call waits for a port's end; then there is nobody to answer.
test_a_client_that_leaves_while_its_call_waits_harms_nobody() {
	local i client
	usual_host 1
	run_network red bridge eth1
	for ((i = 0; i < 20; i++)); do
		start_idler
		plug network=red --pid "$IDLER"
		stop_idler
		exec_on host vif network stop red &
		client=$!
		sleep "0.0$((i % 5))"
		kill -KILL "$client" 2>/dev/null || true
		wait "$client" || true
		wait_until 5 is_without_ports host
		run vif network start red
	done
	expect_ok vif network stop red
}
