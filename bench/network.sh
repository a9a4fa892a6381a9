# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# Start and stop of each kind of network that vifd makes, beside the bare minimum of the same.
bench() {
	need dnsmasq
	need nft
	host host
	start_vifd --log-level=warning
	mkdir "$T/floor"
	chmod 755 "$T" "$T/floor"
	on host "$VIFD_BUILD/bench/network" "${ROUNDS-40}" "$T/floor" "$VIFD_SOURCE"/bench/networks/*.xml
}
