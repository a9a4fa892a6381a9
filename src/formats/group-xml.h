/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A security group:
 *
 *	<vif:group name='web' xmlns:vif='urn:vifd:1'>
 *	  <rule direction='in' protocol='tcp' port='80-90' remote='10.0.0.0/8'/>
 *	  <rule direction='in' protocol='icmp' type='8'/>
 *	  <rule direction='in' protocol='tcp' port='22' remote-group='admins'/>
 *	  <rule direction='out'/>
 *	  <member ip='10.7.0.2'/>
 *	  <member ip='10.8.0.0' prefix='16'/>
 *	</vif:group>
 */
#pragma once

#include <stddef.h>

#include "model/group.h"

/* As interface_from_xml(). */
int group_from_xml(const char *text, size_t size, const char *source, struct security_group **ret,
		   struct error *err);

/* As interface_to_xml(). */
int group_to_xml(const struct security_group *group, char **ret_xml, struct error *err);

/* A copy, whose lines are those of group_to_xml(). */
int group_copy(const struct security_group *group, struct security_group **ret_copy,
	       struct error *err);
