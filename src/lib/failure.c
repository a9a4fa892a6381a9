/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <string.h>

#include "lib/failure.h"
#include "util/text.h"

static const int kind_codes[] = {
	[ERROR_NONE] = -EIO,
	[ERROR_INVALID_XML] = -EBADMSG,
	[ERROR_INVALID_ARGUMENT] = -EINVAL,
	[ERROR_NOT_SUPPORTED] = -EOPNOTSUPP,
	[ERROR_NO_SUCH_NETWORK] = -ENOENT,
	[ERROR_NETWORK_INACTIVE] = -ENETDOWN,
	[ERROR_NETWORK_EXISTS] = -EEXIST,
	[ERROR_NO_SUCH_PORT] = -ENOENT,
	[ERROR_NO_SUCH_FILTER] = -ENOENT,
	[ERROR_NO_SUCH_GROUP] = -ENOENT,
	[ERROR_NO_SUCH_DEVICE] = -ENODEV,
	[ERROR_DEVICE_UNSUITABLE] = -EMEDIUMTYPE,
	[ERROR_IN_USE] = -EBUSY,
	[ERROR_PERMISSION] = -EPERM,
	[ERROR_UNREACHABLE] = -ECONNREFUSED,
	[ERROR_SYSTEM] = -EIO,
};
_Static_assert(ARRAY_SIZE(kind_codes) == ERROR_KIND_COUNT, "every kind has an errno");

/* Out of memory here loses the words, never the return code; both strings are freed as usual. */
int failure_set(struct vif_error *error, enum error_kind kind, const char *format, ...)
{
	va_list args;

	if (!error)
		return kind_codes[kind];
	vif_error_done(error);
	va_start(args, format);
	error->text = text_format_va(format, args) ?: strdup("out of memory");
	va_end(args);
	error->kind = strdup(error_kind_name(kind));
	return kind_codes[kind];
}

int failure_oom(struct vif_error *error)
{
	(void)failure_set(error, ERROR_SYSTEM, "out of memory");
	return -ENOMEM;
}

void vif_error_done(struct vif_error *error)
{
	free(error->kind);
	free(error->text);
	*error = (struct vif_error)VIF_ERROR_INIT;
}
