/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells, with -v, what create has read from the host. */
#pragma once

struct gathered;

/* Logs the units with their drop-ins, the package database, and the closure. */
void explain_gathered(const struct gathered *g);
