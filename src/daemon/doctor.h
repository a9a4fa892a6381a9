/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Doctor: what this host's kernel and programs can do for vifd, and what that
 * is good for. The kernel is asked by trying, in the worker.
 */
#pragma once

#include <systemd/sd-bus.h>

#include "daemon/manager.h"

/* Answers the call later; keeps the message until then. */
int doctor_start(struct manager *manager, sd_bus_message *call, struct error *err);
