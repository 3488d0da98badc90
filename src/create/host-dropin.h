/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drop-ins of the host's units that start containers, which set back what the host may set for all services but those
 * units cannot bear. Pure. */
#pragma once

#include "base/buf.h"

/* '~' is the last of the printable ASCII characters. */
#define HOST_DROPIN "~virt-sandbox.conf"

/* The path of the drop-in of a unit. Caller frees. */
char *host_dropin_path(const char *unit);

/* Appends the settings, all of section [Service]. */
void host_dropin_add(struct buf *b);

/* The text of the drop-in for the unit of container 'name'. Caller frees. */
char *host_dropin_text(const char *name);
