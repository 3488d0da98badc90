/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Turns a plan into JSON: the operations, in the order in which they are applied, and what stays on the host. */
#include "create/plan-json.h"

#include "base/json.h"
#include "container/record.h"
#include "create/plan.h"

static void set_optional(struct json_object *o, const char *key, const char *value)
{
	if (value)
		json_set_string(o, key, value);
}

static struct json_object *op_json(const struct op *op)
{
	struct json_object *o = json_object_make();
	_cleanup_(freep) char *mode = op->has_owner ? xasprintf("%04o", op->mode) : NULL;

	json_set_string(o, "kind", op->kind->name);
	json_set_string(o, "path", op->path);
	set_optional(o, "mode", mode);
	set_optional(o, "user", op->user);
	set_optional(o, "group", op->group);
	set_optional(o, "source", op->source);
	set_optional(o, "package", op->package);
	set_optional(o, "secret", op->secret);
	json_set_string(o, "rule", op->rule);
	json_set_string(o, "reason", op->reason);
	return o;
}

static struct json_object *left_json(const struct left_out *left)
{
	struct json_object *o = json_object_make();

	json_set_string(o, "path", left->path);
	set_optional(o, "package", left->package);
	json_set_string(o, "rule", left->rule);
	json_set_string(o, "reason", left->reason);
	return o;
}

struct json_object *plan_json(const struct record *record, const struct plan *plan)
{
	struct json_object *o = json_object_make(), *operations = json_array_make(), *left_out = json_array_make();

	json_set_string(o, "name", record->name);
	json_set_strings(o, "units", &record->units);
	json_set_strings(o, "packages", &record->packages);
	json_set_strings(o, "capabilities", &record->capabilities);
	json_set_strings(o, "system_calls", &record->system_calls);
	json_set_strings(o, "devices", &record->devices);
	json_set_strings(o, "live", &record->live);
	for (size_t i = 0; i < plan->n; i++)
		json_append(operations, op_json(&plan->ops[i]));
	for (size_t i = 0; i < plan->n_left; i++)
		json_append(left_out, left_json(&plan->left[i]));
	json_set(o, "operations", operations);
	json_set(o, "left_out", left_out);
	json_set_strings(o, "warnings", &plan->warnings);
	return o;
}

void plan_show(const struct record *record, const struct plan *plan, bool json, bool left)
{
	_cleanup_(json_freep) struct json_object *o = json ? plan_json(record, plan) : NULL;

	if (json)
		json_print(o);
	else
		plan_print(plan, left);
}
