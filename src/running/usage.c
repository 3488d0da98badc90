/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files are those of cgroup-v2.rst in the kernel's documentation. The container cannot write to them, or move its
 * scope. */
#include "running/usage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/rootfd.h"
#include "running/cgroup-scope.h"

#define FILE_MAX (256 * 1024) /* bytes; io.stat has a line for each disk */

static char *read_file(int group, const char *file)
{
	char *text = NULL;

	return rootfd_read(group, file, WALK_TREE, FILE_MAX, &text, NULL) < 0 ? NULL : text;
}

static uint64_t read_number(int group, const char *file)
{
	_cleanup_(freep) char *text = read_file(group, file);
	uint64_t number;

	if (!text)
		return USAGE_UNKNOWN;
	text[strcspn(text, "\n")] = '\0';
	return parse_u64(text, UINT64_MAX - 1, &number) < 0 ? USAGE_UNKNOWN : number;
}

/* Adds up the numbers after each word that begins with 'key'. */
static uint64_t sum(const char *text, const char *key, const char *separators)
{
	_cleanup_(strv_done) struct strv words = { 0 };
	uint64_t total = 0, number;

	if (!text)
		return USAGE_UNKNOWN;
	strv_split(&words, text, separators);
	for (size_t i = 0; i < words.n; i++) {
		const char *value = skip_prefix(words.v[i], key);

		if (value && parse_u64(value, INT64_MAX, &number) == 0)
			total += number;
	}
	return total;
}

static int open_scope(int root_fd, pid_t leader)
{
	_cleanup_(freep) char *path = NULL;
	int r = scope_path(root_fd, leader, &path);

	if (r >= 0)
		r = rootfd_openat(root_fd, path, O_PATH | O_DIRECTORY, 0, WALK_ROOT);
	return r == -ENOENT || r == -ENODATA ? -ESRCH : r;
}

uint64_t usage_memory(int root_fd, pid_t leader)
{
	_cleanup_(closep) int group = open_scope(root_fd, leader);

	return group < 0 ? USAGE_UNKNOWN : read_number(group, "memory.current");
}

int usage_read(int root_fd, pid_t leader, struct usage *ret)
{
	_cleanup_(closep) int group = open_scope(root_fd, leader);
	_cleanup_(freep) char *cpu = NULL, *io = NULL;

	if (group < 0)
		return group;
	cpu = read_file(group, "cpu.stat");
	io = read_file(group, "io.stat");
	*ret = (struct usage){
		.cpu = sum(cpu, "usage_usec ", "\n"),
		.memory = read_number(group, "memory.current"),
		.tasks = read_number(group, "pids.current"),
		.read = sum(io, "rbytes=", " \n"),
		.written = sum(io, "wbytes=", " \n"),
	};
	if (ret->tasks == USAGE_UNKNOWN && scope_processes(root_fd, leader, &ret->tasks) < 0)
		ret->tasks = USAGE_UNKNOWN;
	return 0;
}
