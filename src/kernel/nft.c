/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A transaction of nftables is known by the number of the ruleset's generation
 * that it makes: each commit counts one up, and the kernel ends its news of a
 * transaction with that number (NFT_MSG_NEWGEN). Ours are told from
 * others' by asking for the number before and after: where it went up by one,
 * the transaction was ours. Where it went up by more, somebody else changed the
 * ruleset at the same moment. Nobody knows who was last, so none of these numbers
 * counts as ours: better one report of a change too many than one too few.
 *
 * The other marks that the news bears do not serve: its process id is a
 * thread's, as the first pid namespace counts them, and the port is that of a socket
 * which libnftables keeps to itself and opens anew now and then.
 *
 * All kinds of nftables' messages have the table's name as their attribute 1.
 */
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <nftables/libnftables.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/netlink.h"
#include "kernel/nft.h"
#include "kernel/socket.h"

enum {
	OWN_MAX = 64,         /* generations of ours that may be in the watch's queue still */
	QUEUE_SIZE = 4 << 20, /* bytes; a ruleset of some thousand rules, deleted and made again */
	TABLE_NAME = 1,       /* NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE, … */
};

struct nft {
	struct nft_ctx *ctx;
	struct netlink *nl;
	uint32_t own[OWN_MAX]; /* the last ones, in a ring */
	unsigned n_own;
};

struct nft_watch {
	int fd;
	void *buffer;          /* NETLINK_RECEIVE_SIZE */
	enum nft_news touched; /* by the transaction whose end was not read yet */
};

static struct nlmsghdr *nft_message(struct netlink *nl, uint16_t type, uint8_t family)
{
	struct nlmsghdr *nlh = netlink_message(nl, NFNL_SUBSYS_NFTABLES << 8 | type, 0);
	struct nfgenmsg *nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));

	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	return nlh;
}

static bool is_message(const struct nlmsghdr *nlh, uint16_t type)
{
	return nlh->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | type) &&
	       mnl_nlmsg_get_payload_len(nlh) >= sizeof(struct nfgenmsg);
}

/* The first attribute of that type, or NULL. */
static const struct nlattr *find_attribute(const struct nlmsghdr *nlh, uint16_t type,
					   enum mnl_attr_data_type data)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) == type)
			return mnl_attr_validate(attr, data) < 0 ? NULL : attr;
	}
	return NULL;
}

static uint32_t generation_of(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr = find_attribute(nlh, NFTA_GEN_ID, MNL_TYPE_U32);

	return attr ? ntohl(mnl_attr_get_u32(attr)) : 0;
}

/* The ruleset's present one; 0, which is none, where it cannot be asked. */
static uint32_t generation_now(const struct nft *nft)
{
	const struct nlmsghdr *answer = NULL;

	nft_message(nft->nl, NFT_MSG_GETGEN, AF_UNSPEC);
	if (netlink_run(nft->nl, NULL) < 0)
		return 0;
	while ((answer = netlink_answer_next(nft->nl, answer)))
		if (is_message(answer, NFT_MSG_NEWGEN))
			return generation_of(answer);
	return 0;
}

int nft_open(struct nft **ret_nft, struct error *err)
{
	AUTO(nft_closep) struct nft *nft = calloc(1, sizeof(*nft));
	int r;

	if (!nft)
		return error_oom(err);
	/* First: where there are no such sockets, libnftables would end the process. */
	r = netlink_open(NETLINK_NETFILTER, &nft->nl, err);
	if (r < 0) {
		error_prefix(err, "nftables: ");
		return r;
	}
	nft->ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!nft->ctx || nft_ctx_buffer_output(nft->ctx) || nft_ctx_buffer_error(nft->ctx))
		return error_oom(err);
	*ret_nft = take_ptr(nft);
	return 0;
}

void nft_close(struct nft *nft)
{
	if (!nft)
		return;
	if (nft->ctx)
		nft_ctx_free(nft->ctx);
	netlink_close(nft->nl);
	free(nft);
}

/*
 * What nft says is several lines for each complaint: "FILE:LINE:COLUMNS: Error: WHAT",
 * that line, and marks below what it means.
 */
static int run_error(const char *said, struct error *err)
{
	static const char denial[] = "Operation not permitted"; /* strerror(EPERM) */
	const char *what = strstr(said, "Error: "), *where;
	int what_size, where_size;
	bool denied;

	what = what ? what + strlen("Error: ") : said;
	what_size = (int)strcspn(what, "\n");
	where = what + what_size;
	where += strspn(where, "\n \t");
	where_size = (int)strcspn(where, "\n");
	denied = memmem(what, (size_t)what_size, denial, strlen(denial));
	return error_set(err, denied ? -EPERM : -EIO, denied ? ERROR_PERMISSION : ERROR_SYSTEM,
			 where_size > 0 ? "nftables: %.*s, in \"%.*s\"" : "nftables: %.*s",
			 what_size, what, where_size, where);
}

/* A text in memory, as a file: nft's errors show the line of a file, the first of a buffer. */
static int file_of(const char *text, int *ret_fd, struct error *err)
{
	AUTO_CLOSE int fd = memfd_create("ruleset", MFD_CLOEXEC);
	size_t size = strlen(text);

	if (fd < 0)
		return error_system(err, -errno, "cannot make a file in memory");
	while (size > 0) {
		ssize_t n = write(fd, text, size);

		if (n < 0)
			return error_system(err, -errno, "cannot write a file in memory");
		text += n;
		size -= (size_t)n;
	}
	*ret_fd = take_fd(&fd);
	return 0;
}

int nft_run(struct nft *nft, const char *commands, struct error *err)
{
	uint32_t before = generation_now(nft), after;
	char path[sizeof("/proc/self/fd/") + 10];
	AUTO_CLOSE int fd = -1;
	int r;

	r = file_of(commands, &fd, err);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = nft_run_cmd_from_filename(nft->ctx, path);
	/* What it has to say is taken out of its buffers, else it is there the next time too. */
	(void)nft_ctx_get_output_buffer(nft->ctx);
	if (r != 0)
		return run_error(nft_ctx_get_error_buffer(nft->ctx), err);
	(void)nft_ctx_get_error_buffer(nft->ctx);
	after = generation_now(nft);
	if (before != 0 && after == before + 1)
		nft->own[nft->n_own++ % OWN_MAX] = after;
	return 0;
}

bool nft_has_table(struct nft *nft, const char *family, const char *name)
{
	uint8_t number = NFPROTO_INET;
	struct nlmsghdr *nlh;

	if (!strcmp(family, "ip"))
		number = NFPROTO_IPV4;
	else if (!strcmp(family, "ip6"))
		number = NFPROTO_IPV6;
	nlh = nft_message(nft->nl, NFT_MSG_GETTABLE, number);
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, name);
	return netlink_run(nft->nl, NULL) == 0;
}

int nft_watch_open(struct nft_watch **ret_watch, struct error *err)
{
	AUTO(nft_watch_closep) struct nft_watch *watch = calloc(1, sizeof(*watch));
	uint32_t portid;
	int r;

	if (!watch)
		return error_oom(err);
	watch->fd = -1;
	watch->buffer = malloc(NETLINK_RECEIVE_SIZE);
	if (!watch->buffer)
		return error_oom(err);
	r = netlink_socket_open(NETLINK_NETFILTER, QUEUE_SIZE, &watch->fd, &portid);
	if (r == 0)
		r = netlink_socket_join(watch->fd, NFNLGRP_NFTABLES);
	if (r < 0)
		return error_system(err, r, "cannot listen to the kernel's news of nftables");
	*ret_watch = take_ptr(watch);
	return 0;
}

void nft_watch_close(struct nft_watch *watch)
{
	if (!watch)
		return;
	closep(&watch->fd);
	free(watch->buffer);
	free(watch);
}

int nft_watch_fd(const struct nft_watch *watch)
{
	return watch->fd;
}

static bool is_own(const struct nft *nft, uint32_t generation)
{
	for (unsigned i = 0; i < OWN_MAX; i++)
		if (generation != 0 && nft->own[i] == generation)
			return true;
	return false;
}

static bool is_about(const struct nlmsghdr *nlh, const char *table)
{
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	if (nfg->nfgen_family != NFPROTO_INET)
		return false;
	attr = find_attribute(nlh, TABLE_NAME, MNL_TYPE_NUL_STRING);
	return attr && !strcmp(mnl_attr_get_str(attr), table);
}

/* Sets of others change all the time, and say nothing of who passes. */
static bool is_about_passing(const struct nlmsghdr *nlh)
{
	switch (nlh->nlmsg_type & 0xff) {
	case NFT_MSG_NEWTABLE:
	case NFT_MSG_DELTABLE:
	case NFT_MSG_NEWCHAIN:
	case NFT_MSG_DELCHAIN:
	case NFT_MSG_NEWRULE:
	case NFT_MSG_DELRULE:
		return true;
	default:
		return false;
	}
}

static enum nft_news news_of(const struct nlmsghdr *nlh, const char *table)
{
	if (is_about(nlh, table))
		return NFT_NEWS_TABLE;
	return is_about_passing(nlh) ? NFT_NEWS_OTHERS : 0;
}

/* What have transactions touched that have ended and are not ours? */
static enum nft_news read_datagram(struct nft_watch *watch, int size, const struct nft *nft,
				   const char *table)
{
	const struct nlmsghdr *nlh = watch->buffer;
	enum nft_news changed = 0;

	for (; mnl_nlmsg_ok(nlh, size); nlh = mnl_nlmsg_next(nlh, &size)) {
		if (is_message(nlh, NFT_MSG_NEWGEN)) {
			if (!is_own(nft, generation_of(nlh)))
				changed |= watch->touched;
			watch->touched = 0;
		} else if (nlh->nlmsg_type >> 8 == NFNL_SUBSYS_NFTABLES &&
			   mnl_nlmsg_get_payload_len(nlh) >= sizeof(struct nfgenmsg)) {
			watch->touched |= news_of(nlh, table);
		}
	}
	return changed;
}

enum nft_news nft_watch_read(struct nft_watch *watch, const struct nft *nft, const char *table)
{
	enum nft_news changed = 0;
	ssize_t n;

	while ((n = netlink_socket_receive(watch->fd, watch->buffer, NETLINK_RECEIVE_SIZE)) != 0) {
		if (n > 0) {
			changed |= read_datagram(watch, (int)n, nft, table);
			continue;
		}
		changed = NFT_NEWS_TABLE | NFT_NEWS_OTHERS;
		watch->touched = 0;
		if (n != -ENOBUFS && n != -EMSGSIZE)
			break;
	}
	return changed;
}
