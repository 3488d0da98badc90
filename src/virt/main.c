/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt [-c URI] VERB NAME: the program that loads libvirt. It is a short-lived process for each thing to do, so that
 * neither the command nor the monitors need to load libvirt's libraries. Exit status 0, 1, or 2 for usage. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "base/stdio.h"
#include "container/record.h"
#include "virt/libvirt.h"
#include "virt/verbs.h"

static int print_version(const struct context *context, const char *name)
{
	_cleanup_(libvirt_closep) struct _virConnect *conn = NULL;
	unsigned long version;
	int r = libvirt_open(context->connect, &conn);

	(void)name;
	if (r == 0)
		r = libvirt_version(conn, &version);
	if (r == 0)
		printf("%lu.%lu.%lu", version / 1000000, version / 1000 % 1000, version % 1000);
	return r;
}

static const struct {
	const char *name;
	bool container; /* NAME is a container's */
	int (*run)(const struct context *context, const char *name);
} verbs[] = {
	{ "domain-start", true, verb_domain_start },	  { "domain-stop", true, verb_domain_stop },
	{ "domain-limit", true, verb_domain_limit },	  { "domain-publish", true, verb_domain_publish },
	{ "domain-usage", true, verb_domain_usage },	  { "domain-resume", true, verb_domain_resume },
	{ "network-show", false, verb_network_show },	  { "network-make", false, verb_network_make },
	{ "network-move", false, verb_network_move },	  { "network-check", false, verb_network_check },
	{ "network-remove", false, verb_network_remove }, { "walls-make", false, verb_walls_make },
	{ "walls-tidy", false, verb_walls_tidy },	  { "walls-show", false, verb_walls_show },
	{ "walls-remove", false, verb_walls_remove },	  { "libvirt-version", false, print_version },
};

static int run(struct context *context, const char *verb, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		_cleanup_(closep) int root = -1;

		if (strcmp(verbs[i].name, verb) != 0)
			continue;
		if (verbs[i].container && !record_name_valid(name))
			break;
		root = rootfd_open(context->root);
		if (root < 0) {
			log_error_errno(root, "Cannot open root directory '%s': %m", context->root);
			return 1;
		}
		context->root_fd = root;
		return verbs[i].run(context, name) < 0 || fflush(stdout) != 0;
	}
	log_error("%s: there is no such verb, or '%s' is not a valid name for it.", verb, name);
	return 2;
}

int main(int argc, char **argv)
{
	struct context context = { .connect = "lxc:///", .root = "/", .root_fd = -1, .on_host = true };

	if (stdio_fill() < 0)
		return 1; /* there is no way to report it */
	log_begin();
	signal(SIGPIPE, SIG_IGN);
	if (argc == 5 && strcmp(argv[1], "-c") == 0) {
		context.connect = argv[2];
		argv += 2;
		argc -= 2;
	}
	if (argc != 3) {
		log_error("This program is run by virt-sandbox-service(8): virt [-c URI] VERB NAME");
		return 2;
	}
	return run(&context, argv[1], argv[2]);
}
