/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a record of vifd says, in words for people. The text is the caller's to
 * free. Functions return 0, or -ENOMEM with *err set.
 */
#pragma once

#include "util/error.h"
#include "vif/vif.h"

/* "vif0 is connected to eth1 for web, MAC …", or "vif0 for web is waiting: …". */
int sentence_plugged(const struct vif_record *port, char **ret_sentence, struct error *err);

/* "vif0 is on eth2 now; its guest was cut off for 0.41 ms". */
int sentence_retargeted(const struct vif_record *port, char **ret_sentence, struct error *err);

/* "network red is replaced; for new ports the pool changes now; at its next start: mtu". */
int sentence_defined(const struct vif_record *answer, char **ret_sentence, struct error *err);

/* "network red is updated, now and in its definition: eth2". */
int sentence_updated(const struct vif_record *answer, char **ret_sentence, struct error *err);

/*
 * One line: local time, event, port or network, its sentence, and in parentheses
 * the cause (unless the sentence holds it) and "cut off for …", where the event
 * has them.
 */
int line_of_event(const struct vif_record *event, char **ret_line, struct error *err);

/* "0.41 ms", "12.3 ms", "1.25 s", "75 s": three digits or so. */
enum {
	DURATION_SIZE = sizeof("18446744073709 s"),
};
void duration_print(uint64_t usec, char text[static DURATION_SIZE]);
