/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <getopt.h>
#include <stddef.h>
#include <string.h>

#include "cli/arguments.h"
#include "cli/verb.h"
#include "util/array.h"
#include "util/nearest.h"
#include "util/parse.h"
#include "util/text.h"

enum {
	VALUE_HELP = 'h',
	VALUE_JSON = 1 << 20, /* above what OPTION_* and letters use */
	OPTIONS_MAX = 32,
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
	{ "open-firewall", no_argument, OPTION_OPEN, offsetof(struct arguments, open_firewall) },
	{ "disable", no_argument, OPTION_DISABLE, offsetof(struct arguments, disable) },
	{ "xml", no_argument, OPTION_XML, offsetof(struct arguments, xml) },
	{ "networkport", no_argument, OPTION_NETWORKPORT, offsetof(struct arguments, networkport) },
	{ "wait", no_argument, OPTION_WAIT, offsetof(struct arguments, wait) },
	{ "verbose", no_argument, OPTION_VERBOSE, offsetof(struct arguments, verbose) },
	{ "live", no_argument, OPTION_LIVE, offsetof(struct arguments, live) },
	{ "config", no_argument, OPTION_CONFIG, offsetof(struct arguments, config) },
	{ "default", no_argument, OPTION_DEFAULT, offsetof(struct arguments, is_default) },
	{ "nic", required_argument, OPTION_NIC, 0 },
	{ "guest", required_argument, OPTION_GUEST, 0 },
	{ "pid", required_argument, OPTION_PID, 0 },
	{ "qmp", required_argument, OPTION_QMP, 0 },
	{ "owner", required_argument, OPTION_OWNER, 0 },
	{ "parent-index", required_argument, OPTION_PARENT, 0 },
};
_Static_assert(ARRAY_SIZE(options) < OPTIONS_MAX, "the last one is the end of the list");

/* Keys of a SPEC that newcomers give in other forms. */
static const char *const sources[] = { "network", "dev", "bridge" };

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
			return usage_error(verb, err, "--pid takes the number of a process, not ",
					   argument);
		return 0;
	case OPTION_QMP:
		arguments->qmp = argument;
		return 0;
	case OPTION_OWNER:
		arguments->owner = argument;
		return 0;
	case OPTION_PARENT:
		if (parse_u32(argument, 0, INT32_MAX, &arguments->parent_index) < 0)
			return usage_error(verb, err, "--parent-index takes a number, not ",
					   argument);
		arguments->has_parent_index = true;
		return 0;
	default:
		return -EINVAL;
	}
}

/* A long option, that perhaps was meant to be one that the verb takes. */
static int option_unknown_long(const struct verb *verb, const char *word, struct error *err)
{
	AUTO_FREE char *name = strndup(word + 2, strcspn(word + 2, "="));
	struct nearest nearest = { .word = name };
	AUTO_FREE char *what = NULL;

	if (!name)
		return error_oom(err);
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (is_accepted(verb, options[i].value))
			nearest_try(&nearest, options[i].name);
	if (!nearest.name && strstr(verb->synopsis, "SPEC") &&
	    name_index(sources, ARRAY_SIZE(sources), name) >= 0)
		return usage_error(verb, err, "a SPEC has no dashes, as network=NAME: --", name);
	if (!nearest.name)
		return usage_error(verb, err, "no such option: --", name);
	what = text_format("no such option: --%s; did you mean --", name);
	if (!what)
		return error_oom(err);
	return usage_error(verb, err, what, nearest.name);
}

/*
 * getopt_long() tells an unknown short option by its letter, a long one by its
 * word only, and one that takes no value, but has one, by the option.
 */
static int option_wrong(const struct verb *verb, char **argv, struct error *err)
{
	const char letter[] = { '-', (char)optopt, '\0' };

	if (optopt > 0 && optopt < 128 && optopt != VALUE_HELP)
		return usage_error(verb, err, "no such option: ", letter);
	if (optopt)
		return usage_error(verb, err, "it takes no value: ", argv[optind - 1]);
	return option_unknown_long(verb, argv[optind - 1], err);
}

static int value_missing(const struct verb *verb, int value, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].value == value)
			return usage_error(verb, err, "a value is missing behind --",
					   options[i].name);
	return usage_error(verb, err, "a value is missing", "");
}

static int options_read(const struct verb *verb, int argc, char **argv, struct arguments *arguments,
			struct error *err)
{
	const char *letters = verb->options & OPTION_COMMAND   ? "+:h"
			      : verb->options & OPTION_VERBOSE ? ":hv"
							       : ":h";
	struct option filled[OPTIONS_MAX];
	int value, r;

	options_fill(verb, filled);
	optind = 0; /* GNU: begin anew */
	opterr = 0;
	while ((value = getopt_long(argc, argv, letters, filled, NULL)) != -1) {
		if (value == 'v')
			value = OPTION_VERBOSE;
		if (value == ':')
			return value_missing(verb, optopt, err);
		if (value == '?')
			return option_wrong(verb, argv, err);
		if (optarg && optarg == argv[optind - 1] && !strncmp(optarg, "--", 2))
			return value_missing(verb, value, err);
		r = option_store(verb, value, optarg, arguments, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The next word of a synopsis, and what is behind it; NULL at the end. */
static const char *synopsis_next(const char **rest, size_t *ret_length)
{
	const char *word = *rest + strspn(*rest, " ");

	*ret_length = strcspn(word, " ");
	*rest = word + *ret_length;
	return *word ? word : NULL;
}

/*
 * What a synopsis calls its words, from 0: "NAME" and "FILE|SPEC" of "NAME --nic
 * SPEC… FILE|SPEC [--guest NAME] --". What is in brackets may be left out, and
 * a word behind an option is the option's.
 */
static const char *synopsis_word(const char *synopsis, size_t index, size_t *ret_length)
{
	static const char more[] = "…";
	bool bracket = false, value = false;
	const char *word;

	while ((word = synopsis_next(&synopsis, ret_length))) {
		bool option = *word == '-', skip = bracket || option || value || *word == '[';

		value = option && *ret_length > 2;
		bracket = (bracket || *word == '[') && !memchr(word, ']', *ret_length);
		if (skip || index-- > 0)
			continue;
		if (*ret_length > strlen(more) &&
		    !strncmp(word + *ret_length - strlen(more), more, strlen(more)))
			*ret_length -= strlen(more);
		return word;
	}
	return NULL;
}

static int word_missing(const struct verb *verb, size_t index, struct error *err)
{
	size_t length;
	const char *word = synopsis_word(verb->synopsis, index, &length);
	AUTO_FREE char *name = word ? strndup(word, length) : strdup("a command");

	if (!name)
		return error_oom(err);
	return usage_error(verb, err, name, " is missing");
}

/* "network red" and "dev=eth1 mode=bridge" are a SPEC that lost a '=' or a ','. */
static int word_too_much(const struct verb *verb, const struct arguments *arguments,
			 struct error *err)
{
	size_t n = verb->max_words;
	const char *extra = arguments->words[n], *before = n > 0 ? arguments->words[n - 1] : "";
	const char *join = NULL;
	AUTO_FREE char *what = NULL;

	if (strstr(verb->synopsis, "SPEC") && strchr(before, '=') && strchr(extra, '='))
		join = ",";
	else if (strstr(verb->synopsis, "SPEC") &&
		 name_index(sources, ARRAY_SIZE(sources), before) >= 0)
		join = "=";
	if (!join)
		return usage_error(verb, err, "too much: ", extra);
	what = text_format("too much: %s; did you mean %s%s", extra, before, join);
	if (!what)
		return error_oom(err);
	return usage_error(verb, err, what, extra);
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
		return word_missing(verb, arguments->n_words, err);
	if (arguments->n_words > verb->max_words)
		return word_too_much(verb, arguments, err);
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

char *arguments_text(const struct arguments *arguments, size_t first)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	char *string;

	for (size_t i = first; i < arguments->n_words; i++)
		text_add(&text, "%s%s", i > first ? " " : "", arguments->words[i]);
	return text_take(&text, &string) < 0 ? NULL : string;
}

void arguments_done(struct arguments *arguments)
{
	free(arguments->nics);
	*arguments = (struct arguments){ 0 };
}
