/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client of QMP, QEMU's monitor protocol, on a Unix socket.
 *
 * It has no loop and no clock of its own. Whoever has one waits for qmp_fd() to
 * become what qmp_events() says, and then calls qmp_dispatch():
 *
 *	qmp_connect(path, &qmp, err);
 *	qmp_execute(qmp, "query-name", json_object(), -1, on_name, self, err);
 *	while (!qmp_is_idle(qmp)) {
 *		poll({ qmp_fd(qmp), qmp_events(qmp) });
 *		qmp_dispatch(qmp, err);
 *	}
 *	qmp_close(qmp);
 *
 * A monitor serves one client at a time, and lets others wait without a word. So
 * a connection is for when there is something to say; a struct qmp is one
 * connection, and the next is another.
 *
 * Commands may be given before QEMU has greeted. They are sent one after the
 * other, each when the one before it was answered. Nothing here blocks.
 *
 * A connection fails once and for all: then every command that was not answered
 * and every listener is told why, in one sentence that names the socket, and
 * qmp_dispatch() returns it. qmp_close() is all that is left to do.
 *
 * Callbacks come out of qmp_dispatch() and qmp_expire() only, and may call
 * everything but these two. After a callback has closed the connection nothing
 * more is called, and the connection goes when qmp_dispatch() returns.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/error.h"

struct qmp;

/*
 * The answer to a command: value is what QEMU returns, or NULL where error says
 * why there is none. Both last as long as the call. Of QEMU's own refusals
 * (their text holds QEMU's words) the code is
 *
 *	-ENODEV		it has no such device (its class DeviceNotFound)
 *	-EOPNOTSUPP	it does not know the command
 *	-EREMOTEIO	any other
 *
 * and of a failed connection it is none of these: qmp_is_refusal() tells.
 */
typedef void (*qmp_reply)(void *userdata, const json_t *value, const struct error *error);

bool qmp_is_refusal(const struct error *error);

/* Gets QEMU's events and the connection's failure. Lies in its owner, who unlistens in time. */
struct qmp_listener {
	void (*on_event)(void *userdata, const char *name, const json_t *data);
	void (*on_failure)(void *userdata, const struct error *error);
	void *userdata;
	struct qmp_listener *next; /* the connection's own */
};

/* -EBUSY and ERROR_IN_USE: as many clients wait for this monitor as its socket lets wait. */
int qmp_connect(const char *path, struct qmp **ret_qmp, struct error *err);

/* Forgets commands and listeners without a word to them. */
void qmp_close(struct qmp *qmp);
DEFINE_FREEP(struct qmp, qmp_close);

/* Both stay the connection's. */
const char *qmp_path(const struct qmp *qmp);
int qmp_fd(const struct qmp *qmp);

/* POLLIN and perhaps POLLOUT. Every call of this header may change it. */
short qmp_events(const struct qmp *qmp);

/* Reads and writes what can be. Negative when the connection has failed. */
int qmp_dispatch(struct qmp *qmp, struct error *err);

/*
 * Queues a command. Takes the arguments (an empty object for none; NULL counts
 * as out of memory). Borrows fd, which is passed along (SCM_RIGHTS), until the
 * answer; -1 is none. reply may be NULL.
 */
int qmp_execute(struct qmp *qmp, const char *name, json_t *arguments, int fd, qmp_reply reply,
		void *userdata, struct error *err);

/*
 * The replies with this userdata are not to be called, and their fds are not
 * borrowed any more; commands that were not sent yet are taken back.
 */
void qmp_forget(struct qmp *qmp, const void *userdata);

/* A listener that is not there is taken away already. */
void qmp_listen(struct qmp *qmp, struct qmp_listener *listener);
void qmp_unlisten(struct qmp *qmp, const struct qmp_listener *listener);

/*
 * Operations that exclude each other on one QEMU take turns. Lies in its owner, who
 * always ends it.
 */
struct qmp_turn {
	void (*begin)(void *userdata);
	void *userdata;
	struct qmp_turn *next; /* the connection's own */
};

/* True: it is its turn. False: begin() will be called when the turns before have ended. */
bool qmp_turn_take(struct qmp *qmp, struct qmp_turn *turn);
void qmp_turn_end(struct qmp *qmp, const struct qmp_turn *turn);

/* Nothing is unanswered, and nobody listens: it may be closed without a loss. */
bool qmp_is_idle(const struct qmp *qmp);

/*
 * Since when (CLOCK_MONOTONIC, in microseconds) QEMU owes a greeting or the
 * answer to a command; 0 where it owes none. The caller decides how long it may take:
 * qmp_expire() makes the connection fail as one that took too long.
 */
uint64_t qmp_waits_since_usec(const struct qmp *qmp);
void qmp_expire(struct qmp *qmp);
