/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The options and words of one verb's command line.
 *
 * All verbs share one set of options; a verb says which of them it takes. What
 * is read is borrowed from argv, except the array of --nic.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

/* Every verb takes --json and --help besides. */
enum {
	OPTION_NIC = 1 << 0,          /* --nic FILE|SPEC, may be repeated */
	OPTION_GUEST = 1 << 1,        /* --guest NAME */
	OPTION_PID = 1 << 2,          /* --pid PID */
	OPTION_FORCE = 1 << 3,        /* --force */
	OPTION_DISABLE = 1 << 4,      /* --disable */
	OPTION_XML = 1 << 5,          /* --xml */
	OPTION_WAIT = 1 << 6,         /* --wait */
	OPTION_QMP = 1 << 7,          /* --qmp SOCKET */
	OPTION_LIVE = 1 << 9,         /* --live */
	OPTION_CONFIG = 1 << 10,      /* --config */
	OPTION_PARENT = 1 << 11,      /* --parent-index N */
	OPTION_NETWORKPORT = 1 << 12, /* --networkport */
	OPTION_DEFAULT = 1 << 13,     /* --default, instead of the first word */
	OPTION_VERBOSE = 1 << 14,     /* --verbose, -v */
	OPTION_OWNER = 1 << 15,       /* --owner USER */
	OPTION_OPEN = 1 << 16,        /* --open-firewall */
	/* Not an option: the first word ends the options, and what follows is somebody else's. */
	OPTION_COMMAND = 1 << 8,
};

enum {
	WORDS_MAX = 1 << 20, /* for a verb that takes a command */
};

struct arguments {
	bool json;
	bool help;
	bool force;
	bool open_firewall;
	bool disable;
	bool xml;
	bool networkport;
	bool wait;
	bool verbose;
	bool live;
	bool config;
	bool is_default;
	bool has_parent_index;
	uint32_t parent_index;
	const char *guest;
	const char *qmp;
	const char *owner;
	uint32_t pid; /* 0 is none given */
	char **nics;
	size_t n_nics;
	char **words; /* ends with NULL */
	size_t n_words;
};

struct verb;

/*
 * argv[0] is the verb. Permutes argv as getopt(3) does. With --help nothing
 * else is required. An error here is a usage error. arguments_done() ends it.
 */
int arguments_read(const struct verb *verb, int argc, char **argv, struct arguments *ret_arguments,
		   struct error *err);

/* The words from that one on, with spaces between them, the caller's; NULL when out of memory. */
char *arguments_text(const struct arguments *arguments, size_t first);

void arguments_done(struct arguments *arguments);
#define AUTO_ARGUMENTS AUTO(arguments_done)
