/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Data of the service that stays on the host unless --copy is given. Changes nothing. */
#pragma once

#include "container/create-spec.h"
#include "contents/gathered.h"

/* Appends to g->left_data the topmost paths in /var with data that --copy would bring; none if it was given. g->files
 * is filled. */
void left_data_find(const struct create_spec *spec, struct gathered *g);

/* Whether a service starts without what is at the path, because it is for logs or a cache. */
bool path_is_log_or_cache(const char *path);
