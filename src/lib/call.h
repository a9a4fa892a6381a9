/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls of vifd's methods, synchronous. All return 0 or a negative errno and set
 * *error (which may be NULL).
 */
#pragma once

#include "lib/wire.h"
#include "lib/record.h"

static inline void message_unrefp(sd_bus_message **message)
{
	sd_bus_message_unref(*message);
}
#define AUTO_MESSAGE AUTO(message_unrefp)

/* A message for a method of io.github.vifd.Manager, without arguments yet. */
int request_new(struct vif *vif, const char *method, sd_bus_message **ret_request,
		struct vif_error *error);

/* Sends it and waits for the answer. ret_reply may be NULL. */
int request_call(struct vif *vif, sd_bus_message *request, sd_bus_message **ret_reply,
		 struct vif_error *error);

/* Both, with arguments of basic types as sd_bus_message_append(3) takes them. */
int method_call(struct vif *vif, const char *method, sd_bus_message **ret_reply,
		struct vif_error *error, const char *types, ...);

/* A method that takes a name and answers a document; one that answers aa{sv}. */
int xml_call(struct vif *vif, const char *method, const char *name, char **ret_xml,
	     struct vif_error *error);
/* One that stores a document; the answer has name and outcome. */
int definition_call(struct vif *vif, const char *method, const char *xml, const char *source,
		    struct vif_record **ret_answer, struct vif_error *error);
int records_call(struct vif *vif, const char *method, struct vif_record ***ret_records,
		 struct vif_error *error);

/* The failures before and after a call: arguments that cannot be sent, an odd answer. */
int request_fail(sd_bus_message *request, int r, struct vif_error *error);
int reply_fail(struct vif *vif, int r, struct vif_error *error);
