/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <port isolated='yes'/>: no frames between this port and others that have it.
 *
 * A bridge of the kernel can keep its ports apart one by one; on a host interface
 * it is the mode of all macvlans that decides.
 */
#include "backends/kinds.h"
#include "backends/setting.h"

static bool isolation_is_asked(const struct actual *actual)
{
	return actual->isolated == TRISTATE_YES;
}

static unsigned isolation_line(const struct actual *actual)
{
	return actual->isolated_line;
}

static int isolation_check(const struct actual *actual, const struct carries *carries,
			   struct error *err)
{
	if (carries->isolation)
		return 0;
	return error_set(err, -EINVAL, ERROR_DEVICE_UNSUITABLE,
			 "<port isolated='yes'> needs a bridge, and this is %s%s%s%s",
			 carries->what, actual->dev ? " on " : "", actual->dev ?: "",
			 carries->without_isolation);
}

static void isolation_bridge_port(const struct actual *actual, struct bridge_port *port)
{
	port->isolated = actual->isolated == TRISTATE_YES;
}

static void isolation_change_traffic(struct traffic *traffic)
{
	traffic->forwards = FORWARDER_NOBODY;
}

const struct setting setting_isolation = {
	.name = "<port isolated='yes'>",
	.is_asked = isolation_is_asked,
	.line = isolation_line,
	.check = isolation_check,
	.bridge_port = isolation_bridge_port,
	.adds = "isolated",
	.change_traffic = isolation_change_traffic,
};
