/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "methods/records.h"
#include "life/port-filters.h"
#include "util/strings.h"

#define KEYS_OF_ACTUAL(record)                                                            \
	KEY_STRING("actual", record, actual.type), KEY_STRING("dev", record, actual.dev), \
		KEY_STRING("mode", record, actual.mode),                                  \
		KEY_STRING("bridge", record, actual.bridge)

#define KEYS_OF_TRAFFIC(record)                                           \
	KEY_STRING("forwards", record, traffic.forwards),                 \
		KEY_STRING("host-reaches", record, traffic.host_reaches), \
		KEY_STRING("world", record, traffic.world)

const struct record_key drop_keys[] = {
	KEY_STRING("rule", drop_record, rule),
	KEY_LONG("frames", drop_record, frames),
	KEY_END,
};

const struct record_key try_keys[] = {
	KEY_BOOLEAN("passes", try_record, passes),
	KEY_STRING("direction", try_record, direction),
	KEY_STRING("rule", try_record, rule),
	KEY_STRING("packet", try_record, packet),
	KEY_END,
};

const struct record_key port_keys[] = {
	KEY_STRING("name", port_record, name),
	KEY_TEXT("uuid", port_record, uuid),
	KEY_STRING("state", port_record, state),
	KEY_STRING("reason", port_record, reason),
	KEY_TEXT("note", port_record, note),
	KEY_STRING("qmp", port_record, qmp),
	KEY_BOOLEAN("lower-up", port_record, lower_up),
	KEY_STRING("port-type", port_record, port_type),
	KEY_LONG("outage-usec", port_record, outage_usec),
	KEY_STRING("guest", port_record, guest),
	KEY_NUMBER("pid", port_record, pid),
	KEY_COUNT("uid", port_record, uid),
	KEY_COUNT("device-uid", port_record, device_uid),
	KEY_BOOLEAN("by-name", port_record, by_name),
	KEY_STRING("type", port_record, type),
	KEY_STRING("network", port_record, network),
	KEY_STRING("portgroup", port_record, portgroup),
	KEYS_OF_ACTUAL(port_record),
	KEY_STRING("ifname", port_record, ifname),
	KEY_TEXT("mac", port_record, mac),
	KEY_TEXT("guest-mac", port_record, guest_mac),
	KEY_NUMBER("mtu", port_record, mtu),
	KEY_NUMBER("mtu-asked", port_record, mtu_asked),
	KEY_NUMBER("queues", port_record, queues),
	KEY_STRING("model", port_record, model),
	KEY_BOOLEAN("vhost", port_record, vhost),
	KEY_STRING("alias", port_record, alias),
	KEY_STRINGS("addresses", port_record, addresses),
	KEY_STRINGS("security", port_record, security),
	KEY_STRING("guard", port_record, guard),
	KEY_STRINGS("learned", port_record, learned),
	KEY_STRING("filter", port_record, filter),
	KEY_STRINGS("allowed", port_record, allowed),
	KEY_RECORDS("dropped", port_record, dropped, drop_keys, drop_record),
	KEY_END,
};

const struct record_key network_keys[] = {
	KEY_STRING("name", network_record, name),
	KEY_TEXT("uuid", network_record, uuid),
	KEY_BOOLEAN("active", network_record, active),
	KEY_BOOLEAN("persistent", network_record, persistent),
	KEY_BOOLEAN("autostart", network_record, autostart),
	KEY_BOOLEAN("autostart-force", network_record, autostart_force),
	KEY_STRING("forward", network_record, forward),
	KEY_STRING("bridge", network_record, bridge),
	KEY_STRINGS("pool", network_record, pool),
	KEY_COUNT("ports", network_record, ports),
	KEY_STRING("problem", network_record, problem),
	KEY_END,
};

const struct record_key filter_keys[] = {
	KEY_STRING("name", filter_record, name),   KEY_TEXT("uuid", filter_record, uuid),
	KEY_STRING("chain", filter_record, chain), KEY_BOOLEAN("shipped", filter_record, shipped),
	KEY_COUNT("ports", filter_record, ports),  KEY_END,
};

const struct record_key group_keys[] = {
	KEY_STRING("name", group_record, name),
	KEY_COUNT("rules", group_record, rules),
	KEY_COUNT("members", group_record, members),
	KEY_COUNT("ports", group_record, ports),
	KEY_END,
};

const struct record_key lease_keys[] = {
	KEY_TEXT("address", lease_record, address),
	KEY_TEXT("mac", lease_record, mac),
	KEY_STRING("hostname", lease_record, hostname),
	KEY_STRING("client-id", lease_record, client_id),
	KEY_LONG("expiry", lease_record, expiry),
	KEY_STRING("port", lease_record, port),
	KEY_STRING("guest", lease_record, guest),
	KEY_END,
};

const struct record_key started_keys[] = {
	KEY_STRING("name", started_record, name),
	KEY_STRINGS("summary", started_record, summary),
	KEY_END,
};

const struct record_key changes_keys[] = {
	KEY_STRINGS("now", changes_record, now),
	KEY_STRINGS("later", changes_record, later),
	KEY_STRING("in-use", changes_record, in_use),
	KEY_END,
};

const struct record_key update_keys[] = {
	KEY_STRING("name", update_record, name),     KEY_STRING("key", update_record, key),
	KEY_BOOLEAN("live", update_record, live),    KEY_BOOLEAN("config", update_record, config),
	KEY_STRING("in-use", update_record, in_use), KEY_END,
};

const struct record_key check_keys[] = {
	KEY_BOOLEAN("ok", check_record, ok),
	KEY_STRING("error", check_record, error),
	KEY_STRING("error-kind", check_record, error_kind),
	KEY_STRING("network", check_record, network),
	KEY_TRISTATE("network-exists", check_record, network_exists),
	KEY_TRISTATE("network-active", check_record, network_active),
	KEY_STRING("portgroup", check_record, portgroup),
	KEY_TRISTATE("portgroup-exists", check_record, portgroup_exists),
	KEY_TRISTATE("exclusive", check_record, exclusive),
	KEY_STRINGS("candidates", check_record, candidates),
	KEY_STRINGS("free", check_record, free),
	KEY_STRING("ifname", check_record, ifname),
	KEY_STRING("state", check_record, state),
	KEY_STRING("reason", check_record, reason),
	KEY_STRING("port-type", check_record, port_type),
	KEYS_OF_ACTUAL(check_record),
	KEY_NUMBER("mtu", check_record, mtu),
	KEY_TRISTATE("vhost", check_record, vhost),
	KEYS_OF_TRAFFIC(check_record),
	KEY_STRINGS("reach", check_record, reach),
	KEY_STRINGS("summary", check_record, summary),
	KEY_STRING("plan", check_record, plan),
	KEY_END,
};

const struct record_key device_keys[] = {
	KEY_STRING("dev", device_record, dev),
	KEY_BOOLEAN("present", device_record, present),
	KEY_COUNT("used", device_record, used),
	KEY_BOOLEAN("free", device_record, free),
	KEY_STRING("problem", device_record, problem),
	KEY_END,
};

const struct record_key offer_keys[] = {
	KEY_STRING("name", offer_record, name),
	KEY_TEXT("uuid", offer_record, uuid),
	KEY_BOOLEAN("active", offer_record, active),
	KEY_STRING("kind", offer_record, kind),
	KEY_STRING("mode", offer_record, mode),
	KEY_STRING("bridge", offer_record, bridge),
	KEY_STRING("port-type", offer_record, port_type),
	KEY_STRING("connection", offer_record, connection),
	KEYS_OF_TRAFFIC(offer_record),
	KEY_BOOLEAN("exclusive", offer_record, exclusive),
	KEY_BOOLEAN("may-wait", offer_record, may_wait),
	KEY_COUNT("ports", offer_record, ports),
	KEY_STRINGS("portgroups", offer_record, portgroups),
	KEY_STRING("default-portgroup", offer_record, default_portgroup),
	KEY_STRINGS("pool", offer_record, pool),
	KEY_STRINGS("free", offer_record, free),
	KEY_RECORDS("devices", offer_record, devices, device_keys, device_record),
	KEY_STRING("problem", offer_record, problem),
	KEY_END,
};

const struct record_key capabilities_keys[] = {
	KEY_STRING("version", capabilities_record, version),
	KEY_BOOLEAN("vhost-net", capabilities_record, vhost_net),
	KEY_STRINGS("port-types", capabilities_record, port_types),
	KEY_BOOLEAN("strict", capabilities_record, strict),
	KEY_RECORDS("networks", capabilities_record, networks, offer_keys, offer_record),
	KEY_END,
};

const struct record_key station_keys[] = {
	KEY_TEXT("address", station_record, address),
	KEY_TEXT("mac", station_record, mac),
	KEY_END,
};

const struct record_key far_end_keys[] = {
	KEY_STRING("dev", far_end_record, dev),
	KEY_LONG("time", far_end_record, time_usec),
	KEY_TRISTATE("reflects", far_end_record, reflects),
	KEY_TRISTATE("says-reflects", far_end_record, says_reflects),
	KEY_TRISTATE("second-mac", far_end_record, second_mac),
	KEY_NUMBER("mtu", far_end_record, mtu),
	KEY_TEXT("gateway", far_end_record, gateway),
	KEY_RECORDS("dhcp-servers", far_end_record, dhcp_servers, station_keys, station_record),
	KEY_RECORDS("duplicates", far_end_record, duplicates, station_keys, station_record),
	KEY_STRINGS("vlans", far_end_record, vlans),
	KEY_STRING("switch", far_end_record, switch_name),
	KEY_STRING("switch-port", far_end_record, switch_port),
	KEY_STRINGS("summary", far_end_record, summary),
	KEY_END,
};

const struct record_key way_keys[] = {
	KEY_STRING("station", way_record, station),
	KEY_STRING("verdict", way_record, verdict),
	KEY_STRING("text", way_record, text),
	KEY_STRING("remedy", way_record, remedy),
	KEY_END,
};

const struct record_key diagnosis_keys[] = {
	KEY_STRING("port", diagnosis_record, port),
	KEY_STRING("cause", diagnosis_record, cause),
	KEY_STRING("remedy", diagnosis_record, remedy),
	KEY_RECORDS("stations", diagnosis_record, stations, way_keys, way_record),
	KEY_END,
};

const struct record_key feature_keys[] = {
	KEY_STRING("name", feature_record, name),
	KEY_STRING("status", feature_record, status),
	KEY_STRING("detail", feature_record, detail),
	KEY_STRING("purpose", feature_record, purpose),
	KEY_STRINGS("serves", feature_record, serves),
	KEY_BOOLEAN("needed", feature_record, needed),
	KEY_STRING("remedy", feature_record, remedy),
	KEY_END,
};

const struct record_key event_keys[] = {
	KEY_LONG("time", event_record, time_usec),
	KEY_STRING("event", event_record, event),
	KEY_STRING("text", event_record, text),
	KEY_STRING("port", event_record, port),
	KEY_STRING("network", event_record, network),
	KEY_STRING("cause", event_record, cause),
	KEY_LONG("outage-usec", event_record, outage_usec),
	KEY_END,
};

const struct record_kind record_kinds[] = {
	{ "port", port_keys },
	{ "drop", drop_keys },
	{ "try", try_keys },
	{ "network", network_keys },
	{ "filter", filter_keys },
	{ "group", group_keys },
	{ "lease", lease_keys },
	{ "started", started_keys },
	{ "changes", changes_keys },
	{ "update", update_keys },
	{ "check", check_keys },
	{ "capabilities", capabilities_keys },
	{ "offer", offer_keys },
	{ "device", device_keys },
	{ "station", station_keys },
	{ "probe", far_end_keys },
	{ "way", way_keys },
	{ "diagnosis", diagnosis_keys },
	{ "feature", feature_keys },
	{ "event", event_keys },
	{ NULL },
};

void port_record_done(struct port_record *record)
{
	strings_free(record->addresses);
	strings_free(record->security);
	strings_free(record->learned);
	strings_free(record->allowed);
	free(record->dropped.items);
	filter_drops_free(record->filter_drops, record->n_filter_drops);
}

void network_record_done(struct network_record *record)
{
	strings_free(record->pool);
}

void started_record_done(struct started_record *record)
{
	strings_free(record->summary);
}

void changes_record_done(struct changes_record *record)
{
	strings_free(record->now);
	strings_free(record->later);
}

void check_record_done(struct check_record *record)
{
	strings_free(record->candidates);
	strings_free(record->free);
	strings_free(record->reach);
	strings_free(record->summary);
}

void offer_record_done(struct offer_record *record)
{
	strings_free(record->portgroups);
	strings_free(record->pool);
	strings_free(record->free);
	free(record->devices.items);
}

void capabilities_record_done(struct capabilities_record *record)
{
	struct offer_record *offers = record->networks.items;

	for (size_t i = 0; i < record->networks.n; i++)
		offer_record_done(&offers[i]);
	free(offers);
	strings_free(record->port_types);
}

void far_end_record_done(struct far_end_record *record)
{
	free(record->dhcp_servers.items);
	free(record->duplicates.items);
	strings_free(record->vlans);
	strings_free(record->summary);
}

void diagnosis_record_done(struct diagnosis_record *record)
{
	free(record->stations.items);
}
