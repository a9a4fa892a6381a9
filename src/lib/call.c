/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls of vifd's methods.
 *
 * Failures have two sources. vifd answers an error named after its kind, with
 * a sentence that is passed on as it is. Everything else is the connection's:
 * it is sorted by errno, and each sentence names the socket. sd-bus folds both
 * into one errno and one sd_bus_error; the name's prefix tells them apart.
 */
#include <stdarg.h>
#include <string.h>

#include "lib/call.h"
#include "lib/failure.h"

#define ERROR_PREFIX "io.github.vifd.Error."

static int answer_fail(struct vif *vif, const char *method, int r, const sd_bus_error *answer,
		       struct vif_error *error)
{
	if (!strncmp(answer->name, ERROR_PREFIX, strlen(ERROR_PREFIX)))
		return failure_set(error, error_kind_parse(answer->name + strlen(ERROR_PREFIX)),
				   "%s", answer->message ?: answer->name);
	if (sd_bus_error_has_names(answer, SD_BUS_ERROR_UNKNOWN_METHOD,
				   SD_BUS_ERROR_UNKNOWN_INTERFACE, SD_BUS_ERROR_UNKNOWN_OBJECT,
				   SD_BUS_ERROR_INVALID_ARGS))
		return failure_set(error, ERROR_NOT_SUPPORTED,
				   "vifd at %s does not know the method %s: it is another version",
				   vif->path, method);
	if (is_disconnect(r))
		return failure_set(error, ERROR_UNREACHABLE,
				   "vifd at %s went away before it answered", vif->path);
	return connection_fail(vif, r, error);
}

int request_new(struct vif *vif, const char *method, sd_bus_message **ret_request,
		struct vif_error *error)
{
	int r;

	r = sd_bus_message_new_method_call(vif->bus, ret_request, NULL, VIFD_OBJECT, VIFD_INTERFACE,
					   method);
	return r < 0 ? connection_fail(vif, r, error) : 0;
}

int request_call(struct vif *vif, sd_bus_message *request, sd_bus_message **ret_reply,
		 struct vif_error *error)
{
	AUTO(sd_bus_error_free) sd_bus_error answer = SD_BUS_ERROR_NULL;
	AUTO_MESSAGE sd_bus_message *reply = NULL;
	int r;

	r = sd_bus_call(vif->bus, request, CALL_TIMEOUT_SEC * UINT64_C(1000000), &answer, &reply);
	if (r < 0)
		return answer_fail(vif, sd_bus_message_get_member(request), r, &answer, error);
	(void)events_collect(
		vif); /* the answer is there; a connection lost now is the next call's */
	if (ret_reply)
		*ret_reply = take_ptr(reply);
	return 0;
}

int method_call(struct vif *vif, const char *method, sd_bus_message **ret_reply,
		struct vif_error *error, const char *types, ...)
{
	AUTO_MESSAGE sd_bus_message *request = NULL;
	va_list args;
	int r;

	r = request_new(vif, method, &request, error);
	if (r < 0)
		return r;
	va_start(args, types);
	r = sd_bus_message_appendv(request, types, args);
	va_end(args);
	if (r < 0)
		return request_fail(request, r, error);
	return request_call(vif, request, ret_reply, error);
}

/* -EINVAL: sd-bus refuses a string that is not UTF-8, and nothing else of these arguments. */
int request_fail(sd_bus_message *request, int r, struct vif_error *error)
{
	if (r == -EINVAL)
		return failure_set(error, ERROR_INVALID_ARGUMENT, "%s: what was given is not UTF-8",
				   sd_bus_message_get_member(request));
	if (r == -ENOMEM)
		return failure_oom(error);
	return failure_set(error, ERROR_SYSTEM, "cannot send %s: %s",
			   sd_bus_message_get_member(request), strerror(-r));
}

int reply_fail(struct vif *vif, int r, struct vif_error *error)
{
	if (r == -ENOMEM)
		return failure_oom(error);
	if (r == -EMFILE || r == -ENFILE)
		return failure_set(error, ERROR_SYSTEM,
				   "cannot take the file descriptors that vifd at %s gave: %s",
				   vif->path, strerror(-r));
	return failure_set(error, ERROR_SYSTEM,
			   "the answer of vifd at %s is of an unknown form: it is another version",
			   vif->path);
}

int xml_call(struct vif *vif, const char *method, const char *name, char **ret_xml,
	     struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *reply = NULL;
	const char *xml;
	char *copy;
	int r;

	r = method_call(vif, method, &reply, error, "s", name);
	if (r < 0)
		return r;
	r = sd_bus_message_read(reply, "s", &xml);
	if (r < 0)
		return reply_fail(vif, r, error);
	copy = strdup(xml);
	if (!copy)
		return failure_oom(error);
	*ret_xml = copy;
	return 0;
}

int records_call(struct vif *vif, const char *method, struct vif_record ***ret_records,
		 struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *reply = NULL;
	int r;

	r = method_call(vif, method, &reply, error, "");
	if (r < 0)
		return r;
	r = records_read(reply, ret_records);
	return r < 0 ? reply_fail(vif, r, error) : 0;
}

int definition_call(struct vif *vif, const char *method, const char *xml, const char *source,
		    struct vif_record **ret_answer, struct vif_error *error)
{
	AUTO_MESSAGE sd_bus_message *reply = NULL;
	AUTO(vif_record_freep) struct vif_record *answer = vif_record_new();
	const char *name, *outcome;
	int r;

	r = method_call(vif, method, &reply, error, "ss", xml, source);
	if (r < 0)
		return r;
	r = sd_bus_message_read(reply, "ss", &name, &outcome);
	if (r < 0)
		return reply_fail(vif, r, error);
	if (!answer || vif_record_set_string(answer, "name", name) < 0 ||
	    vif_record_set_string(answer, "outcome", outcome) < 0)
		return failure_oom(error);
	*ret_answer = take_ptr(answer);
	return 0;
}
