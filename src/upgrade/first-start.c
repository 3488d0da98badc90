/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads tmpfiles.d(5). All files of the host's packages count, although the container uses only those of its own
 * packages: an administrator hardly puts exactly what another package would make into a container. */
#include "upgrade/first-start.h"

#include <fnmatch.h>
#include <string.h>

#include "base/path.h"
#include "base/strv.h"
#include "contents/new-keys.h"
#include "create/ops.h"
#include "unit/unit-words.h"

#define TMPFILES_MAX (1024 * 1024) /* bytes */
#define FACTORY "/usr/share/factory"

enum { TYPE, PATH, MODE, USER, GROUP, AGE, N_FIELDS }; /* and the argument, which is the rest of the line */

void first_start_done(struct first_start *start)
{
	for (size_t i = 0; i < start->n; i++) {
		free(start->v[i].path);
		version_done(&start->v[i].made);
	}
	free(start->v);
	*start = (struct first_start){ 0 };
}

/* What a line makes: nothing, if it only adjusts, writes or removes. */
static struct version made_by(int root_fd, char type, const char *path, const char *argument)
{
	_cleanup_(freep) char *from = *argument ? xstrdup(argument) : xasprintf(FACTORY "%s", path);
	struct version v = { 0 };

	switch (type) {
	case 'L':
		return (struct version){ .type = VERSION_LINK, .target = steal_ptr(from) };
	case 'd':
	case 'D':
	case 'v':
	case 'q':
	case 'Q':
		return (struct version){ .type = VERSION_DIRECTORY };
	case 'f':
		return (struct version){ .type = VERSION_FILE, .data = xstrdup(argument), .size = strlen(argument) };
	case 'C':
		version_read(root_fd, from, WALK_ROOT, VERSION_CONTENT_MAX, &v, NULL);
		return v;
	default:
		return v;
	}
}

static void parse_line(int root_fd, const char *text, struct first_start *start)
{
	char *field[N_FIELDS] = { NULL };
	_cleanup_(freep) char *argument = NULL;
	struct version made = { 0 };

	text += strspn(text, UNIT_WHITE);
	for (size_t n = 0; n < N_FIELDS && *text && *text != '#'; n++) {
		field[n] = unit_word_next(&text);
		if (!field[n])
			break;
		text += strspn(text, UNIT_WHITE);
	}
	argument = xstrdup(strcmp(text, "-") == 0 ? "" : text);
	if (field[PATH] && skip_prefix(field[PATH], "/etc/") && !strchr(field[PATH], '%'))
		made = made_by(root_fd, *field[TYPE], field[PATH], argument);
	if (made.type) {
		grow(start->v, start->n);
		start->v[start->n++] = (struct first_start_made){ steal_ptr(field[PATH]), made };
	}
	for (size_t i = 0; i < N_FIELDS; i++)
		free(field[i]);
}

void first_start_read(int root_fd, struct first_start *ret)
{
	static const char *const dirs[] = { "/usr/local/lib/tmpfiles.d", "/usr/lib/tmpfiles.d" };

	*ret = (struct first_start){ 0 };
	for (size_t d = 0; d < ARRAY_SIZE(dirs); d++) {
		_cleanup_(strv_done) struct strv names = { 0 };

		rootfd_list(root_fd, dirs[d], WALK_ROOT, &names);
		for (size_t i = 0; i < names.n; i++) {
			_cleanup_(freep) char *path = xasprintf("%s/%s", dirs[d], names.v[i]), *text = NULL;
			_cleanup_(strv_done) struct strv lines = { 0 };
			size_t size;

			if (!has_suffix(path, ".conf") ||
			    rootfd_read(root_fd, path, WALK_ROOT, TMPFILES_MAX, &text, &size) < 0)
				continue;
			strv_split(&lines, text, "\n");
			for (size_t k = 0; k < lines.n; k++)
				parse_line(root_fd, lines.v[k], ret);
		}
	}
}

static bool is_new_key(const struct plan *plan, const char *path)
{
	const struct left_out *left = plan_find_left_at(plan, path);

	return left && strcmp(left->rule, "new-key") == 0;
}

bool first_start_makes(const struct first_start *start, const struct plan *plan, const char *path,
		       const struct version *now)
{
	_cleanup_(freep) char *plain = xstrndup(path, strlen(path) - (has_suffix(path, ".pub") ? strlen(".pub") : 0));

	if (now->type == VERSION_FILE && is_new_key(plan, plain)) /* ssh-keygen(1) puts the public part beside it */
		return true;
	for (size_t i = 0; i < start->n; i++) {
		const struct first_start_made *m = &start->v[i];
		bool at = strcmp(m->path, path) == 0;

		if (now->type == VERSION_DIRECTORY /* or one that is made because something is made below it */
			    ? path_within(m->path, path) && (!at || m->made.type == VERSION_DIRECTORY)
			    : at && version_same(&m->made, now))
			return true;
	}
	return false;
}

bool first_start_renews(const struct plan *plan, const char *path)
{
	_cleanup_(freep) char *end = xasprintf(" %s\n", path); /* of the line that writes it */

	for (size_t i = 0; i < plan->n; i++)
		if (plan->ops[i].kind == &op_write && fnmatch("*/" KEY_UNIT_PATTERN, plan->ops[i].path, 0) == 0 &&
		    strstr(plan->ops[i].text, end))
			return true;
	return false;
}
