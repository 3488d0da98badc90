/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* setup --check: what the host has, what it lacks, and what to do about it. Changes nothing. */
#pragma once

#include "base/verb.h"

/* Prints the table, also as JSON. Returns the exit status: 0, or 1 if something is missing that containers need. */
int host_check(const struct context *context, bool json);
