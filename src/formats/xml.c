/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parser's settings, and the errors about a document.
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
#include "formats/xml.h"

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
	const char *limit; /* or why the parser was stopped, */
	int limit_value;   /* at which number, if at one, */
	int limit_line;    /* and where */
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

	va_start(args, format);
	sentence = text_format_va(format, args);
	va_end(args);
	if (!sentence)
		return error_oom(xml->err);
	return error_about(xml, line, kind, sentence);
}

char *xml_content_of(const xmlNode *element)
{
	xmlChar *content = xmlNodeGetContent(element);
	char *text = content ? strdup((char *)content) : NULL;

	xmlFree(content);
	return text;
}

int xml_error_value(struct xml *xml, const struct xml_item *item, const char *why)
{
	AUTO_FREE char *text = NULL;
	const char *element = xml_label(xml, item->element);

	if (item->value)
		return xml_error(xml, item->line, ERROR_INVALID_ARGUMENT, "<%s %s='%s'> %s",
				 element, item->name, item->value, why);
	text = xml_content_of(item->element);
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

static void stop(xmlParserCtxt *context, const char *limit, int value)
{
	struct parsing *parsing = context->_private;

	if (!parsing->limit) {
		parsing->limit = limit;
		parsing->limit_value = value;
		parsing->limit_line = xmlSAX2GetLineNumber(context);
	}
	xmlStopParser(context);
}

static void on_doctype(void *user, const xmlChar *name, const xmlChar *id, const xmlChar *uri)
{
	stop(user, "a document type declaration (<!DOCTYPE>) is not accepted here", 0);
}

static void on_element(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		       int n_namespaces, const xmlChar **namespaces, int n_attributes,
		       int n_defaulted, const xmlChar **attributes)
{
	xmlParserCtxt *context = user;
	struct parsing *parsing = context->_private;

	if (++parsing->depth > DOCUMENT_DEPTH_MAX)
		return stop(context, "elements are nested too deeply", DOCUMENT_DEPTH_MAX);
	if (++parsing->n_elements > DOCUMENT_ELEMENTS_MAX)
		return stop(context, "there are too many elements", DOCUMENT_ELEMENTS_MAX);
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

static bool has_many(const char *text, size_t size, char wanted, unsigned max)
{
	unsigned n = 0;

	for (const char *at = text; (at = memchr(at, wanted, size - (size_t)(at - text))); at++)
		if (++n > max)
			return true;
	return false;
}

/* Counts what looks like an attribute since the last '<'; text may look so too. */
static bool attributes_within_limit(const char *text, size_t size, unsigned *ret_line)
{
	unsigned n = 0, line = 1;

	if (!has_many(text, size, '=', DOCUMENT_ATTRIBUTES_MAX))
		return true;
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

	if (parsing->limit && parsing->limit_value)
		return xml_error(xml, (unsigned)parsing->limit_line, ERROR_INVALID_XML,
				 "%s (more than %d)", parsing->limit, parsing->limit_value);
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
	bool ours = !strncmp(root, "vif:", 4);

	if (ours && xml->root->ns && !strcmp((const char *)xml->root->ns->href, VIF_NAMESPACE) &&
	    !strcmp(xml_name(xml->root), root + 4))
		return 0;
	if (strcmp(xml_name(xml->root), ours ? root + 4 : root) != 0)
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
