/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of operation that change what runs: those of a plan that changes a container. */
#pragma once

#include "create/plan.h"

extern const struct op_kind
	op_reload; /* makes systemd read the units again; its undo is the caller's, when all is undone */
extern const struct op_kind op_start; /* path: a unit of the host */
extern const struct op_kind op_stop;  /* path: a unit of the host */
extern const struct op_kind
	op_limit; /* text: the container's name; source: libvirt's URI. Applies the record's limits. */
extern const struct op_kind
	op_publish; /* text: the container's name; source: libvirt's URI. Forwards the record's ports. */
