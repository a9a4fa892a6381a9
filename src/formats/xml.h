/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * XML in: a document, and tables that say what may stand in an element.
 *
 * A format is a set of tables. A row names an element or an attribute and says
 * who reads it; xml_read() walks a table over an element and enforces what all
 * formats have in common:
 *
 *	- rows are read in the order of the table, not of the document, so that
 *	  a later row may rely on an earlier one;
 *	- a row without XML_MANY may match once, one with XML_REQUIRED must match;
 *	- an element or attribute that no row names is refused by name and line,
 *	  unless it is in a foreign namespace: then it is kept (model/kept.h);
 *	- text where none belongs is refused.
 *
 * So nothing of a document is dropped in silence but comments and processing
 * instructions, and what a row drops on purpose (xml_drop).
 *
 * Every error sentence begins with "SOURCE:LINE: ", or with "line LINE: " where
 * the document has no source. For use inside formats/ only: nobody else needs
 * to know of libxml2. Nothing here blocks.
 */
#pragma once

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

#include "formats/xml-writer.h"
#include "model/interface.h"
#include "model/kept.h"
#include "util/error.h"

struct xml {
	xmlDoc *doc;
	xmlNode *root;
	const char *source; /* borrowed from the caller; or NULL */
	struct error *err;  /* the caller's */

	/* Whose things are kept where. NULL: nothing can be kept. */
	xmlNode *top;
	struct kept_list *kept;
	bool kept_whole; /* inside an element that is kept as it is */

	void *user; /* for the rows of one format */

	char label[64]; /* of xml_label() */
};

struct xml_table;
struct xml_rule;

/* What a row is given: an element, or an attribute with the element that has it. */
struct xml_item {
	const struct xml_rule *rule;
	xmlNode *element;
	const char *name;  /* as the author wrote it: an attribute's with its prefix */
	const char *value; /* the attribute's; NULL for an element */
	unsigned line;
};

/* Returns 0, or a negative errno with xml->err set. */
typedef int xml_read_func(struct xml *xml, const struct xml_item *item, void *object);

enum {
	XML_REQUIRED = 1 << 0,
	XML_MANY = 1 << 1, /* elements only: may stand more than once */
};

struct xml_rule {
	const char *name;
	const char *ns; /* NULL: in no namespace */
	unsigned flags;
	xml_read_func *read;
	const struct xml_table *table; /* xml_descend, xml_keep_…: what may stand inside */
	size_t offset;                 /* xml_read_string: of a char * in the object */
	const char *const *values;     /* xml_keep_one_of, …_matters: ends with NULL */
};

struct xml_table {
	const struct xml_rule *attributes;
	size_t n_attributes;
	const struct xml_rule *elements;
	size_t n_elements;
};

#define XML_ATTRIBUTES(rows) .attributes = rows, .n_attributes = ARRAY_SIZE(rows)
#define XML_ELEMENTS(rows) .elements = rows, .n_elements = ARRAY_SIZE(rows)

/*
 * Parses a whole document. Refused by a sentence: what is not XML ("SOURCE:LINE:COL:
 * not XML: …"), a document type declaration (and with it every entity of one's own),
 * a root element other than <root> (that of a fragment may be "vif:NAME", with or
 * without its namespace), and what exceeds formats/bounds.h. Nothing is
 * fetched from anywhere. On success xml_done() ends it; on failure *xml is unset.
 */
int xml_parse(struct xml *xml, const char *text, size_t size, const char *source, const char *root,
	      struct error *err);
void xml_done(struct xml *xml);
#define AUTO_XML AUTO(xml_done)

int xml_read(struct xml *xml, xmlNode *element, const struct xml_table *table, void *object);

/*
 * As xml_read() for an element that is written anew from what its table read:
 * something foreign inside could not be given back, and is refused.
 */
int xml_read_alone(struct xml *xml, xmlNode *element, const struct xml_table *table, void *object);

/* The first child element of that name in no namespace, or NULL. */
xmlNode *xml_child(xmlNode *element, const char *name);
const char *xml_name(const xmlNode *element);
/* As its author wrote it, with its prefix: for sentences. Good until the next call. */
const char *xml_label(struct xml *xml, const xmlNode *element);
unsigned xml_line(const xmlNode *element);

/*
 * An attribute's value or an element's text, the caller's to free. An element
 * that has anything else (attributes, elements) is refused.
 */
int xml_item_text(struct xml *xml, const struct xml_item *item, char **ret_text);

/* All text inside, the caller's to free; NULL when out of memory. */
char *xml_content_of(const xmlNode *element);

/* Ready-made rows. */
xml_read_func xml_read_string;  /* not empty; an element's text or an attribute's value */
xml_read_func xml_read_ifname;  /* as xml_read_string: a name that a device can have */
xml_read_func xml_descend;      /* into rule->table, with the same object */
xml_read_func xml_keep;         /* as it is */
xml_read_func xml_keep_read;    /* as it is, when rule->table has read it without complaint */
xml_read_func xml_keep_one_of;  /* an attribute that is one of rule->values */
xml_read_func xml_keep_matters; /* kept, and cannot be served without acting on it (model/kept.h):
				 * of rule->table, or of rule->values, whose [0] is harmless */
xml_read_func xml_refuse;       /* is not supported yet */
xml_read_func xml_drop;         /* what libvirt writes and does not read: forgotten on purpose */

/* Rows that only look at a value: inside of what is kept whole. */
xml_read_func xml_check_text;   /* not empty */
xml_read_func xml_check_number; /* 0 to 4294967295 */
xml_read_func xml_check_port;   /* of TCP or UDP: 1 to 65535 */
xml_read_func xml_check_yes_no;

/* Values that more than one format has: of <vif:port type=>; yes or no; vif:mac=. */
int xml_read_port_type(struct xml *xml, const struct xml_item *item, enum port_type *ret_type);
int xml_read_yes_no(struct xml *xml, const struct xml_item *item, bool *ret_value);
int xml_read_device_mac(struct xml *xml, const struct xml_item *item, struct mac *ret_mac);

/* Errors about a line: "SOURCE:LINE: sentence". Each returns -EINVAL or -EOPNOTSUPP. */
int xml_error(struct xml *xml, unsigned line, enum error_kind kind, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* "<element attribute='value'> why", or "<element>value</element> why": ERROR_INVALID_ARGUMENT. */
int xml_error_value(struct xml *xml, const struct xml_item *item, const char *why);

/* Hands on an error of model's, which begins with "line N: " or has no line. Returns its code. */
int xml_error_from(struct xml *xml, struct error *error);
