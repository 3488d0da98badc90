/* The directories of the host in which the tool keeps what it knows. */
#pragma once

/* Makes those that are missing below the root, and closes that of the trees to other users than root. 1 made or closed
 * some, 0 all were right, -errno after a message. */
int hostdirs_make(int root_fd);
