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
