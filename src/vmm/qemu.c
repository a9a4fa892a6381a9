/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * QEMU and open descriptors.
 *
 *	-netdev tap,id=hostnet0,fds=5:6,vhost=on,vhostfds=7:8
 *	-device virtio-net-pci,netdev=hostnet0,id=net0,mac=…,mq=on,vectors=6,host_mtu=9000
 *
 * Rules that are QEMU's, not ours:
 *
 *  - fd= forbids all that would configure the tap (ifname, script, vnet_hdr,
 *    queues); QEMU asks the descriptor.
 *  - vhost=on without a vhost-net descriptor aborts QEMU 7.2 where the host
 *    has no /dev/vhost-net. So it is said only together with descriptors.
 *  - N queues want mq=on and 2N+2 vectors: one a receive and a transmit queue,
 *    one for configuration changes, one for the control queue.
 *  - mq, vectors and host_mtu are properties of virtio-net only, and any other
 *    device refuses to start with them.
 *  - A comma inside a value is written twice.
 *
 * host_mtu tells the guest's driver the MTU. 1500 is what a guest takes without
 * being told; it is left out, so that the device is the same as on a host that
 * knows nothing of this.
 */
#include <string.h>

#include "util/parse.h"
#include "vmm/qemu.h"

enum {
	GUEST_DEFAULT_MTU = 1500,
};

bool is_qemu(const char *program)
{
	static const char *const names[] = { "kvm", "qemu-kvm" };
	const char *slash = strrchr(program, '/');
	const char *base = slash ? slash + 1 : program;

	return !strncmp(base, "qemu-system", strlen("qemu-system")) ||
	       name_index(names, ARRAY_SIZE(names), base) >= 0;
}

void fds_print(const int *fds, size_t n, const char *separator, struct text *text)
{
	for (size_t i = 0; i < n; i++)
		text_add(text, "%s%d", i ? separator : "", fds[i]);
}

static bool model_is_virtio(const char *model)
{
	return !strncmp(model, "virtio", strlen("virtio"));
}

/* libvirt's names of models; one that is not here is a device's name already. */
static const char *model_device(const char *model)
{
	static const char *const devices[][2] = {
		{ "virtio", "virtio-net-pci" },
		{ "virtio-transitional", "virtio-net-pci-transitional" },
		{ "virtio-non-transitional", "virtio-net-pci-non-transitional" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		if (streq(model, devices[i][0]))
			return devices[i][1];
	return model;
}

/* util/id.c of QEMU, id_wellformed(): a letter, then letters, digits, '-', '.', '_'. */
static bool id_is_valid(const char *id)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char all[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789-._";

	return *id && strchr(letters, *id) && id[strspn(id, all)] == '\0';
}

static void value_add(struct text *text, const char *value)
{
	for (const char *c = value; *c; c++)
		text_add(text, "%s%c", *c == ',' ? "," : "", *c);
}

static void fds_add(struct text *text, const char *one, const char *many, const int *fds, size_t n)
{
	text_add(text, ",%s=", n > 1 ? many : one);
	fds_print(fds, n, ":", text);
}

static int netdev_add(struct argv *argv, const struct vmm_nic *nic, const char *id,
		      struct error *err)
{
	AUTO_TEXT struct text name = TEXT_INIT, text = TEXT_INIT;

	text_add(&name, "-netdev");
	text_add(&text, "tap,id=host%s", id);
	fds_add(&text, "fd", "fds", nic->fds, nic->n_fds);
	if (nic->n_vhost_fds) {
		text_add(&text, ",vhost=on");
		fds_add(&text, "vhostfd", "vhostfds", nic->vhost_fds, nic->n_vhost_fds);
	}
	return argv_add(argv, &name, err) ?: argv_add(argv, &text, err);
}

static int device_add(struct argv *argv, const struct vmm_nic *nic, const char *id,
		      struct error *err)
{
	AUTO_TEXT struct text name = TEXT_INIT, text = TEXT_INIT;

	text_add(&name, "-device");
	value_add(&text, model_device(nic->model));
	text_add(&text, ",netdev=host%s,id=%s,mac=%s", id, id, nic->mac);
	if (model_is_virtio(nic->model)) {
		if (nic->n_fds > 1)
			text_add(&text, ",mq=on,vectors=%zu", 2 * nic->n_fds + 2);
		if (nic->mtu && nic->mtu != GUEST_DEFAULT_MTU)
			text_add(&text, ",host_mtu=%u", nic->mtu);
	}
	return argv_add(argv, &name, err) ?: argv_add(argv, &text, err);
}

int qemu_add_nic(struct argv *argv, const struct vmm_nic *nic, size_t index, struct error *err)
{
	AUTO_FREE char *id = NULL;

	if (nic->alias && !id_is_valid(nic->alias))
		return error_set(
			err, -EINVAL, ERROR_INVALID_ARGUMENT,
			"QEMU cannot have a device with the alias '%s': an id is a letter, "
			"then letters, digits, '-', '.' and '_'",
			nic->alias);
	if (nic->n_fds == 0 || (nic->n_vhost_fds && nic->n_vhost_fds != nic->n_fds))
		return error_set(err, -EINVAL, ERROR_SYSTEM,
				 "%s has %zu file descriptors and %zu of vhost-net: no VMM can "
				 "use that",
				 nic->ifname, nic->n_fds, nic->n_vhost_fds);
	if (nic->alias)
		id = strdup(nic->alias);
	else if (asprintf(&id, "net%zu", index) < 0)
		id = NULL;
	if (!id)
		return error_oom(err);
	return netdev_add(argv, nic, id, err) ?: device_add(argv, nic, id, err);
}
