/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The mark of what vifd has made of a network: the alternative name of its bridge, and what the
 * comments of its rules in packet filters of others begin with.
 */
#pragma once

#include <stdbool.h>

#include "model/uuid.h"

#define NETWORK_TAG_PREFIX "vif-net-"

/* "vif-net-<uuid of the network>" */
enum { NETWORK_TAG_SIZE = sizeof(NETWORK_TAG_PREFIX) - 1 + UUID_TEXT_SIZE };
void network_tag(const struct uuid *uuid, char tag[static NETWORK_TAG_SIZE]);

/* Devices that it has beside its bridge. */
enum network_device {
	NETWORK_DEVICE_RATE, /* the ifb that what its guests send to others passes: "…-rate" */
	NETWORK_DEVICE_HOST, /* the host's among its guests: "…-host" */
	NETWORK_DEVICE_TUNNEL,
	NETWORK_DEVICE_COUNT,
};

/* The same of one of these. */
enum { NETWORK_DEVICE_TAG_SIZE = NETWORK_TAG_SIZE + sizeof("-tunnel") - 1 };
void network_device_tag(const struct uuid *uuid, enum network_device device,
			char tag[static NETWORK_DEVICE_TAG_SIZE]);

/* Is it one of all these? */
bool network_tag_parse(const char *tag, struct uuid *ret_uuid);
