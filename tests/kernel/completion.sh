# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# bash's completion of vif, by the function that bash calls. It is called as bash calls it: with the line, and what it
# answers stands in place of what is behind the last '=' or ':' of the line.

usual() {
	host host
	switch world
	nic host eth1 world p1
	host_bridge host br0
	start_vifd
	run_network red bridge eth1
	cat >"$T/blue.xml" <<-'END'
		<network>
		  <name>blue</name>
		  <forward mode='bridge'><interface dev='eth1'/></forward>
		  <portgroup name='engineering'/>
		  <portgroup name='sales' default='yes'/>
		</network>
	END
	expect_ok vif network define "$T/blue.xml"
	plug ethernet,target=web0
}

leave() {
	unplug web0
}

# complete_line LINE: the words that would stand at its end, as bash would show them.
complete_line() {
	# shellcheck disable=SC2016 # for the inner shell
	on "$HOST" bash -c '
		compopt() { :; } # bash allows it only in a completion of its own
		. "$VIFD_SOURCE/data/vif.bash"
		cd "$T/host"
		COMP_LINE=$1 COMP_POINT=${#1}
		_vif
		printf "%s\n" "${COMPREPLY[@]}"' bash "$1" | sort -u | xargs
}

# completes LINE ANSWER…
completes() {
	local line=$1
	shift
	expect_equal "$line -> $(complete_line "$line")" "$line -> $(printf '%s\n' "$@" | sort | xargs)"
}

# timeout: 120
test_a_spec_is_completed_behind_each_equals_sign_and_comma() {
	usual
	completes "vif plug network=" blue red
	completes "vif plug network=r" red
	completes "vif plug dev=" br0 eth1
	completes "vif plug bridge=" br0
	completes "vif check dev=eth1,mode=" bridge passthrough private vepa
	completes "vif check dev=eth1,mode=p" passthrough private
	completes "vif check dev=eth1,m" eth1,mac= eth1,model= eth1,mtu= eth1,mode=
	completes "vif run --nic bridge=br0,wait,t" br0,wait,target= br0,wait,type= br0,wait,trust
	completes "vif run --nic bridge=br0,type=" direct live
	completes "vif plug network=blue,portgroup=" engineering sales
	completes "vif retarget web0 network=b" blue
	# A key stands once, and one source is enough.
	completes "vif plug dev=eth1,mode=vepa,mo" vepa,model=
	completes "vif plug n" network=
	completes "vif plug dev=eth1,net" ""
	leave
}

# What bash does not take apart there is nothing to keep of.
test_a_mac_address_does_not_come_in_between() {
	usual
	completes "vif plug mac=52:54:00:00:00:01,netw" 01,network=
	completes "vif plug mac=52:54:00:00:00:01,network=" blue red
	leave
}

test_words_are_completed_by_what_is_here() {
	usual
	completes "vif unpl" unplug
	completes "vif unplug w" web0
	completes "vif retarget w" web0
	completes "vif network st" start stop
	completes "vif network start " --force --help --json --open-firewall blue red
	completes "vif network update red add-" add-first add-last
	completes "vif network update red add forward" forward forward-interface
	touch "$T/host/guest.xml"
	completes "vif plug g" guest.xml
	completes "vif network define g" guest.xml
	completes "vif run --nic network=red -- qemu-system-x86_64-m" qemu-system-x86_64-microvm
	leave
}

# Nobody starts a daemon by a key.
# A network's and a portgroup's name are members' choice, a device's is whoever's had it before; who presses Tab is root.
test_names_that_a_shell_would_run_are_not_proposed() {
	# shellcheck disable=SC2016 # nobody is to expand it
	local name='$(>obeyed)' portgroup='`touch${IFS}obeyed`' device='x;>obeyed'
	host host
	ip -n host link add "$name" type bridge
	ip -n host link add "$device" type bridge
	host_bridge host br0
	start_vifd
	cat >"$T/evil.xml" <<-END
		<network><name>${name//>/&gt;}</name><forward mode='bridge'/><bridge name='br0'/>
		<portgroup name='$portgroup'/><portgroup name='tame'/></network>
	END
	expect_ok vif network define "$T/evil.xml"
	sed -i "s|<name>.*</name>|<name>tame</name>|" "$T/evil.xml"
	expect_ok vif network define "$T/evil.xml"
	expect_json 'length == 2' vif network list --json
	completes "vif network start " --force --help --json --open-firewall tame
	completes "vif plug network=" tame
	completes "vif plug network=tame,portgroup=" tame
	completes "vif plug bridge=" br0
	completes "vif plug dev=" br0
	complete_line "vif plug network=$name,portgroup="
	expect_equal "$(find "$T" . -maxdepth 2 -name obeyed)" ""
}

test_nothing_is_started_and_nothing_fails_where_no_vifd_runs() {
	host host
	completes "vif plug network=" ""
	completes "vif unplug " --force --help --json
	expect_equal "$(vifd_pids)" ""
}

# The table of options is not behind the commands'.
test_every_command_and_option_of_the_help_is_completed() {
	local verb before option n=0
	host host
	while read -r verb; do
		before="vif ${verb%"${verb##* }"}"
		expect_match "* ${verb##* } *" " $(complete_line "$before") "
		# shellcheck disable=SC2086 # a verb may be two words
		for option in $(on host vif help $verb | sed -n 1p | grep -oE -- '--[a-z-]+' || true); do
			expect_match "* $option *" " $(complete_line "vif $verb --") "
			n=$((n + 1))
		done
	done < <(on host vif help | sed -nE 's/^  ([a-z]+( [a-z]+)?)  .*/\1/p')
	[ "$n" -ge 15 ] || fail "only $n options"
}

# vif names the keys that there are where one is none.
test_every_key_of_a_spec_is_completed() {
	local key line all
	host host
	all=" $(for line in "" "network=red," "dev=eth1," "bridge=br0,"; do complete_line "vif plug $line"; done | sed 's/[^ ]*,//g' | xargs) "
	run vif plug colour=red
	# shellcheck disable=SC2013 # words
	for key in $(sed -E 's/.*\(keys: (.*)\)/\1/' <<<"$ERR"); do
		expect_match "* $key *" "$all"
	done
	[ "$(wc -w <<<"$ERR")" -gt 20 ] || fail "$ERR"
}
