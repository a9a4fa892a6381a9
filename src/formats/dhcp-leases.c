/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "formats/dhcp-leases.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/parse.h"

enum {
	LINE_SIZE =
		4096, /* a longer one is no lease: a name has 255 bytes, a client id 255 pairs */
	FIELDS = 5,
};

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

static bool is_hex(const char *text)
{
	return *text && text[strspn(text, "0123456789abcdefABCDEF:")] == '\0';
}

static bool is_host_name(const char *text)
{
	for (; *text; text++)
		if (!strchr(letters, *text) && !strchr("0123456789._-", *text))
			return false;
	return true;
}

/* Splits the line into n fields; false where it has more or fewer. */
static bool split(char *line, char *fields[static FIELDS])
{
	for (unsigned i = 0; i < FIELDS; i++) {
		fields[i] = strsep(&line, " ");
		if (!fields[i] || !*fields[i])
			return false;
	}
	return !line;
}

/* The second field: the guest's MAC in an IPv4 lease, a number (IAID) in an IPv6 one. */
static bool read_holder(const char *text, struct dhcp_lease *lease)
{
	uint64_t iaid;

	if (lease->address.family == AF_INET6)
		return parse_u64(text + (*text == 'T'), 0, UINT32_MAX, &iaid) == 0;
	lease->has_mac = mac_parse(text, &lease->mac) == 0;
	return lease->has_mac || (strchr(text, '-') && is_hex(strchr(text, '-') + 1));
}

static int read_text(const char *field, bool (*is_valid)(const char *), char **ret_text)
{
	if (strcmp(field, "*") != 0 && is_valid(field)) {
		*ret_text = strdup(field);
		if (!*ret_text)
			return -ENOMEM;
	}
	return 0;
}

static void lease_done(struct dhcp_lease *lease)
{
	free(lease->name);
	free(lease->client_id);
}

/* 1: it is a lease; 0: it is none; or -ENOMEM. */
static int read_line(char *line, struct dhcp_lease *ret_lease)
{
	struct dhcp_lease lease = { 0 };
	char *fields[FIELDS];

	if (!split(line, fields) || parse_u64(fields[0], 0, UINT64_MAX, &lease.expiry) < 0 ||
	    address_parse(fields[2], &lease.address) < 0 || !read_holder(fields[1], &lease))
		return 0;
	if (read_text(fields[3], is_host_name, &lease.name) < 0 ||
	    read_text(fields[4], is_hex, &lease.client_id) < 0) {
		lease_done(&lease);
		return -ENOMEM;
	}
	*ret_lease = lease;
	return 1;
}

static int add_line(struct dhcp_leases *leases, const char *begin, size_t length)
{
	char line[LINE_SIZE];
	struct dhcp_lease lease, *slot;
	int r;

	if (length >= sizeof(line))
		return 0;
	memcpy(line, begin, length);
	line[length] = '\0';
	r = read_line(line, &lease);
	if (r <= 0)
		return r;
	slot = array_add(&leases->items, &leases->n, sizeof(*slot));
	if (!slot) {
		lease_done(&lease);
		return -ENOMEM;
	}
	*slot = lease;
	return 0;
}

int dhcp_leases_read(const char *text, struct dhcp_leases *ret_leases)
{
	struct dhcp_leases leases = { 0 };

	/* A line without its end is one that is being written. */
	for (const char *end; (end = strchr(text, '\n')) && leases.n < DHCP_LEASES_MAX;
	     text = end + 1) {
		int r = add_line(&leases, text, (size_t)(end - text));

		if (r < 0) {
			dhcp_leases_done(&leases);
			return r;
		}
	}
	*ret_leases = leases;
	return 0;
}

void dhcp_leases_done(struct dhcp_leases *leases)
{
	for (size_t i = 0; i < leases->n; i++)
		lease_done(&leases->items[i]);
	free(leases->items);
	*leases = (struct dhcp_leases){ 0 };
}
