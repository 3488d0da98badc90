/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which links lead somewhere inside. PURE. */
#pragma once

struct layout_options;
struct survey;

/* Sets link_kept of all entries: a link that no package owns is worth nothing where what it leads to is left out. */
void links_settle(struct survey *survey, const struct layout_options *options);
