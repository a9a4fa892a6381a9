/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rules of <dhcp>: see network-validate.c. An address that no guest could have, and a value
 * that two hosts share, would be accepted by dnsmasq and given to nobody, or to the wrong one.
 */
#include <errno.h>
#include <string.h>

#include "model/client-id.h"
#include "model/network-validate.h"

enum {
	RANGE_MAX = 65535, /* addresses; so many leases dnsmasq is asked for at most */
	LEASE_MIN_SECONDS = 120,
};

static int validate_lease(const struct lease *lease, unsigned line, struct error *err)
{
	static const unsigned seconds[] = {
		[LEASE_MINUTES] = 60, [LEASE_SECONDS] = 1, [LEASE_HOURS] = 3600
	};

	if (!lease->set || lease->expiry == 0 ||
	    lease->expiry >= (LEASE_MIN_SECONDS + seconds[lease->unit] - 1) / seconds[lease->unit])
		return 0;
	return network_invalid(err, line,
			       "<lease expiry='%llu' unit='%s'> is too short; the shortest is 2 "
			       "minutes",
			       (unsigned long long)lease->expiry, lease_unit_name(lease->unit));
}

/* How many addresses from start to end, or RANGE_MAX + 1 for more. */
static unsigned count_addresses(const struct address *start, const struct address *end)
{
	unsigned n = address_bits(start) / 8;
	uint64_t count = 0;

	for (unsigned i = 0; i < n; i++) {
		count = count * 256 + end->bytes[i] - start->bytes[i];
		if (count > RANGE_MAX)
			return RANGE_MAX + 1;
	}
	return (unsigned)count + 1;
}

static int validate_range(const struct network_ip *ip, const struct dhcp_range *range,
			  struct error *err)
{
	struct address first = address_network(&ip->address, ip->prefix);
	struct address last = address_broadcast(&ip->address, ip->prefix);
	char start[ADDRESS_TEXT_SIZE], end[ADDRESS_TEXT_SIZE];
	const char *why = NULL;

	address_format(&range->start, start);
	address_format(&range->end, end);
	if (!address_in(&range->start, &ip->address, ip->prefix) ||
	    !address_in(&range->end, &ip->address, ip->prefix))
		why = "is not inside of";
	else if (address_compare(&range->start, &range->end) > 0)
		why = "has its end before its start, in";
	else if (count_addresses(&range->start, &range->end) > RANGE_MAX)
		why = "has more than 65535 addresses, in";
	else if (ip->address.family == AF_INET && address_equal(&range->start, &first))
		why = "begins with the address of the network itself,";
	else if (ip->address.family == AF_INET && address_equal(&range->end, &last))
		why = "ends with the broadcast address of";
	if (!why)
		return validate_lease(&range->lease, range->line, err);
	return network_invalid(err, range->line, "<range start='%s' end='%s'> %s %s", start, end,
			       why, subnet_text(&first, ip->prefix).text);
}

/* Who it is: what is needed for that, and can be found out. */
static int validate_who(const struct network_ip *ip, const struct dhcp_host *host,
			const char *address, struct error *err)
{
	bool ipv6 = ip->address.family == AF_INET6;
	struct client_id id;

	if (ipv6 && host->has_mac)
		return network_invalid(err, host->line,
				       "<host ip='%s'> is found by its id or name, not by its mac: "
				       "it is IPv6",
				       address);
	if (ipv6 && !host->id && !host->name)
		return network_invalid(err, host->line, "<host ip='%s'> needs an id or a name",
				       address);
	if (!ipv6 && !host->has_mac && !host->name)
		return network_invalid(err, host->line, "<host ip='%s'> needs a mac or a name",
				       address);
	if (ipv6 && host->id && (client_id_parse(host->id, &id) < 0 || !client_id_is_duid(&id)))
		return network_invalid(err, host->line,
				       "<host id='%s'> is not a DUID: one begins with its type, "
				       "0:1, 0:2, 0:3 or 0:4, and is as long as that type is",
				       host->id);
	return 0;
}

static int validate_host(const struct network *network, const struct network_ip *ip,
			 const struct dhcp_host *host, struct error *err)
{
	char text[ADDRESS_TEXT_SIZE];
	const char *why;
	int r;

	if (!host->address.family)
		return network_invalid(err, host->line,
				       "<host> of <dhcp> lacks the attribute 'ip'");
	address_format(&host->address, text);
	if (host->address.family != ip->address.family)
		return network_invalid(err, host->line,
				       "<host ip='%s'> stands in the <dhcp> of an %s address", text,
				       address_family_name(ip->address.family));
	r = validate_who(ip, host, text, err);
	if (r < 0)
		return r;
	why = network_not_a_guests(network, ip, &host->address);
	if (why)
		return network_invalid(err, host->line, "<host ip='%s'> %s %s", text, why,
				       subnet_text(&ip->address, ip->prefix).text);
	return validate_lease(&host->lease, host->line, err);
}

/* --- what two hosts may not share --- */

static int by_mac(const void *a, const void *b)
{
	return dhcp_host_compare(a, b, DHCP_HOST_MAC);
}

static int by_id(const void *a, const void *b)
{
	return dhcp_host_compare(a, b, DHCP_HOST_ID);
}

static int by_name(const void *a, const void *b)
{
	return dhcp_host_compare(a, b, DHCP_HOST_NAME);
}

static int by_ip(const void *a, const void *b)
{
	return dhcp_host_compare(a, b, DHCP_HOST_IP);
}

static int validate_unique(const struct network_ip *ip, struct error *err)
{
	static int (*const compare[])(const void *, const void *) = {
		[DHCP_HOST_MAC] = by_mac,
		[DHCP_HOST_ID] = by_id,
		[DHCP_HOST_NAME] = by_name,
		[DHCP_HOST_IP] = by_ip,
	};
	const void *host, *holder;

	for (int key = 0; key < DHCP_HOST_KEY_COUNT; key++) {
		AUTO_FREE char *sentence = NULL;

		if (network_find_repeated(ip->hosts, ip->n_hosts, sizeof(*ip->hosts), compare[key],
					  &host, &holder) < 0)
			return error_oom(err);
		if (!host)
			continue;
		sentence = dhcp_host_describe_clash(host, holder, key);
		if (!sentence)
			return error_oom(err);
		return network_invalid(err, ((const struct dhcp_host *)host)->line, "%s", sentence);
	}
	return 0;
}

int network_validate_dhcp(const struct network *network, const struct network_ip *ip,
			  struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < ip->n_ranges && r == 0; i++)
		r = validate_range(ip, &ip->ranges[i], err);
	for (size_t i = 0; i < ip->n_hosts && r == 0; i++)
		r = validate_host(network, ip, &ip->hosts[i], err);
	return r < 0 ? r : validate_unique(ip, err);
}
