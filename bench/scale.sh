# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# Many networks and ports: is the last plug as fast as the first, and how long takes a restart?
bench() {
	local number
	host host
	switch world
	for number in 1 2 3 4; do
		nic host eth$number world p$number
	done
	host_bridge host br1
	host_bridge host br2
	# shellcheck disable=SC2086 # words: NETWORKS PORTS
	on host "$VIFD_BUILD/bench/scale" ${SCALE-}
}
