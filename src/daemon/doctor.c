/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "daemon/doctor.h"
#include "daemon/program.h"
#include "kernel/probe.h"

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

struct doctor_job {
	struct job job;
	doctor_callback callback;
	void *userdata;
	struct probe_result *results;
	size_t n_results;
	struct error error;
};

static void doctor_run(struct job *job)
{
	struct doctor_job *doctor = (struct doctor_job *)job;

	probe_run(&doctor->results, &doctor->n_results, &doctor->error);
}

static const struct probe_result *find_result(const struct doctor_job *doctor, const char *name)
{
	for (size_t i = 0; i < doctor->n_results; i++)
		if (!strcmp(doctor->results[i].name, name))
			return &doctor->results[i];
	return NULL;
}

static size_t add_kernel(struct doctor_feature *features, const struct doctor_job *doctor)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kernel_features); i++) {
		const struct probe_result *result = find_result(doctor, kernel_features[i].name);

		if (result)
			features[n++] = (struct doctor_feature){ result->name, result->ok,
								 result->detail,
								 kernel_features[i].purpose };
	}
	return n;
}

/* Each with the name of its file, which is the caller's to free. */
static size_t add_programs(struct doctor_feature *features, char **files)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		files[i] = program_find(programs[i].name);
		features[i] = (struct doctor_feature){
			.name = programs[i].name,
			.ok = files[i],
			.detail = files[i] ? files[i] : "not found",
			.purpose = programs[i].purpose,
		};
	}
	return ARRAY_SIZE(programs);
}

static void doctor_answer(const struct doctor_job *doctor)
{
	struct doctor_feature features[ARRAY_SIZE(kernel_features) + ARRAY_SIZE(programs)];
	char *files[ARRAY_SIZE(programs)];
	size_t n;

	if (doctor->error.code) {
		doctor->callback(doctor->userdata, NULL, 0, &doctor->error);
		return;
	}
	n = add_kernel(features, doctor);
	n += add_programs(features + n, files);
	doctor->callback(doctor->userdata, features, n, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		free(files[i]);
}

static void doctor_done(struct job *job, void *userdata)
{
	struct doctor_job *doctor = (struct doctor_job *)job;

	doctor_answer(doctor);
	probe_results_free(doctor->results, doctor->n_results);
	error_done(&doctor->error);
	free(doctor);
}

int doctor_start(struct manager *manager, doctor_callback callback, void *userdata,
		 struct error *err)
{
	struct doctor_job *doctor = calloc(1, sizeof(*doctor));

	if (!doctor)
		return error_oom(err);
	doctor->job = (struct job){ doctor_run, doctor_done, NULL };
	doctor->callback = callback;
	doctor->userdata = userdata;
	worker_submit(manager->worker, &doctor->job);
	return 0;
}
