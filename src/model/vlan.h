/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VLAN tags that a port's frames get on the wire: libvirt's <vlan>.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/text.h"

enum vlan_native {
	VLAN_NATIVE_NONE,
	VLAN_NATIVE_TAGGED,
	VLAN_NATIVE_UNTAGGED,
	VLAN_NATIVE_COUNT,
};

enum {
	VLAN_ID_MAX = 4095,
};

/* No tags: unset. Several tags, or a native one, are a trunk. */
struct vlan {
	uint16_t *tags;
	size_t n_tags;
	bool trunk;
	enum vlan_native native; /* how the native tag's frames leave */
	uint16_t native_tag;
	unsigned line;
};

const char *vlan_native_name(enum vlan_native native);
int vlan_native_parse(const char *text, enum vlan_native *ret_native); /* 0 or -EINVAL */

/* VLANs that a port of a bridge is in: those from first to last. */
struct vlan_range {
	uint16_t first, last;
	bool pvid;     /* what comes in without a tag is in it: of one port one VLAN */
	bool untagged; /* its frames leave by the port without a tag */
};

/* In order, and as few ranges as can be. */
struct vlan_set {
	struct vlan_range *ranges;
	size_t n;
};

/* "VLAN 42", "VLANs 42 and 43, those without a tag in 42"; nothing where it is unset. */
void vlan_print(const struct vlan *vlan, struct text *text);

int vlan_add_tag(struct vlan *vlan, uint16_t tag);             /* 0 or -ENOMEM */
int vlan_copy(const struct vlan *vlan, struct vlan *ret_vlan); /* 0 or -ENOMEM */
bool vlan_equal(const struct vlan *a, const struct vlan *b);   /* lines aside */
void vlan_done(struct vlan *vlan);

/* 0 or -ENOMEM. */
int vlan_set_add(struct vlan_set *set, struct vlan_range range);
int vlan_set_copy(const struct vlan_set *set, struct vlan_set *ret_set);
/*
 * Those of a port of that <vlan>; where it is unset, those of a port of which nobody has
 * said anything: pvid, the bridge's default, or 0 where it has none.
 */
int vlan_set_make(const struct vlan *vlan, uint16_t pvid, struct vlan_set *ret_set);
bool vlan_set_equal(const struct vlan_set *a, const struct vlan_set *b);
void vlan_set_print(const struct vlan_set *set,
		    struct text *text); /* "10 (PVID, untagged), 20-30" */
void vlan_set_done(struct vlan_set *set);
