# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The same networks by libvirt and by vifd, turn by turn, each in a namespace of its own: `virsh
# net-start` and `vif network start`, programs of the shell, whose own start is part of the figure and is
# shown alone as well.
#
# libvirtd gets its network driver only: it then needs no user of QEMU's, and no
# other part of the machine. What it would write in /etc and /var is on a tmpfs of the sandbox.

bench() {
	local program=libvirtd drivers
	command -v libvirtd >/dev/null || program=virtnetworkd
	need "$program"
	need virsh
	need iptables
	need dnsmasq
	drivers=$(echo /usr/lib/*/libvirt/connection-driver)
	[ -e "$drivers/libvirt_driver_network.so" ] || skip "libvirt's network driver is not installed"
	host host
	host peer
	start_vifd --log-level=warning
	start_libvirt "$program" "$drivers"
	printf '%-24s %8s %8s   milliseconds, %s rounds\n' "" median p95 "${ROUNDS-40}"
	repeat "vif version" vif version
	repeat "virsh version" virsh_peer --version
	for file in "$VIFD_SOURCE"/bench/networks/*.xml; do
		compare_networks "$(basename "$file" .xml)" "$file"
	done
	kill -TERM "$LIBVIRT"
	wait "$LIBVIRT" || true
}

start_libvirt() {
	local folder
	mkdir "$T/drivers" "$T/peer/home"
	ln -s "$2/libvirt_driver_network.so" "$T/drivers/"
	for folder in /etc /var/lib /var/cache /var/log; do
		mount -t tmpfs tmpfs "$folder/libvirt" 2>/dev/null || hide "$folder"
	done
	mkdir -p /run/libvirt
	cat >"$T/libvirt.conf" <<-'END'
		auth_unix_rw = "none"
		unix_sock_group = "root"
	END
	LIBVIRT_DRIVER_DIR=$T/drivers HOME=$T/peer/home exec_on peer "$1" --config "$T/libvirt.conf" \
		>"$T/libvirt.log" 2>&1 &
	LIBVIRT=$!
	wait_until 15 libvirt_serves_or_ended
	kill -0 "$LIBVIRT" 2>/dev/null ||
		skip "libvirt does not run here: $(tail -n 1 "$T/libvirt.log")"
}

# A folder of the machine that has no libvirt/: one that has it, with the rest as it is, read through.
hide() {
	mkdir -p "$T/over$1/up" "$T/over$1/work"
	mount -t overlay overlay -o "lowerdir=$1,upperdir=$T/over$1/up,workdir=$T/over$1/work" "$1"
	mkdir "$1/libvirt"
}

libvirt_serves_or_ended() {
	! kill -0 "$LIBVIRT" 2>/dev/null || virsh_peer net-list >/dev/null 2>&1
}

virsh_peer() {
	on peer virsh -q -c network:///system "$@"
}

# timed FILE COMMAND…: appends the microseconds that it took.
timed() {
	local file=$1 start=${EPOCHREALTIME/./}
	shift
	"$@" >"$T/said" 2>&1 || fail "$*: $(<"$T/said")"
	echo "$((${EPOCHREALTIME/./} - start))" >>"$file"
}

figures() {
	sort -n "$2" | awk -v what="$1" '{v[NR] = $1 / 1000}
		END {printf "%-24s %8.1f %8.1f\n", what, v[int((NR - 1) * .5) + 1], v[int((NR - 1) * .95) + 1]}'
}

repeat() {
	local round what=$1
	shift
	for ((round = 0; round < ${ROUNDS-40}; round++)); do
		timed "$T/times" "$@"
	done
	figures "$what" "$T/times"
	rm "$T/times"
}

compare_networks() {
	local name=$1 round
	vif network define "$2" >"$T/said"
	virsh_peer net-define "$2" >"$T/said"
	for ((round = 0; round < ${ROUNDS-40}; round++)); do
		timed "$T/vif-start" vif network start "$name"
		timed "$T/virsh-start" virsh_peer net-start "$name"
		timed "$T/vif-stop" vif network stop "$name"
		timed "$T/virsh-stop" virsh_peer net-destroy "$name"
	done
	figures "$name start, vif" "$T/vif-start"
	figures "$name start, virsh" "$T/virsh-start"
	figures "$name stop, vif" "$T/vif-stop"
	figures "$name stop, virsh" "$T/virsh-stop"
	rm "$T"/vi*-start "$T"/vi*-stop
}
