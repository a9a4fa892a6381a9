/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plain text: UTF-8 without characters that a terminal or a log obeys instead
 * of showing them.
 *
 * Names that others chose (a guest's, a device's, a file's) end up in sentences.
 * A terminal obeys the control characters of C0 and C1 (ECMA-48), an editor and a
 * terminal the marks that turn the direction of writing (Unicode Standard Annex
 * 9), a log takes a line break for the next message, and D-Bus takes no string
 * that is not UTF-8, while the kernel's names are bytes. So none of these gets
 * into a sentence: it stands there as "\x1b" or "\u202e".
 */
#pragma once

#include <stdbool.h>

/* `allowed`: of C0 those that may stand, as "\n\t" in a document. */
bool plain_is(const char *text, const char *allowed);

/* The text with what is not plain made visible: a new string. NULL when out of memory. */
char *plain_format(const char *text, const char *allowed);

/* The same in place of a string, which it frees; that string if it is plain, or out of memory. */
char *plain_take(char *text, const char *allowed);
