/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the switch is told of an interface: libvirt's <virtualport>.
 *
 * It may stand on a network, on a portgroup and on an interface; the three are
 * merged when a port is resolved (virtualport_merge). A struct virtualport
 * holds no pointers: it is copied by assignment.
 *
 * Source of names and limits: libvirt's formatnetwork and formatdomain, IEEE
 * 802.1Qbg (VSI manager, type, version, instance).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/uuid.h"
#include "util/error.h"

enum virtualport_type {
	VIRTUALPORT_NONE, /* there is none */
	VIRTUALPORT_TYPELESS,
	VIRTUALPORT_8021QBG,
	VIRTUALPORT_8021QBH,
	VIRTUALPORT_OPENVSWITCH,
	VIRTUALPORT_MIDONET,
	VIRTUALPORT_TYPE_COUNT,
};

enum virtualport_field {
	VIRTUALPORT_MANAGERID,     /* 0 to 255 */
	VIRTUALPORT_TYPEID,        /* 0 to 0xffffff */
	VIRTUALPORT_TYPEIDVERSION, /* 0 to 255 */
	VIRTUALPORT_INSTANCEID,    /* a UUID */
	VIRTUALPORT_INTERFACEID,   /* a UUID */
	VIRTUALPORT_PROFILEID,     /* 1 to 39 characters */
	VIRTUALPORT_FIELD_COUNT,
};

enum {
	VIRTUALPORT_PROFILE_SIZE = 40, /* PORT_PROFILE_MAX of if_link.h */
	VIRTUALPORT_VALUE_SIZE = VIRTUALPORT_PROFILE_SIZE > UUID_TEXT_SIZE
					 ? VIRTUALPORT_PROFILE_SIZE
					 : UUID_TEXT_SIZE,
};

struct virtualport {
	enum virtualport_type type;
	bool has[VIRTUALPORT_FIELD_COUNT];
	uint32_t numbers[VIRTUALPORT_TYPEIDVERSION + 1]; /* by field */
	struct uuid instance_id;
	struct uuid interface_id;
	char profile_id[VIRTUALPORT_PROFILE_SIZE];
	unsigned line;
};

/* "802.1Qbg", …; "none" for VIRTUALPORT_NONE and VIRTUALPORT_TYPELESS, as libvirt says. */
const char *virtualport_type_name(enum virtualport_type type);
int virtualport_type_parse(const char *text, enum virtualport_type *ret_type); /* 0 or -EINVAL */
const char *virtualport_field_name(enum virtualport_field field);

/* Numbers in any base that strtoul(3) takes. -EINVAL: it is not one, -ERANGE: out of range. */
int virtualport_set(struct virtualport *port, enum virtualport_field field, const char *text);
void virtualport_format(const struct virtualport *port, enum virtualport_field field,
			char text[static VIRTUALPORT_VALUE_SIZE]);

bool virtualport_equal(const struct virtualport *a, const struct virtualport *b); /* lines aside */

/*
 * A stated type has only the fields that it uses, and where `complete` all that
 * it needs (instance and interface ids are generated, so they are not needed).
 * "line N: …" in front where the line is known.
 */
int virtualport_validate(const struct virtualport *port, bool complete, struct error *err);

/* One of the places that a virtualport comes from. */
struct virtualport_source {
	const struct virtualport *port; /* may be VIRTUALPORT_NONE */
	const char *place;              /* for sentences: "portgroup 'blue' of network 'red'" */
};

/*
 * What the three say together. The portgroup overrides the network, and where
 * it states another type the network's fields are not for it; the interface
 * completes both and may not contradict: then an error with both values and both
 * places. Where `strict` no two of them may contradict, as libvirt has it. Fields
 * that the resulting type does not use are left out. With a type in none of the
 * three the result is what the interface has: NONE or TYPELESS. Ids that the type
 * needs and nobody gives become `generated`. The result is complete, or the
 * error says what is missing.
 */
int virtualport_merge(const struct virtualport_source *interface,
		      const struct virtualport_source *portgroup,
		      const struct virtualport_source *network, bool strict,
		      const struct uuid *generated, struct virtualport *ret_merged,
		      struct error *err);
