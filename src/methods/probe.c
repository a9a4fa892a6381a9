/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is at the other end of a host interface: as it was found, and in words. */
#include <string.h>

#include "life/far-ends.h"
#include "life/life.h"
#include "methods/methods.h"
#include "util/array.h"
#include "util/strings.h"

struct probe_call {
	probe_callback callback;
	void *userdata;
};

static void add_reflection(struct text *text, const struct host_link *link,
			   const struct far_end *far_end)
{
	if (far_end->reflects == TRISTATE_YES)
		text_add(text,
			 "the switch sends frames back to %s where they came from: guests in vepa "
			 "mode reach each other, and the host\n",
			 link->name);
	else
		text_add(text,
			 "the switch does not send frames back to where they came from: guests on "
			 "%s in vepa mode do not reach each other; mode bridge does\n",
			 link->name);
	if (far_end->says_reflects != TRISTATE_UNSET && far_end->says_reflects != far_end->reflects)
		text_add(text, "by LLDP it says that it does%s: it is not what it does\n",
			 far_end->says_reflects == TRISTATE_YES ? "" : " not");
}

static void add_second_mac(struct text *text, const struct host_link *link,
			   const struct far_end *far_end)
{
	switch (far_end->second_mac) {
	case TRISTATE_YES:
		text_add(text,
			 "frames pass for other addresses than the one of %s: guests can be "
			 "on it with their own\n",
			 link->name);
		break;
	case TRISTATE_NO:
		text_add(text,
			 "frames pass for no other address than the one of %s (as on Wi-Fi, or on "
			 "a port of a switch that allows one address): guests cannot be on it with "
			 "their own; a network with <forward mode='nat'/> or 'route' serves "
			 "there\n",
			 link->name);
		break;
	default:
		text_add(text,
			 "whether frames pass for other addresses than the one of %s is not "
			 "known: no gateway and no DHCP server has answered\n",
			 link->name);
		break;
	}
}

static void add_mtu(struct text *text, const struct host_link *link, const struct far_end *far_end)
{
	char gateway[ADDRESS_TEXT_SIZE];

	if (!far_end->mtu)
		return;
	address_format(&far_end->gateway, gateway);
	text_add(text, "packets of up to %u bytes pass to %s and back", far_end->mtu, gateway);
	if (far_end->mtu < link->mtu)
		text_add(text, ", though %s has mtu %u: give guests <mtu size='%u'/>", link->name,
			 link->mtu, far_end->mtu);
	text_add(text, "\n");
}

static void add_stations(struct text *text, const struct far_end_stations *stations,
			 const char *format)
{
	for (size_t i = 0; i < stations->n; i++) {
		char address[ADDRESS_TEXT_SIZE], mac[MAC_TEXT_SIZE];

		address_format(&stations->items[i].address, address);
		mac_format(&stations->items[i].mac, mac);
		text_add(text, "%s %s (%s)\n", format, address, mac);
	}
}

static void add_switch(struct text *text, const struct far_end *far_end)
{
	if (far_end->switch_name)
		text_add(text, "the switch calls itself %s, and its port %s\n",
			 far_end->switch_name, far_end->switch_port ?: "?");
	for (size_t i = 0; i < far_end->n_vlans; i++)
		text_add(text, "%s%u%s",
			 i ? ", " : "frames of these VLANs come: ", far_end->vlans[i],
			 i + 1 < far_end->n_vlans ? "" : "\n");
}

static char **sentences_of(const struct host_link *link, const struct far_end *far_end)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *lines = NULL;

	add_reflection(&text, link, far_end);
	add_second_mac(&text, link, far_end);
	add_mtu(&text, link, far_end);
	add_stations(&text, &far_end->servers, "a DHCP server answers:");
	add_stations(&text, &far_end->duplicates,
		     "somebody else has an address of this host, too:");
	add_switch(&text, far_end);
	return text_take(&text, &lines) < 0 ? NULL : strings_of_lines(lines);
}

static int stations_tell(const struct far_end_stations *stations, struct record_list *ret_list)
{
	struct station_record *records = calloc(stations->n + 1, sizeof(*records));

	if (!records)
		return -ENOMEM;
	for (size_t i = 0; i < stations->n; i++) {
		address_format(&stations->items[i].address, records[i].address);
		mac_format(&stations->items[i].mac, records[i].mac);
	}
	*ret_list = (struct record_list){ records, stations->n };
	return 0;
}

static char **vlans_tell(const struct far_end *far_end)
{
	char **vlans = strings_new(far_end->n_vlans);

	for (size_t i = 0; vlans && i < far_end->n_vlans; i++) {
		vlans[i] = text_format("%u", far_end->vlans[i]);
		if (!vlans[i]) {
			strings_free(vlans);
			return NULL;
		}
	}
	return vlans;
}

static int far_end_tell(const struct host_link *link, const struct far_end *far_end,
			struct far_end_record *record)
{
	record->dev = link->name;
	record->time_usec = far_end->time_usec;
	record->reflects = far_end->reflects;
	record->says_reflects = far_end->says_reflects;
	record->second_mac = far_end->second_mac;
	record->mtu = far_end->mtu;
	if (far_end->gateway.family)
		address_format(&far_end->gateway, record->gateway);
	record->switch_name = far_end->switch_name;
	record->switch_port = far_end->switch_port;
	record->vlans = vlans_tell(far_end);
	record->summary = sentences_of(link, far_end);
	if (!record->vlans || !record->summary ||
	    stations_tell(&far_end->servers, &record->dhcp_servers) < 0)
		return -ENOMEM;
	return stations_tell(&far_end->duplicates, &record->duplicates);
}

static void on_found(void *userdata, const struct host_link *link, const struct far_end *far_end,
		     const struct error *error)
{
	AUTO(far_end_record_done) struct far_end_record record = { 0 };
	AUTO_FREE struct probe_call *call = userdata;
	AUTO_ERROR struct error err = ERROR_INIT;

	if (!error && far_end_tell(link, far_end, &record) < 0) {
		(void)error_oom(&err);
		error = &err;
	}
	call->callback(call->userdata, error ? NULL : &record, error);
}

int method_probe(const struct caller *caller, struct manager *manager, const char *dev,
		 probe_callback callback, void *userdata, struct error *err)
{
	AUTO_FREE struct probe_call *call = NULL;
	int r;

	r = access_check(caller, METHOD_PROBE, err);
	if (r < 0)
		return r;
	call = malloc(sizeof(*call));
	if (!call)
		return error_oom(err);
	*call = (struct probe_call){ callback, userdata };
	r = far_ends_probe(manager->life->far_ends, dev, on_found, call, err);
	if (r == 0)
		(void)take_ptr(call);
	return r;
}
