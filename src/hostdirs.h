/* The directories of the host in which the tool keeps what it knows. */
#pragma once

/* Makes those that are missing below the root. 1 made some, 0 all were there, -errno after a message. */
int hostdirs_make(int root_fd);
