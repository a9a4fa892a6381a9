#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One would guess: `dhcp-hostsdir=`, whose files are read again when they change, holds what the files say now.
# What happens: it only adds. A file that is edited from one address to another reserves both; the old one is kept from
#   all others until dnsmasq gets SIGHUP.
# A user meets it: a guest's fixed address is changed, and the address that became free cannot be given to another guest:
#   who asks for it gets another one.
# shellcheck source=findings/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
packages dnsmasq-base=2.90-4~deb12u2 busybox-static=1:1.35.0-4+deb12u1+b1

ip link add br0 type bridge
ip address add 192.0.2.1/24 dev br0
ip link set br0 up
guest two 02:00:00:00:00:02 br0
guest three 02:00:00:00:00:03 br0
guest four 02:00:00:00:00:04 br0
mkdir "$T/hosts"
echo "02:00:00:00:00:01,192.0.2.50" >"$T/hosts/red"
dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --interface=br0 --except-interface=lo \
	--bind-dynamic --dhcp-range=192.0.2.10,192.0.2.99 --user=root --pid-file= --dhcp-hostsdir="$T/hosts" \
	--dhcp-leasefile="$T/leases" --log-facility="$T/log" &
server=$!
has_read() {
	[ -e "$T/log" ] && [ "$(grep -c "$T/hosts/red" "$T/log")" -ge "$1" ]
}
wait_until 5 has_read 1

# asked GUEST: which address it gets when it asks for 192.0.2.50.
asked() {
	ip netns exec "$1" busybox udhcpc -i eth0 -n -q -r 192.0.2.50 -s /bin/true 2>&1 | sed -n 's/.*lease of \([^ ]*\) obtained.*/\1/p'
}

address=$(asked two)
seen "reserved for red, asked for by two, who gets $address"
expect "a reserved address is not given to another guest" [ "$address" != 192.0.2.50 ]
echo "02:00:00:00:00:01,192.0.2.60" >"$T/hosts/red"
expect "the edited file is read at once" wait_until 5 has_read 2
address=$(asked three)
seen "the file says .60 now, three asks for .50 and gets $address"
expect "the old address is still kept" [ "$address" != 192.0.2.50 ]
kill -HUP "$server"
wait_until 5 has_read 3
address=$(asked four)
seen "after SIGHUP four asks for it and gets $address"
expect "after SIGHUP it is free" [ "$address" = 192.0.2.50 ]
