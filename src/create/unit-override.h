/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings of a unit that cannot work in a container, and their replacements. Pure. */
#pragma once

struct unit;

/* The path of the drop-in inside, which systemd reads after all others of the unit. Caller frees. */
char *unit_override_path(const struct unit *unit);

/* The text of a drop-in that replaces those settings that the unit has, each with a reason; NULL if it has none. Caller
 * frees. */
char *unit_override_text(const struct unit *unit);
