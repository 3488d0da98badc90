/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* import: makes a container from an archive that export has written. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/import.h"
#include "base/log.h"
#include "base/signals.h"
#include "cli/cmds.h"
#include "container/limit.h"
#include "container/paths.h"
#include "container/record-value.h"
#include "systemd/manager.h"

static char *take_size(const struct verb_option *option, const char *value, void *at)
{
	(void)option;
	return limit_parse(LIMIT_MEMORY, value, at) < 0 ? xstrdup("a size with a suffix K, M, G or T, at least 32M")
							: NULL;
}

static char *take_path(const struct verb_option *option, const char *value, void *at)
{
	return value_is_path(value) ? verb_take_word(option, value, at) : xstrdup("an absolute path without '..'");
}

#define INTO(member) offsetof(struct import_options, member)
static const struct verb_option options[] = {
	{ "path", 'p', "DIR", "create the container's directory in DIR (default: /var/lib/libvirt/filesystems)",
	  take_path, INTO(path) },
	{ "max-size", 0, "SIZE", "take at most this much of the disk (default: what is free)", take_size,
	  INTO(max_size) },
	{ "new-identity", 0, NULL, "choose another level, ids and address, even if the old ones are free",
	  verb_take_flag, INTO(anew) },
	{ "trust", 0, NULL, "give the container all the rights that its record asks for", verb_take_flag, INTO(trust) },
	{ "force", 0, NULL, "go on even if the host's packages do not fit", verb_take_flag, INTO(force) },
	{ "dry-run", 'n', NULL, "print what differs and what would be done, and do nothing", verb_take_flag,
	  INTO(dry_run) },
	{ "json", 0, NULL, "with --dry-run: print it as JSON", verb_take_flag, INTO(json) },
	{ 0 },
};
#undef INTO

static int open_archive(const char *path)
{
	int fd = path ? open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC) : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return log_error_errno(errno, "Cannot open '%s': %m", path ? path : "standard input");
	if (!path && isatty(fd)) {
		close(fd);
		return log_error_errno(-EINVAL, "An archive is not read from a terminal; name its file.");
	}
	return fd;
}

/* While the plan is applied, signals are checked only between operations and members, so that one causes an undo. */
static int import(const struct context *context, const struct import_options *o, const char *path)
{
	_cleanup_(signals_done) struct signals signals = { .fd = -1 };
	_cleanup_(closep) int fd = open_archive(path);
	int r = fd < 0 ? fd : signals_begin(&signals);

	if (fd < 0)
		return fd;
	if (r < 0)
		return log_error_errno(r, "Cannot wait for signals: %m");
	umask(0);
	r = import_read(context, o, fd);
	if (r == -EINTR)
		log_error("Interrupted; nothing is left of the container.");
	return r;
}

static int run(const struct context *context, int argc, char **argv)
{
	struct import_options o = { .path = CONTAINERS_DIR };
	int r = verb_parse(&cmd_import, argc, argv, &o);
	const char *path = argc > optind && strcmp(argv[optind], "-") != 0 ? argv[optind] : NULL;

	if (r)
		return r;
	if (argc - optind > 2)
		return verb_usage(&cmd_import, "give at most the name of a file, or '-', and a name for the container");
	if (o.json && !o.dry_run)
		return verb_usage(&cmd_import, "--json works only with --dry-run");
	o.name = argc - optind > 1 ? argv[optind + 1] : NULL;
	if (verb_need_root(&cmd_import) < 0)
		return 1;
	if (!o.dry_run && context->on_host && systemd_require() < 0)
		return 1;
	return import(context, &o, path) < 0;
}

const struct verb cmd_import = {
	.name = "import",
	.synopsis = "[OPTION...] [FILE | - [NEWNAME]]",
	.help = "Make a container from an archive",
	.options = options,
	.run = run,
	.any_root = true,
};
