/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's own unit of a container, /etc/systemd/system/NAME_sandbox.service. Pure. */
#pragma once

#include "container/record.h"

#define HOST_UNIT_SUFFIX "_sandbox.service"

/* 'NAME_sandbox.service'. Caller frees. */
char *host_unit_name(const char *name);

/* Where it lies, below the host's root. Caller frees. */
char *host_unit_path(const char *name);

/* Its text. Caller frees. */
char *host_unit_text(const struct record *record);
