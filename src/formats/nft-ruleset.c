/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What passes between a network's guests and the rest of the world.
 *
 * A forwarded packet is asked about twice: by the network that it goes to and
 * by the one that it comes from. Each is found by its bridge's name in a map,
 * so that a packet sees the rules of two networks at most, however many there
 * are; one on no bridge of ours sees none. Only a packet that both let through
 * passes. (libvirt lets pass what the receiving network lets pass, so a guest
 * of an isolated network reaches those of a routed one.)
 *
 *	network		to its guests				from its guests
 *	isolated	-					-
 *	nat		answers, forwarded ports		from its subnets
 *	route		to its subnets, forwarded ports		from its subnets
 *	nat, IPv6	as route, unless <nat ipv6='yes'>
 *	open		all, without a rule
 *
 * <forward dev=> narrows both columns to that interface; answers of
 * forwarded ports excepted, which may have come in anywhere. What is bridged,
 * and comes by here because of br_netfilter, is accepted. The rest is rejected,
 * not dropped: a guest's connect() fails at once.
 *
 * In these chains "return" is "let pass as far as this network goes". The last
 * word of the table is always "accept": what other tables of the host drop
 * stays dropped, and nothing here can change that, as nothing here touches what
 * goes to the host itself (its DHCP and DNS server).
 *
 * Addresses are translated by the source's subnet, as libvirt does, so that
 * the host's own packets with its address on that network are too; but never
 * between subnets of one network.
 *
 * A forwarded port is translated as a packet comes in, and as the host sends
 * one itself. Not for 127.0.0.1 and ::1: the kernel would route packets from
 * there to a bridge only with route_localnet, which lets guests reach what the host
 * serves on 127.0.0.1 alone. A guest that goes to a forwarded port of its own
 * network gets the host as its peer's address; otherwise the answer would
 * go to it directly, and it would not know from whom. (It reaches itself that
 * way too, unless br_netfilter is on, which bridges a translated frame and never back to
 * the port that it came from.)
 *
 * The checksums of DHCP answers are left to whoever computes them. Old clients read
 * what the host has not computed yet, which libvirt mends by tc's action csum.
 * nft's `udp checksum set 0` is no substitute: on a port that cannot compute
 * checksums the kernel does so later, from that zero, and gets a wrong one.
 */
#include <net/if.h>
#include <string.h>

#include "formats/nft-ruleset.h"
#include "util/parse.h"
#include "util/text.h"

#define TABLE "inet vifd"

enum {
	/* Guests never get the ports below 1024 of the host's addresses; libvirt's default too. */
	NAT_FIRST_PORT = 1024,
	NAT_LAST_PORT = 65535,
	CHAIN_SIZE = 4 * IFNAMSIZ, /* a bridge's name as part of a chain's */
};

/* One family of addresses, as nft(8) says it. */
static const struct family {
	int af;
	const char *name;
	const char *nfproto;
	const char *nat_chain;
	const char *not_translated; /* as destinations: multicast and broadcast on the link */
	const char *loopback;
} families[] = {
	{ AF_INET, "ip", "ipv4", "nat", "224.0.0.0/24, 255.255.255.255", "127.0.0.0/8" },
	{ AF_INET6, "ip6", "ipv6", "nat6", "ff02::/16", "::1" },
};

/* A network with what is said of it again and again. */
struct part {
	const struct network *network;
	const char *bridge;
	const char *dev;        /* <forward dev=>; or NULL */
	char chain[CHAIN_SIZE]; /* "to-", "from-", "nat-" and "nat6-" stand in front */
};

/*
 * Names stand in quotes, where nft knows no escapes: a quote would end the
 * string, an asterisk at its end would mean all that begin so, and a backslash
 * is for the asterisk.
 */
int nft_ruleset_check_name(const char *name, struct error *err)
{
	if (ifname_is_valid(name) && !strpbrk(name, "\"*\\"))
		return 0;
	return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
			 "the packet filter cannot name interface '%s'", name);
}

/* nft's words are ASCII letters, digits and a few more: all else as "_xx", '_' too. */
static void chain_of(const char *bridge, char chain[static CHAIN_SIZE])
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

	for (const char *p = bridge; *p; p++)
		if (strchr(plain, *p))
			*chain++ = *p;
		else
			chain += sprintf(chain, "_%02x", (unsigned char)*p);
	*chain = '\0';
}

static bool part_nats(const struct part *part, const struct family *family)
{
	if (part->network->forward != FORWARD_NAT)
		return false;
	return family->af == AF_INET || part->network->nat.ipv6 == TRISTATE_YES;
}

static bool part_has_forwards(const struct part *part, const struct family *family)
{
	for (size_t i = 0; i < part->network->n_forwards; i++)
		if (part->network->forwards[i].to.family == family->af)
			return true;
	return false;
}

/* Is the subnet inside another of the network, or does it repeat one? nft wants none twice. */
static bool subnet_is_covered(const struct network *network, size_t index)
{
	const struct network_ip *ip = &network->ips[index];

	for (size_t i = 0; i < network->n_ips; i++) {
		const struct network_ip *other = &network->ips[i];

		if (i != index && address_in(&ip->address, &other->address, other->prefix) &&
		    (other->prefix < ip->prefix || (other->prefix == ip->prefix && i < index)))
			return true;
	}
	return false;
}

/* The index of the next subnet of that family, from *index on. */
static bool subnet_next(const struct network *network, const struct family *family, size_t *index)
{
	for (; *index < network->n_ips; (*index)++)
		if (network->ips[*index].address.family == family->af &&
		    !subnet_is_covered(network, *index))
			return true;
	return false;
}

static bool has_subnet(const struct network *network, const struct family *family)
{
	size_t i = 0;

	return subnet_next(network, family, &i);
}

static void add_subnet(struct text *text, const struct network_ip *ip)
{
	struct address network = address_network(&ip->address, ip->prefix);
	char string[ADDRESS_TEXT_SIZE];

	address_format(&network, string);
	text_add(text, "%s/%u", string, ip->prefix);
}

static void add_subnets(struct text *text, const struct network *network,
			const struct family *family, const char *more)
{
	const char *separator = "{ ";

	for (size_t i = 0; subnet_next(network, family, &i); i++) {
		text_add(text, "%s", separator);
		add_subnet(text, &network->ips[i]);
		separator = ", ";
	}
	text_add(text, "%s%s }", more ? separator : "", more ? more : "");
}

/* An address where a port may follow. */
static void add_address(struct text *text, const struct address *address)
{
	char string[ADDRESS_TEXT_SIZE];

	address_format(address, string);
	text_add(text, address->family == AF_INET6 ? "[%s]" : "%s", string);
}

static const char *protocol_name(const struct port_forward *forward)
{
	return forward->protocol == FORWARD_UDP ? "udp" : "tcp";
}

/* --- what is forwarded ------------------------------------------------------- */

static void add_to_subnets(struct text *text, const struct part *part, const struct family *family)
{
	if (!has_subnet(part->network, family))
		return;
	text_add(text, "\t\t");
	if (part->dev)
		text_add(text, "iifname \"%s\" ", part->dev);
	text_add(text, "%s daddr ", family->name);
	add_subnets(text, part->network, family, NULL);
	text_add(text, "%s return\n",
		 part_nats(part, family) ? " ct state established,related" : "");
}

static void add_to_forwarded(struct text *text, const struct port_forward *forward)
{
	char string[ADDRESS_TEXT_SIZE];

	address_format(&forward->to, string);
	text_add(text, "\t\t%s daddr %s %s dport %u ct status dnat return\n",
		 forward->to.family == AF_INET6 ? "ip6" : "ip", string, protocol_name(forward),
		 forward->to_port);
}

static void add_to_chain(struct text *text, const struct part *part)
{
	text_add(text, "\n\tchain to-%s {\n", part->chain);
	text_add(text, "\t\tiifname \"%s\" accept\n", part->bridge);
	if (part->network->forward != FORWARD_ISOLATED) {
		for (size_t i = 0; i < ARRAY_SIZE(families); i++)
			add_to_subnets(text, part, &families[i]);
		for (size_t i = 0; i < part->network->n_forwards; i++)
			add_to_forwarded(text, &part->network->forwards[i]);
	}
	text_add(text, "\t\treject\n\t}\n");
}

static void add_from_subnets(struct text *text, const struct part *part,
			     const struct family *family)
{
	if (!has_subnet(part->network, family))
		return;
	text_add(text, "\t\t%s saddr ", family->name);
	add_subnets(text, part->network, family, NULL);
	if (part->dev)
		text_add(text, " oifname \"%s\"", part->dev);
	text_add(text, " return\n");
}

static void add_from_chain(struct text *text, const struct part *part)
{
	text_add(text, "\n\tchain from-%s {\n", part->chain);
	if (part->network->forward != FORWARD_ISOLATED) {
		for (size_t i = 0; i < ARRAY_SIZE(families); i++)
			add_from_subnets(text, part, &families[i]);
		if (part->dev && part->network->n_forwards > 0)
			text_add(text, "\t\tct status dnat ct direction reply return\n");
	}
	text_add(text, "\t\treject\n\t}\n");
}

static void add_jumps(struct text *text, const struct part *parts, size_t n, const char *key,
		      const char *chain)
{
	text_add(text, "\t\t%s vmap {", key);
	for (size_t i = 0; i < n; i++)
		text_add(text, "%s\n\t\t\t\"%s\" : jump %s-%s", i ? "," : "", parts[i].bridge,
			 chain, parts[i].chain);
	text_add(text, "\n\t\t}\n");
}

static void add_filter(struct text *text, const struct part *parts, size_t n)
{
	text_add(text, "\tchain forward {\n"
		       "\t\ttype filter hook forward priority filter; policy accept;\n");
	add_jumps(text, parts, n, "oifname", "to");
	add_jumps(text, parts, n, "iifname", "from");
	text_add(text, "\t}\n");
	for (size_t i = 0; i < n; i++) {
		add_to_chain(text, &parts[i]);
		add_from_chain(text, &parts[i]);
	}
}

/* --- translation of sources ---------------------------------------------------- */

/* masquerade, or snat to the addresses that the network has been given for that. */
static void add_translation(struct text *text, const struct part *part, const struct family *family,
			    bool ports)
{
	const struct network_nat *nat = &part->network->nat;
	bool own = nat->has_ports && nat->last_port > 0;

	if (nat->first.family == family->af) {
		text_add(text, "snat %s to ", family->name);
		add_address(text, &nat->first);
		if (nat->last.family && !address_equal(&nat->first, &nat->last)) {
			text_add(text, "-");
			add_address(text, &nat->last);
		}
	} else {
		text_add(text, "masquerade%s", ports ? " to " : "");
	}
	if (ports)
		text_add(text, ":%u-%u", own ? nat->first_port : NAT_FIRST_PORT,
			 own ? nat->last_port : NAT_LAST_PORT);
	text_add(text, "\n");
}

static void add_nat_chain(struct text *text, const struct part *part, const struct family *family)
{
	text_add(text, "\n\tchain %s-%s {\n", family->nat_chain, part->chain);
	if (part_has_forwards(part, family))
		text_add(text, "\t\toifname \"%s\" ct status dnat masquerade\n", part->bridge);
	if (part_nats(part, family)) {
		text_add(text, "\t\t%s daddr ", family->name);
		add_subnets(text, part->network, family, family->not_translated);
		text_add(text, " return\n");
		if (part->dev)
			text_add(text, "\t\toifname != \"%s\" return\n", part->dev);
		text_add(text, "\t\tmeta l4proto { tcp, udp } ");
		add_translation(text, part, family, true);
		text_add(text, "\t\t");
		add_translation(text, part, family, false);
	}
	text_add(text, "\t}\n");
}

/* Whose packets are translated at all, going anywhere or back to their own network. */
static bool part_translates(const struct part *part, const struct family *family)
{
	return has_subnet(part->network, family) &&
	       (part_nats(part, family) || part_has_forwards(part, family));
}

/* An interval map may not have two that overlap; such networks are not started, but who knows. */
static bool overlaps_earlier(const struct part *parts, size_t n, const struct family *family,
			     const struct network_ip *ip)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; part_translates(&parts[i], family) &&
				   subnet_next(parts[i].network, family, &j);
		     j++)
			if (subnet_overlap(&ip->address, ip->prefix,
					   &parts[i].network->ips[j].address,
					   parts[i].network->ips[j].prefix))
				return true;
	return false;
}

/* A row, without its end, for each subnet that overlaps none before it; or for each other one. */
static void add_nat_rows(struct text *text, const struct part *parts, size_t n,
			 const struct family *family, bool overlapping)
{
	const char *separator = "";

	for (size_t i = 0; i < n; i++) {
		const struct network *network = parts[i].network;

		if (!part_translates(&parts[i], family))
			continue;
		for (size_t j = 0; subnet_next(network, family, &j); j++) {
			if (overlaps_earlier(parts, i, family, &network->ips[j]) != overlapping)
				continue;
			if (overlapping)
				text_add(text, "\t\t%s saddr ", family->name);
			else
				text_add(text, "%s\n\t\t\t", separator);
			add_subnet(text, &network->ips[j]);
			text_add(text, "%s jump %s-%s%s", overlapping ? "" : " :",
				 family->nat_chain, parts[i].chain, overlapping ? "\n" : "");
			separator = ",";
		}
	}
}

static bool any_translates(const struct part *parts, size_t n, const struct family *family)
{
	for (size_t i = 0; i < n; i++)
		if (part_translates(&parts[i], family))
			return true;
	return false;
}

static void add_nat_jumps(struct text *text, const struct part *parts, size_t n,
			  const struct family *family)
{
	if (!any_translates(parts, n, family))
		return;
	text_add(text, "\t\t%s saddr vmap {", family->name);
	add_nat_rows(text, parts, n, family, false);
	text_add(text, "\n\t\t}\n");
	add_nat_rows(text, parts, n, family, true);
}

static void add_sources(struct text *text, const struct part *parts, size_t n)
{
	if (!any_translates(parts, n, &families[0]) && !any_translates(parts, n, &families[1]))
		return;
	text_add(text, "\n\tchain postrouting {\n"
		       "\t\ttype nat hook postrouting priority srcnat; policy accept;\n");
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		add_nat_jumps(text, parts, n, &families[i]);
	text_add(text, "\t}\n");
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < ARRAY_SIZE(families); j++)
			if (part_translates(&parts[i], &families[j]))
				add_nat_chain(text, &parts[i], &families[j]);
}

/* --- forwarded ports ----------------------------------------------------------- */

static void add_forward(struct text *text, const struct port_forward *forward)
{
	const struct family *family = &families[forward->to.family == AF_INET6];
	const char *protocol = protocol_name(forward);
	char string[ADDRESS_TEXT_SIZE];

	if (forward->address.family) {
		address_format(&forward->address, string);
		text_add(text, "\t\t%s daddr %s %s dport %u", family->name, string, protocol,
			 forward->port);
	} else {
		text_add(text, "\t\t%s daddr != %s %s dport %u fib daddr type local", family->name,
			 family->loopback, protocol, forward->port);
	}
	text_add(text, " dnat %s to ", family->name);
	add_address(text, &forward->to);
	text_add(text, ":%u\n", forward->to_port);
}

static void add_forwards(struct text *text, const struct part *parts, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += parts[i].network->n_forwards;
	if (count == 0)
		return;
	text_add(text, "\n\tchain prerouting {\n"
		       "\t\ttype nat hook prerouting priority dstnat; policy accept;\n"
		       "\t\tjump forwards\n\t}\n"
		       "\n\tchain output {\n"
		       "\t\ttype nat hook output priority -100; policy accept;\n"
		       "\t\tjump forwards\n\t}\n"
		       "\n\tchain forwards {\n");
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < parts[i].network->n_forwards; j++)
			add_forward(text, &parts[i].network->forwards[j]);
	text_add(text, "\t}\n");
}

/* --- the whole ------------------------------------------------------------------ */

static int part_init(struct part *part, const struct nft_ruleset_network *network,
		     struct error *err)
{
	const char *dev = network->network->n_pool > 0 ? network->network->pool[0].dev : NULL;
	int r;

	r = nft_ruleset_check_name(network->bridge, err);
	if (r == 0 && dev)
		r = nft_ruleset_check_name(dev, err);
	if (r < 0) {
		error_prefix(err, "network '%s': ", network->network->name);
		return r;
	}
	*part = (struct part){ .network = network->network, .bridge = network->bridge, .dev = dev };
	chain_of(network->bridge, part->chain);
	return 0;
}

bool nft_ruleset_is_needed(const struct network *network)
{
	return network_is_managed(network) && network->forward != FORWARD_OPEN;
}

int nft_ruleset_text(const struct nft_ruleset_network *networks, size_t n, char **ret_text,
		     struct error *err)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE struct part *parts = calloc(n ? n : 1, sizeof(*parts));
	size_t n_parts = 0;
	int r;

	if (!parts)
		return error_oom(err);
	for (size_t i = 0; i < n; i++) {
		if (!nft_ruleset_is_needed(networks[i].network))
			continue;
		r = part_init(&parts[n_parts++], &networks[i], err);
		if (r < 0)
			return r;
	}
	/* Only what is there can be deleted, so it is made first: `destroy` is younger. */
	text_add(&text, "table " TABLE "\ndelete table " TABLE "\n");
	if (n_parts > 0) {
		text_add(&text, "table " TABLE " {\n");
		add_filter(&text, parts, n_parts);
		add_sources(&text, parts, n_parts);
		add_forwards(&text, parts, n_parts);
		text_add(&text, "}\n");
	}
	return text_take(&text, ret_text) < 0 ? error_oom(err) : 0;
}
