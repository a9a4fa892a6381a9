/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A table of things to try, each a name and a function that tries it in a
 * "lab": a fresh network namespace with one pair of veths (or a tap, where
 * there is no veth) to put other things on. Trials leave their links and
 * qdiscs behind, the end of the namespace takes them; each uses names or
 * places of its own, so none depends on another's success.
 *
 * Three modules make links in the host's first namespace when they are loaded
 * (bonding, dummy, ifb; unless told not to by an option). Asking the kernel
 * for such a link would load them, so they are looked for first.
 */
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "kernel/fds.h"
#include "kernel/guard.h"
#include "kernel/link.h"
#include "kernel/macvtap.h"
#include "kernel/probe.h"
#include "kernel/tun.h"
#include "kernel/vhost.h"
#include "util/text.h"

static const char base_name[] = "probe";

enum {
	LOOPBACK = 1, /* ifindex of lo, in every namespace */
};

struct lab {
	struct netlink *nl;
	int base;     /* ifindex of an Ethernet link to put others on; 0 = there is none */
	int base_tap; /* fd, where that is a tap; or -1 */
};

struct trial {
	const char *name;
	int (*run)(struct lab *lab, const struct trial *trial, struct error *err);
	const char *kind;   /* of link, qdisc or classifier */
	const char *module; /* that would make links on the host when loaded; or NULL */
};

static struct nlmsghdr *new_link(struct lab *lab, const char *name)
{
	struct nlmsghdr *nlh = netlink_message(lab->nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	return nlh;
}

static int try_link(struct lab *lab, const struct trial *trial, struct error *err)
{
	struct nlmsghdr *nlh = new_link(lab, trial->name);
	struct nlattr *info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);

	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, trial->kind);
	mnl_attr_nest_end(nlh, info);
	return netlink_run(lab->nl, err);
}

static int need_base(const struct lab *lab, struct error *err)
{
	if (lab->base > 0)
		return 0;
	return error_set(err, -ENODEV, ERROR_NOT_SUPPORTED, "neither veth nor tap to try it on");
}

static int try_vlan(struct lab *lab, const struct trial *trial, struct error *err)
{
	struct nlattr *info, *data;
	struct nlmsghdr *nlh;
	int r;

	r = need_base(lab, err);
	if (r < 0)
		return r;
	nlh = new_link(lab, trial->name);
	mnl_attr_put_u32(nlh, IFLA_LINK, (uint32_t)lab->base);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, trial->kind);
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u16(nlh, IFLA_VLAN_ID, 2);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return netlink_run(lab->nl, err);
}

static int add_macvlan(struct lab *lab, const char *kind, const char *name, int *ret_ifindex,
		       struct error *err)
{
	struct macvlan_spec spec = {
		.kind = kind,
		.name = name,
		.lower = lab->base,
		.lower_name = base_name,
		.mode = MACVLAN_MODE_BRIDGE,
	};
	int r;

	r = need_base(lab, err);
	return r < 0 ? r : link_add_macvlan(lab->nl, &spec, ret_ifindex, err);
}

static int try_macvlan(struct lab *lab, const struct trial *trial, struct error *err)
{
	int ifindex;

	return add_macvlan(lab, trial->kind, trial->name, &ifindex, err);
}

static int try_sysfs(struct lab *lab, const struct trial *trial, struct error *err)
{
	struct macvtap_folders folders = MACVTAP_FOLDERS_INIT;
	int r;

	r = macvtap_folders_open(&folders, NULL, err);
	macvtap_folders_close(&folders);
	return r;
}

static int try_macvtap_open(struct lab *lab, const struct trial *trial, struct error *err)
{
	AUTO(macvtap_folders_close) struct macvtap_folders folders = MACVTAP_FOLDERS_INIT;
	int ifindex, fd, r;

	r = add_macvlan(lab, trial->kind, trial->name, &ifindex, err);
	if (r == 0)
		r = macvtap_folders_open(&folders, NULL, err);
	if (r == 0)
		r = macvtap_open(&folders, ifindex, trial->name, 1, true, &fd, err);
	if (r == 0)
		close(fd);
	return r;
}

static int try_taps(const char *name, unsigned n, struct error *err)
{
	AUTO_FREE int *fds = fds_new(n);
	int ifindex, r;

	if (!fds)
		return error_oom(err);
	r = tun_create(name, n, true, 0, fds, &ifindex, err);
	fds_close(fds, n);
	return r;
}

static int try_tap(struct lab *lab, const struct trial *trial, struct error *err)
{
	return try_taps(trial->name, 1, err);
}

static int try_tap_queues(struct lab *lab, const struct trial *trial, struct error *err)
{
	return try_taps(trial->name, 2, err);
}

static int try_vhost(struct lab *lab, const struct trial *trial, struct error *err)
{
	int fd, r;

	r = vhost_open(1, &fd, err);
	if (r == 0)
		close(fd);
	return r;
}

static struct nlmsghdr *tc_message(struct lab *lab, uint16_t type, uint32_t parent, uint32_t info,
				   const char *kind)
{
	struct nlmsghdr *nlh = netlink_message(lab->nl, type, NLM_F_CREATE | NLM_F_REPLACE);
	struct tcmsg *tc = mnl_nlmsg_put_extra_header(nlh, sizeof(*tc));

	tc->tcm_ifindex = LOOPBACK;
	tc->tcm_parent = parent;
	tc->tcm_info = info;
	mnl_attr_put_strz(nlh, TCA_KIND, kind);
	return nlh;
}

static int try_clsact(struct lab *lab, const struct trial *trial, struct error *err)
{
	struct nlmsghdr *nlh = tc_message(lab, RTM_NEWQDISC, TC_H_CLSACT, 0, trial->kind);

	((struct tcmsg *)mnl_nlmsg_get_payload(nlh))->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	return netlink_run(lab->nl, err);
}

static int try_qdisc(struct lab *lab, const struct trial *trial, struct error *err)
{
	tc_message(lab, RTM_NEWQDISC, TC_H_ROOT, 0, trial->kind);
	return netlink_run(lab->nl, err);
}

static int try_htb(struct lab *lab, const struct trial *trial, struct error *err)
{
	struct nlmsghdr *nlh = tc_message(lab, RTM_NEWQDISC, TC_H_ROOT, 0, trial->kind);
	struct nlattr *options = mnl_attr_nest_start(nlh, TCA_OPTIONS);
	struct tc_htb_glob glob = { .version = 3, .rate2quantum = 10 };

	mnl_attr_put(nlh, TCA_HTB_INIT, sizeof(glob), &glob);
	mnl_attr_nest_end(nlh, options);
	return netlink_run(lab->nl, err);
}

static int try_tbf(struct lab *lab, const struct trial *trial, struct error *err)
{
	struct nlmsghdr *nlh = tc_message(lab, RTM_NEWQDISC, TC_H_ROOT, 0, trial->kind);
	struct nlattr *options = mnl_attr_nest_start(nlh, TCA_OPTIONS);
	struct tc_tbf_qopt parms = {
		.rate = { .rate = 125000, .linklayer = TC_LINKLAYER_ETHERNET },
		.limit = 100000,
	};

	mnl_attr_put(nlh, TCA_TBF_PARMS, sizeof(parms), &parms);
	mnl_attr_put_u32(nlh, TCA_TBF_BURST, 10000);
	mnl_attr_nest_end(nlh, options);
	return netlink_run(lab->nl, err);
}

/* Filters sit on clsact, which may be missing: then that is the reason. */
static int begin_filter(struct lab *lab, const struct trial *trial, struct nlmsghdr **ret_nlh,
			struct nlattr **ret_options, struct error *err)
{
	static const struct trial clsact = { .kind = "clsact" };
	int r;

	r = try_clsact(lab, &clsact, err);
	if (r < 0) {
		error_prefix(err, "no clsact to try it on: ");
		return r;
	}
	*ret_nlh = tc_message(lab, RTM_NEWTFILTER, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
			      TC_H_MAKE(0, htons(ETH_P_ALL)), trial->kind);
	*ret_options = mnl_attr_nest_start(*ret_nlh, TCA_OPTIONS);
	return 0;
}

static int try_u32(struct lab *lab, const struct trial *trial, struct error *err)
{
	struct tc_u32_sel match = { .flags = TC_U32_TERMINAL }; /* no keys: everything */
	struct nlattr *options;
	struct nlmsghdr *nlh;
	int r;

	r = begin_filter(lab, trial, &nlh, &options, err);
	if (r < 0)
		return r;
	mnl_attr_put(nlh, TCA_U32_SEL, sizeof(match), &match);
	mnl_attr_nest_end(nlh, options);
	return netlink_run(lab->nl, err);
}

/* Classifiers that match everything unless told otherwise. */
static int try_filter(struct lab *lab, const struct trial *trial, struct error *err)
{
	struct nlattr *options;
	struct nlmsghdr *nlh;
	int r;

	r = begin_filter(lab, trial, &nlh, &options, err);
	if (r < 0)
		return r;
	mnl_attr_nest_end(nlh, options);
	return netlink_run(lab->nl, err);
}

/* A classifier that returns 0: the shortest valid program. */
static int load_program(struct error *err)
{
	static const char license[] = "GPL";
	struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = { 0 };
	int fd;

	attr.prog_type = BPF_PROG_TYPE_SCHED_CLS;
	attr.insns = (uintptr_t)program;
	attr.insn_cnt = ARRAY_SIZE(program);
	attr.license = (uintptr_t)license;
	fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	return fd >= 0 ? fd : error_system(err, -errno, "cannot load a BPF program");
}

static int try_bpf(struct lab *lab, const struct trial *trial, struct error *err)
{
	AUTO_CLOSE int program = load_program(err);
	struct nlattr *options;
	struct nlmsghdr *nlh;
	int r;

	if (program < 0)
		return program;
	r = begin_filter(lab, trial, &nlh, &options, err);
	if (r < 0)
		return r;
	mnl_attr_put_u32(nlh, TCA_BPF_FD, (uint32_t)program);
	mnl_attr_put_strz(nlh, TCA_BPF_NAME, "probe");
	mnl_attr_put_u32(nlh, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	mnl_attr_nest_end(nlh, options);
	return netlink_run(lab->nl, err);
}

static int try_guard(struct lab *lab, const struct trial *trial, struct error *err)
{
	AUTO(guard_closep) struct guard *guard = NULL;

	return guard_open(lab->nl, NULL, 0, &guard, err);
}

static int try_guard_tcx(struct lab *lab, const struct trial *trial, struct error *err)
{
	AUTO(guard_closep) struct guard *guard = NULL;
	int r;

	r = guard_open(lab->nl, NULL, 0, &guard, err);
	return r < 0 ? r : guard_promote(guard, LOOPBACK, "lo", err);
}

static int try_mirred(struct lab *lab, const struct trial *trial, struct error *err)
{
	struct nlmsghdr *nlh = netlink_message(lab->nl, RTM_NEWACTION, NLM_F_CREATE);
	struct tc_mirred redirect = {
		.action = TC_ACT_STOLEN,
		.eaction = TCA_EGRESS_REDIR,
		.ifindex = LOOPBACK,
	};
	struct nlattr *table, *entry, *options;

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct tcamsg));
	table = mnl_attr_nest_start(nlh, TCA_ACT_TAB);
	entry = mnl_attr_nest_start(nlh, 1);
	mnl_attr_put_strz(nlh, TCA_ACT_KIND, trial->kind);
	options = mnl_attr_nest_start(nlh, TCA_ACT_OPTIONS);
	mnl_attr_put(nlh, TCA_MIRRED_PARMS, sizeof(redirect), &redirect);
	mnl_attr_nest_end(nlh, options);
	mnl_attr_nest_end(nlh, entry);
	mnl_attr_nest_end(nlh, table);
	return netlink_run(lab->nl, err);
}

static struct nlmsghdr *nft_message(struct netlink *nl, uint16_t type, uint8_t family,
				    uint16_t resource)
{
	struct nlmsghdr *nlh = netlink_message(nl, type, 0);
	struct nfgenmsg *nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));

	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons(resource);
	return nlh;
}

/* The frame of a batch. It is acknowledged by newer kernels only (6.10). */
static void nft_frame(struct netlink *nl, uint16_t type)
{
	nft_message(nl, type, AF_UNSPEC, NFNL_SUBSYS_NFTABLES)->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
}

static void nft_table(struct netlink *nl, uint8_t family, const char *name)
{
	struct nlmsghdr *nlh = nft_message(nl, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE, family,
					   0);

	nlh->nlmsg_flags |= NLM_F_CREATE;
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, name);
}

static int try_nftables(struct lab *lab, const struct trial *trial, struct error *err)
{
	AUTO(netlink_closep) struct netlink *nl = NULL;
	int r;

	r = netlink_open(NETLINK_NETFILTER, &nl, err);
	if (r < 0)
		return r;
	nft_frame(nl, NFNL_MSG_BATCH_BEGIN);
	nft_table(nl, NFPROTO_NETDEV, trial->name);
	nft_frame(nl, NFNL_MSG_BATCH_END);
	return netlink_run(nl, err);
}

/* A chain that translates, for both families of addresses. */
static int try_nat(struct lab *lab, const struct trial *trial, struct error *err)
{
	AUTO(netlink_closep) struct netlink *nl = NULL;
	struct nlmsghdr *nlh;
	struct nlattr *hook;
	int r;

	r = netlink_open(NETLINK_NETFILTER, &nl, err);
	if (r < 0)
		return r;
	nft_frame(nl, NFNL_MSG_BATCH_BEGIN);
	nft_table(nl, NFPROTO_INET, trial->name);
	nlh = nft_message(nl, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWCHAIN, NFPROTO_INET, 0);
	nlh->nlmsg_flags |= NLM_F_CREATE;
	mnl_attr_put_strz(nlh, NFTA_CHAIN_TABLE, trial->name);
	mnl_attr_put_strz(nlh, NFTA_CHAIN_NAME, "postrouting");
	hook = mnl_attr_nest_start(nlh, NFTA_CHAIN_HOOK);
	mnl_attr_put_u32(nlh, NFTA_HOOK_HOOKNUM, htonl(NF_INET_POST_ROUTING));
	mnl_attr_put_u32(nlh, NFTA_HOOK_PRIORITY, htonl(100));
	mnl_attr_nest_end(nlh, hook);
	mnl_attr_put_strz(nlh, NFTA_CHAIN_TYPE, "nat");
	nft_frame(nl, NFNL_MSG_BATCH_END);
	return netlink_run(nl, err);
}

static const struct trial trials[] = {
	{ "macvlan", try_macvlan, "macvlan" },
	{ "macvtap", try_macvlan, "macvtap" },
	{ "macvtap-open", try_macvtap_open, "macvtap" },
	{ "sysfs", try_sysfs },
	{ "tap", try_tap },
	{ "tap-queues", try_tap_queues },
	{ "vhost-net", try_vhost },
	{ "veth", try_link, "veth" },
	{ "bridge", try_link, "bridge" },
	{ "vlan", try_vlan, "vlan" },
	{ "dummy", try_link, "dummy", "dummy" },
	{ "bond", try_link, "bond", "bonding" },
	{ "ifb", try_link, "ifb", "ifb" },
	{ "tc-clsact", try_clsact, "clsact" },
	{ "tc-u32", try_u32, "u32" },
	{ "tc-matchall", try_filter, "matchall" },
	{ "tc-flower", try_filter, "flower" },
	{ "tc-bpf", try_bpf, "bpf" },
	{ "guard", try_guard },
	{ "guard-tcx", try_guard_tcx },
	{ "tc-mirred", try_mirred, "mirred" },
	{ "tc-htb", try_htb, "htb" },
	{ "tc-tbf", try_tbf, "tbf" },
	{ "tc-sfq", try_qdisc, "sfq" },
	{ "nftables", try_nftables },
	{ "nftables-nat", try_nat },
};

static bool module_is_loaded(const char *module)
{
	AUTO_FREE char *path = text_format("/sys/module/%s", module);

	return path && access(path, F_OK) == 0;
}

/* Is its file among those of the running kernel? modules.dep: "path/NAME.ko[.xz]: …" */
static bool module_has_file(const char *module)
{
	AUTO_FREE char *path = NULL, *line = NULL, *wanted = NULL;
	AUTO_FCLOSE FILE *file = NULL;
	struct utsname host;
	size_t room = 0;

	if (uname(&host) < 0)
		return false;
	path = text_format("/lib/modules/%s/modules.dep", host.release);
	wanted = text_format("/%s.ko", module);
	if (!path || !wanted)
		return false;
	file = fopen(path, "re");
	while (file && getline(&line, &room, file) > 0) {
		char *end = strchr(line, ':');

		if (end)
			*end = '\0';
		if (strstr(line, wanted))
			return true;
	}
	return false;
}

static void run_trial(struct lab *lab, const struct trial *trial, struct probe_result *result)
{
	AUTO_ERROR struct error failure = ERROR_INIT;

	result->name = trial->name;
	if (trial->module && !module_is_loaded(trial->module) && module_has_file(trial->module)) {
		result->ok = true;
		result->detail = text_format("module %s is not loaded yet", trial->module);
		return;
	}
	result->ok = trial->run(lab, trial, &failure) == 0;
	if (!result->ok)
		result->detail = strdup(error_text(&failure));
}

/* A veth, or a tap in its place; without either some trials have nothing to stand on. */
static void add_base(struct lab *lab)
{
	static const struct trial veth = { .name = base_name, .kind = "veth" };

	if (try_link(lab, &veth, NULL) == 0)
		(void)netlink_ifindex(lab->nl, base_name, &lab->base);
	else
		(void)tun_create(base_name, 1, false, 0, &lab->base_tap, &lab->base, NULL);
}

struct probe {
	const atomic_bool *stop; /* or NULL */
	struct probe_result *results;
	struct error err;
	int r;
};

static bool is_stopped(const struct probe *probe)
{
	return probe->stop && atomic_load(probe->stop);
}

static void *probe_thread(void *userdata)
{
	struct lab lab = { .base_tap = -1 };
	struct probe *probe = userdata;

	if (unshare(CLONE_NEWNET) < 0)
		probe->r = error_system(&probe->err, -errno, "cannot make a network namespace");
	else
		probe->r = netlink_open(NETLINK_ROUTE, &lab.nl, &probe->err);
	if (probe->r < 0)
		return NULL;
	add_base(&lab);
	for (size_t i = 0; i < ARRAY_SIZE(trials) && !is_stopped(probe); i++)
		run_trial(&lab, &trials[i], &probe->results[i]);
	if (is_stopped(probe))
		probe->r = error_set(&probe->err, -ECANCELED, ERROR_SYSTEM,
				     "what this kernel can do was not found out: vifd ends");
	closep(&lab.base_tap);
	netlink_close(lab.nl);
	return NULL;
}

int probe_run(const atomic_bool *stop, struct probe_result **ret_results, size_t *ret_n,
	      struct error *err)
{
	struct probe probe = { .stop = stop, .err = ERROR_INIT };
	pthread_t thread;
	int r;

	probe.results = calloc(ARRAY_SIZE(trials), sizeof(*probe.results));
	if (!probe.results)
		return error_oom(err);
	r = -pthread_create(&thread, NULL, probe_thread, &probe);
	if (r < 0) {
		free(probe.results);
		return error_system(err, r, "cannot start a thread");
	}
	pthread_join(thread, NULL);
	if (probe.r < 0) {
		error_move(err, &probe.err);
		probe_results_free(probe.results, ARRAY_SIZE(trials));
		return probe.r;
	}
	*ret_results = probe.results;
	*ret_n = ARRAY_SIZE(trials);
	return 0;
}

void probe_results_free(struct probe_result *results, size_t n)
{
	for (size_t i = 0; results && i < n; i++)
		free(results[i].detail);
	free(results);
}
