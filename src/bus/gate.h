/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Gate: what a client sends comes through it to sd-bus, one message at a time.
 *
 * sd-bus by itself takes messages of up to 128 MiB, keeps descriptors that come along,
 * and reads for as long as there is anything to read. So it does not read from the
 * client, but from a socket that the gate writes to:
 *
 *	- No descriptor is ever taken: to a reader that has no room for them the kernel
 *	  tells that there were some, and drops them (recvmsg(2), MSG_CTRUNC).
 *	- While the client introduces itself, lines of text pass, one at a time.
 *	- After that messages pass, one at a time. The first 16 bytes of one say how long
 *	  it is (D-Bus specification, "Message Format"). Of one that is longer than
 *	  allowed only the header passes, with an empty body: so that the client can be
 *	  answered. Its body is read and thrown away.
 *	- A little is read ahead, so that a call of the usual size costs one recvmsg(2).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	GATE_HEADER_SIZE = 16,
	GATE_LINE_MAX = 1024, /* an honest one has some 30 bytes */
	GATE_AHEAD_SIZE = 2 * 1024,
};

struct gate {
	int client; /* borrowed */
	int inner;  /* borrowed; sd-bus has the other end, and has read what was passed before */
	uint64_t message_max;
	bool running;    /* messages, not lines any more; set by the owner when sd-bus says so */
	bool cut;        /* the message that has passed was too long: it has no body */
	uint64_t left;   /* of the message that is passing */
	uint64_t thrown; /* of a body that is to be thrown away */
	unsigned char header[GATE_HEADER_SIZE];
	size_t n_header;
	char ahead[GATE_AHEAD_SIZE]; /* read, and not passed yet */
	size_t n_ahead;
};

enum gate_progress {
	GATE_EMPTY, /* there is nothing (more) to read now */
	GATE_PART,  /* something has passed, or was thrown away */
	GATE_WHOLE, /* a line or message has passed to its end */
};

/*
 * Passes on one line, or a part of one message. Negative: the connection is over;
 * -EBADMSG where the client has sent descriptors or what is no D-Bus.
 */
int gate_pass(struct gate *gate);

/* Could something pass that was read before? Then no new byte wakes up whoever waits. */
bool gate_has_more(const struct gate *gate);
