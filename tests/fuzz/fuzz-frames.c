/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the packer sends: whatever is accepted can be sent again. */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "archive/frames.h"

static int write_again(FILE *to, const struct frame *f)
{
	switch (f->kind) {
	case FRAME_MEMBER:
		return frame_write_member(to, &f->member, f->path, f->target);
	case FRAME_XATTR:
		return frame_write_xattr(to, f->name, f->data, (size_t)f->length);
	case FRAME_EXTENT:
		return frame_write_extent(to, f->offset, f->length);
	case FRAME_DATA:
		return frame_write_data(to, f->offset, f->data, (size_t)f->length);
	case FRAME_END:
		return frame_write_end(to);
	case FRAME_ERROR:
		return frame_write_error(to, f->data);
	case FRAME_KINDS:
		break;
	}
	return -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct frame frame;
	char *again = NULL;
	size_t written = 0, read = 0;
	FILE *from = size > 0 ? fmemopen((void *)data, size, "r") : NULL;
	FILE *to = open_memstream(&again, &written);

	CHECK(to != NULL);
	while (from && frame_read(from, &frame) == 0) {
		CHECK(frame.kind < FRAME_KINDS && frame.len <= FRAME_MAX);
		CHECK(write_again(to, &frame) == 0);
		read = (size_t)ftell(from);
	}
	fclose(to);
	CHECK(written == read && (read == 0 || memcmp(again, data, read) == 0));
	free(again);
	if (from)
		fclose(from);
	return 0;
}
