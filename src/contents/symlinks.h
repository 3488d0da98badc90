/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which symbolic links would lead nowhere inside. Pure. */
#pragma once

struct entries;
struct rule_context;

/* Sets 'dangling' of every entry, sorted ones: of a link that no package records and whose target the container does
 * not have. */
void symlinks_settle(struct entries *entries, const struct rule_context *context);
