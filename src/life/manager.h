/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The manager: what all of one vifd work with.
 *
 * One thread, one event loop (but for workers). A method either finishes
 * before it returns, or hands over to release.h, which calls back. Every
 * change is written to the store before the kernel sees it, and told as an
 * event after.
 */
#pragma once

#include <systemd/sd-event.h>

#include "host/apply.h"
#include "host/watch.h"
#include "state/access-file.h"
#include "state/config.h"
#include "state/events.h"
#include "state/registry.h"
#include "state/store.h"

struct life;

struct manager {
	sd_event *event;
	struct config config;
	struct access_file *access;
	struct store store;
	struct registry registry;
	struct watch *watch;
	struct apply apply;
	struct events events;
	struct life *life; /* life.h */
};
