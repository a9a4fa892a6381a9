/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A resolv.conf is replaced (renamed over), rewritten in place, or a link that somebody turns, to
 * a file in a folder that comes with its owner. So what is watched is, for each link on the way
 * and for the file at its end, the folder it lies in, or where that is missing the nearest that
 * is not; and the file itself, which may be mounted over another. Each event about one of the
 * names on the way has the way looked at anew, from its begin.
 */
#include <string.h>
#include <sys/inotify.h>

#include "services/resolver.h"
#include "util/file.h"
#include "util/log.h"
#include "util/text.h"

enum {
	LINKS_MAX = 8,
	WATCHES_MAX = LINKS_MAX + 2,
	FILE_SIZE_MAX = 64 * 1024,
};

struct watched {
	struct resolver *resolver;
	sd_event_source *source;
	char *name; /* in the folder; NULL: the file itself */
};

struct resolver {
	sd_event *event;
	sd_event_inotify_handler_t on_event;
	const char *path;
	void (*changed)(void *userdata);
	void *userdata;
	struct watched watched[WATCHES_MAX];
	size_t n_watched;
	bool is_blind; /* it was said that nothing can be watched */
	struct name_servers servers;
};

/* --- what is watched --- */

static void watch_path(struct resolver *resolver, const char *path, uint32_t mask, const char *name)
{
	struct watched *watched = &resolver->watched[resolver->n_watched];
	int r;

	if (resolver->n_watched == WATCHES_MAX)
		return;
	*watched = (struct watched){ .resolver = resolver, .name = name ? strdup(name) : NULL };
	r = sd_event_add_inotify(resolver->event, &watched->source, path, mask, resolver->on_event,
				 watched);
	if (r < 0 && !resolver->is_blind)
		log_warning("cannot watch %s: %s; name servers of the host that change are not "
			    "noticed",
			    path, strerror(-r));
	resolver->is_blind |= r < 0;
	if (r < 0)
		free(take_ptr(watched->name));
	else
		resolver->n_watched++;
}

/* The folder of a path, or the nearest above that is there, and which of its names leads on. */
static void watch_folder(struct resolver *resolver, const char *path)
{
	AUTO_FREE char *folder = strdup(path);
	char *slash = folder ? strrchr(folder, '/') : NULL;

	while (slash) {
		*slash = '\0';
		if (access(*folder ? folder : "/", F_OK) == 0) {
			watch_path(resolver, *folder ? folder : "/",
				   IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
					   IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF,
				   slash + 1);
			return;
		}
		slash = strrchr(folder, '/');
	}
}

/* Where a link leads, the caller's to free; NULL: it is none. */
static char *read_link(const char *path)
{
	char target[4096];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n <= 0)
		return NULL;
	target[n] = '\0';
	if (*target == '/')
		return strdup(target);
	return text_format("%.*s/%s", (int)(strrchr(path, '/') - path), path, target);
}

static void watch_way(struct resolver *resolver)
{
	AUTO_FREE char *path = strdup(resolver->path);

	for (int i = 0; path && i < LINKS_MAX; i++) {
		char *next = read_link(path);

		watch_folder(resolver, path);
		if (!next)
			break;
		free(path);
		path = next;
	}
	if (path && access(path, R_OK) == 0)
		watch_path(resolver, path, IN_CLOSE_WRITE, NULL);
}

static void unwatch(struct resolver *resolver)
{
	for (size_t i = 0; i < resolver->n_watched; i++) {
		sd_event_source_disable_unref(resolver->watched[i].source);
		free(resolver->watched[i].name);
	}
	resolver->n_watched = 0;
}

/* --- what is read --- */

static bool servers_equal(const struct name_servers *a, const struct name_servers *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

/* Are they others than before? What cannot be read has none. */
static bool read_servers(struct resolver *resolver)
{
	AUTO_FREE char *text = NULL;
	struct name_servers servers = { 0 };
	bool same;
	size_t size;

	if (file_read(resolver->path, FILE_SIZE_MAX, &text, &size, NULL) == 0 &&
	    resolv_conf_read(text, &servers) < 0)
		return false;
	same = servers_equal(&servers, &resolver->servers);
	name_servers_done(same ? &servers : &resolver->servers);
	if (!same)
		resolver->servers = servers;
	return !same;
}

/* First it is watched, then read: what changes in between is looked at once more. */
static bool look(struct resolver *resolver)
{
	unwatch(resolver);
	watch_way(resolver);
	return read_servers(resolver);
}

static int on_event(sd_event_source *source, const struct inotify_event *event, void *userdata)
{
	const struct watched *watched = userdata;
	struct resolver *resolver = watched->resolver;

	/* One without a name is about the folder itself, or says that some were lost. */
	if (event->len > 0 && watched->name && strcmp(event->name, watched->name) != 0)
		return 0;
	if (event->mask & IN_IGNORED)
		return 0;
	if (look(resolver)) {
		log_info("the name servers of the host have changed (%zu)", resolver->servers.n);
		resolver->changed(resolver->userdata);
	}
	return 0;
}

int resolver_new(sd_event *event, const char *path, void (*changed)(void *userdata), void *userdata,
		 struct resolver **ret_resolver, struct error *err)
{
	AUTO(resolver_freep) struct resolver *resolver = calloc(1, sizeof(*resolver));

	if (!resolver)
		return error_oom(err);
	resolver->event = sd_event_ref(event);
	resolver->on_event = on_event;
	resolver->path = path;
	resolver->changed = changed;
	resolver->userdata = userdata;
	(void)look(resolver);
	*ret_resolver = take_ptr(resolver);
	return 0;
}

const struct name_servers *resolver_servers(const struct resolver *resolver)
{
	return &resolver->servers;
}

void resolver_free(struct resolver *resolver)
{
	if (!resolver)
		return;
	unwatch(resolver);
	name_servers_done(&resolver->servers);
	sd_event_unref(resolver->event);
	free(resolver);
}
