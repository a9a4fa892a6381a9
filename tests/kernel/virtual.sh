# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Networks that vifd makes itself: what stands on the host, and what becomes of it.

usual() {
	need dnsmasq
	need nft
	usual_host 1
}

# define_virtual NAME SUBNET [ATTRIBUTES-OF-FORWARD]: with DHCP; without attributes it is isolated.
define_virtual() {
	{
		echo "<network>"
		echo "  <name>$1</name>"
		[ -z "${3:-}" ] || echo "  <forward $3/>"
		echo "  <ip address='$2.1' netmask='255.255.255.0'>"
		echo "    <dhcp><range start='$2.2' end='$2.254'/></dhcp>"
		echo "  </ip>"
		echo "</network>"
	} >"$T/$1.xml"
	expect_ok vif network define "$T/$1.xml"
}

virtual_network() {
	define_virtual "$@"
	started "$1"
}

# started NAME: and its bridge is as it stays.
started() {
	expect_ok vif network start "$1"
	wait_until 5 has_no_carrier "$(vif network show "$1" | sed -n "s/.*<bridge name='\([^']*\)'.*/\1/p")"
}

# A bridge without ports; the kernel tells so with some delay.
has_no_carrier() {
	[ "$(link "$1" .operstate)" = DOWN ]
}

dnsmasq_pid() {
	cat "$(runtime_dir)/dnsmasq/$1.pid"
}

dnsmasq_is_other_than() {
	local now
	now=$(dnsmasq_pid "$1" 2>/dev/null) && [ "$now" != "$2" ] && kill -0 "$now" 2>/dev/null
}

has_address() {
	on host ip -j address show dev "$1" | jq -e --arg a "$2" 'any(.[].addr_info[]; .local == $a)' >/dev/null
}

has_table() {
	on host nft list table inet vifd >/dev/null 2>&1
}

test_a_nat_network_is_made_and_taken_away() {
	usual
	snapshot "$T/before"
	virtual_network home 192.168.99 "mode='nat'"
	expect_equal "$(link vifbr0 .linkinfo.info_kind)" bridge
	has_address vifbr0 192.168.99.1
	on host nft -j list table inet vifd | jq -e . >/dev/null
	kill -0 "$(dnsmasq_pid home)"
	expect_equal "$(on host cat /proc/sys/net/ipv4/ip_forward)" 1
	plug network=home
	expect_on_bridge "$PORT" vifbr0
	unplug "$PORT"
	expect_ok vif network stop home
	no_link vifbr0
	expect_failure has_table
	expect_ok vif network undefine home
}

test_a_deleted_bridge_comes_back_with_its_ports() {
	usual
	virtual_network home 192.168.99 "mode='nat'"
	plug network=home
	on host ip link delete vifbr0
	wait_until 5 has_address vifbr0 192.168.99.1
	wait_until 5 expect_on_bridge "$PORT" vifbr0
	expect_state "$PORT" connected
	unplug "$PORT"
	expect_ok vif network stop home
}

test_a_flushed_ruleset_comes_back() {
	usual
	virtual_network home 192.168.99 "mode='nat'"
	on host nft list table inet vifd >"$T/rules"
	on host nft flush ruleset
	wait_until 5 has_table
	on host nft list table inet vifd | cmp - "$T/rules"
	expect_ok vif network stop home
}

test_an_address_that_was_taken_away_comes_back() {
	usual
	virtual_network home 192.168.99 "mode='nat'"
	on host ip address delete 192.168.99.1/24 dev vifbr0
	wait_until 5 has_address vifbr0 192.168.99.1
	expect_ok vif network stop home
}

test_a_killed_dnsmasq_comes_back() {
	local pid
	usual
	virtual_network home 192.168.99
	pid=$(dnsmasq_pid home)
	kill -9 "$pid"
	wait_until 5 dnsmasq_is_other_than home "$pid"
	expect_ok vif network stop home
}

test_a_network_outlives_vifd() {
	local pid index
	usual
	virtual_network home 192.168.99 "mode='nat'"
	pid=$(dnsmasq_pid home)
	index=$(ifindex vifbr0)
	kill_vifd
	start_vifd
	expect_equal "$(dnsmasq_pid home)" "$pid"
	kill -0 "$pid"
	expect_equal "$(ifindex vifbr0)" "$index"
	expect_json '.[0].active' vif network list --json
	expect_ok vif network stop home
	no_link vifbr0
}

test_what_was_taken_away_while_vifd_was_away_comes_back() {
	usual
	virtual_network home 192.168.99 "mode='nat'"
	kill_vifd
	kill "$(dnsmasq_pid home)"
	on host ip link delete vifbr0
	on host nft flush ruleset
	start_vifd
	wait_until 5 has_address vifbr0 192.168.99.1
	has_table
	kill -0 "$(dnsmasq_pid home)"
	expect_ok vif network stop home
}

# The guest is a namespace on the network's bridge; it listens on port 80.
forwarded_guest() {
	ip netns add web
	ip -n web link add eth0 type veth peer name web netns host
	ip -n host link set web master vifbr0 up
	ip -n web address add 192.168.99.10/24 dev eth0
	ip -n web link set eth0 up
	ip -n web route add default via 192.168.99.1
	ip -n host address add 10.9.0.2/24 dev eth1
}

# reaches VERDICT: what becomes of a connection from outside to port 8080 of the host.
reaches() {
	[[ "$("$VIFD_BUILD/tests/harness/reach" <<<"x tcp world - 0 web 10.9.0.2 8080:80")" == "x: "$1 ]]
}

test_a_port_is_forwarded_and_no_longer_while_the_network_runs() {
	usual
	virtual_network home 192.168.99 "mode='nat'"
	forwarded_guest
	wait_until 10 reaches rejected
	expect_ok vif network update home add forward "<forward proto='tcp' port='8080' to='192.168.99.10:80'/>"
	wait_until 5 reaches "passed from 10.9.0.1 port kept"
	expect_match "*<vif:forward * proto='tcp' port='8080' to='192.168.99.10' to-port='80'/>*" "$(vif network show home)"
	# Somebody's flush does not last.
	on host nft flush ruleset
	wait_until 5 reaches "passed from 10.9.0.1 port kept"
	expect_ok vif network update home delete forward "<forward proto='tcp' port='8080'/>"
	wait_until 5 reaches rejected
	expect_error "network 'home' has no <vif:forward> that matches 'tcp 8080'" \
		vif network update home delete forward "<forward proto='tcp' port='8080'/>"
	expect_ok vif network stop home
}

# define NAME ADDRESS/LENGTH [ATTRIBUTES-OF-FORWARD [CONTENT]]: and no more; without DHCP.
define() {
	{
		echo "<network>"
		echo "  <name>$1</name>"
		[ -z "${3:-}" ] || echo "  <forward $3/>"
		echo "  ${4-}"
		echo "  <ip address='${2%/*}' prefix='${2#*/}'/>"
		echo "</network>"
	} >"$T/$1.xml"
	expect_ok vif network define "$T/$1.xml"
}

# refused SENTENCE NAME: at its start, and the host is as before.
refused() {
	expect_unchanged expect_error "network '$2': $1" vif network start "$2"
}

test_subnets_that_are_somebody_elses() {
	usual
	ip -n host address add 10.9.0.2/24 dev eth1
	ip -n host route add 172.16.0.0/12 via 10.9.0.1
	virtual_network home 192.168.99 "mode='nat'"
	define same 192.168.99.1/24
	refused "its subnet 192.168.99.0/24 overlaps 192.168.99.0/24 of network 'home'" same
	define inside 192.168.99.129/26 "mode='route'"
	refused "its subnet 192.168.99.128/26 overlaps 192.168.99.0/24 of network 'home'" inside
	define around 192.168.0.1/16
	refused "its subnet 192.168.0.0/16 overlaps 192.168.99.0/24 of network 'home'" around
	define address 10.9.0.2/24
	refused "its address 10.9.0.2 is the host's already, on eth1" address
	define subnet 10.9.0.3/24 "mode='open'"
	refused "its subnet 10.9.0.0/24 overlaps 10.9.0.0/24, the subnet of eth1" subnet
	ip -n host route add 172.20.1.64/26 via 10.9.0.1
	define route 172.20.1.1/24 "mode='nat'"
	refused "its subnet 172.20.1.0/24 overlaps 172.20.1.64/26, to which the host has a route by eth1" route
	ip -n host route add default via 172.30.0.1 dev eth1 onlink
	define router 172.30.0.2/24 "mode='nat'"
	refused "its subnet 172.30.0.0/24 holds 172.30.0.1, by which the host has a route on eth1" router
	define beside 192.168.98.1/24
	expect_ok vif network start beside
	expect_ok vif network stop beside
	expect_ok vif network stop home
}

# A VPN's routes, or a data centre's, to all that is private: the bridge's is narrower, and wins.
test_wide_routes_are_told_of_and_not_in_the_way() {
	local wide
	usual
	ip -n host address add 10.9.0.2/24 dev eth1
	for wide in 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16; do
		ip -n host route add $wide via 10.9.0.1
	done
	define lab 172.20.1.1/24 "mode='nat'"
	expect_ok vif network start lab
	expect_match "*its subnet 172.20.1.0/24 is a part of 172.16.0.0/12, to which the host has a route by eth1: *" "$OUT"
	expect_equal "$(on host ip -j route get 172.20.1.9 | jq -r '.[0].dev')" vifbr0
	expect_ok vif network stop lab
	# Nothing else is free, so it is one of those; what others have is passed over.
	ip -n host route add 192.168.122.0/25 via 10.9.0.1
	expect_ok vif network define --default
	expect_match "*<ip address='192.168.123.1' *" "$(vif network show default)"
	expect_ok vif network start default
	expect_ok vif network stop default
	# Where there is something that is quite free it is taken.
	expect_ok vif network undefine default
	ip -n host route del 10.0.0.0/8
	expect_ok vif network define --default
	expect_match "*<ip address='10.0.122.1' *" "$(vif network show default)"
}

test_bridge_names_that_are_somebody_elses() {
	usual
	host_bridge host br1
	wait_until 5 has_no_carrier br1
	define host 192.168.99.1/24 "" "<bridge name='br1'/>"
	refused "its bridge cannot be named br1: that is a bridge here that vifd did not make" host
	define nic 192.168.99.1/24 "" "<bridge name='eth1'/>"
	refused "its bridge cannot be named eth1: that is a veth here that vifd did not make" nic
	define first 192.168.99.1/24 "" "<bridge name='red'/>"
	started first
	define second 192.168.98.1/24 "" "<bridge name='red'/>"
	refused "its bridge cannot be named red: network 'first' has one of that name" second
	expect_ok vif network stop first
	expect_ok vif network start second
	expect_ok vif network stop second
}

# refused_service SENTENCE: a network with DHCP; nothing of it is left, the forwarding that it asks for included.
refused_service() {
	define_virtual home 192.168.99 "mode='nat'"
	mkdir -p "$(runtime_dir)/dnsmasq"
	refused "$1" home
	expect_failure has_table
	expect_equal "$(on host cat /proc/sys/net/ipv4/ip_forward)" 0
}

test_a_network_with_dhcp_needs_dnsmasq() {
	export VIFD_DNSMASQ=/nonexistent/dnsmasq
	usual
	refused_service "dnsmasq, which gives DHCP and DNS to guests, is not installed"
	define plain 192.168.98.1/24 "" "<dns enable='no'/>"
	expect_ok vif network start plain
	expect_ok vif network stop plain
}

# holding PROTOCOL PORT COMMAND…: while a program of the host has the port.
holding() {
	local pid port=$2 listen=$1
	shift 2
	exec_on host socat -u "$listen:$port" STDOUT >/dev/null 2>"$T/holder" &
	pid=$!
	wait_until 5 is_held "$port"
	HOLDER="process $pid (socat)"
	"$@"
	kill "$pid"
	wait "$pid" || true
}

is_held() {
	[ -n "$(on host ss -lnutH "sport = :$1")" ]
}

refused_port() {
	refused_service "$1: $HOLDER"
}

test_ports_that_are_somebody_elses() {
	usual
	holding UDP4-RECV 53 refused_port "dnsmasq: failed to create listening socket for 192.168.99.1: Address already in use"
	holding TCP4-LISTEN 53 refused_port "dnsmasq: failed to create listening socket for 192.168.99.1: Address already in use"
	holding UDP4-RECV 67 refused_port "dnsmasq: failed to bind DHCP server socket: Address already in use"
	expect_ok vif network start home
	expect_ok vif network stop home
}

test_the_default_network_has_a_free_subnet() {
	local shipped
	usual
	expect_ok vif network define "$VIFD_SOURCE/data/default.xml"
	shipped=$(vif network show default | grep -v uuid)
	expect_ok vif network undefine default
	# On a host that has nothing in its way it is the one that is shipped.
	expect_ok vif network define --default
	expect_equal "$(vif network show default | grep -v uuid)" "$shipped"
	expect_match "*<ip address='192.168.122.1' *" "$shipped"
	expect_error "network 'default' is already defined" vif network define --default
	expect_ok vif network undefine default
	ip -n host address add 10.9.0.2/24 dev eth1
	ip -n host route add 192.168.122.0/24 via 10.9.0.1
	define mine 192.168.123.1/24
	expect_ok vif network define --default
	expect_match "*<ip address='192.168.124.1' *" "$(vif network show default)"
	expect_ok vif network start default
	has_address vifbr0 192.168.124.1
	expect_ok vif network stop default
}

# answer NAME: what the network's name server says.
answer() {
	(on host busybox nslookup -type=a "$1" 192.168.99.1 || true) | sed -n '/^Name:/,$s/^Address: //p'
}

is_answered() {
	[ "$(answer "$1")" = "$2" ]
}

files_of_dnsmasq() {
	(cd "$(runtime_dir)/dnsmasq" && sha256sum home.conf home.hosts home.names)
}

# bad_update SENTENCE WORD…: changes nothing, in the files of dnsmasq neither.
bad_update() {
	local sentence=$1 before
	shift
	before=$(files_of_dnsmasq)
	expect_unchanged expect_error "$sentence" vif network update home "$@"
	expect_equal "$(files_of_dnsmasq)" "$before"
	is_answered printer 192.168.99.77
}

test_a_running_networks_hosts_and_names_change_without_a_restart() {
	local pid
	need busybox
	usual
	virtual_network home 192.168.99 "mode='nat'"
	pid=$(dnsmasq_pid home)
	is_answered printer ""
	expect_ok vif network update home add dns-host "<host ip='192.168.99.77'><hostname>printer</hostname></host>"
	wait_until 5 is_answered printer 192.168.99.77
	expect_ok vif network update home add ip-dhcp-host "<host mac='52:54:00:00:00:01' name='one' ip='192.168.99.201'/>"
	grep -qx '52:54:00:00:00:01,one,192.168.99.201' "$(runtime_dir)/dnsmasq/home.hosts"

	bad_update "network 'home' has no <ip> that this could belong to" \
		add ip-dhcp-host "<host mac='52:54:00:00:00:02' name='two' ip='fd00::1'/>"
	bad_update "<range start='10.0.0.2' end='10.0.0.9'> is not inside of 192.168.99.0/24" \
		add ip-dhcp-range "<range start='10.0.0.2' end='10.0.0.9'/>"
	bad_update "network 'home': <host name='two'> has the mac '52:54:00:00:00:01' of <host name='one'>" \
		add ip-dhcp-host "<host mac='52:54:00:00:00:01' name='two' ip='192.168.99.202'/>"
	bad_update "<host ip='192.168.99.1'> is the host's own address in 192.168.99.0/24" \
		add ip-dhcp-host "<host mac='52:54:00:00:00:02' ip='192.168.99.1'/>"
	bad_update "<host ip='192.168.98.7'> is not inside of 192.168.99.0/24" \
		add ip-dhcp-host "<host mac='52:54:00:00:00:02' ip='192.168.98.7'/>"
	bad_update "network 'home' has no <host> that matches '192.168.99.78'" delete dns-host "<host ip='192.168.99.78'/>"
	bad_update "*<txt name='a,b'> is not a name that DNS has" add dns-txt "<txt name='a,b' value='c'/>"

	expect_ok vif network update home delete dns-host "<host ip='192.168.99.77'/>"
	wait_until 5 is_answered printer ""
	expect_equal "$(dnsmasq_pid home)" "$pid"
	kill -0 "$pid"
	expect_ok vif network stop home
}

test_a_running_network_is_defined_anew() {
	usual
	virtual_network home 192.168.99 "mode='nat'"
	expect_ok vif network define "$T/home.xml"
	expect_equal "$OUT" "network home is defined like this already"
	sed -i "s,<forward .*,<forward mode='route'/>," "$T/home.xml"
	expect_ok vif network define "$T/home.xml"
	expect_equal "$OUT" "network home is replaced; at its next start: forward mode"
	expect_ok vif network stop home
}

test_a_network_that_cannot_be_repaired_is_stopped_whole() {
	usual
	virtual_network home 192.168.99 "mode='nat'"
	kill_vifd
	ip -n host link delete vifbr0
	ip -n host link add vifbr0 type veth peer name other
	start_vifd
	expect_json '.[0].active' vif network list --json
	expect_equal "$(link vifbr0 .linkinfo.info_kind)" veth
	expect_ok vif network stop home
	expect_equal "$(link vifbr0 .linkinfo.info_kind)" veth
	expect_failure has_table
	expect_equal "$(dnsmasqs)$(find "$(runtime_dir)/dnsmasq" ! -type d)" ""
	ip -n host link delete vifbr0
	expect_ok vif network start home
	expect_ok vif network stop home
}

slow_is_running() {
	[ -n "$(slow_ones)" ]
}

no_slow_is_running() {
	[ -z "$(slow_ones)" ]
}

# The pids of those that are on their way to become dnsmasq.
slow_ones() {
	local pid
	for pid in $(ip netns pids host); do
		grep -qsz "^$T/slow$" "/proc/$pid/cmdline" && echo "$pid"
	done
	return 0
}

# It writes its pid file before the process that was started ends, so for a moment there are two.
only_its_dnsmasq_runs() {
	local pids
	pids=$(dnsmasqs) && [ -n "$pids" ] && [ "$pids" = "$(dnsmasq_pid "$1" 2>/dev/null)" ]
}

test_a_dnsmasq_that_was_on_its_way_when_vifd_was_killed() {
	local client pid
	# Waits without a process of its own.
	cat >"$T/slow" <<-'END'
		#!/usr/bin/env bash
		exec 3<> <(:)
		read -r -t 0.5 -u 3
		exec dnsmasq "$@" 3>&-
	END
	chmod +x "$T/slow"
	export VIFD_DNSMASQ=$T/slow
	usual
	define_virtual home 192.168.99 "mode='nat'"
	vif network start home >/dev/null 2>&1 &
	client=$!
	wait_until 5 slow_is_running
	kill_vifd
	wait "$client" || true
	start_vifd
	expect_json '.[0].active' vif network list --json
	# It is started beside everything else.
	wait_until 5 only_its_dnsmasq_runs home
	expect_equal "$(slow_ones)" ""
	pid=$(dnsmasq_pid home)

	# The same, and the network is not wanted any more.
	kill_vifd
	kill "$pid"
	(exec_on host "$T/slow" "--conf-file=$(runtime_dir)/dnsmasq/home.conf") &
	wait_until 5 slow_is_running
	rm "$(runtime_dir)/networks/home.xml"
	start_vifd
	wait_until 5 no_slow_is_running
	expect_equal "$(dnsmasqs)" ""
	expect_equal "$(our_links)$(find "$(runtime_dir)/dnsmasq" ! -type d)" ""
}

# --- whom guests are answered by ----------------------------------------------------

# An /etc that the test may change; for all programs that are started from here on.
own_etc() {
	cp -a /etc "$T/own-etc"
	mount --bind "$T/own-etc" /etc
}

# upstream ADDRESS NAME=IP: a name server in the world that knows this name.
upstream() {
	ip -n world address replace "$1/24" dev br0
	ip netns exec world dnsmasq --conf-file=/dev/null --no-resolv --no-hosts --bind-interfaces \
		--listen-address="$1" --pid-file="$T/upstream-$1.pid" --address="/${2%=*}/${2#*=}"
}

end_upstreams() {
	local file
	for file in "$T"/upstream-*.pid; do
		kill "$(cat "$file")"
		wait_until 5 has_ended "$(cat "$file")"
	done
}

inotify_instances() {
	find "/proc/$1/fd" -lname '*inotify*' | wc -l
}

test_the_hosts_name_servers_are_handed_on_as_they_are_now() {
	local pid
	need busybox
	own_etc
	ln -sfT "$T/resolver/resolv.conf" /etc/resolv.conf
	usual
	ip -n host address add 10.9.0.2/24 dev eth1
	upstream 10.9.0.11 up.example=10.1.1.1
	upstream 10.9.0.12 up.example=10.1.1.2
	# A link to nowhere, as it is before the host's own resolver has started.
	virtual_network home 192.168.99 "mode='nat'"
	pid=$(dnsmasq_pid home)
	kill -0 "$pid"
	is_answered up.example ""
	mkdir "$T/resolver"
	echo "nameserver 10.9.0.11" >"$T/resolver/resolv.conf"
	wait_until 5 is_answered up.example 10.1.1.1
	# Renamed over, rewritten in place, a file instead of the link, gone.
	echo "nameserver 10.9.0.12" >"$T/resolver/new"
	mv "$T/resolver/new" "$T/resolver/resolv.conf"
	wait_until 5 is_answered up.example 10.1.1.2
	echo "nameserver 10.9.0.11" >"$T/resolver/resolv.conf"
	wait_until 5 is_answered up.example 10.1.1.1
	rm /etc/resolv.conf
	wait_until 5 is_answered up.example ""
	echo "nameserver 10.9.0.12" >/etc/resolv.conf
	wait_until 5 is_answered up.example 10.1.1.2
	# By the same process, which watches nothing itself.
	expect_equal "$(dnsmasq_pid home)" "$pid"
	expect_equal "$(inotify_instances "$pid")" 0
	# What has changed while vifd was away is told when it is back.
	kill_vifd
	echo "nameserver 10.9.0.11" >/etc/resolv.conf
	start_vifd
	wait_until 5 is_answered up.example 10.1.1.1
	expect_equal "$(dnsmasq_pid home)" "$pid"
	end_upstreams
	expect_ok vif network stop home
}

test_guests_are_not_told_the_hosts_own_names_unless_the_network_says_so() {
	local host
	need busybox
	own_etc
	host=$(uname -n)
	echo "127.0.1.1 $host
10.2.3.4 db.corp.example" >/etc/hosts
	usual
	virtual_network home 192.168.99
	wait_until 5 is_answered "$host" 192.168.99.1
	is_answered db.corp.example ""
	expect_ok vif network stop home
	sed "s|<ip |<dns xmlns:vif='urn:vifd:1' vif:hosts='yes'/>&|" "$T/home.xml" >"$T/hosts.xml"
	expect_ok vif network define "$T/hosts.xml"
	started home
	wait_until 5 is_answered db.corp.example 10.2.3.4
	expect_ok vif network stop home
}

# The name of the host, as vifd sees it; a UTS namespace of its own has it, so that nobody else's changes.
rename_host() {
	nsenter --uts --target "$(vifd_pid)" hostname "$1"
}

test_the_hosts_new_name_reaches_guests_at_once() {
	local pid
	need busybox
	export VIFD_WRAPPER="unshare --uts"
	usual
	virtual_network home 192.168.99
	pid=$(dnsmasq_pid home)
	rename_host first.example
	wait_until 5 is_answered first.example 192.168.99.1
	is_answered first 192.168.99.1
	rename_host second
	wait_until 5 is_answered second 192.168.99.1
	is_answered first.example ""
	# By the same process: a name is no reason for another one.
	expect_equal "$(dnsmasq_pid home)" "$pid"
	expect_ok vif network stop home
}

# As many networks as one likes, however few instances of inotify root may have.
test_networks_need_no_instances_of_inotify() {
	local i
	usual
	for i in 1 2 3; do
		virtual_network "net$i" "192.168.10$i" "mode='nat'"
		expect_equal "$(inotify_instances "$(dnsmasq_pid "net$i")")" 0
	done
	for i in 1 2 3; do
		expect_ok vif network stop "net$i"
	done
}

# --- what is the host's own ------------------------------------------------------------

# serve PROTOCOL ADDRESS PORT: a process of the host that waits there; its pid is in $SERVER.
serve() {
	need socat
	on host socat "$1-LISTEN:$3,bind=$2,fork,reuseaddr" SYSTEM:'echo the host' &
	wait_until 5 is_served "$3"
	SERVER=$(on host ss -Hlntup "sport = :$3" | sed -n 's/.*pid=\([0-9]*\).*/\1/p' | head -n 1)
}

is_served() {
	[ -n "$(on host ss -Hlntu "sport = :$1")" ]
}

end_server() {
	kill "$SERVER"
	wait_until 5 has_ended "$SERVER"
}

is_forwarded() {
	on host nft list table inet vifd | grep "dport $1 .*dnat" >/dev/null
}

# The host boots: what is in /run has gone. Nothing runs.
boot() {
	kill_vifd
	rm -f "$(runtime_dir)/autostarted"
	start_vifd
}

forward_22="<forward proto='tcp' port='22' to='192.168.99.9'/>"

test_a_port_that_the_host_serves_leads_to_a_guest_only_by_roots_force() {
	local refused
	usual
	virtual_network home 192.168.99 "mode='nat'"
	serve TCP4 0.0.0.0 22
	refused="network 'home': port 22 (tcp) is served by this host itself, by process $SERVER (socat); root can have that all the same, with --force"
	expect_unchanged expect_error "$refused" vif network update home add forward "$forward_22"
	sed "s|<forward mode='nat'/>|<forward mode='nat'><vif:forward xmlns:vif='urn:vifd:1' ${forward_22#<forward}</forward>|" \
		"$T/home.xml" >"$T/with.xml"
	expect_unchanged expect_error "$refused" vif network define "$T/with.xml"
	expect_failure is_forwarded 22
	expect_ok vif network update home add forward "$forward_22" --force
	is_forwarded 22
	# What is there already does not need it again: other changes, a vifd that is new, what it mends.
	expect_ok vif network update home add forward "<forward proto='tcp' port='8080' to='192.168.99.9'/>"
	kill_vifd
	start_vifd
	is_forwarded 22
	# A start does.
	expect_ok vif network stop home
	expect_unchanged expect_error "$refused" vif network start home
	# At a boot it is as root has said; nobody is there to say it then.
	expect_ok vif network autostart home
	boot
	expect_json '.[0] | .autostart and (.["autostart-force"] | not) and (.active | not)' vif network list --json
	grep -q "$refused" "$T/host/vifd.log"
	expect_ok vif network autostart home --force
	boot
	wait_until 5 is_forwarded 22
	expect_json '.[0] | .autostart and .["autostart-force"] and .active' vif network list --json
	expect_ok vif network stop home
	# It was said of this definition: another one has to be accepted anew. One that is refused changes nothing.
	expect_error "*is not a name that DNS has" vif network update home add dns-txt "<txt name='a,b' value='c'/>"
	expect_json '.[0]["autostart-force"]' vif network list --json
	expect_ok vif network update home add dns-txt "<txt name='a.example' value='c'/>" --force
	expect_json '.[0]["autostart-force"]' vif network list --json
	expect_ok vif network update home delete dns-txt "<txt name='a.example'/>"
	expect_json '.[0] | .autostart and (.["autostart-force"] | not)' vif network list --json
	boot
	expect_failure is_forwarded 22
	expect_ok vif network autostart home --force
	expect_ok vif network autostart home --disable
	expect_equal "$(find "$(config_dir)/networks/autostart" ! -type d)" ""
	expect_ok vif network start home --force
	expect_match "*port 22 (tcp) leads to 192.168.99.9 from now on, and no longer to process $SERVER (socat)*" "$OUT"
	expect_ok vif network stop home
	end_server
	expect_ok vif network start home
	expect_ok vif network stop home
}

test_a_member_of_the_group_takes_no_port_and_no_way_of_the_host() {
	group_vifd
	usual
	virtual_network home 192.168.99 "mode='nat'"
	serve TCP4 0.0.0.0 22
	expect_error "*is served by this host itself*" \
		as_member 65533 vif network update home add forward "$forward_22" --force
	expect_failure is_forwarded 22
	expect_ok vif network stop home
	sed -i "s|</network>|<route address='0.0.0.0' prefix='1' gateway='192.168.99.9'/>&|" "$T/home.xml"
	expect_ok as_member 65533 vif network define - <"$T/home.xml"
	expect_error "network 'home': with 0.0.0.0/1 guests would be this host's own way to a great part of the world; root can have that all the same, with --force" \
		as_member 65533 vif network start home --force
	expect_equal "$(on host ip route show 0.0.0.0/1)" ""
	# Nor at a boot.
	expect_ok as_member 65533 vif network autostart home --force
	expect_json '.[0] | .autostart and (.["autostart-force"] | not)' vif network list --json
	expect_ok vif network autostart home --disable
	expect_ok vif network start home --force
	expect_match "0.0.0.0/1 via 192.168.99.9 dev vifbr0 *" "$(on host ip route show 0.0.0.0/1)"
	expect_ok vif network stop home
	end_server
}

# --- other packet filters ----------------------------------------------------------------

# host_filter: a table of the host's own that drops what it does not accept, as many hosts have one.
host_filter() {
	on host nft -f - <<-'END'
		table inet hostfw
		delete table inet hostfw
		table inet hostfw {
			chain input {
				type filter hook input priority 0; policy drop;
				iif lo accept
			}
			chain forward {
				type filter hook forward priority 0; policy accept;
				ct state established,related accept
				counter drop
			}
			chain other {
				type filter hook output priority 0; policy drop;
				accept
			}
		}
	END
}

input_is_in_the_way="the packet filter of this host is in the way: chain input of table inet hostfw drops what guests ask of the host, their addresses and names; \`nft insert rule inet hostfw input iifname vifbr0 accept\` lets it pass"

# rules_told: runs the rules that the last command has said would help.
rules_told() {
	# shellcheck disable=SC2016 # backquotes
	grep 'is in the way' <<<"$OUT" | grep -o '`[^`]*`' | tr -d '`' >"$T/rules"
	[ -s "$T/rules" ]
	while read -r rule; do
		# shellcheck disable=SC2086 # words
		on host $rule
	done <"$T/rules"
}

test_a_packet_filter_of_the_host_that_is_in_the_way_is_told_with_the_rule_that_helps() {
	usual
	host_filter
	define_virtual home 192.168.99 "mode='nat'"
	expect_ok vif network start home
	expect_match "*$input_is_in_the_way*" "$OUT"
	expect_match "*chain forward of table inet hostfw drops what guests send through the host*iifname vifbr0 accept\` and *oifname vifbr0 accept\` let it pass*" "$OUT"
	expect_equal "$(grep -c 'is in the way' <<<"$OUT")" 2
	grep -q "network 'home': the packet filter of this host is in the way: chain input" "$T/host/vifd.log"
	expect_ok vif check network=home
	expect_match "*$input_is_in_the_way*" "$OUT"
	expect_json '.[] | select(.name == "packet-filters") | .status == "no" and .detail ==
		"chain input of table inet hostfw drops, chain forward of table inet hostfw drops"' vif doctor -v --json
	# What is said helps, and then nothing is said.
	expect_ok vif check network=home
	rules_told
	expect_ok vif check network=home
	expect_equal "$(grep -c 'is in the way' <<<"$OUT")" 0
	expect_json '.[] | select(.name == "packet-filters") | .status == "yes"' vif doctor -v --json
	expect_ok vif network stop home
	expect_ok vif network start home
	expect_equal "$(grep -c 'is in the way' <<<"$OUT")" 0
	expect_ok vif network stop home
}

test_a_filter_that_lets_all_pass_or_is_for_another_family_is_in_nobodys_way() {
	usual
	on host nft -f - <<-'END'
		table inet open {
			chain input { type filter hook input priority 0; policy accept; tcp dport 22 drop; }
			chain forward { type filter hook forward priority 0; policy accept; iifname "eth7" drop; }
		}
		table ip6 six {
			chain input { type filter hook input priority 0; policy drop; }
		}
	END
	define_virtual home 192.168.99 "mode='nat'"
	expect_ok vif network start home
	expect_equal "$(grep -c 'is in the way' <<<"$OUT")" 0
	expect_ok vif network stop home
	# iptables' own are changed by iptables.
	on host nft add table ip filter
	on host nft add chain ip filter INPUT '{ type filter hook input priority 0; policy drop; }'
	expect_ok vif network start home
	expect_match "*chain INPUT of table ip filter drops *; \`iptables -I INPUT -i vifbr0 -j ACCEPT\` lets it pass*" "$OUT"
	expect_ok vif network stop home
}

is_given_up() {
	local pid
	pid=$(dnsmasq_pid home 2>/dev/null) && kill -9 "$pid" 2>/dev/null
	vif network list --json | jq -e '.[0].problem' >/dev/null
}

test_a_network_whose_dnsmasq_is_given_up_says_so() {
	local problem="dnsmasq has ended by itself more than 5 times in a minute, and is started again when the minute is over"
	usual
	virtual_network home 192.168.99
	expect_json '.[0].problem == null' vif network list --json
	wait_until 10 is_given_up
	expect_ok vif network list
	expect_match "*$problem*" "$OUT"
	expect_ok vif network show home
	expect_equal "$ERR" "vif: network 'home': $problem"
	expect_json ".problem == \"$problem\"" vif network show home --json
	expect_json ".networks[0].problem == \"$problem\"" vif capabilities --json
	# A stop and a start are a way out.
	expect_ok vif network stop home
	expect_ok vif network start home
	expect_json '.[0].problem == null' vif network list --json
	expect_ok vif network stop home
}

# slow_dnsmasq SECONDS [STATUS]: each dnsmasq that vifd starts takes that long, and then fails if a status is given.
slow_dnsmasq() {
	cat >"$T/slow-dnsmasq" <<-END
		#!/bin/sh
		sleep $1
		${2:+echo "dnsmasq: too bad" >&2; exit $2}
		exec $(command -v dnsmasq) "\$@"
	END
	chmod +x "$T/slow-dnsmasq"
	export VIFD_DNSMASQ=$T/slow-dnsmasq
}

is_within() { # MSEC COMMAND…
	local begin=${EPOCHREALTIME/./} msec=$1
	shift
	"$@" >/dev/null
	[ $(((${EPOCHREALTIME/./} - begin) / 1000)) -lt "$msec" ] || fail "'$*' took $(((${EPOCHREALTIME/./} - begin) / 1000)) ms"
}

# in_turn NAME WORD…: `vif WORD…` beside what comes next; in_turn_ends NAME waits for it: $OUT is what it says.
in_turn() {
	local name=$1
	shift
	vif "$@" >"$T/turn-$name" 2>&1 &
	TURNS[$name]=$!
}

in_turn_ends() {
	STATUS=0
	wait "${TURNS[$1]}" || STATUS=$?
	OUT=$(head -n 1 "$T/turn-$1")
}

declare -A TURNS

test_everything_else_is_served_while_a_dnsmasq_takes_its_time() {
	slow_dnsmasq 2
	usual
	define_virtual home 192.168.99 "mode='nat'"
	in_turn start network start home
	wait_until 5 has_link vifbr0
	is_within 1000 vif list
	plug ethernet
	unplug "$PORT"
	# It is not there for guests yet. Who wants it changed waits for his turn.
	expect_json '.[0].active | not' vif network list --json
	expect_error "network 'home' is not active*" vif plug network=home
	in_turn again network start home
	sleep 0.1
	in_turn stop network stop home
	kill -0 "${TURNS[start]}" "${TURNS[stop]}" "${TURNS[again]}"
	in_turn_ends start
	expect_match "network home is started*" "$OUT"
	in_turn_ends again
	expect_equal "$STATUS $OUT" "1 vif: network 'home' is already active"
	in_turn_ends stop
	expect_equal "$STATUS $OUT" "0 network home is stopped"
	no_link vifbr0
	expect_equal "$(dnsmasqs)$(find "$(runtime_dir)/dnsmasq" ! -type d)" ""
}

other_range="<range start='192.168.99.200' end='192.168.99.210'/>"

# What the process serves can only be what it was started with.
has_range() {
	grep -q "^dhcp-range=.*192.168.99.200" "$(runtime_dir)/dnsmasq/home.conf"
}

# runs_with_range YES|NO: what is told, written and served is the same.
runs_with_range() {
	local told=no written=no
	vif network show home | grep 192.168.99.200 >/dev/null && told=yes
	grep 192.168.99.200 "$(runtime_dir)/networks/home.xml" >/dev/null && written=yes
	expect_equal "$told $written" "$1 $1"
	wait_until 5 only_its_dnsmasq_runs home
	if [ "$1" = yes ]; then has_range; else expect_failure has_range; fi
}

test_a_change_that_takes_another_dnsmasq_is_done_beside_everything_else() {
	usual
	define_virtual home 192.168.99 "mode='nat'"
	sed -i "s,end='192.168.99.254',end='192.168.99.99'," "$T/home.xml"
	expect_ok vif network define "$T/home.xml"
	started home
	slow_dnsmasq 1
	kill_vifd
	start_vifd
	# The old one does not even hear that it is to end.
	kill -STOP "$(dnsmasq_pid home)"
	in_turn range network update home add ip-dhcp-range "$other_range"
	wait_until 5 is_asked_to_end "$(dnsmasq_pid home)"
	is_within 300 vif list
	expect_failure has_range
	in_turn txt network update home add dns-txt "<txt name='one.example' value='1'/>"
	in_turn_ends range
	expect_equal "$STATUS" 0
	runs_with_range yes
	in_turn_ends txt
	expect_equal "$STATUS" 0
	vif network show home >"$T/now.xml"
	grep -q one.example "$T/now.xml"
	grep -q one.example "$(runtime_dir)/dnsmasq/home.conf"

	# A vifd that is to end does not wait for it. Who has asked is told, and all is as it was.
	expect_ok vif network update home delete dns-txt "<txt name='one.example'/>"
	in_turn range network update home delete ip-dhcp-range "$other_range"
	wait_until 5 dnsmasq_is_starting
	is_within 1000 stop_vifd
	in_turn_ends range
	expect_equal "$STATUS $OUT" "1 vif: vifd has ended before the network was changed"
	start_vifd
	runs_with_range yes
	# Nor has one that is killed changed anything.
	in_turn range network update home delete ip-dhcp-range "$other_range" --live
	wait_until 5 dnsmasq_is_starting
	kill_vifd
	in_turn_ends range
	expect_equal "$STATUS" 1
	start_vifd
	runs_with_range yes

	# What dnsmasq refuses is taken back, and so is all that was written.
	cp "$(runtime_dir)/networks/home.xml" "$T/before.xml"
	cp "$(config_dir)/networks/home.xml" "$T/definition.xml"
	failing_once_dnsmasq
	expect_error "*network 'home': dnsmasq: too bad" vif network update home delete ip-dhcp-range "$other_range"
	runs_with_range yes
	cmp "$T/before.xml" "$(runtime_dir)/networks/home.xml"
	cmp "$T/definition.xml" "$(config_dir)/networks/home.xml"
	expect_ok vif network update home delete ip-dhcp-range "$other_range"
	runs_with_range no
	expect_ok vif network stop home
	wait_until 5 no_sleep
}

# Of the pending signals, SIGTERM.
is_asked_to_end() {
	[ $((0x$(sed -n 's/^ShdPnd:\t//p' "/proc/$1/status") & 0x4000)) != 0 ]
}

dnsmasq_is_starting() {
	! dnsmasq_pid home >/dev/null 2>&1 || ! kill -0 "$(dnsmasq_pid home)" 2>/dev/null
}

# In place of slow_dnsmasq.
failing_once_dnsmasq() {
	cat >"$T/slow-dnsmasq" <<-END
		#!/bin/sh
		[ -e $T/failed ] || { touch $T/failed; echo "dnsmasq: too bad" >&2; exit 3; }
		exec $(command -v dnsmasq) "\$@"
	END
}

test_a_start_whose_dnsmasq_fails_late_is_undone() {
	slow_dnsmasq 1 3
	usual
	define_virtual home 192.168.99
	mkdir "$(runtime_dir)/dnsmasq"
	snapshot "$T/before"
	expect_error "network 'home': dnsmasq: too bad" vif network start home
	expect_like "$T/before"
	expect_json '.[0].active | not' vif network list --json
	expect_equal "$(dnsmasqs)" ""
	# So is one that vifd does not live to see.
	slow_dnsmasq 3
	kill_vifd
	start_vifd
	vif network start home >/dev/null 2>&1 &
	wait_until 5 has_link vifbr0
	kill_vifd
	wait "$!" || true
	unset VIFD_DNSMASQ
	start_vifd
	wait_until 10 test -s "$(runtime_dir)/dnsmasq/home.pid"
	expect_json '.[0].active' vif network list --json
	expect_ok vif network stop home
	wait_until 5 no_sleep
}

# The one in slow_dnsmasq may outlive its shell.
no_sleep() {
	! pgrep -x sleep >/dev/null
}
