/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records on the wire: a{sv} in both directions.
 *
 * A value of a type that no record holds (a later vifd may send one) is left
 * out. Functions return 0 or a negative errno.
 */
#pragma once

#include <systemd/sd-bus.h>

#include "util/cleanup.h"
#include "vif/vif.h"

int record_read(sd_bus_message *message, struct vif_record **ret_record);

/* aa{sv}. An empty list is an array of only NULL. */
int records_read(sd_bus_message *message, struct vif_record ***ret_records);

/* NULL is the empty record. Numbers are sent as u where they fit, else as t. */
int record_append(const struct vif_record *record, sd_bus_message *message);

DEFINE_FREEP(struct vif_record, vif_record_free);
DEFINE_FREEP(struct vif_record *, vif_records_free);
