/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "resolve/collision.h"
#include "resolve/network-default.h"
#include "util/text.h"

enum {
	FIRST = 122, /* where libvirt's default network is, too */
	LAST = 254,
	PREFIX = 24,
};

static const char *const bases[] = { "192.168", "10.0" };

/* `inside`: a part of something wider of the host's will do. */
static bool is_free(const struct facts *facts, const struct network *const *networks,
		    size_t n_networks, const struct address *subnet, bool inside)
{
	const struct collision_request request = {
		.facts = facts,
		.active = networks,
		.n_active = n_networks,
	};
	const struct network_ip ip = { .address = *subnet, .prefix = PREFIX };
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *warnings = NULL;

	return collision_check(&request, &ip, &text, NULL) == 0 &&
	       text_take(&text, &warnings) == 0 && (inside || !*warnings);
}

/* The first that is free; the third number of its address, 0 if there is none. */
static unsigned find_free(const struct facts *facts, const struct network *const *networks,
			  size_t n_networks, const char *base, bool inside)
{
	for (unsigned third = FIRST; third <= LAST; third++) {
		struct address subnet;
		char text[ADDRESS_TEXT_SIZE];

		snprintf(text, sizeof(text), "%s.%u.0", base, third);
		if (address_parse(text, &subnet) == 0 &&
		    is_free(facts, networks, n_networks, &subnet, inside))
			return third;
	}
	return 0;
}

static int make_xml(const char *base, unsigned third, char **ret_xml, struct error *err)
{
	AUTO_TEXT struct text text = TEXT_INIT;

	text_add(&text,
		 "<network>\n"
		 "  <name>default</name>\n"
		 "  <forward mode='nat'/>\n"
		 "  <ip address='%s.%u.1' netmask='255.255.255.0'>\n"
		 "    <dhcp>\n"
		 "      <range start='%s.%u.2' end='%s.%u.254'/>\n"
		 "    </dhcp>\n"
		 "  </ip>\n"
		 "</network>\n",
		 base, third, base, third, base, third);
	return text_take(&text, ret_xml) < 0 ? error_oom(err) : 0;
}

int network_default_xml(const struct facts *facts, const struct network *const *networks,
			size_t n_networks, char **ret_xml, struct error *err)
{
	for (size_t i = 0; i < 2 * ARRAY_SIZE(bases); i++) {
		const char *base = bases[i % ARRAY_SIZE(bases)];
		unsigned third = find_free(facts, networks, n_networks, base,
					   i >= ARRAY_SIZE(bases));

		if (third)
			return make_xml(base, third, ret_xml, err);
	}
	return error_set(
		err, -EADDRNOTAVAIL, ERROR_IN_USE,
		"no subnet of 24 bits is free in 192.168.0.0/16 and 10.0.0.0/16: networks, "
		"or addresses and routes of this host, have all of them");
}
