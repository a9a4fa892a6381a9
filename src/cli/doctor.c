/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verdict is by what a host is wanted for. vifd tells features, each with
 * what it serves; a purpose is one that some feature serves, in the order in
 * which they come.
 */
#include <string.h>

#include "cli/client.h"
#include "util/array.h"
#include "util/parse.h"
#include "util/text.h"

struct purpose {
	bool ok;
	struct text lacks, remedies;
	const char *last_remedy; /* the same one is told once */
};

struct verdict {
	struct vif_record *const *features;
	const char **purposes; /* borrowed from the features */
	size_t n;
	struct text failed; /* all that this host cannot be used for */
};

static void purpose_done(struct purpose *purpose)
{
	text_done(&purpose->lacks);
	text_done(&purpose->remedies);
}

static void verdict_done(struct verdict *verdict)
{
	free(verdict->purposes);
	text_done(&verdict->failed);
}

static bool strings_hold(const char *const *strings, const char *string)
{
	for (; strings && *strings; strings++)
		if (!strcmp(*strings, string))
			return true;
	return false;
}

static int purpose_add(struct verdict *verdict, const char *name, struct error *err)
{
	const char **place;

	for (size_t i = 0; i < verdict->n; i++)
		if (!strcmp(verdict->purposes[i], name))
			return 0;
	place = array_add(&verdict->purposes, &verdict->n, sizeof(*place));
	if (!place)
		return error_oom(err);
	*place = name;
	return 0;
}

static int verdict_fill(struct verdict *verdict, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && verdict->features[i]; i++) {
		const char *const *serves = vif_record_strings(verdict->features[i], "serves");

		for (; r == 0 && serves && *serves; serves++)
			r = purpose_add(verdict, *serves, err);
	}
	return r;
}

/* What is not needed, and is missing, is worth a word too: what it would be good for. */
static void purpose_lacks(struct purpose *purpose, const struct vif_record *feature)
{
	bool needed = vif_record_boolean(feature, "needed");
	const char *remedy = vif_record_string(feature, "remedy");

	text_add(&purpose->lacks, "%s%s%s%s", purpose->lacks.size ? ", " : "", needed ? "" : "(",
		 vif_record_string(feature, "name") ?: "?", needed ? "" : ")");
	if (remedy && !streq(remedy, purpose->last_remedy))
		text_add(&purpose->remedies, "%s%s", purpose->remedies.size ? "; " : "", remedy);
	purpose->last_remedy = remedy;
	purpose->ok = purpose->ok && !needed;
}

static int purpose_tell(struct purpose *purpose, const char *name, struct vif_record **ret_record,
			struct error *err)
{
	AUTO(vif_record_freep) struct vif_record *record = vif_record_new();
	AUTO_FREE char *lacks = NULL, *remedies = NULL;

	if (!record || text_take(&purpose->lacks, &lacks) < 0 ||
	    text_take(&purpose->remedies, &remedies) < 0 ||
	    vif_record_set_string(record, "name", name) < 0 ||
	    vif_record_set_string(record, "status", purpose->ok ? "yes" : "no") < 0 ||
	    (*lacks && vif_record_set_string(record, "lacks", lacks) < 0) ||
	    (*remedies && vif_record_set_string(record, "remedy", remedies) < 0))
		return error_oom(err);
	*ret_record = take_ptr(record);
	return 0;
}

static int purpose_judge(struct verdict *verdict, const char *name, struct vif_record **ret_record,
			 struct error *err)
{
	AUTO(purpose_done) struct purpose purpose = { .ok = true };

	for (size_t i = 0; verdict->features[i]; i++) {
		const struct vif_record *feature = verdict->features[i];

		if (strings_hold(vif_record_strings(feature, "serves"), name) &&
		    !streq(vif_record_string(feature, "status"), "yes"))
			purpose_lacks(&purpose, feature);
	}
	if (!purpose.ok)
		text_add(&verdict->failed, "%s%s", verdict->failed.size ? "; " : "", name);
	return purpose_tell(&purpose, name, ret_record, err);
}

static int verdict_tell(struct verdict *verdict, struct writer *writer, struct error *err)
{
	static const struct column columns[] = {
		{ "WANTED FOR", { "name" } },
		{ "HERE", { "status" } },
		{ "LACKS", { "lacks" } },
		{ "WHAT HELPS", { "remedy" } },
	};
	AUTO(vif_records_freep)
	struct vif_record **records = calloc(verdict->n + 1, sizeof(*records));
	int r = records ? 0 : error_oom(err);

	for (size_t i = 0; r == 0 && i < verdict->n; i++)
		r = purpose_judge(verdict, verdict->purposes[i], &records[i], err);
	if (r == 0 && writer)
		writer_table(writer, columns, ARRAY_SIZE(columns), records);
	return r;
}

static int verdict_fail(struct verdict *verdict, struct error *err)
{
	AUTO_FREE char *failed = NULL;

	if (!verdict->failed.size)
		return 0;
	if (text_take(&verdict->failed, &failed) < 0)
		return error_oom(err);
	return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED, "not on this host: %s", failed);
}

static void features_tell(struct vif_record *const *features, struct writer *writer)
{
	static const struct column columns[] = {
		{ "FEATURE", { "name" } },
		{ "HERE", { "status" } },
		{ "NEEDED FOR", { "purpose" } },
		{ "DETAIL", { "detail" } },
	};

	writer_table(writer, columns, ARRAY_SIZE(columns), features);
}

static int doctor_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	AUTO(vif_records_freep) struct vif_record **features = NULL;
	AUTO(verdict_done) struct verdict verdict = { 0 };
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	int r;

	r = client_connect(cli, err);
	if (r < 0)
		return r;
	r = vif_doctor(cli->vif, &features, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	if (arguments->verbose)
		features_tell(features, cli->writer);
	verdict.features = features;
	r = verdict_fill(&verdict, err);
	if (r == 0)
		r = verdict_tell(&verdict, arguments->verbose ? NULL : cli->writer, err);
	return r < 0 ? r : verdict_fail(&verdict, err);
}

const struct verb verb_doctor = {
	.name = "doctor",
	.synopsis = "[--verbose]",
	.summary = "Tells what this host can be used for, and what helps where it cannot.",
	.help = "A row for each thing that a host is wanted for: whether it can, what it lacks, "
		"and "
		"what helps.\n"
		"In parentheses stands what would only make it better. With -v or --verbose there "
		"is a row\n"
		"for each feature of the kernel and each program instead. The exit status is 1 "
		"where\n"
		"something cannot be.",
	.options = OPTION_VERBOSE,
	.run = doctor_run,
};
