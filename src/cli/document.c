/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <net/if.h>
#include <string.h>

#include "cli/document.h"
#include "formats/interface-xml.h"
#include "formats/bounds.h"
#include "formats/spec.h"
#include "util/file.h"
#include "util/parse.h"
#include "util/text.h"

int document_read_file(const char *file, struct document *ret_document, struct error *err)
{
	AUTO_FREE char *xml = NULL;
	size_t size;
	int r;

	r = file_read_input(file, DOCUMENT_SIZE_MAX, &xml, &size, err);
	if (r < 0)
		return r;
	if (strlen(xml) != size) /* D-Bus would end it there */
		return error_set(err, -EINVAL, ERROR_INVALID_XML,
				 "%s: not XML: it holds a NUL byte", file);
	*ret_document = (struct document){
		.xml = take_ptr(xml),
		.source = strcmp(file, "-") ? file : "stdin",
	};
	return 0;
}

static const char spec_source[] = "spec";

static int document_from_spec(const char *spec, struct document *ret_document, struct error *err)
{
	AUTO(interface_freep) struct interface *interface = NULL;
	struct document document = { .source = spec_source, .spec = spec };
	int r;

	r = interface_from_spec(spec, &interface, err);
	if (r < 0)
		return r;
	r = interface_to_xml(interface, &document.xml, err);
	if (r < 0)
		return r;
	*ret_document = document;
	return 0;
}

static bool is_xml(const char *argument)
{
	return argument[strspn(argument, " \t\r\n")] == '<';
}

static int document_from_xml(const char *xml, struct document *ret_document, struct error *err)
{
	struct document document = { .source = "xml" };

	document.xml = strdup(xml);
	if (!document.xml)
		return error_oom(err);
	*ret_document = document;
	return 0;
}

static bool is_spec(const char *argument)
{
	static const char ethernet[] = "ethernet";
	size_t length = strlen(ethernet);

	return strchr(argument, '=') || (!strncmp(argument, ethernet, length) &&
					 (!argument[length] || argument[length] == ','));
}

static bool is_bridge(const char *device)
{
	AUTO_FREE char *path = text_format("/sys/class/net/%s/bridge", device);

	return path && access(path, F_OK) == 0;
}

/* What a name alone probably is: a bridge or host interface that is here, else a network. */
static const char *guess_key(const char *name)
{
	if (!if_nametoindex(name))
		return "network";
	return is_bridge(name) ? "bridge" : "dev";
}

static bool looks_like_file(const char *argument)
{
	const char *dot = strrchr(argument, '.');

	return strchr(argument, '/') || (dot && !strcmp(dot, ".xml"));
}

static int document_unknown(const char *argument, struct error *err)
{
	static const char *const sources[] = { "network", "dev", "bridge" };

	if (name_index(sources, ARRAY_SIZE(sources), argument) >= 0)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "%s stands without its value: %s=NAME", argument, argument);
	if (!*argument)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "the FILE or SPEC is empty");
	if (looks_like_file(argument))
		return error_system(err, -ENOENT, "cannot read %s", argument);
	return error_set(err, -ENOENT, ERROR_INVALID_ARGUMENT,
			 "%s is neither a file nor a SPEC such as network=NAME, dev=IFACE, "
			 "bridge=BR or ethernet; did you mean %s=%s?",
			 argument, guess_key(argument), argument);
}

int document_read(const char *argument, struct document *ret_document, struct error *err)
{
	if (is_xml(argument))
		return document_from_xml(argument, ret_document, err);
	if (!strcmp(argument, "-") || access(argument, F_OK) == 0)
		return document_read_file(argument, ret_document, err);
	if (is_spec(argument))
		return document_from_spec(argument, ret_document, err);
	return document_unknown(argument, err);
}

int document_read_fragment(const char *argument, struct document *ret_document, struct error *err)
{
	if (is_xml(argument))
		return document_from_xml(argument, ret_document, err);
	if (strcmp(argument, "-") != 0 && !looks_like_file(argument) && access(argument, F_OK) < 0)
		return error_set(err, -ENOENT, ERROR_INVALID_ARGUMENT,
				 "%s is neither a file nor XML, which begins with '<'", argument);
	return document_read_file(argument, ret_document, err);
}

/* What vifd says of the XML that is made of a key, and the key. */
static const struct {
	const char *key;
	const char *xml;
	const char *spec;
} spec_words[] = {
	{ "vlan", "<vlan>", "vlan=" },
	{ "isolated", "<port isolated='yes'>", "isolated" },
	{ "isolated", "mode='private'", "mode=private" },
	{ "driver", "driver name='vhost'", "driver=vhost" },
	{ "trust", "trustGuestRxFilters='yes'", "trust" },
};

static bool spec_has_key(const char *spec, const char *key)
{
	size_t length = strlen(key);

	for (const char *item = spec; item; item = strchr(item, ',')) {
		item += *item == ',';
		if (!strncmp(item, key, length) && strchr(",=", item[length]))
			return true;
	}
	return false;
}

static void sentence_replace(struct error *err, const char *at, size_t length, const char *with)
{
	char *text = text_format("%.*s%s%s", (int)(at - err->text), err->text, with, at + length);

	if (!text)
		return;
	free(err->text);
	err->text = text;
}

/* "spec: " or "spec:1: ": its XML is nobody's, and has no lines. */
static void place_replace(const char *spec, struct error *err)
{
	AUTO_FREE char *place = text_format("'%s': ", spec);
	const char *rest = err->text;

	if (!place || strncmp(rest, spec_source, strlen(spec_source)) != 0)
		return;
	rest += strlen(spec_source);
	if (rest[0] == ':' && rest[1] != ' ')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (!strncmp(rest, ": ", strlen(": ")))
		sentence_replace(err, err->text, (size_t)(rest - err->text) + strlen(": "), place);
}

void document_translate(const struct document *document, struct error *err)
{
	if (!document->spec || !err->text)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(spec_words); i++) {
		const char *found = strstr(err->text, spec_words[i].xml);

		if (found && spec_has_key(document->spec, spec_words[i].key))
			sentence_replace(err, found, strlen(spec_words[i].xml), spec_words[i].spec);
	}
	place_replace(document->spec, err);
}

void document_done(struct document *document)
{
	free(document->xml);
	*document = (struct document){ 0 };
}
