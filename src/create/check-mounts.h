/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether what is to be mounted in a new container can be: what a start would refuse, create does already. */
#pragma once

#include "base/strv.h"
#include "container/create-spec.h"
#include "create/plan.h"

/* 'plan' is what will be in the container's tree. 0, or -errno after a message. */
int check_mounts(const struct create_spec *spec, const struct plan *plan);
