# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The packet filter of networks that vifd makes, asked by packets.
#
# The lab: `host` with bridge virbr0 (guests `guest`, `second`), virbr1 (`other`) and virbr2
# (`alone`), and two uplinks, enp0s7 to `outside` and enp0s8 to `elsewhere`. The rules are nftables' text, of
# tests/harness/ruleset or libvirt's; no vifd runs here.

HARNESS=$VIFD_BUILD/tests/harness

# member NAME BRIDGE ADDRESS…: a namespace whose eth0 is a port of the host's bridge; its gateways are the host's ".1"s.
member() {
	local name=$1 bridge=$2 address
	shift 2
	lab_space "$name"
	ip -n "$name" link add eth0 type veth peer name "$name" netns host
	ip -n host link set "$name" master "$bridge" up
	ip -n "$name" link set eth0 up
	for address; do
		ip -n "$name" address add "$address" dev eth0
	done
}

lab_space() {
	ip netns add "$1"
	# Addresses at once; each refusal told, not only so many a second.
	ip netns exec "$1" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
		net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 net.ipv4.conf.all.send_redirects=0 \
		net.ipv4.conf.default.send_redirects=0 net.ipv4.conf.all.accept_redirects=0 \
		net.ipv4.conf.default.accept_redirects=0
	ip -n "$1" link set lo up
}

# uplink NAME INTERFACE PREFIX4 PREFIX6
uplink() {
	lab_space "$1"
	ip -n host link add "$2" type veth peer name eth0 netns "$1"
	ip -n host link set "$2" up
	ip -n host address add "$3.1/24" dev "$2"
	ip -n host address add "$4::1/64" dev "$2"
	ip -n "$1" link set eth0 up
	ip -n "$1" address add "$3.2/24" dev eth0
	ip -n "$1" address add "$4::2/64" dev eth0
	gateway "$1" "$3.1" "$4::1"
}

gateway() {
	ip -n "$1" route add default via "$2"
	ip -n "$1" route add default via "$3"
}

lab() {
	local i address
	need nft
	lab_space host
	ip netns exec host sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	for i in 0 1 2; do
		ip -n host link add "virbr$i" address "02:00:00:00:00:0$i" type bridge stp_state 0 forward_delay 0 mcast_snooping 0
		ip -n host link set "virbr$i" up
	done
	for address in 192.168.{122,128,150}.1/24 2001:db8:ca2:2::1/64; do
		ip -n host address add "$address" dev virbr0
	done
	ip -n host address add 192.168.200.1/24 dev virbr1
	ip -n host address add 2001:db8:ca2:3::1/64 dev virbr1
	ip -n host address add 192.168.210.1/24 dev virbr2
	ip -n host address add 2001:db8:ca2:4::1/64 dev virbr2
	uplink outside enp0s7 10.0.0 fd00:10
	uplink elsewhere enp0s8 10.0.1 fd00:11
	member guest virbr0 192.168.122.10/24 2001:db8:ca2:2::10/64 172.31.0.5/32
	member second virbr0 192.168.{122,128,150}.11/24 2001:db8:ca2:2::11/64
	member other virbr1 192.168.200.10/24 2001:db8:ca2:3::10/64
	member alone virbr2 192.168.210.10/24 2001:db8:ca2:4::10/64
	gateway guest 192.168.122.1 2001:db8:ca2:2::1
	gateway second 192.168.122.1 2001:db8:ca2:2::1
	gateway other 192.168.200.1 2001:db8:ca2:3::1
	gateway alone 192.168.210.1 2001:db8:ca2:4::1
	ip -n host route add 172.31.0.5 via 192.168.122.10
	wait_until 5 all_forwarding
}

all_forwarding() {
	! ip netns exec host bridge link | grep -qv 'state forwarding'
}

nft_host() {
	ip netns exec host nft "$@"
}

# --- the same as libvirt's rules ---------------------------------------------------

corpus() {
	echo "${VIFD_CORPUS:-$VIFD_SOURCE/../shared/corpus}/libvirt/tests/networkxml2firewalldata"
}

# Its command lines (one argument a line, `\` at the end) as a file for nft. tc is about checksums.
nft_commands() {
	sed -e ':join' -e '/\\$/N;s/\\\n//;tjoin' "$@" | sed -nE "s/'//g;s/^nft (-ae )?(insert|add)/\2/p"
}

# renamed N SUBNET PREFIX: the network's rules or XML as those of another one.
renamed() {
	sed "s/virbr0/virbr$1/g;s/192\.168\.122\./192.168.$2./g;s/ca2:2:/ca2:$3:/g"
}

# The XML of a network of the corpus, and the rules for it. Some stand there once for several: those for
# TFTP are those without, those without DHCP are those with. Of nat-many-ips there are only rules.
xml_of() {
	if [ "$1" = nat-many-ips ]; then
		sed "s|</network>|<ip address='192.168.128.1' netmask='255.255.255.0'/>\n<ip address='192.168.150.1' netmask='255.255.255.0'/>\n&|" \
			"$(corpus)/nat-default.xml"
	else
		cat "$(corpus)/$1.xml"
	fi
}

rules_of() {
	local name=$1
	case $name in
	nat-default) name=nat-tftp ;;
	nat-no-dhcp) name=nat-ipv6 ;;
	esac
	nft_commands "$(corpus)/$name-linux.nftables"
}

load_libvirt() {
	{
		nft_commands "$(corpus)/base.nftables"
		rules_of "$1"
		rules_of nat-ipv6 | renamed 1 200 3
		rules_of isolated | renamed 2 210 4
	} >"$T/libvirt.nft"
	nft_host flush ruleset
	nft_host -f "$T/libvirt.nft"
}

# For $T/network.xml and the others.
load_ours() {
	xml_of nat-ipv6 | renamed 1 200 3 >"$T/other.xml"
	xml_of isolated | renamed 2 210 4 >"$T/alone.xml"
	"$HARNESS/ruleset" "$T/network.xml" "$T/other.xml" "$T/alone.xml" >"$T/ours.nft"
	nft_host flush ruleset
	nft_host -f "$T/ours.nft"
}

# Each number is used once: conntrack would take a probe for one of the run before, or give it the port that its source
# got there.
PORT_NEXT=10000
LOW_NEXT=100

# probe NAME PROTOCOL FROM ADDRESS PORT TO ADDRESS
probe() {
	PORT_NEXT=$((PORT_NEXT + 1))
	echo "$* $PORT_NEXT"
}

# low NAME PROTOCOL FROM ADDRESS TO ADDRESS: from a port that programs without privilege do not have.
low() {
	LOW_NEXT=$((LOW_NEXT + 1))
	probe "$1" "$2" "$3" "$4" $LOW_NEXT "$5" "$6"
}

# both NAME FROM ADDRESS TO ADDRESS: with each protocol.
both() {
	local protocol
	for protocol in udp tcp icmp; do
		probe "$1-$protocol" $protocol "$2" "$3" 0 "$4" "$5"
	done
}

# family NAME GUEST SECOND OTHER ALONE OUTSIDE ELSEWHERE HOST: what is asked of IPv4 and of IPv6.
family() {
	local name=$1 guest=$2 second=$3 other=$4 alone=$5 outside=$6 elsewhere=$7 host=$8
	both "$name-guest-to-outside" guest - outside "$outside"
	both "$name-guest-to-elsewhere" guest - elsewhere "$elsewhere"
	both "$name-outside-to-guest" outside - guest "$guest"
	both "$name-elsewhere-to-guest" elsewhere - guest "$guest"
	both "$name-guest-to-second" guest - second "$second"
	both "$name-guest-to-other" guest - other "$other"
	both "$name-other-to-guest" other - guest "$guest"
	both "$name-guest-to-alone" guest - alone "$alone"
	both "$name-alone-to-guest" alone - guest "$guest"
	both "$name-guest-to-host" guest - host "$host"
	both "$name-host-to-guest" host - guest "$guest"
	low "$name-low-port-udp" udp guest - outside "$outside"
	low "$name-low-port-tcp" tcp guest - outside "$outside"
}

# probes XML: for the subnets that the network has.
probes() {
	local subnet
	family v4 192.168.122.10 192.168.122.11 192.168.200.10 192.168.210.10 10.0.0.2 10.0.1.2 192.168.122.1
	both v4-guest-forged-to-outside guest 172.31.0.5 outside 10.0.0.2
	low v4-host-multicast once host 192.168.122.1%virbr0 guest 224.0.0.1
	low v4-host-broadcast once host 192.168.122.1%virbr0 guest 255.255.255.255
	for subnet in 128 150; do
		grep -q "192.168.$subnet.1" "$1" || continue
		both "v4-$subnet-to-outside" second "192.168.$subnet.11" outside 10.0.0.2
		both "v4-outside-to-$subnet" outside - second "192.168.$subnet.11"
		both "v4-guest-to-$subnet" guest - second "192.168.$subnet.11"
	done
	if grep -q 2001:db8 "$1"; then
		family v6 2001:db8:ca2:2::10 2001:db8:ca2:2::11 2001:db8:ca2:3::10 2001:db8:ca2:4::10 \
			fd00:10::2 fd00:11::2 2001:db8:ca2:2::1
		low v6-host-multicast once host 2001:db8:ca2:2::1%virbr0 guest ff02::1
	fi
}

# Where we decide otherwise than libvirt, on purpose. Patterns of NETWORK PROBE, libvirt's verdict and ours; and why.
deviations() {
	cat <<-'END'
		isolated v6-guest-to-other-*#@(passed*, no answer|lost)#rejected#the network that it comes from is asked too
		* v[46]-alone-to-guest-*#@(passed*, no answer|lost)#rejected#the network that it comes from is asked too
		* v4-guest-to-@(128|150)-*#passed from 192.168.1[25][08].1*#passed from 192.168.122.10*#no translation inside a network
	END
}

# is_deviation PROBE LIBVIRT OURS: is it one of those? Counts it.
is_deviation() {
	local i probe libvirt ours
	for i in "${!DEVIATIONS[@]}"; do
		IFS='#' read -r probe libvirt ours _ <<<"${DEVIATIONS[i]}"
		# shellcheck disable=SC2053 # patterns
		if [[ $1 == $probe && $2 == $libvirt && $3 == $ours ]]; then
			DEVIATED[i]=$((DEVIATED[i] + 1))
			return
		fi
	done
	return 1
}

# compare NETWORK: its probes' verdicts, counted; says those that should be equal and are not.
compare() {
	local name libvirt ours
	while IFS='#' read -r name libvirt ours; do
		PROBES=$((PROBES + 1))
		[[ $libvirt != passed* ]] || PASSED=$((PASSED + 1))
		[ "$libvirt" != "$ours" ] || continue
		is_deviation "$1 $name" "$libvirt" "$ours" || WRONG+=("$1 $name: libvirt's rules: $libvirt; ours: $ours")
	done < <(paste -d '#' "$T/$1.libvirt" <(sed 's/^[^:]*: //' "$T/$1.ours") | sed 's/: /#/')
}

# timeout: 120
test_each_packet_has_the_verdict_that_libvirts_rules_give() {
	local folder name networks=0 i different=0
	PROBES=0 PASSED=0 WRONG=()
	mapfile -t DEVIATIONS < <(deviations)
	DEVIATED=("${DEVIATIONS[@]/*/0}")
	folder=$(corpus)
	[ -d "$folder" ] || skip "there is no corpus at $folder"
	lab
	for name in forward-dev isolated nat-{default,ipv6,ipv6-masquerade,many-ips,no-dhcp,port-range,port-range-ipv6,tftp} route-default; do
		xml_of "$name" >"$T/network.xml"
		load_libvirt "$name"
		probes "$T/network.xml" >"$T/probes"
		"$HARNESS/reach" <"$T/probes" >"$T/$name.libvirt"
		load_ours
		probes "$T/network.xml" >"$T/probes"
		"$HARNESS/reach" <"$T/probes" >"$T/$name.ours"
		expect_equal "$(wc -l <"$T/$name.libvirt") $(wc -l <"$T/$name.ours")" "$(wc -l <"$T/probes") $(wc -l <"$T/probes")"
		networks=$((networks + 1))
		compare "$name"
	done
	for i in "${!DEVIATIONS[@]}"; do
		echo "${DEVIATED[i]} times: ${DEVIATIONS[i]}"
		[ "${DEVIATED[i]}" != 0 ] || WRONG+=("never seen: ${DEVIATIONS[i]}")
		different=$((different + DEVIATED[i]))
	done
	note "$networks networks, $PROBES probes ($PASSED pass libvirt's rules), $different other verdicts on purpose, ${#WRONG[@]} by mistake"
	[ "${#WRONG[@]}" = 0 ] || fail "$(printf '%s\n' "${WRONG[@]}")"
}

# --- forwarded ports -----------------------------------------------------------------

# network FORWARD-ATTRIBUTES [CHILD…]: the network on virbr0, with these children of <forward>; and the two others.
# Applied as vifd does, on what is there.
network() {
	local attributes=$1
	shift
	cat >"$T/network.xml" <<-END
		<network xmlns:vif='urn:vifd:1'>
		  <name>red</name>
		  <forward $attributes>$*</forward>
		  <bridge name='virbr0'/>
		  <ip address='192.168.122.1' netmask='255.255.255.0'/>
		  <ip family='ipv6' address='2001:db8:ca2:2::1' prefix='64'/>
		</network>
	END
	cat >"$T/other.xml" <<-END
		<network>
		  <name>blue</name>
		  <forward mode='nat'/>
		  <bridge name='virbr1'/>
		  <ip address='192.168.200.1' netmask='255.255.255.0'/>
		  <ip family='ipv6' address='2001:db8:ca2:3::1' prefix='64'/>
		</network>
	END
	cat >"$T/alone.xml" <<-END
		<network>
		  <name>grey</name>
		  <bridge name='virbr2'/>
		  <ip address='192.168.210.1' netmask='255.255.255.0'/>
		</network>
	END
	"$HARNESS/ruleset" "$T/network.xml" "$T/other.xml" "$T/alone.xml" >"$T/ours.nft"
	nft_host -f "$T/ours.nft"
}

# reach VERDICT PROTOCOL FROM ADDRESS PORT TO ADDRESS PORT[:PORT]
reach() {
	local verdict=$1
	shift
	# shellcheck disable=SC2053 # a pattern
	run "$HARNESS/reach" <<<"probe $*"
	[[ $OUT == "probe: "$verdict ]] || fail "$* $OUT, expected $verdict"
}

FORWARD_WEB="<vif:forward proto='tcp' port='8080' to='192.168.122.10' to-port='80'/>"

test_a_forwarded_port_leads_from_outside_to_the_guest() {
	lab
	network "mode='nat'"
	reach rejected tcp outside - 0 guest 10.0.0.1 8080:80
	network "mode='nat'" "$FORWARD_WEB" \
		"<vif:forward proto='udp' port='5300' to='192.168.122.10' to-port='53'/>" \
		"<vif:forward proto='tcp' port='8080' to='2001:db8:ca2:2::10' to-port='80'/>"
	# The guest sees who it is, and the answer comes from where it was sent to.
	reach "passed from 10.0.0.2 port kept" tcp outside - 0 guest 10.0.0.1 8080:80
	reach "passed from 10.0.1.2 port kept" tcp elsewhere - 0 guest 10.0.1.1 8080:80
	reach "passed from 10.0.0.2 port kept" udp outside - 0 guest 10.0.0.1 5300:53
	reach "passed from fd00:10::2 port kept" tcp outside - 0 guest fd00:10::1 8080:80
	# Only this port, and only through the host's address.
	reach rejected tcp outside - 0 guest 10.0.0.1 8081:80
	reach rejected udp outside - 0 guest 10.0.0.1 8080:80
	reach rejected tcp outside - 0 guest 192.168.122.10 80
	reach rejected udp outside - 0 guest 192.168.122.10 53
	# And it goes when it is taken away.
	network "mode='nat'"
	reach rejected tcp outside - 0 guest 10.0.0.1 8080:80
}

test_a_forwarded_port_of_one_address_is_that_ones_only() {
	lab
	network "mode='nat'" "<vif:forward proto='tcp' port='8080' to='192.168.122.10' to-port='80' address='10.0.0.1'/>"
	reach "passed from 10.0.0.2 port kept" tcp outside - 0 guest 10.0.0.1 8080:80
	reach rejected tcp elsewhere - 0 guest 10.0.1.1 8080:80
}

test_a_forwarded_port_works_for_the_host_and_for_guests() {
	local address
	lab
	network "mode='nat'" "$FORWARD_WEB"
	reach "passed from 10.0.0.1 port kept" tcp host - 0 guest 10.0.0.1 8080:80
	for address in 10.0.0.1 192.168.122.1; do
		reach "passed from 192.168.122.1 port kept" tcp second 192.168.122.11 0 guest $address 8080:80
		reach "passed from 192.168.122.1 port kept" tcp other - 0 guest $address 8080:80
		reach rejected tcp alone - 0 guest $address 8080:80
	done
	# A guest finds itself there, but where br_netfilter is on: that never sends a frame back to its own port.
	ip netns exec host sysctl -qw net.bridge.bridge-nf-call-iptables=0 2>/dev/null || true
	reach "passed from 192.168.122.1 port kept" tcp guest 192.168.122.10 0 guest 10.0.0.1 8080:80
	reach "passed from 192.168.122.1 port kept" tcp second 192.168.122.11 0 guest 10.0.0.1 8080:80
	# 127.0.0.1 is the host's own, with or without.
	reach rejected tcp host - 0 guest 127.0.0.1 8080:80
	reach "passed from 127.0.0.1 port kept" tcp host - 0 host 127.0.0.1 8080
}

test_a_forwarded_port_of_a_network_with_forward_dev_works_from_anywhere() {
	lab
	network "mode='nat' dev='enp0s7'" "$FORWARD_WEB"
	reach "passed from 10.0.0.2 port kept" tcp outside - 0 guest 10.0.0.1 8080:80
	reach "passed from 10.0.1.2 port kept" tcp elsewhere - 0 guest 10.0.1.1 8080:80
	reach rejected tcp guest - 0 elsewhere 10.0.1.2 80
	reach "passed from 10.0.0.1 port kept" tcp guest - 0 outside 10.0.0.2 80
}

test_a_forwarded_port_of_a_routed_network() {
	lab
	network "mode='route'" "$FORWARD_WEB"
	reach "passed from 10.0.0.2 port kept" tcp outside - 0 guest 10.0.0.1 8080:80
	reach "passed from 192.168.122.1 port kept" tcp second 192.168.122.11 0 guest 10.0.0.1 8080:80
	reach "passed from 192.168.122.10 port kept" tcp guest 192.168.122.10 0 outside 10.0.0.2 80
}

test_the_rules_mean_a_bridge_that_is_made_anew_too() {
	lab
	network "mode='nat'" "$FORWARD_WEB"
	ip -n host link del virbr0
	ip -n host link add virbr0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
	ip -n host link set guest master virbr0
	ip -n host link set virbr0 up
	ip -n host address add 192.168.122.1/24 dev virbr0
	wait_until 5 all_forwarding
	reach "passed from 10.0.0.1 port kept" tcp guest - 0 outside 10.0.0.2 80
	reach "passed from 10.0.0.2 port kept" tcp outside - 0 guest 10.0.0.1 8080:80
	reach rejected tcp outside - 0 guest 192.168.122.10 80
}

test_a_network_with_addresses_for_translation_uses_those() {
	lab
	ip -n host address add 10.0.0.8/32 dev enp0s7
	ip -n host address add 10.0.0.9/32 dev enp0s7
	network "mode='nat'" "<nat><address start='10.0.0.8' end='10.0.0.9'/><port start='500' end='1000'/></nat>"
	reach "passed from 10.0.0.[89] port 500-1000" tcp guest - 0 outside 10.0.0.2 80
	reach "passed from 10.0.0.[89] port 500-1000" udp guest - 0 outside 10.0.0.2 80
	reach "passed from 10.0.0.[89]" icmp guest - 0 outside 10.0.0.2 80
}

# --- replacing it under traffic ------------------------------------------------------

moves() {
	[ "$(cat "$1")" -gt "$2" ]
}

# It goes on from where it is, within a fraction of a second.
expect_moves() {
	wait_until 5 moves "$1" "$(($(cat "$1") + 20000))"
}

test_applying_the_rules_again_cuts_no_connection() {
	local i in out
	lab
	network "mode='nat'" "$FORWARD_WEB"
	ip netns exec outside "$HARNESS/flow" serve 10.0.0.2 7000 "$T/outward" >"$T/outward.log" &
	out=$!
	ip netns exec guest "$HARNESS/flow" serve 192.168.122.10 80 "$T/inward" >"$T/inward.log" &
	in=$!
	wait_until 5 listens outside 7000
	wait_until 5 listens guest 80
	ip netns exec guest "$HARNESS/flow" call 10.0.0.2 7000 >"$T/guest.log" &
	local guest=$!
	ip netns exec outside "$HARNESS/flow" call 10.0.0.1 8080 >"$T/outside.log" &
	local outside=$!
	wait_until 5 test -s "$T/inward" -a -s "$T/outward"
	for ((i = 0; i < 50; i++)); do
		nft_host -f "$T/ours.nft"
		# A new one is let through in each moment too.
		[ $((i % 10)) != 0 ] || reach "passed from 10.0.0.1 port kept" tcp guest - 0 outside 10.0.0.2 80
	done
	expect_moves "$T/inward"
	expect_moves "$T/outward"
	kill "$guest" "$outside"
	wait "$guest" "$outside" "$in" "$out"
	expect_match "* bytes, sum *" "$(cat "$T/guest.log")"
	expect_match "* bytes, sum *" "$(cat "$T/outside.log")"
}

listens() {
	[ -n "$(ip netns exec "$1" ss -tlnH "sport = :$2")" ]
}
