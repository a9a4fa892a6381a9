/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guard: what a guest may send, checked for each frame where it enters the
 * host. One program for all ports; what holds for a port is data (guard-map.h).
 *
 *	from_guest	a tap's ingress, a macvtap's egress
 *	to_guest	the other way; looks, to learn addresses, and takes tags off
 *
 * A frame of a link that has no value here is dropped: a guard without rules is
 * closed. What passes goes to the link that the value names, or on its way.
 *
 * All is read by bpf_skb_load_bytes(), whatever part of a frame is in its linear
 * part, whatever the offsets are that a guest chose; but for the commonest frames
 * (passes_at_once). The outermost VLAN tag is in
 * the metadata on a tap and in the frame on a macvtap; tags in the frame are
 * stepped over, so that what is behind them is checked like anything else.
 *
 * Fragments: each has its addresses checked. What stands behind the IP header is
 * only in the first one, which has to hold the header that matters (RFC 7112);
 * the others without it are nothing. ND in fragments is refused (RFC 6980).
 *
 * Learning. IPv4: an address that a DHCP server gave to the guest's MAC, as long
 * as it gave it for; where a packet filter says so, the first one that the guest
 * sends from. IPv6: the guest asks for an address (RFC 4862, 5.4), in a prefix that
 * a router told of or link-local, and nobody says that he has it: after half a
 * second it is the guest's (in the manner of RFC 6620).
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/pkt_cls.h>
#include <stdbool.h>
#include "kernel/guard-check.bpf.h"
#include "kernel/guard-list.bpf.h"
#include "kernel/guard-vlan.bpf.h"

char guard_license[] SEC("license") = "GPL";

static __noinline int count_drop(const struct guard_port *port, __u32 rule)
{
	struct guard_drops *drops = port ? bpf_map_lookup_elem(&vif_drops, &port->identity) : NULL;

	if (drops && rule < GUARD_RULE_COUNT)
		drops->frames[rule]++;
	return 0;
}

static __always_inline int check_sent(struct __sk_buff *skb, const struct guard_port *port,
				      bool dry)
{
	int rule = passes_at_once(skb, port) ? GUARD_PASS : check_frame(skb, port);

	if (rule == GUARD_PASS && port->filter & GUARD_FILTER_FIRST && !dry)
		learn_first(skb, port);
	if (rule == GUARD_PASS && port->filter)
		rule = filter(skb, port, GUARD_FROM_GUEST, dry);
	if (rule == GUARD_PASS && port->vlan_mode != GUARD_VLAN_ANY)
		rule = put_into_vlan(skb, port);
	return rule;
}

SEC("tc")
int vif_from_guest(struct __sk_buff *skb)
{
	__u32 link = skb->ifindex;
	const struct guard_port *port = bpf_map_lookup_elem(&vif_ports, &link);
	int rule;

	if (!port)
		return TC_ACT_SHOT;
	rule = check_sent(skb, port, false);
	if (rule != GUARD_PASS) {
		count_drop(port, rule);
		return TC_ACT_SHOT;
	}
	return port->redirect ? (int)bpf_redirect(port->redirect, 0) : TC_ACT_UNSPEC;
}

/* To the guest: what is not of its VLANs or not let pass is dropped, the rest is learned from. */
static __always_inline int check_arrived(struct __sk_buff *skb, const struct guard_port *port,
					 bool dry)
{
	int rule = GUARD_PASS;

	if (port->vlan_mode != GUARD_VLAN_ANY)
		rule = take_out_of_vlan(skb, port);
	if (rule == GUARD_PASS && port->filter)
		rule = filter(skb, port, GUARD_TO_GUEST, dry);
	return rule;
}

SEC("tc")
int vif_to_guest(struct __sk_buff *skb)
{
	__u32 link = skb->ifindex, at = ETH_HLEN;
	const struct guard_port *port = bpf_map_lookup_elem(&vif_ports, &link);
	struct ethhdr eth;
	int rule;

	if (!port)
		return TC_ACT_SHOT;
	rule = check_arrived(skb, port, false);
	if (rule != GUARD_PASS) {
		count_drop(port, rule);
		return TC_ACT_SHOT;
	}
	if (!learns(port) || !load(skb, 0, &eth, sizeof(eth)) || mac_is(eth.h_source, port->mac))
		return TC_ACT_UNSPEC;
	if (eth.h_proto == bpf_htons(ETH_P_IP))
		learn_from_ipv4(skb, port, at);
	if (eth.h_proto == bpf_htons(ETH_P_IPV6))
		learn_from_ipv6(skb, port, at);
	return TC_ACT_UNSPEC;
}

/* On no link: vifd asks what would become of a frame (guard_try). */
SEC("tc")
int vif_try(struct __sk_buff *skb)
{
	__u32 link = skb->ifindex, zero = 0;
	const struct guard_port *port = bpf_map_lookup_elem(&vif_ports, &link);
	struct guard_packet *packet = bpf_map_lookup_elem(&vif_packet, &zero);

	if (!port || !packet)
		return TC_ACT_SHOT;
	packet->words[GUARD_WORD_END] = 0;
	skb->cb[GUARD_TRY_RULE] = skb->cb[GUARD_TRY_DIRECTION] == GUARD_FROM_GUEST
					  ? check_sent(skb, port, true)
					  : check_arrived(skb, port, true);
	skb->cb[GUARD_TRY_END] = packet->words[GUARD_WORD_END];
	return TC_ACT_OK;
}
