/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An <interface> inside another document. For use inside formats/ only.
 */
#pragma once

#include "formats/writer.h"
#include "formats/xml.h"
#include "model/interface.h"
#include "model/port.h"

/*
 * Reads an <interface>. <actual> is refused where `actual` is NULL; else it is
 * read into it (the caller's, and left untouched where there is none).
 */
int interface_from_node(struct xml *xml, xmlNode *node, struct actual *actual,
			struct interface **ret);

/*
 * Writes an <interface>. With an actual that is set, an <actual> goes in beside
 * <source>, or, where `target` is given, the merged form is written, with
 * portid if not NULL.
 */
struct interface_form {
	const struct actual *actual; /* NULL: the interface as it was asked for */
	const char *target;          /* NULL: the interface's own */
	const struct uuid *portid;
};

void interface_write(struct xml_writer *writer, const struct interface *interface,
		     const struct interface_form *form);
