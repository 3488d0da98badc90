/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Libraries that are loaded only when they are needed: loading one, and those that it needs, takes longer than most
 * commands run. A file that calls functions of one has them as members of a struct, which a table fills. */
#pragma once

#include "base/util.h"

struct library_function {
	const char *name;
	void *at; /* the pointer to the function that is set */
};

/* Loads the library, which is not unloaded again, and sets the pointers. False if it, or a function, is missing; then
 * dlerror(3) says why. */
bool library_load(const char *name, const struct library_function *functions, size_t n);
