/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file is /run/vifd-folders/INODE, with the number of the namespace and a folder a line. The
 * kernel gives a number again when a namespace has gone: the file may be about an older one, whose
 * devices have gone with it. What is noted too much does no harm.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "life/elsewhere.h"
#include "util/array.h"
#include "util/file.h"
#include "util/log.h"
#include "util/text.h"

static const char folders_dir[] = "/run/vifd-folders";

enum {
	FILE_SIZE_MAX = 64 * 1024,
};

struct elsewhere {
	struct network **networks;
	size_t n_networks;
	struct uuid *ports;
	size_t n_ports;
	bool unread;
};

static void add_network(struct network *network, void *userdata)
{
	struct elsewhere *elsewhere = userdata;
	struct network **slot;

	slot = array_add(&elsewhere->networks, &elsewhere->n_networks, sizeof(*slot));
	if (slot)
		*slot = network;
	else
		network_free(network);
	elsewhere->unread |= !slot;
}

static void add_port(struct port *port, void *userdata)
{
	struct elsewhere *elsewhere = userdata;
	struct uuid *slot = array_add(&elsewhere->ports, &elsewhere->n_ports, sizeof(*slot));

	if (slot)
		*slot = port->uuid;
	elsewhere->unread |= !slot;
	port_free(port);
}

/* A folder that is not ours alone to write may say anything. */
static bool is_trusted(const char *folder)
{
	struct stat info;

	return lstat(folder, &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == geteuid() &&
	       !(info.st_mode & (S_IWGRP | S_IWOTH));
}

static void read_folder(struct elsewhere *elsewhere, char *folder)
{
	const struct store store = { .runtime_dir = folder };

	elsewhere->unread |= store_look_started(&store, add_network, elsewhere) > 0;
	elsewhere->unread |= store_look_ports(&store, add_port, elsewhere) > 0;
}

/* The others of the file are read, and given to `kept`, with ours. */
static int read_folders(struct elsewhere *elsewhere, char *noted, const char *own,
			struct text *kept)
{
	char *folder;

	text_add(kept, "%s\n", own);
	while ((folder = strsep(&noted, "\n"))) {
		if (*folder != '/' || !strcmp(folder, own) || !is_trusted(folder))
			continue;
		text_add(kept, "%s\n", folder);
		read_folder(elsewhere, folder);
	}
	return 0;
}

static char *file_of_namespace(void)
{
	struct stat info;

	if (stat("/proc/thread-self/ns/net", &info) < 0 || dir_make(folders_dir, 0700, NULL) < 0)
		return NULL;
	return text_format("%s/%llu", folders_dir, (unsigned long long)info.st_ino);
}

static int note_folder(struct elsewhere *elsewhere, const char *runtime_dir, struct error *err)
{
	AUTO_FREE char *file = file_of_namespace(), *own = realpath(runtime_dir, NULL);
	AUTO_FREE char *noted = NULL, *kept = NULL;
	AUTO_TEXT struct text text = TEXT_INIT;
	size_t size;

	if (!file || !own)
		return error_set(err, -errno, ERROR_SYSTEM, "cannot make %s", folders_dir);
	if (file_read(file, FILE_SIZE_MAX, &noted, &size, NULL) < 0)
		noted = strdup("");
	if (!noted)
		return error_oom(err);
	read_folders(elsewhere, noted, own, &text);
	if (text_take(&text, &kept) < 0)
		return error_oom(err);
	return file_write(file, kept, strlen(kept), 0600, false, err);
}

int elsewhere_new(const struct store *store, struct elsewhere **ret_elsewhere, struct error *err)
{
	AUTO(elsewhere_freep) struct elsewhere *elsewhere = calloc(1, sizeof(*elsewhere));
	AUTO_ERROR struct error failure = ERROR_INIT;

	if (!elsewhere)
		return error_oom(err);
	if (note_folder(elsewhere, store->runtime_dir, &failure) < 0)
		log_debug("other runtime folders are not known: %s", error_text(&failure));
	if (elsewhere->n_networks + elsewhere->n_ports > 0)
		log_info("%zu networks and %zu ports here are of other runtime folders",
			 elsewhere->n_networks, elsewhere->n_ports);
	*ret_elsewhere = take_ptr(elsewhere);
	return 0;
}

void elsewhere_free(struct elsewhere *elsewhere)
{
	if (!elsewhere)
		return;
	for (size_t i = 0; i < elsewhere->n_networks; i++)
		network_free(elsewhere->networks[i]);
	free(elsewhere->networks);
	free(elsewhere->ports);
	free(elsewhere);
}

bool elsewhere_has_port(const struct elsewhere *elsewhere, const struct uuid *uuid)
{
	for (size_t i = 0; i < elsewhere->n_ports; i++)
		if (uuid_equal(&elsewhere->ports[i], uuid))
			return true;
	return elsewhere->unread;
}

bool elsewhere_has_network(const struct elsewhere *elsewhere, const struct uuid *uuid)
{
	for (size_t i = 0; i < elsewhere->n_networks; i++)
		if (uuid_equal(&elsewhere->networks[i]->uuid, uuid))
			return true;
	return elsewhere->unread;
}

const struct network *const *elsewhere_networks(const struct elsewhere *elsewhere, size_t *ret_n)
{
	*ret_n = elsewhere->n_networks;
	return (const struct network *const *)elsewhere->networks;
}
