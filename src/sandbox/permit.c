/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the administrator's file. What it does not say is the default, and what nobody has thought of is refused: an
 * option that the table does not have is for root alone, and a line that cannot be understood closes the door for all
 * users. */
#include "sandbox/permit.h"

#include <errno.h>
#include <string.h>

#include "base/accounts.h"
#include "base/guarded.h"
#include "base/ini.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "base/text.h"
#include "sandbox/caller.h"
#include "sandbox/client.h"
#include "sandbox/timeout.h"

#define TEXT_MAX (1024 * 1024)		/* bytes of the file */
#define ACCOUNTS_MAX (64 * 1024 * 1024) /* bytes */

/* Options that only take something from the sandbox need no permission. Those of the others that this table does not
 * have could do with root's rights what the caller may not. */
static const struct {
	const char *name;
	enum { FREE, ASKED, GIVEN } how; /* GIVEN is a permission that everybody has by default */
} options[] = {
	{ "cpus", FREE },    { "cwd", FREE },	 { "dry-run", FREE }, { "env", FREE },	    { "list", ASKED },
	{ "memory", FREE },  { "mount", GIVEN }, { "name", ASKED },   { "network", ASKED }, { "tasks", FREE },
	{ "timeout", FREE }, { "user", GIVEN },	 { "verbose", FREE }, { "write", GIVEN },
};

static const struct {
	enum limit limit;
	const char *key;
	uint64_t most; /* by default */
} limits[] = {
	{ LIMIT_CPUS, "Cpus", 0 },
	{ LIMIT_MEMORY, "Memory", UINT64_C(2) << 30 },
	{ LIMIT_TASKS, "Tasks", 1024 },
};
#define SANDBOXES 4

void permit_done(struct permit *permit)
{
	strv_done(&permit->options);
	*permit = (struct permit){ 0 };
}

static int find_option(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (strcmp(options[i].name, name) == 0)
			return options[i].how;
	return -ENOENT;
}

static void set_defaults(struct permit *permit)
{
	*permit = (struct permit){ .timeout = UINT64_MAX, .sandboxes = SANDBOXES };
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].how == GIVEN)
			strv_add(&permit->options, options[i].name);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		permit->limits[limits[i].limit] = limits[i].most;
}

static bool is_in_group(const struct caller *caller, gid_t gid)
{
	bool is = caller->gid == gid;

	for (size_t i = 0; !is && i < caller->n_groups; i++)
		is = caller->groups[i] == gid;
	return is;
}

/* Whether the section is about the caller. Returns 1, 0 or -errno: -EINVAL for a section that the file cannot have, and
 * -ENOENT for a user or group that does not exist. */
static int concerns(const char *section, const struct accounts *accounts, const struct caller *caller)
{
	const char *user = skip_prefix(section, "User "), *group = skip_prefix(section, "Group ");
	uid_t uid;
	gid_t gid;
	int r;

	if (strcmp(section, "Everybody") == 0)
		return 1;
	if (user) {
		r = accounts_uid(accounts, user, &uid);
		return r < 0 ? r : uid == caller->uid;
	}
	r = group ? accounts_gid(accounts, group, &gid) : -EINVAL;
	return r < 0 ? r : is_in_group(caller, gid);
}

/* A word of the list that no permission has, or NULL. Caller frees. */
static char *take_options(const char *value, struct permit *permit)
{
	_cleanup_(strv_done) struct strv words = { 0 };

	strv_split(&words, value, " \t");
	if (words.n == 0)
		strv_done(&permit->options);
	for (size_t i = 0; i < words.n; i++) {
		if (find_option(words.v[i]) < 0)
			return xstrdup(words.v[i]);
		strv_add_once(&permit->options, words.v[i]);
	}
	return NULL;
}

static int take_limit(const char *key, const char *value, struct permit *permit)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (strcmp(limits[i].key, key) == 0)
			return limit_parse(limits[i].limit, value, &permit->limits[limits[i].limit]);
	return -ENOENT;
}

/* NULL, or what is wrong with the line. Caller frees. */
static char *take(const char *key, const char *value, struct permit *permit)
{
	int r;

	if (strcmp(key, "Options") == 0) {
		_cleanup_(freep) char *word = take_options(value, permit);

		return word ? xasprintf("'%s' is not an option that users can be permitted", word) : NULL;
	}
	if (strcmp(key, "Sandboxes") == 0)
		return parse_u64(value, PERMIT_SANDBOXES_MAX, &permit->sandboxes) < 0
			       ? xasprintf("Sandboxes= must be a number up to %d", PERMIT_SANDBOXES_MAX)
			       : NULL;
	if (strcmp(key, "Timeout") == 0) {
		permit->timeout = UINT64_MAX;
		return strcmp(value, "infinity") != 0 && timeout_parse(value, &permit->timeout) < 0
			       ? xstrdup("Timeout= must be " TIMEOUT_MUST ", or infinity")
			       : NULL;
	}
	r = take_limit(key, value, permit);
	return r == -ENOENT ? xasprintf("there is no key '%s'", key)
	       : r < 0	    ? xasprintf("'%s' is not a value of %s=", value, key)
			    : NULL;
}

static int refuse(unsigned int line, const char *why)
{
	return log_error_errno(-EINVAL, "Line %u of '" PERMIT_FILE "': %s.", line, why);
}

static int parse(const struct ini *ini, const struct accounts *accounts, const struct caller *caller,
		 struct permit *permit)
{
	for (size_t i = 0; i < ini->n; i++) {
		const struct ini_line *l = &ini->lines[i];
		int whose = concerns(l->section, accounts, caller);
		_cleanup_(permit_done) struct permit other = { 0 };
		_cleanup_(freep) char *wrong = NULL;

		if (whose < 0)
			wrong = xasprintf(whose == -ENOENT ? "section '%s' is about somebody who does not exist"
							   : "'%s' is not a section of this file",
					  l->section);
		else
			wrong = take(l->key, l->value, whose ? permit : &other);
		if (wrong)
			return refuse(l->line, wrong);
	}
	return 0;
}

int permit_parse(const char *text, size_t len, const struct accounts *accounts, const struct caller *caller,
		 struct permit *ret)
{
	_cleanup_(permit_done) struct permit permit = { 0 };
	_cleanup_(ini_done) struct ini ini = { 0 };
	unsigned int bad;
	int r = ini_parse(text, len, &ini, &bad);

	if (r < 0 || bad)
		return refuse(bad, "it is neither a section, nor an assignment, nor a comment");
	set_defaults(&permit);
	r = parse(&ini, accounts, caller, &permit);
	if (r == 0) {
		*ret = permit;
		permit = (struct permit){ 0 };
	}
	return r;
}

int permit_read(int root_fd, const struct caller *caller, struct permit *ret)
{
	_cleanup_(freep) char *text = NULL, *passwd = NULL, *group = NULL;
	struct accounts accounts = { 0 };
	size_t len = 0;
	int r = guarded_read(root_fd, PERMIT_FILE, TEXT_MAX, &text, &len);

	if (r < 0 && r != -ENOENT)
		return log_error_errno(r, "Cannot read '" PERMIT_FILE "', to which only root may be able to write: %m");
	r = rootfd_read(root_fd, "/etc/passwd", WALK_ROOT, ACCOUNTS_MAX, &passwd, NULL);
	if (r == 0)
		r = rootfd_read(root_fd, "/etc/group", WALK_ROOT, ACCOUNTS_MAX, &group, NULL);
	if (r < 0)
		return log_error_errno(r, "Cannot read the users of the host: %m");
	accounts_parse(passwd, group, &accounts);
	r = permit_parse(text ? text : "", len, &accounts, caller, ret);
	accounts_done(&accounts);
	return r;
}

int permit_option(const struct permit *permit, const char *name)
{
	int how = find_option(name);

	if (how < 0)
		return log_error_errno(-EPERM, "Only root can use --%s.", name);
	if (how == FREE || strv_has(&permit->options, name))
		return 0;
	return log_error_errno(-EPERM, "You may not use --%s: '" PERMIT_FILE "' does not permit it.", name);
}

int permit_limits(const struct permit *permit, struct request *request)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		uint64_t most = permit->limits[limits[i].limit], *asked = &request->spec.limits[limits[i].limit];

		if (most && *asked > most) {
			_cleanup_(freep) char *text = limit_format(limits[i].limit, most);

			return log_error_errno(-EPERM,
					       "You asked for more than the limit %s=%s, which '" PERMIT_FILE
					       "' or a default of it sets.",
					       limits[i].key, text);
		}
		*asked = *asked ? *asked : most;
	}
	if (request->timeout != UINT64_MAX && request->timeout > permit->timeout)
		return log_error_errno(-EPERM, "You asked for more time than Timeout= of '" PERMIT_FILE "' permits.");
	if (request->timeout == UINT64_MAX)
		request->timeout = permit->timeout;
	return 0;
}
