/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The object's methods: handlers that get a struct connection. */
#pragma once

#include <systemd/sd-bus.h>

extern const sd_bus_vtable bus_vtable[];
