/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why a port's guest has no network: the stations of its frames' way, and what was found there. */
#include "life/diagnoses.h"
#include "life/life.h"
#include "methods/find.h"
#include "methods/methods.h"

struct diagnose_call {
	diagnose_callback callback;
	void *userdata;
};

static int diagnosis_tell(const struct port *port, const struct diagnosis *diagnosis,
			  struct diagnosis_record *record)
{
	struct way_record *ways = calloc(diagnosis->n + 1, sizeof(*ways));
	const struct station *cause = diagnosis_cause(diagnosis);

	if (!ways)
		return -ENOMEM;
	for (size_t i = 0; i < diagnosis->n; i++) {
		const struct station *station = &diagnosis->stations[i];

		ways[i] = (struct way_record){ station->name, verdict_name(station->verdict),
					       station->text, station->remedy };
	}
	record->port = port->name;
	record->cause = cause ? cause->text : NULL;
	record->remedy = cause ? cause->remedy : NULL;
	record->stations = (struct record_list){ ways, diagnosis->n };
	return 0;
}

static void on_diagnosed(void *userdata, const struct port *port, const struct diagnosis *diagnosis,
			 const struct error *error)
{
	AUTO(diagnosis_record_done) struct diagnosis_record record = { 0 };
	AUTO_FREE struct diagnose_call *call = userdata;
	AUTO_ERROR struct error err = ERROR_INIT;

	if (!error && diagnosis_tell(port, diagnosis, &record) < 0) {
		(void)error_oom(&err);
		error = &err;
	}
	call->callback(call->userdata, error ? NULL : &record, error);
}

int method_diagnose(const struct caller *caller, struct manager *manager, const char *port,
		    diagnose_callback callback, void *userdata, struct error *err)
{
	AUTO_FREE struct diagnose_call *call = malloc(sizeof(*call));
	struct port_entry *entry;
	int r;

	if (!call)
		return error_oom(err);
	*call = (struct diagnose_call){ callback, userdata };
	r = access_check(caller, METHOD_DIAGNOSE, err);
	if (r == 0)
		r = find_port(caller, manager, port, &entry, err);
	if (r == 0)
		r = check_stays(entry, err);
	if (r == 0)
		r = diagnoses_begin(manager->life->diagnoses, entry, caller_reader(caller),
				    on_diagnosed, call, err);
	if (r == 0)
		(void)take_ptr(call);
	return r;
}
