/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What create has read of the host, told at -v. */
#pragma once

struct gathered;

/* The units with their drop-ins, the package database, and what the closure is. */
void explain_gathered(const struct gathered *g);
