/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The D-Bus methods of networks, for the table in bus-methods.c. */
#pragma once

#include <systemd/sd-bus.h>

typedef int bus_handler(sd_bus_message *message, void *userdata, sd_bus_error *error);

bus_handler on_define_network;
bus_handler on_define_network_with;
bus_handler on_define_default_network;
bus_handler on_undefine_network;
bus_handler on_start_network;
bus_handler on_start_network_with;
bus_handler on_stop_network;
bus_handler on_set_network_autostart;
bus_handler on_set_network_autostart_with;
bus_handler on_update_network;
bus_handler on_list_networks;
bus_handler on_get_network_xml;
bus_handler on_list_leases;
