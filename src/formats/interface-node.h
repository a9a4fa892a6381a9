/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An <interface> inside another document. For use inside formats/ only.
 */
#pragma once

#include "formats/xml-writer.h"
#include "formats/xml.h"
#include "model/interface.h"
#include "model/port.h"

/*
 * Reads an <interface>. <actual> is refused where `actual` is NULL; else it is
 * read into it (the caller's, and left untouched where there is none).
 */
int interface_from_node(struct xml *xml, xmlNode *node, struct actual *actual,
			struct interface **ret);

/* <source> of an interface whose type is known. */
xml_read_func interface_source_read;

/* <ip> and <route>, in <source> or in the interface: kept, and they matter. */
xml_read_func interface_ip_keep;
xml_read_func interface_route_keep;

/* Does the type need a <source>? */
bool interface_needs_source(enum interface_type type);

/*
 * <actual>, into xml->user, a struct actual; refused where that is NULL. It has to
 * be one that the interface, which has been read before it, can have.
 */
xml_read_func interface_actual_read;
void interface_actual_write(struct xml_writer *writer, const struct interface *interface,
			    const struct actual *actual);

/* The attributes of the <source> that an actual is: dev and mode, or bridge. */
void actual_source_write(struct xml_writer *writer, const struct actual *actual);

/* The type that an actual is shown as: a bridge of vifd's own is its network. */
const char *actual_type_name(const struct actual *actual);

/* libvirt's <port isolated=>; nothing where it is unset. */
void port_options_write(struct xml_writer *writer, enum tristate isolated);

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
