/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fragments for network_update(): the first byte of an input chooses section and
 * command, the rest is the fragment. A network that took one can be written and
 * read again.
 */
#include "formats/network-update.h"
#include "formats/network-xml.h"
#include "fuzz.h"

static const char before[] =
	"<network><name>n</name><forward mode='nat' dev='e0'/><dns><txt name='a' value='b'/>"
	"<srv service='s' protocol='tcp'/><host ip='10.0.0.9'><hostname>h</hostname></host></dns>"
	"<ip address='10.0.0.1' prefix='24'><dhcp><range start='10.0.0.100' end='10.0.0.200'/>"
	"<host mac='52:54:00:00:00:01' name='web' ip='10.0.0.10'/></dhcp></ip>"
	"<ip family='ipv6' address='2001:db8::1' prefix='64'/>"
	"<portgroup name='a' default='yes'/><portgroup name='b'/></network>";

static void update(const char *fragment, unsigned choice)
{
	AUTO(network_freep) struct network *network = NULL, *again = NULL;
	AUTO_FREE char *xml = NULL, *key = NULL;
	struct network_update update = {
		.command = choice % UPDATE_COMMAND_COUNT,
		.section = choice / UPDATE_COMMAND_COUNT % UPDATE_SECTION_COUNT,
		.parent_index = -1,
		.xml = fragment,
	};

	PROMISE(network_from_xml(before, strlen(before), NULL, &network, NULL) == 0);
	if (network_update(network, &update, &key, NULL) < 0)
		return;
	PROMISE(key);
	PROMISE(network_to_xml(network, &xml, NULL) == 0);
	PROMISE(network_from_xml(xml, strlen(xml), NULL, &again, NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *fragment = NULL;

	if (size == 0)
		return 0;
	fragment = strndup((const char *)data + 1, size - 1);
	PROMISE(fragment);
	update(fragment, data[0]);
	return 0;
}
