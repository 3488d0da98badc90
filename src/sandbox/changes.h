/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a sandboxed command has changed, found by comparing the upper directories of its overlays with the host as it is
 * now. Only reads. Everything in these directories is hostile: nothing there is followed or opened but regular files
 * and directories. */
#pragma once

#include <stdint.h>
#include <sys/stat.h>

#include "sandbox/kept.h"

enum change_kind { CHANGE_ADDED, CHANGE_CHANGED, CHANGE_REMOVED };

/* How something that was changed differs. For what is new, or of another type, only CHANGE_XATTRS can be added: it has
 * some. */
enum change_what {
	CHANGE_TYPE = 1 << 0,
	CHANGE_CONTENT = 1 << 1, /* of a file, or the numbers of a device */
	CHANGE_TARGET = 1 << 2,	 /* of a symbolic link */
	CHANGE_MODE = 1 << 3,
	CHANGE_OWNER = 1 << 4,
	CHANGE_XATTRS = 1 << 5, /* those that are copied (base/copy.h), ACLs and file capabilities among them */
};

/* What is at a path. */
struct change_state {
	mode_t mode; /* with the type; 0 if there is nothing */
	uid_t uid;
	gid_t gid;
	uint64_t size; /* bytes of a file */
	dev_t rdev;
	char *target; /* of a symbolic link; owned */
};

struct change {
	char *path; /* absolute, on the host; owned */
	enum change_kind kind;
	unsigned what;		   /* of change_what */
	struct change_state host;  /* now */
	struct change_state there; /* after the command */
	bool apart;		   /* lies on another mount of the host than its place, so the command did not see it */
	/* For what is on the host. */
	dev_t dev;
	ino_t ino;
	struct timespec ctime;
};

/* In a directory of the host, what changes_apply() makes there; an interrupted one has left it. */
#define CHANGES_WORK ".virt-sandbox-apply"

struct changes {
	struct kept kept;
	struct change *v; /* by path, so that everything in a directory follows it */
	size_t n;
	unsigned long too_long;	 /* paths that were left out because they are longer than the kernel takes */
	struct strv interrupted; /* directories of the host that have CHANGES_WORK in them */
};
void changes_done(struct changes *changes);

/* Compares what is kept in directory 'dir_fd' with the host. What was copied up and is the same as on the host is no
 * change. What was removed is listed with everything that was in it. 0, with *ret for changes_done(); or -errno after a
 * message: -EINVAL if an overlay used features with which its upper directory does not say what it contains, as
 * directories that were renamed or files without content do (Documentation/filesystems/overlayfs.rst). */
int changes_find(int root_fd, int dir_fd, struct changes *ret);

/* Which of the changes are at these absolute paths or below them; all, if there are no paths. 0, with *ret as an array
 * that the caller frees; or -errno after messages: -ENOENT if there is no change for a path. */
int changes_choose(const struct changes *changes, const struct strv *paths, bool **ret);

/* The rows [*begin, return value) are those of 'path' and everything below it; there are none if both are the same. */
size_t changes_below(const struct changes *changes, const char *path, size_t *ret_begin);

/* The word for a kind, and for what differs (one bit of change_what). */
const char *change_kind_word(enum change_kind kind);
const char *change_what_word(unsigned bit);

/* "file", "directory", "link", "fifo", "socket", "device", or "" for nothing. */
const char *change_type_word(mode_t mode);

/* The place in which the path is. */
const char *change_place(const struct changes *changes, const struct change *change);

/* An O_PATH descriptor of what the command left at the path, or of what the host has there; or -errno. */
int change_open_there(int dir_fd, const struct change *change);
int change_open_host(int root_fd, const struct changes *changes, const struct change *change);

/* A descriptor that can be read from, of the regular file that an O_PATH descriptor stands for; or -errno: -EINVAL if
 * it is no regular file. */
int change_reopen(int fd);
