# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Networks that change while they run: by a part (vif network update), and by a new definition.

# pool_of FILE: the interfaces in a network's file.
pool_of() {
	sed -n "s/.*<interface dev='\([^']*\)'.*/\1/p" "$1" | paste -sd ' '
}

# expect_pools RUNNING DEFINED: in the files, and what vifd says.
expect_pools() {
	expect_equal "$(pool_of "$(runtime_dir)/networks/red.xml")" "$1"
	expect_equal "$(pool_of "$(config_dir)/networks/red.xml")" "$2"
	expect_equal "$(vif network list --json | jq -r '.[] | select(.name == "red").pool | join(" ")')" "$1"
}

dev_of() {
	link "$(side_of "$1")" .link
}

test_a_pool_grows_and_shrinks_while_the_network_runs() {
	usual_host 3
	run_network red passthrough eth1
	plug network=red
	expect_failure vif plug network=red
	expect_json '.live and .config and .key == "eth2" and .name == "red"' \
		vif network update red add forward-interface "<interface dev='eth2'/>" --json
	expect_pools "eth1 eth2" "eth1 eth2"
	plug network=red
	expect_equal "$(dev_of "$PORT")" eth2
	unplug "$PORT"
	expect_ok vif network update red delete forward-interface "<interface dev='eth2'/>"
	expect_equal "$OUT" "network red is updated, as it runs and in its definition: eth2"
	expect_pools eth1 eth1
	expect_failure vif plug network=red
	unplug vif0
}

test_an_update_is_for_the_running_network_or_for_the_definition_alone() {
	usual_host 3
	run_network red vepa eth1
	expect_ok vif network update red add forward-interface "<interface dev='eth2'/>" --live
	expect_equal "$OUT" "network red is updated as it runs: eth2"
	expect_pools "eth1 eth2" "eth1"
	expect_ok vif network update red add forward-interface "<interface dev='eth3'/>" --config
	expect_equal "$OUT" "network red is updated in its definition: eth3"
	expect_pools "eth1 eth2" "eth1 eth3"
	# Both, and in one of them it is impossible: then in none.
	expect_error "*" vif network update red add forward-interface "<interface dev='eth3'/>" --live --config
	expect_error "*" vif network update red add forward-interface "<interface dev='eth2'/>"
	expect_pools "eth1 eth2" "eth1 eth3"
	expect_ok vif network stop red
	expect_error "network 'red' is not active" \
		vif network update red add forward-interface "<interface dev='eth2'/>" --live
	expect_ok vif network update red add forward-interface "<interface dev='eth2'/>"
	expect_equal "$OUT" "network red is updated in its definition: eth2"
	expect_equal "$(pool_of "$(config_dir)/networks/red.xml")" "eth1 eth3 eth2"
}

test_what_ports_use_is_taken_away_by_force_only_and_they_keep_it() {
	usual_host 3
	run_network red passthrough eth1 eth2
	start_idler
	plug network=red --guest web --pid "$IDLER"
	plug network=red
	snapshot "$T/before"
	expect_error "cannot take eth1 from network 'red': it is used by vif0 (web); --force takes it, and they stay as they are" \
		vif network update red delete forward-interface "<interface dev='eth1'/>"
	snapshot "$T/after"
	expect_same "$T/before" "$T/after"
	expect_ok vif network update red delete forward-interface "<interface dev='eth1'/>" --force
	expect_equal "$OUT" "network red is updated, as it runs and in its definition: eth1; it stays with vif0 (web)"
	expect_pools eth2 eth2
	expect_on vif0 eth1
	# After a restart too, and nobody else gets it when it is in the pool again.
	kill_vifd
	start_vifd
	expect_on vif0 eth1
	expect_on vif1 eth2
	expect_ok vif network update red add-first forward-interface "<interface dev='eth1'/>"
	expect_failure vif plug network=red
	unplug vif0
	plug network=red
	expect_equal "$(dev_of "$PORT")" eth1
	unplug "$PORT"
	unplug vif1
	stop_idler
}

test_a_live_update_never_makes_vifd_forget_who_has_what() {
	usual_host 3
	run_network red passthrough eth1 eth2
	plug network=red
	for _ in 1 2 3; do
		expect_ok vif network update red add forward-interface "<interface dev='eth3'/>"
		expect_ok vif network update red delete forward-interface "<interface dev='eth3'/>"
	done
	plug network=red
	expect_equal "$(dev_of vif0) $(dev_of vif1)" "eth1 eth2"
	expect_failure vif plug network=red
	unplug vif0
	expect_error "*it is used by vif1*" \
		vif network update red delete forward-interface "<interface dev='eth2'/>"
	unplug vif1
}

test_a_port_that_waits_gets_the_interface_that_is_added() {
	usual_host 3
	run_network red bridge eth7
	expect_ok vif plug network=red --wait
	expect_state vif0 waiting
	expect_ok vif network update red add forward-interface "<interface dev='eth2'/>"
	expect_on vif0 eth2
	unplug vif0
}

test_updates_are_told_to_those_who_listen() {
	usual_host 3
	run_network red bridge eth1
	exec_on host vif monitor --json >"$T/events" 2>&1 &
	local monitor=$!
	sleep 0.3
	expect_ok vif network update red add forward-interface "<interface dev='eth2'/>"
	wait_until 5 grep -q network-updated "$T/events"
	expect_equal "$(jq -r 'select(.event == "network-updated") | .network' "$T/events")" red
	kill $monitor
	wait $monitor || true
}

test_updates_that_are_none_are_refused() {
	usual_host 3
	run_network red bridge eth1
	snapshot "$T/before"
	expect_error "network 'green' does not exist" \
		vif network update green add forward-interface "<interface dev='eth2'/>"
	expect_misunderstood "'replace' is not one of add, add-first, add-last, modify, delete" \
		vif network update red replace forward-interface "<interface dev='eth2'/>"
	for section in bridge domain ip forward-pf colour; do
		expect_misunderstood "'$section' is not a section that can be updated (forward-interface, *)*" \
			vif network update red modify $section "<forward mode='vepa'/>"
	done
	expect_error "cannot read $T/absent: *" vif network update red add forward-interface "$T/absent"
	expect_usage vif network update red add forward-interface
	expect_usage vif network update red add forward-interface "<interface dev='eth2'/>" --parent-index many
	echo "<interface dev='eth1'" >"$T/torn.xml"
	expect_error "$T/torn.xml:*" vif network update red add forward-interface "$T/torn.xml"
	expect_error "*" as_nobody vif network update red add forward-interface "<interface dev='eth2'/>"
	snapshot "$T/after"
	expect_same "$T/before" "$T/after"
}

test_a_full_disk_keeps_both_sides_as_they_were() {
	usual_host 3
	run_network red bridge eth1
	expect_ok vif network update red add forward-interface "<interface dev='eth3'/>" --live
	cp -r "$(config_dir)" "$T/etc"
	cp -r "$(runtime_dir)/networks" "$T/networks"
	stop_vifd
	mount -t tmpfs -o size=64k tmpfs "$(config_dir)"
	mount -t tmpfs -o size=64k tmpfs "$(runtime_dir)/networks"
	cp -r "$T/etc/." "$(config_dir)"
	cp -r "$T/networks/." "$(runtime_dir)/networks"
	start_vifd
	head -c 65536 /dev/zero >"$(config_dir)/filler" 2>/dev/null || true
	expect_error "*No space left on device*" \
		vif network update red add forward-interface "<interface dev='eth2'/>"
	expect_pools "eth1 eth3" "eth1"
	rm "$(config_dir)/filler"
	# The other side's disk is full: the definition is written first, and again as it was.
	head -c 65536 /dev/zero >"$(runtime_dir)/networks/filler" 2>/dev/null || true
	expect_error "*No space left on device*" \
		vif network update red add forward-interface "<interface dev='eth2'/>"
	expect_pools "eth1 eth3" "eth1"
	stop_vifd
	umount "$(config_dir)" "$(runtime_dir)/networks"
}

# fill FOLDER BLOCKS: all of its tmpfs but so many blocks.
fill() {
	local size
	head -c 1000000 /dev/zero >"$1/filler" 2>/dev/null || true
	size=$(stat -c %s "$1/filler")
	truncate -s "$((size / 4096 * 4096 - $2 * 4096))" "$1/filler"
}

# dnsmasq's files, or the record: what was there is put back, for which there is no space either.
test_what_is_refused_for_want_of_space_is_not_there_after_a_restart() {
	local free host shown
	need dnsmasq
	need nft
	host host
	mount -t tmpfs -o size=400k,mode=755 tmpfs "$(runtime_dir)"
	start_vifd
	cat >"$T/red.xml" <<-END
		<network><name>red</name><ip address='192.168.99.1' netmask='255.255.255.0'>
		<dhcp><range start='192.168.99.2' end='192.168.99.99'/></dhcp></ip></network>
	END
	expect_ok vif network define "$T/red.xml"
	expect_ok vif network start red
	for free in 0 1 2; do
		host="<host mac='52:54:00:00:00:0$free' ip='192.168.99.10$free'/>"
		fill "$(runtime_dir)" "$free"
		run vif network update red add ip-dhcp-host "$host"
		[ "$STATUS" = 0 ] || expect_match "vif: *No space left on device" "$ERR"
		kill_vifd
		rm "$(runtime_dir)/filler"
		start_vifd
		# The second one is the definition.
		for shown in "$(vif network show red)" "$(cat "$(config_dir)/networks/red.xml")"; do
			if [ "$STATUS" = 0 ]; then
				expect_match "*$host*" "$shown"
			else
				[[ $shown != *"$host"* ]] || fail "with $free blocks it was refused, and is there now"
			fi
		done
	done
	[ -z "$(find "$(runtime_dir)" "$(config_dir)" -name '*.vifd-*')" ] || fail "something is left half written"
	expect_ok vif network stop red
	stop_vifd
	umount "$(runtime_dir)"
}

test_a_new_definition_says_what_changes_now_and_what_later() {
	usual_host 3
	run_network red bridge eth1
	network_file red bridge eth1 eth2
	expect_json '.outcome == "replaced-active" and .now == ["pool"] and .later == []' \
		vif network define "$T/red.xml" --json
	expect_pools "eth1 eth2" "eth1 eth2"
	# The mode cannot change under a running network, nor the pool that goes with it.
	network_file red vepa eth3
	expect_ok vif network define "$T/red.xml"
	expect_equal "$OUT" "network red is replaced; at its next start: pool, forward mode"
	expect_pools "eth1 eth2" eth3
	plug network=red
	expect_equal "$(link "$(side_of "$PORT")" .linkinfo.info_data.mode)" bridge
	unplug "$PORT"
	# The same once more changes nothing, and what is still to come is told.
	expect_ok vif network define "$T/red.xml"
	expect_equal "$OUT" "network red is defined like this already; at its next start: pool, forward mode"
	expect_ok vif network stop red
	expect_ok vif network start red
	expect_ok vif network define "$T/red.xml"
	expect_equal "$OUT" "network red is defined like this already"
	expect_pools eth3 eth3
}

test_a_new_definition_takes_nothing_away_that_is_used() {
	usual_host 3
	run_network red bridge eth1 eth2
	plug network=red
	network_file red bridge eth2
	expect_ok vif network define "$T/red.xml"
	expect_equal "$OUT" "network red is replaced; at its next start: pool (eth1 is used by vif0)"
	expect_pools "eth1 eth2" eth2
	unplug vif0
	# Nobody uses it any more.
	expect_ok vif network define "$T/red.xml"
	expect_equal "$OUT" "network red is defined like this already; now, for new ports: pool"
	expect_pools eth2 eth2
}

test_the_definition_of_an_inactive_network_is_simply_replaced() {
	usual_host 3
	network_file red bridge eth1
	expect_ok vif network define "$T/red.xml"
	expect_equal "$OUT" "network red is defined"
	network_file red vepa eth1
	expect_ok vif network define "$T/red.xml"
	expect_equal "$OUT" "network red is replaced"
	expect_json '.outcome == "unchanged" and (has("now") | not) and (has("later") | not)' \
		vif network define "$T/red.xml" --json
}

# group NAME [DEFAULT]: a portgroup that vifd can serve.
group() {
	local default=${2:+" default='$2'"}
	echo "<portgroup name='$1'$default/>"
}

portgroups() {
	vif capabilities --json | jq -r '.networks[] | select(.name == "red") | "\(.portgroups | join(" ")) default=\(."default-portgroup" // "none")"'
}

test_portgroups_come_and_go_while_the_network_runs() {
	usual_host 3
	run_network red bridge eth1
	expect_error "*blue*" vif plug network=red,portgroup=blue
	expect_ok vif network update red add portgroup "$(group blue)"
	expect_ok vif network update red add portgroup "$(group green yes)"
	expect_equal "$(portgroups)" "blue green default=green"
	plug network=red,portgroup=blue
	plug network=red
	expect_json '.[0].portgroup == "blue" and .[1].portgroup == "green"' vif list --json
	# Named, and got by default: both are in use.
	expect_error "cannot take portgroup blue from network 'red': it is used by vif0; --force takes it, and they stay as they are" \
		vif network update red delete portgroup "$(group blue)"
	expect_error "*it is used by vif1;*" vif network update red delete portgroup "$(group green)"
	# Another default is for those that come.
	expect_error "*" vif network update red modify portgroup "$(group blue yes)"
	expect_ok vif network update red modify portgroup "$(group green)"
	expect_ok vif network update red modify portgroup "$(group blue yes)"
	expect_equal "$(portgroups)" "blue green default=blue"
	expect_json '.[1].portgroup == "green" and all(.state == "connected")' vif list --json
	expect_ok vif network update red delete portgroup "$(group green)" --force
	expect_equal "$OUT" "network red is updated, as it runs and in its definition: green; it stays with vif1"
	kill_vifd
	start_vifd
	expect_on vif0 eth1
	expect_on vif1 eth1
	expect_json '.[1].portgroup == "green"' vif list --json
	unplug vif0
	unplug vif1
	expect_ok vif network update red delete portgroup "$(group blue)"
	expect_equal "$(portgroups)" " default=none"
}

test_a_check_tells_which_portgroup_it_would_be() {
	usual_host 3
	run_network red bridge eth1
	expect_ok vif network update red add portgroup "$(group blue)"
	expect_json 'has("portgroup") | not' vif check network=red --json
	expect_json '.portgroup == "blue" and ."portgroup-exists"' vif check network=red,portgroup=blue --json
	run vif check network=red,portgroup=pink --json
	expect_equal "$STATUS" 1
	jq -e '(.ok | not) and .portgroup == "pink" and (."portgroup-exists" | not) and .free == [] and .candidates == ["eth1"]' \
		<<<"$OUT" >/dev/null || fail "$OUT"
}

# A network and a portgroup that contradict each other in what the switch is to be told.
test_strict_makes_a_contradiction_an_error() {
	usual_host 3
	cat >"$T/red.xml" <<-'END'
		<network>
		  <name>red</name>
		  <forward mode='vepa'><interface dev='eth1'/></forward>
		  <virtualport type='802.1Qbg'><parameters managerid='11' typeid='1' typeidversion='2'/></virtualport>
		  <portgroup name='blue'><virtualport type='802.1Qbg'><parameters managerid='22'/></virtualport></portgroup>
		</network>
	END
	expect_ok vif network define "$T/red.xml"
	expect_ok vif network start red
	# Not strict: the portgroup overrides, and what is wrong is that it cannot be served.
	expect_error "*802.1Qbg*is not supported yet" vif check network=red,portgroup=blue
	stop_vifd
	echo strict=yes >"$(config_dir)/vifd.conf"
	start_vifd
	run vif check network=red,portgroup=blue
	expect_equal "$STATUS" 1
	expect_match "*managerid*" "$ERR"
	expect_match "*'11'*" "$ERR"
	expect_match "*'22'*" "$ERR"
}

test_a_fragment_that_is_wrong_is_told_by_its_line() {
	usual_host 3
	run_network red bridge eth1
	printf '<portgroup name="blue">\n  <colour/>\n</portgroup>\n' >"$T/blue.xml"
	expect_error "$T/blue.xml:2: *colour*" vif network update red add portgroup "$T/blue.xml"
	expect_error "*dev*" vif network update red add forward-interface "<interface/>"
	expect_error "*eth9*" vif network update red delete forward-interface "<interface dev='eth9'/>"
}

# Networks that cannot be started yet can be defined, and changed as definitions.
test_the_other_sections_change_in_a_definition() {
	usual_host 3
	cat >"$T/red.xml" <<-'END'
		<network>
		  <name>red</name>
		  <forward mode='nat'/>
		  <bridge name='virbr9'/>
		  <ip address='192.168.9.1' netmask='255.255.255.0'>
		    <dhcp><range start='192.168.9.10' end='192.168.9.99'/></dhcp>
		  </ip>
		</network>
	END
	expect_ok vif network define "$T/red.xml"
	expect_ok vif network update red add ip-dhcp-host "<host mac='52:54:00:00:00:01' ip='192.168.9.5'/>" --parent-index 0
	expect_match "network red is updated in its definition: *" "$OUT"
	expect_match "*<host mac='52:54:00:00:00:01'*ip='192.168.9.5'*" "$(vif network show red)"
	grep -q "192.168.9.5" "$(config_dir)/networks/red.xml"
	expect_error "*" vif network update red add ip-dhcp-host "<host mac='52:54:00:00:00:02' ip='192.168.9.6'/>" --parent-index 1
	expect_ok vif network update red delete ip-dhcp-host "<host mac='52:54:00:00:00:01'/>"
	expect_failure grep -q "192.168.9.5" "$(config_dir)/networks/red.xml"
	expect_json '.networks[0] | .kind == "virtual" and (.active | not) and .forwards == "kernel" and ."host-reaches" == "yes" and has("problem")' \
		vif capabilities --json
}
