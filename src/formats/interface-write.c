/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An <interface> in libvirt's order: a table of its elements, each with the
 * function that writes it, or with none where it is only kept.
 */
#include <stdio.h>
#include <string.h>

#include "formats/elements.h"
#include "formats/interface-node.h"
#include "formats/interface-xml.h"
#include "formats/security.h"

/*
 * What is written: the interface, or its merged form: then what the interface, its
 * portgroup and its network say together stands in the place of what it says itself.
 */
struct writing {
	struct xml_writer *writer;
	const struct interface *interface;
	const struct interface_form *form;
	bool merged;
};

static void write_mac(const struct writing *w)
{
	const struct kept_list *kept = &w->interface->kept;
	char text[MAC_TEXT_SIZE];

	if (!w->interface->has_mac && !xml_has_kept(kept, "mac"))
		return;
	mac_format(&w->interface->mac, text);
	xml_begin(w->writer, "mac");
	xml_attribute(w->writer, "address", text);
	xml_end_kept(w->writer, kept, "mac");
}

static void write_dev(struct xml_writer *writer, const char *dev, enum direct_mode mode)
{
	xml_attribute(writer, "dev", dev);
	xml_attribute(writer, "mode", direct_mode_name(mode));
}

static const struct mac *source_mac(const struct writing *w)
{
	if (w->merged && w->form->actual->has_dev_mac)
		return &w->form->actual->dev_mac;
	return w->interface->has_dev_mac ? &w->interface->dev_mac : NULL;
}

/* What was kept is written with the rest of what was. */
static void write_merged_source(const struct writing *w)
{
	struct actual actual = *w->form->actual;

	if (kept_value(&w->interface->kept, "source", "macTableManager"))
		actual.mac_table_manager = MAC_TABLE_UNSET;
	actual_source_write(w->writer, &actual);
}

static void write_source(const struct writing *w)
{
	const struct interface *interface = w->interface;
	struct xml_writer *writer = w->writer;
	char portid[UUID_TEXT_SIZE];

	if (interface->type >= INTERFACE_ETHERNET && !xml_has_kept(&interface->kept, "source"))
		return;
	xml_begin(writer, "source");
	if (interface->type == INTERFACE_NETWORK) {
		xml_attribute(writer, "network", interface->network);
		xml_attribute(writer, "portgroup", interface->portgroup);
		if (w->merged && w->form->portid) {
			uuid_format(w->form->portid, portid);
			xml_attribute(writer, "portid", portid);
		}
	}
	if (w->merged)
		write_merged_source(w);
	else if (interface->type == INTERFACE_DIRECT)
		write_dev(writer, interface->dev, interface->mode);
	else
		xml_attribute(writer, "bridge", interface->bridge);
	xml_attribute(writer, "startupPolicy", interface->optional ? "optional" : NULL);
	xml_kept_attributes(writer, &interface->kept, "source");
	xml_vif_mac(writer, source_mac(w));
	xml_kept_elements(writer, &interface->kept, "source", NULL);
	xml_end(writer, "source");
}

static void write_actual(const struct writing *w)
{
	if (w->form->actual && !w->merged)
		interface_actual_write(w->writer, w->interface, w->form->actual);
}

static void write_vlan(const struct writing *w)
{
	vlan_write(w->writer, w->merged ? &w->form->actual->vlan : &w->interface->vlan);
}

/* One without a type is half an answer; only a network can complete it. */
static bool has_merged_virtualport(const struct writing *w)
{
	const struct actual *actual = w->form->actual;

	return actual->virtualport.type > VIRTUALPORT_TYPELESS &&
	       actual->type != INTERFACE_ETHERNET;
}

static void write_virtualport(const struct writing *w)
{
	if (!w->merged)
		virtualport_write(w->writer, &w->interface->virtualport);
	else if (has_merged_virtualport(w))
		virtualport_write(w->writer, &w->form->actual->virtualport);
}

static void write_bandwidth(const struct writing *w)
{
	struct bandwidth bandwidth = w->merged ? w->form->actual->bandwidth
					       : w->interface->bandwidth;

	bandwidth.class_id = 0;
	bandwidth_write(w->writer, &bandwidth);
}

/* In the merged form only where an interface could ask for it. */
static enum tristate isolated(const struct writing *w)
{
	const struct actual *actual = w->form->actual;

	if (!w->merged)
		return w->interface->isolated;
	if (actual->isolated == TRISTATE_YES &&
	    (actual->type != INTERFACE_BRIDGE || has_merged_virtualport(w)))
		return TRISTATE_UNSET;
	return actual->isolated;
}

static void write_port(const struct writing *w)
{
	const struct kept_list *kept = &w->interface->kept;

	if (!xml_has_kept(kept, "port")) {
		port_options_write(w->writer, isolated(w));
		return;
	}
	xml_begin(w->writer, "port");
	xml_attribute(w->writer, "isolated", tristate_name(isolated(w)));
	xml_end_kept(w->writer, kept, "port");
}

static void write_filter(const struct writing *w)
{
	filter_ref_write(w->writer, &w->interface->filter);
}

static void write_target(const struct writing *w)
{
	const char *target = w->form->target ? w->form->target : w->interface->target;

	if (!target)
		return;
	xml_begin(w->writer, "target");
	xml_attribute(w->writer, "dev", target);
	xml_end_kept(w->writer, &w->interface->kept, "target");
}

static void write_driver(const struct writing *w)
{
	const struct interface *interface = w->interface;

	if (!interface->driver && !interface->queues && !xml_has_kept(&interface->kept, "driver"))
		return;
	xml_begin(w->writer, "driver");
	xml_attribute(w->writer, "name", driver_name_text(interface->driver));
	if (interface->queues)
		xml_attribute_number(w->writer, "queues", interface->queues);
	xml_end_kept(w->writer, &interface->kept, "driver");
}

/* <name attribute='value'/>, if there is a value or anything kept. */
static void write_one(const struct writing *w, const char *name, const char *attribute,
		      const char *value)
{
	if (!value && !xml_has_kept(&w->interface->kept, name))
		return;
	xml_begin(w->writer, name);
	xml_attribute(w->writer, attribute, value);
	xml_end_kept(w->writer, &w->interface->kept, name);
}

static void write_model(const struct writing *w)
{
	write_one(w, "model", "type", w->interface->model);
}

static void write_link(const struct writing *w)
{
	write_one(w, "link", "state", link_state_name(w->interface->link));
}

static void write_mtu(const struct writing *w)
{
	char mtu[16];

	snprintf(mtu, sizeof(mtu), "%u", w->interface->mtu);
	write_one(w, "mtu", "size", w->interface->mtu ? mtu : NULL);
}

static void write_alias(const struct writing *w)
{
	write_one(w, "alias", "name", w->interface->alias);
}

static void write_backend(const struct writing *w)
{
	write_one(w, "backend", NULL, NULL);
}

/* libvirt's order. A row without a function is an element that is only kept. */
static const struct {
	const char *name;
	void (*write)(const struct writing *w);
} output[] = {
	{ "mac", write_mac },
	{ "source", write_source },
	{ "actual", write_actual },
	{ "vlan", write_vlan },
	{ "virtualport", write_virtualport },
	{ "bandwidth", write_bandwidth },
	{ "port", write_port },
	{ "ip", NULL },
	{ "route", NULL },
	{ "portForward", NULL },
	{ "script", NULL },
	{ "downscript", NULL },
	{ "backenddomain", NULL },
	{ "target", write_target },
	{ "guest", NULL },
	{ "model", write_model },
	{ "driver", write_driver },
	{ "backend", write_backend },
	{ "filterref", write_filter },
	{ "tune", NULL },
	{ "link", write_link },
	{ "mtu", write_mtu },
	{ "coalesce", NULL },
	{ "boot", NULL },
	{ "alias", write_alias },
	{ "rom", NULL },
	{ "acpi", NULL },
	{ "address", NULL },
};

static bool has_place(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(output); i++)
		if (!output[i].write && !strcmp(output[i].name, name))
			return true;
	return false;
}

/* What libvirt does not have: ours, then the foreign elements that were kept, in their order. */
static void write_rest(const struct writing *w)
{
	const struct kept_list *kept = &w->interface->kept;

	if (w->interface->port_type)
		xml_vif_element(w->writer, "port", "type", port_type_name(w->interface->port_type));
	if (w->interface->follow_link)
		xml_vif_element(w->writer, "link", "follow", "yes");
	security_write(w->writer, w->merged ? &w->form->actual->security : &w->interface->security);
	for (size_t i = 0; i < kept->n; i++)
		if (kept->items[i].xml && !*kept->items[i].parent &&
		    !has_place(kept->items[i].name))
			xml_kept_element(w->writer, &kept->items[i]);
}

void interface_write(struct xml_writer *writer, const struct interface *interface,
		     const struct interface_form *form)
{
	struct writing w = {
		.writer = writer,
		.interface = interface,
		.form = form,
		.merged = form->actual && form->target,
	};
	enum tristate trust = w.merged ? form->actual->trust_rx_filters
				       : interface->trust_rx_filters;

	xml_begin(writer, "interface");
	xml_attribute(writer, "type",
		      w.merged ? actual_type_name(form->actual)
			       : interface_type_name(interface->type));
	xml_attribute(writer, "trustGuestRxFilters", tristate_name(trust));
	xml_kept_attributes(writer, &interface->kept, "");
	for (size_t i = 0; i < ARRAY_SIZE(output); i++) {
		if (output[i].write)
			output[i].write(&w);
		else
			xml_kept_elements(writer, &interface->kept, "", output[i].name);
	}
	write_rest(&w);
	xml_end(writer, "interface");
}

static int finish(struct xml_writer *writer, char **ret_xml, struct error *err)
{
	return xml_writer_take(writer, ret_xml) < 0 ? error_oom(err) : 0;
}

int interface_to_xml(const struct interface *interface, char **ret_xml, struct error *err)
{
	AUTO_XML_WRITER struct xml_writer writer = XML_WRITER_INIT;

	interface_write(&writer, interface, &(struct interface_form){ 0 });
	return finish(&writer, ret_xml, err);
}

/* One that waits for any of a pool has none yet. */
static bool has_source(const struct actual *actual)
{
	return actual->type != INTERFACE_NETWORK &&
	       (actual->type != INTERFACE_DIRECT || actual->dev);
}

int interface_merged_to_xml(const struct port *port, char **ret_xml, struct error *err)
{
	AUTO_XML_WRITER struct xml_writer writer = XML_WRITER_INIT;
	struct interface_form form = { .target = port->name, .portid = &port->uuid };

	if (has_source(&port->actual))
		form.actual = &port->actual;
	interface_write(&writer, port->interface, &form);
	return finish(&writer, ret_xml, err);
}
