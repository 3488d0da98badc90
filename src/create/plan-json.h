/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan of a container as JSON: what 'create --dry-run --json' prints. The keys are documented and do not change. */
#pragma once

#include <stdbool.h>

struct json_object;
struct plan;
struct record;

/* The object, which the caller owns. */
struct json_object *plan_json(const struct record *record, const struct plan *plan);

/* Prints the plan on standard output, for --dry-run: as JSON with everything that is left out, or as plan_print(). */
void plan_show(const struct record *record, const struct plan *plan, bool json, bool left);
