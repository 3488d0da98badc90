/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the service will miss in the container: what its units, its configuration or its links name, that exists on the
 * host, and that neither the plan nor a mount brings; and its data, if that is not copied. */
#pragma once

struct create_spec;
struct gathered;
struct plan;

/* Adds a sentence to plan->warnings for each of these, with the option that brings it if there is one. Reads the host,
 * and changes nothing on it. 0; or -errno after a message: -ENOENT if a program would be missing without which a unit
 * does not start. */
int check_missing(const struct create_spec *spec, const struct gathered *g, struct plan *plan);
