/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transient domains of containers. A running domain is touched only if its name and its UUID are the container's.
 * Functions return 0 or more, or -errno after a message unless the comment says otherwise. Only libvirt_domain_start()
 * and libvirt_domain_destroy() create and remove domains. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct _virConnect;

/* A started container. */
struct libvirt_leader {
	pid_t pid;	  /* of its PID 1, on the host */
	int pidfd;	  /* certain to be that process */
	pid_t controller; /* libvirt's process, whose only child that is */
	int console;	  /* for reading, non-blocking */
};
void libvirt_leader_done(struct libvirt_leader *leader);

/* Creates the domain that 'xml' describes. -ESRCH if the container ended at once. */
int libvirt_domain_start(struct _virConnect *conn, const char *name, const char *xml, struct libvirt_leader *ret);

/* The same for a sandbox, whose first program gets 'socket' as its descriptor 3, and which libvirt destroys when we
 * disconnect. It may end at any time, even before this returns: 1, or 0 if it has ended; without a console. */
int libvirt_domain_run(struct _virConnect *conn, const char *name, const char *xml, int socket,
		       struct libvirt_leader *ret);

/* Finds the first process of sandbox 'name'. 0; -ESRCH, without a message, if there is none; or another -errno. */
int libvirt_domain_leader(struct _virConnect *conn, const char *name, struct libvirt_leader *ret);

/* Kills the container if it is running, and returns when libvirt has forgotten its domain. This includes a stale one:
 * libvirt keeps the domain of a container that ended while libvirtd was not running, and starts no other of its name.
 * Returns 0 even if there was no domain, or if one of that name is not ours. */
int libvirt_domain_destroy(struct _virConnect *conn, const char *name, const char *uuid);

/* Changes the limits of the running container: KiB, and microseconds in each DOMAIN_CPU_PERIOD; 0 is no limit. -ESRCH,
 * without a message, if it is not running, because it may end at any moment. */
int libvirt_domain_limit(struct _virConnect *conn, const char *name, const char *uuid, uint64_t memory_kib,
			 uint64_t cpu_quota);

/* Resumes the container if somebody has suspended it. 1 if it was suspended, 0 if not, -ESRCH as above. */
int libvirt_domain_resume(struct _virConnect *conn, const char *name, const char *uuid);

/* Reads what the container uses now. -ESRCH as above. */
struct libvirt_usage {
	uint64_t memory; /* bytes */
	uint64_t cpu;	 /* nanoseconds since its start */
};
int libvirt_domain_usage(struct _virConnect *conn, const char *name, const char *uuid, struct libvirt_usage *ret);

/* A virtual machine that is a sandbox. */
struct libvirt_guest {
	int channel; /* to its only channel */
	int console; /* what its kernel writes; both do not block */
};
void libvirt_guest_done(struct libvirt_guest *guest);

/* Creates the machine that 'xml' describes, which libvirt destroys when we disconnect. */
int libvirt_guest_run(struct _virConnect *conn, const char *name, const char *xml, struct libvirt_guest *ret);

/* Destroys it, if it is there. Returns when it is gone. */
int libvirt_guest_destroy(struct _virConnect *conn, const char *name, const char *uuid);
