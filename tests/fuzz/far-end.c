/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/lldp.h"
#include "formats/probe-frame.h"
#include "fuzz.h"

/* Any frame, and any LLDP in one: what is read lies within it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct probe_answer answer;
	struct lldp lldp = { 0 };

	if (!probe_answer_read(data, size, &answer))
		return 0;
	if (answer.kind != PROBE_ANSWER_LLDP)
		return 0;
	PROMISE(answer.payload >= data && answer.payload + answer.payload_size == data + size);
	if (lldp_read(answer.payload, answer.payload_size, &lldp) < 0)
		return 0;
	PROMISE(lldp.chassis && lldp.port);
	PROMISE(!lldp.reflects || lldp.has_evb);
	lldp_done(&lldp);
	return 0;
}
