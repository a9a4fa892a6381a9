# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# access.conf: who may use what; and two users whom it names, against each other. Alice is user 65531, mallory 65532.

alice() {
	as_user 65531 --clear-groups "$@"
}

mallory() {
	as_user 65532 --clear-groups "$@"
}

alice_and_mallory=('[user 65531]' 'networks=red green/web' 'ports=2' 'retarget=yes'
	'[user 65532]' 'networks=blue' 'ports=2' 'retarget=yes')

# green has two portgroups, of which admin is for nobody here.
usual() {
	group_vifd
	usual_nics 3
	access_conf "${alice_and_mallory[@]}"
	start_vifd
	run_network red bridge eth1
	run_network blue bridge eth2
	cat >"$T/green.xml" <<-END
		<network>
		  <name>green</name>
		  <forward mode='bridge'><interface dev='eth3'/></forward>
		  <portgroup name='web'/>
		  <portgroup name='admin'/>
		</network>
	END
	expect_ok vif network define "$T/green.xml"
	expect_ok vif network start green
}

# alice_runs SPEC: a VMM of hers on it, whose port is in $PORT and whose pid in $VMM.
alice_runs() {
	# shellcheck disable=SC1083 # {mac} and {fds} are for vif run
	alice vif run --guest web --nic "$1" -- standin {mac} 10.9.0.11 {fds} >"$T/vmm" 2>&1 &
	wait_until 10 grep -qx ready "$T/vmm"
	expect_json 'length == 1' alice vif list --json
	PORT=$(jq -r '.[0].name' <<<"$OUT")
	VMM=$(jq -r '.[0].pid' <<<"$OUT")
}

alice_ends() {
	kill -KILL "$VMM"
	wait_until 5 is_without_ports host
}

test_a_listed_user_runs_a_guest_whose_vmm_has_no_capability() {
	usual
	alice_runs network=red
	expect_answer 10.9.0.11
	expect_on "$PORT" eth1
	expect_equal "$(awk '/^Cap(Inh|Prm|Eff|Amb)/ {print $2}' "/proc/$VMM/status" | sort -u)" 0000000000000000
	expect_equal "$(awk '/^Uid/ {print $2, $3, $4}' "/proc/$VMM/status")" "65531 65531 65531"
	expect_json ".[0] | .uid == 65531 and .\"device-uid\" == 65531" vif list --json
	# Of a tap that is handed over nobody is let in by name, not even its owner a second time.
	[ "$(mallory attach "$PORT" 65532)" != attached ] || fail "mallory has alice's tap"
	expect_ok alice vif retarget "$PORT" network=green,portgroup=web
	expect_on "$PORT" eth3
	expect_answer 10.9.0.11
	alice_ends
}

test_what_is_not_named_is_not_given() {
	local sentence spec
	usual
	ip -n host link add br0 type bridge
	snapshot "$T/first"
	while read -r spec sentence; do
		expect_error "*$sentence*" alice vif plug "$spec"
	done <<-'END'
		network=blue access.conf does not give you network 'blue'
		network=nowhere access.conf does not give you network 'nowhere'
		network=green access.conf does not give you network 'green' without a portgroup
		network=green,portgroup=admin access.conf does not give you network 'green' with portgroup 'admin'
		network=red,portgroup=web access.conf does not give you network 'red' with portgroup 'web'
		dev=eth1 access.conf gives you no host interface 'eth1'
		bridge=br0 access.conf gives you no host interface 'br0'
		ethernet access.conf gives you no host interface of this kind: it takes interfaces=*
		network=red,vlan=5 vlan= is for those to say who made the network
		network=red,trust trustGuestRxFilters is for those to say who made the network
		network=red,target=eth9 the device's name is not yours to choose: leave*out
	END
	expect_ok alice vif check network=red
	expect_error "*access.conf does not give you network 'blue'" alice vif check network=blue
	expect_ok alice vif plug --json network=green,portgroup=web
	PORT=$(jq -r .name <<<"$OUT")
	expect_unchanged expect_error "access.conf does not give you Retarget" retarget_without_right "$PORT"
	expect_ok alice vif unplug "$PORT"
	expect_error "access.conf does not give you StopNetwork" \
		alice vif network stop red
}

retarget_without_right() {
	access_conf '[user 65531]' 'networks=red green/web'
	alice vif retarget "$1" network=red
}

# Root's ports and a guest's are not hers to know, whoever is in her way.
test_sentences_name_no_port_of_somebody_else() {
	usual
	network_file alone passthrough eth2
	expect_ok vif network define "$T/alone.xml"
	expect_ok vif network start alone
	access_conf '[user 65531]' 'networks=alone blue' 'interfaces=eth2' 'ports=3' 'retarget=yes'
	plug network=blue --guest=secret
	local his=$PORT
	expect_error "network 'alone'*eth2 has a port of somebody else's" alice vif plug network=alone
	expect_error "*eth2 has a port of somebody else's" alice vif check network=alone
	expect_error "*eth2 has $his (port of guest secret)" vif plug network=alone
	expect_error "*passthrough takes eth2 alone, but it already carries a port of somebody else's" \
		alice vif plug dev=eth2,mode=passthrough
	expect_ok alice vif plug --json network=blue
	PORT=$(jq -r .name <<<"$OUT")
	expect_error "*already carries a port of somebody else's" alice vif retarget "$PORT" dev=eth2,mode=passthrough
	unplug "$his"
	expect_ok alice vif plug --json network=blue
	his=$(jq -r .name <<<"$OUT")
	expect_error "*eth2 has $PORT (a port), $his (a port)" alice vif plug network=alone
	expect_ok alice vif unplug "$his"
	expect_ok alice vif unplug "$PORT"
	# What is kept with a port of hers is for her to read too.
	expect_ok alice vif plug --json network=alone
	his=$(jq -r .name <<<"$OUT")
	no_nic host eth2
	expect_state "$his" waiting
	plug --wait network=blue
	nic host eth2 world p2
	wait_until 10 any_reason_names_nobody
	unplug "$PORT"
	expect_ok alice vif unplug "$his"
}

# One of both has eth2, the other one waits for it; what alice reads has no name but her own port's.
any_reason_names_nobody() {
	local answer
	answer=$(alice vif list --json)
	[ "$(jq -r '.[0].state' <<<"$answer")" = connected ] || [[ $(jq -r '.[0].reason' <<<"$answer") == *"taken"*"somebody else's"* ]] ||
		[[ $(jq -r '.[0].reason' <<<"$answer") == *"carries a port of somebody else's" ]]
}

test_host_interfaces_are_given_by_pattern_but_never_a_device_of_vifds_own() {
	usual
	plug network=red
	access_conf '[user 65531]' 'interfaces=eth2 br*'
	expect_ok alice vif plug --json dev=eth2,mode=bridge
	expect_ok alice vif unplug "$(jq -r .name <<<"$OUT")"
	expect_error "*no host interface 'eth1'" alice vif plug dev=eth1,mode=bridge
	expect_error "*no host interface of this kind*" alice vif plug ethernet
	access_conf '[user 65531]' 'interfaces=*'
	expect_ok alice vif plug --json ethernet
	expect_ok alice vif unplug "$(jq -r .name <<<"$OUT")"
	expect_unchanged expect_error "*$PORT is a device of vifd's own, for nobody to name" \
		alice vif plug "dev=$PORT,mode=bridge"
	unplug "$PORT"
}

test_a_manager_has_the_networks_that_are_named_and_no_others() {
	usual
	access_conf '[user 65531]' 'networks=lab-*' 'manage=yes'
	network_file lab-1 bridge eth1
	cp "$T/lab-1.xml" /run/lab.xml
	chmod 0644 /run/lab.xml
	expect_ok alice vif network define - <"$T/lab-1.xml"
	expect_ok alice vif network start lab-1
	expect_json 'map(.name) == ["lab-1"]' alice vif network list --json
	expect_error "DefineNetwork of network 'other' is not yours: access.conf does not name it for you" \
		define_as_alice other
	expect_error "StopNetwork of network 'red' is not yours*" alice vif network stop red
	expect_error "DefineDefaultNetwork of network 'default' is not yours*" alice vif network define --default
	expect_ok alice vif network stop lab-1
	expect_ok alice vif network undefine lab-1
}

define_as_alice() {
	network_file "$1" bridge eth1
	alice vif network define - <"$T/$1.xml"
}

# What each sees: only what is his.
test_a_listed_user_sees_what_is_his_and_nothing_else() {
	local theirs
	usual
	alice_runs network=red
	theirs=$(vif plug --json network=blue | jq -r .name)
	mallory vif monitor --json >"$T/events" 2>&1 &
	alice vif monitor --json >"$T/hers" 2>&1 &
	as_nobody vif monitor --json >"$T/nobodys" 2>&1 || true
	expect_match "*Subscribe is for root*" "$(<"$T/nobodys")"
	wait_until 5 vifd_has_subscribers 2
	expect_json 'length == 0' mallory vif list --json
	expect_error "there is no port '$PORT'" mallory vif show "$PORT"
	expect_error "there is no port '$theirs'; did you mean $PORT?" alice vif show "$theirs"
	expect_json 'map(.name) == ["blue"]' mallory vif network list --json
	expect_json 'map(.name) | sort == ["green", "red"]' alice vif network list --json
	expect_json '.networks | map(.name) == ["blue"]' mallory vif capabilities --json
	expect_error "network 'red' does not exist" mallory vif network show red
	expect_json 'map(.name) | index("networkd-files") == null and index("tap") != null' mallory vif doctor -v --json
	expect_json 'map(.name) | index("networkd-files") != null' vif doctor -v --json
	unplug "$theirs"
	expect_ok vif network stop blue
	wait_until 5 grep -q network-stopped "$T/events"
	expect_equal "$(jq -r .event "$T/events" | sort -u)" network-stopped
	alice_ends
	wait_until 5 grep -q port-gone "$T/hers"
	expect_equal "$(jq -r .event "$T/hers" | sort -u)" port-gone
	kill_monitors
}

vifd_has_subscribers() {
	[ "$(on host ss -xH state connected src "$T/host/run/bus" | wc -l)" = "$1" ]
}

kill_monitors() {
	local pid
	for pid in $(ip netns pids host); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != vif ] || kill -KILL "$pid"
	done
	wait_until 5 vifd_has_subscribers 0
}

# attempt WHAT PATTERN COMMAND…: mallory tries; it is refused, in these words, and alice's port stays as it is.
attempt() {
	local what=$1 pattern=$2
	shift 2
	run mallory "$@"
	[ "$STATUS" != 0 ] || fail "$what: mallory did it: $OUT"
	expect_match "vif: $pattern" "$ERR"
	port_is "$PORT" ".state == \"connected\" and .uid == 65531" || fail "$what: alice's port is another"
	tried "$what" "${ERR#vif: }"
}

# tried WHAT ANSWER
tried() {
	printf '%-58s %s\n' "$1" "$2" | tee -a "$T/table"
}

test_two_listed_users_against_each_other() {
	local mac uuid
	usual
	alice_runs network=red
	snapshot "$T/first"
	mac=$(vif show --json "$PORT" | jq -r .mac)
	uuid=$(vif show --json "$PORT" | jq -r .uuid)
	attempt "show alice's port" "there is no port '$PORT'" vif show "$PORT"
	attempt "show it by its uuid" "there is no port '$uuid'" vif show "$uuid"
	attempt "diagnose it" "there is no port '$PORT'" vif diagnose "$PORT"
	attempt "unplug it" "there is no port '$PORT'" vif unplug "$PORT" --force
	attempt "unplug it by its uuid" "there is no port '$uuid'" vif unplug "$uuid" --force
	attempt "retarget it to a network of his" "there is no port '$PORT'" vif retarget "$PORT" network=blue
	attempt "plug a port of its name" "*leave*out" vif plug "network=blue,target=$PORT"
	attempt "plug a port with its MAC" "*is that of somebody else's port" vif plug "network=blue,mac=$mac"
	attempt "check whether he could have its MAC" "*is that of somebody else's port" vif check "network=blue,mac=$mac"
	attempt "plug into her network" "*does not give you network 'red'" vif plug network=red
	attempt "plug into her network's interface" "*no host interface 'eth1'" vif plug dev=eth1,mode=bridge
	attempt "stand on her tap" "*no host interface '$PORT'" vif plug "dev=$PORT"
	attempt "plug for her VMM's process" "process $VMM is not yours*" vif plug network=blue --pid "$VMM"
	attempt "plug with a device that is hers" "the device cannot be given to the user with the id 65531*" \
		vif plug network=blue --owner 65531
	attempt "leave the VLAN of his network" "*vlan= is for those to say who made the network" vif plug network=blue,vlan=7
	attempt "stop her network" "access.conf does not give you StopNetwork" vif network stop red
	attempt "look at her network" "network 'red' does not exist" vif network show red
	attempt "read its leases" "network 'red' does not exist" vif network leases red
	[ "$(mallory attach "$PORT" 65532)" != attached ] || fail "mallory has a queue of alice's tap"
	tried "open her tap by its name" "$(mallory attach "$PORT" 65532)"
	snapshot "$T/last"
	expect_same "$T/first" "$T/last"
	expect_answer 10.9.0.11
	alice_ends
	note "$(wc -l <"$T/table") attempts, none had effect"
}

test_who_takes_all_that_he_may_takes_nothing_from_others() {
	local spec
	usual
	alice_runs network=red
	expect_ok mallory vif plug --json network=blue
	spec=$(jq -r .name <<<"$OUT")
	expect_ok mallory vif plug --json network=blue
	attempt "plug a third port of two" "you have 2 ports, and access.conf lets you have 2 at once*" vif plug network=blue
	attempt "move one of his to her network" "*does not give you network 'red'" vif retarget "$spec" network=red
	expect_ok alice vif plug --json network=red
	expect_ok alice vif unplug "$(jq -r .name <<<"$OUT")"
	for spec in $(mallory vif list --json | jq -r '.[].name'); do
		expect_ok mallory vif unplug "$spec"
	done

	mallory rude connect 200 >"$T/rude" 2>&1 &
	wait_until 30 grep -q "128 served, 72 told" "$T/rude"
	tried "have 200 connections" "$(<"$T/rude")"
	expect_json 'length == 1' alice vif list --json
	kill_rude
	for spec in endless "large 20000000" descriptors; do
		# shellcheck disable=SC2086 # words
		mallory rude $spec >"$T/rude" 2>&1 &
		expect_json 'length == 1' alice vif list --json
		tried "bad messages: rude $spec" "alice is served"
		kill_rude
	done
	expect_answer 10.9.0.11
	alice_ends
}

kill_rude() {
	local pid
	for pid in $(ip netns pids host); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != rude ] || kill -KILL "$pid"
	done
	wait_until 5 vifd_has_subscribers 0
}

test_the_file_holds_from_the_next_call_on_and_a_bad_one_changes_nothing() {
	usual
	expect_ok alice vif check network=red
	access_conf '[user 65531]' 'networks=blue'
	expect_error "*does not give you network 'red'" alice vif check network=red
	expect_ok alice vif check network=blue
	access_conf '[user 65531]' 'netwroks=red'
	expect_ok alice vif check network=blue
	wait_until 5 log_has "access.conf:2: there is no setting 'netwroks': *; what it said before still holds"
	access_conf "${alice_and_mallory[@]}"
	chown 65531 "$(config_dir)/access.conf"
	expect_ok alice vif check network=blue
	log_has "access.conf belongs to the user with the id 65531, *: chown root *"
	chown 0 "$(config_dir)/access.conf"
	chmod 0664 "$(config_dir)/access.conf"
	expect_ok alice vif check network=blue
	log_has "access.conf can be written by others than root: chmod go-w *"
	chmod 0644 "$(config_dir)/access.conf"
	expect_ok alice vif check network=red
	# Written in place, too.
	printf '[user 65531]\nnetworks=blue\n' >"$(config_dir)/access.conf"
	expect_ok alice vif check network=blue
	# Without the file everybody looks, and nobody else changes anything.
	rm "$(config_dir)/access.conf"
	expect_ok as_nobody vif list
	expect_error "Plug is for root and the members of the group vifd*" alice vif plug network=red
}

# In the log, as a pattern of a line.
log_has() {
	local line
	while read -r line; do
		# shellcheck disable=SC2053 # it is a pattern
		[[ $line != *$1* ]] || return 0
	done <"$T/host/vifd.log"
	return 1
}

test_with_a_bad_file_at_the_start_only_root_has_rights() {
	group_vifd
	usual_nics 1
	access_conf '[user 65531' 'networks=red'
	start_vifd
	log_has "access.conf:1: this is not \[user NAME\] or \[group NAME\]: '\[user 65531'; until it can be read, only root has rights" ||
		fail "$(<"$T/host/vifd.log")"
	run_network red bridge eth1
	expect_error "*is for root*" alice vif list
	expect_error "*is for root*" as_member 65533 vif plug network=red
	access_conf '[user 65531]' 'networks=red'
	expect_ok alice vif check network=red
	expect_ok as_member 65533 vif check network=red
}

test_members_have_what_they_had_unless_the_file_says_otherwise() {
	usual
	expect_ok as_member 65533 vif plug --json dev=eth1,mode=bridge
	expect_ok as_member 65533 vif unplug "$(jq -r .name <<<"$OUT")"
	access_conf '[group vifd]' 'networks=red' 'look=yes'
	expect_error "*no host interface 'eth1'" as_member 65533 vif plug dev=eth1,mode=bridge
	expect_error "access.conf does not give you StopNetwork" as_member 65533 vif network stop blue
	expect_json 'length == 3' as_member 65533 vif network list --json
	expect_ok as_member 65533 vif plug --json network=red
	expect_ok as_member 65533 vif unplug "$(jq -r .name <<<"$OUT")"
}

test_groups_and_names_are_looked_up() {
	{
		cat /etc/passwd
		echo "alice:x:65531:65531::/:/bin/sh"
	} >"$T/passwd"
	mount --bind "$T/passwd" /etc/passwd
	usual
	access_conf '[user alice]' 'networks=red' '[group vifd]' 'networks=blue' '[user nosuch]' 'networks=green'
	expect_json 'map(.name) == ["red"]' alice vif network list --json
	expect_json 'map(.name) | sort == ["blue", "red"]' as_member 65531 vif network list --json
	expect_json 'map(.name) == ["blue"]' as_member 65533 vif network list --json
	expect_error "ListNetworks is for root*" as_nobody vif network list
}
