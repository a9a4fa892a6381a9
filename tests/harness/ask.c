/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ask METHOD [SIGNATURE ARGUMENT…]: calls a method of vifd, by D-Bus and not by libvif, and
 * prints the last part of the error's name, or "ok". `ask --methods` prints the methods;
 * `ask --each` reads such calls, one a line, and prints "METHOD ANSWER" for each.
 *
 * Of a signature s, b, and as and a{sv} (empty ones, which take no argument) are known.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>

enum {
	WORDS_MAX = 16,
};

static void die(const char *what, int r)
{
	fprintf(stderr, "ask: %s: %s\n", what, strerror(-r));
	exit(1);
}

static sd_bus *bus_connect(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	sd_bus *bus;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), r;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/bus", getenv("VIFD_RUNTIME_DIR"));
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die(address.sun_path, -errno);
	r = sd_bus_new(&bus);
	if (r >= 0)
		r = sd_bus_set_fd(bus, fd, fd);
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r < 0)
		die("cannot start", r);
	return bus;
}

static int append(sd_bus_message *call, const char *signature, char **arguments)
{
	int r = 0;

	while (r >= 0 && *signature) {
		if (!strncmp(signature, "a{sv}", 5)) {
			r = sd_bus_message_append(call, "a{sv}", 0);
			signature += 5;
			continue;
		}
		if (!strncmp(signature, "as", 2)) {
			r = sd_bus_message_append(call, "as", 0);
			signature += 2;
			continue;
		}
		if (!*arguments)
			return -EINVAL;
		r = *signature == 'b' ? sd_bus_message_append(call, "b", !strcmp(*arguments, "yes"))
				      : sd_bus_message_append(call, "s", *arguments);
		signature++;
		arguments++;
	}
	return r;
}

static void print_methods(sd_bus *bus)
{
	sd_bus_message *reply = NULL;
	const char *xml;
	int r;

	r = sd_bus_call_method(bus, NULL, "/io/github/vifd", "org.freedesktop.DBus.Introspectable",
			       "Introspect", NULL, &reply, "");
	if (r >= 0)
		r = sd_bus_message_read(reply, "s", &xml);
	if (r < 0)
		die("Introspect", r);
	xml = strstr(xml, "io.github.vifd.Manager");
	while (xml && (xml = strstr(xml, "<method name=\""))) {
		xml += strlen("<method name=\"");
		printf("%.*s\n", (int)strcspn(xml, "\""), xml);
	}
	sd_bus_message_unref(reply);
}

/* The answer is printed; `words` ends with NULL. */
static void ask(sd_bus *bus, char **words)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *call = NULL, *reply = NULL;
	int r;

	r = sd_bus_message_new_method_call(bus, &call, NULL, "/io/github/vifd",
					   "io.github.vifd.Manager", words[0]);
	if (r >= 0 && words[1])
		r = append(call, words[1], words + 2);
	if (r < 0)
		die("cannot ask", r);
	r = sd_bus_call(bus, call, 0, &error, &reply);
	puts(r < 0 ? strrchr(error.name, '.') + 1 : "ok");
	sd_bus_error_free(&error);
	sd_bus_message_unref(call);
	sd_bus_message_unref(reply);
}

static void ask_each(sd_bus *bus)
{
	char line[256];

	while (fgets(line, sizeof(line), stdin)) {
		char *words[WORDS_MAX + 1] = { NULL };
		size_t n = 0;

		for (char *word = strtok(line, " \n"); word && n < WORDS_MAX;
		     word = strtok(NULL, " \n"))
			words[n++] = word;
		if (n == 0)
			continue;
		printf("%s ", words[0]);
		ask(bus, words);
	}
}

int main(int argc, char **argv)
{
	sd_bus *bus = bus_connect();

	if (argc < 2)
		die("usage: ask METHOD [SIGNATURE ARGUMENT…]", -EINVAL);
	if (!strcmp(argv[1], "--methods"))
		print_methods(bus);
	else if (!strcmp(argv[1], "--each"))
		ask_each(bus);
	else
		ask(bus, argv + 1);
	sd_bus_close_unref(bus);
	return 0;
}
