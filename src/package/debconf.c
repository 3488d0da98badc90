/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the database of debconf(7), which every user of the host may read: paragraphs of 'Name: value' lines that are
 * divided by empty lines; 'Owners:' has the names of packages, divided by ', '. See Debconf::Format::822(3). */
#include "package/debconf.h"

#include <string.h>

#include "base/buf.h"
#include "base/rootfd.h"

#define ANSWERS "/var/cache/debconf/config.dat"
#define ANSWERS_MAX ((size_t)16 * 1024 * 1024) /* bytes */

/* The value of the field, or an empty text. */
static struct dpkg_text field_of(struct dpkg_text paragraph, const char *name)
{
	struct dpkg_text line;

	while (dpkg_text_cut(&paragraph, '\n', &line))
		if (line.n > strlen(name) && memcmp(line.p, name, strlen(name)) == 0)
			return (struct dpkg_text){ line.p + strlen(name), line.n - strlen(name) };
	return (struct dpkg_text){ 0 };
}

static bool is_owned(struct dpkg_text paragraph, struct dpkg_text package)
{
	struct dpkg_text owners = field_of(paragraph, "Owners:"), owner;

	while (dpkg_text_cut(&owners, ',', &owner))
		if (dpkg_text_equal(dpkg_text_trim(owner), package))
			return true;
	return false;
}

char *debconf_answers(int root_fd, struct dpkg_text package)
{
	_cleanup_(buf_done) struct buf answers = { 0 };
	_cleanup_(freep) char *text = NULL;
	const char *at, *end;
	size_t size;

	if (rootfd_read(root_fd, ANSWERS, WALK_ROOT, ANSWERS_MAX, &text, &size) < 0)
		return NULL;
	for (at = text; *at; at = *end ? end + strlen("\n\n") : end) {
		struct dpkg_text paragraph;

		end = strstr(at, "\n\n");
		end = end ? end : at + strlen(at);
		paragraph = dpkg_text_trim((struct dpkg_text){ at, (size_t)(end - at) });
		if (field_of(paragraph, "Value:").n > 0 && is_owned(paragraph, package))
			buf_addf(&answers, "%.*s\n\n", (int)paragraph.n, paragraph.p);
	}
	return answers.len ? buf_steal(&answers) : NULL;
}
