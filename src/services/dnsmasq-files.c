/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <grp.h>
#include <net/if.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "services/dnsmasq-files.h"
#include "util/file.h"
#include "util/text.h"

static const char *const suffixes[] = { "conf", "hosts", "names", "servers", "pid" };

char *dnsmasq_path(const char *folder, const char *network, const char *suffix)
{
	return text_format("%s/%s.%s", folder, network, suffix);
}

char *dnsmasq_leases_path(const char *folder, const char *network)
{
	return dnsmasq_path(folder, network, "leases");
}

char *dnsmasq_network_of(const char *file)
{
	size_t length = strlen(file), suffix = strlen(".conf");

	if (length <= suffix || strcmp(file + length - suffix, ".conf") != 0)
		return NULL;
	return strndup(file, length - suffix);
}

/* --- on disk --- */

static int write_text(const char *folder, const char *network, const char *suffix, const char *text,
		      struct error *err)
{
	AUTO_FREE char *path = dnsmasq_path(folder, network, suffix);

	return path ? file_write(path, text, strlen(text), 0644, false, err) : error_oom(err);
}

int dnsmasq_files_write_lists(const char *folder, const char *network,
			      const struct dnsmasq_texts *texts, struct error *err)
{
	int r = write_text(folder, network, "hosts", texts->hosts, err);

	if (r == 0)
		r = write_text(folder, network, "names", texts->names, err);
	return r < 0 ? r : write_text(folder, network, "servers", texts->servers, err);
}

int dnsmasq_files_write(const char *folder, const char *network, const struct dnsmasq_texts *texts,
			struct error *err)
{
	int r = write_text(folder, network, "conf", texts->conf, err);

	return r < 0 ? r : dnsmasq_files_write_lists(folder, network, texts, err);
}

bool dnsmasq_files_have_conf(const char *folder, const char *network,
			     const struct dnsmasq_texts *texts)
{
	AUTO_FREE char *path = dnsmasq_path(folder, network, "conf"), *data = NULL;
	size_t size;

	return path && file_read(path, DNSMASQ_FILE_MAX, &data, &size, NULL) == 0 &&
	       !strcmp(data, texts->conf);
}

void dnsmasq_files_remove(const char *folder, const char *network)
{
	AUTO_FREE char *leases = dnsmasq_leases_path(folder, network);
	struct stat info;

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		AUTO_FREE char *path = dnsmasq_path(folder, network, suffixes[i]);

		if (path)
			(void)unlink(path);
	}
	if (leases && stat(leases, &info) == 0 && info.st_size == 0)
		(void)unlink(leases);
}

/* --- whom it becomes --- */

/* Its own user where the distribution has made one, else the one for everybody; NULL: not root. */
static const struct passwd *find_user(void)
{
	const struct passwd *user;

	if (geteuid() != 0)
		return NULL;
	user = getpwnam("dnsmasq");
	return user ? user : getpwnam("nobody");
}

static bool may_enter(const struct stat *folder, const struct passwd *user)
{
	if (folder->st_uid == user->pw_uid)
		return folder->st_mode & S_IXUSR;
	if (folder->st_gid == user->pw_gid)
		return folder->st_mode & S_IXGRP;
	return folder->st_mode & S_IXOTH;
}

/* dnsmasq reads hosts and names without privileges, and passes over what it cannot read. */
static int check_folder(const char *folder, const struct passwd *user, struct error *err)
{
	AUTO_FREE char *part = strdup(folder);
	struct stat info;

	if (!part)
		return error_oom(err);
	for (;;) {
		char *slash;

		if (stat(*part ? part : "/", &info) < 0)
			return error_system(err, -errno, "cannot look at %s", part);
		if (!may_enter(&info, user))
			return error_set(err, -EACCES, ERROR_PERMISSION,
					 "dnsmasq runs as user %s, who may not enter the folder %s",
					 user->pw_name, part);
		slash = strrchr(part, '/');
		if (!slash || !*part)
			return 0;
		*slash = '\0';
	}
}

/* --- what stands in them --- */

int dnsmasq_files_make(const char *folder, const struct network *network, const char *bridge,
		       const struct name_servers *servers, struct dnsmasq_texts *ret_texts,
		       struct error *err)
{
	const struct passwd *user = find_user();
	const struct group *group = user ? getgrgid(user->pw_gid) : NULL;
	struct utsname host;
	struct dnsmasq_place place = { .bridge = bridge,
				       .folder = folder,
				       .user = user ? user->pw_name : NULL,
				       .group = group ? group->gr_name : NULL,
				       .host = uname(&host) == 0 ? host.nodename : NULL,
				       .servers = servers };
	struct dnsmasq_texts texts;
	char *conf;
	int r = user ? check_folder(folder, user, err) : 0;

	if (r == 0)
		r = dnsmasq_texts_make(network, &place, &texts, err);
	if (r < 0)
		return r;
	conf = text_format("# bridge %u\n%s", if_nametoindex(bridge), texts.conf);
	if (!conf) {
		dnsmasq_texts_done(&texts);
		return error_oom(err);
	}
	free(texts.conf);
	texts.conf = conf;
	*ret_texts = texts;
	return 0;
}

bool dnsmasq_lists_equal(const struct dnsmasq_texts *a, const struct dnsmasq_texts *b)
{
	return !strcmp(a->hosts, b->hosts) && !strcmp(a->names, b->names) &&
	       !strcmp(a->servers, b->servers);
}
