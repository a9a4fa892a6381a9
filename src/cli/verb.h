/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A verb of vif: what comes after `vif` on the command line.
 */
#pragma once

#include "cli/writer.h"
#include "util/error.h"
#include "vif/vif.h"

struct arguments;

struct cli {
	struct writer *writer;
	struct vif *vif; /* NULL before client_connect() */
	int status;      /* what a failure exits with; 0: the usual */
};

struct verb {
	const char *name;     /* one word, or two: "network define" */
	const char *synopsis; /* what follows the name; may be "" */
	const char *summary;  /* one line, for the list of verbs */
	const char *help;     /* more about it, as lines */
	unsigned options;     /* OPTION_… of arguments.h */
	size_t min_words, max_words;

	/*
	 * Does it. 0, or a negative errno with *err set: exit status 1, or 2 where
	 * an argument is invalid and cli->vif not yet connected. What it has to
	 * tell goes to cli->writer.
	 */
	int (*run)(struct cli *cli, const struct arguments *arguments, struct error *err);
};

extern const struct verb verb_capabilities;
extern const struct verb verb_check;
extern const struct verb verb_diagnose;
extern const struct verb verb_doctor;
extern const struct verb verb_probe;
extern const struct verb verb_filter;
extern const struct verb verb_filter_define;
extern const struct verb verb_filter_list;
extern const struct verb verb_filter_show;
extern const struct verb verb_filter_undefine;
extern const struct verb verb_group;
extern const struct verb verb_group_add_member;
extern const struct verb verb_group_define;
extern const struct verb verb_group_list;
extern const struct verb verb_group_remove_member;
extern const struct verb verb_group_show;
extern const struct verb verb_group_undefine;
extern const struct verb verb_help;
extern const struct verb verb_list;
extern const struct verb verb_monitor;
extern const struct verb verb_network;
extern const struct verb verb_network_autostart;
extern const struct verb verb_network_define;
extern const struct verb verb_network_leases;
extern const struct verb verb_network_list;
extern const struct verb verb_network_show;
extern const struct verb verb_network_start;
extern const struct verb verb_network_stop;
extern const struct verb verb_network_undefine;
extern const struct verb verb_network_update;
extern const struct verb verb_plug;
extern const struct verb verb_retarget;
extern const struct verb verb_set;
extern const struct verb verb_run;
extern const struct verb verb_security_show;
extern const struct verb verb_security_test;
extern const struct verb verb_show;
extern const struct verb verb_unplug;
extern const struct verb verb_version;

/* In the order of help; ends with NULL. */
extern const struct verb *const verbs[];

/*
 * The verb that argv begins with, and how many words its name has (1 or 2).
 * A usage error where there is none such. argv ends with NULL.
 */
int verb_find(char *const *argv, const struct verb **ret_verb, int *ret_words, struct error *err);

/* Hands the verb's help to the writer. */
int verb_explain(const struct verb *verb, struct writer *writer, struct error *err);
