/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "formats/xml-writer.h"

/* XML 1.0, production 2; RFC 3629 for the bytes. */
size_t xml_char_length(const char *string)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)string;
	size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	uint32_t c = length == 1 ? s[0] : s[0] & (0x7fU >> length);

	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (length == 0 || s[0] > 0xf4 || c < smallest[length] || c > 0x10ffff)
		return 0;
	if (c < 0x20)
		return c == '\t' || c == '\n' || c == '\r' ? length : 0;
	return (c >= 0xd800 && c <= 0xdfff) || c == 0xfffe || c == 0xffff ? 0 : length;
}

static void indent(struct xml_writer *writer)
{
	for (unsigned i = 0; i < writer->depth; i++)
		text_put(&writer->text, "  ", 2);
}

void xml_open(struct xml_writer *writer)
{
	if (!writer->tag_open)
		return;
	text_puts(&writer->text, ">\n");
	writer->depth++;
	writer->tag_open = false;
}

static const char *escape_of(char c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '\'':
		return "&apos;";
	case '"':
		return "&quot;";
	case '\t':
		return "&#9;";
	case '\n':
		return "&#10;";
	case '\r':
		return "&#13;";
	default:
		return NULL;
	}
}

/* How many bytes stand for themselves. */
static size_t plain_length(const char *string)
{
	size_t n = 0;

	while (string[n] && !escape_of(string[n])) {
		size_t length = xml_char_length(string + n);

		if (length == 0)
			break;
		n += length;
	}
	return n;
}

static void escape(struct text *text, const char *string)
{
	for (;;) {
		size_t length = plain_length(string);
		const char *escaped;

		text_put(text, string, length);
		string += length;
		if (!*string)
			return;
		escaped = escape_of(*string);
		text_puts(text, escaped ? escaped : "\xef\xbf\xbd");
		string++;
	}
}

void xml_begin(struct xml_writer *writer, const char *name)
{
	xml_open(writer);
	indent(writer);
	text_puts(&writer->text, "<");
	text_puts(&writer->text, name);
	writer->tag_open = true;
}

void xml_attribute(struct xml_writer *writer, const char *name, const char *value)
{
	if (!value)
		return;
	text_puts(&writer->text, " ");
	text_puts(&writer->text, name);
	text_puts(&writer->text, "='");
	escape(&writer->text, value);
	text_puts(&writer->text, "'");
}

void xml_attribute_number(struct xml_writer *writer, const char *name, unsigned long long value)
{
	text_add(&writer->text, " %s='%llu'", name, value);
}

void xml_content(struct xml_writer *writer, const char *text)
{
	text_puts(&writer->text, writer->tag_open ? ">" : "");
	writer->tag_open = false;
	writer->content = true;
	escape(&writer->text, text);
}

static void end_tag(struct xml_writer *writer, const char *name)
{
	text_puts(&writer->text, "</");
	text_puts(&writer->text, name);
	text_puts(&writer->text, ">\n");
}

void xml_end(struct xml_writer *writer, const char *name)
{
	if (writer->tag_open) {
		text_puts(&writer->text, "/>\n");
	} else if (writer->content) {
		end_tag(writer, name);
	} else {
		writer->depth--;
		indent(writer);
		end_tag(writer, name);
	}
	writer->tag_open = false;
	writer->content = false;
}

void xml_leaf(struct xml_writer *writer, const char *name, const char *text)
{
	if (!text)
		return;
	xml_begin(writer, name);
	xml_content(writer, text);
	xml_end(writer, name);
}

/* A plain fragment ends with a line break and is indented anew, line by line. */
void xml_kept_element(struct xml_writer *writer, const struct kept *item)
{
	const char *line = item->xml;

	xml_open(writer);
	if (item->verbatim) {
		indent(writer);
		text_add(&writer->text, "%s\n", item->xml);
		return;
	}
	while (*line) {
		size_t length = strcspn(line, "\n");

		indent(writer);
		text_add(&writer->text, "%.*s\n", (int)length, line);
		line += length + (line[length] == '\n');
	}
}

/* A prefix may have been declared for several attributes of an element; once is enough. */
static bool stands_before(const struct kept_list *kept, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (kept->items[j].value && !strcmp(kept->items[j].name, kept->items[i].name) &&
		    !strcmp(kept->items[j].parent, kept->items[i].parent))
			return true;
	return false;
}

void xml_kept_attributes(struct xml_writer *writer, const struct kept_list *kept,
			 const char *parent)
{
	for (size_t i = 0; i < kept->n; i++) {
		const struct kept *item = &kept->items[i];

		if (item->value && !strcmp(item->parent, parent) && !stands_before(kept, i))
			xml_attribute(writer, item->name, item->value);
	}
}

void xml_kept_elements(struct xml_writer *writer, const struct kept_list *kept, const char *parent,
		       const char *name)
{
	for (size_t i = 0; i < kept->n; i++) {
		const struct kept *item = &kept->items[i];

		if (item->xml && !strcmp(item->parent, parent) &&
		    (!name || !strcmp(item->name, name)))
			xml_kept_element(writer, item);
	}
}

void xml_end_kept(struct xml_writer *writer, const struct kept_list *kept, const char *name)
{
	xml_kept_attributes(writer, kept, name);
	xml_kept_elements(writer, kept, name, NULL);
	xml_end(writer, name);
}

bool xml_has_kept(const struct kept_list *kept, const char *parent)
{
	for (size_t i = 0; i < kept->n; i++)
		if (!strcmp(kept->items[i].parent, parent))
			return true;
	return false;
}

void xml_vif_element(struct xml_writer *writer, const char *name, const char *attribute,
		     const char *value)
{
	char qualified[32];

	snprintf(qualified, sizeof(qualified), "vif:%s", name);
	xml_begin(writer, qualified);
	xml_attribute(writer, "xmlns:vif", VIF_NAMESPACE);
	xml_attribute(writer, attribute, value);
	xml_end(writer, qualified);
}

void xml_vif_attribute(struct xml_writer *writer, const char *attribute, const char *value)
{
	char qualified[32];

	snprintf(qualified, sizeof(qualified), "vif:%s", attribute);
	xml_attribute(writer, "xmlns:vif", VIF_NAMESPACE);
	xml_attribute(writer, qualified, value);
}

void xml_vif_mac(struct xml_writer *writer, const struct mac *mac)
{
	char text[MAC_TEXT_SIZE];

	if (!mac)
		return;
	mac_format(mac, text);
	xml_vif_attribute(writer, "mac", text);
}

int xml_writer_take(struct xml_writer *writer, char **ret_xml)
{
	int r = text_take(&writer->text, ret_xml);

	xml_writer_done(writer);
	return r;
}

void xml_writer_done(struct xml_writer *writer)
{
	text_done(&writer->text);
	*writer = XML_WRITER_INIT;
}
