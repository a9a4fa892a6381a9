/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "model/vlan.h"
#include "util/array.h"
#include "util/parse.h"

static const char *const native_names[] = {
	[VLAN_NATIVE_TAGGED] = "tagged",
	[VLAN_NATIVE_UNTAGGED] = "untagged",
};
_Static_assert(ARRAY_SIZE(native_names) == VLAN_NATIVE_COUNT, "every way has a name");

const char *vlan_native_name(enum vlan_native native)
{
	return native_names[native];
}

int vlan_native_parse(const char *text, enum vlan_native *ret_native)
{
	int native = name_index(native_names, VLAN_NATIVE_COUNT, text);

	if (native < 0)
		return native;
	*ret_native = native;
	return 0;
}

void vlan_print(const struct vlan *vlan, struct text *text)
{
	if (vlan->n_tags == 0)
		return;
	text_add(text, vlan->trunk ? "tags of VLAN" : "VLAN");
	text_add(text, "%s", vlan->n_tags > 1 ? "s" : "");
	for (size_t i = 0; i < vlan->n_tags; i++)
		text_add(text, "%s%u",
			 i == 0                 ? " "
			 : i + 1 < vlan->n_tags ? ", "
						: " and ",
			 vlan->tags[i]);
	if (vlan->native != VLAN_NATIVE_NONE)
		text_add(text, ", without a tag %u", vlan->native_tag);
}

int vlan_add_tag(struct vlan *vlan, uint16_t tag)
{
	uint16_t *slot = array_add(&vlan->tags, &vlan->n_tags, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	*slot = tag;
	return 0;
}

int vlan_copy(const struct vlan *vlan, struct vlan *ret_vlan)
{
	struct vlan copy = *vlan;

	copy.tags = NULL;
	copy.n_tags = 0;
	for (size_t i = 0; i < vlan->n_tags; i++) {
		if (vlan_add_tag(&copy, vlan->tags[i]) < 0) {
			vlan_done(&copy);
			return -ENOMEM;
		}
	}
	*ret_vlan = copy;
	return 0;
}

bool vlan_equal(const struct vlan *a, const struct vlan *b)
{
	return a->n_tags == b->n_tags && a->trunk == b->trunk && a->native == b->native &&
	       (a->native == VLAN_NATIVE_NONE || a->native_tag == b->native_tag) &&
	       (a->n_tags == 0 || !memcmp(a->tags, b->tags, a->n_tags * sizeof(*a->tags)));
}

void vlan_done(struct vlan *vlan)
{
	free(vlan->tags);
	*vlan = (struct vlan){ 0 };
}

int vlan_set_add(struct vlan_set *set, struct vlan_range range)
{
	struct vlan_range *slot = array_add(&set->ranges, &set->n, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	*slot = range;
	return 0;
}

int vlan_set_copy(const struct vlan_set *set, struct vlan_set *ret_set)
{
	AUTO(vlan_set_done) struct vlan_set copy = { 0 };

	for (size_t i = 0; i < set->n; i++)
		if (vlan_set_add(&copy, set->ranges[i]) < 0)
			return -ENOMEM;
	*ret_set = copy;
	copy = (struct vlan_set){ 0 };
	return 0;
}

/* What a VLAN is to a port. */
enum membership {
	MEMBER = 1 << 0,
	MEMBER_PVID = 1 << 1,
	MEMBER_UNTAGGED = 1 << 2,
};

static void mark(uint8_t *members, unsigned tag, unsigned membership)
{
	if (tag > 0 && tag < VLAN_ID_MAX)
		members[tag] |= membership;
}

static void mark_all(const struct vlan *vlan, uint16_t pvid, uint8_t *members)
{
	if (vlan->n_tags == 0)
		mark(members, pvid, MEMBER | MEMBER_PVID | MEMBER_UNTAGGED);
	for (size_t i = 0; i < vlan->n_tags; i++)
		mark(members, vlan->tags[i],
		     vlan->trunk ? MEMBER : MEMBER | MEMBER_PVID | MEMBER_UNTAGGED);
	if (vlan->native == VLAN_NATIVE_NONE)
		return;
	mark(members, vlan->native_tag, MEMBER | MEMBER_PVID);
	if (vlan->native == VLAN_NATIVE_UNTAGGED)
		mark(members, vlan->native_tag, MEMBER_UNTAGGED);
}

int vlan_set_make(const struct vlan *vlan, uint16_t pvid, struct vlan_set *ret_set)
{
	AUTO(vlan_set_done) struct vlan_set set = { 0 };
	uint8_t members[VLAN_ID_MAX + 1] = { 0 };

	mark_all(vlan, pvid, members);
	for (size_t tag = 1; tag < VLAN_ID_MAX; tag++) {
		const struct vlan_range range = {
			.first = (uint16_t)tag,
			.last = (uint16_t)tag,
			.pvid = members[tag] & MEMBER_PVID,
			.untagged = members[tag] & MEMBER_UNTAGGED,
		};

		if (!members[tag])
			continue;
		if (members[tag] == members[tag - 1])
			set.ranges[set.n - 1].last = range.last;
		else if (vlan_set_add(&set, range) < 0)
			return -ENOMEM;
	}
	*ret_set = set;
	set = (struct vlan_set){ 0 };
	return 0;
}

static bool range_equal(struct vlan_range a, struct vlan_range b)
{
	return a.first == b.first && a.last == b.last && a.pvid == b.pvid &&
	       a.untagged == b.untagged;
}

bool vlan_set_equal(const struct vlan_set *a, const struct vlan_set *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!range_equal(a->ranges[i], b->ranges[i]))
			return false;
	return true;
}

void vlan_set_print(const struct vlan_set *set, struct text *text)
{
	if (set->n == 0)
		text_add(text, "none");
	for (size_t i = 0; i < set->n; i++) {
		const struct vlan_range *range = &set->ranges[i];

		text_add(text, "%s%u", i ? ", " : "", range->first);
		if (range->last != range->first)
			text_add(text, "-%u", range->last);
		if (range->pvid || range->untagged)
			text_add(text, " (%s%s%s)", range->pvid ? "PVID" : "",
				 range->pvid && range->untagged ? ", " : "",
				 range->untagged ? "untagged" : "");
	}
}

void vlan_set_done(struct vlan_set *set)
{
	free(set->ranges);
	*set = (struct vlan_set){ 0 };
}
