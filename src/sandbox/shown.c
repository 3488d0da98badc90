/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of the host is shown on purpose. */
#include "sandbox/shown.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/path.h"
#include "sandbox/layout.h"
#include "sandbox/secrets.h"

void shown_done(struct shown *shown)
{
	for (size_t i = 0; i < shown->n; i++)
		host_file_done(&shown->v[i]);
	free(shown->v);
	*shown = (struct shown){ 0 };
}

char *shown_parse(const char *text, struct shown *shown)
{
	if (!*text)
		return xstrdup("the path of a file or directory");
	if (shown->n == SHOWN_MAX)
		return xasprintf("--show can be given %d times", SHOWN_MAX);
	grow(shown->v, shown->n);
	shown->v[shown->n] = HOST_FILE_INIT;
	shown->v[shown->n++].path = xstrdup(text);
	return NULL;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct host_file *)a)->path, ((const struct host_file *)b)->path);
}

static int open_one(int root_fd, const struct caller *caller, const struct layout *layout, struct host_file *file)
{
	_cleanup_(freep) char *given = steal_ptr(file->path);
	const struct place *place;
	int r = host_file_open(root_fd, caller, given, "shown", file);

	if (r < 0)
		return r;
	place = layout_find(layout, file->path);
	if (!place || place->kind == PLACE_KERNEL || place->kind == PLACE_LINK)
		return log_error_errno(-EINVAL, "'%s' cannot be shown: a sandbox has nothing of the host there.",
				       given);
	secrets_warn(file->fd, file->path);
	return 0;
}

int shown_open(int root_fd, const struct caller *caller, const struct layout *layout, struct shown *shown)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < shown->n; i++)
		r = open_one(root_fd, caller, layout, &shown->v[i]);
	if (r < 0)
		return r;
	if (shown->n)
		qsort(shown->v, shown->n, sizeof(*shown->v), compare);
	for (size_t i = 1; i < shown->n; i++)
		if (strcmp(shown->v[i - 1].path, shown->v[i].path) == 0)
			return log_error_errno(-EEXIST, "'%s' is to be shown twice.", shown->v[i].path);
	return 0;
}
