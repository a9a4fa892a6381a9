/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file is read as far as the question needs it: the keys of [Match], and of [Link] what makes
 * it harmless (Unmanaged= for networkd) or harmful (a name, an address, an MTU for udev). A key
 * that is about hardware (an address, a path, an SSID) does not match a device of ours; one about
 * the host (its name, its kernel) is taken as true. An empty file matches nothing, and masks
 * others of its name. Drop-ins (NAME.network.d) are not looked at.
 */
#include <dirent.h>
#include <fnmatch.h>
#include <string.h>
#include <unistd.h>

#include "services/networkd.h"
#include "util/array.h"
#include "util/file.h"
#include "util/parse.h"
#include "util/text.h"

enum {
	FILE_MAX_BYTES = 1 << 20,
	NAMES_MAX = 2,
};

/* The first has a file before the others have one of the same name. */
static const char *const folders[] = {
	"/etc/systemd/network",
	"/run/systemd/network",
	"/usr/local/lib/systemd/network",
	"/usr/lib/systemd/network",
};

/* As they see devices of ours; any uuid will do. udev knows no alternative names. */
static const struct device {
	const char *names[NAMES_MAX]; /* its name, its alternative name */
	const char *kind, *driver, *type;
} devices[] = {
	{ { "vif0", "vif-00000000-0000-4000-8000-000000000000" }, "tun", "tun", "ether" },
	{ { "vif0-0", "vif-00000000-0000-4000-8000-000000000000-0" },
	  "macvlan",
	  "macvlan",
	  "ether" },
	{ { "vif0", "vif-00000000-0000-4000-8000-000000000000" }, "macvtap", "macvtap", "ether" },
	{ { "vifbr0", "vif-net-00000000-0000-4000-8000-000000000000" },
	  "bridge",
	  "bridge",
	  "bridge" },
	{ { "viftun0", "vif-net-00000000-0000-4000-8000-000000000000-tunnel" },
	  "vxlan",
	  "vxlan",
	  "vxlan" },
	{ { "vifhost0", "vif-net-00000000-0000-4000-8000-000000000000-host" },
	  "macvlan",
	  "macvlan",
	  "ether" },
};

enum section {
	SECTION_OTHER,
	SECTION_MATCH,
	SECTION_LINK,
};

enum {
	KEYS = 4,
};

/* A kind of files: whose, and what is in them. */
static const struct kind {
	const char *suffix;
	/* The keys of [Match] that tell devices of ours apart, and their place in a reading. */
	const char *keys[KEYS];
	size_t n_names;       /* how many of a device's it knows */
	const char *spares;   /* a key of [Link] that is true where the file is harmless, or … */
	const char *harms[4]; /* … those without which it is */
} kinds[] = {
	[NETWORKD_NETWORK] = { ".network",
			       { "Name", "Kind", "Driver", "Type" },
			       2,
			       "Unmanaged",
			       { NULL } },
	[NETWORKD_LINK] = { ".link",
			    { "OriginalName", "Kind", "Driver", "Type" },
			    1,
			    NULL,
			    { "Name", "MACAddress", "MTUBytes" } },
};
_Static_assert(ARRAY_SIZE(kinds) == NETWORKD_KIND_COUNT, "a row for each kind");

/* What a file says. */
struct reading {
	const struct kind *kind;
	enum section section;
	char *patterns[KEYS]; /* between blanks, '!' in front; NULL: any */
	bool says_what;       /* [Match] has a key */
	bool matches_none;    /* it is about hardware */
	bool harmless;
	bool failed; /* no memory */
};

static void reading_done(struct reading *reading)
{
	for (size_t i = 0; i < KEYS; i++)
		free(reading->patterns[i]);
}

/* As net_condition_test_strv(): none behind a '!' may match; of the others, if any, one has to. */
static bool text_matches(const char *patterns, const char *text)
{
	AUTO_FREE char *copy = strdup(patterns);
	bool positive = false, match = false;
	char *rest = NULL;

	for (char *word = copy ? strtok_r(copy, " ", &rest) : NULL; word;
	     word = strtok_r(NULL, " ", &rest)) {
		bool inverted = *word == '!';

		positive |= !inverted;
		if (fnmatch(word + inverted, text, 0) != 0)
			continue;
		if (inverted)
			return false;
		match = true;
	}
	return positive ? match : true;
}

static bool device_matches(const struct reading *reading, const struct device *device)
{
	const char *const texts[] = { NULL, device->kind, device->driver, device->type };

	for (size_t i = 1; i < KEYS; i++)
		if (reading->patterns[i] && !text_matches(reading->patterns[i], texts[i]))
			return false;
	for (size_t i = 0; reading->patterns[0] && i < reading->kind->n_names; i++)
		if (text_matches(reading->patterns[0], device->names[i]))
			return true;
	return !reading->patterns[0];
}

static bool is_of_hardware(const char *key)
{
	static const char *const hardware[] = { "MACAddress", "PermanentMACAddress", "Path",
						"Property",   "WLANInterfaceType",   "SSID",
						"BSSID" };

	return name_index(hardware, ARRAY_SIZE(hardware), key) >= 0;
}

/* Lines of one key add up; an empty one begins anew. A '!' in front is each word's. */
static void add_patterns(struct reading *reading, size_t place, char *value)
{
	const char *mark = *value == '!' ? "!" : "";
	AUTO_TEXT struct text text = TEXT_INIT;
	char *rest = NULL, *patterns = NULL;

	if (*value && reading->patterns[place])
		text_add(&text, "%s ", reading->patterns[place]);
	free(take_ptr(reading->patterns[place]));
	if (!*value)
		return;
	for (char *word = strtok_r(value + strlen(mark), " \t", &rest); word;
	     word = strtok_r(NULL, " \t", &rest))
		text_add(&text, "%s%s ", mark, word);
	if (text_take(&text, &patterns) < 0)
		reading->failed = true;
	reading->patterns[place] = patterns;
}

static void read_match(struct reading *reading, const char *key, char *value)
{
	int place = name_index(reading->kind->keys, KEYS, key);

	reading->says_what |= *value != '\0';
	reading->matches_none |= *value && is_of_hardware(key);
	if (place >= 0)
		add_patterns(reading, (size_t)place, value);
}

static bool is_true(const char *value)
{
	static const char *const words[] = { "1", "yes", "y", "true", "t", "on" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcasecmp(value, words[i]))
			return true;
	return false;
}

/* Cuts white space off both ends. */
static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && strchr(" \t\r", end[-1]))
		*--end = '\0';
	return text + strspn(text, " \t");
}

static void read_link(struct reading *reading, const char *key, const char *value)
{
	const struct kind *kind = reading->kind;

	if (streq(key, kind->spares))
		reading->harmless = is_true(value);
	for (size_t i = 0; kind->harms[i]; i++)
		if (streq(key, kind->harms[i]) && *value)
			reading->harmless = false;
}

static void read_line(struct reading *reading, char *line)
{
	char *equals;

	line = trim(line);
	if (*line == '[') {
		reading->section = streq(line, "[Match]")  ? SECTION_MATCH
				   : streq(line, "[Link]") ? SECTION_LINK
							   : SECTION_OTHER;
		return;
	}
	equals = strchr(line, '=');
	if (!*line || *line == '#' || *line == ';' || !equals)
		return;
	*equals = '\0';
	if (reading->section == SECTION_MATCH)
		read_match(reading, trim(line), trim(equals + 1));
	else if (reading->section == SECTION_LINK)
		read_link(reading, trim(line), trim(equals + 1));
}

static void read_file(const char *path, struct reading *reading)
{
	AUTO_FREE char *text = NULL;
	char *rest = NULL;
	size_t size;

	if (file_read(path, FILE_MAX_BYTES, &text, &size, NULL) < 0)
		return;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		read_line(reading, line);
}

struct names {
	char **items;
	size_t n;
};

static void names_done(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->items[i]);
	free(names->items);
}

static int names_add(struct names *names, const char *suffix, const char *name)
{
	size_t length = strlen(name), tail = strlen(suffix);
	char **slot;

	if (length <= tail || strcmp(name + length - tail, suffix) != 0)
		return 0;
	for (size_t i = 0; i < names->n; i++)
		if (!strcmp(names->items[i], name))
			return 0;
	slot = array_add(&names->items, &names->n, sizeof(*slot));
	if (slot)
		*slot = strdup(name);
	return slot && *slot ? 0 : -ENOMEM;
}

static int names_read(struct names *names, const char *suffix, const char *root, const char *folder)
{
	AUTO_FREE char *path = text_format("%s%s", root, folder);
	struct dirent *entry;
	DIR *dir;
	int r = path ? 0 : -ENOMEM;

	dir = path ? opendir(path) : NULL;
	while (r == 0 && dir && (entry = readdir(dir)))
		r = names_add(names, suffix, entry->d_name);
	if (dir)
		closedir(dir);
	return r;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The file of that name that counts; NULL when out of memory. */
static char *path_of(const char *root, const char *name)
{
	char *path = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		free(path);
		path = text_format("%s%s/%s", root, folders[i], name);
		if (!path || access(path, F_OK) == 0)
			break;
	}
	return path;
}

/* False where the file takes a device that no file before it has `taken`. */
static bool leaves_alone(const struct reading *reading, bool taken[static ARRAY_SIZE(devices)])
{
	if (!reading->says_what || reading->matches_none)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		if (taken[i] || !device_matches(reading, &devices[i]))
			continue;
		if (!reading->harmless)
			return false;
		taken[i] = true;
	}
	return true;
}

int networkd_find(enum networkd_kind kind, const char *root, char **ret_path)
{
	AUTO(names_done) struct names names = { 0 };
	bool taken[ARRAY_SIZE(devices)] = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(folders); i++)
		r = names_read(&names, kinds[kind].suffix, root, folders[i]);
	if (r < 0)
		return r;
	if (names.n > 0)
		qsort(names.items, names.n, sizeof(*names.items), compare);
	*ret_path = NULL;
	for (size_t i = 0; i < names.n; i++) {
		AUTO_FREE char *path = path_of(root, names.items[i]);
		AUTO(reading_done)
		struct reading reading = { .kind = &kinds[kind], .harmless = !kinds[kind].spares };

		if (!path)
			return -ENOMEM;
		read_file(path, &reading);
		if (reading.failed)
			return -ENOMEM;
		if (leaves_alone(&reading, taken))
			continue;
		*ret_path = take_ptr(path);
		return 0;
	}
	return 0;
}
