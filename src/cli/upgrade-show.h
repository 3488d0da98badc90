/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an upgrade does, or would do, with the paths of a container, as text and as JSON. */
#pragma once

struct json_object;
struct upgrade;

/* Prints a line for each path about which there is something to tell, and one for the record if that changes, each
 * after the container's name or, if 'name' is NULL, in the columns of plan_print(). */
void upgrade_print(const struct upgrade *u, const char *name);

/* An array with an object for each of these paths. The caller owns it. */
struct json_object *upgrade_json(const struct upgrade *u);
