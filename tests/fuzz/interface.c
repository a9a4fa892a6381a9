/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/interface-xml.h"
#include "fuzz.h"

FUZZ(struct interface, interface_from_xml, interface_to_xml, interface_free);
