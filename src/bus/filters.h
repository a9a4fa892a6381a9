/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The D-Bus methods of packet filters, for the table in bus/ports.c. */
#pragma once

#include "bus/networks.h"

bus_handler on_define_filter;
bus_handler on_undefine_filter;
bus_handler on_list_filters;
bus_handler on_get_filter_xml;
