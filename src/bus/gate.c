/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "bus/gate.h"

enum {
	CHUNK_SIZE = 16 * 1024, /* fits into a socket buffer of any size */
	FIELDS_MAX = 4 * 1024,  /* the header's, of a message that is too long */
};

/* Bytes from the client: 0 at its end, -EAGAIN where there are none now. */
static ssize_t gate_read(const struct gate *gate, void *data, size_t size)
{
	struct iovec iov = { data, size };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	do
		n = recvmsg(gate->client, &message, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return message.msg_flags & MSG_CTRUNC ? -EBADMSG : n;
}

/* What sd-bus has not read yet is never more than this: there is room. */
static int gate_write(const struct gate *gate, const void *data, size_t size)
{
	ssize_t n = send(gate->inner, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);

	return n >= 0 && (size_t)n == size ? 0 : -EIO;
}

/* Reads ahead, until there are `max` bytes at most. */
static int read_ahead(struct gate *gate, size_t max)
{
	ssize_t n = gate_read(gate, gate->ahead + gate->n_ahead, max - gate->n_ahead);

	if (n <= 0)
		return n == 0 ? -ECONNRESET : (int)n;
	gate->n_ahead += (size_t)n;
	return 0;
}

static void ahead_drop(struct gate *gate, size_t n)
{
	gate->n_ahead -= n;
	memmove(gate->ahead, gate->ahead + n, gate->n_ahead);
}

static size_t line_end(const struct gate *gate)
{
	const char *end = memchr(gate->ahead, '\n', gate->n_ahead);

	return end ? (size_t)(end - gate->ahead) + 1 : 0;
}

static int pass_line(struct gate *gate)
{
	size_t length = line_end(gate);
	int r;

	if (length == 0) {
		r = read_ahead(gate, GATE_LINE_MAX);
		if (r < 0)
			return r;
		length = line_end(gate);
	}
	if (length == 0)
		return gate->n_ahead == GATE_LINE_MAX ? -EBADMSG : GATE_PART;
	r = gate_write(gate, gate->ahead, length);
	ahead_drop(gate, length);
	return r < 0 ? r : GATE_WHOLE;
}

/* As gate_read(); what was read ahead comes first. */
static ssize_t take(struct gate *gate, void *data, size_t size)
{
	if (gate->n_ahead == 0)
		return gate_read(gate, data, size);
	if (size > gate->n_ahead)
		size = gate->n_ahead;
	memcpy(data, gate->ahead, size);
	ahead_drop(gate, size);
	return (ssize_t)size;
}

static uint32_t header_number(const struct gate *gate, size_t offset)
{
	uint32_t number;

	memcpy(&number, gate->header + offset, sizeof(number));
	return gate->header[0] == 'l' ? le32toh(number) : be32toh(number);
}

/* The header is whole: it says how much is to follow. */
static int header_read(struct gate *gate)
{
	uint64_t body, fields;

	if (gate->header[0] != 'l' && gate->header[0] != 'B')
		return -EBADMSG;
	body = header_number(gate, 4);
	fields = ((uint64_t)header_number(gate, 12) + 7) / 8 * 8;
	gate->cut = GATE_HEADER_SIZE + fields + body > gate->message_max;
	if (gate->cut && fields > FIELDS_MAX)
		return -EBADMSG;
	if (gate->cut) {
		memset(gate->header + 4, 0, sizeof(uint32_t));
		gate->thrown = body;
		body = 0;
	}
	gate->left = fields + body;
	return 0;
}

static int part_passed(struct gate *gate, size_t size)
{
	gate->left -= size;
	if (gate->left > 0)
		return GATE_PART;
	gate->n_header = 0;
	return GATE_WHOLE;
}

/* With what was read of the rest already: mostly all of it. */
static int write_header(struct gate *gate)
{
	size_t n = gate->left < gate->n_ahead ? gate->left : gate->n_ahead;
	unsigned char begin[GATE_HEADER_SIZE + GATE_AHEAD_SIZE];
	int r;

	memcpy(begin, gate->header, GATE_HEADER_SIZE);
	memcpy(begin + GATE_HEADER_SIZE, gate->ahead, n);
	r = gate_write(gate, begin, GATE_HEADER_SIZE + n);
	ahead_drop(gate, n);
	return r < 0 ? r : part_passed(gate, n);
}

static int pass_header(struct gate *gate)
{
	int r = gate->n_ahead ? 0 : read_ahead(gate, sizeof(gate->ahead));

	if (r < 0)
		return r;
	gate->n_header += (size_t)take(gate, gate->header + gate->n_header,
				       GATE_HEADER_SIZE - gate->n_header);
	if (gate->n_header < GATE_HEADER_SIZE)
		return GATE_PART;
	r = header_read(gate);
	return r < 0 ? r : write_header(gate);
}

static int pass_rest(struct gate *gate)
{
	char chunk[CHUNK_SIZE];
	size_t size = gate->left < sizeof(chunk) ? gate->left : sizeof(chunk);
	ssize_t n = take(gate, chunk, size);
	int r;

	if (n <= 0)
		return n == 0 ? -ECONNRESET : (int)n;
	r = gate_write(gate, chunk, (size_t)n);
	return r < 0 ? r : part_passed(gate, (size_t)n);
}

static int throw_away(struct gate *gate)
{
	char chunk[CHUNK_SIZE];
	size_t size = gate->thrown < sizeof(chunk) ? gate->thrown : sizeof(chunk);
	ssize_t n = take(gate, chunk, size);

	if (n <= 0)
		return n == 0 ? -ECONNRESET : (int)n;
	gate->thrown -= (size_t)n;
	return GATE_PART;
}

int gate_pass(struct gate *gate)
{
	int r;

	if (!gate->running)
		r = pass_line(gate);
	else if (gate->left > 0)
		r = pass_rest(gate);
	else if (gate->thrown > 0)
		r = throw_away(gate);
	else
		r = pass_header(gate);
	return r == -EAGAIN ? GATE_EMPTY : r;
}

bool gate_has_more(const struct gate *gate)
{
	return gate->running ? gate->n_ahead > 0 : line_end(gate) > 0;
}
