/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/interface-xml.h"
#include "formats/spec.h"
#include "fuzz.h"

/* What a SPEC says can be said in XML too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct interface *interface = NULL, *same = NULL;
	struct error err = ERROR_INIT;
	char *spec = strndup((const char *)data, size), *xml = NULL, *again = NULL;
	int r = interface_from_spec(spec, &interface, &err);

	if (r < 0) {
		check_refusal(r, interface, &err);
		free(spec);
		return 0;
	}
	PROMISE(interface_to_xml(interface, &xml, &err) == 0);
	PROMISE(interface_from_xml(xml, strlen(xml), "spec", &same, &err) == 0);
	PROMISE(interface_to_xml(same, &again, &err) == 0);
	PROMISE(!strcmp(xml, again));
	interface_free(interface);
	interface_free(same);
	free(spec);
	free(xml);
	free(again);
	return 0;
}
