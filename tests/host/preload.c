/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A library for /etc/ld.so.preload: each PID 1 that loads it records its name, and whether it had a system call
 * filter. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

__attribute__((constructor)) static void leave_a_note(void)
{
	char program[256] = "", line[256], mode = '?';
	FILE *status = fopen("/proc/self/status", "re"), *note;

	while (status && fgets(line, sizeof(line), status))
		if (strncmp(line, "Seccomp:\t", 9) == 0)
			mode = line[9];
	if (status)
		fclose(status);
	if (getpid() != 1 || readlink("/proc/self/exe", program, sizeof(program) - 1) < 0)
		return;
	note = fopen("/var/preloaded", "ae");
	if (!note)
		return;
	fprintf(note, "%s %c\n", program, mode);
	fclose(note);
}
