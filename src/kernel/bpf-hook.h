/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Programs at a link's hooks: put there, found, exchanged, taken off.
 *
 * A link has two hooks: ingress is what comes from it into the host (from a tap:
 * what the guest sends), egress what the host sends by it. A program gets there
 * in two ways. As a filter of tc's (cls_bpf), at the first priority and with a
 * handle of ours: at once, on every kernel, and tc(8) shows it. By TCX, since
 * Linux 6.6: asked before all of tc, less work a frame, but the kernel waits for
 * RCU with its big lock held (10 ms) when one is put on or taken off, and old
 * tools do not show it. Programs stay when their loader ends.
 *
 * Sources: net/sched/cls_bpf.c, sch_ingress.c, kernel/bpf/tcx.c, mprog.c.
 */
#pragma once

#include "kernel/netlink.h"

enum bpf_hook {
	BPF_HOOK_INGRESS,
	BPF_HOOK_EGRESS,
	BPF_HOOK_COUNT,
};

enum bpf_way {
	BPF_WAY_NONE,
	BPF_WAY_TC,
	BPF_WAY_TCX,
};

/*
 * Puts programs (fds) there as tc's first filters; one that was there by this function
 * is exchanged for it in one moment, without a frame that meets none of the two. -1:
 * what this function put there is taken off; not for both. A link's egress needs a link without an
 * `ingress` qdisc (a clsact is made, or there): the kernel would put it at the ingress,
 * in silence. -EEXIST then. Making the qdisc on a link that is up costs frames: see
 * tc_make_ready(). After a failure each hook has what it had, or what it was to have.
 */
int bpf_hook_attach(struct netlink *nl, int ifindex, const char *name,
		    const int programs[static BPF_HOOK_COUNT], struct error *err);

/*
 * Puts it there by TCX, before all others that are there. In place of the program
 * `old` (an fd; -1: of none), which costs no waiting. -EOPNOTSUPP: no TCX here.
 */
int bpf_hook_attach_tcx(int ifindex, const char *name, enum bpf_hook hook, int program, int old,
			struct error *err);

/* Each takes off what its attach put there; 0 if there is nothing. TCX needs the program. */
int bpf_hook_detach(struct netlink *nl, int ifindex, const char *name, enum bpf_hook hook,
		    struct error *err);
int bpf_hook_detach_tcx(int ifindex, const char *name, enum bpf_hook hook, int program,
			struct error *err);

/*
 * The program of this name that is there in that way, as an fd, the caller's to
 * close. By TCX: *ret_first tells whether it is the first. -ENOENT: there is none.
 */
int bpf_hook_find(struct netlink *nl, int ifindex, enum bpf_hook hook, const char *program_name,
		  int *ret_program);
int bpf_hook_find_tcx(int ifindex, enum bpf_hook hook, const char *program_name, bool *ret_first,
		      int *ret_program);
