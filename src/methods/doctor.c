/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/utsname.h>

#include "host/host-filters.h"
#include "host/host-ip.h"
#include "kernel/probe.h"
#include "methods/doctor.h"
#include "services/networkd.h"
#include "services/program.h"
#include "services/worker.h"
#include "util/array.h"
#include "util/parse.h"
#include "util/text.h"

enum {
	SERVES_MAX = 4,
};

/* Where a filter names that, it was made for vifd's networks. */
static const char usual_bridge[] = "vifbr0";

/* What a host is wanted for. It can where all is there that is needed; the rest makes it better. */
#define LIVE "live ports on a host interface"
#define ON_BRIDGE "ports on a bridge"
#define DIRECT "direct ports"
#define REPLUG "direct ports that come back"
#define SECURITY "saying what a guest may send"
#define LIMITS "limiting what guests send and get"
#define NETWORKS "networks that vifd makes"
#define NAT "NAT and forwarded ports"
#define DHCP "DHCP, DNS and TFTP"

struct feature {
	const char *name;
	const char *purpose;
	const char *serves[SERVES_MAX + 1];
	bool needed;
	const char *remedy;
	const char *instead; /* not needed where that is */
};

/* One whose probe is not known is not told. */
static const struct feature kernel_features[] = {
	{ "tap", "live ports", { LIVE, ON_BRIDGE }, true, "modprobe tun" },
	{ "macvlan", "live ports", { LIVE }, true, "modprobe macvlan" },
	{ "tc-clsact", "live ports; filters", { LIVE }, true, "modprobe sch_ingress" },
	{ "tc-u32", "live ports", { LIVE }, true, "modprobe cls_u32", "tc-matchall" },
	{ "tc-matchall", "live ports where there is no tc-u32" },
	{ "tc-mirred", "live ports", { LIVE }, true, "modprobe act_mirred" },
	{ "tap-queues",
	  "several queues on a tap",
	  { LIVE, ON_BRIDGE },
	  false,
	  "a kernel that has them" },
	{ "vhost-net",
	  "frames without a detour through the VMM's process",
	  { LIVE, ON_BRIDGE, DIRECT },
	  false,
	  "modprobe vhost_net" },
	{ "bridge",
	  "ports on a bridge; networks that vifd makes itself",
	  { ON_BRIDGE, NETWORKS },
	  true,
	  "modprobe bridge" },
	{ "macvtap", "direct ports", { DIRECT, REPLUG }, true, "modprobe macvtap" },
	{ "macvtap-open",
	  "handing a macvtap to a VMM",
	  { DIRECT, REPLUG },
	  true,
	  "vifd may make and open device nodes (CAP_MKNOD, the devices of its cgroup)" },
	{ "sysfs",
	  "finding a macvtap's device number in the right namespace",
	  { DIRECT, REPLUG },
	  true,
	  "vifd may mount (CAP_SYS_ADMIN)" },
	{ "guard",
	  "security: what a guest may send",
	  { SECURITY },
	  true,
	  "a kernel with BPF, and CAP_BPF or CAP_SYS_ADMIN for vifd" },
	{ "guard-tcx",
	  "guarded live ports at the price of unguarded ones",
	  { SECURITY },
	  false,
	  "Linux 6.6" },
	{ "nftables",
	  "networks that vifd makes itself; filters",
	  { NETWORKS, NAT },
	  true,
	  "modprobe nf_tables" },
	{ "nftables-nat",
	  "virtual networks with mode nat; forwarded ports",
	  { NAT },
	  true,
	  "modprobe nft_chain_nat nft_masq" },
	{ "vlan", "VLAN host interfaces" },
	{ "bond", "bonded host interfaces" },
	{ "ifb",
	  "limits of what a guest on a bridge sends, and of what a direct port's gets",
	  { LIMITS },
	  true,
	  "modprobe ifb numifbs=0" },
	{ "tc-flower", "filters" },
	{ "tc-bpf", "filters" },
	{ "tc-htb", "limits (<bandwidth>)", { LIMITS }, true, "modprobe sch_htb" },
};

static const struct feature programs[] = {
	{ "qemu",
	  "vif run with QEMU; handing a direct port back",
	  { REPLUG },
	  true,
	  "install it (Debian: qemu-system)" },
	{ "cloud-hypervisor", "vif run with cloud-hypervisor" },
	{ "dnsmasq",
	  "DHCP, DNS and TFTP on networks that vifd makes itself",
	  { DHCP },
	  true,
	  "install it (Debian: dnsmasq-base)" },
	{ "lldpad", "802.1Qbg" },
};

static const struct feature packet_filters = {
	"packet-filters",
	"guests that are let through by the host's other packet filters",
	{ NAT, DHCP },
	false,
	"rules that accept what comes from and goes to the networks' bridges (vif network start "
	"says which, and makes them with --open-firewall)"
};

static const struct feature networkd = {
	"networkd-files",
	"taps that systemd-networkd leaves on their bridges, without addresses of the host",
	{ LIVE, ON_BRIDGE, DIRECT, NETWORKS },
	false,
	"/usr/lib/systemd/network/00-vifd.network, which is installed with vifd, as the first file "
	"that matches vif-* (vifd(8))"
};

static const struct feature udev = {
	"udev-files",
	"devices that udev gives no other name, address or MTU",
	{ LIVE, ON_BRIDGE, DIRECT, NETWORKS },
	false,
	"/usr/lib/systemd/network/00-vifd.link, which is installed with vifd, as the first .link "
	"file that matches vif0 (vifd(8))"
};

static const struct feature advertisements = {
	"router-advertisements",
	"IPv6 addresses and default routes that the host has from routers, where it forwards IPv6",
	{ NETWORKS, NAT },
	false,
	"sysctl -w net/ipv6/conf/NAME/accept_ra=2, or 0 where none are wanted"
};

struct findings {
	struct host_filters filters;
	char *networkd; /* a file that is in the way; or NULL */
	char *udev;     /* so, too */
	struct probe_result *results;
	size_t n;
	struct error error;
};

static void findings_done(struct findings *findings)
{
	host_filters_done(&findings->filters);
	free(findings->networkd);
	free(findings->udev);
	probe_results_free(findings->results, findings->n);
	error_done(&findings->error);
}

enum {
	N_OF_HOST = 4, /* the last features: how the host is set up */
};

struct asker {
	bool all;
	doctor_callback callback;
	void *userdata;
};

struct doctor {
	struct job job;        /* first: it is the job */
	struct worker *worker; /* always: what strangers ask for opens nothing that stays */
	const struct watch *watch;
	struct asker *askers; /* while the job runs */
	size_t n_askers;
	struct findings findings; /* of the job */
	atomic_bool stop;         /* vifd ends */
};

static void doctor_run(struct job *job)
{
	struct doctor *doctor = (struct doctor *)job;
	struct findings *findings = &doctor->findings;

	(void)host_filters_read(usual_bridge, NULL, &findings->filters, NULL);
	(void)networkd_find(NETWORKD_NETWORK, "", &findings->networkd);
	(void)networkd_find(NETWORKD_LINK, "", &findings->udev);
	probe_run(&doctor->stop, &findings->results, &findings->n, &findings->error);
}

static struct feature_record feature_tell(const struct feature *feature, bool ok,
					  const char *detail)
{
	return (struct feature_record){
		.name = feature->name,
		.status = ok ? "yes" : "no",
		.detail = detail,
		.purpose = feature->purpose,
		.serves = (char **)feature->serves,
		.needed = feature->needed,
		.remedy = feature->remedy,
	};
}

static const struct probe_result *result_of(const struct findings *findings, const char *name)
{
	for (size_t i = 0; name && i < findings->n; i++)
		if (!strcmp(findings->results[i].name, name))
			return &findings->results[i];
	return NULL;
}

static size_t add_kernel(const struct findings *findings, struct feature_record *features)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kernel_features); i++) {
		const struct feature *feature = &kernel_features[i];
		const struct probe_result *result = result_of(findings, feature->name);
		const struct probe_result *instead = result_of(findings, feature->instead);

		if (!result)
			continue;
		features[n] = feature_tell(feature, result->ok, result->detail ?: "");
		if (instead && instead->ok)
			features[n].needed = false;
		n++;
	}
	return n;
}

/* Its name has the machine's, or is that of a distribution. The caller's; NULL: none. */
static char *qemu_find(void)
{
	AUTO_FREE char *name = NULL;
	struct utsname host;
	char *file = NULL;

	if (uname(&host) == 0)
		name = text_format("qemu-system-%s", host.machine);
	if (name)
		file = program_find(name);
	return file ?: program_find("qemu-kvm");
}

static void add_programs(char *const *paths, struct feature_record *features)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		features[i] = feature_tell(&programs[i], paths[i], paths[i] ?: "not found");
}

/* "chain input of table inet hostfw drops, iptables-legacy has …". The caller's, or NULL. */
static char *name_filters(const struct host_filters *filters)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	char *names;

	for (size_t i = 0; i < filters->n; i++) {
		const struct host_filter *filter = &filters->items[i];

		text_add(&text, "%s", i ? ", " : "");
		if (filter->unclear)
			text_add(&text, "iptables-legacy has %zu rule%s in chain %s of table %s %s",
				 filter->n_rules, filter->n_rules == 1 ? "" : "s", filter->chain,
				 filter->family, filter->table);
		else
			text_add(&text, "chain %s of table %s %s%s drops", filter->chain,
				 filter->family, filter->table,
				 filter->legacy ? " (iptables-legacy)" : "");
	}
	return text_take(&text, &names) < 0 ? NULL : names;
}

static bool any_drops(const struct host_filters *filters)
{
	for (size_t i = 0; i < filters->n; i++)
		if (!filters->items[i].unclear)
			return true;
	return false;
}

/* "eth1, eth2". The caller's; NULL: none. */
static char *name_deaf(const struct facts *facts)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE int *deaf = NULL;
	char *names = NULL;
	size_t n = 0;

	(void)host_ip_find_deaf(facts, &deaf, &n, NULL);
	for (size_t i = 0; i < n; i++)
		text_add(&text, "%s%s", i ? ", " : "", facts_get(facts, deaf[i])->name);
	return n == 0 || text_take(&text, &names) < 0 ? NULL : names;
}

/* Who asks from here on is told by the next job. */
static void tell_askers(struct doctor *doctor, const struct record_list *features,
			const struct error *error)
{
	AUTO_FREE struct asker *askers = take_ptr(doctor->askers);
	size_t n = doctor->n_askers;

	doctor->n_askers = 0;
	for (size_t i = 0; i < n; i++) {
		const struct record_list part = {
			features->items,
			features->n - (askers[i].all ? 0 : N_OF_HOST),
		};

		askers[i].callback(askers[i].userdata, error ? NULL : &part, error);
	}
}

static void doctor_done(struct job *job, void *userdata)
{
	struct feature_record
		features[ARRAY_SIZE(kernel_features) + ARRAY_SIZE(programs) + N_OF_HOST];
	AUTO_FREE char *filters = NULL, *taken = NULL, *changed = NULL, *deaf = NULL;
	struct record_list list = { features, 0 };
	struct doctor *doctor = (struct doctor *)job;
	AUTO(findings_done) struct findings findings = doctor->findings;
	char *paths[ARRAY_SIZE(programs)];

	doctor->findings = (struct findings){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		paths[i] = streq(programs[i].name, "qemu") ? qemu_find()
							   : program_find(programs[i].name);
	list.n = add_kernel(&findings, features);
	add_programs(paths, features + list.n);
	list.n += ARRAY_SIZE(programs);
	filters = name_filters(&findings.filters);
	if (findings.networkd)
		taken = text_format("%s matches vifd's devices", findings.networkd);
	if (findings.udev)
		changed = text_format("%s matches vifd's devices", findings.udev);
	features[list.n++] = feature_tell(&packet_filters, !any_drops(&findings.filters),
					  filters ?: "");
	features[list.n++] = feature_tell(&networkd, !findings.networkd, taken ?: "");
	features[list.n++] = feature_tell(&udev, !findings.udev, changed ?: "");
	deaf = name_deaf(watch_facts(doctor->watch));
	features[list.n++] = feature_tell(&advertisements, !deaf, deaf ?: "");
	tell_askers(doctor, &list, findings.error.code ? &findings.error : NULL);
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		free(paths[i]);
}

int doctor_new(sd_event *event, const struct watch *watch, struct doctor **ret_doctor,
	       struct error *err)
{
	struct doctor *doctor = calloc(1, sizeof(*doctor));
	int r;

	if (!doctor)
		return error_oom(err);
	doctor->watch = watch;
	r = worker_new(event, doctor, &doctor->worker, err);
	if (r < 0) {
		free(doctor);
		return r;
	}
	doctor->job = (struct job){ doctor_run, doctor_done, NULL };
	*ret_doctor = doctor;
	return 0;
}

void doctor_free(struct doctor *doctor)
{
	if (!doctor)
		return;
	atomic_store(&doctor->stop, true);
	worker_free(doctor->worker);
	free(doctor->askers);
	free(doctor);
}

int doctor_ask(struct doctor *doctor, bool all, doctor_callback callback, void *userdata,
	       struct error *err)
{
	struct asker *asker = array_add(&doctor->askers, &doctor->n_askers, sizeof(*asker));

	if (!asker)
		return error_oom(err);
	*asker = (struct asker){ all, callback, userdata };
	if (doctor->n_askers == 1)
		worker_submit(doctor->worker, &doctor->job);
	return 0;
}

bool doctor_is_idle(const struct doctor *doctor)
{
	return doctor->n_askers == 0;
}
