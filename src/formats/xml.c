/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parser's settings, and the walk of a table over an element.
 *
 * libxml2 builds the tree; two hooks into its events enforce the bounds while
 * it is built: a document type declaration stops the parser before anything in
 * it is read (so there are no entities but the five of XML itself, and nothing
 * can be fetched or expanded), and so does an element too deep or too many. The
 * number of attributes has to be bounded before libxml2 sees the document,
 * because it checks an element's attributes for duplicates pair by pair: one
 * megabyte of them takes ten seconds.
 *
 * Of several errors of libxml2 the first is told: the later ones are mostly
 * consequences ("premature end" after a tag that was never closed).
 */
#include <errno.h>
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "formats/bounds.h"
#include "formats/writer.h"
#include "formats/xml.h"
#include "util/parse.h"

/* The structured error of libxml2 became const in 2.12. */
#if LIBXML_VERSION >= 21200
typedef const xmlError *xml_error_arg;
#else
typedef xmlErrorPtr xml_error_arg;
#endif

struct parsing {
	char *message; /* the first error */
	int line;
	int column;
	const char *limit; /* or why the parser was stopped, and where */
	int limit_line;
	unsigned depth;
	unsigned n_elements;
};

static int error_about(struct xml *xml, unsigned line, enum error_kind kind, const char *sentence)
{
	int code = kind == ERROR_NOT_SUPPORTED ? -EOPNOTSUPP : -EINVAL;

	if (!xml->source && !line)
		return error_set(xml->err, code, kind, "%s", sentence);
	if (!xml->source)
		return error_set(xml->err, code, kind, "line %u: %s", line, sentence);
	if (!line)
		return error_set(xml->err, code, kind, "%s: %s", xml->source, sentence);
	return error_set(xml->err, code, kind, "%s:%u: %s", xml->source, line, sentence);
}

int xml_error(struct xml *xml, unsigned line, enum error_kind kind, const char *format, ...)
{
	AUTO_FREE char *sentence = NULL;
	va_list args;
	int r;

	va_start(args, format);
	r = vasprintf(&sentence, format, args);
	va_end(args);
	if (r < 0) {
		sentence = NULL;
		return error_oom(xml->err);
	}
	return error_about(xml, line, kind, sentence);
}

int xml_error_value(struct xml *xml, const struct xml_item *item, const char *why)
{
	AUTO_FREE char *text = NULL;
	const char *element = xml_label(xml, item->element);

	if (item->value)
		return xml_error(xml, item->line, ERROR_INVALID_ARGUMENT, "<%s %s='%s'> %s",
				 element, item->rule->name, item->value, why);
	text = xml_text(item->element);
	if (!text)
		return error_oom(xml->err);
	return xml_error(xml, item->line, ERROR_INVALID_ARGUMENT, "<%s>%s</%s> %s", element, text,
			 element, why);
}

int xml_error_from(struct xml *xml, struct error *error)
{
	int code = error->code, length = 0;
	unsigned line = 0;
	const char *sentence = error_text(error);

	if (sscanf(sentence, "line %u: %n", &line, &length) == 1 && length > 0)
		sentence += length;
	else
		line = 0;
	if (code == -ENOMEM)
		error_oom(xml->err);
	else
		error_about(xml, line, error->kind, sentence);
	error_done(error);
	return code;
}

static void on_error(void *user, xml_error_arg error)
{
	xmlParserCtxt *context = user;
	struct parsing *parsing = context->_private;
	char *p;

	if (error->level < XML_ERR_ERROR || parsing->message || parsing->limit)
		return;
	parsing->message = strdup(error->message ? error->message : "unknown error");
	parsing->line = error->line;
	parsing->column = error->int2;
	if (!parsing->message)
		return;
	for (p = parsing->message; *p; p++)
		if (*p == '\n')
			*p = ' ';
	while (p > parsing->message && p[-1] == ' ')
		*--p = '\0';
}

static void stop(xmlParserCtxt *context, const char *limit)
{
	struct parsing *parsing = context->_private;

	if (!parsing->limit) {
		parsing->limit = limit;
		parsing->limit_line = xmlSAX2GetLineNumber(context);
	}
	xmlStopParser(context);
}

static void on_doctype(void *user, const xmlChar *name, const xmlChar *id, const xmlChar *uri)
{
	stop(user, "a document type declaration (<!DOCTYPE>) is not accepted here");
}

static void on_element(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		       int n_namespaces, const xmlChar **namespaces, int n_attributes,
		       int n_defaulted, const xmlChar **attributes)
{
	xmlParserCtxt *context = user;
	struct parsing *parsing = context->_private;

	if (++parsing->depth > DOCUMENT_DEPTH_MAX)
		return stop(context, "elements are nested too deeply (more than 64)");
	if (++parsing->n_elements > DOCUMENT_ELEMENTS_MAX)
		return stop(context, "there are too many elements (more than 20000)");
	xmlSAX2StartElementNs(user, name, prefix, uri, n_namespaces, namespaces, n_attributes,
			      n_defaulted, attributes);
}

static void on_element_end(void *user, const xmlChar *name, const xmlChar *prefix,
			   const xmlChar *uri)
{
	xmlParserCtxt *context = user;
	struct parsing *parsing = context->_private;

	parsing->depth--;
	xmlSAX2EndElementNs(user, name, prefix, uri);
}

/* Counts what looks like an attribute since the last '<'; text may look so too. */
static bool attributes_within_limit(const char *text, size_t size, unsigned *ret_line)
{
	unsigned n = 0, line = 1;

	for (size_t i = 0; i < size; i++) {
		size_t j = i + 1;

		if (text[i] == '\n')
			line++;
		if (text[i] == '<')
			n = 0;
		if (text[i] != '=')
			continue;
		while (j < size && strchr(" \t\r\n", text[j]))
			j++;
		if (j < size && (text[j] == '"' || text[j] == '\''))
			n++;
		if (n > DOCUMENT_ATTRIBUTES_MAX) {
			*ret_line = line;
			return false;
		}
	}
	return true;
}

static int check_bytes(struct xml *xml, const char *text, size_t size)
{
	unsigned line;

	if (size > DOCUMENT_SIZE_MAX)
		return xml_error(xml, 0, ERROR_INVALID_XML,
				 "the document is too large (%zu bytes; %d are read)", size,
				 DOCUMENT_SIZE_MAX);
	if (size == 0)
		return xml_error(xml, 1, ERROR_INVALID_XML, "not XML: the document is empty");
	/* UTF-16 and UTF-32 are full of them, and no other encoding of XML has any. */
	if (memchr(text, 0, size))
		return xml_error(xml, 0, ERROR_INVALID_XML,
				 "not XML: it holds a NUL byte (is it UTF-16?)");
	if (!attributes_within_limit(text, size, &line))
		return xml_error(xml, line, ERROR_INVALID_XML,
				 "an element has too many attributes (more than %d)",
				 DOCUMENT_ATTRIBUTES_MAX);
	return 0;
}

static xmlDoc *build_tree(struct parsing *parsing, const char *text, size_t size)
{
	xmlParserCtxt *context = xmlNewParserCtxt();
	xmlDoc *doc;

	if (!context)
		return NULL;
	context->_private = parsing;
	context->sax->serror = on_error;
	context->sax->internalSubset = on_doctype;
	context->sax->startElementNs = on_element;
	context->sax->endElementNs = on_element_end;
	doc = xmlCtxtReadMemory(context, text, (int)size, NULL, NULL,
				XML_PARSE_NONET | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES);
	if (doc && (parsing->limit || parsing->message)) {
		xmlFreeDoc(doc);
		doc = NULL;
	}
	xmlFreeParserCtxt(context);
	return doc;
}

static int parse_error(struct xml *xml, const struct parsing *parsing)
{
	const char *message = parsing->message ? parsing->message : "no document";

	if (parsing->limit)
		return xml_error(xml, (unsigned)parsing->limit_line, ERROR_INVALID_XML, "%s",
				 parsing->limit);
	if (!xml->source)
		return error_set(xml->err, -EINVAL, ERROR_INVALID_XML,
				 "line %d, column %d: not XML: %s", parsing->line, parsing->column,
				 message);
	return error_set(xml->err, -EINVAL, ERROR_INVALID_XML, "%s:%d:%d: not XML: %s", xml->source,
			 parsing->line, parsing->column, message);
}

static int check_root(struct xml *xml, const char *root)
{
	unsigned line = xml_line(xml->root);

	if (strcmp(xml_name(xml->root), root) != 0)
		return xml_error(xml, line, ERROR_INVALID_XML, "the root element is <%s>, not <%s>",
				 xml_name(xml->root), root);
	if (xml->root->ns)
		return xml_error(xml, line, ERROR_INVALID_XML,
				 "<%s> is in the namespace '%s'; it belongs in none", root,
				 (const char *)xml->root->ns->href);
	return 0;
}

int xml_parse(struct xml *xml, const char *text, size_t size, const char *source, const char *root,
	      struct error *err)
{
	struct parsing parsing = { 0 };
	int r;

	*xml = (struct xml){ .source = source && *source ? source : NULL, .err = err };
	r = check_bytes(xml, text, size);
	if (r < 0)
		return r;
	xml->doc = build_tree(&parsing, text, size);
	if (!xml->doc) {
		r = parse_error(xml, &parsing);
		free(parsing.message);
		return r;
	}
	xml->root = xmlDocGetRootElement(xml->doc);
	r = check_root(xml, root);
	if (r < 0)
		xml_done(xml);
	return r;
}

void xml_done(struct xml *xml)
{
	if (xml->doc)
		xmlFreeDoc(xml->doc);
	xml->doc = NULL;
	xml->root = NULL;
}

const char *xml_name(const xmlNode *element)
{
	return (const char *)element->name;
}

const char *xml_label(struct xml *xml, const xmlNode *element)
{
	if (!element->ns || !element->ns->prefix)
		return xml_name(element);
	snprintf(xml->label, sizeof(xml->label), "%s:%s", (const char *)element->ns->prefix,
		 xml_name(element));
	return xml->label;
}

unsigned xml_line(const xmlNode *element)
{
	long line = xmlGetLineNo(element);

	return line > 0 ? (unsigned)line : 0;
}

char *xml_text(xmlNode *element)
{
	xmlChar *content = xmlNodeGetContent(element);
	char *text = content ? strdup((char *)content) : NULL;

	xmlFree(content);
	return text;
}

static bool in_namespace(const xmlNs *ns, const char *wanted)
{
	return streq(ns ? (const char *)ns->href : NULL, wanted);
}

static bool element_matches(const xmlNode *node, const struct xml_rule *rule)
{
	return node->type == XML_ELEMENT_NODE && !strcmp(xml_name(node), rule->name) &&
	       in_namespace(node->ns, rule->ns);
}

xmlNode *xml_child(xmlNode *element, const char *name)
{
	for (xmlNode *child = element->children; child; child = child->next)
		if (element_matches(child, &(struct xml_rule){ .name = name }))
			return child;
	return NULL;
}

static const struct xml_rule *rule_of_element(const struct xml_table *table, const xmlNode *node)
{
	for (size_t i = 0; i < table->n_elements; i++)
		if (element_matches(node, &table->elements[i]))
			return &table->elements[i];
	return NULL;
}

static const struct xml_rule *rule_of_attribute(const struct xml_table *table, const xmlAttr *attr)
{
	for (size_t i = 0; i < table->n_attributes; i++)
		if (!attr->ns && !strcmp((const char *)attr->name, table->attributes[i].name))
			return &table->attributes[i];
	return NULL;
}

static char *attribute_value(const xmlAttr *attr)
{
	xmlChar *content = xmlNodeListGetString(attr->doc, attr->children, 1);
	char *value = strdup(content ? (char *)content : "");

	xmlFree(content);
	return value;
}

static int read_attribute(struct xml *xml, xmlNode *element, const struct xml_rule *rule,
			  void *object)
{
	AUTO_FREE char *value = NULL;
	const xmlAttr *attr = element->properties;

	while (attr && (attr->ns || strcmp((const char *)attr->name, rule->name) != 0))
		attr = attr->next;
	if (!attr) {
		if (!(rule->flags & XML_REQUIRED))
			return 0;
		return xml_error(xml, xml_line(element), ERROR_INVALID_XML,
				 "<%s> lacks the attribute '%s'", xml_name(element), rule->name);
	}
	value = attribute_value(attr);
	if (!value)
		return error_oom(xml->err);
	return rule->read(xml,
			  &(struct xml_item){ .rule = rule,
					      .element = element,
					      .value = value,
					      .line = xml_line(element) },
			  object);
}

static int read_element(struct xml *xml, xmlNode *element, const struct xml_rule *rule,
			void *object)
{
	xmlNode *first = NULL;
	int r;

	for (xmlNode *child = element->children; child; child = child->next) {
		struct xml_item item = { .rule = rule, .element = child };

		if (!element_matches(child, rule))
			continue;
		item.line = xml_line(child);
		if (first && !(rule->flags & XML_MANY))
			return xml_error(xml, item.line, ERROR_INVALID_XML,
					 "<%s> stands twice in <%s> (first in line %u)", rule->name,
					 xml_name(element), xml_line(first));
		first = child;
		r = rule->read(xml, &item, object);
		if (r < 0)
			return r;
	}
	if (!first && rule->flags & XML_REQUIRED)
		return xml_error(xml, xml_line(element), ERROR_INVALID_XML,
				 "<%s> lacks the element <%s>", xml_name(element), rule->name);
	return 0;
}

/* --- what is kept --- */

/* "" for the root of what is kept, a name for a child of it, NULL for what lies deeper. */
static const char *parent_path(const struct xml *xml, const xmlNode *element)
{
	if (!xml->kept)
		return NULL;
	if (element == xml->top)
		return "";
	return element->parent == xml->top && !element->ns ? xml_name(element) : NULL;
}

static bool is_blank(const xmlNode *node)
{
	const char *text = (const char *)node->content;

	return !text || text[strspn(text, " \t\r\n")] == '\0';
}

static bool has_element(const xmlNode *node)
{
	for (const xmlNode *child = node->children; child; child = child->next)
		if (child->type == XML_ELEMENT_NODE)
			return true;
	return false;
}

/* Only elements or one line of text in each, no namespaces: its layout carries nothing. */
static bool is_plain(const xmlNode *node)
{
	if (node->ns || node->nsDef)
		return false;
	for (const xmlAttr *attr = node->properties; attr; attr = attr->next)
		if (attr->ns)
			return false;
	for (const xmlNode *child = node->children; child; child = child->next) {
		if (child->type == XML_ELEMENT_NODE) {
			if (!is_plain(child))
				return false;
			continue;
		}
		if (child->type != XML_TEXT_NODE)
			return false;
		if (!is_blank(child) && has_element(node))
			return false;
		if (!is_blank(child) && strpbrk((const char *)child->content, "\r\n"))
			return false;
	}
	return true;
}

static int print_plain(struct xml_writer *writer, xmlNode *node)
{
	int r = 0;

	xml_begin(writer, xml_name(node));
	for (const xmlAttr *attr = node->properties; attr && r == 0; attr = attr->next) {
		AUTO_FREE char *value = attribute_value(attr);

		if (!value)
			return -ENOMEM;
		xml_attribute(writer, (const char *)attr->name, value);
	}
	for (xmlNode *child = node->children; child && r == 0; child = child->next) {
		if (child->type == XML_ELEMENT_NODE)
			r = print_plain(writer, child);
		else if (!is_blank(child))
			xml_content(writer, (const char *)child->content);
	}
	xml_end(writer, xml_name(node));
	return r;
}

static int plain_text(xmlNode *node, char **ret_text)
{
	AUTO_XML_WRITER struct xml_writer writer = XML_WRITER_INIT;
	int r = print_plain(&writer, node);

	return r < 0 ? r : xml_writer_take(&writer, ret_text);
}

/* As it stands; the copy declares the namespaces that the original inherited. */
static int verbatim_text(xmlNode *node, char **ret_text)
{
	xmlNode *copy = xmlDocCopyNode(node, node->doc, 1);
	xmlBuffer *buffer = xmlBufferCreate();
	char *text = NULL;

	if (copy && buffer && xmlNodeDump(buffer, node->doc, copy, 0, 0) >= 0)
		text = strdup((const char *)xmlBufferContent(buffer));
	xmlBufferFree(buffer);
	xmlFreeNode(copy);
	if (!text)
		return -ENOMEM;
	*ret_text = text;
	return 0;
}

static char *qualified_name(const xmlNs *ns, const char *name)
{
	char *qualified;

	if (!ns || !ns->prefix)
		return strdup(name);
	return asprintf(&qualified, "%s:%s", (const char *)ns->prefix, name) < 0 ? NULL : qualified;
}

static int cannot_keep(struct xml *xml, const xmlNode *element, const char *name, unsigned line)
{
	return xml_error(xml, line, ERROR_NOT_SUPPORTED, "'%s' cannot be kept inside <%s>", name,
			 xml_label(xml, element));
}

static int keep_element(struct xml *xml, xmlNode *node)
{
	AUTO_FREE char *name = qualified_name(node->ns, xml_name(node));
	const char *parent = parent_path(xml, node->parent);
	bool verbatim = !is_plain(node);
	AUTO_FREE char *text = NULL;
	int r;

	if (!name)
		return error_oom(xml->err);
	if (!parent)
		return cannot_keep(xml, node->parent, name, xml_line(node));
	r = verbatim ? verbatim_text(node, &text) : plain_text(node, &text);
	if (r == 0)
		r = kept_add_element(xml->kept, parent, name, text, verbatim, xml_line(node));
	return r < 0 ? error_oom(xml->err) : 0;
}

static int keep_attribute(struct xml *xml, const xmlNode *element, const char *name,
			  const char *value)
{
	const char *parent = parent_path(xml, element);

	if (!parent)
		return cannot_keep(xml, element, name, xml_line(element));
	if (kept_add_attribute(xml->kept, parent, name, value, xml_line(element)) < 0)
		return error_oom(xml->err);
	return 0;
}

/* The attribute is given back with a declaration of its prefix beside it. */
static int keep_foreign_attribute(struct xml *xml, const xmlNode *element, const xmlAttr *attr)
{
	AUTO_FREE char *name = qualified_name(attr->ns, (const char *)attr->name);
	AUTO_FREE char *value = attribute_value(attr);
	AUTO_FREE char *declaration = NULL;
	int r;

	if (!name || !value)
		return error_oom(xml->err);
	if (strcmp((const char *)attr->ns->href, (const char *)XML_XML_NAMESPACE) != 0) {
		declaration = qualified_name(&(xmlNs){ .prefix = BAD_CAST "xmlns" },
					     (const char *)attr->ns->prefix);
		if (!declaration)
			return error_oom(xml->err);
		r = keep_attribute(xml, element, declaration, (const char *)attr->ns->href);
		if (r < 0)
			return r;
	}
	return keep_attribute(xml, element, name, value);
}

/* --- what no row names --- */

static int check_attribute(struct xml *xml, const xmlNode *element, const xmlAttr *attr,
			   const struct xml_table *table)
{
	if (attr->ns && !in_namespace(attr->ns, VIF_NAMESPACE))
		return xml->kept_whole ? 0 : keep_foreign_attribute(xml, element, attr);
	if (rule_of_attribute(table, attr))
		return 0;
	return xml_error(xml, xml_line(element), ERROR_NOT_SUPPORTED,
			 "<%s> has an attribute '%s' that vifd does not know here",
			 xml_name(element), (const char *)attr->name);
}

static int check_node(struct xml *xml, xmlNode *element, xmlNode *node,
		      const struct xml_table *table)
{
	if (node->type == XML_COMMENT_NODE || node->type == XML_PI_NODE)
		return 0;
	if (node->type != XML_ELEMENT_NODE) {
		if (is_blank(node))
			return 0;
		return xml_error(xml, xml_line(element), ERROR_INVALID_XML,
				 "<%s> holds text where none belongs", xml_label(xml, element));
	}
	if (node->ns && !in_namespace(node->ns, VIF_NAMESPACE))
		return xml->kept_whole ? 0 : keep_element(xml, node);
	if (rule_of_element(table, node))
		return 0;
	return xml_error(xml, xml_line(node), ERROR_NOT_SUPPORTED,
			 "<%s> has an element <%s> that vifd does not know here", xml_name(element),
			 xml_label(xml, node));
}

int xml_read(struct xml *xml, xmlNode *element, const struct xml_table *table, void *object)
{
	int r = 0;

	for (size_t i = 0; i < table->n_attributes && r == 0; i++)
		r = read_attribute(xml, element, &table->attributes[i], object);
	for (xmlAttr *attr = element->properties; attr && r == 0; attr = attr->next)
		r = check_attribute(xml, element, attr, table);
	for (size_t i = 0; i < table->n_elements && r == 0; i++)
		r = read_element(xml, element, &table->elements[i], object);
	for (xmlNode *child = element->children; child && r == 0; child = child->next)
		r = check_node(xml, element, child, table);
	return r;
}

/* --- ready-made rows --- */

int xml_read_string(struct xml *xml, const struct xml_item *item, void *object)
{
	void *field = (char *)object + item->rule->offset;
	char **slot = field;
	AUTO_FREE char *text = item->value ? strdup(item->value) : xml_text(item->element);

	if (!text)
		return error_oom(xml->err);
	if (!*text)
		return xml_error_value(xml, item, "is empty");
	*slot = take_ptr(text);
	return 0;
}

int xml_descend(struct xml *xml, const struct xml_item *item, void *object)
{
	return xml_read(xml, item->element, item->rule->table, object);
}

int xml_keep(struct xml *xml, const struct xml_item *item, void *object)
{
	if (item->value)
		return keep_attribute(xml, item->element, item->rule->name, item->value);
	return keep_element(xml, item->element);
}

int xml_keep_read(struct xml *xml, const struct xml_item *item, void *object)
{
	int r;

	xml->kept_whole = true;
	r = xml_read(xml, item->element, item->rule->table, object);
	xml->kept_whole = false;
	return r < 0 ? r : xml_keep(xml, item, object);
}

static int error_not_one_of(struct xml *xml, const struct xml_item *item)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *why = NULL;

	text_add(&text, "is not one of");
	for (const char *const *value = item->rule->values; *value; value++)
		text_add(&text, "%s %s", value == item->rule->values ? "" : ",", *value);
	if (text_take(&text, &why) < 0)
		return error_oom(xml->err);
	return xml_error_value(xml, item, why);
}

static bool is_one_of(const struct xml_item *item)
{
	for (const char *const *value = item->rule->values; *value; value++)
		if (!strcmp(item->value, *value))
			return true;
	return false;
}

int xml_keep_one_of(struct xml *xml, const struct xml_item *item, void *object)
{
	if (!is_one_of(item))
		return error_not_one_of(xml, item);
	return xml_keep(xml, item, object);
}

int xml_keep_first(struct xml *xml, const struct xml_item *item, void *object)
{
	if (!is_one_of(item))
		return error_not_one_of(xml, item);
	if (strcmp(item->value, item->rule->values[0]) != 0)
		return xml_refuse(xml, item, object);
	return xml_keep(xml, item, object);
}

int xml_refuse(struct xml *xml, const struct xml_item *item, void *object)
{
	if (item->value)
		return xml_error(xml, item->line, ERROR_NOT_SUPPORTED,
				 "<%s %s='%s'> is not supported yet", xml_label(xml, item->element),
				 item->rule->name, item->value);
	return xml_error(xml, item->line, ERROR_NOT_SUPPORTED, "<%s> in <%s> is not supported yet",
			 item->rule->name, xml_name(item->element->parent));
}

int xml_drop(struct xml *xml, const struct xml_item *item, void *object)
{
	return 0;
}

int xml_read_port_type(struct xml *xml, const struct xml_item *item, enum port_type *ret_type)
{
	enum port_type type;

	if (port_type_parse(item->value, &type) < 0)
		return xml_error_value(xml, item, "is not one of direct, live");
	if (type == PORT_TYPE_LIVE)
		return xml_refuse(xml, item, NULL);
	*ret_type = type;
	return 0;
}
