/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every path, unit name and network name that belongs to a container, and every directory in which the program keeps
 * something. A name that is defined here appears nowhere else. Pure. This header includes only the C library's, because
 * small programs need its constants. Functions return strings that the caller frees; 'name' is the container's. */
#pragma once

#include <stddef.h>
#include <stdlib.h>

struct port;

/* Directories on the host. */
#define CONTAINERS_DIR "/var/lib/libvirt/filesystems" /* the containers' trees, unless create was told another place */
#define CONFIG_DIR "/etc/libvirt-sandbox"
#define RECORD_DIR CONFIG_DIR "/services"
#define STATE_DIR "/var/lib/virt-sandbox-service"
#define RESERVATION_DIR STATE_DIR    /* a directory for each kind of reservation */
#define ALLOW_DIR STATE_DIR "/allow" /* lists of the units that may run in a container, kept between starts */
#define GIVEN_DIR STATE_DIR "/given" /* what create and upgrade gave each container: upgrade/given.h */
#define UNDO_DIR STATE_DIR "/undo"   /* what the last upgrade of each container replaced: upgrade/apply.c */
#define UNDO_NEW ".new-"	     /* before the name of one that is not complete; no container has such a name */
#define UNDO_UNFINISHED "unfinished" /* in one whose upgrade is not complete */
#define HOST_UNIT_DIR "/etc/systemd/system"
#ifndef RUNTIME_DIR /* the monitor's test has its own */
#define RUNTIME_DIR "/run/virt-sandbox-service"
#endif
#define SANDBOX_DIR "/run/virt-sandbox" /* of sandboxes that run: src/sandbox/identity.h */
#define TURNS_FILE ".turns"		/* in there; monitor/turn.h */
#define LOCK_DIR RUNTIME_DIR "/.locks"	/* not in /run/lock, where every user may make directories */

/* In the runtime directory of a container, which is the host unit's RuntimeDirectory=. */
#define RUNTIME_HOST "host"  /* the container sees this directory as '/run/host', read-only */
#define HOST_NOTIFY "notify" /* in there: the socket on which the container's systemd reports that it is up */
#define HOST_ALLOW "allow"   /* in there: the list of units that may run in the container */
#define HOST_CLOSED "closed" /* in there: the list of what of '/usr/local' is covered in the container */
#define INSIDE_HOST "/run/host"
#define RUNTIME_APPARMOR "apparmor" /* the text of its AppArmor profile, which it does not see */

/* A variable of the environment of a container's first program: its AppArmor profile. */
#define PROFILE_VARIABLE "VIRT_SANDBOX_PROFILE"

/* Another one: the devices that all users inside may use, separated by spaces. */
#define DEVICES_VARIABLE "VIRT_SANDBOX_DEVICES"

/* Another one: the hardware addresses of its network interfaces, as in "eth0=52:54:00:12:34:56,eth1=...". */
#define HARDWARE_VARIABLE "VIRT_SANDBOX_HARDWARE"

/* Another one: the IPv6 addresses of its network interfaces, each with the router of the default route or without, as
 * in "eth0=fd12::7=fd12::1,eth1=fd34::7". */
#define IPV6_VARIABLE "VIRT_SANDBOX_IPV6"

/* The libvirt network that setup creates, and its bridge on the host. */
#define NETWORK "sandbox"
#define NETWORK_BRIDGE "sandbox0"
#define NETWORK_DOMAIN NETWORK /* the containers on it are NAME.sandbox to its name server */

/* NAME_sandbox.service, and its path. */
#define HOST_UNIT_SUFFIX "_sandbox.service"
#define HOST_UNITS "*" HOST_UNIT_SUFFIX /* a pattern for all of them */
char *host_unit_name(const char *name);
char *host_unit_path(const char *name);

/* The units of the proxy of a published port, NAME_sandbox-PORT.SUFFIX or NAME_sandbox-IP-PORT.SUFFIX, and their paths.
 * 'suffix' is "socket" or "service". */
char *port_unit_name(const char *name, const struct port *port, const char *suffix);
char *port_unit_path(const char *name, const struct port *port, const char *suffix);

#define RECORD_SUFFIX ".sandbox"
char *record_path(const char *name);

/* The reservation of 'value'; container/reservation.h lists the kinds. */
char *reservation_path(const char *kind, const char *value);

/* The list of units in ALLOW_DIR. */
char *allow_path(const char *name);

/* The file in GIVEN_DIR, and the directory in UNDO_DIR. */
char *given_path(const char *name);
char *undo_path(const char *name);

/* The runtime directory, and the file in it that names the container's first process. */
char *runtime_dir(const char *name);
char *leader_path(const char *name);

/* The end of a message about a runtime directory that cannot be used: systemd makes it, so it is missing if a program
 * that should run in a unit runs by hand. Empty within a unit, whose environment has INVOCATION_ID (systemd.exec(5)). A
 * macro, because the monitor links as little as it can. */
#define RUNTIME_ADVICE (getenv("INVOCATION_ID") ? "" : ". Start containers with systemctl.")

/* A file there that has the published ports which the kernel forwards, one a line. */
char *ports_path(const char *name);

/* A file there that says what is wrong in the running container. */
char *health_path(const char *name);

/* Where a container's directories are mounted for libvirt while it starts. This is not in the runtime directory,
 * because systemd may remove all its content or change its owner, and these mounts show the host's '/usr' and the
 * container's tree. */
#define STAGING_DIR RUNTIME_DIR "/.mounts"
#define STAGING_ROOT "root"   /* the tree, read-only: the container's '/' */
#define STAGING_TREE "tree"   /* the tree, writable; the container sees only directories in it */
#define STAGING_IMAGE "image" /* the file system of a tree that is in an image; closed to all but root of the host */
#define STAGING_HOST "host"   /* RUNTIME_HOST, read-only; and each ROOT_SHARED directory by its own name */
char *staging_dir(const char *name);

/* Where the i-th mount of the record is staged. */
char *staging_bind(const char *name, size_t i);

/* Where the i-th row of live-places.h is staged; and the host's directory for it, if the container has files of its own
 * that come first. */
char *staging_live(const char *name, size_t i);
char *staging_live_host(const char *name, size_t i);

/* The host's end of the i-th network interface. If libvirt chose the name, nobody could find the interface again after
 * libvirtd died at the wrong moment. */
char *host_interface_name(const char *name, size_t i);

/* The container's end of it: 'eth0' and so on. */
char *inside_interface_name(size_t i);
