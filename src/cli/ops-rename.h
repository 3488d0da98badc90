/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of operation that give what a container has another name. */
#pragma once

#include "create/plan.h"

extern const struct op_kind op_move;  /* path, source: the new and the old path on the host, in directories of root's */
extern const struct op_kind op_reown; /* path: a reservation; text, before: the new and the old name */
extern const struct op_kind
	op_carry; /* path: the new directory of the container; text, before: the new and the old name. What other
					   parts of the program keep for the container by its name. */
extern const struct op_kind op_enable;	/* path: a unit of the host */
extern const struct op_kind op_disable; /* path: a unit of the host */
