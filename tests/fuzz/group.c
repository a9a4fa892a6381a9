/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/group-xml.h"
#include "fuzz.h"

FUZZ(struct security_group, group_from_xml, group_to_xml, group_free);
