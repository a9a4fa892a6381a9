/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * NEWTFILTER with the handle of a filter that is there exchanges it for the new
 * one by one pointer (cls_bpf_change). What else is at the priority is nobody's:
 * a filter of another kind there is refused by the kernel.
 *
 * TCX is called by its numbers: the headers of Linux 6.1 do not have it.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/syscall.h>

#include "kernel/bpf-hook.h"

enum {
	PRIORITY = 1,
	HANDLE = 1,
	TCX_INGRESS = 46, /* BPF_TCX_* */
	TCX_EGRESS = 47,
	FLAG_REPLACE = 1 << 2, /* BPF_F_* */
	FLAG_BEFORE = 1 << 3,
	PROGRAMS_MAX = 64, /* on one hook: BPF_MPROG_MAX */
};

static const uint32_t parents[] = {
	[BPF_HOOK_INGRESS] = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
	[BPF_HOOK_EGRESS] = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS),
};
static const uint32_t tcx_types[] = {
	[BPF_HOOK_INGRESS] = TCX_INGRESS,
	[BPF_HOOK_EGRESS] = TCX_EGRESS,
};
static const char *const hook_names[] = {
	[BPF_HOOK_INGRESS] = "ingress",
	[BPF_HOOK_EGRESS] = "egress",
};
_Static_assert(ARRAY_SIZE(parents) == BPF_HOOK_COUNT && ARRAY_SIZE(tcx_types) == BPF_HOOK_COUNT &&
		       ARRAY_SIZE(hook_names) == BPF_HOOK_COUNT,
	       "every hook has its numbers");

static struct nlmsghdr *add_message(struct netlink *nl, uint16_t type, uint16_t flags,
				    const struct tcmsg *about)
{
	struct nlmsghdr *nlh = netlink_message(nl, type, flags);
	struct tcmsg *tc = mnl_nlmsg_put_extra_header(nlh, sizeof(*tc));

	*tc = *about;
	return nlh;
}

static struct tcmsg about_filter(int ifindex, enum bpf_hook hook)
{
	return (struct tcmsg){
		.tcm_ifindex = ifindex,
		.tcm_parent = parents[hook],
		.tcm_handle = HANDLE,
		.tcm_info = TC_H_MAKE(PRIORITY << 16, htons(ETH_P_ALL)),
	};
}

/* Is the qdisc at the place of clsact and ingress one with an egress? */
static bool has_egress(struct netlink *nl, int ifindex)
{
	const struct tcmsg about = { .tcm_ifindex = ifindex, .tcm_parent = TC_H_CLSACT };
	const struct nlmsghdr *nlh = NULL;
	const struct nlattr *attr;

	add_message(nl, RTM_GETQDISC, NLM_F_ECHO, &about); /* else it answers to listeners only */
	if (netlink_run(nl, NULL) < 0)
		return false;
	while ((nlh = netlink_answer_next(nl, nlh)))
		mnl_attr_for_each(
			attr, nlh,
			sizeof(struct tcmsg)) if (mnl_attr_get_type(attr) ==
						  TCA_KIND) return !strcmp(mnl_attr_get_str(attr),
									   "clsact");
	return false;
}

/* True: there was none at its place, so no program is there either. */
static bool make_qdisc(struct netlink *nl, int ifindex)
{
	const struct tcmsg about = {
		.tcm_ifindex = ifindex,
		.tcm_parent = TC_H_CLSACT,
		.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0),
	};

	mnl_attr_put_strz(add_message(nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &about),
			  TCA_KIND, "clsact");
	return netlink_run(nl, NULL) == 0;
}

static void add_filter(struct netlink *nl, int ifindex, enum bpf_hook hook, int program)
{
	const struct tcmsg about = about_filter(ifindex, hook);
	struct nlmsghdr *nlh = add_message(nl, RTM_NEWTFILTER, NLM_F_CREATE, &about);
	struct nlattr *options;

	mnl_attr_put_strz(nlh, TCA_KIND, "bpf");
	options = mnl_attr_nest_start(nlh, TCA_OPTIONS);
	mnl_attr_put_u32(nlh, TCA_BPF_FD, (uint32_t)program);
	mnl_attr_put_strz(nlh, TCA_BPF_NAME, "vifd");
	mnl_attr_put_u32(nlh, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	mnl_attr_nest_end(nlh, options);
}

/* Where there is no such filter (ENOENT) or no qdisc (EINVAL) it is off already. */
static bool is_off(int r)
{
	return r == 0 || r == -ENOENT || r == -EINVAL;
}

static void take_filter_off(struct netlink *nl, int ifindex, enum bpf_hook hook)
{
	const struct tcmsg about = about_filter(ifindex, hook);

	add_message(nl, RTM_DELTFILTER, 0, &about);
}

static int hook_failed(struct error *err, struct error *failure, int r, const char *what,
		       const char *name, enum bpf_hook hook)
{
	error_prefix(failure, "cannot %s the %s of %s: ", what, hook_names[hook], name);
	error_move(err, failure);
	return r;
}

/* What is to come off is last. */
static int put_programs(struct netlink *nl, int ifindex, const char *name,
			const int programs[static BPF_HOOK_COUNT],
			const bool may_have[static BPF_HOOK_COUNT], struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	enum bpf_hook order[BPF_HOOK_COUNT];
	int n_put = 0, failed, r;

	for (unsigned hook = 0; hook < BPF_HOOK_COUNT; hook++)
		if (programs[hook] >= 0) {
			add_filter(nl, ifindex, hook, programs[hook]);
			order[n_put++] = hook;
		}
	for (unsigned hook = 0; hook < BPF_HOOK_COUNT; hook++)
		if (programs[hook] < 0 && may_have[hook]) {
			take_filter_off(nl, ifindex, hook);
			order[n_put] = hook;
		}
	r = netlink_run(nl, &failure);
	failed = netlink_failed(nl); /* -1 where it was not sent */
	if (r == 0 || (failed >= n_put && is_off(r)))
		return 0;
	return hook_failed(err, &failure, r,
			   failed < n_put ? "put a program at" : "take a program off", name,
			   order[failed < 0 ? 0 : failed]);
}

/* Where there is no egress its filter would be the ingress's. */
int bpf_hook_attach(struct netlink *nl, int ifindex, const char *name,
		    const int programs[static BPF_HOOK_COUNT], struct error *err)
{
	bool made = make_qdisc(nl, ifindex), egress = made || has_egress(nl, ifindex);
	const bool may_have[BPF_HOOK_COUNT] = {
		[BPF_HOOK_INGRESS] = !made,
		[BPF_HOOK_EGRESS] = !made && egress,
	};

	if (programs[BPF_HOOK_EGRESS] >= 0 && !egress)
		return error_set(err, -EEXIST, ERROR_IN_USE,
				 "%s has no tc egress: its qdisc is of kind ingress, not clsact",
				 name);
	return put_programs(nl, ifindex, name, programs, may_have, err);
}

int bpf_hook_detach(struct netlink *nl, int ifindex, const char *name, enum bpf_hook hook,
		    struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	take_filter_off(nl, ifindex, hook);
	r = netlink_run(nl, &failure);
	return is_off(r) ? 0 : hook_failed(err, &failure, r, "take a program off", name, hook);
}

/* An fd of the program if it has the name; else -ENOENT. */
static int open_named(uint32_t id, const char *program_name)
{
	AUTO_CLOSE int program = bpf_prog_get_fd_by_id(id);
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);

	if (program < 0 || bpf_obj_get_info_by_fd(program, &info, &size) < 0 ||
	    strcmp(info.name, program_name) != 0)
		return -ENOENT;
	return take_fd(&program);
}

static uint32_t filter_program_id(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr, *option;

	mnl_attr_for_each(attr, nlh,
			  sizeof(struct tcmsg)) if (mnl_attr_get_type(attr) == TCA_OPTIONS)
		mnl_attr_for_each_nested(option,
					 attr) if (mnl_attr_get_type(option) ==
						   TCA_BPF_ID) return mnl_attr_get_u32(option);
	return 0;
}

int bpf_hook_find(struct netlink *nl, int ifindex, enum bpf_hook hook, const char *program_name,
		  int *ret_program)
{
	const struct tcmsg about = about_filter(ifindex, hook);
	const struct nlmsghdr *nlh;
	int program;

	mnl_attr_put_strz(add_message(nl, RTM_GETTFILTER, 0, &about), TCA_KIND, "bpf");
	if (netlink_run(nl, NULL) < 0)
		return -ENOENT;
	nlh = netlink_answer_next(nl, NULL);
	program = nlh ? open_named(filter_program_id(nlh), program_name) : -ENOENT;
	if (program < 0)
		return program;
	*ret_program = program;
	return 0;
}

static int run_tcx(int command, int ifindex, enum bpf_hook hook, int program, uint32_t flags,
		   int old)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)ifindex;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = tcx_types[hook];
	attr.attach_flags = flags;
	attr.replace_bpf_fd = old < 0 ? 0 : (uint32_t)old;
	return syscall(SYS_bpf, command, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

/* EINVAL: the kernel does not know the type. */
int bpf_hook_attach_tcx(int ifindex, const char *name, enum bpf_hook hook, int program, int old,
			struct error *err)
{
	int r = run_tcx(BPF_PROG_ATTACH, ifindex, hook, program,
			old < 0 ? FLAG_BEFORE : FLAG_REPLACE, old);

	if (r == -EINVAL || r == -EOPNOTSUPP)
		return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED, "this kernel has no TCX");
	return r == 0 ? 0
		      : error_system(err, r, "cannot put a program at the %s of %s by TCX",
				     hook_names[hook], name);
}

int bpf_hook_detach_tcx(int ifindex, const char *name, enum bpf_hook hook, int program,
			struct error *err)
{
	int r = run_tcx(BPF_PROG_DETACH, ifindex, hook, program, 0, -1);

	return r == 0 || r == -ENOENT
		       ? 0
		       : error_system(err, r, "cannot take a program off the %s of %s",
				      hook_names[hook], name);
}

int bpf_hook_find_tcx(int ifindex, enum bpf_hook hook, const char *program_name, bool *ret_first,
		      int *ret_program)
{
	uint32_t ids[PROGRAMS_MAX] = { 0 };
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (uint32_t)ifindex;
	attr.query.attach_type = tcx_types[hook];
	attr.query.prog_ids = (uintptr_t)ids;
	attr.query.prog_cnt = PROGRAMS_MAX;
	if (syscall(SYS_bpf, BPF_PROG_QUERY, &attr, sizeof(attr)) < 0)
		return -ENOENT;
	for (unsigned i = 0; i < attr.query.prog_cnt && i < PROGRAMS_MAX; i++) {
		int program = open_named(ids[i], program_name);

		if (program < 0)
			continue;
		*ret_first = i == 0;
		*ret_program = program;
		return 0;
	}
	return -ENOENT;
}
