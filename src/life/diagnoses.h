/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Diagnoses: what is known of a port is collected, and its frames are watched for as long as it
 * takes to see them pass, three seconds at most. Where something fails that needs no watching,
 * that is told at once. Who asks for a port that is being watched is told what that finds.
 */
#pragma once

#include "life/manager.h"
#include "resolve/diagnose.h"

struct diagnoses;

int diagnoses_new(struct manager *manager, struct diagnoses **ret_diagnoses, struct error *err);
/* Who waits is told so. */
void diagnoses_free(struct diagnoses *diagnoses);

/* `diagnosis` lasts as long as the call; NULL where error says why. */
typedef void (*diagnosis_callback)(void *userdata, const struct port *port,
				   const struct diagnosis *diagnosis, const struct error *error);

/*
 * `reader`: as in a side's struct asker. On success the callback is called once, later, from the
 * event loop or diagnoses_free().
 */
int diagnoses_begin(struct diagnoses *diagnoses, const struct port_entry *entry,
		    const uid_t *reader, diagnosis_callback callback, void *userdata,
		    struct error *err);
