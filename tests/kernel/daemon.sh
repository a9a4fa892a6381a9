# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# vifd itself: how it starts, what it finds, when it leaves.

test_vif_starts_vifd_where_there_is_none_and_it_leaves_when_idle() {
	usual_nics 1
	snapshot "$T/empty"
	expect_json 'length == 0' vif list --json
	expect_equal "$(vifd_pids | wc -l)" 1
	plug dev=eth1
	expect_equal "$(vifd_pids | wc -l)" 1
	unplug "$PORT"
	# It waits ten seconds for the next command.
	wait_until 15 vifd_has_left
	expect_equal "$(ls "$(runtime_dir)/ports")" ""
}

vifd_has_left() {
	[ -z "$(vifd_pids)" ]
}

test_the_log_of_a_vifd_that_vif_starts_has_times_and_a_bound() {
	usual_nics 1
	local log
	log=$(runtime_dir)/vifd.log
	umask 0777
	plug dev=eth1
	umask 022
	expect_equal "$(stat -c %a "$log")" 640
	grep -q "^$(date +%FT%H):..:..\....$(date +%z) port $PORT " "$log" || fail "no times in: $(<"$log")"
	# As if it had written very much since.
	head -c 1200000 /dev/zero | tr '\0' '\n' >>"$log"
	unplug "$PORT"
	wait_until 5 grep -q "port $PORT " "$log"
	expect_equal "$(stat -c %s "$log.old")" "$(stat -c %s "$log.old" | awk '$1 >= 1200000')"
	[ "$(stat -c %s "$log")" -lt 10000 ] || fail "the log was not begun anew"
	# As logrotate would.
	mv "$log" "$log.1"
	plug dev=eth1
	wait_until 5 grep -q "port $PORT " "$log"
	expect_equal "$(stat -c %a "$log")" 640
	unplug "$PORT"
}

test_a_vifd_that_does_not_start_says_why_without_its_clock() {
	host host
	start_vifd
	expect_error "vifd does not start: vifd: another vifd, with another runtime folder, serves *" \
		on host env VIFD_RUNTIME_DIR="$T/other" vif list
	grep -q "^20[0-9-]*T[0-9:.+-]* vifd: another vifd" "$T/other/vifd.log" || fail "$(<"$T/other/vifd.log")"
}

test_an_idle_vifd_leaves_but_not_while_there_is_a_port() {
	usual_nics 1
	start_vifd --idle-exit=1
	plug dev=eth1
	sleep 2
	kill -0 "$(vifd_pid)" || fail "vifd left a port alone"
	unplug "$PORT"
	wait_until 4 vifd_has_left
	wait "$(vifd_pid)" || fail "it ended with status $?"
	unset 'VIFD_PID[host]'
}

test_a_vifd_that_nobody_asks_leaves_too() {
	usual_nics 1
	start_vifd --idle-exit=1
	wait_until 4 vifd_has_left
	wait "$(vifd_pid)" || fail "it ended with status $?"
	unset 'VIFD_PID[host]'
}

test_many_that_start_vifd_at_once_get_one() {
	local i
	usual_nics 1
	for ((i = 0; i < 8; i++)); do
		vif list --json >"$T/list.$i" 2>"$T/list.$i.err" &
	done
	wait
	for ((i = 0; i < 8; i++)); do
		expect_equal "$(cat "$T/list.$i" "$T/list.$i.err" | jq -c .)" "[]"
	done
	expect_equal "$(vifd_pids | wc -l)" 1
}

test_a_second_vifd_leaves_the_first_alone() {
	usual_nics 1
	start_vifd
	run on host vifd
	expect_equal "$STATUS" 75
	expect_match "another vifd serves $(runtime_dir) already" "$ERR"
	VIFD_RUNTIME_DIR=$T/other run ip netns exec host env VIFD_RUNTIME_DIR="$T/other" vifd
	expect_equal "$STATUS" 1
	expect_match "*another vifd, with another runtime folder, serves this network namespace already*" "$ERR"
	expect_json 'length == 0' vif list --json
}

# flock(2) asks for nothing but an open file, so the files are root's alone; also one of an older vifd.
test_nobody_takes_a_lock_before_vifd() {
	local lock
	usual_nics 1
	mkdir -p "$(runtime_dir)"
	touch "$(runtime_dir)/lock"
	chmod 666 "$(runtime_dir)/lock"
	start_vifd
	chmod 755 "$T" "$T/host"
	for lock in "$(runtime_dir)/lock" /run/vifd-folders/*.lock; do
		expect_equal "$(stat -c '%a %u' "$lock")" "600 0"
		expect_failure as_nobody flock --nonblock --shared "$lock" true
		expect_match "*cannot open lock file*Permission denied*" "$ERR"
	done
	expect_equal "$(on host ss -xlH | grep -c @ || true)" 0
}

test_two_hosts_do_not_know_of_each_other() {
	host one
	host two
	switch world
	nic one eth1 world p1
	nic two eth1 world p2
	use_host one
	start_vifd
	use_host two
	start_vifd
	use_host one
	plug dev=eth1,mac=52:54:00:00:00:01 --guest left
	use_host two
	plug dev=eth1,mac=52:54:00:00:00:01 --guest right
	expect_json 'length == 1 and .[0].guest == "right"' vif list --json
	expect_equal "$PORT" vif0
	# Both macvtaps may have one number: the one that `vif run` gets is still the host's own.
	unplug vif0
	expect_equal "$(our_links one | xargs)" "vif0 vif0-0"
	use_host one
	unplug vif0
}

# Devices have numbers of their namespace and nodes of the machine: /dev/tap5 can be another host's.
test_each_host_gives_its_vmm_its_own_device() {
	local name pids=()
	for name in one two; do
		host $name
		switch world-$name
		nic $name eth1 world-$name p1
		use_host $name
		start_vifd
	done
	for name in one two; do
		# shellcheck disable=SC2016 # for the inner shell
		exec_on $name vif run --nic dev=eth1,mode=bridge,mac=52:54:00:00:00:01,type=direct -- sh -c '
			stat -L -c "0x%t 0x%T" /proc/self/fd/$0; cat /sys/class/net/$1/tap*/dev; exec sleep 1000' \
			'{fd}' '{ifname}' >"$T/$name.out" &
		pids+=($!)
		wait_until 5 has_lines 2 "$T/$name.out"
	done
	for name in one two; do
		read -r major minor <"$T/$name.out"
		expect_equal "$((major)):$((minor))" "$(sed -n 2p "$T/$name.out")"
	done
	kill "${pids[@]}"
	wait_until 5 is_without_ports one
	wait_until 5 is_without_ports two
}

has_lines() {
	[ "$(wc -l <"$2")" = "$1" ]
}

test_a_restart_forgets_nothing() {
	usual_nics 1
	host_bridge host br1
	start_vifd
	plug dev=eth1,mode=bridge,mac=52:54:00:00:00:01,type=direct --guest red
	plug bridge=br1,target=blue%d,alias=net7 --guest red
	plug ethernet,queues=4
	plug dev=eth1,mode=bridge,mac=52:54:00:00:00:02,target=green0,queues=2 --guest green
	plug dev=eth7,mode=private,target=grey0 --wait
	expect_ok vif list --json
	jq -S 'sort_by(.name)' "$T/out" >"$T/before.json"
	snapshot "$T/before"
	for how in stop_vifd kill_vifd; do
		$how
		start_vifd
		expect_ok vif list --json
		jq -S 'sort_by(.name)' "$T/out" >"$T/after.json"
		expect_same "$T/before.json" "$T/after.json"
		# How a port is wired is not known to a vifd that starts: it wires anew.
		expect_like "$T/before"
	done
	for port in vif0 blue0 vif1 green0 grey0; do
		unplug "$port"
	done
}

test_a_bridge_port_that_was_taken_off_is_put_back_at_the_start() {
	usual_nics 1
	host_bridge host br1
	start_vifd
	plug bridge=br1
	stop_vifd
	ip -n host link set "$PORT" nomaster down
	start_vifd
	expect_equal "$(link "$PORT" .master)" br1
	expect_link "$PORT" '.flags | index("UP") != null'
	unplug "$PORT"
}

test_a_device_of_ours_without_a_record_is_removed_at_the_start() {
	local device
	usual_nics 1
	start_vifd
	plug dev=eth1,type=direct
	plug dev=eth1
	stop_vifd
	rm "$(runtime_dir)/ports/"*.xml
	start_vifd
	for device in vif0 vif1 vif1-0; do
		wait_until 2 no_link $device
		expect_match "*removing device $device, which belongs to no port*" "$(<"$T/host/vifd.log")"
	done
}

test_macvtaps_and_macvlans_that_are_not_ours_are_left_alone() {
	usual_nics 1
	ip -n host link add link eth1 name foreign0 type macvtap mode bridge
	ip -n host link add link eth1 name foreign1 type macvlan mode bridge
	start_vifd
	plug dev=eth1,mode=bridge,type=direct
	plug dev=eth1,mode=bridge
	stop_vifd
	start_vifd
	unplug vif0
	unplug vif1
	has_link foreign0
	has_link foreign1
}

test_a_truncated_record_is_reported_by_name_and_skipped() {
	usual_nics 1
	start_vifd
	plug dev=eth1,mode=bridge
	plug ethernet
	stop_vifd
	truncate -s 100 "$(runtime_dir)/ports/vif0.xml"
	snapshot "$T/before"
	cp "$(runtime_dir)/ports/vif0.xml" "$T/torn.xml"
	start_vifd
	expect_match "*skipped*$(runtime_dir)/ports/vif0.xml*" "$(<"$T/host/vifd.log")"
	expect_json 'length == 1 and .[0].name == "vif1"' vif list --json
	# Neither the file nor the devices it speaks of are touched.
	expect_same "$T/torn.xml" "$(runtime_dir)/ports/vif0.xml"
	snapshot "$T/after"
	expect_same "$T/before" "$T/after"
	unplug vif1
	ip -n host link del vif0
	ip -n host link del vif0-0
	rm "$(runtime_dir)/ports/vif0.xml"
}

test_foreign_files_are_reported_by_name_and_skipped() {
	usual_nics 1
	mkdir -p "$(runtime_dir)/ports" "$(config_dir)/networks"
	echo "hello" >"$(runtime_dir)/ports/vif0.xml"
	echo "<domain/>" >"$(config_dir)/networks/red.xml"
	echo "<network><name>blue</name><forward mode='bridge'><interface dev='eth1'/></forward></network>" \
		>"$(config_dir)/networks/green.xml"
	echo "notes" >"$(config_dir)/networks/README"
	: >"$(config_dir)/networks/empty.xml"
	start_vifd
	expect_json 'length == 0' vif list --json
	expect_json 'length == 0' vif network list --json
	for file in "$(runtime_dir)/ports/vif0.xml" "$(config_dir)/networks/"{red,green,empty}.xml; do
		expect_match "*skipped*$file*" "$(<"$T/host/vifd.log")"
		[ -e "$file" ] || fail "$file was deleted"
	done
	rm "$(runtime_dir)/ports/vif0.xml"
}

test_monitor_tells_what_happens() {
	usual_nics 1
	start_vifd
	exec_on host vif monitor --json >"$T/events" &
	local monitor=$!
	sleep 0.3
	plug dev=eth1,mode=bridge
	unplug "$PORT"
	cat >"$T/red.xml" <<-'END'
		<network><name>red</name><forward mode='bridge'><interface dev='eth1'/></forward></network>
	END
	expect_ok vif network define "$T/red.xml"
	expect_ok vif network start red
	expect_ok vif network stop red
	expect_ok vif network undefine red
	wait_until 2 grep -q network-undefined "$T/events"
	kill "$monitor"
	expect_equal "$(jq -r .event "$T/events" | xargs)" \
		"port-connected port-gone network-defined network-started network-stopped network-undefined"
	jq -e -s 'all(.text | length > 10)' "$T/events" >/dev/null
	jq -e -s '.[0].port == "vif0" and .[2].network == "red"' "$T/events" >/dev/null
}

# features FILTER: true of the rows, whatever the verdict.
features() {
	run vif doctor --verbose --json
	jq -e "$1" <<<"$OUT" >/dev/null || fail "not true that $1: $OUT $ERR"
}

test_doctor_tells_what_the_host_can_do() {
	usual_nics 1
	start_vifd
	features 'length >= 3 and all(has("name") and has("status") and has("detail") and has("purpose"))'
	features 'map(select(.name | test("macvtap"))) | length >= 1 and all(.status == "yes")'
	features 'all(.name != "veth" and .name != "dummy")'
	if [ ! -e /dev/vhost-net ]; then
		features 'map(select(.name | test("vhost"))) | length == 1 and all(.status == "no")'
	fi
	expect_unchanged run vif doctor
}

# The verdict is right where what vifd was told of is so: everything that it found missing is a reason.
test_doctor_has_a_verdict_for_each_thing_that_a_host_is_wanted_for() {
	local host_lacks
	usual_nics 1
	start_vifd
	run vif doctor -v --json
	host_lacks=$(jq -r '[.[] | select(.needed and .status == "no") | .serves[]] | unique | join("; ")' <<<"$OUT")
	run vif doctor --json
	expect_equal "$(jq -r '[.[] | select(.status == "no").name] | sort | join("; ")' <<<"$OUT")" "$host_lacks"
	jq -e 'map(select(.name == ("direct ports", "live ports on a host interface", "ports on a bridge"))) | length == 3 and all(.status == "yes")' \
		<<<"$OUT" >/dev/null || fail "$OUT"
	if [ ! -e /dev/vhost-net ]; then
		jq -e 'map(select(.name == "direct ports")) | all(.lacks == "(vhost-net)" and .remedy == "modprobe vhost_net")' \
			<<<"$OUT" >/dev/null || fail "$OUT"
	fi
	expect_equal "$STATUS" "$([ -z "$host_lacks" ] && echo 0 || echo 1)"
}

test_doctor_fails_where_a_purpose_does_and_says_what_helps() {
	host host
	VIFD_DNSMASQ=/nowhere/dnsmasq start_vifd
	expect_error "not on this host: *DHCP, DNS and TFTP*" vif doctor
	grep -qE '^DHCP, DNS and TFTP +no +dnsmasq +install it \(Debian: dnsmasq-base\)$' <<<"$OUT" || fail "$OUT"
	expect_error "not on this host: *DHCP, DNS and TFTP*" vif doctor -v
	grep -qE '^dnsmasq +no +DHCP' <<<"$OUT" || fail "$OUT"
	run vif doctor --json
	jq -e 'map(select(.name == "DHCP, DNS and TFTP")) | all(.status == "no" and .lacks == "dnsmasq")' <<<"$OUT" >/dev/null || fail "$OUT"
}

test_check_tells_the_plan_and_does_nothing() {
	usual_nics 1
	start_vifd
	expect_unchanged expect_ok vif check dev=eth1,mode=bridge,type=direct
	expect_match "*create macvtap vif0 on eth1, mode bridge*" "$OUT"
	expect_match "*undo: delete vif0*" "$OUT"
	expect_json '.ok and (.plan | test("create macvtap"))' vif check --json dev=eth1,mode=bridge,type=direct
	expect_unchanged expect_ok vif check dev=eth1,mode=bridge
	expect_match "*create tap vif0*create macvlan vif0-0 on eth1, mode bridge*wire tap vif0 and vif0-0*" "$OUT"
	run vif check --json dev=eth7
	expect_equal "$STATUS" 1
}

test_options_of_vifd() {
	usual_nics 1
	expect_ok on host vifd --version
	expect_match "vifd *" "$OUT"
	expect_ok on host vifd --help
	expect_usage on host vifd --no-such-option
	expect_usage on host vifd --log-level=loud
	run as_nobody vifd
	expect_equal "$STATUS" 1
}

# refused_settings SENTENCE LINE…: with that file vifd does not start, and says why in one line.
refused_settings() {
	local sentence=$1 status=0
	shift
	printf '%s\n' "$@" >"$(config_dir)/vifd.conf"
	on host timeout 10 vifd >"$T/refused" 2>&1 || status=$?
	expect_equal "$status" 1
	expect_equal "$(<"$T/refused")" "vifd: $(config_dir)/vifd.conf:$sentence"
	expect_failure test -e "$(runtime_dir)/bus"
}

test_settings_that_are_not_understood_are_refused_by_their_line() {
	usual_nics 1
	refused_settings "3: there is no setting 'stricct'" "# settings" "" "stricct=yes"
	refused_settings "1: strict is yes or no, not 'perhaps'" "strict=perhaps"
	refused_settings "1: strict is yes or no, not ''" "strict="
	refused_settings "2: 'strict' is not key=value" "#" "strict"
	refused_settings "3: strict stands twice (first in line 1)" "strict=no" "" "strict=no"
}

test_settings_may_have_comments_and_blanks() {
	usual_nics 1
	printf '# all of them\n\n  strict = yes\t\r\n#end' >"$(config_dir)/vifd.conf"
	start_vifd
	: >"$(config_dir)/vifd.conf"
	stop_vifd
	start_vifd
}

test_doctor_tells_whether_there_is_a_dnsmasq() {
	host host
	VIFD_DNSMASQ=/nowhere/dnsmasq start_vifd
	features 'map(select(.name == "dnsmasq")) | length == 1 and all(.status == "no")'
	stop_vifd
	start_vifd
	features 'map(select(.name == "dnsmasq")) | all(.status == "yes" and (.detail | endswith("/dnsmasq")))'
}
