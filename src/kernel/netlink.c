/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel handles a request inside sendmsg(2) (net/netlink/af_netlink.c,
 * netlink_rcv_skb): when it returns, all acknowledgements and the first part
 * of a dump are in the socket's queue, and further parts of a dump are made by
 * recvmsg(2). So nothing is ever read with waiting; "nothing there" while an
 * acknowledgement is missing is an error, not a hang.
 *
 * A message that fails is answered whether it asks or not, and messages are
 * handled in their order. So only the last one of a request asks: its answer is
 * behind all others, and nothing is read after it. Where it cannot ask, all
 * that is there is read.
 *
 * Each message of a request has its own sequence number, first_seq + its
 * place, which is how an answer finds its message. What is left in the queue
 * from a request that was not read to its end is dropped before the next one,
 * and a number that is not of this request is skipped.
 *
 * Answers are collected in one buffer that grows, because the acknowledgement
 * of a request comes as a datagram of its own and would overwrite them.
 *
 * NETLINK_CAP_ACK keeps acknowledgements from quoting the request; a failed
 * one still carries the header of the message and the kernel's own words
 * (NETLINK_EXT_ACK), after the header then, not after the whole message.
 */
#include <linux/netlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "kernel/netlink.h"
#include "kernel/socket.h"
#include "util/parse.h"

enum {
	RECEIVE_QUEUE = 1 << 20, /* bytes; room for the acknowledgements of a long request */
	MESSAGES_MAX = 1024,     /* in one request */
	DUMP_ATTEMPTS = 16,
	IFINDEX_FIRST = 1 << 20,
	IFINDEX_END = 1 << 24,
};

struct netlink {
	int fd;
	uint32_t portid;
	uint32_t first_seq; /* of the request being built, or of the last one */

	void *request; /* NETLINK_REQUEST_MAX, and the room of one message more */
	size_t request_size;
	struct nlmsghdr *building; /* its last message, not yet counted in request_size */
	unsigned n_messages;
	bool too_long;
	bool asks_once; /* the request: only its last message asks for an acknowledgement */
	bool leftover;  /* the last request was not read to its end */

	unsigned n_sent;         /* messages of the last request */
	int codes[MESSAGES_MAX]; /* their errors, or 0 */
	int failed;

	void *answers;
	size_t answers_size, answers_room;
	void *receive; /* NETLINK_RECEIVE_SIZE */

	int next_ifindex;
};

static int random_ifindex(void)
{
	uint32_t number = 0;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number))
		number = (uint32_t)getpid() * 2654435761U;
	return IFINDEX_FIRST + (int)(number % (IFINDEX_END - IFINDEX_FIRST));
}

int netlink_open(int protocol, struct netlink **ret_nl, struct error *err)
{
	AUTO(netlink_closep) struct netlink *nl = calloc(1, sizeof(*nl));
	int r;

	if (!nl)
		return error_oom(err);
	nl->fd = -1;
	nl->failed = -1;
	nl->first_seq = 1;
	nl->next_ifindex = random_ifindex();
	nl->request = malloc(NETLINK_REQUEST_MAX + NETLINK_MESSAGE_MAX);
	nl->receive = malloc(NETLINK_RECEIVE_SIZE);
	if (!nl->request || !nl->receive)
		return error_oom(err);
	r = netlink_socket_open(protocol, RECEIVE_QUEUE, &nl->fd, &nl->portid);
	if (r < 0)
		return error_system(err, r, "cannot open a netlink socket");
	*ret_nl = take_ptr(nl);
	return 0;
}

void netlink_close(struct netlink *nl)
{
	if (!nl)
		return;
	closep(&nl->fd);
	free(nl->request);
	free(nl->receive);
	free(nl->answers);
	free(nl);
}

/* Counts in the message that was being built. */
static void finish_message(struct netlink *nl)
{
	if (!nl->building)
		return;
	if (nl->building->nlmsg_len > NETLINK_MESSAGE_MAX)
		nl->too_long = true;
	else
		nl->request_size += NLMSG_ALIGN(nl->building->nlmsg_len);
	nl->building = NULL;
}

struct nlmsghdr *netlink_message(struct netlink *nl, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh;

	finish_message(nl);
	if (nl->n_messages == MESSAGES_MAX || nl->request_size > NETLINK_REQUEST_MAX) {
		nl->too_long = true;
		nl->request_size = 0; /* room for what is thrown away */
	} else {
		nl->n_messages++;
	}
	nlh = mnl_nlmsg_put_header((char *)nl->request + nl->request_size);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	nlh->nlmsg_seq = nl->first_seq + nl->n_messages - 1;
	nlh->nlmsg_pid = nl->portid;
	nl->building = nlh;
	return nlh;
}

static ssize_t receive(struct netlink *nl)
{
	return netlink_socket_receive(nl->fd, nl->receive, NETLINK_RECEIVE_SIZE);
}

/* Forgets what an earlier request left, the ENOBUFS mark of the socket included. */
static void drain(struct netlink *nl)
{
	ssize_t n;

	do
		n = receive(nl);
	while (n != 0 && n != -EBADF);
}

static int send_request(struct netlink *nl)
{
	ssize_t n;

	do
		n = send(nl->fd, nl->request, nl->request_size, 0);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static int keep_answer(struct netlink *nl, const struct nlmsghdr *nlh)
{
	size_t size = NLMSG_ALIGN(nlh->nlmsg_len);

	if (nl->answers_size + size > nl->answers_room) {
		size_t room = (nl->answers_size + size) * 2;
		void *more = realloc(nl->answers, room);

		if (!more)
			return -ENOMEM;
		nl->answers = more;
		nl->answers_room = room;
	}
	memcpy((char *)nl->answers + nl->answers_size, nlh, nlh->nlmsg_len);
	nl->answers_size += size;
	return 0;
}

/* The kernel's own words for a failure, or NULL. */
static const char *extended_ack(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(nlh);
	size_t offset = sizeof(*error);
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		offset += mnl_nlmsg_get_payload_len(&error->msg);
	mnl_attr_for_each(attr, nlh, offset) if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
						 mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) ==
							 0) return mnl_attr_get_str(attr);
	return NULL;
}

static enum error_kind kind_of(int code)
{
	switch (code) {
	case -ENODEV:
	case -ENXIO:
		return ERROR_NO_SUCH_DEVICE;
	case -EEXIST:
	case -EBUSY:
	case -EADDRINUSE:
		return ERROR_IN_USE;
	case -EPERM:
	case -EACCES:
		return ERROR_PERMISSION;
	case -EOPNOTSUPP:
	case -EAFNOSUPPORT:
	case -EPROTONOSUPPORT:
		return ERROR_NOT_SUPPORTED;
	default:
		return ERROR_SYSTEM;
	}
}

/* An acknowledgement: notes the message's error, and says the first one. */
static int take_ack(struct netlink *nl, const struct nlmsghdr *nlh, struct error *err)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(nlh);
	uint32_t message = nlh->nlmsg_seq - nl->first_seq;
	const char *words;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*error))
		return -EBADMSG;
	nl->codes[message] = error->error;
	if (error->error == 0 || (nl->failed >= 0 && (uint32_t)nl->failed <= message))
		return 0;
	nl->failed = (int)message;
	words = extended_ack(nlh);
	error_set(err, error->error, kind_of(error->error), "%s%s%s%s", strerror(-error->error),
		  words ? " (kernel: " : "", words ? words : "", words ? ")" : "");
	return 0;
}

/* The end of a dump, which may carry the error that cut it short. */
static int take_done(struct netlink *nl, const struct nlmsghdr *nlh, struct error *err)
{
	int code = 0;

	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(code))
		memcpy(&code, mnl_nlmsg_get_payload(nlh), sizeof(code));
	if (code >= 0)
		return 0;
	nl->codes[0] = code;
	nl->failed = 0;
	return error_set(err, code, kind_of(code), "%s", strerror(-code));
}

struct intake {
	unsigned n_acks;
	bool done; /* the end of a dump, or the one acknowledgement, was seen */
	bool interrupted;
};

static int take_message(struct netlink *nl, const struct nlmsghdr *nlh, struct intake *intake,
			struct error *err)
{
	if (nlh->nlmsg_seq - nl->first_seq >= nl->n_sent)
		return 0; /* of an earlier request */
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		intake->interrupted = true;
	switch (nlh->nlmsg_type) {
	case NLMSG_ERROR:
		intake->n_acks++;
		if (nlh->nlmsg_seq - nl->first_seq == nl->n_sent - 1)
			intake->done = nl->asks_once;
		return take_ack(nl, nlh, err);
	case NLMSG_DONE:
		intake->done = true;
		return take_done(nl, nlh, err);
	case NLMSG_NOOP:
	case NLMSG_OVERRUN:
		return 0;
	default:
		return keep_answer(nl, nlh);
	}
}

static int take_datagram(struct netlink *nl, int size, struct intake *intake, struct error *err)
{
	const struct nlmsghdr *nlh = nl->receive;
	int r = 0;

	for (; r == 0 && mnl_nlmsg_ok(nlh, size); nlh = mnl_nlmsg_next(nlh, &size))
		r = take_message(nl, nlh, intake, err);
	return r;
}

/* Takes in what the kernel has put into the queue, to the end of this request's. */
static int take_answers(struct netlink *nl, struct intake *intake, struct error *err)
{
	while (!intake->done) {
		ssize_t n = receive(nl);
		int r;

		if (n <= 0)
			return (int)n;
		r = take_datagram(nl, (int)n, intake, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static unsigned count_awaited(const struct netlink *nl)
{
	const struct nlmsghdr *nlh = nl->request;
	int size = (int)nl->request_size;
	unsigned n = 0;

	for (; mnl_nlmsg_ok(nlh, size); nlh = mnl_nlmsg_next(nlh, &size))
		if (nlh->nlmsg_flags & NLM_F_ACK)
			n++;
	return n;
}

/* Lets no message ask but the last. False where that cannot: then others have to. */
static bool ask_once(struct netlink *nl, struct nlmsghdr *last)
{
	struct nlmsghdr *nlh = nl->request;

	if (!last || !(last->nlmsg_flags & NLM_F_ACK))
		return false;
	while (nlh != last) {
		nlh->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
		nlh = (void *)((char *)nlh + NLMSG_ALIGN(nlh->nlmsg_len));
	}
	return true;
}

/* From building to sending. */
static int seal_request(struct netlink *nl, struct error *err)
{
	struct nlmsghdr *last = nl->building;

	finish_message(nl);
	nl->n_sent = nl->n_messages;
	nl->failed = -1;
	nl->answers_size = 0;
	memset(nl->codes, 0, nl->n_sent * sizeof(nl->codes[0]));
	if (nl->too_long)
		return error_set(err, -EMSGSIZE, ERROR_SYSTEM, "the netlink request is too long");
	nl->asks_once = ask_once(nl, last);
	return 0;
}

/* Back to an empty request; the numbers of the last one stay valid for its answers. */
static void clear_request(struct netlink *nl)
{
	nl->request_size = 0;
	nl->n_messages = 0;
	nl->too_long = false;
}

/* Sends what is sealed, and reads what comes of it. */
static int exchange(struct netlink *nl, struct intake *intake, struct error *err)
{
	int r;

	if (nl->leftover)
		drain(nl);
	r = send_request(nl);
	if (r == 0)
		r = take_answers(nl, intake, err);
	nl->leftover = r < 0;
	return r;
}

static int run_sealed(struct netlink *nl, struct error *err)
{
	struct intake intake = { 0 };
	int r;

	r = exchange(nl, &intake, err);
	if (r < 0)
		return error_system(err, r, "no answer from the kernel's netlink");
	if (nl->failed >= 0)
		return nl->codes[nl->failed];
	if (nl->asks_once ? !intake.done : intake.n_acks < count_awaited(nl))
		return error_set(err, -EPROTO, ERROR_SYSTEM,
				 "the kernel's netlink left a request without an answer");
	return 0;
}

int netlink_run(struct netlink *nl, struct error *err)
{
	int r;

	r = seal_request(nl, err);
	if (r == 0)
		r = run_sealed(nl, err);
	clear_request(nl);
	nl->first_seq += nl->n_sent;
	return r;
}

/* One attempt; sets *ret_again where another one would do better. */
static int dump_once(struct netlink *nl, bool *ret_again, struct error *err)
{
	struct intake intake = { 0 };
	int r;

	nl->answers_size = 0;
	r = exchange(nl, &intake, err);
	*ret_again = r == -ENOBUFS || r == -EINTR || (r == 0 && intake.interrupted);
	if (r < 0 || nl->failed >= 0)
		return r < 0 ? r : nl->codes[nl->failed];
	return intake.done ? 0 : -EPROTO;
}

int netlink_dump(struct netlink *nl, struct error *err)
{
	struct nlmsghdr *nlh = nl->request;
	bool again = true;
	int r;

	r = seal_request(nl, err);
	nlh->nlmsg_flags |= NLM_F_DUMP;
	for (unsigned i = 0; r == 0 && again && i < DUMP_ATTEMPTS; i++) {
		AUTO_ERROR struct error failure = ERROR_INIT;

		r = dump_once(nl, &again, &failure);
		if (r < 0 && again && i + 1 < DUMP_ATTEMPTS)
			r = 0;
		else if (r < 0 && failure.code)
			error_move(err, &failure);
		else if (r < 0)
			error_system(err, r, "no answer from the kernel's netlink");
	}
	clear_request(nl);
	nl->first_seq += nl->n_sent;
	return r;
}

int netlink_failed(const struct netlink *nl)
{
	return nl->failed;
}

int netlink_message_error(const struct netlink *nl, unsigned message)
{
	return message < nl->n_sent ? nl->codes[message] : 0;
}

const struct nlmsghdr *netlink_answer_next(const struct netlink *nl, const struct nlmsghdr *last)
{
	const char *end = (const char *)nl->answers + nl->answers_size;
	const void *next = nl->answers;

	if (last)
		next = (const char *)last + NLMSG_ALIGN(last->nlmsg_len);
	return nl->answers_size > 0 && (const char *)next < end ? next : NULL;
}

/*
 * These two are ioctls because those look links up without the lock that
 * every RTM_GETLINK takes (net/core/dev_ioctl.c); any socket takes them.
 */
int netlink_ifindex(const struct netlink *nl, const char *name, int *ret_ifindex)
{
	struct ifreq request = { 0 };

	if (!ifname_is_valid(name))
		return -ENODEV;
	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	if (ioctl(nl->fd, SIOCGIFINDEX, &request) < 0)
		return -errno;
	*ret_ifindex = request.ifr_ifindex;
	return 0;
}

static bool is_in_use(const struct netlink *nl, int ifindex)
{
	struct ifreq request = { .ifr_ifindex = ifindex };

	return ioctl(nl->fd, SIOCGIFNAME, &request) == 0;
}

int netlink_reserve_ifindex(struct netlink *nl)
{
	int ifindex;

	do {
		ifindex = nl->next_ifindex++;
		if (nl->next_ifindex == IFINDEX_END)
			nl->next_ifindex = IFINDEX_FIRST;
	} while (is_in_use(nl, ifindex));
	return ifindex;
}
