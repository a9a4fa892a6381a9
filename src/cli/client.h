/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection to vifd, for verbs. */
#pragma once

#include "cli/arguments.h"
#include "cli/verb.h"

/*
 * Makes cli->vif, once. Where no vifd runs and the caller is root, one is
 * started that leaves when it is idle; may block for some seconds.
 */
int client_connect(struct cli *cli, struct error *err);

/* Hands a failure of libvif on: ends it, sets *err, returns r. */
int client_fail(int r, struct vif_error *failure, struct error *err);

/*
 * Asks vifd about that word, and answers with the record and what it is to a person: a text, or
 * NULL when out of memory.
 */
typedef int client_ask_func(struct vif *vif, const char *word, struct vif_record **ret_record,
			    struct vif_error *failure);
int client_show(struct cli *cli, client_ask_func *ask, const char *word,
		char *(*describe)(const struct vif_record *record), struct error *err);

/* Tells that something was done: a sentence; for programs an object with that one key. */
int client_tell(struct cli *cli, const char *key, const char *value, struct error *err,
		const char *format, ...) __attribute__((format(printf, 5, 6)));

/* What Plug and Check are asked for besides the interface. NULL, 0 and false are none. */
struct plug_request {
	const char *guest;
	uint32_t pid;
	bool by_name;
	bool wait;
	const char *owner; /* a user's name or id; or NULL */
	const char *qmp;   /* a path; a relative one is made absolute, because vifd is elsewhere */
};

int plug_options(const struct plug_request *request, struct vif_record **ret_options,
		 struct error *err);

#define AUTO_FAILURE AUTO(vif_error_done)

DEFINE_FREEP(struct vif_record, vif_record_free);
DEFINE_FREEP(struct vif_record *, vif_records_free);
DEFINE_FREEP(struct vif_plugged, vif_plugged_free);
