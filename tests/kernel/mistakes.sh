# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Mistakes as newcomers make them, and what they are told: a table. A sentence names what is wrong and, where it can be
# known, what was meant. None of them changes anything.

usual() {
	host host
	switch world
	nic host eth1 world p1
	nic host eth2 world p2
	host_bridge host br0
	start_vifd
	run_network red bridge eth1
	network_file blue bridge eth2
	expect_ok vif network define "$T/blue.xml"
	plug ethernet,target=g0 --guest web
	plug network=red,target=web0 --guest web
	cd "$T" || return
}

leave() {
	cd /
	unplug g0
	unplug web0
}

# mistakes: reads rows `STATUS | WORDS BEHIND VIF | SENTENCE`; the sentence is a pattern, as in expect_error.
mistakes() {
	local status words sentence n=0
	local -a command
	# In a cell ¦ stands for |.
	while IFS='|' read -r status words sentence; do
		[ -n "$status" ] || continue
		# The words as a shell reads them.
		eval "command=(${words//¦/|})"
		sentence=${sentence# }
		expect_failed_with "${status// /}" "${sentence//¦/|}" vif "${command[@]}"
		n=$((n + 1))
	done
	ROWS=$((${ROWS-0} + n))
}

# timeout: 120
test_a_newcomers_mistakes_have_sentences_that_help() {
	usual
	snapshot "$T/before"

	# Commands
	mistakes <<-'END'
		2 | | a command is missing (see vif help)
		2 | lst | no such command: lst; did you mean list? (see vif help)
		2 | ls | no such command: ls; did you mean list? (see vif help)
		2 | frobnicate | no such command: frobnicate (see vif help)
		2 | --list | no such command: --list; did you mean list? (see vif help)
		2 | start red | no such command: start; did you mean network start? (see vif help)
		2 | net-list | no such command: net-list; did you mean network list? (see vif help)
		2 | attach network=red | no such command: attach; did you mean plug? (see vif help)
		2 | netwrok list | no such command: netwrok; did you mean network list? (see vif help)
		2 | network lst | no such command: network lst; did you mean network list? (see vif help)
		2 | network frobnicate red | no such command: network frobnicate (see vif help)
		2 | network | define¦*¦leases is missing (usage: *)
		2 | help lst | no such command: lst; did you mean list? (see vif help)
		2 | help network lst | no such command: network lst; did you mean network list? (see vif help)
	END

	# Too little, too much
	mistakes <<-'END'
		2 | plug | FILE¦SPEC is missing (usage: vif plug FILE¦SPEC *)
		2 | unplug | PORT is missing (usage: vif unplug PORT *)
		2 | retarget g0 | FILE¦SPEC is missing (usage: vif retarget PORT FILE¦SPEC)
		2 | network start | NAME is missing (usage: vif network start NAME*)
		2 | network update red | add¦add-first¦add-last¦modify¦delete is missing (usage: *)
		2 | network update red add | SECTION is missing (usage: *)
		2 | network update red add forward | FILE¦XML is missing (usage: *)
		2 | run | --nic is missing (usage: *)
		2 | run --nic network=red | COMMAND is missing (usage: *)
		2 | run --nic -- qemu-system-x86_64 | a value is missing behind --nic (usage: *)
		2 | plug network=red --guest | a value is missing behind --guest (usage: *)
		2 | plug network=red --guest --wait | a value is missing behind --guest (usage: *)
		2 | list red | too much: red (usage: vif list)
		2 | unplug web0 g0 | too much: g0 (usage: vif unplug *)
		2 | plug network red | too much: red; did you mean network=red (usage: *)
		2 | plug dev=eth1 mode=bridge | too much: mode=bridge; did you mean dev=eth1,mode=bridge (usage: *)
		2 | retarget dev=eth2 web0 | the PORT stands in front: vif retarget web0 dev=eth2
	END

	# Options
	mistakes <<-'END'
		2 | unplug g0 --forse | no such option: --forse; did you mean --force (usage: *)
		2 | list --all | no such option: --all (usage: vif list)
		2 | list -a | no such option: -a (usage: vif list)
		2 | list --json=yes | it takes no value: --json=yes (usage: vif list)
		2 | plug --network red | a SPEC has no dashes, as network=NAME: --network (usage: *)
		2 | plug network=red --pid self | --pid takes the number of a process, not self (usage: *)
		2 | plug network=red,guest=web | *: 'guest' is not a key; it is an option, --guest
		1 | plug network=red --pid 4194000 | there is no process 4194000
	END

	# FILE or SPEC
	mistakes <<-'END'
		2 | plug red | red is neither a file nor a SPEC *; did you mean network=red?
		2 | plug eth1 | eth1 is neither a file nor a SPEC *; did you mean dev=eth1?
		2 | plug br0 | br0 is neither a file nor a SPEC *; did you mean bridge=br0?
		2 | plug network | network stands without its value: network=NAME
		2 | plug network= | 'network=': 'network' needs a value
		1 | plug absent.xml | cannot read absent.xml: No such file or directory
		2 | plug net=red | 'net=red': 'net' is not a key, did you mean network? (keys: network= dev= *)
		2 | plug iface=eth1 | 'iface=eth1': 'iface' is not a key, did you mean dev? (keys: *)
		2 | plug network=red,colour=blue | *'colour' is not a key (keys: network= dev= *)
		2 | plug "dev=eth1, mode=bridge" | *: ' mode' is not a key, did you mean mode? (keys: *)
		2 | plug network=red, | 'network=red,': nothing stands before or after a comma
		2 | plug mode=bridge | 'mode=bridge': no source is given: network=, dev=, bridge= or ethernet
		2 | plug dev=eth1,bridge=br0 | *: 'dev' and 'bridge' are two sources; it can have one
		2 | plug network=red,mode=bridge | *: 'mode' goes with dev= only
		2 | plug dev=eth1,isolated | *: 'isolated' goes with network= or bridge= only
		2 | plug ethernet,wait | *: 'wait' goes with network= or dev= or bridge= only
		2 | plug network=red,wait=yes | *: 'wait' takes no value
		2 | plug dev=eth1,mode=nat | *: mode='nat' is not one of vepa, bridge, private, passthrough
		2 | plug network=red,mac=52:54:00:12:34 | *: mac='52:54:00:12:34' is not a MAC address (six pairs of *)
		2 | plug network=red,queues=two | *: queues='two' is not a number from 1 to 256
		2 | plug network=red,queues=2,model=e1000 | *: queues=2 needs a virtio model, not model=e1000
		1 | plug dev=eth1,trust | trust needs a VMM that tells by QMP what address its guest takes, and no QMP socket of it is known *
		1 | retarget web0 dev=eth2,mac=52:54:00:00:00:99 | 'dev=eth2,mac=*': a retarget changes what port web0 *
	END

	# XML
	mistakes <<-'END'
		1 | plug "<interface><source network='red'/></interface>" | xml:1: <interface> lacks its type; with <source network=> it is type='network'
		1 | plug "<interface><source dev='eth1' mode='bridge'/></interface>" | xml:1: <interface> lacks its type; with <source mode=> it is type='direct'
		1 | plug "<interface type='direct'><source/></interface>" | xml:1: <source> lacks the attribute 'dev'
		1 | plug "<interface type='bridge'/>" | xml:1: <interface type='bridge'> lacks the element <source>
		1 | check red.xml | red.xml:1: the root element is <network>, not <interface>
		1 | plug "<network/>" | xml:1: the root element is <network>, not <interface>
		2 | network define red | red is neither a file nor XML, which begins with '<'
		1 | network define absent.xml | cannot read absent.xml: No such file or directory
		2 | network update red add forward-interface eth2 | eth2 is neither a file nor XML, which begins with '<'
		2 | network update red added forward-interface "<x/>" | 'added' is not one of add, add-first, add-last, modify, delete
		2 | network update red add interface "<x/>" | 'interface' is not a section that can be updated (forward-interface, *
	END

	# Names
	mistakes <<-'END'
		1 | network start Red | network 'Red' does not exist; did you mean red?
		1 | plug network=bleu | network 'bleu' does not exist; did you mean blue?
		1 | plug network=blue | network 'blue' is not active (vif network start blue)
		1 | network stop blue | network 'blue' is not active
		1 | network start red | network 'red' is already active
		1 | unplug web | there is no port 'web'; guest web has g0 web0
		1 | show g9 | there is no port 'g9'; did you mean g0?
		1 | plug network=red,target=g0 | device name 'g0' is taken by port g0 of guest web
		1 | plug network=red,target=eth2 | device name 'eth2' is taken by a *
		1 | plug bridge=eth1 | eth1 is not a Linux bridge (it is a device of kind *)
		1 | plug bridge=br7 | bridge br7 does not exist
		1 | retarget web0 dev=web0 | web0 cannot carry a macvlan: it is the port's own device
		1 | plug dev=eth7 | host interface eth7 does not exist
	END

	# The command behind --
	mistakes <<-'END'
		127 | run --nic network=red -- nosuchcmd | the command nosuchcmd does not exist in any folder of $PATH
		127 | run --nic network=red -- qemu-system-nosuch | the command qemu-system-nosuch does not exist *
		126 | run --nic network=red -- /etc/passwd | cannot run /etc/passwd: Permission denied
		2 | run --nic network=red -- cat | cat is not QEMU, so its arguments must say where the NIC goes: *
		2 | run --nic network=red -- echo {fd:2} | {fd:2} in '{fd:2}': there is only NIC 1
		2 | run --nic network=red --nic ethernet -- echo {fd} {fd:3} | {fd:3} in '{fd:3}': the NICs are 1 to 2
		2 | run --nic network=red --nic ethernet -- echo {fd} | no argument of echo says where NIC 2 goes: *
	END

	snapshot "$T/after"
	sed -i '/before$/d; /after$/d' "$T/before" "$T/after"
	expect_same "$T/before" "$T/after"
	[ "$ROWS" -ge 80 ] || fail "only $ROWS rows"
	note "mistakes: $ROWS rows"
	leave
}

test_xml_may_stand_in_place_of_a_file() {
	usual
	expect_ok vif check "<interface type='bridge'><source bridge='br0'/></interface>"
	plug "<interface type='network'><source network='red'/></interface>"
	unplug "$PORT"
	expect_ok vif network define "<network><name>green</name><forward mode='bridge'><interface dev='eth2'/></forward></network>"
	expect_ok vif network undefine green
	leave
}

# Of a file all that is wrong has its line, what portgroup and network say to it too.
test_what_is_merged_names_the_line_of_the_interface() {
	usual
	printf '%s\n' "<interface type='network'>" "  <mac address='52:54:00:00:00:01'/>" \
		"  <source network='red' portgroup='engineering'/>" "</interface>" >group.xml
	expect_error "group.xml:3: network 'red' has no portgroup 'engineering'" vif plug group.xml
	expect_error "group.xml:3: network 'red' has no portgroup 'engineering'" vif check group.xml
	expect_error "group.xml:2: a retarget changes what port web0 stands on and cannot change its MAC address" \
		vif retarget web0 group.xml
	sed -i /mac/d group.xml
	expect_error "group.xml:2: network 'red' has no portgroup 'engineering'" vif retarget web0 group.xml
	printf '%s\n' "<interface type='network'>" "  <source network='red'/>" "  <bandwidth>" "    <inbound average='5' floor='1'/>" "  </bandwidth>" \
		"</interface>" >bandwidth.xml
	expect_error "bandwidth.xml:3: bandwidth 'floor' needs a network with forward mode *" vif plug bandwidth.xml
	printf '%s\n' "<interface type='network'>" "  <source network='red'/>" "" "  <port isolated='yes'/>" "</interface>" >isolated.xml
	expect_error "isolated.xml:4: <port isolated='yes'> needs a bridge, and this is a macvtap *" vif check isolated.xml
	expect_error "'network=red,isolated': isolated needs a bridge, and this is a macvtap on eth1 (mode=private keeps guests apart there)" \
		vif check network=red,isolated
	leave
}

# A line of the record is nobody's.
test_a_reason_to_wait_has_no_line() {
	usual
	plug "<interface type='network'>
		<source network='red' startupPolicy='optional'/></interface>" --guest late
	no_nic host eth1
	expect_state "$PORT" waiting "*eth1*"
	expect_match "[!0-9]*" "$(vif list --json | jq -r '.[] | select(.guest == "late").reason' | grep -v '^line')"
	unplug "$PORT"
	leave
}

test_usage_errors_answer_in_json() {
	host host
	start_vifd
	local line
	for line in "foo --json" "--json foo" "unplug --json" "list --json --all" "network start --json" \
		"plug --json net=red" "run --json --nic net=red -- true"; do
		# shellcheck disable=SC2086 # words
		run vif $line
		expect_equal "$STATUS" 2
		jq -e --arg text "${ERR#vif: }" '.error == $text and ."error-kind" == "InvalidArgument"' <<<"$OUT" >/dev/null ||
			fail "'$line': $OUT $ERR"
	done
	# What is behind the command is the command's.
	run vif run --nic -- true --json
	expect_equal "$OUT" ""
	run vif run --json --nic ethernet -- nosuchcmd
	expect_equal "$STATUS" 127
	jq -e '.error' <<<"$OUT" >/dev/null || fail "$OUT"
}

# the_group MEMBERS: /etc/group of the sandbox has a group vifd with these; without an argument it has none.
the_group() {
	grep -v '^vifd:' /etc/group >"$T/group" || true
	[ $# = 0 ] || echo "vifd:x:4711:$1" >>"$T/group"
	mount --bind "$T/group" /etc/group
}

test_who_may_not_is_told_how_to_become_one_who_may() {
	host host
	start_vifd
	the_group
	expect_error "Plug is for root and the members of the group vifd; there is no such group yet: sudo systemd-sysusers" \
		as_nobody vif plug ethernet
	umount /etc/group
	the_group ""
	expect_error "Plug is for root and the members of the group vifd; sudo usermod -aG vifd nobody makes one from the next login on" \
		as_nobody vif plug ethernet
	umount /etc/group
	the_group nobody
	expect_error "Plug is for root and the members of the group vifd; nobody is one from the next login on, or now by: newgrp vifd" \
		as_nobody vif plug ethernet
	umount /etc/group
}
