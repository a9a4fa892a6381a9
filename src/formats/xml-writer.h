/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * XML out, in libvirt's layout: an element a line, two spaces a level, single
 * quotes, <empty/> where nothing stands inside.
 *
 *	xml_begin(&writer, "source");
 *	xml_attribute(&writer, "dev", "eth0");
 *	xml_end(&writer, "source");
 *
 * Text is escaped. What XML cannot carry (control characters, bytes that are
 * not UTF-8) is written as U+FFFD. As with struct text nothing fails before
 * xml_writer_take().
 */
#pragma once

#include <stdbool.h>

#include "model/kept.h"
#include "model/mac.h"
#include "util/text.h"

/* The namespace of what libvirt's formats do not have. */
#define VIF_NAMESPACE "urn:vifd:1"

struct xml_writer {
	struct text text;
	unsigned depth;
	bool tag_open; /* "<name attr=''" without its end */
	bool content;  /* the element holds text: its end follows on the line */
};

#define XML_WRITER_INIT ((struct xml_writer){ 0 })
#define AUTO_XML_WRITER AUTO(xml_writer_done)

void xml_begin(struct xml_writer *writer, const char *name);
void xml_attribute(struct xml_writer *writer, const char *name, const char *value); /* NULL: none */
void xml_attribute_number(struct xml_writer *writer, const char *name, unsigned long long value);
void xml_content(struct xml_writer *writer, const char *text);
void xml_end(struct xml_writer *writer, const char *name);

/* Ends the open tag: what is empty then gets an end tag of its own, on the next line. */
void xml_open(struct xml_writer *writer);

/* <name>text</name>; nothing where text is NULL. */
void xml_leaf(struct xml_writer *writer, const char *name, const char *text);

/* What was kept inside the element `parent` ("" is the root): before its first child. */
void xml_kept_attributes(struct xml_writer *writer, const struct kept_list *kept,
			 const char *parent);
/* Its kept child elements of that name; NULL is all. */
void xml_kept_elements(struct xml_writer *writer, const struct kept_list *kept, const char *parent,
		       const char *name);
/* One kept element as the next child. */
void xml_kept_element(struct xml_writer *writer, const struct kept *item);
/* Both for a child of the root, and its end. */
void xml_end_kept(struct xml_writer *writer, const struct kept_list *kept, const char *name);
/* Is there any? */
bool xml_has_kept(const struct kept_list *kept, const char *parent);

/*
 * What is in VIF_NAMESPACE, with its declaration: <vif:NAME ATTRIBUTE=VALUE/>, the only
 * attribute vif:NAME of an element, and that where it is vif:mac (NULL: none).
 */
void xml_vif_element(struct xml_writer *writer, const char *name, const char *attribute,
		     const char *value);
void xml_vif_attribute(struct xml_writer *writer, const char *attribute, const char *value);
void xml_vif_mac(struct xml_writer *writer, const struct mac *mac);

/* How many bytes the UTF-8 character at `string` has; 0 if it is none that XML can carry. */
size_t xml_char_length(const char *string);

/* 0 or -ENOMEM; leaves the writer empty. */
int xml_writer_take(struct xml_writer *writer, char **ret_xml);
void xml_writer_done(struct xml_writer *writer);
