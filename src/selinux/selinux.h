/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Labels of processes, files and sockets, by libselinux. Without SELinux in the kernel these functions do nothing and
 * succeed, or return -ENODATA if a label was asked for. */
#pragma once

#include <sys/types.h>

#include "base/util.h"

bool selinux_on(void);
bool selinux_enforcing(void);

/* What the administrator asked for; each may be NULL. */
struct selinux_asked {
	const char *process; /* 'user:role:type' */
	const char *file_type;
};

/* The contexts for a container's processes and files at 'level' (such as 's0:c1,c2'), as asked for or else with types
 * of the loaded policy. They name types as the kernel does, even if an alias was asked for. The caller frees them. 0;
 * -ENOENT if the policy lacks the types of our modules; -EINVAL, after a message, if it does not know what was asked
 * for; or -ENODATA without SELinux. */
int selinux_contexts(const char *level, const struct selinux_asked *asked, char **ret_process, char **ret_file);

/* The contexts for the emulator of a virtual machine and for its files, with the types that the policy has for libvirt
 * (virtual_domain_context(5)); 'emulated': its processor is emulated, too. The caller frees them. 0; -ENOENT if the
 * policy has none; or -ENODATA without SELinux. */
int selinux_guest_contexts(const char *level, bool emulated, char **ret_process, char **ret_file);

/* Makes this process one with this context, if there is SELinux. 0 or -errno. */
int selinux_become(const char *context);

/* Whether the loaded policy has the types of our own programs. */
bool selinux_has_own_types(void);

/* The file with the newest version of the policy that the host loads when it boots; caller frees. NULL if it has none,
 * or no configuration of SELinux. */
char *selinux_policy_file(void);

/* Makes this process create files with this context; NULL or "" ends that. 0 or -errno. */
int selinux_create_as(const char *context);

/* The context that the host's policy gives to a file at this path; of its mode, only the type counts. Caller frees. 0,
 * or -errno: -ENOENT if there is none, -ENODATA without SELinux. */
int selinux_policy_label(const char *path, mode_t mode, char **ret);

/* Makes this process create sockets with this context, which is a process's; NULL or "" ends that. 0 or -errno. */
int selinux_sockets_as(const char *context);

/* Makes this process create sockets with the label of process 'pid', so that a peer with that label may use them; 0
 * ends that. 0 or -errno. */
int selinux_sockets_like(pid_t pid);

/* A pipe with this context, or if that is NULL, with the label of directory 'dir'. It is made beside that directory.
 * Without SELinux, any pipe. 0 or -errno. */
int selinux_pipe(const char *dir, const char *context, int ret[2]);

/* Gives the file behind the O_PATH descriptor 'fd', which may be a symbolic link, this context. Returns 1 if the label
 * was changed, 0 if it was right already, or -errno. */
int selinux_label(int fd, const char *context);

/* The context of the file behind 'fd', or of process 'pid'. Caller frees. 0, or -errno: -ENODATA without SELinux. */
int selinux_label_of(int fd, char **ret);
int selinux_label_of_process(pid_t pid, char **ret);

/* Whether two contexts are the same but for the SELinux user, which is that of the file's creator. */
bool selinux_same_label(const char *a, const char *b);

/* Gives 'path', and with 'all' everything below it, the label of the policy's file contexts. A path that does not
 * exist is not an error. 0 or -errno. */
int selinux_restore(const char *path, bool all);
