/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The relations between Debian packages as text: 'a (>= 1) | b:any, c'. Nothing here knows what is installed. */
#pragma once

#include "base/util.h"

/* A piece of a database's text; not NUL-terminated. */
struct dpkg_text {
	const char *p;
	size_t n;
};
bool dpkg_text_is(struct dpkg_text text, const char *word);
bool dpkg_text_equal(struct dpkg_text a, struct dpkg_text b);
struct dpkg_text dpkg_text_trim(struct dpkg_text text);

/* Stores the text before 'separator', or all of it if there is none, and moves *rest behind it. False if *rest is
 * empty. */
bool dpkg_text_cut(struct dpkg_text *rest, char separator, struct dpkg_text *ret);

struct dpkg_relation {
	struct dpkg_text name, arch; /* arch may be empty */
	struct dpkg_text op, version;
};

/* Parses one alternative. False if it is not a relation. */
bool dpkg_relation_parse(struct dpkg_text text, struct dpkg_relation *ret);

/* Returns a number less than, equal to or greater than 0, by the order of deb-version(7). */
int dpkg_version_compare(struct dpkg_text a, struct dpkg_text b);

/* Whether 'version' satisfies the relation. Every version satisfies an unknown operator. */
bool dpkg_version_satisfies(struct dpkg_text version, const struct dpkg_relation *relation);
