# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# What the daemon adds to the kernel's own work of a plug and an unplug.
bench() {
	host host
	switch world
	nic host eth1 world p1
	ip -n host link set eth1 up
	start_vifd --log-level=warning
	on host "$VIFD_BUILD/bench/plug" 200
}
