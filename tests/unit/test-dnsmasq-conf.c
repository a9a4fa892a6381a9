/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testing.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "formats/dnsmasq-conf.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"
#include "values.h"

#define ADD(list, count) add_to(&(list), &(count), sizeof(*(list)))

static void *add_to(void *list, size_t *n, size_t size)
{
	void *item = array_add(list, n, size);

	assert_non_null(item);
	return item;
}

/* --- networks --- */

static struct network *network_make(enum forward_mode forward)
{
	struct network *network = network_new();

	assert_non_null(network);
	network->name = text_copy("red");
	network->has_forward = forward != FORWARD_ISOLATED;
	network->forward = forward;
	return network;
}

static struct network_ip *add_ip(struct network *network, const char *ip, unsigned prefix)
{
	struct network_ip *item = ADD(network->ips, network->n_ips);

	item->address = address_of(ip);
	item->prefix = prefix;
	return item;
}

static struct dhcp_host *add_host(struct network_ip *ip, const char *mac, const char *name,
				  const char *at)
{
	struct dhcp_host *host = ADD(ip->hosts, ip->n_hosts);

	host->has_mac = mac && mac_parse(mac, &host->mac) == 0;
	host->name = name ? text_copy(name) : NULL;
	if (at)
		host->address = address_of(at);
	return host;
}

static void add_range(struct network_ip *ip, const char *start, const char *end)
{
	struct dhcp_range *range = ADD(ip->ranges, ip->n_ranges);

	range->start = address_of(start);
	range->end = address_of(end);
}

static void add_txt(struct network *network, const char *name, const char *value)
{
	struct dns_txt *txt = ADD(network->dns.txts, network->dns.n_txts);

	txt->name = text_copy(name);
	txt->value = text_copy(value);
}

static void add_forwarder(struct network *network, const char *domain, const char *at,
			  unsigned port)
{
	struct dns_forwarder *item = ADD(network->dns.forwarders, network->dns.n_forwarders);

	item->domain = domain ? text_copy(domain) : NULL;
	if (at)
		item->address = address_of(at);
	item->port = port;
}

static void add_name(struct network *network, const char *at, const char *name)
{
	struct dns_host *host = ADD(network->dns.hosts, network->dns.n_hosts);
	char **slot = ADD(host->names, host->n_names);

	host->address = address_of(at);
	*slot = text_copy(name);
}

static void keep(struct network *network, const char *xml)
{
	assert_int_equal(kept_add_element(&network->kept, "", "d:options", xml, true, 1), 0);
}

/* --- what is made of them --- */

static const struct dnsmasq_place place = { .bridge = "vifbr0",
					    .folder = "/run/vifd/dnsmasq",
					    .user = "dnsmasq" };

static struct dnsmasq_texts make(const struct network *network)
{
	struct error err = ERROR_INIT;
	struct dnsmasq_texts texts;

	assert_success(&err, dnsmasq_texts_make(network, &place, &texts, &err));
	return texts;
}

/* A whole line of a text. */
static bool has_line(const char *text, const char *line)
{
	size_t length = strlen(line);

	for (; text; text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL)
		if (!strncmp(text, line, length) && (text[length] == '\n' || !text[length]))
			return true;
	return false;
}

static void assert_lines(const char *text, const char *const *lines, bool expected)
{
	for (; *lines; lines++)
		if (has_line(text, *lines) != expected)
			fail_msg("%s line '%s' in:\n%s", expected ? "no" : "a", *lines, text);
}

#define LINES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void assert_conf(struct network *network, const char *const *lines,
			const char *const *not_lines)
{
	struct dnsmasq_texts texts = make(network);

	assert_lines(texts.conf, lines, true);
	assert_lines(texts.conf, not_lines, false);
	dnsmasq_texts_done(&texts);
	network_free(network);
}

static void assert_refused(struct network *network, const char *text)
{
	struct dnsmasq_texts texts = { .conf = NULL };
	struct error err = ERROR_INIT;

	assert_error(&err, dnsmasq_texts_make(network, &place, &texts, &err),
		     ERROR_INVALID_ARGUMENT, text);
	assert_null(texts.conf);
	network_free(network);
}

/* --- what holds --- */

static void a_network_is_as_a_whole(void **state)
{
	static const char conf[] = "strict-order\n"
				   "pid-file=/run/vifd/dnsmasq/red.pid\n"
				   "user=dnsmasq\n"
				   "except-interface=lo\n"
				   "bind-dynamic\n"
				   "interface=vifbr0\n"
				   "addn-hosts=/run/vifd/dnsmasq/red.names\n"
				   "dhcp-range=192.168.5.10,192.168.5.19,255.255.255.0\n"
				   "dhcp-no-override\n"
				   "dhcp-authoritative\n"
				   "dhcp-option=option:mtu,1400\n"
				   "dhcp-lease-max=1010\n"
				   "dhcp-leasefile=/run/vifd/dnsmasq/red.leases\n"
				   "dhcp-hostsfile=/run/vifd/dnsmasq/red.hosts\n"
				   "no-resolv\n"
				   "no-hosts\n"
				   "servers-file=/run/vifd/dnsmasq/red.servers\n";
	struct network *network = network_make(FORWARD_NAT);
	struct network_ip *ip = add_ip(network, "192.168.5.1", 24);
	struct dnsmasq_texts texts;

	network->mtu = 1400;
	add_range(ip, "192.168.5.10", "192.168.5.19");
	add_host(ip, "52:54:00:00:00:01", "one", "192.168.5.11");
	add_name(network, "192.168.5.1", "gateway");
	texts = make(network);
	assert_string_equal(texts.conf, conf);
	assert_string_equal(texts.hosts, "52:54:00:00:00:01,one,192.168.5.11\n");
	assert_string_equal(texts.names, "192.168.5.1\tgateway\n");
	assert_string_equal(texts.servers, "");
	dnsmasq_texts_done(&texts);
	network_free(network);
}

static void it_is_needed_for_dns_dhcp_tftp_or_advertisements(void **state)
{
	struct network *network = network_make(FORWARD_OPEN);

	assert_false(dnsmasq_is_needed(network));
	add_ip(network, "192.168.5.1", 24);
	assert_true(dnsmasq_is_needed(network));
	network->dns.enable = TRISTATE_NO;
	assert_false(dnsmasq_is_needed(network));
	network->ips[0].tftp_root = text_copy("/srv/tftp");
	assert_true(dnsmasq_is_needed(network));
	free(take_ptr(network->ips[0].tftp_root));
	add_range(&network->ips[0], "192.168.5.10", "192.168.5.19");
	assert_true(dnsmasq_is_needed(network));
	network->ips[0].n_ranges = 0;
	add_ip(network, "fd00::1", 64);
	assert_true(dnsmasq_is_needed(network));
	network->forward = FORWARD_BRIDGE;
	assert_false(dnsmasq_is_needed(network));
	network_free(network);
}

#define SERVERS_FILE "servers-file=/run/vifd/dnsmasq/red.servers"

static void forwarders_are_for_a_domain_or_for_everything(void **state)
{
	struct network *network = network_make(FORWARD_NAT);

	add_forwarder(network, "one.example", "10.0.0.1", 5353);
	add_forwarder(network, "two.example", NULL, 0);
	assert_conf(
		network,
		LINES("server=/one.example/10.0.0.1#5353", "server=/two.example/#", SERVERS_FILE),
		LINES("server=#"));
	network = network_make(FORWARD_NAT);
	add_forwarder(network, NULL, "fd00::53", 0);
	assert_conf(network, LINES("server=fd00::53", "no-resolv"),
		    LINES("domain-needed", SERVERS_FILE));
}

static void an_isolated_network_gives_no_way_out(void **state)
{
	assert_conf(network_make(FORWARD_ISOLATED),
		    LINES("dhcp-option=3", "ra-param=*,0,0", "no-resolv"),
		    LINES("port=0", SERVERS_FILE));
	assert_conf(network_make(FORWARD_ROUTE), LINES("bind-dynamic", SERVERS_FILE),
		    LINES("dhcp-option=3", "ra-param=*,0,0"));
}

/* dnsmasq itself reads nothing of the host's, whatever it serves; it would watch it, too. */
static void the_hosts_own_files_are_not_read_unless_that_is_asked_for(void **state)
{
	struct network *network = network_make(FORWARD_NAT);

	add_range(add_ip(network, "192.168.5.1", 24), "192.168.5.10", "192.168.5.19");
	network->dns.enable = TRISTATE_NO;
	assert_conf(network, LINES("port=0", "no-resolv", "no-hosts"), LINES(SERVERS_FILE));
	network = network_make(FORWARD_NAT);
	network->dns.host_file = true;
	assert_conf(network, LINES("no-resolv", SERVERS_FILE), LINES("no-hosts"));
	network = network_make(FORWARD_NAT);
	keep(network, "<d:options xmlns:d='http://libvirt.org/schemas/network/dnsmasq/1.0'>"
		      "<d:option value='no-resolv'/></d:options>");
	assert_conf(network, LINES("no-resolv"), LINES(SERVERS_FILE));
}

static void whom_the_host_asks_is_a_file_of_its_own(void **state)
{
	char *items[] = { (char[]){ "127.0.0.53" }, (char[]){ "fe80::1%eth0" } };
	const struct name_servers servers = { items, ARRAY_SIZE(items) };
	const struct dnsmasq_place here = { .bridge = "vifbr0",
					    .folder = "/run/vifd/dnsmasq",
					    .servers = &servers };
	struct network *network = network_make(FORWARD_NAT);
	struct error err = ERROR_INIT;
	struct dnsmasq_texts texts;

	assert_success(&err, dnsmasq_texts_make(network, &here, &texts, &err));
	assert_string_equal(texts.servers, "server=127.0.0.53\nserver=fe80::1%eth0\n");
	dnsmasq_texts_done(&texts);
	network_free(network);
}

static void assert_names(struct network *network, const char *host, const char *names)
{
	const struct dnsmasq_place here = { .bridge = "vifbr0", .folder = "/x", .host = host };
	struct error err = ERROR_INIT;
	struct dnsmasq_texts texts;

	assert_success(&err, dnsmasq_texts_make(network, &here, &texts, &err));
	assert_string_equal(texts.names, names);
	dnsmasq_texts_done(&texts);
}

static void the_hosts_own_name_has_the_networks_address(void **state)
{
	struct network *network = network_make(FORWARD_ISOLATED);

	add_ip(network, "192.168.5.1", 24);
	assert_names(network, "server", "192.168.5.1\tserver\n");
	assert_names(network, "server.example.com",
		     "192.168.5.1\tserver.example.com\n192.168.5.1\tserver\n");
	assert_names(network, "localhost.localdomain", "");
	assert_names(network, "no name", "");
	assert_names(network, NULL, "");
	add_ip(network, "fd00::1", 64);
	assert_names(network, "server", "192.168.5.1\tserver\nfd00::1\tserver\n");
	/* Who was given it in the definition has it. */
	add_host(&network->ips[0], "52:54:00:00:00:01", "Server", "192.168.5.9");
	assert_names(network, "server", "");
	network->ips[0].n_hosts = 0;
	dhcp_host_done(&network->ips[0].hosts[0]);
	add_name(network, "192.168.5.7", "SERVER");
	assert_names(network, "server", "192.168.5.7\tSERVER\n");
	network_free(network);
}

static void ipv6_subnets_are_advertised_where_guests_can_use_that(void **state)
{
	struct network *network = network_make(FORWARD_NAT);

	add_range(add_ip(network, "fd00:0:0:1::1", 64), "fd00:0:0:1::10", "fd00:0:0:1::1f");
	add_ip(network, "fd00:0:0:2::1", 64);
	add_ip(network, "fd00:0:0:3::1", 80);
	assert_conf(network,
		    LINES("enable-ra", "dhcp-range=fd00:0:0:1::10,fd00:0:0:1::1f,64",
			  "dhcp-range=fd00:0:0:2::1,ra-only", "dhcp-lease-max=1016"),
		    LINES("dhcp-authoritative", "dhcp-range=fd00:0:0:3::1,ra-only"));
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

static void assert_zones(const char *ip, unsigned prefix, unsigned n, const char *const *zones)
{
	struct network *network = network_make(FORWARD_NAT);
	struct dnsmasq_texts texts;

	add_ip(network, ip, prefix)->local_ptr = TRISTATE_YES;
	texts = make(network);
	assert_int_equal(count(texts.conf, "local=/"), n);
	assert_lines(texts.conf, zones, true);
	dnsmasq_texts_done(&texts);
	network_free(network);
}

static void reverse_names_of_the_subnet_are_local(void **state)
{
	assert_zones("192.168.5.1", 24, 1, LINES("local=/5.168.192.in-addr.arpa/"));
	assert_zones("192.168.5.1", 23, 2,
		     LINES("local=/4.168.192.in-addr.arpa/", "local=/5.168.192.in-addr.arpa/"));
	assert_zones(
		"192.168.5.130", 25, 128,
		LINES("local=/128.5.168.192.in-addr.arpa/", "local=/255.5.168.192.in-addr.arpa/"));
	assert_zones("10.1.2.3", 8, 1, LINES("local=/10.in-addr.arpa/"));
	assert_zones("2001:db8::1", 32, 1, LINES("local=/8.b.d.0.1.0.0.2.ip6.arpa/"));
	assert_zones("2001:db80::1", 29, 8,
		     LINES("local=/0.8.b.d.1.0.0.2.ip6.arpa/", "local=/7.8.b.d.1.0.0.2.ip6.arpa/"));
	assert_zones("2001:db80::1", 27, 2,
		     LINES("local=/8.b.d.1.0.0.2.ip6.arpa/", "local=/9.b.d.1.0.0.2.ip6.arpa/"));
}

static void hosts_are_told_by_mac_duid_or_name(void **state)
{
	struct network *network = network_make(FORWARD_NAT);
	struct network_ip *v4, *v6;
	struct dnsmasq_texts texts;

	add_ip(network, "192.168.5.1", 24);
	add_ip(network, "fd00::1", 64);
	v4 = &network->ips[0];
	v6 = &network->ips[1];

	add_host(v4, "52:54:00:00:00:01", NULL, "192.168.5.11")->lease =
		(struct lease){ .set = true };
	add_host(v4, NULL, "two", "192.168.5.12")->lease =
		(struct lease){ .set = true, .expiry = 2, .unit = LEASE_HOURS };
	add_host(v6, NULL, "three", "fd00::3")->id = text_copy("0:3:0:1:52:54:0:0:0:3");
	add_host(v6, NULL, "four", "fd00::4");
	texts = make(network);
	assert_string_equal(texts.hosts, "52:54:00:00:00:01,192.168.5.11,infinite\n"
					 "two,192.168.5.12,2h\n"
					 "id:0:3:0:1:52:54:0:0:0:3,three,[fd00::3]\n"
					 "four,[fd00::4]\n");
	assert_lines(texts.conf,
		     LINES("dhcp-range=192.168.5.1,static", "dhcp-range=fd00::1,static,64"), true);
	dnsmasq_texts_done(&texts);
	network_free(network);
}

/* In dnsmasq's own reading they would be a lease time, "give it nothing", another address. */
static void a_host_name_is_never_taken_for_something_else(void **state)
{
	static const char *const names[] = { "10", "45m", "infinite", "ignore", "10.0.0.1" };
	struct network *network = network_make(FORWARD_NAT);
	struct network_ip *ip = add_ip(network, "192.168.5.1", 24);
	struct dnsmasq_texts texts;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		add_host(ip, "52:54:00:00:00:01", names[i], NULL);
	add_host(ip, "52:54:00:00:00:01", "10x", NULL);
	texts = make(network);
	assert_string_equal(texts.hosts, "52:54:00:00:00:01,\"10\"\n"
					 "52:54:00:00:00:01,\"45m\"\n"
					 "52:54:00:00:00:01,\"infinite\"\n"
					 "52:54:00:00:00:01,\"ignore\"\n"
					 "52:54:00:00:00:01,\"10.0.0.1\"\n"
					 "52:54:00:00:00:01,10x\n");
	dnsmasq_texts_done(&texts);
	network_free(network);
}

static void a_value_ends_where_it_ends(void **state)
{
	struct network *network = network_make(FORWARD_NAT);
	struct network_ip *ip = add_ip(network, "192.168.5.1", 24);

	free(network->name);
	network->name = text_copy("a,b \"c\"");
	add_txt(network, "t.example", "v=spf1, \"all\" # and \\");
	ip->tftp_root = text_copy("/srv/t f,tp");
	ip->bootfile = text_copy("a,b");
	ip->bootserver = text_copy("s,tag:x");
	assert_conf(network,
		    LINES("txt-record=t.example,\"v=spf1, \\\"all\\\" # and \\\\\"",
			  "tftp-root=\"/srv/t f,tp\"", "dhcp-boot=\"a,b\",,\"s,tag:x\"",
			  "pid-file=\"/run/vifd/dnsmasq/a,b \\\"c\\\".pid\""),
		    LINES("dhcp-boot=a,b"));
}

static void nothing_begins_a_line_of_its_own(void **state)
{
	struct network *network = network_make(FORWARD_NAT);

	add_txt(network, "t.example", "a\ndhcp-script=/bin/sh");
	assert_refused(network, "dnsmasq cannot be told 'txt-record=t.example,\"a…': a line break "
				"or other control character follows");
	network = network_make(FORWARD_NAT);
	network->domain.name = text_copy("example/1.2.3.4#");
	assert_refused(network, "the domain 'example/1.2.3.4#' is not a name that DNS has");
	network = network_make(FORWARD_NAT);
	add_ip(network, "192.168.5.1", 24)->bootfile = text_copy("tag:a");
	assert_refused(network, "<bootp file='tag:a'> begins with what dnsmasq takes for a tag");
	network = network_make(FORWARD_NAT);
	add_host(add_ip(network, "192.168.5.1", 24), NULL, "a,set:b", "192.168.5.7");
	assert_refused(network, "the name of <host> 'a,set:b' is not a name that DNS has");
	network = network_make(FORWARD_NAT);
	add_name(network, "192.168.5.7", "a 10.0.0.1");
	assert_refused(network, "the <hostname> 'a 10.0.0.1' is not a name that DNS has");
	network = network_make(FORWARD_NAT);
	add_host(add_ip(network, "fd00::1", 64), NULL, "a", "fd00::7")->id = text_copy(
		"00:01,ignore");
	assert_refused(network, "the id '00:01,ignore' of <host> is not a DUID (bytes in "
				"hexadecimal, with colons)");
}

/* dnsmasq would take what is beyond its buffer for the next line. */
static void no_line_is_longer_than_what_dnsmasq_reads_at_a_time(void **state)
{
	struct network *network = network_make(FORWARD_NAT);
	char value[1100];

	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	add_txt(network, "t.example", value);
	assert_refused(network, "dnsmasq reads lines of up to 1000 bytes, and "
				"'txt-record=t.example,xxxxxxxxxxxxxxxxxxx…' has 1120");
}

#define OPTIONS(inside)                                                                    \
	"<d:options xmlns:d='http://libvirt.org/schemas/network/dnsmasq/1.0'>" inside "</" \
	"d:options>"

static void options_of_the_author_are_lines_as_they_are(void **state)
{
	struct network *network = network_make(FORWARD_NAT);

	keep(network, OPTIONS("<d:option value=' dhcp-option = 42,&quot;10.0.0.1&quot;'/>\n"
			      "<d:option value='cname=*.a.example,b.example'/>\n"
			      "<d:option value='server=/a.example/10.0.0.1#5353'/>\n"
			      "<d:option value='no-hosts'/>"));
	keep(network, "<x:options xmlns:x='urn:other'><x:option value='not=this'/></x:options>");
	assert_conf(network,
		    LINES(" dhcp-option = 42,\"10.0.0.1\"", "cname=*.a.example,b.example",
			  "server=/a.example/10.0.0.1#5353", "no-hosts"),
		    LINES("not=this"));
	network = network_make(FORWARD_NAT);
	keep(network, OPTIONS("<d:option value='cname=foo&#10;bar'/>"));
	assert_refused(network,
		       "dnsmasq cannot be told 'cname=foo…': a line break or other control "
		       "character follows");
	network = network_make(FORWARD_NAT);
	keep(network, OPTIONS("<d:option/>"));
	assert_int_equal(dnsmasq_texts_make(network, &place, &(struct dnsmasq_texts){ 0 }, NULL),
			 -EINVAL);
	network_free(network);
}

static void an_option_that_is_not_known_to_be_harmless_is_refused_by_its_name(void **state)
{
	static const struct {
		const char *value, *text;
	} cases[] = {
		{ "foo=bar", "'foo' is none of the options that a network may set "
			     "(vif-network(7))" },
		{ "", "'' is none of the options that a network may set (vif-network(7))" },
		{ " dhcp-script = /bin/sh", "'dhcp-script' is none of the options that a network "
					    "may set (vif-network(7))" },
		{ "\tuser=root", "'user' is none of the options that a network may set "
				 "(vif-network(7))" },
		{ "nftset=/a.example/4#inet#filter#ok", "'nftset' is none of the options that a "
							"network may set (vif-network(7))" },
		{ "addn-hosts=/etc/x", "'addn-hosts' is none of the options that a network may "
				       "set (vif-network(7))" },
		{ "interface-name=x,eth0", "'interface-name' is none of the options that a "
					   "network may set (vif-network(7))" },
		{ "listen-address=10.0.0.1", "'listen-address' is none of the options that a "
					     "network may set (vif-network(7))" },
		{ "&quot;us&quot;er=root", "'\"us\"er' is none of the options that a network "
					   "may set (vif-network(7))" },
		{ "cnam\\e=a,b", "'cnam\\e' is none of the options that a network may set "
				 "(vif-network(7))" },
		{ "no-hosts=/etc/x", "a network may set 'no-hosts' only without a value" },
		{ "dhcp-range=::1,constructor:eth0", "what a network sets 'dhcp-range' to may "
						     "hold no 'constructor:' and no quotes" },
		{ "dhcp-range=::1,con&quot;structor&quot;:eth0",
		  "what a network sets 'dhcp-range' to may hold no 'constructor:' and no "
		  "quotes" },
		{ "server=/a.example/10.0.0.1@eth0",
		  "what a network sets 'server' to may hold no '@' and no quotes" },
		{ "ra-param=*,mtu:../../x",
		  "what a network sets 'ra-param' to may hold no '/' and no quotes" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct network *network = network_make(FORWARD_NAT);
		AUTO_ERROR struct error err = ERROR_INIT;
		AUTO_FREE char *xml = NULL;

		xml = text_format(OPTIONS("<d:option value='%s'/>"), cases[i].value);
		keep(network, xml);
		assert_int_equal(
			dnsmasq_texts_make(network, &place, &(struct dnsmasq_texts){ 0 }, &err),
			-EOPNOTSUPP);
		assert_int_equal(err.kind, ERROR_NOT_SUPPORTED);
		assert_string_equal(strstr(error_text(&err), " is not allowed: ") +
					    strlen(" is not allowed: "),
				    cases[i].text);
		network_free(network);
	}
}

/* The oracle of all quoting, where there is one: dnsmasq itself reads it. */
static void dnsmasq_accepts_what_is_made(void **state)
{
	char path[] = "/tmp/test-dnsmasq-conf-XXXXXX", *command;
	struct network *network = network_make(FORWARD_ISOLATED);
	struct network_ip *ip = add_ip(network, "192.168.5.1", 23);
	struct dnsmasq_texts texts;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	network->domain.name = text_copy("example.com");
	network->domain.local_only = TRISTATE_YES;
	network->dns.forward_plain_names = TRISTATE_NO;
	free(network->name);
	network->name = text_copy("a,b \"c\"");
	add_txt(network, "t.example", "v=spf1, \"all\" # and \\");
	add_forwarder(network, "one.example", "10.0.0.1", 5353);
	add_forwarder(network, "two.example", NULL, 0);
	add_range(ip, "192.168.5.10", "192.168.5.19");
	ip->bootfile = text_copy("a,b");
	ip->bootserver = text_copy("10.0.0.1");
	ip->local_ptr = TRISTATE_YES;
	add_range(add_ip(network, "fd00:0:0:1::1", 64), "fd00:0:0:1::10", "fd00:0:0:1::1f");
	add_ip(network, "fd00:0:0:3::1", 80);
	network->mtu = 1400;
	texts = make(network);
	assert_int_equal(file_write(path, texts.conf, strlen(texts.conf), 0600, false, NULL), 0);
	assert_true(asprintf(&command,
			     "PATH=$PATH:/usr/sbin; command -v dnsmasq >/dev/null || exit 77; "
			     "dnsmasq --test --conf-file=%s >/dev/null",
			     path) > 0);
	fd = system(command); /* NOLINT(bugprone-command-processor): a name of our own */
	free(command);
	unlink(path);
	dnsmasq_texts_done(&texts);
	network_free(network);
	if (WEXITSTATUS(fd) == 77) {
		print_message("# skipped: there is no dnsmasq\n");
		skip();
	}
	assert_int_equal(fd, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_network_is_as_a_whole),
		cmocka_unit_test(it_is_needed_for_dns_dhcp_tftp_or_advertisements),
		cmocka_unit_test(forwarders_are_for_a_domain_or_for_everything),
		cmocka_unit_test(an_isolated_network_gives_no_way_out),
		cmocka_unit_test(ipv6_subnets_are_advertised_where_guests_can_use_that),
		cmocka_unit_test(reverse_names_of_the_subnet_are_local),
		cmocka_unit_test(hosts_are_told_by_mac_duid_or_name),
		cmocka_unit_test(a_host_name_is_never_taken_for_something_else),
		cmocka_unit_test(a_value_ends_where_it_ends),
		cmocka_unit_test(nothing_begins_a_line_of_its_own),
		cmocka_unit_test(the_hosts_own_files_are_not_read_unless_that_is_asked_for),
		cmocka_unit_test(whom_the_host_asks_is_a_file_of_its_own),
		cmocka_unit_test(the_hosts_own_name_has_the_networks_address),
		cmocka_unit_test(no_line_is_longer_than_what_dnsmasq_reads_at_a_time),
		cmocka_unit_test(options_of_the_author_are_lines_as_they_are),
		cmocka_unit_test(an_option_that_is_not_known_to_be_harmless_is_refused_by_its_name),
		cmocka_unit_test(dnsmasq_accepts_what_is_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
