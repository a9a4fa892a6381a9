/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The steps, and what the guest has while each is on its way:
 *
 *	look		qom-list /machine/peripheral		?
 *	find-bus	qom-get parent_bus			old NIC (or none)
 *	find-addr	qom-get addr				old NIC
 *	give		getfd, for each descriptor		old NIC
 *	watch		query-rx-filter				old NIC
 *	unplug		device_del, and DEVICE_DELETED		unsure
 *	drop-netdev	netdev_del				none
 *	add-netdev	netdev_add				none
 *	add-device	device_add				unsure
 *	set-link	set_link				new NIC
 *
 * Descriptors are given before the NIC is taken away: a monitor that cannot
 * take them is found out while nothing is lost. Their names are fixed, so that
 * those which a broken attempt has left are replaced by the next one's.
 *
 * A bus has the name by which device_add knows it as the last part of its path
 * in QOM; addr is slot * 8 + function.
 *
 * The guest has to agree to an unplug, and one that is just booting forgets that
 * it was asked. It is asked again when it gives a sign of life: its driver sets
 * the NIC's receive filter, of which QEMU tells once after each query-rx-filter.
 * (Only virtio-net has that.) So a guest's own speed of booting is waited for,
 * and no clock is needed. How often is bounded, because the guest decides it.
 *
 * A guest that hears is not asked again. With ACPI it notes the question each
 * time, and might eject the slot once more when the new NIC is in it. Whether it
 * hears is told by the filter too: "vlan" is "all" until the driver of an
 * operating system has agreed with the NIC on VLAN filtering (those of iPXE and
 * OVMF do not). For the same reason NICs take turns: while one slot waits to be
 * ejected, every event of another makes the guest note that once more. Five NICs
 * at a time left Linux 6.1 on "pc" with none.
 *
 * An answer that cannot be had is not always a failure: a NIC whose place cannot
 * be found is plugged where QEMU likes, a netdev that is not there need not be
 * dropped. But a connection that has failed always is.
 */
#include <string.h>

#include "util/parse.h"
#include "util/text.h"
#include "vmm/replug.h"

enum {
	ASK_MAX = 64,
};

enum step {
	STEP_LOOK,
	STEP_FIND_BUS,
	STEP_FIND_ADDR,
	STEP_GIVE,
	STEP_WATCH,
	STEP_UNPLUG,
	STEP_DROP_NETDEV,
	STEP_ADD_NETDEV,
	STEP_ADD_DEVICE,
	STEP_SET_LINK,
	STEP_COUNT,
};

enum outcome {
	STEP_NEXT,
	STEP_AGAIN, /* begins once more */
	STEP_WAIT,  /* for the guest */
};

struct replug {
	struct qmp *qmp; /* NULL when done */
	struct qmp_listener listener;
	struct qmp_turn turn;
	replug_done done;
	void *userdata;

	char *id;
	json_t *netdev, *device; /* what will be added */
	int *fds;                /* the queues', then vhost-net's; borrowed */
	size_t n_queues, n_fds;
	bool must_exist, link_down;
	char *bus, *addr;

	enum step step;
	enum replug_guest guest;
	bool existed;      /* the guest had the NIC */
	bool has_port;     /* there is a root port for it */
	bool waiting;      /* for the guest */
	bool asked;        /* QEMU has taken a device_del */
	bool hears;        /* the guest's driver ran when it was asked */
	bool alive;        /* the guest gave a sign of life since */
	unsigned asks;     /* device_del sent */
	size_t n_given;    /* descriptors that QEMU holds by name */
	bool netdev_loose; /* QEMU may have a netdev of ours without a device */
};

static const char *const guest_names[] = {
	[REPLUG_GUEST_UNSURE] = "unsure",
	[REPLUG_GUEST_OLD] = "old",
	[REPLUG_GUEST_NONE] = "none",
	[REPLUG_GUEST_NEW] = "new",
};
_Static_assert(ARRAY_SIZE(guest_names) == REPLUG_GUEST_COUNT, "each has a name");

const char *replug_guest_name(enum replug_guest guest)
{
	return guest_names[guest];
}

static void replug_on_reply(void *userdata, const json_t *value, const struct error *error);

static int ask(struct replug *replug, const char *command, json_t *arguments, struct error *err)
{
	return qmp_execute(replug->qmp, command, arguments, -1, replug_on_reply, replug, err);
}

/* --- what QEMU calls things ------------------------------------------------------- */

/* A name that begins with a digit would be taken for a number. */
static char *fd_name(const struct replug *replug, size_t i)
{
	if (i < replug->n_queues)
		return text_format("vif-%s-%zu", replug->id, i);
	return text_format("vif-%s-vhost%zu", replug->id, i - replug->n_queues);
}

/* Names from `begin` up to `end`, joined by ':'; NULL when out of memory. */
static char *fd_names(const struct replug *replug, size_t begin, size_t end)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	char *names = NULL;

	for (size_t i = begin; i < end; i++) {
		AUTO_FREE char *name = fd_name(replug, i);

		if (!name)
			return NULL;
		text_add(&text, "%s%s", i > begin ? ":" : "", name);
	}
	return text_take(&text, &names) < 0 ? NULL : names;
}

static json_t *netdev_id(const struct replug *replug)
{
	return json_pack("{s:s+}", "id", "host", replug->id);
}

static json_t *device_property(const struct replug *replug, const char *property)
{
	return json_pack("{s:s+, s:s}", "path", "/machine/peripheral/", replug->id, "property",
			 property);
}

/* --- the steps -------------------------------------------------------------------- */

static int look_begin(struct replug *replug, struct error *err)
{
	return ask(replug, "qom-list", json_pack("{s:s}", "path", "/machine/peripheral"), err) ?: 1;
}

static int look_end(struct replug *replug, const json_t *value, const struct error *error,
		    struct error *err)
{
	AUTO_FREE char *port = NULL;
	const json_t *item;
	size_t i;

	if (error)
		return error_copy(err, error);
	port = text_format("%s-port", replug->id);
	if (!port)
		return error_oom(err);
	json_array_foreach(value, i, item)
	{
		const char *name = json_string_value(json_object_get(item, "name"));

		replug->existed |= streq(name, replug->id);
		replug->has_port |= streq(name, port);
	}
	if (!replug->existed && replug->must_exist)
		return error_set(err, -ENODEV, ERROR_NO_SUCH_DEVICE, "QEMU at %s has no device %s",
				 qmp_path(replug->qmp), replug->id);
	replug->guest = replug->existed ? REPLUG_GUEST_OLD : REPLUG_GUEST_NONE;
	if (!replug->existed && !replug->bus && replug->has_port)
		replug->bus = take_ptr(port);
	return STEP_NEXT;
}

static int find_bus_begin(struct replug *replug, struct error *err)
{
	if (!replug->existed)
		return 0;
	return ask(replug, "qom-get", device_property(replug, "parent_bus"), err) ?: 1;
}

static int find_bus_end(struct replug *replug, const json_t *value, const struct error *error,
			struct error *err)
{
	const char *slash = value ? strrchr(json_string_value(value) ?: "", '/') : NULL;
	char *bus;

	if (!slash || !slash[1])
		return STEP_NEXT;
	bus = strdup(slash + 1);
	if (!bus)
		return error_oom(err);
	free(replug->bus);
	free(take_ptr(replug->addr));
	replug->bus = bus;
	return STEP_NEXT;
}

static int find_addr_begin(struct replug *replug, struct error *err)
{
	if (!replug->existed)
		return 0;
	return ask(replug, "qom-get", device_property(replug, "addr"), err) ?: 1;
}

static int find_addr_end(struct replug *replug, const json_t *value, const struct error *error,
			 struct error *err)
{
	json_int_t devfn = json_integer_value(value);
	char *addr;

	if (!json_is_integer(value) || devfn < 0 || devfn > 0xff)
		return STEP_NEXT;
	addr = text_format("%02x.%x", (unsigned)devfn >> 3, (unsigned)devfn & 7);
	if (!addr)
		return error_oom(err);
	free(replug->addr);
	replug->addr = addr;
	return STEP_NEXT;
}

static int give_begin(struct replug *replug, struct error *err)
{
	AUTO_FREE char *name = NULL;

	if (replug->n_given == replug->n_fds)
		return 0;
	name = fd_name(replug, replug->n_given);
	if (!name)
		return error_oom(err);
	return qmp_execute(replug->qmp, "getfd", json_pack("{s:s}", "fdname", name),
			   replug->fds[replug->n_given], replug_on_reply, replug, err)
		       ?: 1;
}

static int give_end(struct replug *replug, const json_t *value, const struct error *error,
		    struct error *err)
{
	if (error)
		return error_copy(err, error);
	replug->n_given++;
	return STEP_AGAIN;
}

static int watch_begin(struct replug *replug, struct error *err)
{
	if (replug->guest == REPLUG_GUEST_NONE)
		return 0;
	replug->alive = false;
	return ask(replug, "query-rx-filter", json_pack("{s:s}", "name", replug->id), err) ?: 1;
}

/* Of a NIC without a filter no sign of life will come: it is asked once. */
static int watch_end(struct replug *replug, const json_t *value, const struct error *error,
		     struct error *err)
{
	const json_t *filter = json_array_get(value, 0);

	replug->hears = !streq(json_string_value(json_object_get(filter, "vlan")), "all");
	return STEP_NEXT;
}

static int unplug_begin(struct replug *replug, struct error *err)
{
	if (replug->guest == REPLUG_GUEST_NONE)
		return 0;
	replug->guest = REPLUG_GUEST_UNSURE;
	replug->asks++;
	return ask(replug, "device_del", json_pack("{s:s}", "id", replug->id), err) ?: 1;
}

/* hw/pci/pcie.c and softmmu/qdev-monitor.c of QEMU; there is no class for it. */
static bool is_under_way(const struct error *error)
{
	return strstr(error_text(error), "already in the process of unplug") ||
	       strstr(error_text(error), "guest is busy");
}

/* The refusal of a repeated question does not take back that of the first. */
static int unplug_end(struct replug *replug, const json_t *value, const struct error *error,
		      struct error *err)
{
	if (error && error->code == -ENODEV)
		replug->guest = REPLUG_GUEST_NONE;
	if (replug->guest == REPLUG_GUEST_NONE)
		return STEP_NEXT;
	if (error && !replug->asked && !is_under_way(error)) {
		replug->guest = REPLUG_GUEST_OLD;
		return error_copy(err, error);
	}
	replug->asked = true;
	if (replug->alive) {
		replug->step = STEP_WATCH;
		return STEP_AGAIN;
	}
	return STEP_WAIT;
}

static int drop_netdev_begin(struct replug *replug, struct error *err)
{
	return ask(replug, "netdev_del", netdev_id(replug), err) ?: 1;
}

/* If it is there and cannot be dropped, add-netdev will say so. */
static int drop_netdev_end(struct replug *replug, const json_t *value, const struct error *error,
			   struct error *err)
{
	return STEP_NEXT;
}

static int add_netdev_begin(struct replug *replug, struct error *err)
{
	replug->netdev_loose = true;
	return ask(replug, "netdev_add", json_incref(replug->netdev), err) ?: 1;
}

static int add_netdev_end(struct replug *replug, const json_t *value, const struct error *error,
			  struct error *err)
{
	if (error)
		return error_copy(err, error);
	replug->n_given = 0;
	return STEP_NEXT;
}

static int add_device_begin(struct replug *replug, struct error *err)
{
	if ((replug->bus &&
	     json_object_set_new(replug->device, "bus", json_string(replug->bus)) < 0) ||
	    (replug->addr &&
	     json_object_set_new(replug->device, "addr", json_string(replug->addr)) < 0))
		return error_oom(err);
	replug->guest = REPLUG_GUEST_UNSURE;
	replug->netdev_loose = false;
	return ask(replug, "device_add", json_incref(replug->device), err) ?: 1;
}

static int add_device_end(struct replug *replug, const json_t *value, const struct error *error,
			  struct error *err)
{
	replug->guest = error ? REPLUG_GUEST_NONE : REPLUG_GUEST_NEW;
	replug->netdev_loose = error;
	return error ? error_copy(err, error) : STEP_NEXT;
}

static int set_link_begin(struct replug *replug, struct error *err)
{
	if (!replug->link_down)
		return 0;
	return ask(replug, "set_link", json_pack("{s:s, s:b}", "name", replug->id, "up", 0), err)
		       ?: 1;
}

static int set_link_end(struct replug *replug, const json_t *value, const struct error *error,
			struct error *err)
{
	return error ? error_copy(err, error) : STEP_NEXT;
}

static const struct {
	/* 1: a command is on its way. 0: there is nothing to do. */
	int (*begin)(struct replug *replug, struct error *err);
	/* Takes in the answer, or QEMU's refusal; an enum outcome. */
	int (*end)(struct replug *replug, const json_t *value, const struct error *error,
		   struct error *err);
} steps[] = {
	[STEP_LOOK] = { look_begin, look_end },
	[STEP_FIND_BUS] = { find_bus_begin, find_bus_end },
	[STEP_FIND_ADDR] = { find_addr_begin, find_addr_end },
	[STEP_GIVE] = { give_begin, give_end },
	[STEP_WATCH] = { watch_begin, watch_end },
	[STEP_UNPLUG] = { unplug_begin, unplug_end },
	[STEP_DROP_NETDEV] = { drop_netdev_begin, drop_netdev_end },
	[STEP_ADD_NETDEV] = { add_netdev_begin, add_netdev_end },
	[STEP_ADD_DEVICE] = { add_device_begin, add_device_end },
	[STEP_SET_LINK] = { set_link_begin, set_link_end },
};
_Static_assert(ARRAY_SIZE(steps) == STEP_COUNT, "each step can be done");

/* --- the end ---------------------------------------------------------------------- */

/* Asks QEMU to drop what it was given; nobody waits for the answers. */
static void clean_up(struct replug *replug)
{
	for (size_t i = 0; i < replug->n_given; i++) {
		AUTO_FREE char *name = fd_name(replug, i);

		if (name)
			(void)qmp_execute(replug->qmp, "closefd",
					  json_pack("{s:s}", "fdname", name), -1, NULL, NULL, NULL);
	}
	if (replug->netdev_loose)
		(void)qmp_execute(replug->qmp, "netdev_del", netdev_id(replug), -1, NULL, NULL,
				  NULL);
}

static void let_go(struct replug *replug)
{
	if (!replug->qmp)
		return;
	/* A getfd that is on its way succeeds before it is undone. */
	if (replug->step == STEP_GIVE && replug->n_given < replug->n_fds)
		replug->n_given++;
	qmp_forget(replug->qmp, replug);
	qmp_unlisten(replug->qmp, &replug->listener);
	clean_up(replug);
	qmp_turn_end(take_ptr(replug->qmp), &replug->turn);
}

/* Does not come back to the replug: done() may have freed it. */
static void finish(struct replug *replug, struct error *err)
{
	const struct replug_result result = {
		.error = err->code ? err : NULL,
		.guest = replug->guest,
		.bus = replug->bus,
		.addr = replug->addr,
	};

	error_prefix(err, "cannot %s NIC %s: ",
		     replug->existed || replug->must_exist ? "replace" : "plug", replug->id);
	let_go(replug);
	replug->waiting = false;
	replug->done(replug->userdata, &result);
}

static void go_on(struct replug *replug)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	int r = 0;

	replug->waiting = false;
	while (replug->step < STEP_COUNT) {
		r = steps[replug->step].begin(replug, &err);
		if (r > 0)
			return;
		if (r < 0)
			break;
		replug->step++;
	}
	finish(replug, &err);
}

static void replug_on_reply(void *userdata, const json_t *value, const struct error *error)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct replug *replug = userdata;
	int r;

	if (error && !qmp_is_refusal(error))
		r = error_copy(&err, error);
	else
		r = steps[replug->step].end(replug, value, error, &err);
	if (r == STEP_NEXT)
		replug->step++;
	replug->waiting = r == STEP_WAIT;
	if (r < 0)
		finish(replug, &err);
	else if (r != STEP_WAIT)
		go_on(replug);
}

static void on_deleted(struct replug *replug)
{
	replug->guest = REPLUG_GUEST_NONE;
	if (!replug->waiting)
		return;
	replug->step = STEP_DROP_NETDEV;
	go_on(replug);
}

static void on_sign_of_life(struct replug *replug)
{
	if (replug->hears || replug->asks >= ASK_MAX)
		return;
	replug->alive = true;
	if (!replug->waiting)
		return;
	replug->step = STEP_WATCH;
	go_on(replug);
}

static void on_guest_refusal(struct replug *replug)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	replug->guest = REPLUG_GUEST_OLD;
	(void)error_set(&err, -EBUSY, ERROR_IN_USE, "the guest refuses to let it go");
	finish(replug, &err);
}

static void replug_on_event(void *userdata, const char *name, const json_t *data)
{
	struct replug *replug = userdata;
	bool asking = replug->asks && replug->step <= STEP_UNPLUG;

	if (streq(name, "DEVICE_DELETED")) {
		if (streq(json_string_value(json_object_get(data, "device")), replug->id))
			on_deleted(replug);
	} else if (streq(name, "NIC_RX_FILTER_CHANGED")) {
		if (streq(json_string_value(json_object_get(data, "name")), replug->id))
			on_sign_of_life(replug);
	} else if (streq(name, "DEVICE_UNPLUG_GUEST_ERROR")) {
		if (streq(json_string_value(json_object_get(data, "device")), replug->id) && asking)
			on_guest_refusal(replug);
	}
}

static void replug_on_turn(void *userdata)
{
	go_on(userdata);
}

static void replug_on_failure(void *userdata, const struct error *error)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	(void)error_copy(&err, error);
	finish(userdata, &err);
}

bool replug_waits_for_guest(const struct replug *replug)
{
	return replug->waiting;
}

void replug_free(struct replug *replug)
{
	if (!replug)
		return;
	let_go(replug);
	json_decref(replug->netdev);
	json_decref(replug->device);
	free(replug->fds);
	free(replug->bus);
	free(replug->addr);
	free(replug->id);
	free(replug);
}

/* --- the beginning ---------------------------------------------------------------- */

static int copy_place(struct replug *replug, const struct replug_request *request)
{
	if (request->bus && !(replug->bus = strdup(request->bus)))
		return -ENOMEM;
	if (request->addr && !(replug->addr = strdup(request->addr)))
		return -ENOMEM;
	return 0;
}

static int copy_nic(struct replug *replug, const struct vmm_nic *nic)
{
	AUTO_FREE char *queues = NULL, *vhosts = NULL;

	replug->n_queues = nic->n_fds;
	replug->n_fds = nic->n_fds + nic->n_vhost_fds;
	replug->fds = calloc(replug->n_fds, sizeof(*replug->fds));
	queues = fd_names(replug, 0, replug->n_queues);
	vhosts = fd_names(replug, replug->n_queues, replug->n_fds);
	if (!replug->fds || !queues || !vhosts)
		return -ENOMEM;
	for (size_t i = 0; i < replug->n_fds; i++)
		replug->fds[i] = i < replug->n_queues ? nic->fds[i]
						      : nic->vhost_fds[i - replug->n_queues];
	replug->netdev = vmm_nic_netdev(nic, replug->id, queues, nic->n_vhost_fds ? vhosts : NULL);
	replug->device = vmm_nic_device(nic, replug->id);
	return replug->netdev && replug->device ? 0 : -ENOMEM;
}

int replug_start(struct qmp *qmp, const struct replug_request *request, replug_done done,
		 void *userdata, struct replug **ret_replug, struct error *err)
{
	AUTO(replug_freep) struct replug *replug = calloc(1, sizeof(*replug));
	int r;

	if (!replug)
		return error_oom(err);
	replug->done = done;
	replug->userdata = userdata;
	replug->must_exist = request->must_exist;
	replug->link_down = request->link_down;
	replug->listener = (struct qmp_listener){ replug_on_event, replug_on_failure, replug,
						  NULL };
	replug->turn = (struct qmp_turn){ replug_on_turn, replug, NULL };
	r = vmm_nic_check_fds(request->nic, err);
	if (r == 0)
		r = vmm_nic_id(request->nic, &replug->id, err);
	if (r < 0)
		return r;
	if (copy_place(replug, request) < 0 || copy_nic(replug, request->nic) < 0)
		return error_oom(err);
	replug->qmp = qmp;
	qmp_listen(qmp, &replug->listener);
	if (qmp_turn_take(qmp, &replug->turn))
		r = look_begin(replug, err);
	if (r < 0)
		return r;
	*ret_replug = take_ptr(replug);
	return 0;
}
