#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One would guess: QEMU's bridge.conf is read from the top as other access lists are, so that `deny all` and then `allow br0`,
#   or `allow br0` and then `deny all`, makes a list of what is allowed.
# What happens: all lines count, and a `deny` that matches refuses, before or behind any `allow`: both refuse br0 too. What is
#   not named is refused anyway, so `allow br0` alone is that list.
# A user meets it: who locks the helper down by a last line `deny all` has locked all guests out, and reads "access denied by
#   acl file", which does not say which line.
# shellcheck source=findings/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
packages qemu-system-common=1:7.2+dfsg-7+deb12u18+b3 libcap-ng0=0.8.3-1+b3 libnuma1=2.0.16-1 \
	libglib2.0-0=2.74.6-2+deb12u9 libpcre2-8-0=10.42-1+deb12u2 socat=1.7.4.4-2 libwrap0=7.6.q-32

ip link add br0 type bridge
ip link set br0 up

# The file is where the helper was built to look for it; a copy of /etc, which this mount namespace alone sees.
cp -a /etc "$T/etc"
mount --bind "$T/etc" /etc
mkdir -p /etc/qemu

# helper LINE…: its answer with these lines: "tap" where it has made one and handed it over.
helper() {
	printf '%s\n' "$@" >/etc/qemu/bridge.conf
	# On success it sends the tap's descriptor along with one zero byte over its socket.
	{ socat -t 30 - "EXEC:$ROOT/usr/lib/qemu/qemu-bridge-helper --fd=1 --br=br0" </dev/null 2>&1 || true; } |
		tr '\0' ' ' | sed '/ socat\[/d; s/^ $/tap/'
}

declare -a answer=()
for lines in "allow br0" "deny all,allow br0" "allow br0,deny all" "allow all,deny br0" "deny br1,allow all"; do
	IFS=, read -ra words <<<"$lines"
	answer[${#answer[@]}]=$(helper "${words[@]}")
	seen "$lines: ${answer[-1]}"
done
expect "allow br0 alone lets it" [ "${answer[0]}" = tap ]
expect "deny all in front refuses it" [ "${answer[1]}" = "access denied by acl file" ]
expect "deny all behind refuses it" [ "${answer[2]}" = "access denied by acl file" ]
expect "deny br0 behind allow all refuses it" [ "${answer[3]}" = "access denied by acl file" ]
expect "a deny of another bridge does not" [ "${answer[4]}" = tap ]
