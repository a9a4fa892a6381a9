/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A tap in a network namespace of its own, and a guard: what the tests of the guard's program have
 * in common. Each test begins with guarded_setup(); frames are hexadecimal text.
 */
#pragma once

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/bpf-hook.h"
#include "kernel/guard.h"
#include "kernel/tun.h"
#include "netns.h"

static struct netlink *nl;
static struct guard *guard;
static int tap, queue = -1;

static inline void guarded_done(void)
{
	guard_close(take_ptr(guard));
	netlink_close(take_ptr(nl));
	closep(&queue);
	queue = -1;
}

static inline void open_guard(bool takes_over)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (guard_open(nl, &tap, takes_over ? 1 : 0, &guard, &err) < 0)
		fail_msg("%s", error_text(&err));
}

static inline int guarded_setup(void **state)
{
	guarded_done();
	netns_setup(state);
	assert_int_equal(netlink_open(NETLINK_ROUTE, &nl, NULL), 0);
	assert_int_equal(tun_create("vif0", 1, true, 0, &queue, &tap, NULL), 0);
	open_guard(false);
	return 0;
}

static inline size_t from_hex(const char *text, uint8_t *bytes, size_t room)
{
	size_t n = strlen(text) / 2;
	unsigned byte;

	assert_true(n <= room && strlen(text) % 2 == 0);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(sscanf(text + 2 * i, "%2x", &byte), 1);
		bytes[i] = (uint8_t)byte;
	}
	return n;
}

/* What the program that is on the tap answers on a frame. */
static inline int run_program(bool to_guest, const void *bytes, size_t size)
{
	struct __sk_buff context = { .ifindex = (uint32_t)tap };
	AUTO_CLOSE int program = -1;
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = bytes, .data_size_in = (uint32_t)size,
		    .ctx_in = &context, .ctx_size_in = sizeof(context), .repeat = 1);

	assert_int_equal(bpf_hook_find(nl, tap, to_guest ? BPF_HOOK_EGRESS : BPF_HOOK_INGRESS,
				       to_guest ? "vif_to_guest" : "vif_from_guest", &program),
			 0);
	assert_int_equal(bpf_prog_test_run_opts(program, &options), 0);
	return (int)options.retval;
}
