/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Doctor: what this host's kernel and programs can do for vifd, and what that
 * is good for.
 *
 * The kernel is asked by trying, which takes some tens of milliseconds: in a
 * thread of its own, so that nothing else waits for it, and once for all who ask
 * meanwhile.
 */
#pragma once

#include <systemd/sd-event.h>

#include "host/watch.h"
#include "methods/records.h"
#include "util/error.h"

struct doctor;

/* `watch`: how the host is set up; has to outlive the doctor. */
int doctor_new(sd_event *event, const struct watch *watch, struct doctor **ret_doctor,
	       struct error *err);
void doctor_free(struct doctor *doctor);

/* `features` (feature_record) last as long as the call; NULL where error says why. */
typedef void (*doctor_callback)(void *userdata, const struct record_list *features,
				const struct error *error);

/*
 * On success the callback is called once, later, from the event loop or doctor_free(). Who does
 * not ask for all is told of the kernel and programs, not how this host is set up.
 */
int doctor_ask(struct doctor *doctor, bool all, doctor_callback callback, void *userdata,
	       struct error *err);
bool doctor_is_idle(const struct doctor *doctor);
