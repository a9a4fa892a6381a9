# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Who may call what: root, members of the group vifd, and everybody else; and whose a guest's device is.

# Lines `METHOD WHO LISTED SIGNATURE ARGUMENTS…`: all methods, who may call each where there is no access.conf, which of
# those whom it names, and a call that changes nothing.
methods() {
	cat <<-'END'
		DefineNetwork member manage ss <none/> x
		DefineNetworkWith member manage ssa{sv} <none/> x
		DefineDefaultNetwork member manage
		UpdateNetwork member manage sssssa{sv} none add portgroup <portgroup/> x
		UndefineNetwork member manage s none
		StartNetwork member manage s none
		StartNetworkWith member manage sa{sv} none
		StopNetwork member manage s none
		SetNetworkAutostart member manage sb none yes
		SetNetworkAutostartWith member manage sba{sv} none yes
		ListNetworks anybody any
		GetNetworkXml anybody any s none
		ListLeases anybody any s none
		DefineFilter member none ss <none/> x
		UndefineFilter member none s none
		ListFilters anybody any
		GetFilterXml anybody any s none
		DefineGroup member none ss <none/> x
		UndefineGroup member none s none
		ChangeGroupMembers member none sasas none
		ListGroups anybody any
		GetGroupXml anybody any s none
		Plug member any ssa{sv} <none/> x
		TakeDescriptors member any
		Unplug member any sb none no
		Retarget member retarget sss none <none/> x
		Set member retarget ss none inbound=1
		TryPacket anybody any ss none tcp
		ListPorts anybody any
		GetPort anybody any s none
		GetPortXml anybody any s none
		GetNetworkPortXml anybody any s none
		Check anybody any ssa{sv} <none/> x
		Capabilities anybody any
		Probe member none s none
		Diagnose anybody any s none
		Doctor anybody any
		Subscribe anybody any
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
	while read -r method who _ rest; do
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

# User 65531 has nothing but his name in the file, 65530 may retarget, 65529 may manage; 65534 is not in it.
test_each_method_is_for_whom_access_conf_names_as_the_table_says() {
	local who="" user groups
	usual
	access_conf '[user 65531]' '[user 65530]' 'networks=none' 'retarget=yes' '[user 65529]' 'networks=none' 'manage=yes'
	while read -r who user groups; do
		# What needs no argument to change something is not asked by those who could.
		methods | awk -v who="$who" '
			$1 == "DefineDefaultNetwork" && (who == "member" || who == "root") {next}
			{
				may = who == "member" || who == "root" ||
					who != "nobody" && ($3 == "any" || $3 == who)
				# Of the name that this one makes nobody here is a manager.
				if ($1 == "DefineDefaultNetwork") may = 0
				print $1, may ? "yes" : "no"
			}' >"$T/expected"
		methods | awk -v who="$who" '$1 != "DefineDefaultNetwork" || (who != "member" && who != "root") {$2 = $3 = ""; print}' |
			as_user "$user" "$groups" ask --each |
			awk '{print $1, $2 == "PermissionDenied" ? "no" : "yes"}' >"$T/found"
		expect_equal "$(wc -l <"$T/found")" "$(wc -l <"$T/expected")"
		diff -u "$T/expected" "$T/found" || fail "not as the table says of $who, user $user"
	done <<-'END'
		nobody 65534 --clear-groups
		any 65531 --clear-groups
		retarget 65530 --clear-groups
		manage 65529 --clear-groups
		member 65533 --groups=4242
		root 0 --clear-groups
	END
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
