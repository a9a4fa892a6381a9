/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Host interfaces that do not believe router advertisements, because the host
 * forwards IPv6 as a network of ours needs it. A start tells of those that are
 * there; of one that comes later, or begins to have IPv6 later, this does, in
 * the log and as a problem of the networks that need it.
 *
 * An interface is told of once, when it is up and has a carrier: before, those
 * who manage it may not be done. The kernel does not say when somebody writes
 * accept_ra, so that alone is seen when something else changes, or somebody asks.
 */
#pragma once

#include "life/manager.h"

struct deafness;

int deafness_new(struct deafness **ret_deafness, struct error *err);
void deafness_free(struct deafness *deafness);

/* Compares the host with what was told; tells what is new. */
void deafness_look(struct manager *manager);

/* A start has told of all that are there now. */
void deafness_note_told(struct manager *manager);

/* What the network costs the host so, as a sentence of the last look; NULL: nothing. */
const char *deafness_problem(const struct manager *manager, const struct network_entry *entry);
