/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks whether the mounts of a new container are possible, so that create refuses what a start would refuse. */
#pragma once

#include "base/strv.h"
#include "container/create-spec.h"
#include "create/plan.h"

/* 'plan' tells what will be in the container's tree. 0, or -errno after a message. */
int check_mounts(const struct create_spec *spec, const struct plan *plan);
