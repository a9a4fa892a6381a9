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

static int ethernet_guest(const struct backend_request *request, struct plan *plan)
{
	return tap_make(request, request->interface->mtu, true, plan);
}

static int ethernet_host(const struct backend_request *request, struct plan *plan)
{
	int r;

	if (!request->rewire && request->side == 0)
		return 0;
	r = tap_unwire(request, plan);
	if (r == 0)
		r = tap_leave_bridge(request, plan);
	return r < 0 ? r : backend_drop_sides(request, request->side > 0, plan);
}

static void ethernet_describe(const struct actual *actual, struct text *text)
{
	(void)actual;
	text_add(text, "a tap on nothing");
}

static const struct host_link *ethernet_base(const struct backend_request *request)
{
	(void)request;
	return NULL;
}

const struct backend backend_ethernet = {
	.check = ethernet_check,
	.guest = ethernet_guest,
	.host = ethernet_host,
	.finish = tap_finish,
	.describe = ethernet_describe,
	.base = ethernet_base,
};
