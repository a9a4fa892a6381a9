/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A FILE, a SPEC or XML on the command line, as XML for vifd.
 *
 * A FILE and XML are sent as they are: vifd parses it and names the line of what is wrong. A
 * SPEC is turned into XML here.
 */
#pragma once

#include "util/error.h"

struct document {
	char *xml;
	const char *source; /* for vifd's sentences: the file's name; borrowed */
	const char *spec;   /* what it was made of, borrowed; NULL: it is as it was given */
};

/* "-" is standard input. May block as reading a file does. */
int document_read_file(const char *file, struct document *ret_document, struct error *err);

/*
 * An argument is XML itself if it begins with '<', a file if it exists as one or
 * is "-", a SPEC if it holds a '=' or begins with the word "ethernet", else an
 * error that says what was probably meant.
 */
int document_read(const char *argument, struct document *ret_document, struct error *err);

/* XML itself (it begins with '<'), or a file that holds it. */
int document_read_fragment(const char *argument, struct document *ret_document, struct error *err);

/*
 * Says what vifd has said of the document in the words of its author: of a SPEC
 * vifd saw the XML only.
 */
void document_translate(const struct document *document, struct error *err);

void document_done(struct document *document);
#define AUTO_DOCUMENT AUTO(document_done)
