/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A <networkport> inside another document. For use inside formats/ only.
 */
#pragma once

#include "formats/xml-writer.h"
#include "formats/xml.h"

struct networkport;

/* *ret is networkport_done()'s; nothing foreign may stand inside. */
int networkport_from_node(struct xml *xml, xmlNode *node, struct networkport *ret);

void networkport_write(struct xml_writer *writer, const struct networkport *networkport);
