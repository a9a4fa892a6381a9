/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/network-xml.h"
#include "fuzz.h"

FUZZ(struct network, network_from_xml, network_to_xml, network_free);
