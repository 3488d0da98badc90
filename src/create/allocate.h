/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chooses for a new container what must be its own: level, ids, address, names. Reads what is taken; takes nothing. */
#pragma once

#include "create/choice.h"
#include "selinux/selinux.h"

struct choose_request {
	int root_fd;
	const char *connect; /* libvirt URI */
	const char *name;
	const char *level; /* asked for, or NULL */
	struct selinux_asked selinux;
	const struct nets *nets;   /* as asked for: what is not set is to be chosen */
	const struct ports *ports; /* to publish */
	bool on_host;		   /* not below another root: whether a port is in use can be tried */
	bool private_users;
	unsigned int attempt; /* how often another create was faster */
};

/* 0, or -errno after a message. */
int allocate(const struct choose_request *request, struct choice *ret);
