/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The [Install] section of a unit, which 'systemctl enable' reads (systemd.unit(5)). */
#pragma once

#include "unit/unit.h"

/* Appends the words of a list key, with specifiers expanded, for which 'valid' is true. */
void unit_add_words(const struct unit *unit, const char *section, const char *key, bool (*valid)(const char *),
		    struct strv *ret);

/* Fills the fields of 'unit' that come from [Install]. */
void unit_read_install(struct unit *unit);

/* Loads a unit of any type for its [Install] section alone: id, fragment and what unit_read_install() fills; drop-ins
 * are not read. 0; -ENOENT if it does not exist or is masked; or another -errno. To be freed with unit_done(). */
int unit_load_install(int root_fd, const char *name, struct unit *ret);
