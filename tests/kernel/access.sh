# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Who may call what: root, members of the group vifd, and everybody else.

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
		Unplug member sb none no
		Retarget member sss none <none/> x
		ListPorts anybody
		GetPort anybody s none
		GetPortXml anybody s none
		GetNetworkPortXml anybody s none
		Check anybody ssa{sv} <none/> x
		Capabilities anybody
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
	local own other
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
