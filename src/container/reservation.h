/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reservations of what only one container may have: level, ids, addresses, ports. A reservation is a file, created with
 * O_EXCL, whose name is what is reserved and whose content is the container's name, so two simultaneous creates cannot
 * choose the same. */
#pragma once

#include "base/strv.h"
#include "container/record.h"

#define RESERVE_LEVELS "levels"
#define RESERVE_IDS "ids"
#define RESERVE_ADDRESSES "addresses"
#define RESERVE_MACS "macs" /* those that do not follow from an address, except for random ones with DHCP */
#define RESERVE_PORTS "ports"

/* Appends everything that is reserved of one kind, by a container or by a running sandbox (src/sandbox/identity.h). It
 * is not an error if there is nothing. 0, or -errno after a message. */
int reservation_list(int root_fd, const char *kind, struct strv *ret);

/* The name of the container that has reserved 'value'; caller frees. 0; -ENOENT if none has; or another -errno. */
int reservation_owner(int root_fd, const char *kind, const char *value, char **ret);

/* Who has reserved 'value', as "container 'NAME'" or "sandbox 'NAME'"; caller frees. Container 'except', which may be
 * NULL, does not count. 0; -ENOENT if nobody has; or another -errno. */
int reservation_holder(int root_fd, const char *kind, const char *value, const char *except, char **ret);

/* The same for a hardware address, which is also that of whoever has the address from which it follows (ipv4_mac()). */
int reservation_mac_holder(int root_fd, const char *mac, const char *except, char **ret);

/* Whether a running sandbox has reserved what 'path', one of reservation_path(), reserves for a container. The two lie
 * in different directories, so whoever reserves looks afterwards whether the other one has. */
bool reservation_of_sandbox(int root_fd, const char *path);

/* The place for a sandbox's reservation of what 'path' reserves. Caller frees. */
char *reservation_sandbox_path(const char *path);

/* Appends the paths of all reservations of container 'name'. 0, or -errno after a message. */
int reservation_paths(int root_fd, const char *name, struct strv *ret);

/* Releases every reservation of container 'name'. 0, or the first -errno after messages. */
int reservation_release(int root_fd, const char *name);

/* Appends the paths of the reservations that a container with this record needs: its level, ids, addresses and ports.
 * */
void reservation_needs(const struct record *record, struct strv *ret);

/* Appends a sentence for each of those, and for each hardware address, that belongs to another container, and with
 * 'missing', for each of those that is not there. */
void reservation_problems(int root_fd, const struct record *record, bool missing, struct strv *ret);
