/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "formats/bounds.h"
#include "formats/network-xml.h"
#include "formats/group-xml.h"
#include "formats/nwfilter-xml.h"
#include "formats/port-xml.h"
#include "state/store.h"
#include "util/file.h"
#include "util/log.h"
#include "util/text.h"

static const char suffix[] = ".xml";

static char *store_path(const char *dir, const char *folder, const char *name)
{
	return text_format("%s/%s/%s%s", dir, folder, name, suffix);
}

static int make_folder(const char *dir, const char *folder, mode_t mode, struct error *err)
{
	AUTO_FREE char *path = text_format("%s/%s", dir, folder);

	if (!path)
		return error_oom(err);
	return dir_make(path, mode, err);
}

int store_init(struct store *store, const char *runtime_dir, const char *config_dir,
	       struct error *err)
{
	int r;

	*store = (struct store){ .runtime_dir = strdup(runtime_dir),
				 .config_dir = strdup(config_dir),
				 .dnsmasq_dir = text_format("%s/dnsmasq", runtime_dir) };
	if (!store->runtime_dir || !store->config_dir || !store->dnsmasq_dir)
		return error_oom(err);
	r = make_folder(runtime_dir, "ports", 0755, err);
	if (r == 0)
		r = make_folder(runtime_dir, "networks", 0755, err);
	/* A VMM makes its socket as its umask has it: who may reach it is said by the folder. */
	return r < 0 ? r : make_folder(runtime_dir, "qmp", 0700, err);
}

void store_done(struct store *store)
{
	free(store->runtime_dir);
	free(store->config_dir);
	free(store->dnsmasq_dir);
	free(store->data_dir);
	*store = (struct store){ 0 };
}

/*
 * What would be skipped at the next start is refused now. Documents grow on the way from their
 * author to the file (a uuid is added, an apostrophe becomes six bytes, updates add up), so the
 * reader's bounds may hold for the one and not for the other.
 */
static int cannot_keep(struct error *reason, const char *what, const char *name, struct error *err)
{
	int r = reason->code;

	error_prefix(reason, "%s '%s', as it would be kept, could not be read again: ", what, name);
	error_move(err, reason);
	return r;
}

static int check_network(const struct network *network, const char *xml, struct error *err)
{
	AUTO(network_freep) struct network *again = NULL;
	AUTO_ERROR struct error reason = ERROR_INIT;

	if (network_from_xml(xml, strlen(xml), NULL, &again, &reason) < 0)
		return cannot_keep(&reason, "network", network->name, err);
	return 0;
}

static int check_port(const struct port *port, const char *xml, struct error *err)
{
	AUTO(port_freep) struct port *again = NULL;
	AUTO_ERROR struct error reason = ERROR_INIT;

	if (port_from_xml(xml, strlen(xml), NULL, &again, &reason) < 0)
		return cannot_keep(&reason, "port", port->name, err);
	return 0;
}

static int write_network(const char *dir, const struct network *network, bool durable,
			 struct file_before *ret_before, struct error *err)
{
	AUTO_FREE char *path = store_path(dir, "networks", network->name), *xml = NULL;
	int r;

	if (!path)
		return error_oom(err);
	r = network_to_xml(network, &xml, err);
	if (r == 0)
		r = check_network(network, xml, err);
	if (r == 0)
		r = make_folder(dir, "networks", 0755, err);
	return r < 0 ? r : file_replace(path, xml, strlen(xml), 0644, durable, ret_before, err);
}

char *store_definition_path(const struct store *store, const char *name)
{
	return store_path(store->config_dir, "networks", name);
}

int store_write_definition(const struct store *store, const struct network *network,
			   struct file_before *ret_before, struct error *err)
{
	return write_network(store->config_dir, network, true, ret_before, err);
}

static char *force_path(const struct store *store, const char *name)
{
	return text_format("%s/networks/autostart/%s.force", store->config_dir, name);
}

/* The force goes first and comes last: there is none whose network is not to be started. */
static int set_force(const struct store *store, const char *name, bool force, struct error *err)
{
	AUTO_FREE char *path = force_path(store, name);

	if (!path)
		return error_oom(err);
	if (force)
		return file_write(path, "", 0, 0644, true, err);
	return unlink(path) < 0 && errno != ENOENT
		       ? error_system(err, -errno, "cannot remove %s", path)
		       : 0;
}

bool store_get_autostart_force(const struct store *store, const char *name)
{
	AUTO_FREE char *path = force_path(store, name);

	return path && access(path, F_OK) == 0;
}

int store_remove_definition(const struct store *store, const char *name, struct error *err)
{
	AUTO_FREE char *path = store_path(store->config_dir, "networks", name);
	AUTO_ERROR struct error reason = ERROR_INIT;
	bool forced;
	int r;

	if (!path)
		return error_oom(err);
	forced = store_get_autostart_force(store, name);
	/* That root has accepted this one is not left for another of that name, whatever comes. */
	r = set_force(store, name, false, err);
	if (r < 0)
		return r;
	if (unlink(path) < 0 && errno != ENOENT) {
		r = error_system(err, -errno, "cannot remove %s", path);
		if (forced)
			(void)set_force(store, name, true, NULL);
		return r;
	}
	/* Only then: of what is refused all is as it was. */
	r = store_set_autostart(store, name, false, false, &reason);
	if (r < 0)
		log_warning("%s", error_text(&reason));
	return 0;
}

int store_set_autostart(const struct store *store, const char *name, bool autostart, bool force,
			struct error *err)
{
	AUTO_FREE char *link = store_path(store->config_dir, "networks/autostart", name);
	AUTO_FREE char *target = text_format("../%s%s", name, suffix);
	int r;

	if (!link || !target)
		return error_oom(err);
	r = autostart && force ? 0 : set_force(store, name, false, err);
	if (r < 0)
		return r;
	if (!autostart)
		return unlink(link) < 0 && errno != ENOENT
			       ? error_system(err, -errno, "cannot remove %s", link)
			       : 0;
	r = make_folder(store->config_dir, "networks/autostart", 0755, err);
	if (r < 0)
		return r;
	if (symlink(target, link) < 0 && errno != EEXIST)
		return error_system(err, -errno, "cannot make the link %s", link);
	return force ? set_force(store, name, true, err) : 0;
}

bool store_get_autostart(const struct store *store, const char *name)
{
	AUTO_FREE char *link = store_path(store->config_dir, "networks/autostart", name);

	return link && access(link, F_OK) == 0;
}

int store_write_started(const struct store *store, const struct network *network,
			struct file_before *ret_before, struct error *err)
{
	return write_network(store->runtime_dir, network, false, ret_before, err);
}

void store_remove_started(const struct store *store, const char *name)
{
	AUTO_FREE char *path = store_path(store->runtime_dir, "networks", name);

	if (path && unlink(path) < 0 && errno != ENOENT)
		log_warning("cannot remove %s: %m", path);
}

static int check_filter(const struct nwfilter *filter, const char *xml, struct error *err)
{
	AUTO(nwfilter_freep) struct nwfilter *again = NULL;
	AUTO_ERROR struct error reason = ERROR_INIT;

	if (nwfilter_from_xml(xml, strlen(xml), NULL, &again, &reason) < 0)
		return cannot_keep(&reason, "filter", filter->name, err);
	return 0;
}

int store_write_filter(const struct store *store, const struct nwfilter *filter,
		       struct file_before *ret_before, struct error *err)
{
	AUTO_FREE char *path = store_path(store->config_dir, "filters", filter->name), *xml = NULL;
	int r;

	if (!path)
		return error_oom(err);
	r = nwfilter_to_xml(filter, &xml, err);
	if (r == 0)
		r = check_filter(filter, xml, err);
	if (r == 0)
		r = make_folder(store->config_dir, "filters", 0755, err);
	return r < 0 ? r : file_replace(path, xml, strlen(xml), 0644, true, ret_before, err);
}

int store_remove_filter(const struct store *store, const char *name, struct error *err)
{
	AUTO_FREE char *path = store_path(store->config_dir, "filters", name);

	if (!path)
		return error_oom(err);
	if (unlink(path) < 0 && errno != ENOENT)
		return error_system(err, -errno, "cannot remove %s", path);
	return 0;
}

int store_write_group(const struct store *store, const struct security_group *group,
		      struct error *err)
{
	AUTO_FREE char *path = store_path(store->config_dir, "groups", group->name), *xml = NULL;
	AUTO(group_freep) struct security_group *again = NULL;
	AUTO_ERROR struct error reason = ERROR_INIT;
	int r;

	if (!path)
		return error_oom(err);
	r = group_to_xml(group, &xml, err);
	if (r < 0)
		return r;
	if (group_from_xml(xml, strlen(xml), NULL, &again, &reason) < 0)
		return cannot_keep(&reason, "security group", group->name, err);
	r = make_folder(store->config_dir, "groups", 0755, err);
	return r < 0 ? r : file_write(path, xml, strlen(xml), 0644, true, err);
}

int store_remove_group(const struct store *store, const char *name, struct error *err)
{
	AUTO_FREE char *path = store_path(store->config_dir, "groups", name);

	if (!path)
		return error_oom(err);
	if (unlink(path) < 0 && errno != ENOENT)
		return error_system(err, -errno, "cannot remove %s", path);
	return 0;
}

static int write_port(const struct store *store, const struct port *port, bool check,
		      struct file_before *ret_before, struct error *err)
{
	AUTO_FREE char *path = store_path(store->runtime_dir, "ports", port->name), *xml = NULL;
	int r;

	if (!path)
		return error_oom(err);
	r = port_to_xml(port, &xml, err);
	if (r == 0 && check)
		r = check_port(port, xml, err);
	return r < 0 ? r : file_replace(path, xml, strlen(xml), 0644, false, ret_before, err);
}

int store_write_port(const struct store *store, const struct port *port,
		     struct file_before *ret_before, struct error *err)
{
	return write_port(store, port, true, ret_before, err);
}

/* A reason is text of any length: with one the record is looked at anew. */
int store_write_port_state(const struct store *store, const struct port *port, struct error *err)
{
	return write_port(store, port, port->reason != NULL, NULL, err);
}

void store_remove_port(const struct store *store, const char *name)
{
	AUTO_FREE char *path = store_path(store->runtime_dir, "ports", name);

	if (path && unlink(path) < 0 && errno != ENOENT)
		log_warning("cannot remove %s: %m", path);
}

bool store_has_port(const struct store *store, const char *name)
{
	AUTO_FREE char *path = store_path(store->runtime_dir, "ports", name);

	return path && access(path, F_OK) == 0;
}

bool store_first_since_boot(const struct store *store)
{
	AUTO_FREE char *path = NULL;
	AUTO_CLOSE int fd = -1;

	path = text_format("%s/autostarted", store->runtime_dir);
	if (!path)
		return false;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	return fd >= 0;
}

/*
 * The readable files of a folder, by name: `each` gets the content, and fails
 * with the sentence that is logged; how many did is returned. What a vifd that was killed left half
 * written goes.
 */
static size_t load_folder(const char *dir, const char *folder, bool sweep,
			  int (*each)(const char *data, size_t size, const char *path,
				      void *userdata, struct error *err),
			  void *userdata)
{
	AUTO_FREE char *path = NULL;
	struct dirent **names = NULL;
	size_t skipped = 0;
	int n;

	path = text_format("%s/%s", dir, folder);
	if (!path)
		return 0;
	if (sweep)
		dir_sweep(path);
	n = scandir(path, &names, NULL, alphasort);
	if (n < 0 && errno != ENOENT) {
		log_warning("cannot read the folder %s: %m", path);
		return STORE_UNREADABLE;
	}
	for (int i = 0; i < n; i++) {
		AUTO_FREE struct dirent *name = names[i];
		AUTO_FREE char *file = NULL, *data = NULL;
		AUTO_ERROR struct error err = ERROR_INIT;
		size_t size, length = strlen(name->d_name);

		if (length <= strlen(suffix) ||
		    strcmp(name->d_name + length - strlen(suffix), suffix) != 0)
			continue;
		file = text_format("%s/%s", path, name->d_name);
		if (!file)
			continue;
		if (file_read(file, DOCUMENT_SIZE_MAX, &data, &size, &err) < 0 ||
		    each(data, size, file, userdata, &err) < 0) {
			log_warning("skipped a file: %s", error_text(&err));
			skipped++;
		}
	}
	free(names);
	return skipped;
}

/* A record under another name would be written twice, and removed never. */
static int check_file_name(const char *path, const char *name, struct error *err)
{
	const char *base = strrchr(path, '/') + 1;
	size_t length = strlen(base) - strlen(suffix);

	if (strlen(name) == length && !strncmp(base, name, length))
		return 0;
	return error_set(err, -EINVAL, ERROR_INVALID_XML,
			 "%s: the file's name does not fit what it defines, '%s'", path, name);
}

struct network_load {
	void (*found)(struct network *, void *);
	void *userdata;
};

static int load_network(const char *data, size_t size, const char *path, void *userdata,
			struct error *err)
{
	AUTO(network_freep) struct network *network = NULL;
	const struct network_load *load = userdata;
	int r;

	r = network_from_xml(data, size, path, &network, err);
	if (r == 0)
		r = check_file_name(path, network->name, err);
	if (r == 0)
		load->found(take_ptr(network), load->userdata);
	return r;
}

size_t store_load_definitions(const struct store *store, void (*found)(struct network *, void *),
			      void *userdata)
{
	struct network_load load = { found, userdata };

	return load_folder(store->config_dir, "networks", true, load_network, &load);
}

size_t store_load_started(const struct store *store, void (*found)(struct network *, void *),
			  void *userdata)
{
	struct network_load load = { found, userdata };

	return load_folder(store->runtime_dir, "networks", true, load_network, &load);
}

struct filter_load {
	void (*found)(struct nwfilter *, void *);
	void *userdata;
};

static int load_filter(const char *data, size_t size, const char *path, void *userdata,
		       struct error *err)
{
	AUTO(nwfilter_freep) struct nwfilter *filter = NULL;
	const struct filter_load *load = userdata;
	int r;

	r = nwfilter_from_xml(data, size, path, &filter, err);
	if (r == 0)
		r = check_file_name(path, filter->name, err);
	if (r == 0)
		load->found(take_ptr(filter), load->userdata);
	return r;
}

size_t store_load_filters(const struct store *store, void (*found)(struct nwfilter *, void *),
			  void *userdata)
{
	struct filter_load load = { found, userdata };

	return load_folder(store->config_dir, "filters", true, load_filter, &load);
}

size_t store_load_shipped_filters(const struct store *store,
				  void (*found)(struct nwfilter *, void *), void *userdata)
{
	struct filter_load load = { found, userdata };

	if (!store->data_dir)
		return 0;
	return load_folder(store->data_dir, "filters", false, load_filter, &load);
}

struct group_load {
	void (*found)(struct security_group *, void *);
	void *userdata;
};

static int load_group(const char *data, size_t size, const char *path, void *userdata,
		      struct error *err)
{
	AUTO(group_freep) struct security_group *group = NULL;
	const struct group_load *load = userdata;
	int r;

	r = group_from_xml(data, size, path, &group, err);
	if (r == 0)
		r = check_file_name(path, group->name, err);
	if (r == 0)
		load->found(take_ptr(group), load->userdata);
	return r;
}

size_t store_load_groups(const struct store *store, void (*found)(struct security_group *, void *),
			 void *userdata)
{
	struct group_load load = { found, userdata };

	return load_folder(store->config_dir, "groups", true, load_group, &load);
}

struct port_load {
	void (*found)(struct port *, void *);
	void *userdata;
};

static int load_port(const char *data, size_t size, const char *path, void *userdata,
		     struct error *err)
{
	AUTO(port_freep) struct port *port = NULL;
	const struct port_load *load = userdata;
	int r;

	r = port_from_xml(data, size, path, &port, err);
	if (r == 0)
		r = check_file_name(path, port->name, err);
	if (r == 0)
		load->found(take_ptr(port), load->userdata);
	return r;
}

size_t store_load_ports(const struct store *store, void (*found)(struct port *, void *),
			void *userdata)
{
	struct port_load load = { found, userdata };

	return load_folder(store->runtime_dir, "ports", true, load_port, &load);
}

size_t store_look_started(const struct store *store, void (*found)(struct network *, void *),
			  void *userdata)
{
	struct network_load load = { found, userdata };

	return load_folder(store->runtime_dir, "networks", false, load_network, &load);
}

size_t store_look_ports(const struct store *store, void (*found)(struct port *, void *),
			void *userdata)
{
	struct port_load load = { found, userdata };

	return load_folder(store->runtime_dir, "ports", false, load_port, &load);
}
