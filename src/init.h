/* Parts of the container's first program. 0 or -errno each. */
#pragma once

/* Masks the unit files, generators and the like of host packages that are not the container's. */
int mask_foreign(void);

/* Loads the system call filter, without no_new_privs: setuid programs inside go on working. */
int filter_syscalls(void);
