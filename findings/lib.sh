# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a finding is written with. `packages NAME=VERSION…` comes first: it unpacks these packages of Debian 12 into a
# temporary folder and runs the script again in network, mount and process namespaces of its own, where their programs
# are on the path. Nothing is installed, and nothing stays: the namespaces end with the script, the folder goes.
#
# Exit status: 0, it behaves as the head of the script says; 1, it does not any more; 77, it could not be tried.
set -euo pipefail

skip() {
	echo "skipped: $*"
	exit 77
}

unpack() {
	local package
	[ "$(id -u)" = 0 ] || skip "namespaces need root"
	command -v apt-get >/dev/null || skip "no apt-get to fetch packages with"
	mkdir "$FINDING/packages" "$FINDING/root"
	cd "$FINDING/packages"
	for package; do
		apt-get -qq download "$package" >"$FINDING/log" 2>&1 || skip "$package is not to be had"
	done
	for package in *.deb; do
		dpkg -x "$package" "$FINDING/root"
	done
	cd /
}

packages() {
	local status=0 script
	script=$(readlink -f "$0")
	if [ -z "${FINDING-}" ]; then
		FINDING=$(mktemp -d)
		export FINDING
		trap 'rm -rf "$FINDING"' EXIT
		unpack "$@"
		unshare --mount --net --pid --ipc --fork --kill-child --mount-proc --propagation private -- "$script" || status=$?
		exit "$status"
	fi
	ROOT=$FINDING/root
	PATH=$ROOT/usr/sbin:$ROOT/usr/bin:$ROOT/sbin:$ROOT/bin:$PATH
	export LD_LIBRARY_PATH=$ROOT/usr/lib/x86_64-linux-gnu:$ROOT/lib/x86_64-linux-gnu
	mount -t sysfs sysfs /sys
	mount -t tmpfs -o mode=0755 tmpfs /run
	mkdir /run/netns
	T=/run/finding
	mkdir "$T"
	cd "$T"
	ip link set lo up
	versions "$@"
}

versions() {
	local package
	for package; do
		echo "version: ${package/=/ }"
	done
	echo "version: Linux $(uname -r)"
}

# seen WORDS…: what was observed.
seen() {
	echo "seen:    $*"
}

# expect SENTENCE COMMAND…: the sentence is what this finding says; the command whether it is still so.
expect() {
	local sentence=$1
	shift
	if "$@"; then
		echo "so:      $sentence"
		return
	fi
	echo "changed: it is not so any more that $sentence"
	exit 1
}

# wait_until SECONDS COMMAND…
wait_until() {
	local end=$((SECONDS + $1 + 1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# guest NAME MAC BRIDGE: a namespace with a NIC eth0 whose other end is a port, NAME, of the bridge.
guest() {
	ip netns add "$1"
	ip link add "$1" type veth peer name eth0 address "$2" netns "$1"
	ip link set "$1" master "$3" up
	ip -n "$1" link set lo up
	ip -n "$1" link set eth0 up
}
