/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How much of a document is read. Documents come from people and from the bus;
 * an honest one is a few kilobytes, and libxml2 is quadratic in the attributes
 * of one element, so each of these bounds is a bound on time as well.
 */
#pragma once

enum {
	DOCUMENT_SIZE_MAX = 1024 * 1024, /* bytes; also what a reader of a file should ask for */
	DOCUMENT_DEPTH_MAX = 64,         /* elements inside each other */
	DOCUMENT_ELEMENTS_MAX = 20000,
	DOCUMENT_ATTRIBUTES_MAX = 1000, /* of one element */
};
