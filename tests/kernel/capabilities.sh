# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a manager of many hosts asks each of them: what its networks do, what is free, and whether an interface
# would run there.

bridge_network() {
	host_bridge host "$2"
	echo "<network><name>$1</name><forward mode='bridge'/><bridge name='$2'/></network>" >"$T/$1.xml"
	expect_ok vif network define "$T/$1.xml"
	expect_ok vif network start "$1"
}

# expect_network NAME FILTER: so it is described.
expect_network() {
	expect_json ".networks[] | select(.name == \"$1\") | $2" vif capabilities --json
}

# expect_used NAME DEV…: what the description counts is what the kernel has: macvlans on each.
expect_used() {
	local name=$1 dev
	shift
	for dev; do
		expect_network "$name" ".devices[] | select(.dev == \"$dev\").used == $(macvlans_on "$dev")"
	done
}

macvlans_on() {
	ip -n host -d -j link | jq --arg dev "$1" '[.[] | select(.link == $dev and (.linkinfo.info_kind // "" | startswith("macv")))] | length'
}

# expect_check FILTER SPEC…: the answer, whether it would succeed or not.
expect_check() {
	local filter=$1
	shift
	run vif check --json "$@"
	jq -e "$filter" <<<"$OUT" >/dev/null || fail "vif check $*: not true that $filter: $OUT"
}

test_networks_are_told_apart_by_what_they_do() {
	usual_host 3
	run_network alpha bridge eth1
	run_network beta vepa eth1
	run_network gamma private eth1
	run_network delta passthrough eth2
	bridge_network epsilon br1
	expect_json '[.networks[] | [.name, .kind, .mode, .forwards, ."host-reaches", .exclusive]] == [
		["alpha", "direct", "bridge", "kernel", "if-reflected", false],
		["beta", "direct", "vepa", "switch", "if-reflected", false],
		["delta", "direct", "passthrough", "switch", "no", true],
		["epsilon", "bridge", null, "kernel", "yes", false],
		["gamma", "direct", "private", "nobody", "if-reflected", false]]' vif capabilities --json
	expect_json '.networks | all(.active and ."may-wait" and ."port-type" == "live" and (has("problem") | not))' \
		vif capabilities --json
	expect_network epsilon '.bridge == "br1" and .connection == "tap on bridge br1"'
	expect_network alpha '.connection == "tap and macvlan, mode bridge, on eth1"'
	expect_ok vif capabilities
	expect_match "NETWORK *FORWARDS*HOST*FREE*" "${OUT%%$'\n'*}"
	expect_equal "$(wc -l <<<"$OUT")" 6
}

test_a_host_says_what_it_has_and_how_it_is_set() {
	usual_host 3
	expect_json '."port-types" == ["direct", "live"] and (.strict | not) and (.networks == [])' \
		vif capabilities --json
	expect_equal "$(vif capabilities --json | jq -r '"vifd \(.version)"')" "$(on host vifd --version)"
	expect_equal "$(vif capabilities --json | jq '."vhost-net"')" \
		"$(vif doctor -v --json | jq '[.[] | select(.name | test("vhost"))][0].status == "yes"')"
	stop_vifd
	echo strict=yes >"$(config_dir)/vifd.conf"
	start_vifd
	expect_json .strict vif capabilities --json
}

test_use_is_counted_as_the_kernel_has_it() {
	usual_host 3
	run_network red bridge eth1 eth2
	run_network blue vepa eth2
	expect_network red '.free == ["eth1", "eth2"] and .ports == 0'
	expect_used red eth1 eth2
	plug network=red
	plug network=blue,type=direct
	plug dev=eth2,mode=bridge
	# One that is none of ours.
	ip -n host link add mv0 link eth1 type macvlan mode bridge
	wait_until 5 is_used red eth1 2
	expect_used red eth1 eth2
	expect_used blue eth2
	expect_network red '.ports == 1'
	expect_network blue '.ports == 1'
	unplug vif0
	unplug vif1
	ip -n host link del mv0
	wait_until 5 is_used red eth1 0
	expect_used red eth1 eth2
	unplug vif2
}

is_used() {
	vif capabilities --json | jq -e ".networks[] | select(.name == \"$1\").devices[] | select(.dev == \"$2\").used == $3" >/dev/null
}

test_a_device_that_is_held_or_gone_is_not_free_and_it_is_said_why() {
	usual_host 3
	run_network red passthrough eth1 eth2 eth9
	host_bridge host br1 eth3
	run_network blue vepa eth3
	expect_network red '.free == ["eth1", "eth2"] and .pool == ["eth1", "eth2", "eth9"]'
	expect_network red '.devices[2] | (.present | not) and (.free | not) and (.problem | test("eth9"))'
	expect_network blue '.free == [] and (.problem | test("br1")) and (.devices[0] | .present and (.free | not))'
	plug network=red
	expect_network red '.free == ["eth2"] and (.devices[0] | .used == 1 and (.problem | test("vif0")))'
	plug network=red
	expect_network red '.free == [] and has("problem")'
	# A plug says the same.
	expect_failure vif plug network=red
	unplug vif0
	expect_network red '.free == ["eth1"] and (has("problem") | not)'
	unplug vif1
}

test_an_inactive_network_is_described_by_its_definition() {
	usual_host 3
	run_network red vepa eth1
	expect_ok vif network stop red
	expect_network red '(.active | not) and .mode == "vepa" and .free == ["eth1"]'
}

test_everybody_may_ask() {
	usual_host 3
	run_network red vepa eth1
	expect_ok as_nobody vif capabilities --json
	expect_equal "$(jq '.networks | length' <<<"$OUT")" 1
}

test_a_check_answers_for_this_host_whether_it_would_succeed_or_not() {
	usual_host 3
	expect_check '(.ok | not) and .network == "red" and (."network-exists" | not) and ."error-kind" == "NoSuchNetwork"' \
		network=red
	expect_equal "$STATUS" 1
	run_network red passthrough eth1 eth2
	expect_check '.ok and ."network-exists" and ."network-active" and .exclusive and .candidates == ["eth1", "eth2"] and
		.free == ["eth1", "eth2"] and .actual == "direct" and .dev == "eth1" and .mode == "passthrough"' network=red
	expect_equal "$STATUS" 0
	plug network=red
	expect_check '.ok and .free == ["eth2"] and .dev == "eth2"' network=red
	plug network=red
	expect_check '(.ok | not) and .free == [] and .candidates == ["eth1", "eth2"] and ."error-kind" == "InUse" and
		(has("dev") | not)' network=red
	unplug vif0
	unplug vif1
	expect_ok vif network stop red
	expect_check '(.ok | not) and ."network-exists" and (."network-active" | not) and .free == ["eth1", "eth2"]' network=red
	# For people nothing of this: the sentence alone.
	expect_error "network 'red' is not active*" vif check network=red
	expect_equal "$OUT" ""
}

test_a_check_of_an_interface_without_a_network_has_no_keys_of_networks() {
	usual_host 3
	expect_check '.ok and ([keys[] | select(startswith("network") or . == "candidates")] == [])' dev=eth1
}
