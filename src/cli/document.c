/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "cli/document.h"
#include "formats/interface-xml.h"
#include "formats/bounds.h"
#include "formats/spec.h"
#include "util/file.h"

int document_read_file(const char *file, struct document *ret_document, struct error *err)
{
	AUTO_FREE char *xml = NULL;
	size_t size;
	int r;

	r = file_read(file, DOCUMENT_SIZE_MAX, &xml, &size, err);
	if (r < 0)
		return r;
	if (strlen(xml) != size) /* D-Bus would end it there */
		return error_set(err, -EINVAL, ERROR_INVALID_XML,
				 "%s: not XML: it holds a NUL byte", file);
	*ret_document = (struct document){
		.xml = take_ptr(xml),
		.source = strcmp(file, "-") ? file : "stdin",
	};
	return 0;
}

static int document_from_spec(const char *spec, struct document *ret_document, struct error *err)
{
	AUTO(interface_freep) struct interface *interface = NULL;
	struct document document = { .source = "spec" };
	int r;

	r = interface_from_spec(spec, &interface, err);
	if (r < 0)
		return r;
	r = interface_to_xml(interface, &document.xml, err);
	if (r < 0)
		return r;
	*ret_document = document;
	return 0;
}

int document_read(const char *argument, struct document *ret_document, struct error *err)
{
	if (!strcmp(argument, "-") || access(argument, F_OK) == 0)
		return document_read_file(argument, ret_document, err);
	if (strchr(argument, '=') || !strcmp(argument, "ethernet"))
		return document_from_spec(argument, ret_document, err);
	return error_set(
		err, -ENOENT, ERROR_INVALID_ARGUMENT,
		"%s is neither a file nor a SPEC such as network=NAME, dev=IFACE, bridge=BR "
		"or ethernet",
		argument);
}

int document_read_fragment(const char *argument, struct document *ret_document, struct error *err)
{
	struct document document = { .source = "xml" };

	if (argument[strspn(argument, " \t\r\n")] != '<')
		return document_read_file(argument, ret_document, err);
	document.xml = strdup(argument);
	if (!document.xml)
		return error_oom(err);
	*ret_document = document;
	return 0;
}

void document_done(struct document *document)
{
	free(document->xml);
	*document = (struct document){ 0 };
}
