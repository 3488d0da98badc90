/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libsemanage: the host's store of SELinux policy modules. Only semanage.c uses it. */
#pragma once

#include "base/util.h"

struct semanage_handle;

/* What the store should have of one module. */
struct module_wish {
	const char *name;
	const char *cil; /* its text, or NULL: the module is not to be there */
};

/* 0, or -errno after a message. */
int store_open(struct semanage_handle **ret);
void store_closep(struct semanage_handle **store);

/* 1 the store has the module, 0 it has not, -errno after a message. */
int store_has(struct semanage_handle *store, const char *name);

/* 1 the store has what is wished, text and all, 0 it has not, -errno after a message. */
int store_matches(struct semanage_handle *store, const struct module_wish *wish);

/* Grants the wishes in one transaction, at whose end the policy is loaded. 0, or -errno after a message. */
int store_grant(struct semanage_handle *store, const struct module_wish *wishes, size_t n);
