/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directory in which a sandboxed command's changes are kept. */
#include "sandbox/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/path.h"
#include "base/rootfd.h"

#define FORMAT 1
#define FILE_NAME "sandbox.json"
#define FILE_MAX ((size_t)4 * 1024 * 1024) /* bytes: a command line has at most 2 MiB, execve(2) */

void kept_done(struct kept *kept)
{
	strv_done(&kept->places);
	strv_done(&kept->command);
	*kept = (struct kept){ 0 };
}

/* File systems do not read the precise clock for each change, but take the time of the last tick. */
int64_t kept_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int kept_open(const char *path, enum kept_use use)
{
	_cleanup_(closep) int dir = open(path, O_RDONLY | O_DIRECTORY | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (dir < 0 || fstat(dir, &st) < 0)
		return log_error_errno(errno, "Cannot open directory '%s': %m", path);
	if (st.st_uid != geteuid() || st.st_mode & 077)
		return log_error_errno(-EPERM,
				       "'%s' is no directory of kept changes: those belong to the user who runs this, "
				       "and have mode 0700.",
				       path);
	if (flock(dir, (use == KEPT_READ ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0)
		return steal_fd(&dir);
	if (errno == EWOULDBLOCK)
		return log_error_errno(-EBUSY, "'%s' is in use: wait until the command in the sandbox has ended.",
				       path);
	return log_error_errno(errno, "Cannot lock '%s': %m", path);
}

int kept_write(int dir, const struct kept *kept)
{
	_cleanup_(json_freep) struct json_object *o = json_object_make();
	_cleanup_(freep) char *text = NULL;

	json_set_int(o, "format", FORMAT);
	json_set_strings(o, "places", &kept->places);
	json_set_strings(o, "command", &kept->command);
	json_set_int(o, "time", kept->time);
	json_set_int(o, "caller", kept->caller);
	if (kept->shift)
		json_set_int(o, "shift", kept->shift);
	text = json_text(o);
	return atomic_file_write(dir, FILE_NAME, 0600, text, true);
}

/* Two places of which one is in the other would share an upper directory. */
static bool are_places(const struct strv *places)
{
	for (size_t i = 0; i < places->n; i++) {
		if (!path_is_normal(places->v[i]))
			return false;
		for (size_t k = 0; k < places->n; k++)
			if (k != i && path_within(places->v[k], places->v[i]))
				return false;
	}
	return places->n > 0;
}

int kept_read(int dir, struct kept *ret)
{
	_cleanup_(json_freep) struct json_object *o = NULL;
	_cleanup_(kept_done) struct kept kept = { 0 };
	_cleanup_(freep) char *text = NULL;
	int64_t format = 0;
	size_t len;
	int r = rootfd_read(dir, FILE_NAME, WALK_MOUNT, FILE_MAX, &text, &len);

	if (r == -ENOENT)
		return log_error_errno(r, "This is no directory of kept changes: it has no file '%s'.", FILE_NAME);
	if (r < 0)
		return log_error_errno(r, "Cannot read '%s' of the kept changes: %m", FILE_NAME);
	if (json_parse(text, len, &o) < 0 || !json_get_int(o, "format", &format))
		return log_error_errno(-EINVAL, "'%s' of the kept changes is damaged.", FILE_NAME);
	if (format != FORMAT)
		return log_error_errno(-EINVAL,
				       "These changes were kept in format %lld, by another version of this program; "
				       "this one knows format %d.",
				       (long long)format, FORMAT);
	if (!json_get_strings(o, "places", &kept.places) || !json_get_strings(o, "command", &kept.command) ||
	    !json_get_int(o, "time", &kept.time) || !json_get_int(o, "caller", &kept.caller) ||
	    !are_places(&kept.places) ||
	    (json_get_int(o, "shift", &kept.shift) && (kept.shift < 0 || kept.shift > UINT32_MAX)))
		return log_error_errno(-EINVAL, "'%s' of the kept changes is damaged.", FILE_NAME);
	*ret = kept;
	kept = (struct kept){ 0 };
	return 0;
}
