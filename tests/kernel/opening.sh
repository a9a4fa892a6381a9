# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Packet filters of others that drop what a network's guests send, and the rules of vifd's that let it through: with
# the real iptables, by packets. Guests are `guest`, a namespace on the network's bridge; `world` is outside.

HARNESS=$VIFD_BUILD/tests/harness

# lab: the host reaches the world, by 10.9.0.2 and fd09::2.
lab() {
	need dnsmasq
	need nft
	need iptables-nft
	need busybox
	usual_nics 1
	ip -n host address add 10.9.0.2/24 dev eth1
	start_vifd
}

# network MODE [CHILD…]: "home", defined; on virbr9, with DHCP.
network() {
	local forward=
	[ "$1" = none ] || forward="<forward mode='$1'/>"
	shift
	cat >"$T/home.xml" <<-END
		<network>
		  <name>home</name>
		  <uuid>$(uuid_of home)</uuid>
		  $forward<bridge name='virbr9'/>
		  <ip address='192.168.99.1' prefix='24'><dhcp><range start='192.168.99.2' end='192.168.99.9'/></dhcp></ip>
		  $*
		</network>
	END
	expect_ok vif network define "$T/home.xml"
}

# guest: a namespace whose eth0 is a port of the network's bridge; its address is to come by DHCP.
guest() {
	ip netns add guest
	ip -n guest link set lo up
	ip -n guest link add eth0 type veth peer name guest netns host
	ip -n host link set guest master virbr9 up
	ip -n guest link set eth0 up
	wait_until 5 is_forwarding
}

is_forwarding() {
	ip netns exec host bridge link show dev guest | grep -q 'state forwarding'
}

# lease: the guest gets an address, by the real protocol; or not, within two seconds.
lease() {
	# shellcheck disable=SC2016 # of the other shell
	printf '#!/bin/sh\n[ "$1" = bound ] || exit 0\necho "$ip" >%s/lease\n' "$T" >"$T/udhcpc"
	chmod +x "$T/udhcpc"
	ip netns exec guest busybox udhcpc -f -q -n -t 4 -T 1 -i eth0 -s "$T/udhcpc" >/dev/null 2>&1
}

# hold: the address of the lease, and the way out.
hold() {
	ip -n guest address add "$(<"$T/lease")/24" dev eth0
	ip -n guest route add default via 192.168.99.1
}

knows_names() {
	{ ip netns exec guest busybox nslookup seven 192.168.99.1 || true; } 2>&1 | grep -q '192\.168\.99\.7$'
}

# reach PATTERN PROTOCOL FROM TO ADDRESS PORT
reach() {
	run "$HARNESS/reach" <<<"probe $2 $3 - 0 $4 $5 $6"
	expect_match "probe: $1" "$OUT"
}

# docker: what Docker leaves of iptables' filter, and an input that is closed too.
docker() {
	on host iptables-nft -P INPUT DROP
	on host iptables-nft -P FORWARD DROP
	on host iptables-nft -N DOCKER-USER
	on host iptables-nft -A FORWARD -j DOCKER-USER
	on host iptables-nft -A DOCKER-USER -j RETURN
}

rules() {
	on host iptables-nft -S "$1" | grep -c "vif-net-$(uuid_of home)" || true
}

rules_are() {
	[ "$(rules "$1")" = "$2" ]
}

marks() {
	on host nft list ruleset | grep -c 'vif-net-' || true
}

test_a_filter_of_others_is_opened_from_the_start_to_the_stop_of_a_network() {
	lab
	docker
	network nat "<dns><host ip='192.168.99.7'><hostname>seven</hostname></host></dns>"
	# Closed, and told; only the guest's way is.
	expect_ok vif network start home
	expect_match "*chain FORWARD of table ip filter drops *\`iptables -I DOCKER-USER -i virbr9 -j ACCEPT\` and *--open-firewall*" "$OUT"
	guest
	expect_failure lease
	expect_equal "$(marks)" 0
	expect_ok vif network stop home
	expect_ok vif network start home --open-firewall
	expect_match "*is opened until the network is stopped: rules in chain DOCKER-USER of table ip filter accept what guests send*" "$OUT"
	expect_equal "$(grep -c 'is in the way' <<<"$OUT" || true)" 0
	ip -n host link set guest master virbr9
	wait_until 5 is_forwarding
	lease
	hold
	knows_names
	reach "passed from 10.9.0.2*" udp guest world 10.9.0.1 7
	reach "passed from 10.9.0.2*" icmp guest world 10.9.0.1 1
	reach "passed*" icmp guest host 192.168.99.1 2
	# Nothing else of the host is open, and nobody comes in.
	reach lost tcp guest host 192.168.99.1 2222
	reach lost udp guest host 192.168.99.1 2222
	ip -n world route add 192.168.99.0/24 via 10.9.0.2
	reach "@(lost|rejected)" tcp world guest "$(<"$T/lease")" 80
	# iptables can read, save and delete all of it.
	expect_equal "$(rules DOCKER-USER) $(rules INPUT) $(rules FORWARD)" "2 4 0"
	on host iptables-nft -S INPUT >"$T/input"
	grep -q -- "-A INPUT -i virbr9 -p udp -m udp --dport 67 -m comment --comment \"vif-net-$(uuid_of home) input-dhcp\" -j ACCEPT" "$T/input"
	expect_ok vif check network=home
	expect_equal "$(grep -c 'is in the way' <<<"$OUT" || true)" 0
	# Our rules are not the host's word on another network.
	expect_json '.[] | select(.name == "packet-filters") | .status == "no"' vif doctor -v --json
	expect_ok vif network stop home
	expect_equal "$(marks)" 0
	expect_equal "$(on host iptables-nft -S)" "$(printf '%s\n' '-P INPUT DROP' '-P FORWARD DROP' '-P OUTPUT ACCEPT' \
		'-N DOCKER-USER' '-A FORWARD -j DOCKER-USER' '-A DOCKER-USER -j RETURN')"
}

test_an_opened_filter_stays_open_whatever_others_and_vifd_do() {
	lab
	network nat "<vif:firewall xmlns:vif='urn:vifd:1' open='yes'/>"
	expect_ok vif network start home
	expect_equal "$(marks)" 0
	# A program that comes later.
	docker
	wait_until 5 rules_are DOCKER-USER 2
	wait_until 5 rules_are INPUT 4
	# What is flushed, deleted or restored by its owner.
	on host iptables-nft -F DOCKER-USER
	wait_until 5 rules_are DOCKER-USER 2
	on host iptables-nft -D INPUT 1
	wait_until 5 rules_are INPUT 4
	grep -q "the packet filter of this host was changed, and is opened again (1 rule)" "$T/host/vifd.log"
	on host iptables-nft-save >"$T/saved"
	on host nft flush ruleset
	on host iptables-nft-restore "$T/saved"
	wait_until 5 on host nft list table inet vifd >/dev/null
	expect_equal "$(rules DOCKER-USER) $(rules INPUT)" "2 4"
	# nft does not show the comments that iptables-restore has written, iptables does. A vifd that is killed, and one that finds too little and too much.
	kill_vifd
	on host iptables-nft -F INPUT
	on host nft insert rule ip filter DOCKER-USER iifname virbr8 accept comment "\"vif-net-$(uuid_of other) forward-out\""
	on host nft insert rule ip filter DOCKER-USER iifname virbr8 accept comment '"vif-net-mine"'
	start_vifd
	expect_equal "$(rules DOCKER-USER) $(rules INPUT) $(marks)" "2 4 5"
	expect_ok vif network stop home
	expect_equal "$(on host nft list ruleset | grep -o 'vif-net-.*')" 'vif-net-mine"'
	expect_ok vif network start home
	kill_vifd
	rm "$(runtime_dir)/networks/home.xml"
	start_vifd
	expect_equal "$(marks)" 1
}

# Chains as ufw has them, a table of the host's own in the other family, and a chain that is none of iptables'.
test_a_filter_is_opened_where_its_owner_wants_it_and_only_for_what_is_served() {
	lab
	on host sysctl -qw net.bridge.bridge-nf-call-iptables=0 2>/dev/null || true
	on host nft -f - <<-'END'
		table ip filter {
			chain ufw-user-input { }
			chain ufw-before-input { jump ufw-user-input; }
			chain ufw-user-forward { }
			chain DOCKER-USER { }
			chain ufw-before-forward { jump ufw-user-forward; }
			chain INPUT { type filter hook input priority 0; policy drop; jump ufw-before-input; }
			chain FORWARD { type filter hook forward priority 0; policy drop; jump ufw-before-forward; }
		}
		table ip6 filter {
			chain INPUT { type filter hook input priority 0; policy drop; }
		}
		table inet hostfw {
			chain input { type filter hook input priority 0; policy accept; ct state established accept; counter drop; }
			chain forward { type filter hook forward priority 0; policy accept; }
		}
	END
	network none "<dns enable='no'/>"
	expect_ok vif network start home --open-firewall
	expect_equal "$(on host nft list chain ip filter ufw-user-input | grep -o 'input-[a-z0-9-]*' | sort | paste -sd ' ')" "input-dhcp input-icmp"
	expect_equal "$(on host nft list chain inet hostfw input | grep -o 'input-[a-z0-9-]*' | sort | paste -sd ' ')" "input-dhcp input-icmp"
	# Isolated: nothing is forwarded. No IPv6. Nothing leads to that DOCKER-USER.
	expect_equal "$(marks)" 4
	guest
	lease
	expect_ok vif network stop home
	expect_equal "$(marks)" 0
	network route "<ip family='ipv6' address='fd99::1' prefix='64'/>"
	expect_ok vif network start home --open-firewall
	expect_equal "$(on host nft list chain ip filter ufw-user-forward | grep -o 'forward-[a-z0-9-]*' | sort | paste -sd ' ')" "forward-in forward-out"
	expect_equal "$(on host nft list chain ip6 filter INPUT | grep -o 'input-[a-z0-9-]*' | sort | paste -sd ' ')" "input-dns input-dns-tcp input-icmpv6"
	expect_ok vif network stop home
	expect_equal "$(marks)" 0
}

test_only_root_opens_the_filter_of_the_host() {
	group_vifd
	lab
	docker
	network nat
	expect_error "the packet filter of this host is opened by root alone: network 'home' is started without --open-firewall" \
		as_member 65533 vif network start home --open-firewall
	sed "s|</network>|<vif:firewall xmlns:vif='urn:vifd:1' open='yes'/>&|" "$T/home.xml" >"$T/open.xml"
	expect_unchanged expect_error "*:7: <vif:firewall open='yes'> opens the packet filter of this host, and is root's to define" \
		as_member 65533 vif network define - <"$T/open.xml"
	expect_ok as_member 65533 vif network start home
	expect_equal "$(marks)" 0
	expect_ok vif network define "$T/open.xml"
	expect_match "*opened packet filters*" "$OUT"
	# What root has given stays given.
	expect_ok as_member 65533 vif network define - <"$T/open.xml"
	expect_ok vif network stop home
	expect_ok as_member 65533 vif network start home
	expect_equal "$(marks)" 6
	expect_ok vif network stop home
	host_bridge host br1 eth1
	echo "<network><name>flat</name><forward mode='bridge'/><bridge name='br1'/></network>" >"$T/flat.xml"
	expect_ok vif network define "$T/flat.xml"
	expect_error "network 'flat' is on what the host has: no packet filter is opened for it" vif network start flat --open-firewall
	expect_equal "$(marks)" 0
}

# --- iptables-legacy ------------------------------------------------------------------

test_what_iptables_legacy_drops_or_may_drop_is_told() {
	lab
	need iptables-legacy
	on host iptables-legacy -S >/dev/null 2>&1 || skip "this kernel has no iptables-legacy"
	network route "<ip family='ipv6' address='fd99::1' prefix='64'/>"
	# A table that is there and says nothing, and one that is not there is not made.
	expect_ok vif network start home
	expect_equal "$(grep -c iptables <<<"$OUT" || true)" 0
	expect_equal "$(on host cat /proc/net/ip6_tables_names)" ""
	on host iptables-legacy -A FORWARD -s 10.9.9.9 -j DROP
	on host iptables-legacy -P INPUT DROP
	on host ip6tables-legacy -A FORWARD -i eth7 -j ACCEPT
	on host ip6tables-legacy -A FORWARD -j REJECT
	expect_ok vif check network=home
	expect_match "*iptables-legacy of this host has 1 rule in chain FORWARD: whether they drop what guests send through the host is not known (\`iptables-legacy -S\`)*" "$OUT"
	expect_match "*chain INPUT of table ip filter (iptables-legacy) drops *; \`iptables-legacy -I INPUT -i virbr9 -j ACCEPT\` lets it pass*" "$OUT"
	expect_match "*chain FORWARD of table ip6 filter (iptables-legacy) drops *; \`ip6tables-legacy -I FORWARD -i virbr9 -j ACCEPT\` and *" "$OUT"
	expect_equal "$(grep -c 'is in the way' <<<"$OUT")" 2
	expect_json '.[] | select(.name == "packet-filters") | .status == "no" and .detail ==
		"chain INPUT of table ip filter (iptables-legacy) drops, iptables-legacy has 1 rule in chain FORWARD of table ip filter, chain FORWARD of table ip6 filter (iptables-legacy) drops"' vif doctor -v --json
	# What is said helps, also by a pattern.
	on host iptables-legacy -I INPUT -i virbr+ -j ACCEPT
	on host ip6tables-legacy -I FORWARD -i virbr9 -j ACCEPT
	expect_ok vif check network=home
	expect_equal "$(grep -c 'iptables-legacy' <<<"$OUT" || true)" 0
	on host iptables-legacy -D INPUT -i virbr+ -j ACCEPT
	on host iptables-legacy -P INPUT ACCEPT
	on host ip6tables-legacy -F
	expect_json '.[] | select(.name == "packet-filters") | .status == "yes" and .detail == "iptables-legacy has 1 rule in chain FORWARD of table ip filter"' vif doctor -v --json
	expect_ok vif network stop home
}

# --- firewalld --------------------------------------------------------------------------

# firewalld: the real one, with its own files and a zone "libvirt" as libvirt's; returns when it has its rules.
firewalld() {
	mkdir -p /etc/firewalld/zones
	cat >/etc/firewalld/zones/libvirt.xml <<-'END'
		<zone target="ACCEPT">
		  <short>libvirt</short>
		  <rule priority='32767'><reject/></rule>
		  <protocol value='icmp'/><service name='dhcp'/><service name='dns'/>
		</zone>
	END
	exec_on host firewalld --nofork --nopid --log-file "$T/firewalld.file" >"$T/firewalld.log" 2>&1 &
	FIREWALLD=$!
	wait_until 20 on host nft list table inet firewalld >/dev/null
}

end_firewalld() {
	kill -TERM "$FIREWALLD"
	wait "$FIREWALLD" || true
}

# zone_is ZONE BRIDGE: as firewalld says. "" is none.
zone_is() {
	[ "$(busctl call org.fedoraproject.FirewallD1 /org/fedoraproject/FirewallD1 org.fedoraproject.FirewallD1.zone \
		getZoneOfInterface s "$2" 2>/dev/null)" = "s \"$1\"" ]
}

# timeout: 180
test_firewalld_has_the_bridges_of_networks_in_their_zones() {
	need firewalld dbus-daemon busctl
	mount -t tmpfs tmpfs /etc/firewalld
	lab
	network nat
	expect_ok vif network start home
	expect_equal "$(grep -c firewalld <<<"$OUT" || true)" 0
	sed "s|virbr9'|virbr8' zone='work'|;s|home|red|;s|192.168.99|192.168.98|g;s|$(uuid_of home)|$(uuid_of red)|" "$T/home.xml" >"$T/red.xml"
	expect_ok vif network define "$T/red.xml"
	expect_ok vif network start red
	expect_match "*firewalld does not run: virbr8 is in its zone 'work' as soon as it is there*" "$OUT"
	# A bus and a firewalld that come later, and forget.
	system_bus
	firewalld
	wait_until 10 zone_is libvirt virbr9
	wait_until 10 zone_is work virbr8
	guest
	lease
	expect_ok on host firewall-cmd --reload
	wait_until 10 zone_is libvirt virbr9
	wait_until 10 zone_is work virbr8
	end_firewalld
	firewalld
	wait_until 10 zone_is libvirt virbr9
	kill_vifd
	expect_ok on host firewall-cmd --zone=libvirt --remove-interface=virbr9
	start_vifd
	wait_until 10 zone_is libvirt virbr9
	# A zone that there is not: nothing is started.
	sed -i "s|'work'|'wrok'|" "$T/red.xml"
	expect_ok vif network stop red
	wait_until 10 zone_is "" virbr8
	expect_ok vif network define "$T/red.xml"
	expect_unchanged expect_error "network 'red': firewalld has no zone 'wrok' for virbr8 (firewall-cmd --get-zones)" vif network start red
	expect_json '.[] | select(.name == "red") | .active == false' vif network list --json
	# Mode open is in none that it does not name.
	expect_ok vif network stop home
	wait_until 10 zone_is "" virbr9
	network open
	expect_ok vif network start home
	expect_match "*chain filter_INPUT of table inet firewalld drops *; <bridge zone=> can have firewalld take virbr9 into a zone that lets it pass*" "$OUT"
	zone_is "" virbr9
	expect_ok vif network stop home
	# The bus goes, and comes with another firewalld.
	network route
	expect_ok vif network start home
	zone_is libvirt virbr9
	end_firewalld
	end_system_bus
	system_bus
	firewalld
	wait_until 10 zone_is libvirt virbr9
	expect_ok vif network stop home
	wait_until 10 zone_is "" virbr9
	end_firewalld
	end_system_bus
}
