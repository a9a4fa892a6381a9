/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the D-Bus methods have in common: how they are read and answered.
 */
#pragma once

#include "bus/connection.h"
#include "methods/record.h"

struct manager *call_manager(const struct connection *connection);

/* The D-Bus error of an error, which stays the caller's; returns what the handler is to return. */
int call_fail(sd_bus_error *error, const struct error *err);

/*
 * A call that is answered later, when its connection may have ended. It ends with its
 * answer, which is one of the last four; or without one, where it failed at once.
 */
struct call_later;
struct call_later *call_later_new(struct connection *connection, sd_bus_message *message);
void call_later_drop(struct call_later *call);
/* It failed at once: drops it, and is call_fail(). */
int call_later_refuse(struct call_later *call, const struct error *err, sd_bus_error *error);
/* For an answer of one's own, which has been sent (r) when call_later_reply() is called. */
sd_bus_message *call_later_message(const struct call_later *call);
void call_later_reply(struct call_later *call, int r);
void call_later_fail(struct call_later *call, const struct error *error);
void call_later_done(struct call_later *call);
void call_later_record(struct call_later *call, const struct record_key *keys, const void *record);
void call_later_records(struct call_later *call, const struct record_key *keys, size_t size,
			const struct record_list *list);

/* A method that has one name, and answers a document. */
int call_xml(sd_bus_message *message, struct connection *connection, sd_bus_error *error,
	     int (*method)(const struct caller *caller, struct manager *manager, const char *name,
			   char **ret_xml, struct error *err));

int call_reply_send(sd_bus_message *reply);

/* The answer to a call: one record, or many. */
int call_reply_record(sd_bus_message *message, const struct record_key *keys, const void *record);
int call_reply_records(sd_bus_message *message, const struct record_key *keys, size_t size,
		       const struct record_list *list);

/*
 * Reads a{sv}, the options of a call. `read` is called with each, the message
 * standing before its key; it returns a negative errno, with *err set unless the message is
 * malformed.
 */
int call_read_options(sd_bus_message *message,
		      int (*read)(sd_bus_message *message, void *userdata, struct error *err),
		      void *userdata, struct error *err);

/* The error of a message whose arguments cannot be read, if *err does not say more already. */
int call_bad_arguments(int r, struct error *err);
