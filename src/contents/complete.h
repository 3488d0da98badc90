/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The facts about found paths that follow from all of them together. Changes nothing on the host. */
#pragma once

#include "container/create-spec.h"
#include "contents/entry.h"
#include "contents/rules.h"

/* To be called once, when all paths are found and the content of files was examined. 'entries' must be sorted, and gets
 * the directories above its entries; 'left' are those that a rule left out as soon as they were found. Both are sorted
 * afterwards, and no path is in both. 0, or -errno after a message. */
int entries_complete(const struct create_spec *spec, const struct rule_context *rules, struct entries *entries,
		     struct entries *left);
