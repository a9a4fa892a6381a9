# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Who may call what: root, members of the group vifd, and everybody else; and whose a guest's device is.

# Lines `METHOD WHO SIGNATURE ARGUMENTS…`: all methods, what is needed to call each, and a call that changes nothing.
methods() {
	cat <<-'END'
		DefineNetwork member ss <none/> x
		DefineNetworkWith member ssa{sv} <none/> x
		DefineDefaultNetwork member
		UpdateNetwork member sssssa{sv} none add portgroup <portgroup/> x
		UndefineNetwork member s none
		StartNetwork member s none
		StartNetworkWith member sa{sv} none
		StopNetwork member s none
		SetNetworkAutostart member sb none yes
		ListNetworks anybody
		GetNetworkXml anybody s none
		ListLeases anybody s none
		Plug member ssa{sv} <none/> x
		TakeDescriptors member
		Unplug member sb none no
		Retarget member sss none <none/> x
		ListPorts anybody
		GetPort anybody s none
		GetPortXml anybody s none
		GetNetworkPortXml anybody s none
		Check anybody ssa{sv} <none/> x
		Capabilities anybody
		Probe member s none
		Doctor anybody
		Subscribe anybody
	END
}

usual() {
	group_vifd
	host host
	start_vifd
}

test_each_method_is_for_whom_the_table_says() {
	local method who rest
	usual
	expect_ok as_nobody ask --methods
	expect_equal "$(sort <<<"$OUT")" "$(methods | awk '{print $1}' | sort)"
	while read -r method who rest; do
		# shellcheck disable=SC2086 # words
		expect_ok as_nobody ask "$method" $rest
		case $who-$OUT in
		anybody-PermissionDenied) fail "$method is not for everybody" ;;
		member-PermissionDenied) ;;
		member-*) fail "$method is for everybody: $OUT" ;;
		esac
		# DefineDefaultNetwork is the one that needs no argument to change something.
		[ "$method" != DefineDefaultNetwork ] || continue
		# shellcheck disable=SC2086 # words
		expect_ok as_member 65533 ask "$method" $rest
		[ "$OUT" != PermissionDenied ] || fail "$method is not for members"
		# shellcheck disable=SC2086 # words
		expect_ok as_user 0 --clear-groups ask "$method" $rest
		[ "$OUT" != PermissionDenied ] || fail "$method is not for root"
	done < <(methods)
}

test_a_member_unplugs_and_retargets_what_he_has_plugged_and_nothing_else() {
	usual
	expect_ok as_member 65533 vif plug ethernet,target=own0
	expect_ok as_member 65532 vif plug ethernet,target=other0
	plug ethernet,target=root0
	expect_json 'map({(.name): .uid}) | add == {own0: 65533, other0: 65532, root0: 0}' vif list --json
	for other in other0 root0; do
		expect_unchanged expect_error "Unplug of port $other is for root and who plugged it, the user with the id *" \
			as_member 65533 vif unplug "$other" --force
		expect_unchanged expect_error "Retarget of port $other is for root and who plugged it*" \
			as_member 65533 vif retarget "$other" ethernet
	done
	expect_ok as_member 65533 vif unplug own0
	no_link own0
	# So it is after a restart.
	stop_vifd
	start_vifd
	expect_error "Unplug of port other0*" as_member 65533 vif unplug other0
	expect_ok as_member 65532 vif unplug other0
	unplug root0
}

test_a_member_plugs_for_processes_of_his_own() {
	usual
	start_idler
	expect_unchanged expect_error "process $IDLER is not yours*" as_member 65533 vif plug ethernet --pid "$IDLER"
	plug ethernet,target=own0 --pid "$IDLER"
	unplug own0
	stop_idler
	as_member 65533 sh -c 'echo $$; exec sleep 1000' >"$T/pid" &
	wait_until 5 test -s "$T/pid"
	expect_ok as_member 65533 vif plug ethernet,target=own0 --pid "$(<"$T/pid")"
	kill "$(<"$T/pid")"
	wait_until 5 no_link own0
}

# attach PORT UID: what becomes of a process of that user, with no other right, that wants the port's tap.
attach() {
	on host attach "$1" "$2" || true
}

owner_of() {
	ip -n host -d -j link show "$1" | jq -r '.[0].linkinfo.info_data.user // "nobody"'
}

test_a_tap_that_waits_for_its_vmm_is_its_owners_alone() {
	local queues
	usual
	for queues in 1 3; do
		plug "ethernet,target=own0,queues=$queues"
		expect_equal "$(owner_of own0)" root
		expect_equal "$(attach own0 65534)" refused
		unplug own0
		plug "ethernet,target=own0,queues=$queues" --owner 65533
		expect_json '."device-uid" == 65533' vif show --json own0
		expect_equal "$(attach own0 65534)" refused
		expect_equal "$(attach own0 65533)" attached
		unplug own0
	done
	plug ethernet,target=own0 --owner nobody
	expect_equal "$(owner_of own0)" nobody
	unplug own0
}

test_a_tap_is_the_user_of_its_process_s_else_who_plugged_it_s() {
	usual
	on host setpriv --reuid=65532 --regid=65532 --clear-groups sh -c 'echo $$; exec sleep 1000' >"$T/pid" &
	wait_until 5 test -s "$T/pid"
	plug ethernet,target=own0 --pid "$(<"$T/pid")"
	expect_equal "$(attach own0 65534)" refused
	expect_equal "$(attach own0 65532)" attached
	kill "$(<"$T/pid")"
	wait_until 5 no_link own0
	expect_ok as_member 65533 vif plug ethernet,target=own1
	expect_equal "$(attach own1 65532)" refused
	expect_equal "$(attach own1 65533)" attached
	unplug own1
	expect_unchanged expect_error "the device cannot be given to the user with the id 65532: that is for root and this user" \
		as_member 65533 vif plug ethernet,target=own2 --owner 65532
}

# Also not as a further queue, nor when the tap was made again.
test_a_running_guests_tap_is_nobody_elses() {
	local queues
	usual_host 1
	for queues in 1 2; do
		standin_start one 10.9.0.11 "dev=eth1,mode=bridge,queues=$queues"
		expect_attached_by_nobody
		ip -n host link del "$PORT"
		wait_until 5 expect_answer 10.9.0.11
		expect_attached_by_nobody
		standin_stop one
		wait_until 5 is_without_ports host
	done
}

expect_attached_by_nobody() {
	[ "$(attach "$PORT" 65534)" != attached ] || fail "a stranger has a queue of $PORT"
	expect_equal "$(owner_of "$PORT")" root
}

test_the_owner_of_a_tap_survives_a_restart_and_the_taps_end() {
	usual
	plug ethernet,target=own0 --owner 65533
	stop_vifd
	start_vifd
	ip -n host link del own0
	wait_until 5 has_link own0
	expect_equal "$(attach own0 65534)" refused
	expect_equal "$(attach own0 65533)" attached
	unplug own0
}

test_a_macvtaps_node_is_roots() {
	local node
	usual_host 1
	plug dev=eth1,type=direct,target=own0
	node=/dev/tap$(ip -n host -j link show own0 | jq '.[0].ifindex')
	[ ! -e "$node" ] || expect_equal "$(stat -c '%u %a' "$node")" "0 600"
	unplug own0
	expect_unchanged expect_error "*a direct port's macvtap is opened by its node in /dev, which is root's*" \
		vif plug dev=eth1,type=direct --owner 65533
}
