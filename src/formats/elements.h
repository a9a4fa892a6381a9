/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Elements that stand in more than one document: <virtualport>, <bandwidth>,
 * <vlan>, <filterref>. For use inside formats/ only.
 *
 * Each reader fills *ret, which was unset, from the element of the item, and
 * checks what holds for the element alone. Each writer writes nothing for what is unset.
 */
#pragma once

#include "formats/xml-writer.h"
#include "formats/xml.h"
#include "model/bandwidth.h"
#include "model/filter.h"
#include "model/network.h"
#include "model/virtualport.h"
#include "model/vlan.h"

int virtualport_read(struct xml *xml, const struct xml_item *item, struct virtualport *ret);
void virtualport_write(struct xml_writer *writer, const struct virtualport *port);

/* `floor_allowed`: on an interface of type='network'. classID is read of a port's record only. */
int bandwidth_read(struct xml *xml, const struct xml_item *item, bool floor_allowed,
		   struct bandwidth *ret);
void bandwidth_write(struct xml_writer *writer, const struct bandwidth *bandwidth);

int vlan_read(struct xml *xml, const struct xml_item *item, struct vlan *ret);
void vlan_write(struct xml_writer *writer, const struct vlan *vlan);

int filter_ref_read(struct xml *xml, const struct xml_item *item, struct filter_ref *ret);
void filter_ref_write(struct xml_writer *writer, const struct filter_ref *ref);

/* The value of macTableManager=. */
int mac_table_manager_read(struct xml *xml, const struct xml_item *item,
			   enum mac_table_manager *ret);

/* An attribute that is yes or no, into the enum tristate at rule->offset of the object. */
xml_read_func xml_read_tristate;
