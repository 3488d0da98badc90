/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which symbolic links would be dangling inside. Pure. */
#pragma once

struct entries;
struct rule_context;

/* Sets 'dangling' of every entry: true for a link that no package owns and whose target the container does not have.
 * The entries must be sorted. */
void symlinks_settle(struct entries *entries, const struct rule_context *context);
