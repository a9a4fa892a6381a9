/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "util/parse.h"

enum {
	DNS_NAME_MAX = 253, /* RFC 1035, without what the wire needs */
	DNS_LABEL_MAX = 63,
};

int parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret_value)
{
	uint64_t value = 0;
	bool overflow = false;

	if (!*text)
		return -EINVAL;
	for (const char *p = text; *p; p++) {
		uint64_t next;

		if (*p < '0' || *p > '9')
			return -EINVAL;
		if (__builtin_mul_overflow(value, UINT64_C(10), &next) ||
		    __builtin_add_overflow(next, (uint64_t)(*p - '0'), &value))
			overflow = true;
	}
	if (overflow || value < min || value > max)
		return -ERANGE;
	*ret_value = value;
	return 0;
}

int parse_u32(const char *text, uint32_t min, uint32_t max, uint32_t *ret_value)
{
	uint64_t value;
	int r;

	r = parse_u64(text, min, max, &value);
	if (r < 0)
		return r;
	*ret_value = (uint32_t)value;
	return 0;
}

int parse_yes_no(const char *text, bool *ret_value)
{
	if (!strcmp(text, "yes"))
		*ret_value = true;
	else if (!strcmp(text, "no"))
		*ret_value = false;
	else
		return -EINVAL;
	return 0;
}

static bool has_only_ifname_chars(const char *name)
{
	for (const char *p = name; *p; p++)
		if (*p == '/' || *p == ':' || isspace((unsigned char)*p))
			return false;
	return true;
}

/* `spare`: how many bytes more than the name the text has. */
static const char *ifname_wrong_with(const char *name, size_t spare)
{
	if (strlen(name) >= IFNAMSIZ + spare)
		return "is too long; a device's name has at most 15 characters";
	if (!*name || !strcmp(name, ".") || !strcmp(name, "..") || !has_only_ifname_chars(name))
		return "is not a name that a device can have";
	return NULL;
}

const char *ifname_wrong(const char *name)
{
	return ifname_wrong_with(name, 0);
}

bool ifname_is_valid(const char *name)
{
	return !ifname_wrong(name);
}

const char *ifname_template_wrong(const char *template)
{
	const char *percent = strchr(template, '%');

	if (percent && (percent[1] != 'd' || strchr(percent + 1, '%')))
		return "may hold one %d and no other '%'";
	return ifname_wrong_with(template, percent ? strlen("%d") - 1 : 0);
}

static const char *dns_label_wrong(const char *label, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)label[i] >= 0x80)
			return "is not in ASCII: dnsmasq has to be told a name as DNS has it "
			       "(xn--…)";
		if (!isalnum((unsigned char)label[i]) && !strchr("-_*", label[i]))
			return "is not a name that DNS has";
	}
	if (length == 0)
		return "is not a name that DNS has: a part of it is empty";
	if (length > DNS_LABEL_MAX)
		return "is not a name that DNS has: a part of it has more than 63 characters";
	return NULL;
}

const char *dns_name_wrong(const char *name)
{
	const char *why = *name ? NULL : "is not a name that DNS has";
	size_t length;

	if (strlen(name) > DNS_NAME_MAX)
		return "is not a name that DNS has: that has at most 253 characters";
	/* One that ends with a dot is the same name. */
	for (const char *label = name; !why && *label; label += length + (label[length] == '.')) {
		length = strcspn(label, ".");
		why = dns_label_wrong(label, length);
	}
	return why;
}

int name_index(const char *const *names, unsigned n, const char *text)
{
	for (unsigned i = 0; i < n; i++)
		if (names[i] && !strcmp(names[i], text))
			return (int)i;
	return -EINVAL;
}

bool streq(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	return !strcmp(a, b);
}

bool line_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

char *line_trim(char *line)
{
	size_t length;

	while (line_blank(*line))
		line++;
	length = strlen(line);
	while (length > 0 && line_blank(line[length - 1]))
		length--;
	line[length] = '\0';
	return line;
}
