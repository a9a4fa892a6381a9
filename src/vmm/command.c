/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "vmm/argv.h"
#include "vmm/command.h"
#include "vmm/placeholders.h"
#include "vmm/qemu.h"

/* QEMU would go on in a child, and vifd would unplug when the process that it knows has ended. */
static int daemonize_check(char *const *argv, struct error *err)
{
	if (!is_qemu(argv[0]))
		return 0;
	for (char *const *a = argv; *a; a++)
		if (!strcmp(*a, "-daemonize") || !strcmp(*a, "--daemonize"))
			return error_set(
				err, -EINVAL, ERROR_NOT_SUPPORTED,
				"QEMU's %s would leave its ports behind: they belong to "
				"the process that vif run becomes; run that in the background",
				*a);
	return 0;
}

int vmm_command_check(char *const *argv, size_t n, bool *wants_fds, struct error *err)
{
	int r;

	r = daemonize_check(argv, err);
	if (r < 0)
		return r;
	if (placeholders_occur(argv))
		return placeholders_check(argv, n, wants_fds, err);
	if (!is_qemu(argv[0]))
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "%s is not QEMU, so its arguments must say where the NIC goes: "
				 "{fd}, {fds}, {fdlist} or {ifname}",
				 argv[0]);
	for (size_t i = 0; i < n; i++)
		wants_fds[i] = true;
	return 0;
}

static int argument_make(struct argv *made, const char *argument, bool fill,
			 const struct vmm_nic *nics, size_t n, struct error *err)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	int r;

	if (!fill) {
		text_add(&text, "%s", argument);
		return argv_add(made, &text, err);
	}
	r = placeholders_fill(argument, nics, n, &text, err);
	return r < 0 ? r : argv_add(made, &text, err);
}

/* A NIC that comes later needs somebody to plug it. */
static int waiting_check(const struct vmm_nic *nics, size_t n, const char *qmp_path,
			 struct error *err)
{
	for (size_t i = 0; i < n && !qmp_path; i++)
		if (nics[i].direct && nics[i].n_fds == 0)
			return error_set(err, -EINVAL, ERROR_NOT_SUPPORTED,
					 "%s waits for its host interface, and without a QMP "
					 "socket QEMU cannot be given it later",
					 nics[i].name);
	return 0;
}

static int qemu_nics_add(struct argv *made, char *const *argv, const struct vmm_nic *nics, size_t n,
			 const char *qmp_path, struct error *err)
{
	bool root_port = qemu_has_machine_q35(argv);
	int r;

	r = waiting_check(nics, n, qmp_path, err);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = qemu_add_nic(made, &nics[i], i, root_port, err);
	return r;
}

int vmm_command_make(char *const *argv, const struct vmm_nic *nics, size_t n, const char *qmp_path,
		     char ***ret_argv, struct error *err)
{
	AUTO_ARGV struct argv made = { 0 };
	bool fill = placeholders_occur(argv);
	int r = 0;

	for (char *const *a = argv; r == 0 && *a; a++)
		r = argument_make(&made, *a, fill, nics, n, err);
	if (r == 0 && !fill)
		r = qemu_nics_add(&made, argv, nics, n, qmp_path, err);
	if (r == 0 && qmp_path && is_qemu(argv[0]))
		r = qemu_add_qmp(&made, qmp_path, err);
	if (r < 0)
		return r;
	*ret_argv = take_ptr(made.items);
	return 0;
}
