/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the program knows about a container. Each start makes the container from this alone. On disk it is text, see
 * container/record-text and container/record-file; in memory everything is parsed. Pure. */
#pragma once

#include "base/strv.h"
#include "container/limit.h"
#include "container/mount-spec.h"
#include "container/net-spec.h"
#include "container/port.h"

#define RECORD_NAME_MAX 63 /* bytes */
#define RECORD_UNITS_MAX 256
#define RECORD_ID_COUNT 65536u	  /* user and group ids of a container that has its own */
#define RECORD_FOREVER UINT32_MAX /* seconds: there is no limit; the same as UNIT_FOREVER */

/* A container that is not ready belongs to a command that was cut short, which container/open.h names. While one is
 * renamed, there are two records of it: that of the old name is leaving, that of the new one is arriving. */
enum record_state { RECORD_CREATING, RECORD_LEAVING, RECORD_ARRIVING, RECORD_RESTORING, RECORD_MOVING, RECORD_READY };

/* Strings are "" if not set. While the state is RECORD_CREATING, only name and path are certain to be set. */
struct record {
	enum record_state state;
	char *other; /* the other name while it is renamed, the snapshot's label while it is restored, the path of a
			tree that is not the container's while it is moved; else "" */
	char *name;
	char *uuid;
	char *path;	       /* the container's tree, absolute on the host */
	char *hostname;	       /* "" for its name */
	char *description;     /* for people, or "" */
	char *package_manager; /* "rpm" or "dpkg" */
	struct strv units;     /* full names, instantiated */
	struct strv packages;  /* ids of the closure */
	struct strv keep;      /* paths in the container that upgrades leave alone */
	struct strv local;     /* what of '/usr/local' is the service's: contents/local.h */
	char *level;	       /* 's0:c1,c2' */
	char *process_context; /* whole contexts, "" on a host without SELinux */
	char *file_context;
	uint32_t uid_base;	  /* 0 without ids of its own */
	uint32_t uid_count;	  /* 65536, or 0 */
	struct strv capabilities; /* and groups of system calls: rights.h */
	struct strv system_calls;
	struct strv devices;	  /* paths, the same on the host and inside: device.h */
	struct strv live;	  /* what it shares with the host in /etc: paths of rows of live-places.h */
	struct strv name_servers; /* IPv4 addresses, for the resolver inside; none without a network */
	uint32_t start_seconds;	  /* that the units may take; 0 for the default, or RECORD_FOREVER */
	uint32_t stop_seconds;
	uint64_t limits[LIMITS];
	struct ports ports; /* published ports */
	struct mounts mounts;
	struct nets nets;
	bool untrusted;	  /* it was imported, and nobody has vouched for it since: upgrade_check_trust() */
	bool host_access; /* it may reach services of the host on the network that setup makes */
};

void record_done(struct record *record);

/* The rights of the container as rights_parse() takes them: those that the record names, and the capabilities without
 * which it could not ask for an address by DHCP. Caller frees. */
char *record_rights(const struct record *record);

/* Whether a container can have this name: [a-z0-9][a-z0-9._-]*, at most RECORD_NAME_MAX bytes. */
bool record_name_valid(const char *name);
