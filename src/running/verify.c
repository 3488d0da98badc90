/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compares a running container with its record. Each difference is a warning; nothing is changed. */
#include "running/verify.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/rootfd.h"
#include "container/places.h"
#include "selinux/selinux.h"

#define ALL_IDS UINT32_MAX /* the length of the host's own map */

static void check_tree(int root_fd, const struct record *record)
{
	_cleanup_(closep) int fd = place_open_tree(root_fd, record->path, false);
	_cleanup_(freep) char *label = NULL;

	if (fd < 0 || selinux_label_of(fd, &label) < 0 || selinux_same_label(label, record->file_context))
		return;
	log_warn("Directory '%s' has the label '%s' instead of '%s'; stop the container, and run 'virt-sandbox-service "
		 "relabel %s'.",
		 record->path, label, record->file_context, record->name);
}

static void check_process(const struct record *record, pid_t leader)
{
	_cleanup_(freep) char *label = NULL;

	if (selinux_label_of_process(leader, &label) < 0 || selinux_same_label(label, record->process_context))
		return;
	log_warn("Container '%s' runs with the label '%s' instead of '%s'; compare with 'virt-sandbox-service show "
		 "%s', and restart it.",
		 record->name, label, record->process_context, record->name);
}

/* proc(5), user_namespaces(7): lines of 'inside outside length'. */
static bool ids_are(const char *map, uint32_t base, uint32_t count)
{
	_cleanup_(strv_done) struct strv words = { 0 };
	uint64_t inside, outside, length;

	strv_split(&words, map, " \n");
	return words.n == 3 && parse_u64(words.v[0], UINT32_MAX, &inside) == 0 &&
	       parse_u64(words.v[1], UINT32_MAX, &outside) == 0 && parse_u64(words.v[2], UINT32_MAX, &length) == 0 &&
	       inside == 0 && outside == base && length == count;
}

static void check_ids(int root_fd, const struct record *record, pid_t leader)
{
	static const char *const maps[] = { "uid_map", "gid_map" };

	for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
		_cleanup_(freep) char *path = xasprintf("/proc/%d/%s", leader, maps[i]);
		_cleanup_(freep) char *text = NULL;

		if (rootfd_read(root_fd, path, WALK_ROOT, 4096, &text, NULL) < 0 ||
		    ids_are(text, record->uid_base, record->uid_base ? record->uid_count : ALL_IDS))
			continue;
		log_warn("Container '%s' does not run with the ids of its record, according to '%s'; restart it.",
			 record->name, path);
		return;
	}
}

void verify_running(int root_fd, const struct record *record, pid_t leader)
{
	if (record->state != RECORD_READY)
		return;
	if (selinux_on() && !*record->file_context)
		log_warn("Container '%s' has no SELinux label, because it was created without SELinux; delete it, and "
			 "create it again.",
			 record->name);
	else if (*record->file_context)
		check_tree(root_fd, record);
	if (leader > 0 && *record->process_context)
		check_process(record, leader);
	if (leader > 0)
		check_ids(root_fd, record, leader);
}
