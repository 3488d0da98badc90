/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reservations of sandboxes have the form of those of containers (container/reservation.h), but lie in SANDBOX_DIR.
 * Each holds the name of its sandbox, and counts only while a process holds the lock of that name. */
#include "sandbox/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/guarded.h"
#include "base/log.h"
#include "base/random.h"
#include "base/rootfd.h"
#include "base/text.h"
#include "container/paths.h"
#include "container/reservation.h"
#include "container/sandbox-record.h"
#include "create/allocate.h"
#include "inside/sandbox-init.h"
#include "sandbox/networks.h"

#define NAMES_DIR SANDBOX_DIR "/names"
#define TURN_FILE SANDBOX_DIR "/lock"
#define COMMAND_MAX 4096		/* bytes of a command that are shown */
#define SHOWN_MAX (4 * COMMAND_MAX + 3) /* bytes, escaped */
#define OWNER_MAX 256			/* bytes, for a name */

static const char *const kinds[] = { RESERVE_IDS, RESERVE_LEVELS, RESERVE_ADDRESSES, RESERVE_MACS };

/* libvirt-lxc enters SANDBOX_ROOT as an ordinary user. It keeps the old root in '.oldroot' while it changes roots. */
static const char *const dirs[] = {
	NAMES_DIR,
	SANDBOX_DIR "/" RESERVE_IDS,
	SANDBOX_DIR "/" RESERVE_LEVELS,
	SANDBOX_DIR "/" RESERVE_ADDRESSES,
	SANDBOX_DIR "/" RESERVE_MACS,
	SANDBOX_RECORDS,
	SANDBOX_ROOT "/.oldroot",
	SANDBOX_ROOT "/dev",
	SANDBOX_ROOT "/proc",
	SANDBOX_ROOT "/sys",
	SANDBOX_ROOT SANDBOX_NEW,
	SANDBOX_ROOT SANDBOX_PROGRAMS,
};

static int make_dirs(int root_fd)
{
	_cleanup_(way_done) struct way way = { 0 };
	_cleanup_(closep) int fd = -1;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(dirs); i++)
		r = rootfd_mkdir_p(root_fd, dirs[i]);
	if (r == 0) {
		fd = guarded_open_dir(root_fd, SANDBOX_DIR, GUARD_ROOT_NO_LINKS, &way);
		r = fd < 0 ? fd : 0;
	}
	return r < 0 ? log_error_errno(r, "Cannot make directories in '" SANDBOX_DIR "', which only root may own: %m")
		     : 0;
}

/* A descriptor, locked as 'operation' of flock(2) says, or -errno: -EWOULDBLOCK if somebody else has the lock. */
static int lock_file(int root_fd, const char *path, int operation)
{
	_cleanup_(closep) int fd = rootfd_openat(root_fd, path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600, WALK_ROOT);

	while (fd >= 0 && flock(fd, operation) < 0)
		if (errno != EINTR)
			return -errno;
	return fd < 0 ? fd : steal_fd(&fd);
}

/* While one process has its turn, all others wait. Until it is over, messages go to memory: somebody who does not read
 * them could otherwise make everybody wait. */
struct turn {
	int lock, messages;
	int errors; /* standard error */
};
#define TURN_INIT ((struct turn){ -1, -1, -1 })

static int turn_begin(int root_fd, struct turn *turn)
{
	turn->messages = memfd_create("messages", MFD_CLOEXEC);
	turn->errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (turn->messages < 0 || turn->errors < 0)
		return -errno;
	turn->lock = lock_file(root_fd, TURN_FILE, LOCK_EX);
	if (turn->lock < 0)
		return turn->lock;
	dup2(turn->messages, STDERR_FILENO);
	return 0;
}

static void turn_end(struct turn *turn)
{
	char text[4096];
	off_t at = 0;
	ssize_t n;

	closep(&turn->lock);
	if (turn->lock >= 0) {
		dup2(turn->errors, STDERR_FILENO);
		while ((n = pread(turn->messages, text, sizeof(text), at)) > 0 &&
		       write_all(STDERR_FILENO, text, (size_t)n) == 0)
			at += n;
	}
	closep(&turn->messages);
	closep(&turn->errors);
}

static char *name_path(const char *name)
{
	return xasprintf(NAMES_DIR "/%s", name);
}

/* Whether the sandbox exists. Its lock is not created here. With all others waiting. */
static bool exists(int root_fd, const char *name)
{
	_cleanup_(freep) char *path = name_path(name);
	_cleanup_(closep) int fd = rootfd_openat(root_fd, path, O_RDWR | O_NOFOLLOW, 0, WALK_ROOT);

	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0;
}

static void remove_file(int root_fd, const char *path)
{
	int r = atomic_file_remove(root_fd, path);

	if (r < 0 && r != -ENOENT)
		log_warn_errno(r, "Cannot remove '%s': %m", path);
}

/* libvirt keeps these for each name that a domain ever had. */
static const struct {
	const char *dir, *suffix;
	int flags; /* of unlinkat(2) */
} traces[] = {
	{ "/run/libvirt/lxc", ".dev", AT_REMOVEDIR },  { "/run/libvirt/lxc", ".devpts", AT_REMOVEDIR },
	{ "/run/libvirt/lxc", ".fuse", AT_REMOVEDIR }, { "/run/libvirt/lxc", ".sock", 0 },
	{ "/var/log/libvirt/lxc", ".log", 0 },	       { "/var/log/libvirt/qemu", ".log", 0 },
};

static void forget(int root_fd, const char *name)
{
	_cleanup_(freep) char *path = name_path(name);

	for (size_t i = 0; i < ARRAY_SIZE(traces); i++) {
		_cleanup_(freep) char *file = xasprintf("%s%s", name, traces[i].suffix);
		_cleanup_(closep) int dir = rootfd_openat(root_fd, traces[i].dir, O_PATH | O_DIRECTORY, 0, WALK_ROOT);

		if (dir >= 0 && unlinkat(dir, file, traces[i].flags) < 0 && errno != ENOENT)
			log_info("Cannot remove '%s/%s': %s.", traces[i].dir, file, strerror(errno));
	}
	remove_file(root_fd, path);
}

/* Removes the reservations of a sandbox. */
static void release(int root_fd, const char *name)
{
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		_cleanup_(freep) char *dir = xasprintf(SANDBOX_DIR "/%s", kinds[k]);
		_cleanup_(strv_done) struct strv values = { 0 };

		(void)rootfd_list(root_fd, dir, WALK_ROOT, &values);
		for (size_t i = 0; i < values.n; i++) {
			_cleanup_(freep) char *path = xasprintf("%s/%s", dir, values.v[i]), *owner = NULL;

			if (rootfd_read(root_fd, path, WALK_ROOT, OWNER_MAX, &owner, NULL) == 0 &&
			    strcmp(owner, name) == 0)
				remove_file(root_fd, path);
		}
	}
}

/* Removes what sandboxes left that exist no more. What of one is still on a network goes first, or another one could
 * get its addresses meanwhile. */
static void sweep(const struct context *context)
{
	_cleanup_(strv_done) struct strv names = { 0 };

	(void)rootfd_list(context->root_fd, NAMES_DIR, WALK_ROOT, &names);
	for (size_t i = 0; i < names.n; i++) {
		if (exists(context->root_fd, names.v[i]) || networks_clear(context, names.v[i]) < 0)
			continue;
		release(context->root_fd, names.v[i]);
		forget(context->root_fd, names.v[i]);
	}
}

/* 'path' is that of a container's reservation of the same. -EAGAIN if a container has just got it. */
static int reserve(int root_fd, const char *path, const struct record *record, enum level_rule rule)
{
	_cleanup_(freep) char *own = reservation_sandbox_path(path);
	bool shared = rule == LEVEL_SHARED && strcmp(strrchr(path, '/') + 1, record->level) == 0;
	int r = atomic_file_write(root_fd, own, 0600, record->name, false);
	struct stat st;

	if (r < 0)
		return log_error_errno(r, "Cannot reserve '%s': %m", own);
	return !shared && rootfd_lstat(root_fd, path, WALK_ROOT, &st) == 0 ? -EAGAIN : 0;
}

static int reserve_all(int root_fd, const struct record *record, const struct strv *macs, enum level_rule rule)
{
	_cleanup_(strv_done) struct strv paths = { 0 };
	int r = 0;

	reservation_needs(record, &paths);
	for (size_t i = 0; i < macs->n; i++)
		strv_take(&paths, reservation_path(RESERVE_MACS, macs->v[i]));
	for (size_t i = 0; r == 0 && i < paths.n; i++)
		r = reserve(root_fd, paths.v[i], record, rule);
	return r;
}

/* 'macs' gets the hardware addresses that are to be reserved. */
static int choose(const struct context *context, const struct create_spec *asked, const char *name,
		  unsigned int attempt, struct record *ret, struct strv *macs)
{
	struct create_spec spec = *asked;
	_cleanup_(choice_done) struct choice choice = { 0 };
	int r;

	spec.context = context;
	spec.name = name;
	spec.private_users = true;
	spec.no_ipv6 = true;
	r = allocate(&spec, attempt, &choice);
	if (r < 0)
		return r;
	ret->name = xstrdup(name);
	ret->uuid = steal_ptr(choice.uuid);
	ret->level = steal_ptr(choice.level);
	ret->process_context = choice.process_context ? steal_ptr(choice.process_context) : xstrdup("");
	ret->file_context = choice.file_context ? steal_ptr(choice.file_context) : xstrdup("");
	ret->uid_base = choice.uid_base;
	ret->uid_count = RECORD_ID_COUNT;
	ret->host_access = asked->host_access;
	strv_add_all(&ret->capabilities, &asked->capabilities);
	strv_add_all(&ret->system_calls, &asked->system_calls);
	memcpy(ret->limits, asked->limits, sizeof(ret->limits));
	choice_put_nets(&choice, ret);
	strv_add_all(macs, &choice.macs);
	return 0;
}

static int check_name(int root_fd, const char *name)
{
	_cleanup_(freep) char *record = record_path(name);
	struct stat st;

	if (!record_name_valid(name)) {
		log_error("'%s' cannot be a name: it takes lower-case letters, digits, '.', '_' and '-'.", name);
		return -EINVAL;
	}
	if (rootfd_lstat(root_fd, record, WALK_ROOT, &st) == 0)
		return log_error_errno(-EEXIST, "'%s' is the name of a container; choose another.", name);
	return 0;
}

/* Caller frees. NULL after a message. */
static char *make_name(void)
{
	uint32_t number;

	if (random_bytes(&number, sizeof(number)) == 0)
		return xasprintf("sandbox-%08x", number);
	log_error("Cannot make up a name, because the kernel gives no random numbers.");
	return NULL;
}

int identity_preview(const struct context *context, const struct create_spec *asked, struct identity *ret)
{
	_cleanup_(freep) char *made = asked->name ? xstrdup(asked->name) : make_name();
	_cleanup_(strv_done) struct strv macs = { 0 };
	int r = made ? check_name(context->root_fd, made) : -EIO;

	return r < 0 ? r : choose(context, asked, made, 0, &ret->record, &macs);
}

/* Reserves what is chosen; -EAGAIN if a container was faster. */
static int attempt(const struct context *context, const struct create_spec *asked, const char *name,
		   unsigned int number, struct record *record)
{
	_cleanup_(strv_done) struct strv macs = { 0 };
	int r = choose(context, asked, name, number, record, &macs);

	if (r == 0)
		r = reserve_all(context->root_fd, record, &macs, asked->level_rule);
	if (r == 0 && record->nets.n > 0) {
		r = sandbox_record_write(context->root_fd, record);
		if (r < 0)
			log_error_errno(r, "Cannot write the record of sandbox '%s': %m", name);
	}
	if (r < 0) {
		release(context->root_fd, name);
		record_done(record);
		*record = (struct record){ 0 };
	}
	return r;
}

/* With all others waiting. */
static int take(const struct context *context, const struct create_spec *asked, const char *name, struct identity *i)
{
	_cleanup_(freep) char *path = name_path(name);
	int r = -EAGAIN;

	sweep(context);
	i->lock = lock_file(context->root_fd, path, LOCK_EX | LOCK_NB);
	if (i->lock == -EWOULDBLOCK)
		return log_error_errno(-EEXIST, "There is a sandbox '%s' already; choose another name.", name);
	if (i->lock < 0)
		return log_error_errno(i->lock, "Cannot lock '%s': %m", path);
	for (unsigned int n = 0; r == -EAGAIN && n < ALLOCATE_ATTEMPTS; n++)
		r = attempt(context, asked, name, n, &i->record);
	return r == -EAGAIN ? log_error_errno(r, "Containers took what sandbox '%s' was to have.", name) : r;
}

/* In the file whose lock is the sandbox's. */
static int write_command(int fd, char *const *command)
{
	_cleanup_(strv_done) struct strv words = { 0 };
	_cleanup_(freep) char *text = NULL, *cut = NULL, *shown = NULL;

	for (; *command; command++)
		strv_add(&words, *command);
	text = strv_join(&words, " ");
	cut = xasprintf("%.*s%s", COMMAND_MAX, text, strlen(text) > COMMAND_MAX ? "..." : "");
	shown = escape_control(cut);
	return write_all(fd, shown, strlen(shown));
}

int identity_take(const struct context *context, const struct create_spec *asked, char *const *command,
		  struct identity *ret)
{
	_cleanup_(freep) char *made = asked->name ? xstrdup(asked->name) : make_name();
	_cleanup_(turn_end) struct turn turn = TURN_INIT;
	int r = made ? check_name(context->root_fd, made) : -EIO;

	*ret = IDENTITY_INIT;
	if (r == 0)
		r = make_dirs(context->root_fd);
	if (r < 0)
		return r;
	r = turn_begin(context->root_fd, &turn);
	if (r < 0)
		return log_error_errno(r, "Cannot lock '" TURN_FILE "': %m");
	r = take(context, asked, made, ret);
	if (r == 0) {
		r = write_command(ret->lock, command);
		if (r < 0)
			log_error_errno(r, "Cannot write into '" NAMES_DIR "/%s': %m", made);
	}
	if (r < 0)
		identity_done(ret); /* the next one sweeps */
	return r;
}

/* exists() holds each lock for a moment, and nobody must take the name of a new sandbox for taken by that. */
bool identity_exists(int root_fd, const char *name)
{
	_cleanup_(closep) int turn = lock_file(root_fd, TURN_FILE, LOCK_EX);

	return turn >= 0 && record_name_valid(name) && exists(root_fd, name);
}

int identity_list(int root_fd)
{
	_cleanup_(closep) int turn = lock_file(root_fd, TURN_FILE, LOCK_EX);
	_cleanup_(strv_done) struct strv names = { 0 }, lines = { 0 };
	int r = turn < 0 ? turn : rootfd_list(root_fd, NAMES_DIR, WALK_ROOT, &names);

	for (size_t i = 0; i < names.n; i++) {
		_cleanup_(freep) char *path = name_path(names.v[i]), *command = NULL;

		if (exists(root_fd, names.v[i]) &&
		    rootfd_read(root_fd, path, WALK_ROOT, SHOWN_MAX, &command, NULL) == 0)
			strv_addf(&lines, "%-18s %s", names.v[i], command);
	}
	closep(&turn); /* before anything that waits for somebody to read */
	turn = -1;
	if (r < 0 && r != -ENOENT)
		return log_error_errno(r, "Cannot read directory '" NAMES_DIR "': %m");
	for (size_t i = 0; i < lines.n; i++)
		puts(lines.v[i]);
	return fflush(stdout) ? log_error_errno(errno, "Cannot write the output: %m") : 0;
}

void identity_release(int root_fd, struct identity *identity)
{
	_cleanup_(turn_end) struct turn turn = TURN_INIT;

	if (turn_begin(root_fd, &turn) == 0) {
		release(root_fd, identity->record.name);
		forget(root_fd, identity->record.name);
	}
	identity_done(identity);
}

void identity_done(struct identity *identity)
{
	closep(&identity->lock);
	record_done(&identity->record);
	*identity = IDENTITY_INIT;
}
