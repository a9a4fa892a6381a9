/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A netlink socket for requests.
 *
 * A request is one message or several, sent by one sendmsg(2):
 *
 *	nlh = netlink_message(nl, RTM_SETLINK, 0);
 *	mnl_nlmsg_put_extra_header(…), mnl_attr_put_…(nlh, …);
 *	nlh = netlink_message(nl, …);			the next of the batch
 *	r = netlink_run(nl, err);
 *
 * The kernel works through the messages in order before sendmsg returns, and
 * goes on after one that fails: a batch is not a transaction, but nothing can
 * end the process in the middle of it. Messages of one request name the links
 * of earlier ones by an ifindex that they chose (netlink_reserve_ifindex).
 *
 * Nothing here waits for anything but the kernel's own locks. A struct netlink
 * belongs to one thread at a time and to the network namespace in which it was
 * opened.
 */
#pragma once

#include <libmnl/libmnl.h>
#include <stdint.h>

#include "util/cleanup.h"
#include "util/error.h"

enum {
	NETLINK_MESSAGE_MAX = 4096,  /* bytes; netlink_message() has this much room for each */
	NETLINK_REQUEST_MAX = 65536, /* bytes; at least 16 messages, hundreds of usual ones */
};

struct netlink;

/* protocol: NETLINK_ROUTE, NETLINK_NETFILTER, … */
int netlink_open(int protocol, struct netlink **ret_nl, struct error *err);
void netlink_close(struct netlink *nl);
DEFINE_FREEP(struct netlink, netlink_close);

/*
 * Begins the next message of the request; its attributes may be put until the
 * message after it begins. The last asks for an acknowledgement, which is that
 * of all: clear NLM_F_ACK in its nlmsg_flags where the protocol gives none. Never
 * NULL: a request that gets too long fails in netlink_run() with -EMSGSIZE, and
 * nothing of it is sent.
 */
struct nlmsghdr *netlink_message(struct netlink *nl, uint16_t type, uint16_t flags);

/*
 * Sends the request and takes in the acknowledgement and all answers. Returns the
 * error of the first message that failed; the sentence is "strerror (kernel:
 * extended ack)": put the subject in front of it. The request is empty again
 * afterwards, whatever came out.
 */
int netlink_run(struct netlink *nl, struct error *err);

/* Which message of the last request failed first, counted from 0; -1 if none did. */
int netlink_failed(const struct netlink *nl);

/* The error of one message of the last request, as netlink_run() would have returned it. */
int netlink_message_error(const struct netlink *nl, unsigned message);

/*
 * Sends the request, which must be one message, as a dump. A dump during which the
 * objects changed (NLM_F_DUMP_INTR), or which did not fit the socket (ENOBUFS), is
 * repeated. After some attempts the last one is taken: it may miss the newest changes.
 */
int netlink_dump(struct netlink *nl, struct error *err);

/*
 * The answers of the last request or dump, acknowledgements left out: NULL
 * gives the first, and is returned after the last. They are valid until the
 * next request begins to run.
 */
const struct nlmsghdr *netlink_answer_next(const struct netlink *nl, const struct nlmsghdr *last);

/*
 * A free ifindex for a link to be made. Ours are counted up from a random
 * start far above those that the kernel hands out, so that an ifindex still
 * means one incarnation of one link.
 */
int netlink_reserve_ifindex(struct netlink *nl);

/* The link of that name, or alternative name if that is as short. 0 or -ENODEV; takes no lock. */
int netlink_ifindex(const struct netlink *nl, const char *name, int *ret_ifindex);
