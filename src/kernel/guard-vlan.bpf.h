/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of the guard's program: the VLANs of a port. */
#pragma once

#include "kernel/guard-frame.bpf.h"

enum {
	VID_MASK = 0xfff,
	PRIORITY_MASK = 0xe000,
};

struct tag {
	bool there;
	bool service; /* of the provider's kind, 802.1ad: not ours to look into */
	__u16 vid, priority;
};

static __always_inline bool read_tag(struct __sk_buff *skb, struct tag *tag)
{
	struct {
		__be16 protocol, tci;
	} bytes = { 0 };
	__u16 tci = skb->vlan_tci;

	tag->there = skb->vlan_present;
	tag->service = tag->there && skb->vlan_proto != bpf_htons(ETH_P_8021Q);
	if (!tag->there) {
		if (!load(skb, 12, &bytes.protocol, sizeof(bytes.protocol)))
			return false;
		tag->there = is_tag(bytes.protocol);
		if (tag->there && !load(skb, 12, &bytes, sizeof(bytes)))
			return false;
		tag->service = tag->there && bytes.protocol != bpf_htons(ETH_P_8021Q);
		tci = bpf_ntohs(bytes.tci);
	}
	tag->vid = tag->there ? tci & VID_MASK : 0;
	tag->priority = tag->there ? tci & PRIORITY_MASK : 0;
	return true;
}

static __always_inline bool trunk_has(const struct guard_port *port, __u16 vid)
{
	return port->vlans[(vid & VID_MASK) / 64] & (1ULL << (vid & 63));
}

/* What the guest sends gets the tag of its VLAN; what has one already has to be a trunk's. */
__noinline int put_into_vlan(struct __sk_buff *skb, const struct guard_port *port)
{
	struct tag tag = { 0 };

	if (!port || !read_tag(skb, &tag))
		return GUARD_MALFORMED;
	if (tag.service)
		return GUARD_VLAN;
	if (tag.vid)
		return port->vlan_mode == GUARD_VLAN_TRUNK && trunk_has(port, tag.vid) ? GUARD_PASS
										       : GUARD_VLAN;
	if (!port->vlan)
		return port->vlan_mode == GUARD_VLAN_TRUNK ? GUARD_VLAN : GUARD_PASS;
	if (tag.there && bpf_skb_vlan_pop(skb) < 0)
		return GUARD_VLAN;
	return bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), port->vlan | tag.priority) < 0
		       ? GUARD_VLAN
		       : GUARD_PASS;
}

/* What comes for it has to be of its VLANs. */
__noinline int take_out_of_vlan(struct __sk_buff *skb, const struct guard_port *port)
{
	struct tag tag = { 0 };
	bool native;

	if (!port || !read_tag(skb, &tag))
		return GUARD_MALFORMED;
	if (tag.service)
		return GUARD_VLAN;
	native = tag.vid == port->vlan;
	if (port->vlan_mode == GUARD_VLAN_ACCESS ? !native : !tag.vid || !trunk_has(port, tag.vid))
		return GUARD_VLAN;
	if (!tag.there || (port->vlan_mode == GUARD_VLAN_TRUNK && !(native && port->vlan_bare)))
		return GUARD_PASS;
	return bpf_skb_vlan_pop(skb) < 0 ? GUARD_VLAN : GUARD_PASS;
}
