# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# How long guests are cut off when their host interface returns, beside the kernel's own work for it:
# one port, then 500 on one interface; and one port while strangers ask vifd without end. All with real-time
# priority: what else the machine does is not the question.
bench() {
	local name
	host host
	switch world
	ip netns add bare
	# Their IPv6 would speak on each new host interface.
	for name in host bare; do
		ip netns exec "$name" sysctl -qw net.ipv6.conf.default.addr_gen_mode=1
	done
	VIFD_WRAPPER="chrt --rr 1" start_vifd --log-level=info
	strangers
	on host chrt --rr 1 "$VIFD_BUILD/bench/outage" "${FLAPS:-200}" "${PORTS:-500}" "${FLAPS_OF_MANY:-9}" "$STRANGERS"
	kill -KILL -- "-$STRANGERS"
	wait "$STRANGERS_JOB" 2>/dev/null || true
	wait_until 30 has_no_ports
}

# Five that flood vifd with Check, and 200 silent monitors; $STRANGERS is their process group.
strangers() {
	# shellcheck disable=SC2016 # for the inner shell
	as_nobody setsid bash -c '
		echo $$
		for ((i = 0; i < 5; i++)); do
			rude check 4000000000 >/dev/null &
		done
		exec rude monitors 200' >"$T/strangers" 2>/dev/null || true &
	STRANGERS_JOB=$!
	wait_until 20 has_lines 2 "$T/strangers"
	expect_equal "$(sed -n 2p "$T/strangers")" 200
	STRANGERS=$(sed -n 1p "$T/strangers")
}

has_lines() {
	[ "$(wc -l <"$2")" = "$1" ]
}

has_no_ports() {
	[ -z "$(our_ports)$(our_links)" ]
}
