/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan of a container as JSON: what 'create --dry-run --json' prints. The keys are documented and do not change. */
#pragma once

struct json_object;
struct plan;
struct record;

/* Caller frees with json_freep(). */
struct json_object *plan_json(const struct record *record, const struct plan *plan);
