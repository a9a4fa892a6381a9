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
	sd_bus_message *call;
	struct probe_result *results;
	size_t n_results;
	struct error error;
};

static void doctor_run(struct job *job)
{
	struct doctor_job *doctor = (struct doctor_job *)job;

	probe_run(&doctor->results, &doctor->n_results, &doctor->error);
}

static int append_feature(sd_bus_message *reply, const char *name, bool ok, const char *detail,
			  const char *purpose)
{
	return sd_bus_message_append(reply, "a{sv}", 4, "name", "s", name, "status", "s",
				     ok ? "yes" : "no", "detail", "s", detail ? detail : "",
				     "purpose", "s", purpose);
}

static int append_kernel(sd_bus_message *reply, const struct doctor_job *doctor)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(kernel_features); i++)
		for (size_t j = 0; r >= 0 && j < doctor->n_results; j++)
			if (!strcmp(doctor->results[j].name, kernel_features[i].name))
				r = append_feature(reply, kernel_features[i].name,
						   doctor->results[j].ok, doctor->results[j].detail,
						   kernel_features[i].purpose);
	return r;
}

static int append_programs(sd_bus_message *reply)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(programs); i++) {
		AUTO_FREE char *file = program_find(programs[i].name);

		r = append_feature(reply, programs[i].name, file, file ? file : "not found",
				   programs[i].purpose);
	}
	return r;
}

static int doctor_reply(struct doctor_job *doctor)
{
	AUTO(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int r;

	if (doctor->error.code)
		return sd_bus_reply_method_errorf(doctor->call, "io.github.vifd.Error.System", "%s",
						  error_text(&doctor->error));
	r = sd_bus_message_new_method_return(doctor->call, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "a{sv}");
	if (r >= 0)
		r = append_kernel(reply, doctor);
	if (r >= 0)
		r = append_programs(reply);
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static void doctor_done(struct job *job, void *userdata)
{
	struct doctor_job *doctor = (struct doctor_job *)job;
	int r = doctor_reply(doctor);

	if (r < 0)
		(void)sd_bus_reply_method_errnof(doctor->call, r, NULL);
	sd_bus_message_unref(doctor->call);
	probe_results_free(doctor->results, doctor->n_results);
	error_done(&doctor->error);
	free(doctor);
}

int doctor_start(struct manager *manager, sd_bus_message *call, struct error *err)
{
	struct doctor_job *doctor = calloc(1, sizeof(*doctor));

	if (!doctor)
		return error_oom(err);
	doctor->job = (struct job){ doctor_run, doctor_done, NULL };
	doctor->call = sd_bus_message_ref(call);
	worker_submit(manager->worker, &doctor->job);
	return 0;
}
