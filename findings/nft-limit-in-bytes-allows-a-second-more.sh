#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One would guess: `limit rate 10000 bytes/second burst 2000 bytes` lets 2000 bytes pass at once.
# What happens: 12000 do: with bytes the bucket is one second's rate plus the burst. With packets it is the burst alone.
# A user meets it: where libvirt's <bandwidth burst=> or a guest's limit is put into nft. At 1 Gbit/s the first
#   125 MB of a burst pass at line rate, whatever burst says.
# shellcheck source=findings/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
packages nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2 busybox-static=1:1.35.0-4+deb12u1+b1

nft -f - <<'END'
table inet t {
	chain in {
		type filter hook input priority 0;
		udp dport 7001 limit rate 10000 bytes/second burst 2000 bytes counter
		udp dport 7002 limit rate 10/second burst 2 packets counter
	}
}
END

# burst PORT: 40 datagrams of 972 + 28 bytes, in much less than a second.
burst() {
	local i block
	block=$(printf '%0972d' 0)
	exec 3<>"/dev/udp/127.0.0.1/$1"
	for ((i = 0; i < 40; i++)); do
		printf %s "$block" >&3 2>/dev/null || true
	done
	exec 3>&-
}

passed() {
	nft list chain inet t in | sed -n "s/.*dport $1 .*counter packets \([0-9]*\) .*/\1/p"
}

burst 7001
burst 7002
seen "of 40 datagrams of 1000 bytes $(passed 7001) pass the limit in bytes, $(passed 7002) the one in packets"
# What the bucket gets meanwhile may let one more or two pass.
expect "the limit in bytes lets a second's rate and the burst pass" [ "$(passed 7001)" -ge 12 ] 
expect "and not much more" [ "$(passed 7001)" -le 15 ]
expect "the limit in packets lets the burst pass alone" [ "$(passed 7002)" -le 4 ]
