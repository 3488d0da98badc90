/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt: the transient domains of containers, and networks. Every int function returns 0, > 0 or -errno, the latter
 * after one message. A domain is only ever touched when name and uuid are ours. */
#pragma once

#include <sys/types.h>

#include "base/util.h"

struct _virConnect;

/* 0 or -ENOTCONN; virt_open() tells why, virt_reach() is for who does without libvirt then. */
int virt_open(const char *uri, struct _virConnect **ret);
int virt_reach(const char *uri, struct _virConnect **ret);
void virt_closep(struct _virConnect **conn);

/* 9000000 is 9.0.0. */
int virt_version(struct _virConnect *conn, unsigned long *ret);

/* A started container: process id of its PID 1, a pidfd that is surely that process, and its console to read. */
struct virt_leader {
	pid_t pid;
	int pidfd;
	int console;
};
void virt_leader_done(struct virt_leader *leader);

/* Creates the domain that 'xml' describes. -ESRCH when the container ended at once. */
int virt_start(struct _virConnect *conn, const char *name, const char *xml, struct virt_leader *ret);

/* 1: the domain is there; 0: it is not; -EEXIST: another's domain has the name. */
int virt_exists(struct _virConnect *conn, const char *name, const char *uuid);

/* Kills the container and returns when libvirt has the domain no more; 0 also where it never had. */
int virt_destroy(struct _virConnect *conn, const char *name, const char *uuid);

/* Changes the limits of the running container. 0: no limit. -ESRCH, without a message, when it does not run. */
int virt_limit(struct _virConnect *conn, const char *name, const char *uuid, uint64_t memory_kib, uint64_t cpu_quota);

/* What it uses now. -ESRCH, without a message, when it does not run. */
struct virt_usage {
	uint64_t memory; /* bytes */
	uint64_t cpu;	 /* nanoseconds since its start */
};
int virt_usage(struct _virConnect *conn, const char *name, const char *uuid, struct virt_usage *ret);

/* 1 and its XML (caller frees) and state, or 0 where there is no such network. */
int virt_network_get(struct _virConnect *conn, const char *name, char **ret_xml, bool *ret_active);
int virt_network_start(struct _virConnect *conn, const char *name);

/* Defines the network, has it started at boot, and starts it; nothing is left of it on failure. */
int virt_network_create(struct _virConnect *conn, const char *name, const char *xml);

/* Stops and undefines it; 0 also where there is none. */
int virt_network_remove(struct _virConnect *conn, const char *name);

/* For tests: libvirt's schema and driver accept 'xml'. */
int virt_validate(struct _virConnect *conn, const char *xml);
