/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A setting: what a port is asked to be besides connected (kept apart from
 * others, known by its address, …), one a file.
 *
 * What is asked for is data of the actual, merged from interface, portgroup and
 * network. A setting is what makes it so: it says where it can be had, and emits
 * the steps that the facts show to be missing, as a side does (side.h). What
 * has a row without check() is known and not supported yet; nothing that is
 * asked for is left out in silence.
 *
 * To add one, write its file with one const table and name that in kinds.h and in
 * the table in setting.c, where it takes the place of the row that refused it.
 */
#pragma once

#include "backends/side.h"

/* When steps are asked for; in this order in a plan. */
enum setting_when {
	SETTING_GUEST,  /* the guest's device is there; if it is new, it is down */
	SETTING_VLANS,  /* the bridge that it is on already is about to move it to others */
	SETTING_HOST,   /* the host's side is there; if it is new, nothing passes yet */
	SETTING_CHANGE, /* what had to be there for the host's side to change is not needed now */
	SETTING_END,    /* all is there that the port is to have */
};

/* Where the steps are to go. */
struct setting_place {
	const struct side_request *request;
	/* What the steps are about is made by this plan, and goes with it: no undo is needed. */
	bool fresh;
	struct bridge_port now, wanted; /* HOST and CHANGE on a bridge */
	bool other_vlans;               /* there: the port comes into others than it has been in */
	struct link_ref side;           /* HOST on a macvlan: that */
};

struct setting {
	const char *name; /* as in a document: "<vlan>" */
	bool (*is_asked)(const struct actual *actual);
	/* The interface's line that asks for it; 0 unknown. NULL: always. */
	unsigned (*line)(const struct actual *actual);
	/* Can what is asked for be had where that is carried? NULL: nowhere yet. */
	int (*check)(const struct actual *actual, const struct carries *carries, struct error *err);

	/* From here on: NULL where there is nothing. Steps and restore: 0 or -ENOMEM. */

	/* Appends what is missing of it; or the end of it, where it is not asked for and there. */
	int (*steps)(const struct setting_place *place, enum setting_when when, struct plan *plan);
	/*
	 * Adds to the undos of the last step, which takes the port off its host's side,
	 * those that give back what it had there of this.
	 */
	int (*restore)(const struct asker *asker, struct plan *plan);
	/* What a bridge is to do with the port: each setting has its part of it. */
	void (*bridge_port)(const struct actual *actual, struct bridge_port *port);
	/* To what a port is to a person, if it has it: "isolated". */
	const char *adds;
	/* Who reaches whom over a port that has it. */
	void (*change_traffic)(struct traffic *traffic);
};

/* Can vifd do all that the actual says? ERROR_NOT_SUPPORTED or DEVICE_UNSUITABLE, "line N: …". */
int settings_check(const struct actual *actual, struct error *err);

/* The steps of all settings, and their restore(). 0 or -ENOMEM. */
int settings_steps(const struct setting_place *place, enum setting_when when, struct plan *plan);
int settings_restore(const struct asker *asker, struct plan *plan);

/* What a bridge is to do with a port of that actual. */
struct bridge_port settings_bridge_port(const struct actual *actual);

/* Does the port need the guard, where it stands now? */
bool settings_need_guard(const struct side_request *request);

/* Adds ", isolated". */
void settings_describe(const struct actual *actual, struct text *text);

/* Who reaches whom over a port of that actual. */
struct traffic settings_traffic(const struct actual *actual, const struct network *network);
