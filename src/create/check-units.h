/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the units ask for and a container cannot give. */
#pragma once

struct create_spec;
struct gathered;

/* Says for each unit why it cannot work in a container, or may not, and which of its restrictions have no effect there.
 * 0; or -EOPNOTSUPP after a message, unless spec->force, if one cannot work that was asked for, or that one starts. */
int check_units(const struct create_spec *spec, const struct gathered *g);
