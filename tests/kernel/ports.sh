# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Ports, from plug to unplug, as the kernel shows them.

usual() {
	usual_nics 1
	host_bridge host br1
	start_vifd
	snapshot "$T/empty"
}

nothing_is_left() {
	snapshot "$T/end"
	expect_same "$T/empty" "$T/end"
}

# expect_on_eth1 PORT MODE: what stands on eth1 for the port, a macvtap or a macvlan, is as it should be.
expect_on_eth1() {
	local side
	side=$(side_of "$1")
	expect_equal "$(link "$side" .linkinfo.info_data.mode)" "${2/passthrough/passthru}"
	expect_equal "$(link "$side" .link)" eth1
	expect_equal "$(link "$side" .address)" 52:54:00:00:00:01
	expect_link "$side" '.flags | index("UP") != null'
	# iproute2 has no word for it in JSON; the kernel counts who asked.
	expect_link "$side" '.allmulti == 1 or (.flags | index("ALLMULTI") != null)'
	expect_equal "$(link "$side" .inet6_addr_gen_mode)" none
	expect_equal "$(ip -n host -j address show dev "$side" | jq '.[0].addr_info | length')" 0
	expect_json "map(select(.name == \"$1\")) | length == 1 and (.[0] | .state == \"connected\" and .mode == \"$2\" and .dev == \"eth1\")" \
		vif list --json
}

test_a_direct_port_is_a_macvtap_as_asked() {
	local mode
	usual
	for mode in vepa bridge private passthrough; do
		plug "dev=eth1,mode=$mode,mac=52:54:00:00:00:01,type=direct"
		expect_link "$PORT" '.linkinfo.info_kind == "macvtap"'
		expect_equal "$(our_links)" "$PORT"
		expect_on_eth1 "$PORT" "$mode"
		unplug "$PORT"
		nothing_is_left
	done
}

test_a_live_port_is_a_tap_wired_to_a_macvlan_as_asked() {
	local mode
	usual
	for mode in vepa bridge private passthrough; do
		plug "dev=eth1,mode=$mode,mac=52:54:00:00:00:01"
		expect_link "$PORT" '.linkinfo.info_kind == "tun" and .linkinfo.info_data.type == "tap"'
		expect_equal "$(link "$PORT" .address)" fe:54:00:00:00:01
		expect_link "$PORT" '.flags | index("UP") != null'
		expect_equal "$(link "$PORT" .qdisc)" noqueue
		expect_equal "$(link "$PORT" .inet6_addr_gen_mode)" none
		expect_equal "$(ip -n host -j address show dev "$PORT" | jq '.[0].addr_info | length')" 0
		expect_equal "$(guest_devices)" "$PORT"
		expect_equal "$(our_links | wc -l)" 2
		expect_link "$(side_of "$PORT")" '.linkinfo.info_kind == "macvlan" and (.flags | index("NOARP") != null)'
		expect_on_eth1 "$PORT" "$mode"
		expect_wired "$PORT"
		unplug "$PORT"
		nothing_is_left
	done
}

test_live_and_vepa_are_the_defaults() {
	usual
	plug dev=eth1
	expect_equal "$(link "$(side_of "$PORT")" .linkinfo.info_data.mode)" vepa
	expect_wired "$PORT"
	expect_json '.[0]."port-type" == "live"' vif list --json
	unplug "$PORT"
	plug dev=eth1,type=direct
	expect_equal "$(link "$PORT" .linkinfo.info_data.mode)" vepa
	unplug "$PORT"
}

test_a_port_on_a_bridge_is_a_tap_of_that_bridge() {
	usual
	plug bridge=br1,mac=52:54:00:00:00:01
	expect_link "$PORT" '.linkinfo.info_kind == "tun"'
	expect_equal "$(link "$PORT" .linkinfo.info_data.type)" tap
	expect_link "$PORT" '.linkinfo.info_data.persist'
	expect_equal "$(link "$PORT" .master)" br1
	expect_equal "$(link "$PORT" .address)" fe:54:00:00:00:01
	expect_link "$PORT" '.flags | index("UP") != null'
	expect_equal "$(link "$PORT" .inet6_addr_gen_mode)" none
	expect_equal "$(link br1 .address)" 02:00:00:5f:00:02
	unplug "$PORT"
	nothing_is_left
}

test_an_ethernet_port_is_a_tap_on_nothing() {
	usual
	plug ethernet,target=blue0
	expect_equal "$PORT" blue0
	expect_equal "$(link blue0 .linkinfo.info_data.type)" tap
	expect_equal "$(link blue0 .master)" null
	unplug blue0
	nothing_is_left
}

# Whoever has it puts it where it belongs; that is not vifd's to know, before or after its restart.
test_a_tap_on_nothing_stays_on_the_bridge_that_its_user_put_it_on() {
	usual
	host_bridge host br7
	plug ethernet,target=blue0
	on host ip link set blue0 master br7
	# vifd looks at it when it changes.
	on host ip link set blue0 mtu 1400
	expect_ok vif list
	stays_on_br7
	# Nor after a retarget that left a bridge of vifd's, or one to nothing again.
	expect_ok vif retarget blue0 bridge=br1
	expect_equal "$(link blue0 .master)" br1
	expect_ok vif retarget blue0 ethernet
	expect_equal "$(link blue0 .master)" null
	on host ip link set blue0 master br7
	stays_on_br7
	expect_ok vif retarget blue0 ethernet
	stays_on_br7
	unplug blue0
	on host ip link delete br7
	nothing_is_left
}

stays_on_br7() {
	expect_equal "$(link blue0 .master)" br7
	stop_vifd
	start_vifd
	expect_ok vif list
	expect_equal "$(link blue0 .master)" br7
}

test_a_tap_for_many_queues_is_multi_queue_and_one_for_one_is_not() {
	usual
	plug ethernet,queues=4
	expect_link "$PORT" '.linkinfo.info_data.multi_queue'
	unplug "$PORT"
	plug ethernet
	expect_link "$PORT" '.linkinfo.info_data.multi_queue | not'
	unplug "$PORT"
}

test_the_virtio_header_is_as_the_model_wants() {
	usual
	plug ethernet,model=virtio
	expect_link "$PORT" '.linkinfo.info_data.vnet_hdr'
	unplug "$PORT"
	plug ethernet,model=e1000
	expect_link "$PORT" '.linkinfo.info_data.vnet_hdr | not'
	unplug "$PORT"
}

test_names_count_up_and_templates_are_filled() {
	usual
	plug ethernet
	expect_equal "$PORT" vif0
	plug ethernet
	expect_equal "$PORT" vif1
	plug ethernet,target=red%d
	expect_equal "$PORT" red0
	plug ethernet,target=red%d
	expect_equal "$PORT" red1
	for port in vif0 vif1 red0 red1; do
		unplug "$port"
	done
	nothing_is_left
}

test_a_port_takes_the_mtu_that_was_asked_for() {
	local type
	usual
	for type in live direct; do
		plug dev=eth1,mtu=1400,type=$type
		expect_equal "$(link "$PORT" .mtu)" 1400
		expect_equal "$(link "$(side_of "$PORT")" .mtu)" 1400
		unplug "$PORT"
	done
	plug bridge=br1
	expect_equal "$(link "$PORT" .mtu)" 1500
	unplug "$PORT"
}

test_a_link_that_is_to_be_down_is_not_set_up() {
	local type
	usual
	for type in live direct; do
		plug dev=eth1,link=down,type=$type
		expect_link "$PORT" '.flags | index("UP") == null'
		unplug "$PORT"
	done
}

test_a_host_interface_that_is_down_is_set_up() {
	local type
	usual
	for type in live direct; do
		ip -n host link set eth1 down
		plug dev=eth1,type=$type
		expect_link eth1 '.flags | index("UP") != null'
		unplug "$PORT"
	done
}

test_a_file_says_the_same_as_a_spec() {
	local type
	usual
	cat >"$T/guest.xml" <<-'END'
		<interface type='direct' xmlns:vif='urn:vifd:1'>
		  <vif:port type='live'/>
		  <mac address='52:54:00:00:00:01'/>
		  <source dev='eth1' mode='private'/>
		  <target dev='blue0'/>
		  <model type='virtio'/>
		  <mtu size='1400'/>
		</interface>
	END
	for type in live direct; do
		sed -i "s/type='live'/type='$type'/" "$T/guest.xml"
		plug "$T/guest.xml"
		expect_equal "$PORT" blue0
		expect_json ".[0].\"port-type\" == \"$type\"" vif list --json
		expect_equal "$(link "$(side_of blue0)" .linkinfo.info_data.mode)" private
		expect_equal "$(link "$(side_of blue0)" .address)" 52:54:00:00:00:01
		expect_equal "$(link blue0 .mtu)" 1400
		unplug blue0
	done

	expect_ok vif plug --json - <"$T/guest.xml"
	has_link blue0
	unplug blue0
	nothing_is_left
}

test_our_devices_carry_the_uuid_of_their_port() {
	local uuid
	usual
	plug dev=eth1,type=direct
	expect_ok vif show --json "$PORT"
	expect_link "$PORT" ".altnames == [\"vif-$(jq -r .uuid <<<"$OUT")\"]"
	unplug "$PORT"
	plug dev=eth1
	expect_ok vif show --json "$PORT"
	uuid=$(jq -r .uuid <<<"$OUT")
	expect_link "$PORT" ".altnames == [\"vif-$uuid\"]"
	expect_link "$PORT-0" ".altnames == [\"vif-$uuid-0\"]"
	expect_json ".name == \"$PORT\"" vif show --json "$uuid"
	unplug "$PORT"
}

test_a_port_that_is_tied_to_a_process_goes_with_it() {
	usual
	start_idler
	plug dev=eth1 --pid "$IDLER" --guest red
	plug dev=eth1,type=direct --pid "$IDLER" --guest red
	plug bridge=br1 --pid "$IDLER" --guest red
	expect_json "length == 3 and all(.pid == $IDLER and .guest == \"red\")" vif list --json
	kill -KILL "$IDLER"
	wait_until 1 is_without_ports host
	stop_idler
	nothing_is_left
}

test_a_hundred_ports_end_together() {
	local begin i took
	usual
	start_idler
	for ((i = 0; i < 25; i++)); do
		plug dev=eth1,mode=bridge --pid "$IDLER"
		plug dev=eth1,mode=bridge,type=direct --pid "$IDLER"
		plug bridge=br1 --pid "$IDLER"
		plug ethernet --pid "$IDLER"
	done
	expect_equal "$(guest_devices | wc -l)" 100
	expect_equal "$(our_links | wc -l)" 125
	begin=${EPOCHREALTIME/./}
	kill -KILL "$IDLER"
	wait_until 3 is_without_ports host
	took=$(((${EPOCHREALTIME/./} - begin) / 1000))
	echo "100 ports ended in $took ms"
	stop_idler
	nothing_is_left
}

# By a VMM that opens it by name, the next one can be opened.
test_a_device_that_somebody_else_deletes_is_made_again() {
	local type
	usual
	for type in live direct; do
		plug dev=eth1,type=$type,target=red0
		snapshot "$T/plugged"
		ip -n host link del red0
		wait_until 2 has_link red0
		wait_until 2 is_like "$T/plugged"
		unplug red0
		nothing_is_left
	done
}

test_the_answers_for_people_and_for_programs_name_the_port() {
	usual
	expect_ok vif plug dev=eth1,mode=bridge --guest red
	expect_match '*vif0*' "$OUT"
	expect_ok vif list
	expect_match '*vif0*eth1*' "$OUT"
	expect_ok vif show vif0
	expect_match '*vif0*' "$OUT"
	expect_match '*eth1*' "$OUT"
	expect_match '*red*' "$OUT"
	expect_json '.name == "vif0" and .state == "connected"' vif show --json vif0
	expect_ok vif unplug vif0
	expect_json 'type == "array" and length == 0' vif list --json
}

# Its old port holds name and host interface for some milliseconds yet.
test_a_guest_starts_anew_in_its_place_right_after_its_end() {
	local spec i
	usual
	for spec in dev=eth1,target=web0 dev=eth1,target=web0,type=direct bridge=br1,target=web0 \
		dev=eth1,mode=passthrough dev=eth1,mode=passthrough,type=direct; do
		for ((i = 0; i < 4; i++)); do
			start_idler
			plug "$spec" --pid "$IDLER"
			stop_idler
		done
	done
	wait_until 5 is_without_ports host
	# Who holds them for good is told.
	plug dev=eth1,target=web0
	start_idler
	plug dev=eth1 --pid "$IDLER"
	stop_idler
	expect_error "device name 'web0' is taken by port web0" vif plug dev=eth1,target=web0
	wait_until 5 port_has_gone "$PORT"
	unplug web0
}

port_has_gone() {
	[ "$(vif list --json | jq --arg port "$1" 'map(select(.name == $port)) | length')" = 0 ]
}

# One D-Bus message carries 253 descriptors.
test_as_many_queues_as_a_tap_may_have_are_handed_over() {
	local queues
	host host
	start_vifd
	for queues in 253 254 256; do
		# shellcheck disable=SC2016 # for the inner shell
		expect_ok vif run --nic "ethernet,queues=$queues" -- bash -c '
			IFS=,; for fd in $1; do readlink /proc/self/fd/$fd; done' - '{fdlist}'
		expect_equal "$(sort <<<"$OUT" | uniq -c | xargs)" "$queues /dev/net/tun"
		wait_until 5 is_without_ports host
	done
}

test_a_plug_whose_descriptors_cannot_be_passed_on_leaves_nothing() {
	local queues refused=0
	host host
	VIFD_WRAPPER="prlimit --nofile=64" start_vifd
	# vifd has them, holds dups, and the message dups once more: with some of these numbers one of the three fails.
	for ((queues = 8; queues <= 24; queues++)); do
		run vif run --nic "ethernet,queues=$queues" -- true '{fdlist}'
		[ "$STATUS" = 0 ] || refused=$((refused + 1))
		[ "$STATUS" = 0 ] || expect_match "*Too many open files*" "$ERR"
		wait_until 5 is_without_ports host
		expect_equal "$(our_links host)" ""
	done
	[ "$refused" -gt 3 ] || fail "only $refused were refused"
	expect_ok vif list
}

# changes NAME: asks to change that port, again and again, until it is ended.
changes() {
	while :; do
		vif set "$1" inbound=1000 || true
		vif retarget "$1" dev=eth1 || true
	done >/dev/null 2>&1
}

# A port on its way out that is given something would be made again, and its record go all the same.
test_nothing_brings_a_port_back_that_is_unplugged() {
	local i changers=()
	usual_host 1
	for i in 1 2 3; do
		changes t0 &
		changers+=($!)
	done
	for ((i = 0; i < 4; i++)); do
		expect_ok vif plug dev=eth1,target=t0
		expect_ok vif unplug t0
		[ -z "$(our_links)" ] || fail "in round $i these stay: $(our_links)"
	done
	kill "${changers[@]}"
	wait "${changers[@]}" || true
	wait_until 5 no_vif
}

# Those that the loops had begun have ended, too.
no_vif() {
	! stray_processes | grep -q "(vif "
}
