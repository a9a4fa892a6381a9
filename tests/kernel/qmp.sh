# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Whose VMM it is that vifd speaks to, and how much it listens to one. The VMMs are socats: they greet as
# QEMU does, and write down what they hear.

# vmm NAME WORDS [COMMAND…]: a QMP socket at $T/vmms/NAME; who connects is greeted, and then spoken to by WORDS,
# a command; what is heard from there is in $T/vmms/NAME.heard.
vmm() {
	local name=$1 words=$2
	shift 2
	cat >"$T/vmms/$name.sh" <<-END
		#!/bin/sh
		echo '{"QMP": {}}'
		$words
	END
	chmod 755 "$T/vmms/$name.sh"
	# shellcheck disable=SC2016 # for that shell
	"$@" sh -c 'echo $$ >"$1.pid"; exec socat "UNIX-LISTEN:$1,fork" "EXEC:$1.sh" 2>/dev/null' - "$T/vmms/$name" &
	wait_until 5 test -S "$T/vmms/$name"
}

end_vmm() {
	local pid
	pid=$(<"$T/vmms/$1.pid")
	kill "$pid"
	wait_until 5 has_ended "$pid"
}

# A bridge without carrier: a port with follow-link has something to tell its VMM.
quiet_bridge() {
	group_vifd
	host host
	on host ip link add br0 type bridge
	on host ip link set br0 up
	start_vifd
	mkdir -m 777 "$T/vmms"
	chmod 755 "$T" "$T/host"
}

test_a_member_cannot_have_vifd_speak_to_the_vmm_of_another() {
	quiet_bridge
	vmm root "cat >>$T/vmms/root.heard"
	chmod 700 "$T/vmms/root"
	expect_ok as_member 1000 vif plug bridge=br0,follow-link --qmp "$T/vmms/root"
	wait_until 5 grep -q "is of user 0, and the port was plugged by user 1000" "$T/host/vifd.log"
	expect_failure test -s "$T/vmms/root.heard"
	expect_ok vif unplug vif0
	end_vmm root
}

test_a_member_has_vifd_speak_to_his_own_vmm() {
	quiet_bridge
	vmm own "cat >>$T/vmms/own.heard" as_member 1000
	expect_ok as_member 1000 vif plug bridge=br0,follow-link --qmp "$T/vmms/own"
	wait_until 5 grep -q qmp_capabilities "$T/vmms/own.heard"
	expect_ok vif unplug vif0
	end_vmm own
}

# says NAME UP: its VMM was last told that the link is so: true, false.
says() {
	[ "$(grep -o '"set_link".*"up": *[a-z]*' "$T/vmms/$1.heard" | tail -n 1 | sed 's/.*: *//')" = "$2" ]
}

test_a_vmm_is_told_that_a_link_is_set_down_or_up() {
	quiet_bridge
	# It says yes to all that it is asked.
	vmm own "tee -a $T/vmms/own.heard | sed -u 's/.*\"id\": *\([0-9]*\).*/{\"return\": {}, \"id\": \1}/'"
	expect_ok vif plug bridge=br0 --qmp "$T/vmms/own"
	expect_ok vif set vif0 link=down
	wait_until 5 says own false
	expect_ok vif set vif0 link=up
	wait_until 5 says own true
	expect_ok vif set vif0 link=down
	wait_until 5 says own false
	# It was set up again, and nobody had the time to tell.
	kill_vifd
	sed -i "s/<link state='down'/<link state='up'/" "$(runtime_dir)/ports/vif0.xml"
	start_vifd
	wait_until 5 says own true
	expect_ok vif unplug vif0
	end_vmm own
}

# The path is a member's word; the file is another guest's.
test_the_socket_of_another_guest_is_not_removed() {
	quiet_bridge
	touch "$(runtime_dir)/qmp/4711.sock"
	sleep 60 &
	expect_ok vif plug bridge=br0 --pid $! --qmp "$(runtime_dir)/qmp/4711.sock"
	kill $!
	wait_until 5 our_ports_are_gone
	test -e "$(runtime_dir)/qmp/4711.sock" || fail "the socket is gone"
	rm "$(runtime_dir)/qmp/4711.sock"
}

our_ports_are_gone() {
	[ -z "$(our_ports)" ]
}

# A guest can make its QEMU tell as much as it likes.
test_a_vmm_that_never_stops_talking_is_not_listened_to() {
	quiet_bridge
	vmm loud "exec yes '{\"event\": \"RTC_CHANGE\"}'"
	expect_ok vif plug bridge=br0,follow-link --qmp "$T/vmms/loud"
	wait_until 10 grep -q "says more than vifd can listen to" "$T/host/vifd.log"
	expect_ok vif unplug vif0
	end_vmm loud
}

# Whatever umask `vif run` was called with, by which QEMU makes its socket.
test_the_monitor_of_a_guest_that_runs_is_roots_alone() {
	local socket
	quiet_bridge
	mkdir "$T/bin"
	cat >"$T/bin/qemu-system-x86_64" <<-'END'
		#!/bin/sh
		while [ "$1" != -qmp ]; do shift; done
		path=${2#unix:}
		exec socat "UNIX-LISTEN:${path%%,*},fork" EXEC:cat
	END
	chmod +x "$T/bin/qemu-system-x86_64"
	(
		umask 000
		PATH=$T/bin:$PATH exec_on host vif run --nic bridge=br0 -- qemu-system-x86_64
	) &
	wait_until 5 has_monitor
	socket=$(echo "$(runtime_dir)"/qmp/*.sock)
	expect_match hello "$(echo hello | on host socat -t1 - "UNIX-CONNECT:$socket")"
	expect_failure as_nobody socat -u OPEN:/dev/null "UNIX-CONNECT:$socket"
	kill "$!"
	wait_until 5 our_ports_are_gone
}

has_monitor() {
	[ -S "$(echo "$(runtime_dir)"/qmp/*.sock)" ]
}

# What the VMM says when it is asked for its guest's address is in $T/vmms/mac; that it has changed it says when there is $T/vmms/changed.
vmm_with_address() {
	# shellcheck disable=SC2016 # for the VMM's shell
	vmm "$1" 'cd '"$T/vmms"'
		tell() {
			until [ -e changed ]; do readlink /proc/$$/cwd >/dev/null || exit; sleep 0.05; done
			rm changed
			echo "{\"event\": \"NIC_RX_FILTER_CHANGED\", \"data\": {\"name\": \"vif0\", \"path\": \"/machine\"}}"
		}
		while read -r line; do
			id=$(echo "$line" | sed "s/.*\"id\": *//; s/[^0-9].*//")
			case $line in
			*query-rx-filter*)
				if [ -s mac ]; then
					echo "{\"id\": $id, \"return\": [{\"name\": \"vif0\", \"main-mac\": \"$(cat mac)\"}]}"
				else
					echo "{\"id\": $id, \"error\": {\"class\": \"GenericError\", \"desc\": \"no such thing\"}}"
				fi
				tell &
				;;
			*) echo "{\"id\": $id, \"return\": {}}" ;;
			esac
		done'
}

has_address() {
	[ "$(link "$(side_of vif0)" .address)" = "$1" ]
}

guest_takes() {
	echo "$1" >"$T/vmms/mac"
	: >"$T/vmms/changed"
}

test_the_address_of_a_trusted_guest_is_followed_as_its_vmm_tells_it() {
	usual_host 1
	mkdir -m 777 "$T/vmms"
	expect_error "*trust needs model virtio: no e1000 tells its VMM*" vif plug dev=eth1,mode=bridge,trust,model=e1000 --qmp "$T/vmms/own"
	expect_error "*trust needs a VMM that tells by QMP*" vif plug dev=eth1,mode=bridge,trust
	# Its VMM comes later.
	expect_ok vif plug dev=eth1,mode=bridge,trust,security=mac,mac=52:54:00:00:00:01 --qmp "$T/vmms/own"
	echo 52:54:00:aa:00:01 >"$T/vmms/mac"
	vmm_with_address own
	wait_until 5 has_address 52:54:00:aa:00:01
	expect_equal "$(vif show --json vif0 | jq -r '.mac + " " + .["guest-mac"]')" "52:54:00:00:00:01 52:54:00:aa:00:01"
	expect_match "*vif_from_guest*" "$(on host tc filter show dev vif0 ingress)"

	# What is none, or another's, is not taken; then it goes on.
	guest_takes 01:00:5e:00:00:01
	wait_until 5 grep -q "its guest's address 01:00:5e:00:00:01 is none that a NIC can have" "$T/host/vifd.log"
	guest_takes "$(link eth1 .address)"
	wait_until 5 grep -q "which eth1 has: it is not followed" "$T/host/vifd.log"
	has_address 52:54:00:aa:00:01 || fail "it was taken all the same"
	guest_takes 52:54:00:bb:00:01
	wait_until 5 has_address 52:54:00:bb:00:01
	# Somebody else's change is put back to what the guest has.
	ip -n host link set "$(side_of vif0)" address 52:54:00:cc:00:01
	wait_until 5 has_address 52:54:00:bb:00:01

	# A retarget and a VMM that has gone change nothing of it.
	end_vmm own
	nic host eth2 world p2
	expect_ok vif retarget vif0 dev=eth2,mode=bridge
	has_address 52:54:00:bb:00:01 || fail "it has another address on eth2"
	stop_vifd
	start_vifd
	has_address 52:54:00:bb:00:01 || fail "it has another address after a restart"
	expect_ok vif unplug vif0
	expect_ok vif plug dev=eth1,mode=bridge,trust,mac=52:54:00:00:00:01,target=vif0 --qmp "$T/vmms/own"
	: >"$T/vmms/mac"
	vmm_with_address own
	wait_until 5 grep -q "vif0: its guest's address cannot be followed: .*no such thing" "$T/host/vifd.log"
	expect_ok vif unplug vif0
	end_vmm own
	wait_until 5 no_vmm_is_left
}

no_vmm_is_left() {
	[[ $(stray_processes) != *socat* ]]
}
