/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Small parsers for whole strings. Each returns 0, or -EINVAL where the text
 * is not of the form, or -ERANGE where it is but out of bounds, and writes
 * its output only on success. None accepts leading or trailing white space.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits only. */
int parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret_value);
int parse_u32(const char *text, uint32_t min, uint32_t max, uint32_t *ret_value);

/* "yes" or "no", as libvirt's XML has them. */
int parse_yes_no(const char *text, bool *ret_value);

/*
 * Is it a name that the kernel would take for a netdev? 1 to 15 bytes, no
 * '/', ':', white space, not "." or ".." (net/core/dev.c dev_valid_name).
 */
bool ifname_is_valid(const char *name);

/* Why it is none: the end of a sentence that begins with the name. NULL: it is one. */
const char *ifname_wrong(const char *name);

/* The same of a name that may hold one "%d", in whose place a number will be. */
const char *ifname_template_wrong(const char *template);

/*
 * Why it is no name that DNS has: the end of a sentence that begins with it. NULL: it is one.
 * It has the characters of host names, '_' and '*' (RFC 1035, RFC 2181); one in another
 * script is written as DNS has it, with xn-- (RFC 5890).
 */
const char *dns_name_wrong(const char *name);

/* The index of `text` in a table of names (which may have holes), or -EINVAL. */
int name_index(const char *const *names, unsigned n, const char *text);

/* String equality where NULL equals only NULL. */
bool streq(const char *a, const char *b);

/* A blank of a line of settings: a space, a tab, or what DOS has at its end. */
bool line_blank(char c);

/* Without the blanks around; inside the line, which is changed. */
char *line_trim(char *line);
