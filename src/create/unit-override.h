/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings of a unit that cannot work in a container, and what stands in for them. PURE. */
#pragma once

struct unit;

/* The text of a drop-in that resets them and says why, or NULL where there are none. Caller frees. */
char *dropin_text(const struct unit *unit);
