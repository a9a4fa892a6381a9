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

/* The same of the ifb that what its guests send to others passes: "…-rate". */
#define NETWORK_RATE_SUFFIX "-rate"
enum { NETWORK_RATE_TAG_SIZE = NETWORK_TAG_SIZE + sizeof(NETWORK_RATE_SUFFIX) - 1 };
void network_rate_tag(const struct uuid *uuid, char tag[static NETWORK_RATE_TAG_SIZE]);

/* Is it one of the two? */
bool network_tag_parse(const char *tag, struct uuid *ret_uuid);
