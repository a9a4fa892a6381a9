/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vif run: plugs, becomes the VMM, and vifd unplugs when it has ended.
 *
 * No process of ours stays beside the VMM. exec(2) keeps the process's pid and
 * start time, so the ports are plugged for ourselves, and vifd watches what we
 * become: whatever way it ends, the ports go with it. The same holds for us: if
 * vif is killed between plug and exec, they go too.
 *
 * What can be known before is looked at before: all --nic are read, and the
 * command must have a place for each NIC. Then they are plugged in order; when
 * one cannot be had, or the VMM cannot be run, those before are unplugged.
 *
 * QEMU gets a QMP monitor of its own for vifd, on a socket in a folder of root's.
 * Who may not write there has none: that is no reason not to run.
 *
 * Our descriptors of a tap are the VMM's by keeping them over exec. All others,
 * the connection to vifd among them, are close-on-exec: they end with exec and
 * are still there to undo with when exec fails.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "cli/client.h"
#include "cli/document.h"
#include "util/parse.h"
#include "util/text.h"
#include "vmm/command.h"
#include "vmm/qemu.h"

enum {
	STATUS_NOT_RUN = 126,
	STATUS_NOT_FOUND = 127,
};

struct nic {
	struct document document;
	struct vif_plugged *plugged; /* NULL before */
};

struct run {
	struct nic *nics;
	bool *wants_fds;
	size_t n;
	char *qmp; /* the path of the VMM's QMP socket, or NULL */
};

static void run_done(struct run *run)
{
	for (size_t i = 0; run->nics && i < run->n; i++) {
		document_done(&run->nics[i].document);
		vif_plugged_free(run->nics[i].plugged);
	}
	free(run->nics);
	free(run->wants_fds);
	free(run->qmp);
}

/* No two processes that run have the same pid; what one has left QEMU replaces. */
static int run_choose_qmp(char *const *command, struct run *run, struct error *err)
{
	AUTO_FREE char *folder = text_format("%s/qmp", vif_runtime_dir()), *path = NULL;

	if (!folder)
		return error_oom(err);
	if (!is_qemu(command[0]) || access(folder, W_OK) < 0)
		return 0;
	path = text_format("%s/%d.sock", folder, (int)getpid());
	if (!path)
		return error_oom(err);
	if (strlen(path) < sizeof(((struct sockaddr_un *)NULL)->sun_path))
		run->qmp = take_ptr(path);
	return 0;
}

static int run_read(const struct arguments *arguments, struct run *run, struct error *err)
{
	run->n = arguments->n_nics;
	run->nics = calloc(run->n, sizeof(*run->nics));
	run->wants_fds = calloc(run->n, sizeof(*run->wants_fds));
	if (!run->nics || !run->wants_fds)
		return error_oom(err);
	for (size_t i = 0; i < run->n; i++) {
		int r = document_read(arguments->nics[i], &run->nics[i].document, err);

		if (r < 0)
			return r;
	}
	return vmm_command_check(arguments->words, run->n, run->wants_fds, err);
}

/* As the shell finds and tells it: 127 is none, 126 is one that cannot be run. */
static int command_status(int code)
{
	return code == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_RUN;
}

/* 0, or why this file cannot be executed. */
static int file_executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) && access(path, X_OK) == 0 ? 0 : -EACCES;
}

/* On the way that execvp(3) goes. One that may not be run is told only where there is no other. */
static int command_search(const char *name)
{
	AUTO_FREE char *path = strdup(getenv("PATH") ?: "/bin:/usr/bin");
	char *rest = path, *folder;
	int result = -ENOENT;

	if (!path)
		return -ENOMEM;
	while ((folder = strsep(&rest, ":"))) {
		AUTO_FREE char *file = text_format("%s/%s", *folder ? folder : ".", name);
		int r = file ? file_executable(file) : -ENOMEM;

		if (r == 0 || r == -ENOMEM)
			return r;
		if (r == -EACCES)
			result = r;
	}
	return result;
}

/* Before anything is plugged for it. */
static int command_find(struct cli *cli, const char *name, struct error *err)
{
	bool is_path = strchr(name, '/');
	int r = is_path ? file_executable(name) : command_search(name);

	if (r == 0)
		return 0;
	cli->status = command_status(r);
	if (r == -ENOENT || r == -ENOTDIR)
		return error_set(err, r, ERROR_SYSTEM, "the command %s does not exist%s", name,
				 is_path ? "" : " in any folder of $PATH");
	return error_system(err, r, "cannot run %s", name);
}

static int nic_plug(struct cli *cli, struct nic *nic, const struct plug_request *request,
		    struct error *err)
{
	AUTO(vif_record_freep) struct vif_record *options = NULL;
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	int r;

	r = plug_options(request, &options, err);
	if (r < 0)
		return r;
	r = vif_port_plug(cli->vif, nic->document.xml, nic->document.source, options, &nic->plugged,
			  &failure);
	if (r == 0)
		return 0;
	r = client_fail(r, &failure, err);
	document_translate(&nic->document, err);
	return r;
}

/*
 * Closes our descriptors first, so that nobody holds the tap. A port that cannot
 * be unplugged now goes when this process ends, which is soon.
 */
static void run_unplug(struct cli *cli, struct run *run)
{
	for (size_t i = run->n; i-- > 0;) {
		struct vif_plugged *plugged = take_ptr(run->nics[i].plugged);
		AUTO_FREE char *name = NULL;

		if (plugged && vif_record_string(plugged->port, "name"))
			name = strdup(vif_record_string(plugged->port, "name"));
		vif_plugged_free(plugged);
		if (name)
			(void)vif_port_unplug(cli->vif, name, true, NULL);
	}
}

static struct vmm_nic nic_facts(const struct vif_plugged *plugged)
{
	const struct vif_record *port = plugged->port;

	return (struct vmm_nic){
		.name = vif_record_string(port, "name") ?: "",
		.ifname = vif_record_string(port, "ifname") ?: "",
		.mac = vif_record_string(port, "mac") ?: "",
		.model = vif_record_string(port, "model") ?: "virtio",
		.alias = vif_record_string(port, "alias"),
		.mtu = (unsigned)vif_record_number(port, "mtu"),
		.direct = streq(vif_record_string(port, "port-type"), "direct"),
		.fds = plugged->fds,
		.n_fds = plugged->n_fds,
		.vhost_fds = plugged->vhost_fds,
		.n_vhost_fds = plugged->n_vhost_fds,
	};
}

static int command_make(const struct run *run, char *const *command, char ***ret_argv,
			struct error *err)
{
	AUTO_FREE struct vmm_nic *nics = calloc(run->n, sizeof(*nics));

	if (!nics)
		return error_oom(err);
	for (size_t i = 0; i < run->n; i++)
		nics[i] = nic_facts(run->nics[i].plugged);
	return vmm_command_make(command, nics, run->n, run->qmp, ret_argv, err);
}

static int fds_keep(const int *fds, size_t n, struct error *err)
{
	for (size_t i = 0; i < n; i++)
		if (fcntl(fds[i], F_SETFD, 0) < 0)
			return error_system(err, -errno, "cannot hand over a file descriptor");
	return 0;
}

/* Returns only when it fails. */
static int command_exec(struct cli *cli, const struct run *run, char *const *command,
			struct error *err)
{
	AUTO(argv_freep) char **argv = NULL;
	int r;

	r = command_make(run, command, &argv, err);
	for (size_t i = 0; r == 0 && i < run->n; i++) {
		const struct vif_plugged *plugged = run->nics[i].plugged;

		r = fds_keep(plugged->fds, plugged->n_fds, err)
			    ?: fds_keep(plugged->vhost_fds, plugged->n_vhost_fds, err);
	}
	if (r < 0)
		return r;
	(void)execvp(argv[0], argv);
	r = -errno;
	cli->status = command_status(r);
	return error_system(err, r, "cannot run %s", argv[0]);
}

static int run_plug(struct cli *cli, const struct arguments *arguments, struct run *run,
		    struct error *err)
{
	struct plug_request request = {
		.guest = arguments->guest,
		.pid = (uint32_t)getpid(),
		.wait = arguments->wait,
		.owner = arguments->owner,
		.qmp = run->qmp,
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < run->n; i++) {
		request.by_name = !run->wants_fds[i];
		r = nic_plug(cli, &run->nics[i], &request, err);
	}
	return r;
}

static int run_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	AUTO(run_done) struct run run = { 0 };
	int r;

	r = command_find(cli, arguments->words[0], err);
	if (r == 0)
		r = run_read(arguments, &run, err);
	if (r < 0)
		return r;
	r = client_connect(cli, err);
	if (r == 0)
		r = run_choose_qmp(arguments->words, &run, err);
	if (r == 0)
		r = run_plug(cli, arguments, &run, err);
	if (r == 0)
		r = command_exec(cli, &run, arguments->words, err);
	run_unplug(cli, &run);
	return r;
}

const struct verb verb_run = {
	.name = "run",
	.synopsis = "--nic FILE|SPEC… [--guest NAME] [--owner USER] [--wait] -- COMMAND…",
	.summary = "Connects NICs and runs a VMM with them; they go when it ends.",
	.help = "A SPEC is network=NAME, dev=IFACE[,mode=MODE], bridge=BR or ethernet, and behind "
		"it\n"
		"any of portgroup= dev-mac= mac= target= model= queues= driver= mtu= link= alias= "
		"type=\n"
		"vlan= and the words isolated, trust, wait and follow-link. With --wait a NIC\n"
		"whose host interface or bridge is absent waits for it while the guest runs. A "
		"device that\n"
		"COMMAND opens by its name is yours, or USER's.\n"
		"\n"
		"QEMU gets its -netdev, -device and -qmp arguments. For another VMM its arguments "
		"say "
		"where\n"
		"things go: {fd}, {fds} (3:4), {fdlist} (3,4), {vhostfds}, {mac}, {ifname}, {mtu}; "
		"{fd:2}\n"
		"is the second --nic's.",
	.options = OPTION_NIC | OPTION_GUEST | OPTION_OWNER | OPTION_WAIT | OPTION_COMMAND,
	.min_words = 1,
	.max_words = WORDS_MAX,
	.run = run_run,
};
