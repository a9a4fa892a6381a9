/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * QMP is lines of JSON. QEMU greets, the client answers with the command
 * qmp_capabilities, and from then on each command is answered in turn, with
 * events in between:
 *
 *	<- {"QMP": {…}}
 *	-> {"execute": "qmp_capabilities", "id": 0}
 *	<- {"return": {}, "id": 0}
 *	-> {"execute": "device_del", "arguments": {"id": "net0"}, "id": 1}
 *	<- {"return": {}, "id": 1}
 *	<- {"event": "DEVICE_DELETED", "data": {…}, "timestamp": {…}}
 *
 * Only the first command of the queue is ever on its way. QEMU works on one at
 * a time anyhow, and a file descriptor that it receives pushes out one that an
 * earlier command has brought and that was not taken yet. qmp_capabilities is a
 * command like any other, put in front of the queue by the greeting; until then
 * nothing is sent.
 *
 * What QEMU says is not trusted further than to be QEMU's: a guest may have
 * taken it over. Lines are bounded, words of it that are quoted are cut short
 * and made printable, and what is no answer to what was asked ends the
 * connection.
 *
 * Failing is done in one place. Whoever finds out sets qmp->failure; dispatch,
 * before it returns, empties the queue and tells everybody (tell_failure).
 */
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "util/clock.h"
#include "util/parse.h"
#include "util/text.h"
#include "vmm/qmp.h"

enum {
	MESSAGE_MAX = 1 << 20, /* bytes of one line; a qom-list of hundreds of devices has 50000 */
	READ_MAX = 1 << 14,    /* bytes of one dispatch, so that a talkative QEMU holds up nobody */
	QUOTE_MAX = 300,       /* bytes of QEMU's words in a sentence */

	/* Of a QEMU that only tells what happens: a guest can make it tell that often. */
	TALK_MAX = 4 << 20,         /* bytes at once */
	TALK_PER_SECOND = 64 << 10, /* and for as long as it likes */
};

struct command {
	struct command *next;
	json_int_t id;
	char *name;
	char *text; /* with the newline */
	size_t size;
	int fd; /* borrowed, or -1 */
	qmp_reply reply;
	void *userdata;
};

struct qmp {
	char *path;
	int fd;
	bool greeted;
	json_int_t next_id;
	struct command *first;
	size_t sent; /* bytes of the first command; its fd goes with the first of them */
	uint64_t waits_since_usec;

	int64_t talk; /* bytes that it may say at once, as of talk_usec */
	uint64_t talk_usec;

	char *input; /* what was read and is no whole line yet */
	size_t n_input, input_room;

	struct qmp_listener *listeners;
	struct qmp_listener *next_listener; /* while events are told */
	struct qmp_turn *turns;             /* the first is the one whose turn it is */

	struct error failure;
	bool dispatching, closed;
};

static void command_free(struct command *command)
{
	if (!command)
		return;
	free(command->name);
	free(command->text);
	free(command);
}
DEFINE_FREEP(struct command, command_free);

static int socket_open(const char *path, int *ret_fd, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	AUTO_CLOSE int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(err, -ENAMETOOLONG, ERROR_INVALID_ARGUMENT,
				 "no QEMU can be at %s: a socket's path has at most %zu bytes",
				 path, sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return error_system(err, -errno, "cannot make a socket");
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		/* unix(7): a non-blocking socket is told so when the backlog is full. */
		if (errno == EAGAIN)
			return error_set(err, -EBUSY, ERROR_IN_USE,
					 "QEMU at %s is in use by other clients", path);
		return error_system(err, -errno, "cannot connect to QEMU at %s", path);
	}
	*ret_fd = take_fd(&fd);
	return 0;
}

static void qmp_free(struct qmp *qmp)
{
	while (qmp->first) {
		struct command *command = qmp->first;

		qmp->first = command->next;
		command_free(command);
	}
	closep(&qmp->fd);
	error_done(&qmp->failure);
	free(qmp->input);
	free(qmp->path);
	free(qmp);
}

int qmp_connect(const char *path, struct qmp **ret_qmp, struct error *err)
{
	struct qmp *qmp = calloc(1, sizeof(*qmp));
	int r;

	if (!qmp)
		return error_oom(err);
	qmp->fd = -1;
	qmp->path = strdup(path);
	r = qmp->path ? socket_open(path, &qmp->fd, err) : error_oom(err);
	if (r < 0) {
		qmp_free(qmp);
		return r;
	}
	qmp->waits_since_usec = clock_usec();
	qmp->talk = TALK_MAX;
	qmp->talk_usec = qmp->waits_since_usec;
	*ret_qmp = qmp;
	return 0;
}

void qmp_close(struct qmp *qmp)
{
	if (!qmp)
		return;
	qmp->closed = true;
	if (!qmp->dispatching)
		qmp_free(qmp);
}

const char *qmp_path(const struct qmp *qmp)
{
	return qmp->path;
}

int qmp_fd(const struct qmp *qmp)
{
	return qmp->fd;
}

static bool has_to_send(const struct qmp *qmp)
{
	return qmp->greeted && qmp->first && qmp->sent < qmp->first->size;
}

short qmp_events(const struct qmp *qmp)
{
	if (qmp->failure.code)
		return 0;
	return (short)(POLLIN | (has_to_send(qmp) ? POLLOUT : 0));
}

bool qmp_is_idle(const struct qmp *qmp)
{
	return !qmp->first && !qmp->listeners;
}

uint64_t qmp_waits_since_usec(const struct qmp *qmp)
{
	return qmp->failure.code ? 0 : qmp->waits_since_usec;
}

/* --- failure ------------------------------------------------------------------ */

/* Printable, on one line, of bounded length and still UTF-8. */
static void quote(char to[static QUOTE_MAX], const char *from)
{
	size_t n = 0;

	for (; *from && n < QUOTE_MAX - 1; from++)
		to[n++] = (unsigned char)*from < ' ' || *from == 0x7f ? ' ' : *from;
	/* Not in the midst of a character. */
	while (*from && n > 0 && ((unsigned char)*from & 0xc0) == 0x80)
		from = from - 1, n--;
	to[n] = '\0';
}

static struct qmp_listener *listener_pop(struct qmp *qmp)
{
	struct qmp_listener *listener = qmp->listeners;

	if (listener)
		qmp->listeners = listener->next;
	return listener;
}

static void tell_failure(struct qmp *qmp)
{
	struct qmp_listener *listener;

	while (!qmp->closed && qmp->first) {
		AUTO(command_freep) struct command *command = qmp->first;

		qmp->first = command->next;
		if (command->reply)
			command->reply(command->userdata, NULL, &qmp->failure);
	}
	while (!qmp->closed && (listener = listener_pop(qmp)))
		listener->on_failure(listener->userdata, &qmp->failure);
}

static void fail_closed(struct qmp *qmp)
{
	if (!qmp->greeted)
		(void)error_set(&qmp->failure, -ECONNRESET, ERROR_SYSTEM,
				"QEMU at %s has closed the connection without a greeting",
				qmp->path);
	else if (qmp->first)
		(void)error_set(&qmp->failure, -ECONNRESET, ERROR_SYSTEM,
				"QEMU at %s has closed the connection and not answered %s",
				qmp->path, qmp->first->name);
	else
		(void)error_set(&qmp->failure, -ECONNRESET, ERROR_SYSTEM,
				"QEMU at %s has closed the connection", qmp->path);
}

static void fail_protocol(struct qmp *qmp)
{
	if (!qmp->greeted)
		(void)error_set(&qmp->failure, -EPROTO, ERROR_SYSTEM,
				"%s is no QMP socket: it does not greet like one", qmp->path);
	else
		(void)error_set(&qmp->failure, -EPROTO, ERROR_SYSTEM,
				"QEMU at %s sent something that is neither an answer nor an event",
				qmp->path);
}

static void fail_expired(struct qmp *qmp)
{
	if (!qmp->greeted)
		(void)error_set(&qmp->failure, -ETIMEDOUT, ERROR_SYSTEM,
				"QEMU at %s does not greet: it hangs, or serves another client",
				qmp->path);
	else
		(void)error_set(&qmp->failure, -ETIMEDOUT, ERROR_SYSTEM,
				"QEMU at %s does not answer %s", qmp->path,
				qmp->first ? qmp->first->name : "");
}

/* --- commands ----------------------------------------------------------------- */

/* Takes the arguments. */
static int command_new(struct qmp *qmp, const char *name, json_t *arguments,
		       struct command **ret_command, struct error *err)
{
	AUTO(command_freep) struct command *command = calloc(1, sizeof(*command));
	json_auto_t *message = NULL;
	AUTO_FREE char *json = NULL;

	message = json_pack("{s:s, s:o, s:I}", "execute", name, "arguments", arguments, "id",
			    qmp->next_id);
	json = message ? json_dumps(message, JSON_COMPACT) : NULL;
	if (!json || !command)
		return error_oom(err);
	command->name = strdup(name);
	command->text = text_format("%s\n", json);
	if (!command->name || !command->text)
		return error_oom(err);
	command->size = strlen(command->text);
	command->id = qmp->next_id++;
	command->fd = -1;
	*ret_command = take_ptr(command);
	return 0;
}

/* The clock of the first command runs from when it could be sent. */
static void clock_restart(struct qmp *qmp)
{
	qmp->waits_since_usec = qmp->first || !qmp->greeted ? clock_usec() : 0;
}

int qmp_execute(struct qmp *qmp, const char *name, json_t *arguments, int fd, qmp_reply reply,
		void *userdata, struct error *err)
{
	struct command *command, **end = &qmp->first;
	int r;

	if (qmp->failure.code) {
		json_decref(arguments);
		return error_copy(err, &qmp->failure);
	}
	r = command_new(qmp, name, arguments, &command, err);
	if (r < 0)
		return r;
	command->fd = fd;
	command->reply = reply;
	command->userdata = userdata;
	while (*end)
		end = &(*end)->next;
	*end = command;
	if (qmp->greeted && qmp->first == command)
		clock_restart(qmp);
	return 0;
}

void qmp_forget(struct qmp *qmp, const void *userdata)
{
	struct command **at = &qmp->first, *first = qmp->first;

	while (*at) {
		struct command *command = *at;
		bool on_its_way = command == qmp->first && qmp->sent;

		if (command->userdata != userdata || on_its_way) {
			at = &command->next;
		} else {
			*at = command->next;
			command_free(command);
		}
	}
	if (qmp->first && qmp->first->userdata == userdata)
		qmp->first->reply = NULL;
	if (qmp->first != first)
		clock_restart(qmp);
}

/* One sendmsg(2); the descriptor goes with the first byte. */
static ssize_t command_send(int fd, const struct command *command, size_t offset)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec data = { command->text + offset, command->size - offset };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

	if (offset == 0 && command->fd >= 0) {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &command->fd, sizeof(int));
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
	}
	return sendmsg(fd, &message, MSG_NOSIGNAL);
}

static void output_work(struct qmp *qmp)
{
	while (!qmp->failure.code && has_to_send(qmp)) {
		ssize_t n = command_send(qmp->fd, qmp->first, qmp->sent);

		if (n >= 0)
			qmp->sent += (size_t)n;
		else if (errno == EAGAIN)
			return;
		else if (errno == EPIPE || errno == ECONNRESET)
			fail_closed(qmp);
		else if (errno != EINTR)
			(void)error_system(&qmp->failure, -errno, "cannot send %s to QEMU at %s",
					   qmp->first->name, qmp->path);
	}
}

/* --- what QEMU says ------------------------------------------------------------ */

static void capabilities_reply(void *userdata, const json_t *value, const struct error *error)
{
	struct qmp *qmp = userdata;

	if (error && !qmp->failure.code)
		(void)error_copy(&qmp->failure, error);
}

/* Command mode is asked for before anything else that waits. */
static void greeting_take(struct qmp *qmp, const json_t *message)
{
	struct command *command;

	if (!json_object_get(message, "QMP")) {
		fail_protocol(qmp);
		return;
	}
	if (command_new(qmp, "qmp_capabilities", json_object(), &command, &qmp->failure) < 0)
		return;
	command->reply = capabilities_reply;
	command->userdata = qmp;
	command->next = qmp->first;
	qmp->first = command;
	qmp->greeted = true;
	clock_restart(qmp);
}

static void event_take(struct qmp *qmp, const char *name, const json_t *data)
{
	for (struct qmp_listener *l = qmp->listeners; l && !qmp->closed; l = qmp->next_listener) {
		qmp->next_listener = l->next;
		l->on_event(l->userdata, name, data);
	}
	qmp->next_listener = NULL;
}

bool qmp_is_refusal(const struct error *error)
{
	return error->code == -ENODEV || error->code == -EOPNOTSUPP || error->code == -EREMOTEIO;
}

/* QEMU's refusal as an error of ours. */
static void refusal_read(const struct qmp *qmp, const json_t *refusal, struct error *err)
{
	const char *class = json_string_value(json_object_get(refusal, "class")) ?: "";
	const char *words = json_string_value(json_object_get(refusal, "desc")) ?: "no reason";
	enum error_kind kind = ERROR_SYSTEM;
	char quoted[QUOTE_MAX];
	int code = -EREMOTEIO;

	if (streq(class, "DeviceNotFound")) {
		code = -ENODEV;
		kind = ERROR_NO_SUCH_DEVICE;
	} else if (streq(class, "CommandNotFound")) {
		code = -EOPNOTSUPP;
		kind = ERROR_NOT_SUPPORTED;
	}
	quote(quoted, words);
	(void)error_set(err, code, kind, "QEMU at %s refuses %s: %s", qmp->path, qmp->first->name,
			quoted);
}

static void answer_take(struct qmp *qmp, const json_t *message, const json_t *value,
			const json_t *refusal)
{
	AUTO(command_freep) struct command *command = NULL;
	const json_t *id = json_object_get(message, "id");
	AUTO_ERROR struct error error = ERROR_INIT;

	if (!qmp->first || qmp->sent < qmp->first->size || !json_is_integer(id) ||
	    json_integer_value(id) != qmp->first->id) {
		fail_protocol(qmp);
		return;
	}
	if (refusal)
		refusal_read(qmp, refusal, &error);
	command = qmp->first;
	qmp->first = command->next;
	qmp->sent = 0;
	clock_restart(qmp);
	if (command->reply)
		command->reply(command->userdata, refusal ? NULL : value, refusal ? &error : NULL);
}

static void message_take(struct qmp *qmp, const json_t *message)
{
	const char *event = json_string_value(json_object_get(message, "event"));
	const json_t *value = json_object_get(message, "return");
	const json_t *refusal = json_object_get(message, "error");

	if (!qmp->greeted)
		greeting_take(qmp, message);
	else if (event)
		event_take(qmp, event, json_object_get(message, "data"));
	else if (value || refusal)
		answer_take(qmp, message, value, refusal);
	else
		fail_protocol(qmp);
}

static void line_take(struct qmp *qmp, const char *line, size_t length)
{
	json_auto_t *message = json_loadb(line, length, 0, NULL);

	if (json_is_object(message))
		message_take(qmp, message);
	else
		fail_protocol(qmp);
}

static void input_work(struct qmp *qmp)
{
	char *at = qmp->input, *end = qmp->input + qmp->n_input, *newline;

	while (!qmp->failure.code && !qmp->closed &&
	       (newline = memchr(at, '\n', (size_t)(end - at)))) {
		line_take(qmp, at, (size_t)(newline - at));
		at = newline + 1;
	}
	qmp->n_input = (size_t)(end - at);
	memmove(qmp->input, at, qmp->n_input);
}

/* Room for READ_MAX more bytes, as long as the line is not too long. */
static int input_grow(struct qmp *qmp)
{
	size_t room = qmp->n_input + READ_MAX;
	char *grown;

	if (qmp->n_input > MESSAGE_MAX)
		return error_set(&qmp->failure, -EMSGSIZE, ERROR_SYSTEM,
				 "QEMU at %s says more than %d bytes at once", qmp->path,
				 MESSAGE_MAX);
	if (room <= qmp->input_room)
		return 0;
	grown = realloc(qmp->input, room * 2);
	if (!grown)
		return error_oom(&qmp->failure);
	qmp->input = grown;
	qmp->input_room = room * 2;
	return 0;
}

/* Reading costs all whom vifd serves. What QEMU was asked for is small beside the bound. */
static void talk_count(struct qmp *qmp, size_t n)
{
	uint64_t now = clock_usec();
	uint64_t earned = (now - qmp->talk_usec) * TALK_PER_SECOND / 1000000;

	/* What is not a whole byte yet is earned later. */
	if (earned > 0)
		qmp->talk_usec = now;
	qmp->talk += (int64_t)earned;
	if (qmp->talk > TALK_MAX)
		qmp->talk = TALK_MAX;
	qmp->talk -= (int64_t)n;
	if (qmp->talk < 0 && !qmp->failure.code)
		(void)error_set(&qmp->failure, -ENOBUFS, ERROR_SYSTEM,
				"QEMU at %s says more than vifd can listen to (%d KiB a second)",
				qmp->path, TALK_PER_SECOND >> 10);
}

/* Whether QEMU has hung up. */
static bool input_read(struct qmp *qmp)
{
	ssize_t n;

	n = recv(qmp->fd, qmp->input + qmp->n_input, READ_MAX, 0);
	if (n > 0) {
		qmp->n_input += (size_t)n;
		talk_count(qmp, (size_t)n);
	}
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return true;
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		(void)error_system(&qmp->failure, -errno, "cannot hear QEMU at %s", qmp->path);
	return false;
}

/* The end of every way in: tells of a failure, and ends what a callback has closed. */
static int dispatch_end(struct qmp *qmp, struct error *err)
{
	int r = 0;

	if (qmp->failure.code && !qmp->closed)
		tell_failure(qmp);
	qmp->dispatching = false;
	if (qmp->closed)
		qmp_free(qmp);
	else if (qmp->failure.code)
		r = error_copy(err, &qmp->failure);
	return r;
}

int qmp_dispatch(struct qmp *qmp, struct error *err)
{
	bool hung_up = false;

	if (qmp->failure.code)
		return error_copy(err, &qmp->failure);
	qmp->dispatching = true;
	if (input_grow(qmp) == 0) {
		hung_up = input_read(qmp);
		input_work(qmp);
	}
	/* Whatever it has said before that counts. */
	if (hung_up && !qmp->failure.code)
		fail_closed(qmp);
	if (!qmp->closed)
		output_work(qmp);
	return dispatch_end(qmp, err);
}

void qmp_expire(struct qmp *qmp)
{
	if (qmp->failure.code)
		return;
	qmp->dispatching = true;
	fail_expired(qmp);
	(void)dispatch_end(qmp, NULL);
}

/* --- listeners and turns ------------------------------------------------------------------ */

void qmp_listen(struct qmp *qmp, struct qmp_listener *listener)
{
	struct qmp_listener **end = &qmp->listeners;

	while (*end)
		end = &(*end)->next;
	listener->next = NULL;
	*end = listener;
}

void qmp_unlisten(struct qmp *qmp, const struct qmp_listener *listener)
{
	struct qmp_listener **at = &qmp->listeners;

	while (*at && *at != listener)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = listener->next;
	if (qmp->next_listener == listener)
		qmp->next_listener = listener->next;
}

bool qmp_turn_take(struct qmp *qmp, struct qmp_turn *turn)
{
	struct qmp_turn **end = &qmp->turns;

	while (*end)
		end = &(*end)->next;
	turn->next = NULL;
	*end = turn;
	return qmp->turns == turn;
}

/* Nothing begins any more on a connection that has failed. */
void qmp_turn_end(struct qmp *qmp, const struct qmp_turn *turn)
{
	struct qmp_turn **at = &qmp->turns;
	bool was_first = *at == turn;

	while (*at && *at != turn)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = turn->next;
	if (was_first && qmp->turns && !qmp->failure.code)
		qmp->turns->begin(qmp->turns->userdata);
}
