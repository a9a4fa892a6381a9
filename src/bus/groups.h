/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The D-Bus methods of security groups, for the table in bus/ports.c. */
#pragma once

#include "bus/networks.h"

bus_handler on_define_group;
bus_handler on_undefine_group;
bus_handler on_change_group_members;
bus_handler on_list_groups;
bus_handler on_get_group_xml;
