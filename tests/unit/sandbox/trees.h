/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A host and a directory of kept changes, made from words. Devices and marks of overlays need root. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "sandbox/kept.h"

struct trees {
	char path[32];
	int fd;	  /* of the directory that has both */
	int host; /* its root */
	int dir;  /* of the kept changes */
};

static inline void trees_done(struct trees *t)
{
	closep(&t->host);
	closep(&t->dir);
	closep(&t->fd);
	rm_rf(AT_FDCWD, t->path);
}

static inline bool put_text(int fd, const char *path, const char *text, mode_t mode)
{
	_cleanup_(closep) int f = openat(fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

	return f >= 0 && write_all(f, text, strlen(text)) == 0 && fchmod(f, mode) == 0;
}

static inline bool put_socket(int fd, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_(closep) int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", fd, path);
	return s >= 0 && bind(s, (struct sockaddr *)&address, sizeof(address)) == 0;
}

static inline bool put_attribute(int fd, const char *path, const char *name, const char *value)
{
	_cleanup_(closep) int f = openat(fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	return f >= 0 && fsetxattr(f, name, value, strlen(value), 0) == 0;
}

/* A word is a letter and a path below 'fd', or more: 'd/PATH[:MODE]' a directory, 'f/PATH[:MODE]=TEXT' a file,
 * 'l/PATH=TARGET' a link, 'p/PATH' a fifo, 's/PATH' a socket, 'c/PATH' a device node, 'w/PATH' a whiteout, 'o/PATH' an
 * opaque directory, 'x/PATH=NAME=VALUE' an attribute, 'u/PATH=ID' the owner, 't/PATH=SIZE' a file with a hole. */
static inline bool put_word(int fd, char *word)
{
	char kind = *word, *path = word + 2, *value = strchr(path, '='), *colon;
	mode_t mode = kind == 'd' || kind == 'o' ? 0755 : 0644;

	if (value)
		*value++ = '\0';
	colon = kind == 'f' || kind == 'd' ? strchr(path, ':') : NULL;
	if (colon) {
		*colon = '\0';
		mode = (mode_t)strtoul(colon + 1, NULL, 8);
	}
	switch (kind) {
	case 'd':
	case 'o':
		return (mkdirat(fd, path, 0700) == 0 || errno == EEXIST) && fchmodat(fd, path, mode, 0) == 0 &&
		       (kind == 'd' || put_attribute(fd, path, "trusted.overlay.opaque", "y"));
	case 'f':
		return put_text(fd, path, value, mode);
	case 'l':
		return symlinkat(value, fd, path) == 0;
	case 'p':
		return mkfifoat(fd, path, 0644) == 0;
	case 's':
		return put_socket(fd, path);
	case 'c':
		return mknodat(fd, path, S_IFCHR | 0666, makedev(1, 3)) == 0;
	case 'w':
		return mknodat(fd, path, S_IFCHR, makedev(0, 0)) == 0;
	case 'u':
		return fchownat(fd, path, (uid_t)atol(value), (gid_t)atol(value), AT_SYMLINK_NOFOLLOW) == 0;
	case 't': {
		_cleanup_(closep) int f = openat(fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

		return f >= 0 && ftruncate(f, (off_t)strtoull(value, NULL, 10)) == 0;
	}
	case 'x': {
		char *rest = strchr(value, '=');

		*rest = '\0';
		return put_attribute(fd, path, value, rest + 1);
	}
	}
	return false;
}

/* Words are separated by spaces; '_' in a text stands for a newline. */
static inline bool put_words(int fd, const char *words)
{
	_cleanup_(strv_done) struct strv list = { 0 };

	strv_split(&list, words, " ");
	for (size_t i = 0; i < list.n; i++) {
		char *text = strchr(list.v[i], '=');

		for (char *p = text; p && *p; p++)
			*p = *p == '_' ? '\n' : *p;
		if (!put_word(fd, list.v[i])) {
			if (errno != EPERM)
				printf("# cannot make '%s': %s\n", list.v[i], strerror(errno));
			return false;
		}
	}
	return true;
}

/* Both have the directories /etc and /usr, which are the places. What the words of the host make is older than the
 * command, whose time is taken between the two. Returns whether everything could be made; trees_done() is needed in any
 * case. */
static inline bool trees_make(struct trees *t, const char *host, const char *upper)
{
	_cleanup_(kept_done) struct kept kept = { .caller = geteuid() };
	_cleanup_(closep) int up = -1;
	const char *const places[] = { "/etc", "/usr" };
	bool made;

	*t = (struct trees){ .path = "/tmp/test-sandbox.XXXXXX", .host = -1, .dir = -1 };
	umask(0);
	if (!mkdtemp(t->path))
		abort();
	t->fd = open(t->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (t->fd < 0 || mkdirat(t->fd, "host", 0755) < 0 || mkdirat(t->fd, "keep", 0700) < 0 ||
	    mkdirat(t->fd, "keep/upper", 0700) < 0 || mkdirat(t->fd, "outside", 0755) < 0)
		abort();
	t->host = openat(t->fd, "host", O_PATH | O_DIRECTORY | O_CLOEXEC);
	t->dir = openat(t->fd, "keep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	up = openat(t->dir, "upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		strv_add(&kept.places, places[i]);
		if (mkdirat(t->host, places[i] + 1, 0755) < 0 || mkdirat(up, places[i] + 1, 0755) < 0)
			abort();
	}
	strv_add(&kept.command, "true");
	made = put_words(t->host, host);
	usleep(20000); /* more than a tick */
	kept.time = kept_clock();
	if (kept_write(t->dir, &kept) < 0)
		abort();
	return made && put_words(up, upper);
}
