/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A tap on nothing: what lies behind it is the business of whoever asked.
 *
 * Unlike a bridge's port it is likely to get addresses and routes, so the
 * host's IPv6 is left as the kernel makes it.
 */
#include "backends/kinds.h"
#include "backends/tap.h"

static int ethernet_check(const struct backend_request *request, struct error *err)
{
	(void)request;
	(void)err;
	return 0;
}

static int ethernet_make(const struct backend_request *request, struct plan *plan)
{
	const struct host_link *have = backend_have(request);
	int r;

	r = tap_make(request, request->interface->mtu, true, plan);
	if (r == 0)
		r = backend_set_up(request, have, plan);
	if (r == 0)
		r = tap_make_persistent(request, plan);
	return r;
}

static void ethernet_describe(const struct actual *actual, struct text *text)
{
	(void)actual;
	text_add(text, "a tap on nothing");
}

static unsigned ethernet_mtu(const struct backend_request *request)
{
	(void)request;
	return 1500; /* ether_setup() */
}

const struct backend backend_ethernet = {
	.type = INTERFACE_ETHERNET,
	.check = ethernet_check,
	.make = ethernet_make,
	.describe = ethernet_describe,
	.mtu = ethernet_mtu,
};
