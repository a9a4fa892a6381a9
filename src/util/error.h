/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One error sentence, from where the fact is known to the terminal.
 *
 * A struct error is made where something is known to be wrong, gets context
 * put in front of it on the way up (error_prefix), and is said once at the
 * top. It carries
 *
 *	code	a negative errno, which is also what the function returns
 *	kind	a stable name for programs, the D-Bus error name's last part
 *	text	one sentence for people; names the culprit, and for a file its line;
 *		one plain line (util/plain.h), whatever the names in it are
 *
 * Contract of every function here that takes an error: err may be NULL (the
 * caller does not want the text); only the first error stays, a second
 * error_set() on a set error is a bug in the caller and replaces nothing.
 * The owner of a struct error starts it with ERROR_INIT and ends it with
 * error_done(). Nothing here blocks; out of memory loses the text, never the
 * code.
 */
#pragma once

#include "util/cleanup.h"

enum error_kind {
	ERROR_NONE,
	ERROR_INVALID_XML,      /* not XML, or not the expected document */
	ERROR_INVALID_ARGUMENT, /* a value that nobody could serve */
	ERROR_NOT_SUPPORTED,    /* understood, but not (yet) served */
	ERROR_NO_SUCH_NETWORK,
	ERROR_NETWORK_INACTIVE,
	ERROR_NETWORK_EXISTS,
	ERROR_NO_SUCH_PORT,
	ERROR_NO_SUCH_FILTER,
	ERROR_NO_SUCH_GROUP,
	ERROR_NO_SUCH_DEVICE,    /* a host interface, bridge or device file is absent */
	ERROR_DEVICE_UNSUITABLE, /* the host interface cannot carry this */
	ERROR_IN_USE,            /* somebody holds what was asked for */
	ERROR_UNSETTLED,         /* it is being changed: worth another try when that is over */
	ERROR_PERMISSION,
	ERROR_UNREACHABLE, /* no daemon */
	ERROR_SYSTEM,      /* the kernel or the file system refused */
	ERROR_KIND_COUNT,
};

struct error {
	int code;
	enum error_kind kind;
	char *text;
};

#define ERROR_INIT ((struct error){ 0 })
#define AUTO_ERROR AUTO(error_done)

/* "InvalidXml" and so on; error_kind_parse() gives ERROR_SYSTEM for a name it does not know. */
const char *error_kind_name(enum error_kind kind);
enum error_kind error_kind_parse(const char *name);

/*
 * Sets the error and returns code, so that a failing function can end with
 * `return error_set(err, -ENODEV, ERROR_NO_SUCH_DEVICE, "…", …)`. code is
 * a negative errno.
 */
int error_set(struct error *err, int code, enum error_kind kind, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* error_set() with ERROR_SYSTEM and ": strerror(-code)" behind the text. */
int error_system(struct error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

int error_oom(struct error *err);

/* Puts "context" in front of the text, as it is (write the ": " yourself). Keeps code and kind. */
void error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "what helps" behind the text, as it is. Keeps code and kind. */
void error_suffix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * A text "line N: …", made where a document's lines are known and its name is not,
 * becomes "source:N: …". Any other text stays as it is.
 */
void error_place(struct error *err, const char *source);

/* The text, never NULL: falls back on strerror(). */
const char *error_text(const struct error *err);

/* As error_set(), with what *from says; for a failure that is reported more than once. */
int error_copy(struct error *err, const struct error *from);

/* Moves *from into *to (which must be unset or NULL) and leaves *from unset. */
void error_move(struct error *to, struct error *from);

void error_done(struct error *err);
