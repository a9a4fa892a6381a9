/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/nwfilter-xml.h"
#include "fuzz.h"

FUZZ(struct nwfilter, nwfilter_from_xml, nwfilter_to_xml, nwfilter_free);
