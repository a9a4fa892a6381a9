/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/nwfilter-value.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "model/packet-filter.h"
#include "util/cleanup.h"
#include "util/parse.h"
#include "util/text.h"

enum {
	COMMENT_SIZE_MAX = 256,
	SET_NAME_SIZE_MAX = 31, /* IPSET_MAXNAMELEN is 32 */
	SET_FLAGS_MAX = 6,
};

static int wrong(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EINVAL;
}

/* --- numbers --- */

static int parse_number(const char *text, uint32_t *ret_number, bool *ret_hexadecimal)
{
	bool hexadecimal = !strncmp(text, "0x", 2);
	uint64_t number = 0;

	if (!hexadecimal)
		return parse_u32(text, 0, UINT32_MAX, ret_number);
	if (!text[2] || strlen(text) > strlen("0x00000000"))
		return -EINVAL;
	for (const char *digit = text + 2; *digit; digit++) {
		if (!isxdigit((unsigned char)*digit))
			return -EINVAL;
		number = number << 4 |
			 (uint64_t)(isdigit((unsigned char)*digit) ? *digit - '0'
								   : (*digit | 32) - 'a' + 10);
	}
	*ret_number = (uint32_t)number;
	*ret_hexadecimal = true;
	return 0;
}

static const char *number_wrong(const struct nwfilter_attribute *attribute)
{
	if (attribute->min)
		return "is neither a protocol's name nor a number from 0x600 to 0xffff";
	switch (attribute->max) {
	case 0xff:
		return attribute->names ? "is neither a protocol's name nor a number up to 255"
					: "is not a number from 0 to 255";
	case 0xffff:
		return attribute->names ? "is neither an operation's name nor a number up to 65535"
					: "is not a number from 0 to 65535";
	case 0xfff:
		return "is not a number from 0 to 4095";
	case 63:
		return "is not a number from 0 to 63";
	default:
		return "is not a number from 0 to 4294967295";
	}
}

static int read_number(const struct nwfilter_attribute *attribute, const char *text,
		       struct nwfilter_value *value, const char **ret_why)
{
	for (const struct nwfilter_name *name = attribute->names; name && name->name; name++)
		if (!strcasecmp(name->name, text)) {
			value->number = name->number;
			return 0;
		}
	if (parse_number(text, &value->number, &value->hexadecimal) < 0 ||
	    value->number < attribute->min || value->number > attribute->max)
		return wrong(ret_why, number_wrong(attribute));
	return 0;
}

static char *format_number(const struct nwfilter_value *value)
{
	for (const struct nwfilter_name *name = value->attribute->names; name && name->name; name++)
		if (name->number == value->number)
			return strdup(name->name);
	return text_format(value->hexadecimal ? "0x%x" : "%u", value->number);
}

/* --- addresses --- */

/* As libvirt reads them: a byte may have one digit. */
static int read_mac(const char *text, struct nwfilter_value *value, const char **ret_why)
{
	for (int i = 0; i < 6; i++) {
		char pair[3] = { 0 };
		size_t n = strspn(text, "0123456789abcdefABCDEF");

		if (n < 1 || n > 2 || text[n] != (i < 5 ? ':' : '\0'))
			return wrong(ret_why, "is not a MAC address");
		memcpy(pair, text, n);
		value->mac.bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
		text += n + 1;
	}
	return 0;
}

static int read_address(int family, const char *text, struct nwfilter_value *value,
			const char **ret_why)
{
	struct address address;

	if (address_parse(text, &address) < 0 || address.family != family)
		return wrong(ret_why, family == AF_INET ? "is not an IPv4 address"
							: "is not an IPv6 address");
	value->address = address;
	return 0;
}

static int read_prefix(int family, const char *text, struct nwfilter_value *value,
		       const char **ret_why)
{
	unsigned prefix, bits = family == AF_INET ? 32 : 128;
	struct address mask;

	if (parse_u32(text, 0, bits, &value->number) == 0)
		return 0;
	if (address_parse(text, &mask) < 0 || mask.family != family ||
	    address_mask_prefix(&mask, &prefix) < 0)
		return wrong(ret_why, family == AF_INET
					      ? "is neither a netmask nor a number from 0 to 32"
					      : "is neither a netmask nor a number from 0 to 128");
	value->number = prefix;
	return 0;
}

/* --- words --- */

static const struct nwfilter_name states[] = {
	{ "NEW", PACKET_NEW },
	{ "ESTABLISHED", PACKET_ESTABLISHED },
	{ "RELATED", PACKET_RELATED },
	{ "INVALID", PACKET_INVALID },
	{ NULL },
};

/* RFC 9293, 3.1. */
static const struct nwfilter_name flags[] = {
	{ "FIN", 0x01 }, { "SYN", 0x02 }, { "RST", 0x04 }, { "PSH", 0x08 },
	{ "ACK", 0x10 }, { "URG", 0x20 }, { NULL },
};
enum {
	FLAGS_ALL = 0x3f,
};

/* Words with commas between them; NONE alone is none of them, ALL alone is `all` (0: no word). */
static int parse_words(const struct nwfilter_name *names, uint32_t all, const char *text,
		       uint32_t *ret_bits)
{
	uint32_t bits = 0;

	if (!strcmp(text, "NONE") || (all && !strcmp(text, "ALL"))) {
		*ret_bits = *text == 'N' ? 0 : all;
		return 0;
	}
	for (;; text++) {
		const struct nwfilter_name *name = names;
		size_t length = strcspn(text, ",");

		while (name->name &&
		       (strlen(name->name) != length || strncmp(name->name, text, length) != 0))
			name++;
		if (!name->name)
			return -EINVAL;
		bits |= name->number;
		text += length;
		if (!*text)
			break;
	}
	*ret_bits = bits;
	return 0;
}

static void add_words(struct text *text, const struct nwfilter_name *names, uint32_t all,
		      uint32_t bits)
{
	const char *comma = "";

	if (!bits || bits == all) {
		text_add(text, "%s", bits ? "ALL" : "NONE");
		return;
	}
	for (; names->name; names++)
		if (bits & names->number) {
			text_add(text, "%s%s", comma, names->name);
			comma = ",";
		}
}

static int read_states(const char *text, struct nwfilter_value *value, const char **ret_why)
{
	if (parse_words(states, 0, text, &value->number) < 0)
		return wrong(ret_why, "is neither NONE nor a list of NEW, ESTABLISHED, RELATED, "
				      "INVALID");
	return 0;
}

static int read_flags(const char *text, struct nwfilter_value *value, const char **ret_why)
{
	AUTO_FREE char *mask = strdup(text);
	char *slash = mask ? strchr(mask, '/') : NULL;
	uint32_t looked_at, set;

	if (!mask)
		return -ENOMEM;
	if (slash)
		*slash++ = '\0';
	if (!slash || parse_words(flags, FLAGS_ALL, mask, &looked_at) < 0 ||
	    parse_words(flags, FLAGS_ALL, slash, &set) < 0)
		return wrong(ret_why, "is not MASK/FLAGS, each NONE, ALL or a list of SYN, ACK, "
				      "URG, PSH, FIN, RST");
	value->number = looked_at << 8 | set;
	return 0;
}

static int read_boolean(const char *text, struct nwfilter_value *value, const char **ret_why)
{
	static const char *const words[] = { "no", "yes", "false", "true", "0", "1" };
	int i = name_index(words, ARRAY_SIZE(words), text);

	if (i < 0)
		return wrong(ret_why, "is neither true nor false");
	value->number = i & 1;
	return 0;
}

static int take_text(const char *text, struct nwfilter_value *value)
{
	free(value->text);
	value->text = strdup(text);
	return value->text ? 0 : -ENOMEM;
}

static int read_set(const char *text, struct nwfilter_value *value, const char **ret_why)
{
	size_t length = strlen(text);

	if (length < 1 || length > SET_NAME_SIZE_MAX)
		return wrong(ret_why, "is not a name of 1 to 31 characters");
	for (const char *c = text; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_.:-+ ", *c))
			return wrong(ret_why, "is not the name of a set");
	return take_text(text, value);
}

static int read_set_flags(const char *text, struct nwfilter_value *value, const char **ret_why)
{
	unsigned n = 0;
	int r = take_text(text, value);

	if (r < 0)
		return r;
	for (char *word = value->text;; word += 4) {
		if ((strncasecmp(word, "src", 3) != 0 && strncasecmp(word, "dst", 3) != 0) ||
		    (word[3] && word[3] != ',') || ++n > SET_FLAGS_MAX)
			return wrong(ret_why, "is not a list of one to six of src, dst");
		for (int i = 0; i < 3; i++)
			word[i] |= 32;
		if (!word[3])
			return 0;
	}
}

static int read_comment(const char *text, struct nwfilter_value *value, const char **ret_why)
{
	if (strlen(text) > COMMENT_SIZE_MAX)
		return wrong(ret_why, "is longer than 256 bytes");
	return take_text(text, value);
}

/* --- values --- */

static int family_of(const struct nwfilter_attribute *attribute, enum nwfilter_protocol protocol)
{
	int family = nwfilter_protocol_family(protocol);

	return family ? family : AF_INET; /* ARP */
}

int nwfilter_value_parse(const struct nwfilter_attribute *attribute,
			 enum nwfilter_protocol protocol, const char *text,
			 struct nwfilter_value *value, const char **ret_why)
{
	value->attribute = attribute;
	switch (attribute->kind) {
	case NWFILTER_KIND_NUMBER:
		return read_number(attribute, text, value, ret_why);
	case NWFILTER_KIND_MAC:
		return read_mac(text, value, ret_why);
	case NWFILTER_KIND_ADDRESS:
		return read_address(family_of(attribute, protocol), text, value, ret_why);
	case NWFILTER_KIND_PREFIX:
		return read_prefix(family_of(attribute, protocol), text, value, ret_why);
	case NWFILTER_KIND_BOOLEAN:
		return read_boolean(text, value, ret_why);
	case NWFILTER_KIND_STATES:
		return read_states(text, value, ret_why);
	case NWFILTER_KIND_FLAGS:
		return read_flags(text, value, ret_why);
	case NWFILTER_KIND_SET:
		return read_set(text, value, ret_why);
	case NWFILTER_KIND_SET_FLAGS:
		return read_set_flags(text, value, ret_why);
	case NWFILTER_KIND_COMMENT:
		break;
	}
	return read_comment(text, value, ret_why);
}

static char *format_variable(const struct nwfilter_variable *variable)
{
	if (variable->is_element)
		return text_format("$%s[%u]", variable->name, variable->number);
	if (variable->number)
		return text_format("$%s[@%u]", variable->name, variable->number);
	return text_format("$%s", variable->name);
}

static char *format_words(const struct nwfilter_value *value)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	char *string = NULL;

	if (value->attribute->kind == NWFILTER_KIND_STATES) {
		add_words(&text, states, 0, value->number);
	} else {
		add_words(&text, flags, FLAGS_ALL, value->number >> 8);
		text_add(&text, "/");
		add_words(&text, flags, FLAGS_ALL, value->number & 0xff);
	}
	return text_take(&text, &string) < 0 ? NULL : string;
}

char *nwfilter_value_format(const struct nwfilter_value *value)
{
	char text[ADDRESS_TEXT_SIZE];

	if (value->variable.name)
		return format_variable(&value->variable);
	switch (value->attribute->kind) {
	case NWFILTER_KIND_NUMBER:
		return format_number(value);
	case NWFILTER_KIND_MAC:
		mac_format(&value->mac, text);
		return strdup(text);
	case NWFILTER_KIND_ADDRESS:
		address_format(&value->address, text);
		return strdup(text);
	case NWFILTER_KIND_PREFIX:
		return text_format("%u", value->number);
	case NWFILTER_KIND_BOOLEAN:
		return strdup(value->number ? "true" : "false");
	case NWFILTER_KIND_STATES:
	case NWFILTER_KIND_FLAGS:
		return format_words(value);
	case NWFILTER_KIND_SET:
	case NWFILTER_KIND_SET_FLAGS:
	case NWFILTER_KIND_COMMENT:
		break;
	}
	return strdup(value->text);
}

/* --- variables --- */

bool nwfilter_variable_name_is_valid(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return length > 0 && !name[length];
}

/* "[ @1 ]": with blanks where libvirt's schema lets them stand. */
static int parse_access(const char *text, struct nwfilter_variable *variable)
{
	char digits[8] = { 0 };
	size_t n;

	text += 1 + strspn(text + 1, " ");
	variable->is_element = *text != '@';
	text += *text == '@';
	n = strspn(text, "0123456789");
	if (n < 1 || n >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, n);
	text += n + strspn(text + n, " ");
	if (*text != ']' || text[1 + strspn(text + 1, " ")])
		return -EINVAL;
	return parse_u32(digits, 0, 1000, &variable->number) < 0 ? -EINVAL : 0;
}

int nwfilter_variable_parse(const char *text, struct nwfilter_variable *ret)
{
	struct nwfilter_variable variable = { 0 };
	const char *name = text + 1 + strspn(text + 1, " ");
	size_t length = strcspn(name, " [");
	AUTO_FREE char *copy = strndup(name, length);
	const char *rest = name + length + strspn(name + length, " ");

	if (!copy)
		return -ENOMEM;
	if (*text != '$' || !nwfilter_variable_name_is_valid(copy))
		return -EINVAL;
	if (*rest == '[' ? parse_access(rest, &variable) < 0 : *rest != '\0')
		return -EINVAL;
	variable.name = take_ptr(copy);
	*ret = variable;
	return 0;
}

int nwfilter_value_copy(const struct nwfilter_value *value, struct nwfilter_value *ret)
{
	struct nwfilter_value copy = *value;

	copy.text = value->text ? strdup(value->text) : NULL;
	copy.variable.name = value->variable.name ? strdup(value->variable.name) : NULL;
	if ((value->text && !copy.text) || (value->variable.name && !copy.variable.name)) {
		nwfilter_value_done(&copy);
		return -ENOMEM;
	}
	*ret = copy;
	return 0;
}

void nwfilter_value_done(struct nwfilter_value *value)
{
	free(value->text);
	free(value->variable.name);
	*value = (struct nwfilter_value){ 0 };
}
