/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A FILE or a SPEC on the command line, as XML for vifd.
 *
 * A FILE is sent as it is: vifd parses it and names the line of what is wrong. A
 * SPEC is turned into XML here.
 */
#pragma once

#include "util/error.h"

struct document {
	char *xml;
	const char *source; /* for vifd's sentences: the file's name; borrowed */
};

/* "-" is standard input. May block as reading a file does. */
int document_read_file(const char *file, struct document *ret_document, struct error *err);

/*
 * An argument is a file if it exists as one or is "-", a SPEC if it holds a '='
 * or is the word "ethernet", else an error.
 */
int document_read(const char *argument, struct document *ret_document, struct error *err);

/* XML itself (it begins with '<'), or a file that holds it. */
int document_read_fragment(const char *argument, struct document *ret_document, struct error *err);

void document_done(struct document *document);
#define AUTO_DOCUMENT AUTO(document_done)
