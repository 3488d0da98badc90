/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's store of SELinux policy modules, by libsemanage. */
#pragma once

#include "base/util.h"

struct semanage_handle;

/* What one module in the store should be. */
struct module_wish {
	const char *name;
	char *cil; /* its text, or NULL: the module should not be there */
};

/* 0; -ENODATA, without a message, if the host has no store; or another -errno after a message. A change is loaded into
 * the kernel if that uses SELinux. */
int store_open(struct semanage_handle **ret);
void store_closep(struct semanage_handle **store);

/* Whether the policy that was last made from the store, and that the next boot will load, knows this context. */
bool store_policy_knows(const char *context);

/* Whether the store has the module: 1, 0, or -errno after a message. */
int store_has(struct semanage_handle *store, const char *name);

/* Whether the module is as wished, including its text: 1, 0, or -errno after a message. */
int store_matches(struct semanage_handle *store, const struct module_wish *wish);

/* Grants the wishes in one transaction, which loads the policy at its end. 0, or -errno after a message. */
int store_grant(struct semanage_handle *store, const struct module_wish *wishes, size_t n);
