/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Networks, ports and answers as a{sv}; api/io.github.vifd.Manager.xml lists the keys. */
#pragma once

#include <systemd/sd-bus.h>

#include "daemon/addresses.h"
#include "daemon/methods.h"

int bus_append_network(sd_bus_message *message, const struct manager *manager,
		       const struct network_entry *entry);
/* `addresses`: of all guests; NULL leaves them out. */
int bus_append_port(sd_bus_message *message, const struct manager *manager,
		    const struct port_entry *entry, const struct guest_addresses *addresses);
int bus_append_lease(sd_bus_message *message, const struct manager *manager,
		     const struct dhcp_lease *lease);

/* What there is to know of a network that was started; `summary` may be NULL, and is changed. */
int bus_append_started(sd_bus_message *message, const char *name, char *summary);

/* What a new definition changes now, and what later. */
int bus_append_diff(sd_bus_message *message, const struct network_diff *diff);
int bus_append_update(sd_bus_message *message, const char *network,
		      const struct update_answer *answer);

int bus_append_check(sd_bus_message *message, const struct check_answer *answer,
		     const struct error *error);

int bus_append_capabilities(sd_bus_message *message, const struct manager *manager,
			    const struct capabilities_answer *answers, size_t n);
