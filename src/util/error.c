/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "util/error.h"
#include "util/plain.h"
#include "util/text.h"

enum {
	TEXT_MAX = 1000, /* bytes of a sentence, which may quote what is of any size */
	TEXT_END = 300,  /* of which these are its last */
};

static const char *const kind_names[] = {
	[ERROR_NONE] = "None",
	[ERROR_INVALID_XML] = "InvalidXml",
	[ERROR_INVALID_ARGUMENT] = "InvalidArgument",
	[ERROR_NOT_SUPPORTED] = "NotSupported",
	[ERROR_NO_SUCH_NETWORK] = "NoSuchNetwork",
	[ERROR_NETWORK_INACTIVE] = "NetworkInactive",
	[ERROR_NETWORK_EXISTS] = "NetworkExists",
	[ERROR_NO_SUCH_PORT] = "NoSuchPort",
	[ERROR_NO_SUCH_FILTER] = "NoSuchFilter",
	[ERROR_NO_SUCH_GROUP] = "NoSuchGroup",
	[ERROR_NO_SUCH_DEVICE] = "NoSuchDevice",
	[ERROR_DEVICE_UNSUITABLE] = "DeviceUnsuitable",
	[ERROR_IN_USE] = "InUse",
	[ERROR_UNSETTLED] = "Unsettled",
	[ERROR_PERMISSION] = "PermissionDenied",
	[ERROR_UNREACHABLE] = "Unreachable",
	[ERROR_SYSTEM] = "System",
};
_Static_assert(ARRAY_SIZE(kind_names) == ERROR_KIND_COUNT, "every kind has a name");

const char *error_kind_name(enum error_kind kind)
{
	return kind_names[kind];
}

enum error_kind error_kind_parse(const char *name)
{
	for (unsigned kind = 0; kind < ERROR_KIND_COUNT; kind++)
		if (!strcmp(kind_names[kind], name))
			return kind;
	return ERROR_SYSTEM;
}

static bool error_begin(struct error *err, int code, enum error_kind kind)
{
	if (!err || err->code)
		return false;
	err->code = code;
	err->kind = kind;
	return true;
}

/* Takes it. What a long one quotes is left out in its middle. */
static char *sentence(char *text)
{
	AUTO_FREE char *whole = text;
	const char *begin_of_end;
	size_t length = whole ? strlen(whole) : 0;

	if (length <= TEXT_MAX)
		return plain_take(take_ptr(whole), "");
	begin_of_end = whole + length - TEXT_END;
	/* No character of UTF-8 is cut into two. */
	while ((*begin_of_end & 0xc0) == 0x80)
		begin_of_end++;
	length = TEXT_MAX - TEXT_END;
	while ((whole[length] & 0xc0) == 0x80)
		length--;
	return plain_take(text_format("%.*s…%s", (int)length, whole, begin_of_end), "");
}

int error_set(struct error *err, int code, enum error_kind kind, const char *format, ...)
{
	va_list args;

	if (!error_begin(err, code, kind))
		return code;
	va_start(args, format);
	err->text = sentence(text_format_va(format, args));
	va_end(args);
	return code;
}

int error_system(struct error *err, int code, const char *format, ...)
{
	AUTO_FREE char *what = NULL;
	va_list args;

	if (!error_begin(err, code, ERROR_SYSTEM))
		return code;
	va_start(args, format);
	what = text_format_va(format, args);
	va_end(args);
	if (what)
		err->text = sentence(text_format("%s: %s", what, strerror(-code)));
	return code;
}

int error_oom(struct error *err)
{
	return error_set(err, -ENOMEM, ERROR_SYSTEM, "out of memory");
}

/* Takes over the text, where there was memory for it. */
static void error_replace(struct error *err, char *text)
{
	if (!text)
		return;
	free(err->text);
	err->text = sentence(text);
}

void error_prefix(struct error *err, const char *format, ...)
{
	AUTO_FREE char *prefix = NULL;
	va_list args;

	if (!err || !err->code)
		return;
	va_start(args, format);
	prefix = text_format_va(format, args);
	va_end(args);
	if (prefix)
		error_replace(err, text_format("%s%s", prefix, error_text(err)));
}

void error_suffix(struct error *err, const char *format, ...)
{
	AUTO_FREE char *suffix = NULL;
	va_list args;

	if (!err || !err->code)
		return;
	va_start(args, format);
	suffix = text_format_va(format, args);
	va_end(args);
	if (suffix)
		error_replace(err, text_format("%s%s", error_text(err), suffix));
}

void error_place(struct error *err, const char *source)
{
	unsigned line;
	char *text;
	int length = 0;

	if (!err || !err->text || sscanf(err->text, "line %u: %n", &line, &length) != 1 ||
	    length == 0)
		return;
	text = text_format("%s:%u: %s", source, line, err->text + length);
	error_replace(err, text);
}

const char *error_text(const struct error *err)
{
	if (err->text)
		return err->text;
	return strerror(-err->code);
}

int error_copy(struct error *err, const struct error *from)
{
	return error_set(err, from->code, from->kind, "%s", error_text(from));
}

void error_move(struct error *to, struct error *from)
{
	if (to && !to->code)
		*to = *from;
	else
		free(from->text);
	*from = ERROR_INIT;
}

void error_done(struct error *err)
{
	free(err->text);
	*err = ERROR_INIT;
}
