/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an archive says about itself, as text in the form of unit files: the container, and the packages of the host
 * that it was made on, with their versions. Pure. */
#pragma once

#include "base/strv.h"

#define MANIFEST_FORMAT 1
#define MANIFEST_MAX (1024 * 1024) /* bytes */

struct manifest {
	char *name;	      /* of the container */
	struct strv packages; /* 'ID VERSION', of the container's closure; '-' for a version that is not known */
	struct strv units;    /* 'UNIT PACKAGE', for those units of the record that a package owns */
};
void manifest_done(struct manifest *manifest);

/* Its text. Caller frees. */
char *manifest_format(const struct manifest *manifest);

/* Trusts nothing. 0, with *ret for manifest_done(); or -EINVAL with a sentence in *ret_message (caller frees). */
int manifest_parse(const char *text, size_t len, struct manifest *ret, char **ret_message);

/* The version in 'packages' of the package, or NULL. */
const char *manifest_version(const struct manifest *manifest, const char *package);

/* The package in 'units' of the unit, or NULL. */
const char *manifest_package(const struct manifest *manifest, const char *unit);
