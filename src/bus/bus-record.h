/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records (record.h) as D-Bus has them: a{sv}. */
#pragma once

#include <systemd/sd-bus.h>

#include "methods/record.h"

/* The type of a value of that kind: "s", "b", "u", "t", "as" or "aa{sv}". */
const char *bus_record_type(enum record_type type);

/* One record, and an array of n of that size. */
int bus_append_record(sd_bus_message *message, const struct record_key *keys, const void *record);
int bus_append_records(sd_bus_message *message, const struct record_key *keys, size_t size,
		       const struct record_list *list);
