/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Placeholders are found by one cursor, placeholder_next(), which both the check
 * before and the filling after use: what was accepted is what is replaced. The
 * kinds are a table; a row says how its value is written and whether it needs
 * open descriptors.
 */
#include <stdint.h>
#include <string.h>

#include "util/parse.h"
#include "vmm/placeholders.h"
#include "vmm/qemu.h"

struct placeholder_kind {
	const char *name;
	bool wants_fds;
	/* Writes the value; false where the NIC has none. */
	bool (*print)(const struct vmm_nic *nic, struct text *text);
};

struct placeholder {
	const struct placeholder_kind *kind;
	const char *begin; /* "{" */
	const char *end;   /* behind "}" */
	size_t nic;        /* as written: 1 is the first */
};

static bool print_fd(const struct vmm_nic *nic, struct text *text)
{
	fds_print(nic->fds, nic->n_fds ? 1 : 0, "", text);
	return nic->n_fds > 0;
}

static bool print_fds(const struct vmm_nic *nic, struct text *text)
{
	fds_print(nic->fds, nic->n_fds, ":", text);
	return nic->n_fds > 0;
}

static bool print_fdlist(const struct vmm_nic *nic, struct text *text)
{
	fds_print(nic->fds, nic->n_fds, ",", text);
	return nic->n_fds > 0;
}

static bool print_vhostfds(const struct vmm_nic *nic, struct text *text)
{
	fds_print(nic->vhost_fds, nic->n_vhost_fds, ":", text);
	return nic->n_vhost_fds > 0;
}

static bool print_mac(const struct vmm_nic *nic, struct text *text)
{
	text_add(text, "%s", nic->mac);
	return true;
}

static bool print_ifname(const struct vmm_nic *nic, struct text *text)
{
	text_add(text, "%s", nic->ifname);
	return true;
}

static bool print_mtu(const struct vmm_nic *nic, struct text *text)
{
	text_add(text, "%u", nic->mtu);
	return nic->mtu > 0;
}

static const struct placeholder_kind kinds[] = {
	{ "fd", true, print_fd },         { "fds", true, print_fds },
	{ "fdlist", true, print_fdlist }, { "vhostfds", true, print_vhostfds },
	{ "mac", false, print_mac },      { "ifname", false, print_ifname },
	{ "mtu", false, print_mtu },
};

/* Reads "{name}" or "{name:N}" at `begin`; false where it is something else. */
static bool placeholder_read(const char *begin, struct placeholder *ret)
{
	size_t length = strcspn(begin + 1, ":}");
	const char *end = begin + 1 + length;
	size_t nic = 1;

	if (*end == ':') {
		size_t digits = strspn(end + 1, "0123456789");

		if (digits == 0 || digits > 4)
			return false;
		nic = strtoul(end + 1, NULL, 10);
		end += 1 + digits;
	}
	if (*end != '}')
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strlen(kinds[i].name) != length || strncmp(begin + 1, kinds[i].name, length))
			continue;
		*ret = (struct placeholder){ &kinds[i], begin, end + 1, nic };
		return true;
	}
	return false;
}

/* The first placeholder at or behind `from`. */
static bool placeholder_next(const char *from, struct placeholder *ret)
{
	for (const char *p = strchr(from, '{'); p; p = strchr(p + 1, '{'))
		if (placeholder_read(p, ret))
			return true;
	return false;
}

bool placeholders_occur(char *const *argv)
{
	struct placeholder found;

	for (char *const *a = argv; *a; a++)
		if (placeholder_next(*a, &found))
			return true;
	return false;
}

static int no_such_nic(const struct placeholder *found, const char *argument, size_t n,
		       struct error *err)
{
	const int length = (int)(found->end - found->begin);

	if (n == 1)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "%.*s in '%s': there is only NIC 1", length, found->begin,
				 argument);
	return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
			 "%.*s in '%s': the NICs are 1 to %zu", length, found->begin, argument, n);
}

static int argument_check(const char *argument, size_t n, bool *named, bool *wants,
			  struct error *err)
{
	struct placeholder found;

	for (const char *p = argument; placeholder_next(p, &found); p = found.end) {
		if (found.nic < 1 || found.nic > n)
			return no_such_nic(&found, argument, n, err);
		named[found.nic - 1] = true;
		wants[found.nic - 1] |= found.kind->wants_fds;
	}
	return 0;
}

int placeholders_check(char *const *argv, size_t n, bool *wants_fds, struct error *err)
{
	AUTO_FREE bool *named = calloc(n + 1, sizeof(*named));
	AUTO_FREE bool *wants = calloc(n + 1, sizeof(*wants));
	int r;

	if (!named || !wants)
		return error_oom(err);
	for (char *const *a = argv; *a; a++) {
		r = argument_check(*a, n, named, wants, err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < n; i++)
		if (!named[i])
			return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
					 "no argument of %s says where NIC %zu goes: "
					 "{fd:%zu}, {fds:%zu}, {fdlist:%zu} or {ifname:%zu}",
					 argv[0], i + 1, i + 1, i + 1, i + 1, i + 1);
	memcpy(wants_fds, wants, n * sizeof(*wants));
	return 0;
}

int placeholders_fill(const char *argument, const struct vmm_nic *nics, size_t n, struct text *text,
		      struct error *err)
{
	struct placeholder found;
	const char *rest = argument;

	for (; placeholder_next(rest, &found); rest = found.end) {
		text_add(text, "%.*s", (int)(found.begin - rest), rest);
		if (found.nic < 1 || found.nic > n ||
		    !found.kind->print(&nics[found.nic - 1], text))
			return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
					 "%.*s in '%s': NIC %zu has none",
					 (int)(found.end - found.begin), found.begin, argument,
					 found.nic);
	}
	text_add(text, "%s", rest);
	return 0;
}
