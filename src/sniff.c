/* See sniff.h. */
#include "sniff.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <unistd.h>

#include "rootfd.h"
#include "survey.h"
#include "users.h"

#define SNIFF_MAX (1024 * 1024) /* bytes at the start of a file; a key with its certificates is far smaller */
#define WORDS_MAX (64 * 1024)	/* larger files are data, not configuration */

/* The start of the file, NUL-terminated: its length, or -errno. */
static ssize_t read_start(int root_fd, const char *path, char **ret)
{
	static char text[SNIFF_MAX + 1];
	_cleanup_(closep) int fd = rootfd_openat(root_fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, WALK_TREE);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, text, SNIFF_MAX);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	*ret = text;
	return n;
}

/* RFC 7468 and OpenSSH's own form; host keys of older releases are in the former and known by their customary name. */
static void look_for_keys(struct entry *e, const char *text, size_t len)
{
	static const char pem[] = "PRIVATE KEY-----", openssh[] = "-----BEGIN OPENSSH PRIVATE KEY-----";

	e->key = memmem(text, len, pem, strlen(pem));
	e->ssh_key = e->key && (memmem(text, len, openssh, strlen(openssh)) ||
				fnmatch("*/ssh_host_*_key", e->path, 0) == 0);
}

void sniff_entry(const struct survey_request *request, struct entry *e)
{
	bool content = skip_prefix(e->path, "/etc/") || (request->copy_var && (e->of_root || e->unit_own));
	char *text;
	ssize_t n;

	if (!e->exists || !S_ISREG(e->st.st_mode) || !content || (e->package && !e->config && !e->of_root))
		return;
	n = read_start(request->root_fd, e->path, &text);
	if (n < 0) {
		e->key = n != -ENOENT;
		return;
	}
	look_for_keys(e, text, (size_t)n);
	if (e->of_root && n <= WORDS_MAX)
		users_want_mentioned(request->users, text);
}
