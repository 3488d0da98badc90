/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stream between a command and the packer (packer.c), which reads and writes archives: members of an archive as
 * frames. Each side checks what the other sends, because the packer reads archives from anybody. */
#pragma once

#include <stdio.h>

#include "base/util.h"

#define FRAME_MAX (256 * 1024) /* bytes of a frame's content */
#define FRAME_PATH_MAX 4095    /* bytes of a path in an archive */
#define FRAME_DATA_MAX (128 * 1024)

/* Every member is a FRAME_MEMBER, then any number of FRAME_XATTR, FRAME_EXTENT and FRAME_DATA, in this order. */
enum frame_kind {
	FRAME_MEMBER,
	FRAME_XATTR,  /* an extended attribute: name, NUL, value */
	FRAME_EXTENT, /* to the packer: where a sparse file has data; without any, it is all data */
	FRAME_DATA,   /* bytes of a file; to the packer in order, and only those of the extents */
	FRAME_END,    /* the archive is complete */
	FRAME_ERROR,  /* from the packer: why it cannot go on, as text */
	FRAME_KINDS,
};

/* What a FRAME_MEMBER begins with; path and target follow. */
struct frame_member {
	uint64_t size; /* bytes, of a file */
	int64_t seconds;
	uint32_t nanoseconds; /* when it was last changed */
	uint32_t mode;	      /* type and permissions */
	uint64_t uid, gid;
	uint32_t path_len,
		target_len; /* the target of a symbolic link or, with 'hardlink', the first name of the file */
	uint64_t hardlink;
};

struct frame {
	enum frame_kind kind;
	uint32_t len;
	/* Decoded, according to the kind; pointers are valid until the next frame is read. */
	struct frame_member member;
	const char *path, *target; /* NUL-terminated, without NULs in them */
	const char *name;	   /* of an extended attribute */
	uint64_t offset, length;   /* of an extent or of data */
	/* Of 'length' bytes: data, or the value of an attribute; or the text of an error, with a NUL behind it. */
	const char *data;
	char content[FRAME_MAX + 1];
};

/* Reads the next frame. 0; -EBADMSG if it is not one, or cut off; or another -errno. */
int frame_read(FILE *from, struct frame *frame);

/* These write a frame. 0 or -errno: -EMSGSIZE if it does not fit. */
int frame_write_member(FILE *to, const struct frame_member *member, const char *path, const char *target);
int frame_write_xattr(FILE *to, const char *name, const void *value, size_t len);
int frame_write_extent(FILE *to, uint64_t offset, uint64_t length);
int frame_write_data(FILE *to, uint64_t offset, const void *data, size_t len);
int frame_write_error(FILE *to, const char *text);
int frame_write_end(FILE *to); /* and everything before it */
