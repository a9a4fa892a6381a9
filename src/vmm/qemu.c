/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * QEMU and open descriptors.
 *
 *	-netdev tap,id=hostnet0,fds=5:6,vhost=on,vhostfds=7:8
 *	-device pcie-root-port,id=net0-port,chassis=255,slot=1
 *	-device virtio-net-pci,netdev=hostnet0,id=net0,mac=…,mq=on,vectors=6,bus=net0-port
 *	-qmp unix:/run/vifd/qmp/4711,server=on,wait=off
 *
 * NICs are nic.h's JSON objects in the syntax of a command line:
 * comma-separated, the first without its key, a comma inside a value written
 * twice. (-device takes JSON only since QEMU 6.2.)
 *
 * A root port is known to the guest by chassis and slot; two of the same are
 * refused. People count chassis from 0 or 1, so ours are in the last one.
 *
 * q35 has to be named: what machine a QEMU takes that is told none differs
 * between architectures and builds, and on x86 it is pc.
 */
#include <string.h>
#include <sys/un.h>

#include "util/parse.h"
#include "vmm/qemu.h"

enum {
	ROOT_PORT_CHASSIS = 255,
};

bool is_qemu(const char *program)
{
	static const char *const names[] = { "kvm", "qemu-kvm" };
	const char *slash = strrchr(program, '/');
	const char *base = slash ? slash + 1 : program;

	return !strncmp(base, "qemu-system", strlen("qemu-system")) ||
	       name_index(names, ARRAY_SIZE(names), base) >= 0;
}

/* The value of type= in "q35,accel=kvm" or "accel=kvm,type=q35", up to ',' or the end. */
static const char *machine_type(const char *value)
{
	size_t length = strcspn(value, ",=");

	if (value[length] != '=')
		return value;
	for (const char *part = value; part; part = strchr(part, ',')) {
		part += *part == ',';
		if (!strncmp(part, "type=", strlen("type=")))
			return part + strlen("type=");
	}
	return NULL;
}

static bool type_is_q35(const char *type)
{
	size_t length = strcspn(type, ",");

	return (length == strlen("q35") && !strncmp(type, "q35", length)) ||
	       !strncmp(type, "pc-q35-", strlen("pc-q35-"));
}

bool qemu_has_machine_q35(char *const *argv)
{
	static const char *const options[] = { "-M", "--M", "-machine", "--machine" };
	bool q35 = false;

	for (char *const *a = argv; a[0] && a[1]; a++) {
		const char *type;

		if (name_index(options, ARRAY_SIZE(options), a[0]) < 0)
			continue;
		type = machine_type(a[1]);
		if (type)
			q35 = type_is_q35(type);
	}
	return q35;
}

void fds_print(const int *fds, size_t n, const char *separator, struct text *text)
{
	for (size_t i = 0; i < n; i++)
		text_add(text, "%s%d", i ? separator : "", fds[i]);
}

static void string_add(struct text *text, const char *string)
{
	for (const char *c = string; *c; c++)
		text_add(text, "%s%c", *c == ',' ? "," : "", *c);
}

static void value_add(struct text *text, const json_t *value)
{
	if (json_is_boolean(value))
		text_add(text, "%s", json_is_true(value) ? "on" : "off");
	else if (json_is_integer(value))
		text_add(text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else
		string_add(text, json_string_value(value));
}

/* Appends the option and the members of the object as its value. Takes the object. */
static int option_add(struct argv *argv, const char *option, json_t *object, struct error *err)
{
	json_auto_t *owned = object;
	AUTO_TEXT struct text name = TEXT_INIT, text = TEXT_INIT;
	const char *key, *separator = "";
	json_t *value;

	if (!object)
		return error_oom(err);
	text_add(&name, "%s", option);
	json_object_foreach(owned, key, value)
	{
		if (*separator)
			text_add(&text, "%s%s=", separator, key);
		value_add(&text, value);
		separator = ",";
	}
	return argv_add(argv, &name, err) ?: argv_add(argv, &text, err);
}

static int netdev_add(struct argv *argv, const struct vmm_nic *nic, const char *id,
		      struct error *err)
{
	AUTO_TEXT struct text text = TEXT_INIT, vhost_text = TEXT_INIT;
	AUTO_FREE char *fds = NULL, *vhost_fds = NULL;

	fds_print(nic->fds, nic->n_fds, ":", &text);
	fds_print(nic->vhost_fds, nic->n_vhost_fds, ":", &vhost_text);
	if (text_take(&text, &fds) < 0 || text_take(&vhost_text, &vhost_fds) < 0)
		return error_oom(err);
	return option_add(argv, "-netdev",
			  vmm_nic_netdev(nic, id, fds, nic->n_vhost_fds ? vhost_fds : NULL), err);
}

static int root_port_add(struct argv *argv, const char *id, size_t index, struct error *err)
{
	return option_add(argv, "-device",
			  json_pack("{s:s, s:s+, s:i, s:i}", "driver", "pcie-root-port", "id", id,
				    "-port", "chassis", ROOT_PORT_CHASSIS, "slot", (int)index + 1),
			  err);
}

static int device_add(struct argv *argv, const struct vmm_nic *nic, const char *id, bool on_port,
		      struct error *err)
{
	json_auto_t *device = vmm_nic_device(nic, id);

	if (device && on_port &&
	    json_object_set_new(device, "bus", json_sprintf("%s-port", id)) < 0)
		return error_oom(err);
	return option_add(argv, "-device", take_ptr(device), err);
}

int qemu_add_nic(struct argv *argv, const struct vmm_nic *nic, size_t index, bool root_port,
		 struct error *err)
{
	bool on_port = root_port && nic->direct && vmm_nic_is_express(nic);
	bool waits = nic->direct && nic->n_fds == 0;
	AUTO_FREE char *id = NULL;
	int r;

	r = vmm_nic_id(nic, &id, err);
	if (r == 0 && !waits)
		r = vmm_nic_check_fds(nic, err);
	if (r == 0 && on_port)
		r = root_port_add(argv, id, index, err);
	if (r < 0 || waits)
		return r;
	return netdev_add(argv, nic, id, err) ?: device_add(argv, nic, id, on_port, err);
}

int qemu_add_qmp(struct argv *argv, const char *path, struct error *err)
{
	size_t max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;
	AUTO_TEXT struct text name = TEXT_INIT, text = TEXT_INIT;

	if (strlen(path) > max)
		return error_set(err, -ENAMETOOLONG, ERROR_INVALID_ARGUMENT,
				 "QEMU cannot have its QMP socket at %s: a socket's path has at "
				 "most %zu bytes",
				 path, max);
	text_add(&name, "-qmp");
	text_add(&text, "unix:");
	string_add(&text, path);
	text_add(&text, ",server=on,wait=off");
	return argv_add(argv, &name, err) ?: argv_add(argv, &text, err);
}
