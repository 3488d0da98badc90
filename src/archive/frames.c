/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames as bytes: a head with the kind and the length, then the content. Both ends are of the same build, so numbers
 * are as in memory. */
#include "archive/frames.h"

#include <errno.h>
#include <string.h>

struct head {
	uint32_t kind, len;
};

static int put(FILE *to, const void *data, size_t len)
{
	return len == 0 || fwrite(data, len, 1, to) == 1 ? 0 : errno ? -errno : -EIO;
}

static int write_frame(FILE *to, enum frame_kind kind, const void *first, size_t first_len, const void *second,
		       size_t second_len)
{
	struct head head = { kind, (uint32_t)(first_len + second_len) };
	int r;

	if (first_len > FRAME_MAX || second_len > FRAME_MAX - first_len)
		return -EMSGSIZE;
	errno = 0;
	r = put(to, &head, sizeof(head));
	if (r == 0)
		r = put(to, first, first_len);
	return r < 0 ? r : put(to, second, second_len);
}

int frame_write_member(FILE *to, const struct frame_member *member, const char *path, const char *target)
{
	char content[sizeof(*member) + 2 * FRAME_PATH_MAX];
	struct frame_member m = *member;
	size_t path_len = strlen(path), target_len = target ? strlen(target) : 0;

	if (path_len > FRAME_PATH_MAX || target_len > FRAME_PATH_MAX)
		return -EMSGSIZE;
	m.path_len = (uint32_t)path_len;
	m.target_len = (uint32_t)target_len;
	memcpy(content, &m, sizeof(m));
	memcpy(content + sizeof(m), path, path_len);
	if (target)
		memcpy(content + sizeof(m) + path_len, target, target_len);
	return write_frame(to, FRAME_MEMBER, content, sizeof(m) + path_len + target_len, NULL, 0);
}

int frame_write_xattr(FILE *to, const char *name, const void *value, size_t len)
{
	return write_frame(to, FRAME_XATTR, name, strlen(name) + 1, value, len);
}

int frame_write_extent(FILE *to, uint64_t offset, uint64_t length)
{
	const uint64_t extent[] = { offset, length };

	return write_frame(to, FRAME_EXTENT, extent, sizeof(extent), NULL, 0);
}

int frame_write_data(FILE *to, uint64_t offset, const void *data, size_t len)
{
	return write_frame(to, FRAME_DATA, &offset, sizeof(offset), data, len);
}

int frame_write_error(FILE *to, const char *text)
{
	size_t len = strlen(text);
	int r = write_frame(to, FRAME_ERROR, text, len < FRAME_MAX ? len : FRAME_MAX, NULL, 0);

	return r < 0 ? r : fflush(to) == 0 ? 0 : -errno;
}

int frame_write_end(FILE *to)
{
	int r = write_frame(to, FRAME_END, NULL, 0, NULL, 0);

	return r < 0 ? r : fflush(to) == 0 ? 0 : -errno;
}

/* Puts the target behind the path, with a NUL after each. */
static bool decode_member(struct frame *f)
{
	char *text = f->content + sizeof(f->member), *target;

	if (f->len < sizeof(f->member))
		return false;
	memcpy(&f->member, f->content, sizeof(f->member));
	if (f->member.path_len > FRAME_PATH_MAX || f->member.target_len > FRAME_PATH_MAX ||
	    f->len != sizeof(f->member) + f->member.path_len + f->member.target_len)
		return false;
	target = text + f->member.path_len + 1;
	memmove(target, target - 1, f->member.target_len);
	target[-1] = target[f->member.target_len] = '\0';
	f->path = text;
	f->target = target;
	return strlen(text) == f->member.path_len && strlen(target) == f->member.target_len;
}

static bool decode(struct frame *f)
{
	const char *nul = memchr(f->content, '\0', f->len);
	uint64_t numbers[2];

	switch (f->kind) {
	case FRAME_MEMBER:
		return decode_member(f);
	case FRAME_XATTR:
		if (!nul)
			return false;
		f->name = f->content;
		f->data = nul + 1;
		f->length = f->len - (size_t)(f->data - f->content);
		return true;
	case FRAME_EXTENT:
		if (f->len != sizeof(numbers))
			return false;
		memcpy(numbers, f->content, sizeof(numbers));
		f->offset = numbers[0];
		f->length = numbers[1];
		return true;
	case FRAME_DATA:
		if (f->len < sizeof(f->offset))
			return false;
		memcpy(&f->offset, f->content, sizeof(f->offset));
		f->data = f->content + sizeof(f->offset);
		f->length = f->len - sizeof(f->offset);
		return true;
	case FRAME_ERROR:
		f->data = f->content;
		return !nul;
	case FRAME_END:
		return f->len == 0;
	case FRAME_KINDS:
		break;
	}
	return false;
}

int frame_read(FILE *from, struct frame *f)
{
	struct head head;

	if (fread(&head, sizeof(head), 1, from) != 1)
		return ferror(from) ? -EIO : -EBADMSG;
	if (head.kind >= FRAME_KINDS || head.len > FRAME_MAX)
		return -EBADMSG;
	f->kind = (enum frame_kind)head.kind;
	f->len = head.len;
	if (head.len > 0 && fread(f->content, head.len, 1, from) != 1)
		return ferror(from) ? -EIO : -EBADMSG;
	f->content[head.len] = '\0';
	return decode(f) ? 0 : -EBADMSG;
}
