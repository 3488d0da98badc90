/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Attributes of messages of netlink(7). Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct nlattr;

/* Finds an attribute among those that take 'length' bytes from 'first' on. NULL if there is none, or if its value has
 * fewer than 'least' bytes. */
const struct nlattr *nlattr_find(const struct nlattr *first, size_t length, uint16_t type, size_t least);

/* The same among the attributes in the value of 'outer', which may be NULL. */
const struct nlattr *nlattr_find_in(const struct nlattr *outer, uint16_t type, size_t least);
