/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <getopt.h>
#include <stddef.h>
#include <string.h>

#include "cli/arguments.h"
#include "cli/verb.h"
#include "util/array.h"
#include "util/parse.h"

enum {
	VALUE_HELP = 'h',
	VALUE_JSON = 1 << 20, /* above what OPTION_* and letters use */
	OPTIONS_MAX = 16,
};

/* A word without a value sets a bool of struct arguments; the others are option_store()'s. */
static const struct row {
	const char *name;
	int has_argument;
	int value;
	size_t flag;
} options[] = {
	{ "json", no_argument, VALUE_JSON, offsetof(struct arguments, json) },
	{ "help", no_argument, VALUE_HELP, offsetof(struct arguments, help) },
	{ "force", no_argument, OPTION_FORCE, offsetof(struct arguments, force) },
	{ "disable", no_argument, OPTION_DISABLE, offsetof(struct arguments, disable) },
	{ "xml", no_argument, OPTION_XML, offsetof(struct arguments, xml) },
	{ "networkport", no_argument, OPTION_NETWORKPORT, offsetof(struct arguments, networkport) },
	{ "wait", no_argument, OPTION_WAIT, offsetof(struct arguments, wait) },
	{ "live", no_argument, OPTION_LIVE, offsetof(struct arguments, live) },
	{ "config", no_argument, OPTION_CONFIG, offsetof(struct arguments, config) },
	{ "default", no_argument, OPTION_DEFAULT, offsetof(struct arguments, is_default) },
	{ "nic", required_argument, OPTION_NIC, 0 },
	{ "guest", required_argument, OPTION_GUEST, 0 },
	{ "pid", required_argument, OPTION_PID, 0 },
	{ "qmp", required_argument, OPTION_QMP, 0 },
	{ "parent-index", required_argument, OPTION_PARENT, 0 },
};
_Static_assert(ARRAY_SIZE(options) < OPTIONS_MAX, "the last one is the end of the list");

/* What every usage error ends with. */
static int usage_error(const struct verb *verb, struct error *err, const char *what,
		       const char *culprit)
{
	return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "%s%s (usage: vif %s%s%s)", what,
			 culprit, verb->name, *verb->synopsis ? " " : "", verb->synopsis);
}

static bool is_accepted(const struct verb *verb, int value)
{
	return value == VALUE_JSON || value == VALUE_HELP || (verb->options & value);
}

static void options_fill(const struct verb *verb, struct option filled[static OPTIONS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (is_accepted(verb, options[i].value))
			filled[n++] = (struct option){ options[i].name, options[i].has_argument,
						       NULL, options[i].value };
	filled[n] = (struct option){ 0 };
}

static int nic_add(struct arguments *arguments, char *nic, struct error *err)
{
	char **place = array_add(&arguments->nics, &arguments->n_nics, sizeof(*place));

	if (!place)
		return error_oom(err);
	*place = nic;
	return 0;
}

/* Is it an option without a value? Then it is set. */
static bool flag_store(int value, struct arguments *arguments)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (options[i].value != value || options[i].has_argument)
			continue;
		*(bool *)((char *)arguments + options[i].flag) = true;
		return true;
	}
	return false;
}

static int option_store(const struct verb *verb, int value, char *argument,
			struct arguments *arguments, struct error *err)
{
	if (flag_store(value, arguments))
		return 0;
	switch (value) {
	case OPTION_NIC:
		return nic_add(arguments, argument, err);
	case OPTION_GUEST:
		arguments->guest = argument;
		return 0;
	case OPTION_PID:
		if (parse_u32(argument, 1, INT32_MAX, &arguments->pid) < 0)
			return usage_error(verb, err, "--pid is not a process: ", argument);
		return 0;
	case OPTION_QMP:
		arguments->qmp = argument;
		return 0;
	case OPTION_PARENT:
		if (parse_u32(argument, 0, INT32_MAX, &arguments->parent_index) < 0)
			return usage_error(verb, err, "--parent-index is not a number: ", argument);
		arguments->has_parent_index = true;
		return 0;
	default:
		return -EINVAL;
	}
}

/* getopt_long() tells an unknown short option by its letter, a long one by its word only. */
static int option_unknown(const struct verb *verb, char **argv, struct error *err)
{
	const char letter[] = { '-', (char)optopt, '\0' };

	if (optopt > 0 && optopt < 128)
		return usage_error(verb, err, "no such option: ", letter);
	return usage_error(verb, err, "no such option: ", argv[optind - 1]);
}

static int options_read(const struct verb *verb, int argc, char **argv, struct arguments *arguments,
			struct error *err)
{
	const char *letters = verb->options & OPTION_COMMAND ? "+:h" : ":h";
	struct option filled[OPTIONS_MAX];
	int value, r;

	options_fill(verb, filled);
	optind = 0; /* GNU: begin anew */
	opterr = 0;
	while ((value = getopt_long(argc, argv, letters, filled, NULL)) != -1) {
		if (value == ':')
			return usage_error(verb, err, "a value is missing behind ",
					   argv[optind - 1]);
		if (value == '?')
			return option_unknown(verb, argv, err);
		r = option_store(verb, value, optarg, arguments, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int words_check(const struct verb *verb, const struct arguments *arguments,
		       struct error *err)
{
	if (arguments->help)
		return 0;
	if ((verb->options & OPTION_NIC) && !arguments->n_nics)
		return usage_error(verb, err, "--nic is missing", "");
	if (arguments->is_default && arguments->n_words > 0)
		return usage_error(verb, err, "too much: ", arguments->words[0]);
	if (!arguments->is_default && arguments->n_words < verb->min_words)
		return usage_error(verb, err, "something is missing", "");
	if (arguments->n_words > verb->max_words)
		return usage_error(verb, err, "too much: ", arguments->words[verb->max_words]);
	return 0;
}

int arguments_read(const struct verb *verb, int argc, char **argv, struct arguments *ret_arguments,
		   struct error *err)
{
	AUTO_ARGUMENTS struct arguments arguments = { 0 };
	int r;

	r = options_read(verb, argc, argv, &arguments, err);
	if (r < 0)
		return r;
	arguments.words = argv + optind;
	arguments.n_words = argc - optind;
	r = words_check(verb, &arguments, err);
	if (r < 0)
		return r;
	*ret_arguments = arguments;
	arguments = (struct arguments){ 0 };
	return 0;
}

void arguments_done(struct arguments *arguments)
{
	free(arguments->nics);
	*arguments = (struct arguments){ 0 };
}
