/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Replaces a NIC of a running QEMU guest by the same NIC on other descriptors;
 * or plugs it where the guest has none yet. QEMU cannot give a NIC another
 * backend, so the guest sees its NIC go and come back.
 *
 * A struct replug does that once, over a connection that others may use too;
 * those of one connection work one after the other. It ends with one call of done(),
 * made by that connection's dispatch. It waits for the guest without a limit: a guest
 * that is in its firmware or hangs lets no NIC go. replug_waits_for_guest() says so, and
 * replug_free() stops waiting.
 *
 * It looks before it does anything and goes on from what there is, so it may be
 * begun anew after whatever became of one before.
 */
#pragma once

#include <stdbool.h>

#include "vmm/nic.h"
#include "vmm/qmp.h"

struct replug;

/* What the guest has when a replug is done or has failed. */
enum replug_guest {
	REPLUG_GUEST_UNSURE, /* QEMU has begun something, and not said how it ended */
	REPLUG_GUEST_OLD,    /* its NIC as it was */
	REPLUG_GUEST_NONE,
	REPLUG_GUEST_NEW, /* its NIC on the new descriptors */
	REPLUG_GUEST_COUNT,
};

/* Borrowed for the time of the call; the nic's descriptors until done(). */
struct replug_request {
	const struct vmm_nic *nic;
	bool must_exist; /* a guest without the NIC does not get one: that fails */
	bool link_down;  /* the NIC has no carrier at first */
	/* Where it was, as an earlier result said; NULL: unknown. A NIC that is there decides. */
	const char *bus, *addr;
};

struct replug_result {
	const struct error *error; /* NULL: the guest has it all */
	enum replug_guest guest;
	const char *bus, *addr; /* where the NIC is, or was; NULL where that is unknown */
};

/* May free the replug; the result lasts as long as the call. */
typedef void (*replug_done)(void *userdata, const struct replug_result *result);

const char *replug_guest_name(enum replug_guest guest);

/* The qmp must outlive the replug, or tell it its failure. */
int replug_start(struct qmp *qmp, const struct replug_request *request, replug_done done,
		 void *userdata, struct replug **ret_replug, struct error *err);

/* The guest was asked to let its NIC go and has not yet done so. */
bool replug_waits_for_guest(const struct replug *replug);

/*
 * Stops without a word; a guest that was asked may let its NIC go yet. QEMU is told to
 * drop what it was given already: close the connection when that is idle.
 */
void replug_free(struct replug *replug);
DEFINE_FREEP(struct replug, replug_free);
