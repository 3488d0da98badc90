/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See sniff.h. */
#include "contents/key-scan.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <unistd.h>

#include "contents/path-scan.h"
#include "base/rootfd.h"
#include "contents/ssh-key.h"
#include "contents/files.h"
#include "contents/users.h"

#define PART (1024 * 1024)     /* bytes looked at together */
#define OVERLAP 64	       /* of two parts, so that no marker is cut */
#define PARTS_MAX 64	       /* what is larger is data, and read no further */
#define WORDS_MAX (64 * 1024)  /* larger files are no configuration that names users */
#define PUBLIC_MAX (64 * 1024) /* a public key is far smaller */

static const char openssh[] = "-----BEGIN OPENSSH PRIVATE KEY-----";

/* RFC 7468 and OpenSSH, OpenPGP, SSH2, PuTTY, OpenVPN and GnuPG. Nearly all that is looked at has none of them, so two
 * searches have to do. */
static bool has_marker(const char *text, size_t len, bool first)
{
	static const char *const ends[] = { "-----", " BLOCK-----", " ----" };
	static const char *const starts[] = { "PuTTY-User-Key-File-", "(11:private-key", "(21:protected-private-key" };
	static const char pem[] = "PRIVATE KEY", openvpn[] = "BEGIN OpenVPN Static key";

	for (const char *p = text; (p = memmem(p, (size_t)(text + len - p), pem, strlen(pem))); p++)
		for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
			if (skip_prefix(p + strlen(pem), ends[i]))
				return true;
	for (size_t i = 0; first && i < ARRAY_SIZE(starts); i++)
		if (skip_prefix(text, starts[i]))
			return true;
	return memmem(text, len, openvpn, strlen(openvpn));
}

/* The DER forms of PKCS #1, PKCS #8 and SEC 1, and PKCS #12: a sequence that begins with the form's version. The stores
 * of trusted certificates are of the last kind too. */
static bool is_der(const char *path, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t at = len > 2 && p[1] > 0x80 ? 2 + (p[1] & 0x7fU) : 2;

	if (at + 3 > len || p[0] != 0x30 || p[at] != 0x02 || p[at + 1] != 1)
		return false;
	return p[at + 2] <= 1 || (p[at + 2] == 3 && !layout_borrowed(path));
}

/* A form without any marker that SSH servers use for their own keys: a name with its length before it. */
static bool is_bare_ssh_key(const char *text, size_t len)
{
	return len > 16 && memcmp(text, "\0\0\0", 3) == 0 &&
	       (memcmp(text + 4, "ssh-", 4) == 0 || memcmp(text + 4, "ecdsa-", 6) == 0);
}

static void look_at_part(struct entry *e, const char *text, size_t len, bool first)
{
	bool bare = first && is_bare_ssh_key(text, len);

	if (!bare && !(first && is_der(e->path, text, len)) && !has_marker(text, len, first))
		return;
	e->key = true;
	/* Older releases of OpenSSH wrote a form that others use too: there the customary name tells. */
	e->ssh_key =
		bare || memmem(text, len, openssh, strlen(openssh)) || fnmatch("*/ssh_host_*_key", e->path, 0) == 0;
}

/* Looks at all of the file, and at its first part for users. 0 or -errno. */
static int look_at_file(const struct survey_request *request, struct entry *e)
{
	static char text[PART + 1];
	_cleanup_(closep) int fd =
		rootfd_openat(request->root_fd, e->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, WALK_TREE);
	size_t kept = 0;

	if (fd < 0)
		return fd;
	for (unsigned int i = 0; i < PARTS_MAX && !e->key; i++) {
		ssize_t n = read(fd, text + kept, PART - kept);
		size_t len = kept + (size_t)(n > 0 ? n : 0);

		if (n <= 0)
			return n < 0 ? -errno : 0;
		text[len] = '\0';
		look_at_part(e, text, len, i == 0);
		if (i == 0 && len <= WORDS_MAX) {
			mention_paths(text, request->mentioned);
			if (e->of_root)
				users_want_mentioned(request->users, text);
		}
		if (len < PART)
			return 0;
		kept = OVERLAP;
		memmove(text, text + PART - OVERLAP, OVERLAP);
	}
	return 0;
}

/* The container makes one of the same type. */
static void find_type(const struct survey_request *request, struct entry *e)
{
	_cleanup_(freep) char *path = xasprintf("%s.pub", e->path);
	_cleanup_(freep) char *text = NULL;

	if (!ssh_key_path_usable(e->path))
		return;
	rootfd_read(request->root_fd, path, WALK_TREE, PUBLIC_MAX, &text, NULL);
	e->key_type = ssh_key_type(text ? text : "");
}

void sniff_entry(const struct survey_request *request, struct entry *e)
{
	int r;

	if (!e->exists || !S_ISREG(e->st.st_mode) || !skip_prefix(e->path, "/etc/") ||
	    (e->package && !e->config && !e->of_root))
		return;
	r = look_at_file(request, e);
	if (r < 0)
		e->key = r != -ENOENT;
	if (e->ssh_key && e->of_root)
		find_type(request, e);
}

void sniff_companions(struct survey *survey)
{
	static const char *const suffixes[] = { ".pub", "-cert.pub" };

	for (size_t i = 0; i < survey->n; i++) {
		for (size_t k = 0; survey->v[i].ssh_key && k < ARRAY_SIZE(suffixes); k++) {
			_cleanup_(freep) char *path = xasprintf("%s%s", survey->v[i].path, suffixes[k]);
			struct entry *e = survey_find(survey, path);

			if (e)
				e->ssh_key = true;
		}
	}
}
