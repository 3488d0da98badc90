/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transient domains of containers. A domain that runs is only touched when its name and its uuid are the
 * container's. 0 or more, or -errno after one message unless it says otherwise. Only libvirt_domain_start() and
 * libvirt_domain_destroy() change which domains libvirt has. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct _virConnect;

/* A started container. */
struct libvirt_leader {
	pid_t pid;   /* of its PID 1, on the host */
	int pidfd;   /* surely of that process */
	int console; /* to read from, does not block */
};
void libvirt_leader_done(struct libvirt_leader *leader);

/* Creates the domain that 'xml' describes. -ESRCH when the container ended at once. */
int libvirt_domain_start(struct _virConnect *conn, const char *name, const char *xml, struct libvirt_leader *ret);

/* Kills the container if it runs and returns when libvirt has forgotten its domain, which includes a stale one: libvirt
 * keeps the domain of a container that ended while libvirtd did not run, and starts no other of its name. 0 also when
 * there was none, or when another's domain has the name. */
int libvirt_domain_destroy(struct _virConnect *conn, const char *name, const char *uuid);

/* Changes the limits of the running container: KiB, and microseconds in each DOMAIN_CPU_PERIOD; 0 is no limit. -ESRCH,
 * without a message, when it does not run: it may end at any moment. */
int libvirt_domain_limit(struct _virConnect *conn, const char *name, const char *uuid, uint64_t memory_kib,
			 uint64_t cpu_quota);

/* What it uses now. -ESRCH as above. */
struct libvirt_usage {
	uint64_t memory; /* bytes */
	uint64_t cpu;	 /* nanoseconds since its start */
};
int libvirt_domain_usage(struct _virConnect *conn, const char *name, const char *uuid, struct libvirt_usage *ret);
