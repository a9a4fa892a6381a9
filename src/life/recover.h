/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "life/manager.h"

/*
 * Loads the records and makes the host agree with them: finishes what a crash
 * left, releases ports whose guests ended, repairs the others, removes devices
 * that no port owns, starts networks that are to be started at boot.
 */
int recover(struct manager *manager, struct error *err);
