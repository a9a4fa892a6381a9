# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A systemd of the test's own, so that vifd runs as its unit says: with those capabilities, system calls,
# folders and devices.
#
#	systemd_start UNIT…		boots one on $HOST, as process 1 of a process namespace of its own; it knows
#					only these unit files, and its /etc is a copy
#	systemd_run COMMAND…		runs a command beside it; processes have the numbers that they have there
#	systemd_stop
#
# $SYSTEMD_FOLDERS: folders that are mounted below /run, and are to be mounted there too.
#
# It wants a cgroup, and one is made for it; skips where that is not to be had.

SYSTEMD=
SYSTEMD_CGROUP=
SYSTEMD_FOLDERS=

# What units of the system itself would be; nothing is to be done for them.
systemd_targets() {
	local target
	for target in sysinit basic shutdown sockets network-pre umount default; do
		printf '[Unit]\nDefaultDependencies=no\n' >"$1/$target.target"
	done
}

systemd_start() {
	[ -x /lib/systemd/systemd ] || skip "systemd is not installed"
	mkdir -p "$T/systemd" "$T/cgroup" "$T/etc" "$T/root" /run/units
	mount -t cgroup2 cgroup2 "$T/cgroup" 2>/dev/null || skip "there is no cgroup2 here"
	SYSTEMD_CGROUP=$(mktemp -d -p "$T/cgroup" vifd-test-XXXXXX 2>/dev/null) || skip "no cgroup can be made here"
	cp -a /etc/. "$T/etc"
	systemd_targets /run/units
	cp "$@" /run/units/
	# shellcheck disable=SC2016,SC2086 # for that shell; folders are words
	exec_on "$HOST" bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' - "$SYSTEMD_CGROUP" \
		unshare --cgroup --mount --pid --fork --kill-child --mount-proc --propagation private \
		"$VIFD_SOURCE/tests/harness/boot" "$T/root" "$T/etc" $SYSTEMD_FOLDERS >"$T/systemd/log" 2>&1 &
	SYSTEMD_PARENT=$!
	wait_until 20 systemd_serves_or_ended
	kill -0 "$SYSTEMD_PARENT" 2>/dev/null || { cat "$T/systemd/log"; skip "systemd does not run here: $(tail -n 1 "$T/systemd/log")"; }
}

systemd_serves_or_ended() {
	kill -0 "$SYSTEMD_PARENT" 2>/dev/null || return 0
	SYSTEMD=$(cat "/proc/$SYSTEMD_PARENT/task/$SYSTEMD_PARENT/children")
	SYSTEMD=${SYSTEMD%% *}
	[ -n "$SYSTEMD" ] && systemd_run systemctl is-active default.target >/dev/null 2>&1
}

systemd_run() {
	nsenter --target "$SYSTEMD" --mount --pid --net --cgroup -- env -u VIFD_RUNTIME_DIR -u VIFD_CONFIG_DIR "$@"
}

systemd_stop() {
	kill -KILL "$SYSTEMD_PARENT"
	wait "$SYSTEMD_PARENT" 2>/dev/null || true
	wait_until 10 systemd_cgroups_go
	umount "$T/cgroup"
}

systemd_cgroups_go() {
	find "$SYSTEMD_CGROUP" -depth -type d -exec rmdir {} + 2>/dev/null || true
	[ ! -d "$SYSTEMD_CGROUP" ]
}
