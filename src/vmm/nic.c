/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
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
 *
 * host_mtu tells the guest's driver the MTU. 1500 is what a guest takes without
 * being told; it is left out, so that the device is the same as on a host that
 * knows nothing of this.
 */
#include <string.h>

#include "util/parse.h"
#include "util/text.h"
#include "vmm/nic.h"

enum {
	GUEST_DEFAULT_MTU = 1500,
};

/* util/id.c of QEMU, id_wellformed(): a letter, then letters, digits, '-', '.', '_'. */
static const char id_letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char id_characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._";

static bool id_is_valid(const char *id)
{
	return *id && strchr(id_letters, *id) && id[strspn(id, id_characters)] == '\0';
}

static char *id_from_name(const char *name)
{
	char *id;

	if (id_is_valid(name))
		return strdup(name);
	id = text_format("nic-%s", name);
	if (!id)
		return NULL;
	for (char *c = id; *c; c++)
		if (!strchr(id_characters, *c))
			*c = '_';
	return id;
}

int vmm_nic_id(const struct vmm_nic *nic, char **ret_id, struct error *err)
{
	char *id;

	if (nic->alias && !id_is_valid(nic->alias))
		return error_set(
			err, -EINVAL, ERROR_INVALID_ARGUMENT,
			"QEMU cannot have a device with the alias '%s': an id is a letter, "
			"then letters, digits, '-', '.' and '_'",
			nic->alias);
	id = nic->alias ? strdup(nic->alias) : id_from_name(nic->name);
	if (!id)
		return error_oom(err);
	*ret_id = id;
	return 0;
}

int vmm_nic_check_fds(const struct vmm_nic *nic, struct error *err)
{
	if (nic->n_fds && (!nic->n_vhost_fds || nic->n_vhost_fds == nic->n_fds))
		return 0;
	return error_set(err, -EINVAL, ERROR_SYSTEM,
			 "%s has %zu file descriptors and %zu of vhost-net: no VMM can use that",
			 nic->name, nic->n_fds, nic->n_vhost_fds);
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

bool vmm_nic_is_express(const struct vmm_nic *nic)
{
	static const char *const devices[] = {
		"virtio-net-pci", "virtio-net-pci-non-transitional", "e1000e", "igb", "vmxnet3",
	};

	return name_index(devices, ARRAY_SIZE(devices), model_device(nic->model)) >= 0;
}

json_t *vmm_nic_netdev(const struct vmm_nic *nic, const char *id, const char *fds,
		       const char *vhost_fds)
{
	bool many = nic->n_fds > 1;
	json_t *netdev;

	netdev = json_pack("{s:s, s:s+, s:s}", "type", "tap", "id", "host", id, many ? "fds" : "fd",
			   fds);
	if (netdev && vhost_fds &&
	    (json_object_set_new(netdev, "vhost", json_true()) < 0 ||
	     json_object_set_new(netdev, many ? "vhostfds" : "vhostfd", json_string(vhost_fds)))) {
		json_decref(netdev);
		return NULL;
	}
	return netdev;
}

static bool device_add_virtio(json_t *device, const struct vmm_nic *nic)
{
	int r = 0;

	if (nic->n_fds > 1)
		r |= json_object_set_new(device, "mq", json_true()) |
		     json_object_set_new(device, "vectors",
					 json_integer(2 * (json_int_t)nic->n_fds + 2));
	if (nic->mtu && nic->mtu != GUEST_DEFAULT_MTU)
		r |= json_object_set_new(device, "host_mtu", json_integer(nic->mtu));
	return r == 0;
}

json_t *vmm_nic_device(const struct vmm_nic *nic, const char *id)
{
	json_t *device;

	device = json_pack("{s:s, s:s+, s:s, s:s}", "driver", model_device(nic->model), "netdev",
			   "host", id, "id", id, "mac", nic->mac);
	if (device && model_is_virtio(nic->model) && !device_add_virtio(device, nic)) {
		json_decref(device);
		return NULL;
	}
	return device;
}
