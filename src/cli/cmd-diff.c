/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* diff: what a container and the host have each changed since the container was given its configuration. */
#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/cmds.h"
#include "container/live-places.h"
#include "container/open.h"
#include "container/record-file.h"
#include "contents/new-keys.h"
#include "upgrade/first-start.h"
#include "upgrade/upgrade.h"

#define DEPTH_MAX 64
#define ADDED_MAX 10000 /* paths that the container has added, because it may have added any number */

struct diff {
	bool json;
	const struct record *record;
	struct upgrade upgrade;
	struct first_start start;
	struct strv added; /* paths in /etc that only the container knows */
};

static const struct verb_option options[] = {
	{ "json", 0, NULL, "print JSON", verb_take_flag, offsetof(struct diff, json) },
	{ 0 },
};

/* Whether the container's own start has made what is there, or a command of ours that has made or changed it. A file
 * that cannot be read is somebody's. */
static bool is_made_for_it(const struct diff *d, const char *path)
{
	const struct wanted *wanted = &d->upgrade.wanted;
	_cleanup_(version_done) struct version now = { 0 };

	/* For a key of a clone, or the link that starts it. */
	if (fnmatch("/etc/systemd/system*/" KEY_UNIT_PATTERN, path, 0) == 0)
		return true;
	return version_read(d->upgrade.tree, path, WALK_TREE, VERSION_CONTENT_MAX, &now, NULL) == 0 &&
	       (first_start_makes(&d->start, &wanted->plan, path, &now) ||
		(wanted_is_own(path) && wanted_makes_own(wanted, path, &now)));
}

/* A path that the container was given nothing at, nor is offered now, that the host does not share with it, and that
 * it has not made by itself. */
static bool is_its_own(const struct diff *d, const char *path)
{
	size_t len = strlen(path);
	_cleanup_(freep) char *plain =
		has_suffix(path, UPGRADE_OFFERED) ? xstrndup(path, len - strlen(UPGRADE_OFFERED)) : NULL;
	const struct upgrade_item *item = plain ? upgrade_find(&d->upgrade, plain) : NULL;

	return !upgrade_find(&d->upgrade, path) && !(item && item->entry && item->entry->has_offered) &&
	       !live_place_of(&d->record->live, path) && !is_made_for_it(d, path);
}

/* Looks for what the container has added to a directory, and does not look into what it has added. */
static void look(struct diff *d, const char *path, int depth)
{
	_cleanup_(closedirp) DIR *dir = NULL;

	if (rootfd_opendir(d->upgrade.tree, path, WALK_TREE, &dir) < 0)
		return;
	for (struct dirent *e; d->added.n < ADDED_MAX && (e = readdir(dir));) {
		_cleanup_(freep) char *inside = xasprintf("%s/%s", path, e->d_name);

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (is_its_own(d, inside))
			strv_add(&d->added, inside);
		else if (depth < DEPTH_MAX && e->d_type == DT_DIR && !live_place_of(&d->record->live, inside))
			look(d, inside, depth + 1);
	}
}

static void append_json(struct json_object *array, const char *path, const char *here, const char *there)
{
	struct json_object *o = json_object_make();

	json_set_string(o, "path", path);
	json_set_string(o, "container", here ? here : "");
	json_set_string(o, "host", there ? there : "");
	json_append(array, o);
}

static void print_path(const char *who, const char *how, const char *path)
{
	_cleanup_(freep) char *safe = escape_control(path);

	if (how)
		printf("%-10s %-15s %s\n", who, how, safe);
}

/* How the container's differs by somebody's doing, or NULL. */
static const char *here_of(const struct diff *d, const struct upgrade_item *item)
{
	bool renewed = item->here && item->before.type && first_start_renews(&d->upgrade.wanted.plan, item->path);

	return renewed ? NULL : item->here;
}

static void print(const struct diff *d)
{
	_cleanup_(json_freep) struct json_object *array = json_array_make();

	for (size_t i = 0; i < d->upgrade.n; i++) {
		const struct upgrade_item *item = &d->upgrade.v[i];
		const char *here = here_of(d, item);

		if (d->json && (here || item->there))
			append_json(array, item->path, here, item->there);
		if (d->json)
			continue;
		print_path("container", here, item->path);
		print_path("host", item->there, item->path);
	}
	for (size_t i = 0; i < d->added.n; i++) {
		if (d->json)
			append_json(array, d->added.v[i], "added", NULL);
		else
			print_path("container", "added", d->added.v[i]);
	}
	if (d->json)
		json_print(array);
}

static int diff(const struct context *context, struct diff *d, const char *name)
{
	_cleanup_(wanted_cache_done) struct wanted_cache cache = { 0 };
	_cleanup_(record_done) struct record record = { 0 };
	int r = record_check_name(name);

	if (r == 0)
		r = record_load(context->root_fd, name, &record);
	if (r == 0)
		r = container_check_ready(&record);
	if (r == 0)
		r = upgrade_examine(context, &record, true, NULL, &cache, &d->upgrade);
	if (r < 0)
		return r;
	d->record = &record;
	first_start_read(context->root_fd, &d->start);
	look(d, "/etc", 0);
	strv_sort_unique(&d->added);
	print(d);
	if (d->added.n == ADDED_MAX)
		log_warn("The container has added more paths than these.");
	first_start_done(&d->start);
	upgrade_done(&d->upgrade);
	return 0;
}

static int run(const struct context *context, int argc, char **argv)
{
	struct diff d = { 0 };
	int r = verb_parse(&cmd_diff, argc, argv, &d);

	if (r)
		return r;
	if (optind + 1 != argc)
		return verb_usage(&cmd_diff, "give the name of one container");
	r = verb_need_root(&cmd_diff) < 0 || diff(context, &d, argv[optind]) < 0;
	strv_done(&d.added);
	return r;
}

const struct verb cmd_diff = {
	.name = "diff",
	.synopsis = "[OPTION...] NAME",
	.help = "List what a container and the host have changed since its creation or upgrade",
	.options = options,
	.run = run,
	.any_root = true,
};
