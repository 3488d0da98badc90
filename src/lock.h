/* One lock for each container: two administrators who do opposite things to one name take turns. */
#pragma once

/* Waits for the lock of container 'name' (valid) below the root. A descriptor that holds it until it is closed, or -errno
 * after a message. */
int lock_container(int root_fd, const char *name);
