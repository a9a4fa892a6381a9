/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <vif:security>, which interfaces, portgroups, networks and ports' records have:
 *
 *	<vif:security mac='yes' ip='list' dhcp-server='no' ra='no' other='no' broadcast='200'>
 *	  <vif:address ip='10.7.0.2'/>
 *	  <vif:address ip='2001:db8::' prefix='64'/>
 *	  <vif:group name='web'/>
 *	</vif:security>
 *
 * For use inside formats/ only, but for the word of a SPEC.
 */
#pragma once

#include "formats/xml-writer.h"
#include "formats/xml.h"
#include "model/group.h"
#include "model/security.h"

/* Into the struct security at rule->offset of the object, which was unset. */
xml_read_func security_read;

/* The table's row for it. */
#define SECURITY_RULE(type)                                             \
	{                                                               \
		"security", .ns = VIF_NAMESPACE, .read = security_read, \
			    .offset = offsetof(type, security)          \
	}

/* Nothing where nothing is said. */
void security_write(struct xml_writer *writer, const struct security *security);

/*
 * "no", "mac", "learn", or addresses, each with or without /PREFIX, joined by "+":
 * into *ret, of which the groups stay. 0, -EINVAL, -E2BIG or -ENOMEM.
 */
int security_from_spec(const char *value, struct security *ret);

/* "no", or groups joined by "+": of all that is said nothing else changes. As above. */
int security_groups_from_spec(const char *value, struct security *security);
extern const char security_groups_expected[];
