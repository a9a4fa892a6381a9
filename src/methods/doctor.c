/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "kernel/probe.h"
#include "methods/doctor.h"
#include "services/program.h"
#include "services/worker.h"
#include "util/array.h"

/* What each probe's result is needed for; one that is not listed is not told. */
static const struct {
	const char *name;
	const char *purpose;
} kernel_features[] = {
	{ "macvtap", "direct ports" },
	{ "macvtap-open", "handing a macvtap to a VMM" },
	{ "sysfs", "finding a macvtap's device number in the right namespace" },
	{ "macvlan", "live ports" },
	{ "tap", "ports on a bridge" },
	{ "tap-queues", "several queues on a tap" },
	{ "vhost-net", "frames without a detour through the VMM's process" },
	{ "bridge", "networks that vifd makes itself" },
	{ "veth", "the tests" },
	{ "vlan", "VLAN host interfaces" },
	{ "bond", "bonded host interfaces" },
	{ "dummy", "the tests" },
	{ "ifb", "shaping what a guest receives on a direct port" },
	{ "tc-clsact", "live ports; filters" },
	{ "tc-u32", "live ports" },
	{ "tc-matchall", "live ports" },
	{ "tc-flower", "filters" },
	{ "tc-bpf", "live ports; filters" },
	{ "guard", "security: what a guest may send" },
	{ "guard-tcx", "guarded live ports at the price of unguarded ones" },
	{ "tc-mirred", "live ports" },
	{ "tc-htb", "bandwidth" },
	{ "tc-tbf", "bandwidth" },
	{ "tc-sfq", "bandwidth: fairness between flows" },
	{ "nftables", "virtual networks; filters" },
	{ "nftables-nat", "virtual networks with mode nat; forwarded ports" },
};

static const struct {
	const char *name;
	const char *purpose;
} programs[] = {
	{ "qemu-system-x86_64", "vif run with QEMU" },
	{ "cloud-hypervisor", "vif run with cloud-hypervisor" },
	{ "dnsmasq", "DHCP, DNS and TFTP on networks that vifd makes itself" },
	{ "lldpad", "802.1Qbg" },
};

struct findings {
	struct probe_result *results;
	size_t n;
	struct error error;
};

static void findings_done(struct findings *findings)
{
	probe_results_free(findings->results, findings->n);
	error_done(&findings->error);
}

struct asker {
	doctor_callback callback;
	void *userdata;
};

struct doctor {
	struct job job; /* first: it is the job */
	sd_event *event;
	struct worker *worker; /* NULL until somebody asks */
	struct asker *askers;  /* while the job runs */
	size_t n_askers;
	struct findings findings; /* of the job */
};

static void doctor_run(struct job *job)
{
	struct findings *findings = &((struct doctor *)job)->findings;

	probe_run(&findings->results, &findings->n, &findings->error);
}

static size_t add_kernel(const struct findings *findings, struct feature_record *features)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kernel_features); i++)
		for (size_t j = 0; j < findings->n; j++)
			if (!strcmp(findings->results[j].name, kernel_features[i].name))
				features[n++] = (struct feature_record){
					.name = kernel_features[i].name,
					.status = findings->results[j].ok ? "yes" : "no",
					.detail = findings->results[j].detail ?: "",
					.purpose = kernel_features[i].purpose,
				};
	return n;
}

static void add_programs(char *const *paths, struct feature_record *features)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		features[i] = (struct feature_record){
			.name = programs[i].name,
			.status = paths[i] ? "yes" : "no",
			.detail = paths[i] ?: "not found",
			.purpose = programs[i].purpose,
		};
}

/* Who asks from here on is told by the next job. */
static void tell_askers(struct doctor *doctor, const struct record_list *features,
			const struct error *error)
{
	AUTO_FREE struct asker *askers = take_ptr(doctor->askers);
	size_t n = doctor->n_askers;

	doctor->n_askers = 0;
	for (size_t i = 0; i < n; i++)
		askers[i].callback(askers[i].userdata, error ? NULL : features, error);
}

static void doctor_done(struct job *job, void *userdata)
{
	struct feature_record features[ARRAY_SIZE(kernel_features) + ARRAY_SIZE(programs)];
	struct record_list list = { features, 0 };
	struct doctor *doctor = (struct doctor *)job;
	AUTO(findings_done) struct findings findings = doctor->findings;
	char *paths[ARRAY_SIZE(programs)];

	doctor->findings = (struct findings){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		paths[i] = program_find(programs[i].name);
	list.n = add_kernel(&findings, features);
	add_programs(paths, features + list.n);
	list.n += ARRAY_SIZE(programs);
	tell_askers(doctor, &list, findings.error.code ? &findings.error : NULL);
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		free(paths[i]);
}

int doctor_new(sd_event *event, struct doctor **ret_doctor, struct error *err)
{
	struct doctor *doctor = calloc(1, sizeof(*doctor));

	if (!doctor)
		return error_oom(err);
	doctor->event = sd_event_ref(event);
	doctor->job = (struct job){ doctor_run, doctor_done, NULL };
	*ret_doctor = doctor;
	return 0;
}

void doctor_free(struct doctor *doctor)
{
	if (!doctor)
		return;
	worker_free(doctor->worker);
	sd_event_unref(doctor->event);
	free(doctor->askers);
	free(doctor);
}

int doctor_ask(struct doctor *doctor, doctor_callback callback, void *userdata, struct error *err)
{
	struct asker *asker;
	int r;

	if (!doctor->worker) {
		r = worker_new(doctor->event, doctor, &doctor->worker, err);
		if (r < 0)
			return r;
	}
	asker = array_add(&doctor->askers, &doctor->n_askers, sizeof(*asker));
	if (!asker)
		return error_oom(err);
	*asker = (struct asker){ callback, userdata };
	if (doctor->n_askers == 1)
		worker_submit(doctor->worker, &doctor->job);
	return 0;
}

bool doctor_is_idle(const struct doctor *doctor)
{
	return doctor->n_askers == 0;
}
