/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VLAN tags that a port's frames get on the wire: libvirt's <vlan>.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* "VLAN 42", "VLANs 42 and 43, those without a tag in 42"; nothing where it is unset. */
void vlan_print(const struct vlan *vlan, struct text *text);

int vlan_add_tag(struct vlan *vlan, uint16_t tag);             /* 0 or -ENOMEM */
int vlan_copy(const struct vlan *vlan, struct vlan *ret_vlan); /* 0 or -ENOMEM */
bool vlan_equal(const struct vlan *a, const struct vlan *b);   /* lines aside */
void vlan_done(struct vlan *vlan);
