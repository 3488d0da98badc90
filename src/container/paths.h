/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a container has on the host while it starts and runs, by name. PURE. */
#pragma once

#include <stddef.h>

#define DOMAIN_RUNTIME_DIR "/run/virt-sandbox-service"

/* What is mounted for a container while it starts, one folder each in domain_mounts(). */
#define DOMAIN_ROOT "root" /* the tree, read-only: the container's '/' */
#define DOMAIN_TREE "tree" /* the tree, writable: only folders of it are seen inside */
#define DOMAIN_USR "usr"   /* the host's '/usr', read-only */
#define DOMAIN_HOST "host" /* what the container sees as '/run/host', read-only: the monitor's socket, the allow list */

/* The folders of the tree that are writable inside. NULL-terminated. */
extern const char *const domain_writable[];

/* '/run/virt-sandbox-service/NAME'. Caller frees. */
char *domain_runtime(const char *name);

/* '/run/virt-sandbox-service/.mounts/NAME'. Not in the runtime directory, all of whose content systemd may give another
 * owner or remove: in here are the host's '/usr' and the container's tree. Caller frees. */
#define DOMAIN_MOUNTS_DIR DOMAIN_RUNTIME_DIR "/.mounts"
char *domain_mounts(const char *name);

/* Where the i-th mount of the record is made ready, a directory of the host. Caller frees. */
char *domain_bind(const char *mounts, size_t i);

/* The host's end of the i-th network interface. libvirt would choose one, which nobody found again when libvirtd died at
 * the wrong moment. Caller frees. */
char *domain_interface(const char *name, size_t i);
