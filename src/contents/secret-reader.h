/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a file, or a file in an archive, as a sequence of overlapping texts for secret_find(). */
#pragma once

#include <sys/types.h>

#include "contents/secret-forms.h"

/* The first four are set by the user, the others begin as 0. */
struct secret_reader {
	ssize_t (*read)(void *from, char *to, size_t size); /* read(2), but it returns -errno */
	void *from;
	bool until_short; /* the end is where it returns fewer bytes than were asked for, as for a regular file */
	bool closed;	  /* for the texts */
	char *data;	  /* of the last text */
	size_t len;
	bool begun, ended;
};

/* Reads the next text, which is valid until the next call. 1, 0 at the end, or -errno. */
int secret_reader_next(struct secret_reader *reader, struct secret_text *ret);
void secret_reader_done(struct secret_reader *reader);
