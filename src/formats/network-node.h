/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parts of a <network>, for the whole document and for changes of a part.
 * For use inside formats/ only.
 *
 * A reader fills *ret, which was zero, from the element of the item; after a
 * failure *ret may be half filled and has to be freed by its …_done(). It checks each
 * value alone: what must hold between them is network_validate()'s, so that a
 * fragment that names what is to be deleted may be incomplete.
 */
#pragma once

#include "formats/xml-writer.h"
#include "formats/xml.h"
#include "model/network.h"

int pool_entry_read(struct xml *xml, const struct xml_item *item, struct pool_entry *ret);
int port_forward_read(struct xml *xml, const struct xml_item *item, struct port_forward *ret);
int portgroup_read(struct xml *xml, const struct xml_item *item, struct portgroup *ret);

int dhcp_range_read(struct xml *xml, const struct xml_item *item, struct dhcp_range *ret);
int dhcp_host_read(struct xml *xml, const struct xml_item *item, struct dhcp_host *ret);
int dns_host_read(struct xml *xml, const struct xml_item *item, struct dns_host *ret);
int dns_txt_read(struct xml *xml, const struct xml_item *item, struct dns_txt *ret);
int dns_srv_read(struct xml *xml, const struct xml_item *item, struct dns_srv *ret);

/* A row: an IP address into the struct address at rule->offset. */
xml_read_func network_read_address;
/* 0 to 128 */
int network_prefix_read(struct xml *xml, const struct xml_item *item, unsigned *ret);

/* Rows of the table of <network>; the object is the network. */
xml_read_func network_read_forward;
xml_read_func network_read_ip;
xml_read_func network_read_route;
xml_read_func network_read_domain;
xml_read_func network_read_dns;
xml_read_func network_read_relay;
xml_read_func network_read_access;
xml_read_func network_read_tunnel;

void port_forward_write(struct xml_writer *writer, const struct port_forward *forward);
void network_write_ips(struct xml_writer *writer, const struct network *network);
void network_write_routes(struct xml_writer *writer, const struct network *network);
void network_write_domain(struct xml_writer *writer, const struct network *network);
void network_write_dns(struct xml_writer *writer, const struct network *network);
/* What resolve/beside.h is about. */
void network_write_beside(struct xml_writer *writer, const struct network *network);
